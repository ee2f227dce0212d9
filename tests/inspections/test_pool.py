"""Who is in scope, who is in the pool, and for what reason not (C1, C2)."""

import datetime as dt

import pytest

from inspections import pool
from inspections.models import Draw
from inspections.states import DrawState, VisitState
from registries import moves, standing
from registries.models import Facility, FacilityTag, Interest
from tests.cast import make_user
from tests.factories import NOW, make_facility, make_inspector, make_task, make_visit

TODAY = dt.date(2026, 5, 1)


@pytest.fixture
def task(county, drafter):
    return make_task(county, drafter)


def status(task, on=TODAY):
    return {row.code: row.status for row in pool.facilities(task, on=on)}


def win(bureau, facility, by, n=90, **task_fields):
    """The facility wins a draw of that bureau held at NOW."""
    return make_visit(make_task(bureau, by, **task_fields), facility, [make_inspector(bureau, n)], by=by).draw


# Scope


def test_an_empty_scope_means_every_facility_of_the_bureau(task, county, neighbour):
    ours = [make_facility(county, n, grade=grade) for n, grade in ((2, "B"), (1, "NONE"))]
    make_facility(neighbour, 3)
    assert pool.facilities(task, on=TODAY) == [
        (ours[1].pk, ours[1].insurance_code, "NONE", "in"),
        (ours[0].pk, ours[0].insurance_code, "B", "in"),
    ]


def test_a_bureau_draws_from_the_bureaus_below_it_as_well(county, neighbour, city, city_staff):
    codes = {make_facility(bureau, 1).insurance_code for bureau in (county, neighbour, city)}
    assert status(make_task(city, city_staff)) == dict.fromkeys(codes, "in")


@pytest.mark.parametrize(
    ("scope", "other"),
    [
        ({"kinds": ["pharmacy", "clinic"]}, {"kind": "other"}),
        ({"levels": ["none"]}, {"level": "2a"}),
        ({"ownerships": ["individual"]}, {"ownership": "public"}),
        ({"regions": ["建设路街道"]}, {"region": "东安路街道"}),
    ],
    ids=lambda value: next(iter(value)),
)
def test_a_directed_task_takes_only_what_its_scope_names(county, drafter, scope, other):
    wanted = make_facility(county, 1)
    make_facility(county, 2, **other)
    assert list(status(make_task(county, drafter, **scope))) == [wanted.insurance_code]


def test_a_task_directed_by_tags_takes_each_bearer_once(county, drafter, task):
    bearer, _ = make_facility(county, 1), make_facility(county, 2)
    tags = [FacilityTag.objects.create(bureau=county, name=name) for name in ("数据异常", "新增定点")]
    bearer.tags.set(tags)
    task.tags.set(tags)
    assert list(status(task)) == [bearer.insurance_code]


# Reasons


@pytest.mark.parametrize(
    ("agreement", "said"),
    [
        ("active", "in"),
        ("suspended", "agreement_suspended"),
        ("ended", "agreement_ended"),
        ("deregistered", "deregistered"),
        ("moved_away", "moved_away"),
    ],
)
def test_each_agreement_status_has_a_reason_of_its_own(county, task, agreement, said):
    code = make_facility(county, 1, agreement_status=agreement).insurance_code
    assert status(task) == {code: said}


def test_who_is_not_drawn_after_the_registry_has_a_reason_and_the_rest_are_drawn():
    without = {agreement for agreement, effect in standing.EFFECTS.items() if not effect.is_drawn}
    assert set(pool.OUT_BY_AGREEMENT) == without


def test_an_agreement_counts_from_its_first_through_its_last_day(county, task):
    first, last = dt.date(2026, 5, 1), dt.date(2026, 5, 3)
    code = make_facility(county, 1, agreement_from=first, agreement_to=last).insurance_code
    day = dt.timedelta(days=1)
    said = [status(task, on)[code] for on in (first - day, first, last, last + day)]
    assert said == ["agreement_out_of_term", "in", "in", "agreement_out_of_term"]


