"""执法检查人员名录库 (A4): numbers instead of names, availability."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registries import inspectors, trail
from registries.errors import DomainError
from registries.models import InspectionItem, Inspector
from tests.cast import make_user
from tests.factories import id_number, make_item

pytestmark = pytest.mark.django_db


def values(n=1, **changed):
    return {
        "unit": "卫东区医疗保障局",
        "name": f"检查员{n}",
        "post": "科员",
        "id_number": id_number(n),
        "sex": "男" if n % 2 else "女",
        "certificate_number": "16040300001",
        "certificate_issued_on": dt.date(2024, 1, 1),
        "certificate_valid_until": dt.date(2029, 12, 31),
        "phone": "13900000001",
        "qualifications": ["会计", "临床"],
    } | changed


@pytest.fixture
def inspector(county, drafter):
    return inspectors.register(county, values(), by=drafter)


@pytest.fixture
def account(county, inspector, drafter):
    user = make_user("jian.cha", "检查员1", county, "inspector")
    inspectors.link_account(inspector, user, by=drafter)
    inspector.refresh_from_db()
    return user


def test_numbers_run_on_within_the_bureau(county, neighbour, drafter, outsider):
    ours = [inspectors.register(county, values(n), by=drafter).number for n in (1, 2)]
    theirs = inspectors.register(neighbour, values(3), by=outsider).number
    assert (ours, theirs) == (["410403-001", "410403-002"], "410402-001")


def test_choosing_three_items_asks_the_database_no_more_than_choosing_one(county, city, drafter, city_staff):
    def chosen(n, *names):
        items = [make_item(city, city_staff, name=name).item.pk for name in names]
        found = list(InspectionItem.objects.filter(pk__in=items))
        with CaptureQueriesContext(connection) as captured:
            inspectors.register(county, values(n, allowed_items=found), by=drafter)
        return len(captured)

    chosen(1, "事项一")
    assert chosen(2, "事项二") == chosen(3, "事项三", "事项四", "事项五")


def test_an_item_of_a_neighbour_is_refused_among_those_of_the_own_line(
    inspector, county, city, neighbour, drafter, city_staff, outsider
):
    ours = [make_item(county, drafter).item, make_item(city, city_staff).item]
    theirs = make_item(neighbour, outsider).item
    inspectors.amend(inspector, {"allowed_items": ours}, revision=1, by=drafter)
    with pytest.raises(DomainError, match="只能选择本局和上级局清单中的事项"):
        inspectors.amend(inspector, {"allowed_items": [*ours, theirs]}, revision=2, by=drafter)
    assert set(inspector.allowed_items.all()) == set(ours)


def test_a_refused_registration_uses_up_no_number(inspector, county, drafter):
    with pytest.raises(DomainError, match="不能重复登记"):
        inspectors.register(county, values(1, name="同一人"), by=drafter)
    assert inspectors.register(county, values(2), by=drafter).number == "410403-002"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"id_number": id_number(1)[:-1]}, "id_number"),
        ({"sex": "女"}, "id_number"),
        ({"sex": "未知"}, "sex"),
        ({"phone": ""}, "phone"),
        ({"post": ""}, "post"),
        ({"certificate_issued_on": dt.date(2099, 1, 1)}, "certificate_issued_on"),
        ({"certificate_valid_until": dt.date(2023, 1, 1)}, "certificate_valid_until"),
    ],
)
def test_a_wrong_value_is_refused_at_its_field(county, drafter, changed, field):
    with pytest.raises(DomainError) as refusal:
        inspectors.register(county, values(**changed), by=drafter)
    assert refusal.value.field == field


def test_amending_a_phone_says_so_without_showing_it(inspector, drafter):
    inspectors.amend(inspector, {"phone": "13900000002"}, revision=1, by=drafter)
    entry = trail.about(inspector).first()
    assert (entry.before, entry.after) == ({"phone": "（不显示）"}, {"phone": "（不显示）"})


def test_the_second_of_two_is_told_what_the_first_one_changed(inspector, drafter, colleague):
    inspectors.amend(inspector, {"post": "副股长"}, revision=1, by=drafter)
    with pytest.raises(DomainError, match="周经办.*职务"):
        inspectors.amend(inspector, {"post": "股长"}, revision=1, by=colleague)


def test_an_amended_id_number_is_found_by_its_new_hash(inspector, county, drafter):
    inspectors.amend(inspector, {"id_number": id_number(3)}, revision=1, by=drafter)
    with pytest.raises(DomainError, match="不能重复登记"):
        inspectors.register(county, values(3), by=drafter)


def test_an_inspector_is_suspended_brought_back_and_retired_with_reasons(inspector, drafter):
    steps = [
        (inspectors.suspend, "暂停检查人员"),
        (inspectors.bring_back, "恢复检查人员"),
        (inspectors.retire, "退出检查人员名录库"),
        (inspectors.bring_back, "恢复检查人员"),
    ]
    for verb, _ in steps:
        verb(inspector, reason="借调期间", by=drafter)
    newest_first = [entry.event for entry in trail.about(inspector)]
    assert newest_first[:4] == [event for _, event in reversed(steps)]
    assert Inspector.objects.get().status == "active"


def test_a_retired_inspector_is_not_suspended(inspector, drafter):
    inspectors.retire(inspector, reason="退休", by=drafter)
    with pytest.raises(DomainError, match="现为“退出”，不能改为“暂停”"):
        inspectors.suspend(inspector, reason="误点", by=drafter)


def test_a_status_change_without_a_reason_is_refused(inspector, drafter):
    with pytest.raises(DomainError, match="请写明原因"):
        inspectors.suspend(inspector, reason="", by=drafter)


def test_an_account_belongs_to_one_inspector_of_its_own_bureau(inspector, account, county, drafter, outsider):
    other = inspectors.register(county, values(2), by=drafter)
    for user, words in ((account, "已关联其他"), (outsider, "其他医保局")):
        with pytest.raises(DomainError, match=words):
            inspectors.link_account(other, user, by=drafter)
    assert inspectors.link_account(inspector, None, by=drafter).user is None


def test_no_verb_changes_another_bureaus_inspector(inspector, city_staff, outsider):
    for stranger in (city_staff, outsider):
        for attempt in (
            lambda who: inspectors.amend(inspector, {"name": "改"}, revision=1, by=who),
            lambda who: inspectors.suspend(inspector, reason="改", by=who),
            lambda who: inspectors.link_account(inspector, None, by=who),
            lambda who: inspectors.reveal(inspector, purpose="看", by=who),
        ):
            with pytest.raises(PermissionDenied):
                attempt(stranger)
    assert trail.about(inspector).count() == 1
