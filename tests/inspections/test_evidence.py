"""The evidence file: when it is due, what stands in it, and that it recomputes."""

import json

import pytest
from django.core.management import CommandError, call_command

from inspections import draws, evidence, teams
from inspections.verify_draw import first_difference
from registries.errors import DomainError
from registries.models import Interest
from tests.factories import make_inspector, make_interest
from tests.factories.draws import (
    DICE,
    drawable_task,
    end_visit,
    finished_draw,
    held_draw,
    member_of,
    minutes,
    person,
    sealed_draw,
    substitute,
    voided_draw,
    witnessed_draw,
)
from tests.inspections.evidence import complete

pytestmark = pytest.mark.django_db


@pytest.fixture
def task(county, drafter):
    return drawable_task(county, by=drafter, qualification="药学")


@pytest.fixture
def finished(task, drafter, witness):
    """Recusals, a public value, two substitutions at one facility, one elsewhere."""
    for inspector, facility in zip(
        task.bureau.inspectors.all()[:3], task.bureau.facilities.all()[:3], strict=True
    ):
        make_interest(inspector, facility, drafter)
    draw = witnessed_draw(task, by=drafter, witness=witness, public_source="彩票中奖号码")
    draws.announce(draw, "3 5 1 1 2", by=drafter, now=minutes(8))
    draw = draws.hold(draw, by=drafter, now=minutes(10))
    first, second = draw.visits.all()[:2]
    for visit, place, at in ((first, 2, 60), (second, 2, 62), (first, 2, 64)):
        substitute(member_of(visit, place), now=minutes(at))
    for visit in draw.visits.all():
        end_visit(visit)
    return draw


def test_a_full_story_recomputes(finished):
    assert len(evidence.of(finished)["substitutions"]) == 3
    assert first_difference(evidence.of(finished), expected_seal_digest=finished.seal_digest) is None


def test_the_file_has_exactly_the_protocols_keys(finished):
    assert list(evidence.of(finished)) == list(complete())


def test_the_verify_command_accepts_the_file(finished, tmp_path, capsys):
    file = tmp_path / "evidence.json"
    file.write_bytes(evidence.as_bytes(finished))
    call_command("verify_draw", str(file), seal_digest=finished.seal_digest)
    assert "核验通过" in capsys.readouterr().out


def test_the_bytes_are_the_same_every_time(finished):
    assert evidence.as_bytes(finished) == evidence.as_bytes(type(finished).objects.get(pk=finished.pk))
    assert json.loads(evidence.as_bytes(finished)) == evidence.of(finished)


def test_teams_stand_as_they_were_drawn_and_swaps_in_the_order_of_approval(finished):
    file = evidence.of(finished)
    first = finished.visits.first()
    drawn = [member["inspector"] for member in file["teams"][0]["members"]]
    assert drawn == [first.members.filter(place=place).first().code for place in (1, 2)]
    assert [swap["facility"] for swap in file["substitutions"]] == [
        first.code,
        finished.visits.all()[1].code,
        first.code,
    ]


def test_swaps_approved_at_one_moment_keep_their_order(task, drafter):
    draw = held_draw(task, by=drafter)
    *_, last = visits = list(draw.visits.all())
    for visit in (last, visits[0]):
        substitute(member_of(visit, 2), now=minutes(60))
    for visit in visits:
        end_visit(visit)
    file = evidence.of(draw)
    assert [swap["facility"] for swap in file["substitutions"]] == [last.code, visits[0].code]
    assert first_difference(file) is None


def test_inspectors_appear_under_their_codes_alone(finished, county):
    text = evidence.as_bytes(finished).decode()
    for inspector in county.inspectors.all():
        assert inspector.name not in text
        assert inspector.id_number not in text
        assert inspector.phone not in text


def test_before_the_last_visit_has_ended_there_is_no_file(task, drafter):
    draw = sealed_draw(task, by=drafter)
    assert evidence.is_due(draw) is False
    draw = held_draw_of(draw)
    *some, last = draw.visits.all()
    for visit in some:
        end_visit(visit)
    assert evidence.is_due(draw) is False
    with pytest.raises(DomainError, match="尚未全部结束"):
        evidence.of(draw)
    with pytest.raises(DomainError):
        evidence.as_bytes(draw)
    end_visit(last)
    assert evidence.is_due(draw) is True


def held_draw_of(draw):
    draws.contribute(draw, DICE, by=person(draw.bureau, "witness"), now=minutes(5))
    return draws.hold(draw, by=draw.sealed_by, now=minutes(10))


