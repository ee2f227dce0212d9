"""Holding a draw, and what must not leak (C4, C5)."""

import json
import logging

import pytest

from inspections import draws, lottery, rosters
from inspections.models import (
    RosterFacility,
    TeamMember,
    Visit,
)
from inspections.states import DrawState
from registries import bulk
from registries.models import TrailEntry
from tests.cast import refused
from tests.factories import make_facility
from tests.factories.draws import (
    DICE,
    drawable_task,
    held_draw,
    member_of,
    minutes,
    substitute,
    voided_draw,
)

pytestmark = pytest.mark.django_db

pytestmark = pytest.mark.django_db


def test_a_draw_without_a_witness_is_not_held(sealed, drafter):
    assert "还没有见证人员" in refused(draws.hold, sealed, by=drafter, now=minutes(10))


def test_the_result_is_the_lotterys(held):
    frozen, seal = rosters.of(held), json.loads(held.seal)
    assert held.seed == lottery.seed_of(held.seal_digest, held.secret, [DICE])
    quotas = lottery.quotas_of(lottery.tally(frozen.facilities), lottery.Rules(**seal["rules"]))
    winners = lottery.draw_facilities(held.seed, frozen.facilities, quotas)
    visits = list(held.visits.all())
    assert [(v.position, v.code, v.grade, v.ticket, v.top_up) for v in visits] == [
        (position, *winner) for position, winner in enumerate(winners, 1)
    ]
    teams = lottery.deal_teams(
        held.seed, [v.code for v in visits], frozen.inspectors, frozen.recusals, team_size=2
    )
    for visit, team in zip(visits, teams, strict=True):
        members = list(visit.members.all())
        assert [(m.visit_number, m.card, m.code) for m in members] == list(team.members)
        assert [m.inspector.number for m in members] == [card.inspector for card in team.members]
        assert visit.leader == members[0].inspector
        assert visit.facility.insurance_code == visit.code


def test_a_second_press_draws_nothing_twice(held, colleague):
    before = list(Visit.objects.values_list("pk", flat=True))
    message = refused(draws.hold, held, by=colleague, now=minutes(11))
    assert "不会再次抽取" in message
    assert held.number in message
    assert list(Visit.objects.values_list("pk", flat=True)) == before


def test_a_hold_that_dies_in_the_middle_leaves_the_seal_and_can_be_pressed_again(
    witnessed, drafter, monkeypatch
):
    insert = bulk.insert

    def die(model, *args, **kwargs):
        if model is TeamMember:
            raise ConnectionError("the process is gone")
        return insert(model, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(bulk, "insert", die)
        with pytest.raises(ConnectionError):
            draws.hold(witnessed, by=drafter, now=minutes(10))
    witnessed.refresh_from_db()
    assert (witnessed.state, witnessed.seed, Visit.objects.count()) == (DrawState.SEALED, "", 0)
    assert draws.hold(witnessed, by=drafter, now=minutes(11)).state == DrawState.HELD


def test_what_the_registries_become_after_the_seal_does_not_matter(witnessed, drafter, county):
    county.facilities.update(grade="D", agreement_status="ended")
    county.inspectors.update(status="suspended", qualifications=[])
    make_facility(county, 99, grade="D")
    held = draws.hold(witnessed, by=drafter, now=minutes(10))
    assert held.visits.count() == sum(row["quota"] for row in json.loads(held.seal)["quotas"])
    assert set(held.visits.values_list("grade", flat=True)) == {"A", "B", "C", "D"}
    assert all(visit.members.count() == 2 for visit in held.visits.all())


def test_a_roster_row_slipped_in_after_the_seal_is_noticed(witnessed, drafter, county):
    friend = make_facility(county, 99)
    RosterFacility.objects.create(
        draw=witnessed, facility=friend, code=friend.insurance_code, grade="A", status="in"
    )
    assert "与封存摘要不符" in refused(draws.hold, witnessed, by=drafter, now=minutes(10))


def test_of_a_qualified_team_the_first_member_has_the_qualification(county, drafter):
    held = held_draw(drawable_task(county, by=drafter, qualification="药学"), by=drafter)
    assert all("药学" in member_of(visit).inspector.qualifications for visit in held.visits.all())


def test_directly_assigned_teams_start_empty(county, drafter):
    held = held_draw(drawable_task(county, by=drafter, assignment="assigned"), by=drafter)
    assert held.visits.count() == 7
    assert not TeamMember.objects.exists()
    assert set(held.visits.values_list("leader", flat=True)) == {None}


def test_neither_trail_nor_log_knows_secret_seed_or_contribution(task, drafter, witness, caplog):
    caplog.set_level(logging.DEBUG)
    held = held_draw(task, by=drafter, witness=witness)
    substitute(member_of(held.visits.first()))
    rows = TrailEntry.objects.values_list("event", "subject_name", "before", "after", "note")
    told = json.dumps(list(rows), ensure_ascii=False) + "".join(
        record.getMessage() for record in caplog.records if record.name != "django.db.backends"
    )
    assert "封存抽取名单" in told
    assert "举行抽取" in told
    assert [secret for secret in (held.secret, held.seed, DICE) if secret in told] == []


def test_the_next_round_is_the_first_that_is_not_drawn(held, task):
    assert draws.next_round(task) == 2
    voided_draw(held)
    assert draws.next_round(task) == 1
