"""Voiding a draw: a reason, two people, and the round is free again (C4)."""

import pytest
from django.urls import reverse

from inspections import approvals, draws, voids
from inspections.models import (
    ApprovalOutcome,
)
from inspections.states import DrawState, VisitState
from registries.errors import DomainError
from tests.cast import also, make_user, refused
from tests.factories.draws import (
    DICE,
    drawable_task,
    end_visit,
    held_draw,
    minutes,
    sealed_draw,
    voided_draw,
)

pytestmark = pytest.mark.django_db

pytestmark = pytest.mark.django_db


def test_a_void_needs_a_reason_and_a_second_person(sealed, drafter, colleague, approver):
    assert "原因" in refused(draws.propose_void, sealed, reason="  ", by=drafter)
    drafter = also(drafter, "supervisor")
    approval = draws.propose_void(sealed, reason="名单有误", by=colleague, now=minutes(20))
    with pytest.raises(DomainError):
        approvals.decide(approval, ApprovalOutcome.APPROVED, by=drafter)
    approvals.decide(approval, ApprovalOutcome.APPROVED, by=approver, now=minutes(25))
    sealed.refresh_from_db()
    assert (sealed.state, sealed.voided_by, sealed.void_proposed_by) == ("voided", approver, colleague)
    assert (sealed.voided_at, sealed.void_reason) == (minutes(25), "名单有误")


def test_while_a_void_waits_for_its_answer_nothing_is_drawn(witnessed, drafter, approver):
    approval = draws.propose_void(witnessed, reason="名单有误", by=drafter, now=minutes(8))
    assert "申请作废" in refused(draws.hold, witnessed, by=drafter, now=minutes(10))
    approvals.decide(approval, ApprovalOutcome.RETURNED, by=approver, reason="名单无误", now=minutes(9))
    held = draws.hold(witnessed, by=drafter, now=minutes(10))
    assert (held.state, held.void_reason, held.void_proposed_by) == ("held", "", None)


def test_a_void_cancels_the_visits_and_frees_the_round(held, task, drafter):
    voided_draw(held)
    assert set(held.visits.values_list("state", flat=True)) == {VisitState.CANCELLED}
    again = draws.seal(task, 1, by=drafter, now=minutes(60))
    assert set(again.facilities.values_list("status", flat=True)) == {"in"}


def test_once_a_visit_has_ended_the_draw_stands(held, drafter):
    end_visit(held.visits.first())
    assert "1户检查结束" in refused(draws.propose_void, held, reason="不满意", by=drafter)


def test_a_visit_that_ends_while_the_void_waits_saves_the_draw(held, drafter, approver):
    approval = draws.propose_void(held, reason="名单有误", by=drafter, now=minutes(20))
    end_visit(held.visits.first())
    refused(approvals.decide, approval, ApprovalOutcome.APPROVED, by=approver, now=minutes(30))
    held.refresh_from_db()
    approval.refresh_from_db()
    assert (held.state, approval.decided_at) == (DrawState.HELD, None)


def test_a_void_draw_is_neither_held_nor_witnessed_nor_voided_again(witnessed, drafter, city):
    voided_draw(witnessed)
    late = make_user("ji.shiju", "纪市局", city, "witness")
    assert "已作废" in refused(draws.hold, witnessed, by=drafter)
    assert "已作废" in refused(draws.contribute, witnessed, DICE, by=late)
    assert "已作废" in refused(draws.propose_void, witnessed, reason="再来", by=drafter)


def test_the_next_draw_of_the_round_names_the_voided_one_to_office_and_public(
    county, drafter, witness, signed_in
):
    task = drawable_task(county, by=drafter)
    first = voided_draw(sealed_draw(task, by=drafter), by=drafter, reason="名录库少了三家机构")
    second = sealed_draw(task, by=drafter, now=minutes(90))
    for page in (reverse("inspections:draw", args=[second.pk]), reverse("public:draw", args=[second.pk])):
        told = signed_in(drafter).get(page).content.decode()
        assert "本轮上一次抽取" in told
        assert first.number in told
        assert "名录库少了三家机构" in told
    other = reverse("inspections:draw", args=[first.pk])
    assert "本轮上一次抽取" not in signed_in(drafter).get(other).content.decode()


def test_another_rounds_void_is_not_named(county, drafter, witness):
    task = drawable_task(county, by=drafter)
    voided_draw(sealed_draw(task, by=drafter), by=drafter)
    held_draw(task, by=drafter, witness=witness, now=minutes(90))
    second = sealed_draw(task, by=drafter, round=2, now=minutes(180))
    assert voids.voided_before(second) is None
