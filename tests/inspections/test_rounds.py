"""Who was drawn once in a year stays out of every later draw of that year, whatever round or task (C2, 002§11)."""

import pytest

from inspections import draws, pool
from inspections.states import DrawState
from tests.cast import make_user, refused
from tests.factories import NOW, make_item, make_task
from tests.factories.draws import drawable_task, held_draw, minutes, person, voided_draw

pytestmark = pytest.mark.django_db

ALL = {f"ratio_{grade}_bp": 10_000 for grade in ("a", "b", "c", "d", "none")}


def out(task) -> dict[str, str]:
    rows = pool.facilities(task, on=NOW.date())
    return {row.code: row.status for row in rows if row.status != "in"}


def codes(draw) -> set[str]:
    return set(draw.visits.values_list("code", flat=True))


def test_two_rounds_of_a_task_draw_nobody_twice(county, drafter, witness):
    task = drawable_task(county, by=drafter)
    first = held_draw(task, by=drafter, witness=witness)
    second = held_draw(task, by=drafter, witness=witness, round=2, now=minutes(60))
    assert codes(first) & codes(second) == set()
    assert out(task) == dict.fromkeys(codes(first) | codes(second), "drawn_this_year")


def test_another_task_of_the_bureau_leaves_out_both_rounds_of_the_first(county, drafter, witness):
    task = drawable_task(county, by=drafter)
    other = make_task(county, drafter, items=task.items.all(), kinds=["clinic"])
    drawn = set()
    for round in (1, 2):
        drawn |= codes(held_draw(task, by=drafter, witness=witness, round=round, now=minutes(60 * round)))
        assert out(other) == dict.fromkeys(drawn, "drawn_this_year")


def test_the_quotas_of_a_second_round_are_of_the_whole_scope_and_drawn_from_whom_is_left(
    county, drafter, witness
):
    task = drawable_task(county, by=drafter, grades="AAAA")
    held_draw(task, by=drafter, witness=witness)
    second = held_draw(task, by=drafter, witness=witness, round=2, now=minutes(60))
    assert second.visits.count() == 2
    assert set(out(task)) == set(county.facilities.values_list("insurance_code", flat=True))


def test_when_everybody_was_drawn_in_the_first_round_nobody_is_left_for_the_second(county, drafter, witness):
    task = drawable_task(county, by=drafter, grades="AB", **ALL)
    held_draw(task, by=drafter, witness=witness)
    assert "都不在抽取池中" in refused(draws.seal, task, 2, by=drafter, now=minutes(60))


def test_a_voided_first_round_gives_its_facilities_back(county, drafter, witness):
    task = drawable_task(county, by=drafter)
    voided = voided_draw(held_draw(task, by=drafter, witness=witness))
    assert voided.state == DrawState.VOIDED
    assert out(task) == {}
    assert held_draw(task, by=drafter, witness=witness, now=minutes(60)).round == 1


def test_whom_a_superior_draws_between_two_rounds_the_second_leaves_out(
    county, city, city_staff, drafter, witness
):
    task = drawable_task(county, by=drafter, grades="AAAAAA")
    first = held_draw(task, by=drafter, witness=witness)
    above = drawable_task(city, by=city_staff, grades="", items=[make_item(city, city_staff)], **ALL)
    make_user("shi.jianzheng", "某市见证", city, "witness")
    everybody = held_draw(above, by=city_staff, witness=person(city, "witness"), now=minutes(60))
    assert codes(everybody) >= codes(first)  # the city's own frequency, not the county's
    assert set(out(task).values()) == {"drawn_by_superior"}


def test_our_own_draws_hold_a_facility_out_of_nobodys_pool_above(county, city, city_staff, drafter, witness):
    held_draw(drawable_task(county, by=drafter), by=drafter, witness=witness)
    assert out(make_task(city, city_staff)) == {}
