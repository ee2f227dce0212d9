"""Who may be sent (C5, docs/adr/0015): items, regions, leave, interests, by the same rule for draw and assignment."""

import datetime as dt

import pytest
from django.urls import reverse

from inspections import draws, pool, staffing, teams
from registries import interests, leaves
from registries.errors import DomainError
from tests.cast import make_user
from tests.factories import (
    NOW,
    enlist,
    make_facility,
    make_inspector,
    make_interest,
    make_item,
    make_task,
    make_visit,
)
from tests.factories.draws import drawable_task
from tests.factories.fieldwork import make_team_visit

pytestmark = pytest.mark.django_db

TODAY = NOW.date()
DAY = dt.date(2026, 5, 6)


@pytest.fixture
def item(county, drafter):
    return make_item(county, drafter)


@pytest.fixture
def task(county, drafter, item):
    return make_task(county, drafter, items=[item])


def standing(task, on=TODAY):
    return {row.code[-3:]: row.status for row in pool.inspectors(task, on=on)}


def away(inspector, first, last, by):
    return leaves.record(inspector, first, last, "外出培训", by=by, now=NOW)


# Items


def test_without_a_limit_every_item_is_allowed(county, task):
    make_inspector(county, 1)
    assert standing(task) == {"001": "in"}


def test_whoever_may_not_inspect_one_of_the_tasks_items_is_out(county, drafter, item, task):
    other = make_item(county, drafter, name="药品价格检查")
    task.items.add(other)
    for n, allowed in enumerate(([item, other], [item], [other]), 1):
        make_inspector(county, n).allowed_items.set(version.item for version in allowed)
    assert standing(task) == {"001": "in", "002": "item_not_allowed", "003": "item_not_allowed"}


def test_a_supplement_is_inspected_by_whoever_may_inspect_what_it_is_based_on(county, city, drafter, task):
    above = make_item(city, drafter)
    own = task.items.get().item
    own.based_on = above.item
    own.save()
    make_inspector(county, 1).allowed_items.set([above.item])
    assert standing(task) == {"001": "in"}


def test_a_new_version_of_an_allowed_item_is_allowed(county, item, task):
    make_inspector(county, 1).allowed_items.set([item.item])
    item.pk, item.number, item.state = None, 2, "draft"
    item.published_at = item.published_by = None
    item.save()
    task.items.set([item])
    assert standing(task) == {"001": "in"}


# Regions


def test_whoever_may_not_go_to_every_region_of_the_scope_is_out(county, task):
    for n, region in enumerate(("建设路街道", "东安路街道"), 1):
        make_facility(county, n, region=region)
    make_inspector(county, 1, regions=["东安路街道", "建设路街道", "蒲城街道"])
    make_inspector(county, 2, regions=["建设路街道"])
    assert standing(task) == {"001": "in", "002": "region_not_allowed"}
    task.regions = ["建设路街道"]
    assert standing(task) == {"001": "in", "002": "in"}


def test_a_facility_without_a_region_lies_in_none(county, task):
    make_facility(county, 1, region="")
    make_inspector(county, 1, regions=["建设路街道"])
    assert standing(task) == {"001": "region_not_allowed"}


def test_a_limit_to_regions_is_no_declared_interest(county, task):
    make_facility(county, 1)
    make_inspector(county, 1, regions=["东安路街道"])
    assert pool.recusals(task, on=TODAY) == []


# Leave


def test_whoever_is_away_on_all_days_of_the_task_is_out(county, drafter, task):
    for n in (1, 2, 3, 4):
        make_inspector(county, n)
    first, second, third, fourth = county.inspectors.all()
    end = task.ends_on
    away(first, TODAY, end, drafter)
    away(second, TODAY, end - dt.timedelta(days=1), drafter)
    away(third, TODAY, DAY, drafter)
    away(third, DAY + dt.timedelta(days=1), end + dt.timedelta(days=9), drafter)
    leaves.cancel(away(fourth, TODAY, end, drafter), by=drafter)
    assert standing(task) == {"001": "on_leave", "002": "in", "003": "on_leave", "004": "in"}


def test_of_several_reasons_the_first_in_the_table_is_recorded(county, drafter, task):
    inspector = make_inspector(county, 1, status="suspended", certificate_number="", regions=["东安路街道"])
    make_facility(county, 1)
    inspector.allowed_items.set([make_item(county, drafter, name="别的事项").item])
    away(inspector, TODAY, task.ends_on, drafter)
    said = []
    for cure in (
        {"status": "active"}, {"certificate_number": "1604"}, "items", {"regions": []}, "leave",
    ):  # fmt: skip
        said.append(standing(task)["001"])
        if cure == "items":
            inspector.allowed_items.clear()
        elif cure == "leave":
            leaves.cancel(inspector.leaves.get(), by=drafter)
        else:
            county.inspectors.update(**cure)
    assert said == list(staffing.REASONS)
    assert standing(task) == {"001": "in"}


def test_three_inspectors_cost_as_many_queries_as_one(
    county, drafter, task, django_assert_num_queries, django_assert_max_num_queries
):
    make_facility(county, 1)

    def busy(n):
        inspector = make_inspector(county, n, regions=["建设路街道"])
        inspector.allowed_items.set([task.items.get().item])
        away(inspector, DAY, DAY, drafter)

    busy(1)
    with django_assert_max_num_queries(10) as one:
        standing(task)
    busy(2)
    busy(3)
    with django_assert_num_queries(len(one)):
        assert len(standing(task)) == 3


# 直接选派 and the day of a visit


