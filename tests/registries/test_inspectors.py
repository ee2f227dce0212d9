"""执法检查人员名录库 (A4): numbers instead of names, availability, interests from which recusal follows."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied

from registries import inspectors, trail
from registries.errors import DomainError
from registries.models import Inspector, Interest
from tests.cast import make_user
from tests.factories import id_number, make_facility

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


def test_staff_declares_and_ends_an_interest(inspector, county, drafter):
    facility = make_facility(county, 1)
    interest = inspectors.declare_interest(inspector, facility, "配偶在该机构任职", by=drafter)
    ended = inspectors.end_interest(interest, by=drafter)
    assert (ended.declared_by, ended.ended_by) == (drafter, drafter)
    entries = trail.about(inspector)[:2]
    assert [entry.event for entry in entries] == ["解除利害关系", "申报利害关系"]
    # Whose relative works where stays with the declaration.
    assert not any(interest.relation in f"{entry.after} {entry.note}" for entry in entries)
    with pytest.raises(DomainError, match="已经解除"):
        inspectors.end_interest(interest, by=drafter)


def test_an_ended_interest_can_be_declared_again_a_standing_one_cannot(inspector, county, drafter):
    facility = make_facility(county, 1)
    interest = inspectors.declare_interest(inspector, facility, "曾在该机构任职", by=drafter)
    with pytest.raises(DomainError, match="不能重复申报"):
        inspectors.declare_interest(inspector, facility, "再次", by=drafter)
    inspectors.end_interest(interest, by=drafter)
    inspectors.declare_interest(inspector, facility, "亲属任职", by=drafter)
    assert Interest.objects.filter(ended_at=None).count() == 1


def test_inspectors_declare_their_own_interests_and_do_not_end_them(inspector, account, county):
    interest = inspectors.declare_interest(inspector, make_facility(county, 1), "亲属任职", by=account)
    assert interest.declared_by == account
    with pytest.raises(PermissionDenied):
        inspectors.end_interest(interest, by=account)


def test_an_inspector_declares_nothing_for_a_colleague(account, county, drafter):
    other = inspectors.register(county, values(2), by=drafter)
    with pytest.raises(PermissionDenied):
        inspectors.declare_interest(other, make_facility(county, 1), "亲属任职", by=account)


def test_an_interest_lies_within_the_bureaus_area(inspector, neighbour, drafter):
    with pytest.raises(DomainError, match="不在本局辖区"):
        inspectors.declare_interest(inspector, make_facility(neighbour, 1), "亲属任职", by=drafter)


def test_an_account_belongs_to_one_inspector_of_its_own_bureau(inspector, account, county, drafter, outsider):
    other = inspectors.register(county, values(2), by=drafter)
    for user, words in ((account, "已关联其他"), (outsider, "其他医保局")):
        with pytest.raises(DomainError, match=words):
            inspectors.link_account(other, user, by=drafter)
    assert inspectors.link_account(inspector, None, by=drafter).user is None


def test_no_verb_changes_another_bureaus_inspector(inspector, city_staff, outsider, county):
    facility = make_facility(county, 1)
    for stranger in (city_staff, outsider):
        for attempt in (
            lambda who: inspectors.amend(inspector, {"name": "改"}, revision=1, by=who),
            lambda who: inspectors.suspend(inspector, reason="改", by=who),
            lambda who: inspectors.declare_interest(inspector, facility, "改", by=who),
            lambda who: inspectors.link_account(inspector, None, by=who),
            lambda who: inspectors.reveal(inspector, purpose="看", by=who),
        ):
            with pytest.raises(PermissionDenied):
                attempt(stranger)
    assert trail.about(inspector).count() == 1
