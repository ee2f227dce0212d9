"""Two people press at the same moment: one decision, and the other is told (C4)."""

import pytest

from inspections import approvals, draws, evidence, substitutions
from inspections.models import ApprovalOutcome, Draw, Substitution, TeamMember, Visit
from inspections.verify_draw import first_difference
from registries.errors import DomainError
from registries.models import NumberSeries
from tests.cast import make_user
from tests.factories import NOW
from tests.factories.draws import (
    DICE,
    drawable_task,
    end_visit,
    held_draw,
    member_of,
    minutes,
    sealed_draw,
    witnessed_draw,
)
from tests.together import together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]


def refusals(answers):
    return [str(answer) for answer in answers if isinstance(answer, DomainError)]


@pytest.fixture
def task(county, drafter):
    return drawable_task(county, by=drafter)


def test_two_seals_make_one_draw(task, drafter, colleague):
    answers = together(
        lambda: draws.seal(task, 1, by=drafter, now=NOW),
        lambda: draws.seal(task, 1, by=colleague, now=NOW),
    )
    draw = Draw.objects.get()
    assert [draw.number in message for message in refusals(answers)] == [True]
    assert draw.facilities.count() == 12
    assert NumberSeries.objects.get(kind="抽").last == 1


def test_two_holds_draw_once(task, drafter, colleague):
    draw = witnessed_draw(task, by=drafter)
    answers = together(
        lambda: draws.hold(draw, by=drafter, now=minutes(10)),
        lambda: draws.hold(draw, by=colleague, now=minutes(10)),
    )
    assert ["不会再次抽取" in message for message in refusals(answers)] == [True]
    assert Visit.objects.count() == 7
    assert TeamMember.objects.count() == 14


def test_two_witnesses_speak_one_after_the_other(task, drafter, witness, city):
    draw = sealed_draw(task, by=drafter)
    above = make_user("ji.shiju", "纪市局", city, "witness")
    answers = together(
        lambda: draws.contribute(draw, DICE, by=witness, now=minutes(5)),
        lambda: draws.contribute(draw, DICE[::-1], by=above, now=minutes(5)),
    )
    assert refusals(answers) == []
    assert list(draw.contributions.values_list("position", flat=True)) == [1, 2]


def test_one_witness_on_two_screens_speaks_once(task, drafter, witness):
    draw = sealed_draw(task, by=drafter)
    answers = together(*[lambda: draws.contribute(draw, DICE, by=witness, now=minutes(5))] * 2)
    assert len(refusals(answers)) == 1
    assert draw.contributions.count() == 1


def test_two_approvals_at_once_see_each_others_cards(task, drafter, approver, county):
    draw = held_draw(task, by=drafter)
    second = make_user("sun.lingdao", "孙领导", county, "supervisor")
    asked = [
        substitutions.request(member_of(visit), "health", "住院", by=drafter, now=minutes(60))
        for visit in draw.visits.all()[:2]
    ]
    waiting = [approvals.open_approval("substitution", one.pk) for one in asked]
    answers = together(
        lambda: approvals.decide(waiting[0], ApprovalOutcome.APPROVED, by=approver, now=minutes(61)),
        lambda: approvals.decide(waiting[1], ApprovalOutcome.APPROVED, by=second, now=minutes(61)),
    )
    assert refusals(answers) == []
    assert Substitution.objects.filter(state="approved").count() == 2
    for visit in draw.visits.all():
        end_visit(visit)
    assert first_difference(evidence.of(draw)) is None


def test_one_approval_on_two_screens_swaps_once(task, drafter, approver, county):
    draw = held_draw(task, by=drafter)
    visit = draw.visits.first()
    asked = substitutions.request(member_of(visit), "health", "住院", by=drafter, now=minutes(60))
    approval = approvals.open_approval("substitution", asked.pk)
    second = make_user("sun.lingdao", "孙领导", county, "supervisor")
    answers = together(
        lambda: approvals.decide(approval, ApprovalOutcome.APPROVED, by=approver, now=minutes(61)),
        lambda: approvals.decide(approval, ApprovalOutcome.APPROVED, by=second, now=minutes(61)),
    )
    assert len(refusals(answers)) == 1
    assert visit.members.filter(is_active=True).count() == 2
    assert visit.members.count() == 3
