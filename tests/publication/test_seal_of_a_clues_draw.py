"""What the seal of a draw that a clue set off tells, and by when: the digest at once, all else with the evidence.

Whoever knows how a roster is written down tries out the codes of the public registry on its digest.
"""

import hashlib
import json
import re

import pytest
from django.urls import reverse

from inspections import clues, draws, embargo, evidence, lottery
from inspections.models import Draw, PlanTask, Visit
from inspections.sealing import FacilityRow
from tests.cast import make_user
from tests.factories import make_facility, make_inspector
from tests.factories.clues import OUTCOME, drawing_clue, make_scope
from tests.factories.draws import end_visit, held_draw, minutes, sealed_draw, voided_draw, witnessed_draw

pytestmark = pytest.mark.django_db


@pytest.fixture
def facility(county):
    return make_facility(county, 1, grade="C")


@pytest.fixture
def clue(county, facility, witness):
    for n in (1, 2, 3):
        make_inspector(county, n)
    clue = drawing_clue(county, facility)
    PlanTask.objects.filter(clue=None).update(number="卫医保抽查〔2026〕9号")
    return clue


def pages_of(draw) -> list[str]:
    """Every public page and file that tells of a draw."""
    own = ("draw", "seal", "evidence", "by_hand", "tickets")
    lists = [reverse(f"public:{name}") for name in ("home", "draws", "plans", "results", "feed", "data")]
    files = [
        reverse("public:data_file", args=[name, kind])
        for name in ("draws", "plans", "results")
        for kind in ("json", "csv")
    ]
    return [
        *(reverse(f"public:{name}", args=[draw.pk]) for name in own),
        reverse("public:plan", args=[draw.task.plan_id]),
        f"{reverse('public:search')}?q={draw.number}",
        *lists,
        *files,
    ]


def body(response) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return content.decode()


def said(client, draw) -> str:
    """All of it, with the copies of digests as they are."""
    return "\n".join(body(client.get(address)) for address in pages_of(draw))


def telling(draw, facility) -> dict[str, str]:
    """What leads to the facility, or would say how many there are."""
    seal = json.loads(draw.seal)
    return {name: seal[f"{name}_digest"] for name in ("facility", "inspector", "recusal")} | {
        "commitment": seal["commitment"],
        "seal": '"facility_digest"',
        "code": facility.insurance_code,
        "name": facility.name,
        "ticket": "进入抽取名单",
    }


def leaks(client, draw, facility) -> list[str]:
    text = said(client, draw)
    return [what for what, mark in telling(draw, facility).items() if mark in text]


def test_with_the_digest_of_the_list_anybody_could_find_whom_the_clue_is_about(clue, facility):
    """Why it is kept close: the data of these tests would leak."""
    draw = sealed_draw(clue.task, now=minutes(30))
    tried = lottery.facility_digest([FacilityRow(facility.insurance_code, "C", "in")])
    assert json.loads(draw.seal)["facility_digest"] == tried


@pytest.mark.parametrize("far", [sealed_draw, witnessed_draw, held_draw])
def test_until_the_visits_are_over_the_public_sees_number_times_and_seal_digest_alone(
    clue, facility, client, far
):
    draw = far(clue.task, now=minutes(30))
    assert leaks(client, draw, facility) == []
    shown = body(client.get(reverse("public:draw", args=[draw.pk])))
    assert f'data-copy="{draw.seal_digest}"' in shown
    assert draw.number in shown
    assert "请先记下封存摘要" in shown
    assert draw.seal_digest in body(client.get(reverse("public:data_file", args=["draws", "json"])))


def test_the_files_wait_with_a_sentence_that_says_why(clue, client):
    draw = held_draw(clue.task, now=minutes(30))
    for name in ("seal", "evidence"):
        answer = client.get(reverse(f"public:{name}", args=[draw.pk]))
        assert answer.status_code == 404
        assert "等最后一户检查结束后一起公布" in body(answer)
    assert client.get(reverse("public:tickets", args=[draw.pk])).status_code == 404


def test_afterwards_everything_is_there_and_fits_the_digest_that_was_noted(clue, facility, client):
    draw = held_draw(clue.task, now=minutes(30))
    end_visit(draw.visits.get())
    assert leaks(client, draw, facility) == list(telling(draw, facility))
    sealed = client.get(reverse("public:seal", args=[draw.pk])).content
    assert hashlib.sha256(sealed).hexdigest() == draw.seal_digest
    assert client.get(reverse("public:evidence", args=[draw.pk])).json()["seal_digest"] == draw.seal_digest
    rows = json.loads(body(client.get(reverse("public:data_file", args=["draws", "json"]))))["rows"]
    assert [(row["total"], row["seal"]) for row in rows] == [(1, draw.seal)]


def test_in_the_open_data_number_and_seal_stay_empty_until_then(clue, client):
    held_draw(clue.task, now=minutes(30))
    rows = json.loads(body(client.get(reverse("public:data_file", args=["draws", "json"]))))["rows"]
    assert [(row["total"], row["seal"]) for row in rows] == [(None, "")]