@pytest.fixture
def visit(county, drafter, item):
    """直接选派, planned for DAY."""
    task = make_task(county, drafter, items=[item], assignment="assigned")
    return make_visit(task, make_facility(county, 1), [], by=drafter, planned_on=DAY)


def test_an_assignment_follows_the_same_rule(county, drafter, item, visit):
    people = [enlist(visit.draw, make_inspector(county, n)) for n in range(1, 6)]
    _, elsewhere, other, gone, freed = people
    elsewhere.regions = ["东安路街道"]
    elsewhere.save()
    other.allowed_items.set([make_item(county, drafter, name="别的事项").item])
    away(gone, DAY, DAY, drafter)
    away(freed, DAY + dt.timedelta(days=1), DAY + dt.timedelta(days=1), drafter)
    assert [one.number[-3:] for one in teams.eligible(visit).order_by("number")] == ["001", "005"]
    with pytest.raises(DomainError, match="检查员4不能选派"):
        teams.assign(visit, [people[0], gone], by=drafter)


def test_before_a_day_is_set_leave_of_a_few_days_bars_nobody(county, drafter, visit, time_machine):
    time_machine.move_to(NOW, tick=False)
    inspector = enlist(visit.draw, make_inspector(county, 1))
    visit.planned_on = None
    visit.save()
    away(inspector, TODAY, DAY, drafter)
    assert inspector in teams.eligible(visit)


def test_no_visit_is_planned_for_a_day_on_which_a_member_is_away(county, drafter):
    visit = make_team_visit(county, drafter)
    member = visit.members.get(place=2).inspector
    away(member, DAY, DAY + dt.timedelta(days=2), drafter)
    with pytest.raises(DomainError, match=r"检查员2（至2026-05-08）那天请假。.*工作冲突") as refusal:
        teams.schedule(visit, DAY, by=drafter)
    assert refusal.value.field == "planned_on"
    teams.schedule(visit, DAY + dt.timedelta(days=3), by=drafter)


def test_no_visit_is_planned_with_a_member_who_declared_an_interest_since(county, drafter):
    visit = make_team_visit(county, drafter)
    member = visit.members.get(place=1).inspector
    make_interest(member, visit.facility, drafter, until=DAY)
    with pytest.raises(DomainError, match="检查员1申报了.*执法回避"):
        teams.schedule(visit, DAY, by=drafter)
    teams.schedule(visit, DAY + dt.timedelta(days=1), by=drafter)


# Interests in their dates, and declarations that wait


@pytest.mark.parametrize(
    ("dates", "recused"),
    [
        ({}, True),
        ({"until": TODAY}, True),
        ({"until": TODAY - dt.timedelta(days=1)}, False),
        ({"since": dt.date(2026, 12, 31)}, True),
        ({"since": dt.date(2027, 1, 1)}, False),
    ],
)
def test_an_interest_recuses_on_any_day_of_the_task_that_lies_in_its_dates(
    county, drafter, task, dates, recused
):
    facility, inspector = make_facility(county, 1), make_inspector(county, 1)
    make_interest(inspector, facility, drafter, **dates)
    pairs = [(facility.insurance_code, inspector.number)] if recused else []
    assert pool.recusals(task, on=TODAY) == pairs


@pytest.fixture
def declared(county, drafter):
    """A task that could be sealed but for what an inspector has just declared."""
    task = drawable_task(county, by=drafter, kinds=["clinic"])
    inspector = county.inspectors.first()
    inspector.user = make_user("jian.cha", "检查员1", county, "inspector")
    inspector.save()
    facility = county.facilities.first()
    return task, interests.declare(inspector, facility, "配偶任职", by=inspector.user, now=NOW)


def test_no_list_is_sealed_while_a_declaration_in_its_scope_waits(declared, drafter):
    task, interest = declared
    assert pool.recusals(task, on=TODAY) == [(interest.facility.insurance_code, interest.inspector.number)]
    with pytest.raises(DomainError, match="检查员1申报与“第1诊所”有利害关系，尚未核实"):
        draws.seal(task, 1, by=drafter, now=NOW)
    assert not task.draws.exists()


def test_a_confirmed_declaration_is_sealed_as_a_recusal(declared, drafter):
    task, interest = declared
    interests.confirm(interest, by=drafter, now=NOW)
    draw = draws.seal(task, 1, by=drafter, now=NOW)
    assert [(row.facility_code, row.inspector_code) for row in draw.recusals.all()] == [
        (interest.facility.insurance_code, interest.inspector.number)
    ]


def test_a_rejected_declaration_recuses_from_nothing(declared, drafter):
    task, interest = declared
    interests.reject(interest, reason="经核实不属实", by=drafter, now=NOW)
    assert not draws.seal(task, 1, by=drafter, now=NOW).recusals.exists()


def test_a_declaration_outside_the_scope_or_of_somebody_out_of_the_pool_holds_up_nothing(declared, drafter):
    task, interest = declared
    task.kinds = ["pharmacy"]
    assert not pool.unconfirmed(task, on=TODAY).exists()
    task.kinds = ["clinic"]
    assert pool.unconfirmed(task, on=TODAY).exists()
    task.bureau.inspectors.update(status="suspended")
    assert not pool.unconfirmed(task, on=TODAY).exists()


def test_the_sealing_page_links_to_what_waits(declared, drafter, signed_in, time_machine):
    time_machine.move_to(NOW, tick=False)
    task, interest = declared
    page = signed_in(drafter).get(reverse("inspections:draw_new", args=[task.pk]))
    assert f"/inspectors/{interest.inspector_id}/#interests" in page.content.decode()