def test_an_assigned_draw_recomputes(county, drafter):
    held = held_draw(drawable_task(county, by=drafter, assignment="assigned"), by=drafter)
    inspectors = list(county.inspectors.all())
    for visit in held.visits.all():
        teams.assign(visit, inspectors[visit.position % 3 : visit.position % 3 + 2], by=drafter)
    substitute(member_of(held.visits.first()))
    for visit in held.visits.all():
        end_visit(visit)
    file = evidence.of(held)
    assert file["assignment"] == "assigned"
    assert first_difference(file) is None


def test_an_assigned_draw_recomputes_whatever_the_registries_became_after_its_seal(county, drafter):
    task = drawable_task(county, by=drafter, grades="DDDD", assignment="assigned", qualification="药学")
    knows, *others = county.inspectors.all()
    for facility in county.facilities.all():
        make_interest(knows, facility, drafter)
    held = held_draw(task, by=drafter)
    Interest.objects.update(ended_at=minutes(20), ended_by=drafter)
    make_inspector(county, 0, qualifications=["药学"])
    for one in others:
        one.qualifications = [] if one.qualifications else ["药学"]
        one.save()
    for visit in held.visits.all():
        candidates = list(teams.eligible(visit))
        assert candidates == others
        teams.assign(visit, candidates[:3], by=drafter)
        end_visit(visit)
    assert first_difference(evidence.of(held), expected_seal_digest=held.seal_digest) is None


def test_a_draw_voided_before_it_was_held_recomputes(task, drafter, approver):
    draw = voided_draw(witnessed_draw(task, by=drafter), by=drafter, approver=approver)
    file = evidence.of(draw)
    assert (file["held_at"], file["seed"], file["winners"], file["teams"]) == (None, None, [], [])
    assert file["void"] == {
        "reason": "封存后发现名录库有误",
        "proposed_by": "周经办",
        "approved_by": "郑领导",
        "at": "2026-04-01T09:31:00+08:00",
    }
    assert first_difference(file) is None


def test_a_draw_voided_after_it_was_held_recomputes_in_full(task, drafter):
    draw = held_draw(task, by=drafter)
    substitute(member_of(draw.visits.first()), now=minutes(15))
    file = evidence.of(voided_draw(draw))
    assert file["winners"]
    assert file["void"]
    assert first_difference(file) is None


def test_an_assigned_draw_voided_before_its_teams_were_named_recomputes(county, drafter):
    held = held_draw(drawable_task(county, by=drafter, assignment="assigned"), by=drafter)
    teams.assign(held.visits.first(), list(county.inspectors.all()[:2]), by=drafter)
    file = evidence.of(voided_draw(held))
    assert file["teams"][1]["members"] == []
    assert first_difference(file) is None


@pytest.mark.parametrize(
    ("setting", "after_hold"), [("at_once", True), ("office", False), ("handlers", False)]
)
def test_winners_are_public_when_the_plan_says_so(county, drafter, setting, after_hold):
    task = drawable_task(county, by=drafter, winners_shown=setting)
    draw = sealed_draw(task, by=drafter)
    assert evidence.winners_public(draw) is False
    draw = held_draw_of(draw)
    assert evidence.winners_public(draw) is after_hold
    for visit in draw.visits.all():
        end_visit(visit)
    assert evidence.winners_public(draw) is True


# Command


def test_the_command_prints_one_file(finished, capsysbinary):
    call_command("evidence", finished.number)
    assert capsysbinary.readouterr().out == evidence.as_bytes(finished)


def test_the_command_refuses_a_number_that_is_not_there_or_not_yet_due(task, drafter):
    held = held_draw(task, by=drafter)
    with pytest.raises(CommandError, match="没有编号为"):
        call_command("evidence", "卫医保抽〔2026〕99号")
    with pytest.raises(CommandError, match="尚未全部结束"):
        call_command("evidence", held.number)


def test_all_writes_every_file_that_is_due_and_counts_the_others(task, city, tmp_path, capsys):
    finished = finished_draw(task)
    held_draw(drawable_task(city, grades="AA"))
    call_command("evidence", all=tmp_path / "new", directory=tmp_path / "new")
    path = tmp_path / "new" / "410403-卫医保抽〔2026〕1号.json"
    assert list((tmp_path / "new").iterdir()) == [path]
    assert path.read_bytes() == evidence.as_bytes(finished)
    assert capsys.readouterr().out == f"{path}\n已写出 1 份证据文件；1 次抽取的检查尚未全部结束。\n"


def test_a_file_name_stays_in_its_directory(county, task):
    county.short_name = "../卫/"
    county.save()
    draw = finished_draw(task)
    assert evidence.file_name(draw) == "410403-___卫_抽〔2026〕1号.json"