def test_what_a_joint_task_covers_is_not_drawn_alone_as_well(county, drafter, task):
    pharmacy = make_facility(county, 1, kind="pharmacy")
    clinic = make_facility(county, 2)
    joint = make_task(county, drafter, kinds=["pharmacy"], joint_kind="lead")
    assert status(task) == {pharmacy.insurance_code: "joint_plan", clinic.insurance_code: "in"}
    assert status(joint) == {pharmacy.insurance_code: "in"}


def test_a_joint_task_of_another_years_plan_leaves_nobody_out(county, drafter, task):
    code = make_facility(county, 1).insurance_code
    make_task(county, drafter, year=2025, joint_kind="lead")
    assert status(task) == {code: "in"}


def test_who_was_drawn_this_year_is_left_out_until_the_year_is_over(county, drafter, task):
    facility = make_facility(county, 1)
    win(county, facility, drafter)
    assert status(task) == {facility.insurance_code: "drawn_this_year"}
    assert status(task, dt.date(2027, 1, 1)) == {facility.insurance_code: "in"}


def test_who_was_drawn_by_the_bureau_it_moved_from_is_left_out_with_that_reason(
    county, neighbour, drafter, outsider, task
):
    facility = make_facility(neighbour, 1)
    win(neighbour, facility, outsider).visits.update(state=VisitState.PUBLISHED)  # finished before it moves
    moves.accept(moves.propose(facility, county, reason="迁址", by=outsider), by=drafter)
    assert status(task) == {facility.insurance_code: "drawn_before_moving"}
    assert status(task, dt.date(2027, 1, 1)) == {facility.insurance_code: "in"}


def test_who_was_drawn_by_a_superior_is_left_out_with_that_reason(county, province, drafter, task):
    facility = make_facility(county, 1)
    above = make_user("sheng.ju", "省局人员", province, "staff")
    win(province, facility, above)
    assert status(task) == {facility.insurance_code: "drawn_by_superior"}


def test_a_draw_of_a_bureau_below_leaves_nobody_out_above(county, drafter, city, city_staff):
    facility = make_facility(county, 1)
    win(county, facility, drafter)
    assert status(make_task(city, city_staff)) == {facility.insurance_code: "in"}


def test_a_voided_draw_leaves_nobody_out(county, drafter, approver, task):
    facility = make_facility(county, 1)
    draw = win(county, facility, drafter)
    Draw.objects.filter(pk=draw.pk).update(state=DrawState.VOIDED, voided_at=NOW, voided_by=approver)
    assert status(task) == {facility.insurance_code: "in"}


def test_a_blacklisted_facility_stays_in_the_pool_however_often_it_was_inspected(
    county, drafter, city, city_staff, task
):
    facility = make_facility(
        county, 1, blacklist_reason="骗保受到行政处罚", blacklisted_at=NOW, blacklisted_by=drafter
    )
    win(county, facility, drafter)
    win(city, facility, city_staff, joint_kind="none")
    assert status(task) == {facility.insurance_code: "in"}


def test_an_ended_blacklist_counts_no_more_by_itself(county, drafter, task):
    facility = make_facility(
        county,
        1,
        blacklist_reason="骗保受到行政处罚",
        blacklisted_at=NOW,
        blacklisted_by=drafter,
        blacklisted_until=TODAY,
    )
    win(county, facility, drafter)
    code = facility.insurance_code
    assert status(task, TODAY) == {code: "in"}
    assert status(task, TODAY + dt.timedelta(days=1)) == {code: "drawn_this_year"}


def test_a_merged_duplicate_is_in_no_pool_and_what_it_won_counts_for_the_survivor(county, drafter, task):
    survivor, duplicate = make_facility(county, 1), make_facility(county, 2)
    win(county, duplicate, drafter)
    Facility.objects.filter(pk=duplicate.pk).update(merged_into=survivor, merged_at=NOW, merged_by=drafter)
    assert status(task) == {survivor.insurance_code: "drawn_this_year"}