def test_a_draw_of_the_plan_shows_its_seal_at_once_as_ever(county, clue):
    plans_own = PlanTask.objects.get(clue=None)
    make_facility(county, 2)
    assert evidence.seal_public(sealed_draw(plans_own, now=minutes(30))) is True


def test_a_void_draw_tells_nothing_as_long_as_the_clue_is_drawn_for_anew(clue, facility, client, drafter):
    first = voided_draw(held_draw(clue.task, now=minutes(30)), now=minutes(60))
    assert leaks(client, first, facility) == []
    assert "编号保留，内容在检查结束后公开" in body(client.get(reverse("public:draw", args=[first.pk])))
    second = held_draw(clue.task, now=minutes(70))
    for visit in second.visits.all():
        end_visit(visit)
    clues.close(clue, OUTCOME, by=drafter, now=minutes(90))
    first = Draw.objects.get(pk=first.pk)
    assert (evidence.is_due(first), evidence.seal_public(first)) == (True, True)


def test_over_a_wider_scope_it_waits_just_the_same(county, facility, witness, client):
    for n in range(1, 7):
        make_inspector(county, n)
    make_facility(county, 2)
    task = drawing_clue(county, facility, scope=make_scope(county), ratio_bp=10_000).task
    PlanTask.objects.filter(clue=None).update(number="卫医保抽查〔2026〕9号")
    draw = held_draw(task, now=minutes(30))
    first, second = draw.visits.all()
    end_visit(first)
    assert leaks(client, draw, facility) == []
    end_visit(second)
    assert leaks(client, draw, facility) == list(telling(draw, facility))


# Signed in


def office(signed_in, user, name, draw) -> str:
    return signed_in(user).get(reverse(f"inspections:{name}", args=[draw.pk])).content.decode()


def told(text, draw) -> list[str]:
    seal = json.loads(draw.seal)
    names = ("facility_digest", "inspector_digest", "recusal_digest", "commitment")
    return [name for name in names if seal[name] in text]


@pytest.mark.parametrize(
    ("person", "number"), [("drafter", 4), ("approver", 4), ("witness", 0), ("city_staff", 0)]
)
def test_in_the_office_the_lists_digests_are_for_those_who_read_the_lists(
    clue, facility, request, signed_in, person, number
):
    draw = held_draw(clue.task, now=minutes(30))
    shown = office(signed_in, request.getfixturevalue(person), "draw", draw)
    assert len(told(shown, draw)) == number
    assert draw.seal_digest in shown
    assert ("C级" in shown) is (number == 4)


@pytest.mark.parametrize("far", [sealed_draw, witnessed_draw, held_draw])
@pytest.mark.parametrize("person", ["drafter", "witness"])
def test_the_wall_shows_the_seal_digest_alone_whoever_signed_in(
    clue, facility, request, signed_in, far, person
):
    draw = far(clue.task, now=minutes(30))
    shown = office(signed_in, request.getfixturevalue(person), "ceremony", draw)
    assert told(shown, draw) == []
    assert (draw.seal_digest in shown) is (draw.state == "sealed")
    assert [one for one in (facility.name, facility.insurance_code, "C级") if one in shown] == []


def test_the_visits_of_a_void_draw_stay_with_the_handlers_while_the_clue_is_drawn_for_anew(
    clue, city_staff, drafter, approver
):
    voided_draw(held_draw(clue.task, now=minutes(30)), now=minutes(60))
    everybody = (drafter, approver, city_staff, make_user("shi.jiancha", "史检查", clue.bureau, "inspector"))
    visits = Visit.objects.all()
    assert [embargo.named(visits, one).count() for one in everybody] == [1, 1, 0, 0]
    assert [embargo.known_to(one).count() for one in everybody] == [1, 1, 0, 0]
    clues.close(clue, OUTCOME, by=drafter, now=minutes(90))
    assert [embargo.named(visits, one).count() for one in everybody] == [1, 1, 1, 1]


def test_once_the_visits_are_over_the_office_reads_everything(clue, witness, signed_in):
    draw = held_draw(clue.task, now=minutes(30))
    end_visit(draw.visits.get())
    assert embargo.may_read_seal(draw, witness) is True
    assert len(told(office(signed_in, witness, "draw", draw), draw)) == 4


def test_a_superior_who_witnesses_notes_the_digest_and_no_more(clue, city, signed_in):
    above = make_user("qin.jianzheng", "秦见证", city, "witness")
    draw = sealed_draw(clue.task, now=minutes(30))
    draws.contribute(draw, "4 2 6 6 1 3 5 5 2 1", by=above, now=minutes(35))
    shown = office(signed_in, above, "draw", draw)
    assert re.findall(r'data-copy="([0-9a-f]{64})"', shown) == [draw.seal_digest]
