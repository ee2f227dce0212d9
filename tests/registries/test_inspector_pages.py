"""The pages of inspectors in depth: the list, one person's page for staff and for themselves, the leave calendar."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inspections.models import PlanTask
from registries import certificates, inspector_sheet, interests, leaves, regions, trainings
from registries.forms.inspectors import InspectorFilter
from registries.models import Inspector, Interest, Leave, Training
from tests.cast import make_user
from tests.factories import NOW, make_facility, make_inspector, make_item, make_task, make_visit

pytestmark = pytest.mark.django_db

TODAY = NOW.date()


def url(name, *args):
    return reverse(f"registries:{name}", args=args)


def text(response):
    return response.content.decode()


def day(n):
    return TODAY + dt.timedelta(days=n)


@pytest.fixture(autouse=True)
def _calm_clock(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def staff(signed_in, drafter):
    return signed_in(drafter)


@pytest.fixture
def inspector(county):
    return make_inspector(county, 1, user=make_user("jian.cha", "检查员1", county, "inspector"))


@pytest.fixture
def myself(signed_in, inspector):
    return signed_in(inspector.user)


def numbers(client, **asked):
    return [one.number[-3:] for one in client.get(url("inspectors"), asked).context["page"]]


# The list


def test_the_list_is_filtered_by_certificates_that_end_and_have_ended(staff, county, drafter):
    for n, ends in enumerate((day(60), day(61), day(-1)), 1):
        make_inspector(county, n, certificate_valid_until=ends)
    beside = make_inspector(county, 4)
    certificates.record(beside, {"kind": "执业药师资格证", "valid_until": day(9)}, by=drafter, now=NOW)
    assert numbers(staff, papers="ending") == ["001", "004"]
    assert numbers(staff, papers="expired") == ["003"]
    page = text(staff.get(url("inspectors")))
    assert page.count("即将到期</span>") == 2
    assert "执业药师资格证即将到期" in page


def visits_of(inspector, count, by, *, first=1):
    task = PlanTask.objects.first() or make_task(inspector.bureau, by)
    for n in range(first, first + count):
        facility = make_facility(inspector.bureau, n)
        make_visit(task, facility, [inspector], by=by, position=n)


def test_the_list_sorts_by_the_visits_and_the_training_of_the_year(staff, county, drafter):
    _, second, third = (make_inspector(county, n) for n in (1, 2, 3))
    visits_of(second, 2, drafter)
    trainings.record([third], "条例培训", TODAY, 8, by=drafter, now=NOW)
    assert [one.load for one in staff.get(url("inspectors")).context["page"]] == [0, 2, 0]
    assert numbers(staff, sort="-load") == ["002", "001", "003"]
    assert numbers(staff, sort="-training_hours") == ["003", "001", "002"]
    exported = InspectorFilter({"sort": "-load"}, Inspector.objects.all(), user=drafter).qs
    assert [one.number[-3:] for one in exported][0] == "002"


def test_only_places_still_held_in_valid_draws_are_load(county, drafter):
    inspector = make_inspector(county, 1)
    visits_of(inspector, 3, drafter)
    first, second, _ = inspector.memberships.order_by("pk")
    first.is_active = False
    first.save()
    second.visit.state = "cancelled"
    second.visit.save()
    everybody = Inspector.objects.all()
    assert inspector_sheet.loads(everybody, 2026) == {inspector.pk: 1}
    assert inspector_sheet.loads(everybody, 2025) == {}


def test_the_list_costs_as_many_queries_for_three_as_for_one(
    staff, county, drafter, django_assert_num_queries
):
    def busy(n):
        inspector = make_inspector(county, n)
        inspector.allowed_items.set([make_item(county, drafter, name=f"事项{n}").item])
        visits_of(inspector, 1, drafter, first=n)
        trainings.record([inspector], "条例培训", TODAY, 8, by=drafter, now=NOW)
        certificates.record(inspector, {"kind": "会计", "valid_until": day(9)}, by=drafter, now=NOW)

    busy(1)
    with CaptureQueriesContext(connection) as one:
        staff.get(url("inspectors"))
    busy(2)
    busy(3)
    with django_assert_num_queries(len(one)):
        staff.get(url("inspectors"))


def test_specialities_in_use_are_offered(staff, county, neighbour):
    make_inspector(county, 1, qualifications=["药学", "会计"])
    make_inspector(neighbour, 1, qualifications=["外县专业"])
    for page in (text(staff.get(url("inspectors"))), text(staff.get(url("inspector_create")))):
        assert "会计" in page
        assert "外县专业" not in page


# Items and regions


def test_items_and_regions_are_chosen_on_the_form_and_shown(staff, county, drafter):
    inspector, item = make_inspector(county, 1), make_item(county, drafter).item
    make_facility(county, 1, region="建设路街道")
    page = staff.get(url("inspector_amend", inspector.pk))
    form = {name: value for name, value in page.context["form"].initial.items() if value is not None}
    chosen = {"revision": 1, "allowed_items": [item.pk], "regions": ["建设路街道"]}
    staff.post(url("inspector_amend", inspector.pk), form | chosen)
    inspector.refresh_from_db()
    assert (list(inspector.allowed_items.all()), inspector.regions) == ([item], ["建设路街道"])
    for shown in (staff.get(url("inspector", inspector.pk)), staff.get(url("inspectors"))):
        assert item.name in text(shown)
        assert "建设路街道" in text(shown)


def test_a_region_and_an_item_that_are_not_offered_are_refused(staff, county, neighbour, outsider):
    inspector, foreign = make_inspector(county, 1), make_item(neighbour, outsider).item
    page = staff.get(url("inspector_amend", inspector.pk))
    form = {name: value for name, value in page.context["form"].initial.items() if value is not None}
    wrong = {"revision": 1, "allowed_items": [foreign.pk], "regions": ["月球"]}
    response = staff.post(url("inspector_amend", inspector.pk), form | wrong)
    assert set(response.context["form"].errors) >= {"allowed_items", "regions"}


@pytest.mark.parametrize("limit", ["MOST_TICKED", "LOOKED_THROUGH"])
def test_where_there_are_too_many_towns_to_tick_they_are_typed_and_looked_up(
    staff, county, neighbour, drafter, monkeypatch, limit
):
    monkeypatch.setattr(regions, limit, 2)
    for n, region in enumerate(("一街道", "二街道", "三街道"), 1):
        make_facility(county, n, region=region)
    make_facility(neighbour, 4, region="外县街道")
    inspector = make_inspector(county, 1, regions=["旧街道"])
    address = url("inspector_amend", inspector.pk)
    form = staff.get(address).context["form"]
    assert (form["regions"].value(), "一街道" in text(staff.get(address))) == ("旧街道", False)
    given = {name: value for name, value in form.initial.items() if value is not None}
    answer = staff.post(address, given | {"regions": "一街道、外县街道，月球"})
    assert "没有机构在“外县街道、月球”" in text(answer)
    assert staff.post(address, given | {"regions": "一街道，三街道 旧街道"}).status_code == 302
    inspector.refresh_from_db()
    assert inspector.regions == ["一街道", "三街道", "旧街道"]


def test_the_form_reads_no_more_towns_than_it_could_show(staff, county, monkeypatch):
    monkeypatch.setattr(regions, "LOOKED_THROUGH", 2)
    for n in range(1, 6):
        make_facility(county, n)
    with CaptureQueriesContext(connection) as captured:
        staff.get(url("inspector_create"))
    (asked,) = [one["sql"] for one in captured if '"region"' in one["sql"]]
    assert asked.endswith("LIMIT 3")


# One's own page


def test_inspectors_find_everything_of_theirs_on_one_page(myself, inspector, county, drafter):
    certificates.record(inspector, {"kind": "执业药师资格证", "valid_until": day(9)}, by=drafter, now=NOW)
    trainings.record([inspector], "条例培训", TODAY, 8, by=drafter, now=NOW)
    visits_of(inspector, 2, drafter)
    page = text(myself.get(url("inspector", inspector.pk)))
    for words in (
        "执业药师资格证",
        "条例培训",
        "今年 8 学时",
        "<dt>今年检查户次</dt><dd>2</dd>",
        "请及时办理换证",
    ):
        assert words in page
    kept_by_staff = ("certificate_record", "inspector_amend")
    assert not any(url(name, inspector.pk) in page for name in kept_by_staff)


def test_inspectors_record_and_cancel_their_leave_on_the_page(myself, inspector):
    asked = {"begins_on": day(3), "ends_on": day(5), "reason": "年休假"}
    response = myself.post(url("leave_record", inspector.pk), asked)
    assert response.url == url("inspector", inspector.pk)
    leave = Leave.objects.get()
    assert "年休假" in text(myself.get(response.url))
    again = myself.post(url("leave_record", inspector.pk), asked)
    assert "重叠" in again.context["form"].errors["begins_on"][0]
    assert myself.get(url("leave_cancel", leave.pk)).status_code == 405
    myself.post(url("leave_cancel", leave.pk))
    leave.refresh_from_db()
    assert leave.cancelled_by == inspector.user


def test_nobody_elses_leave_is_within_an_inspectors_reach(myself, county, drafter, inspector):
    other = make_inspector(county, 2)
    leave = leaves.record(other, day(3), day(5), "年休假", by=drafter, now=NOW)
    assert myself.post(url("leave_record", other.pk), {}).status_code == 404
    assert myself.post(url("leave_cancel", leave.pk)).status_code == 404
    assert myself.get(url("leave_calendar")).status_code == 403


def test_an_inspector_declares_and_another_person_answers_on_pages(myself, staff, inspector, county):
    facility = make_facility(county, 1)
    asked = {"facility": facility.name, "who": "spouse", "relation": "任药师", "until": "2026-12-31"}
    myself.post(url("interest_declare", inspector.pk), asked)
    interest = Interest.objects.get()
    assert numbers(staff, declared="waiting") == ["001"]
    own_page = text(myself.get(url("inspector", inspector.pk)))
    assert "待核实" in own_page
    assert url("interest_confirm", interest.pk) not in own_page
    assert myself.post(url("interest_confirm", interest.pk)).status_code == 403
    assert url("interest_confirm", interest.pk) in text(staff.get(url("inspector", inspector.pk)))
    staff.post(url("interest_confirm", interest.pk))
    assert "须回避" in text(staff.get(url("inspector", inspector.pk)))
    assert numbers(staff, declared="waiting") == []


def test_a_rejection_asks_for_its_reason(staff, inspector, county):
    interest = interests.declare(inspector, make_facility(county, 1), "任药师", by=inspector.user, now=NOW)
    assert "reason" in staff.post(url("interest_reject", interest.pk), {"reason": ""}).context["form"].errors
    staff.post(url("interest_reject", interest.pk), {"reason": "经核实不属实"})
    assert "不予认定" in text(staff.get(url("inspector", inspector.pk)))


# Staff's records


def test_staff_record_and_take_out_certificates_and_training(staff, county):
    first, second = make_inspector(county, 1), make_inspector(county, 2)
    staff.post(url("certificate_record", first.pk), {"kind": "注册会计师证", "valid_until": "2027-01-01"})
    certificate = first.certificates.get()
    course = {"title": "条例培训", "held_on": "2026-03-30", "hours": 8, "inspectors": [first.pk, second.pk]}
    staff.post(url("training_record"), course)
    assert Training.objects.count() == 2
    staff.post(url("certificate_remove", certificate.pk))
    staff.post(url("training_strike", first.trainings.get().pk))
    page = text(staff.get(url("inspector", first.pk)))
    assert "周经办注销" in page
    assert (first.trainings.count(), second.trainings.count()) == (0, 1)


@pytest.mark.parametrize(
    "name", ["leave_cancel", "certificate_remove", "training_strike", "interest_confirm"]
)
def test_a_strangers_records_do_not_exist(signed_in, outsider, county, drafter, name):
    inspector = make_inspector(county, 1)
    made = {
        "leave_cancel": lambda: leaves.record(inspector, day(1), day(2), "年休假", by=drafter, now=NOW),
        "certificate_remove": lambda: certificates.record(inspector, {"kind": "会计"}, by=drafter, now=NOW),
        "training_strike": lambda: trainings.record([inspector], "培训", TODAY, 8, by=drafter, now=NOW)[0],
        "interest_confirm": lambda: interests.declare(
            inspector, make_facility(county, 1), "任职", by=drafter, now=NOW
        ),
    }[name]()
    assert signed_in(outsider).post(url(name, made.pk)).status_code == 404


# The calendar


def test_the_calendar_shows_who_is_away_in_its_month(staff, county, drafter):
    first, second = make_inspector(county, 1), make_inspector(county, 2)
    leaves.record(first, dt.date(2026, 3, 30), dt.date(2026, 4, 2), "年休假", by=drafter, now=NOW)
    leaves.record(second, dt.date(2026, 5, 1), dt.date(2026, 5, 2), "出差", by=drafter, now=NOW)
    page = staff.get(url("leave_calendar"))
    assert [(leave.inspector, days) for leave, days in page.context["rows"]] == [(first, 2)]
    assert "今天请假" in text(page)
    following = staff.get(url("leave_calendar"), {"month": "2026-05"})
    assert [leave.inspector for leave, _ in following.context["rows"]] == [second]


@pytest.mark.parametrize("month", ["", "2026-13", "0001-01", "9999-12", "ab", "\x00"])
def test_a_month_that_is_none_shows_the_present_one(staff, month):
    assert staff.get(url("leave_calendar"), {"month": month}).context["first"] == dt.date(2026, 4, 1)


def test_why_somebody_is_away_is_for_staff_and_themselves(
    signed_in, staff, myself, approver, inspector, drafter
):
    leaves.record(inspector, day(0), day(2), "住院手术", by=drafter, now=NOW)
    for client, sees in ((staff, True), (myself, True), (signed_in(approver), False)):
        assert ("住院手术" in text(client.get(url("inspector", inspector.pk)))) is sees
    assert "住院手术" in text(staff.get(url("leave_calendar")))
    assert "住院手术" not in text(signed_in(approver).get(url("leave_calendar")))


def test_the_calendar_costs_as_many_queries_for_three_as_for_one(
    staff, county, drafter, django_assert_num_queries
):
    def away(n):
        leaves.record(make_inspector(county, n), day(1), day(2), "年休假", by=drafter, now=NOW)

    away(1)
    with CaptureQueriesContext(connection) as one:
        staff.get(url("leave_calendar"))
    away(2)
    away(3)
    with django_assert_num_queries(len(one)):
        staff.get(url("leave_calendar"))