def test_what_was_declared_for_a_merged_duplicate_names_no_one_in_the_roster(county, drafter, task):
    survivor = make_facility(county, 1)
    duplicate = make_facility(county, 2, merged_into=survivor, merged_at=NOW, merged_by=drafter)
    Interest.objects.create(
        inspector=make_inspector(county, 1), facility=duplicate, relation="曾任职", declared_by=drafter
    )
    assert pool.recusals(task, on=TODAY) == []


def test_a_blacklisted_facility_without_an_agreement_is_left_out_all_the_same(county, drafter, task):
    facility = make_facility(
        county,
        1,
        agreement_status="ended",
        blacklist_reason="骗保",
        blacklisted_at=NOW,
        blacklisted_by=drafter,
    )
    assert status(task) == {facility.insurance_code: "agreement_ended"}


def test_of_several_reasons_the_first_in_the_table_is_recorded(county, drafter, task):
    facility = make_facility(county, 1, agreement_status="ended")
    make_task(county, drafter, joint_kind="assist")
    own = win(county, facility, drafter)
    said = [status(task)[facility.insurance_code]]
    facility.agreement_status = "active"
    facility.save()
    said.append(status(task)[facility.insurance_code])
    task.plan.tasks.filter(joint_kind="assist").update(joint_kind="none")
    said.append(status(task)[facility.insurance_code])
    assert own.state == DrawState.HELD
    assert said == ["agreement_ended", "joint_plan", "drawn_this_year"]


def test_every_reason_has_words_for_the_screen():
    assert not any(label.isascii() for label in (pool.REASONS | pool.INSPECTOR_REASONS).values())


def test_the_pool_asks_as_often_for_three_facilities_as_for_one(
    county, drafter, task, django_assert_max_num_queries
):
    with django_assert_max_num_queries(8) as first:
        make_facility(county, 1)
        status(task)
    for n in (2, 3):
        make_facility(county, n)
    with django_assert_max_num_queries(len(first) - 1):
        assert len(status(task)) == 3


# Inspectors and recusals


def test_only_active_inspectors_with_a_certificate_through_the_tasks_last_day_are_in(county, task):
    last = task.ends_on
    make_inspector(county, 1, qualifications=["药学", "医学"])
    make_inspector(county, 2, status="suspended")
    make_inspector(county, 3, status="retired")
    make_inspector(county, 4, certificate_valid_until=last)
    make_inspector(county, 5, certificate_valid_until=last - dt.timedelta(days=1))
    make_inspector(county, 6, certificate_number="", certificate_valid_until=None)
    make_inspector(county, 7, certificate_issued_on=TODAY + dt.timedelta(days=1))
    make_inspector(county, 8, kind="expert")
    assert [(row.code, row.qualifications, row.status) for row in pool.inspectors(task, on=TODAY)] == [
        ("410403-001", ("医学", "药学"), "in"),
        ("410403-002", (), "not_active"),
        ("410403-003", (), "not_active"),
        ("410403-004", (), "in"),
        ("410403-005", (), "certificate_expired"),
        ("410403-006", (), "certificate_expired"),
        ("410403-007", (), "certificate_expired"),
    ]


def test_inspectors_of_other_bureaus_are_not_in_the_pool(task, city, neighbour):
    make_inspector(city, 1)
    make_inspector(neighbour, 1)
    assert pool.inspectors(task, on=TODAY) == []


def test_recusals_are_the_open_interests_within_the_scope(county, drafter, neighbour, outsider):
    task = make_task(county, drafter, kinds=["pharmacy"])
    inspector, stranger = make_inspector(county, 1), make_inspector(neighbour, 1)
    first, ended = (make_facility(county, n, kind="pharmacy") for n in (1, 2))
    elsewhere = make_facility(county, 3)
    for one, facility, fields in (
        (inspector, first, {}),
        (inspector, ended, {"ended_at": NOW, "ended_by": drafter}),
        (inspector, elsewhere, {}),
        (stranger, first, {}),
    ):
        Interest.objects.create(
            inspector=one, facility=facility, relation="近亲属任职", declared_by=drafter, **fields
        )
    assert pool.recusals(task, on=TODAY) == [(first.insurance_code, inspector.number)]
