"""Separation of duties at the one door through which anything is approved."""

import threading
from importlib import import_module

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.template.loader import get_template

from inspections import approvals, plans
from inspections.models import Approval, ApprovalOutcome, ApprovalSubject
from inspections.states import PlanState
from inspections.views.approvals import PARTS
from registries import trail
from registries.errors import DomainError
from tests.cast import make_user
from tests.factories import NOW, make_item
from tests.inspections.planning import WORDS, submitted, task_values

APPROVED, RETURNED = ApprovalOutcome.APPROVED, ApprovalOutcome.RETURNED


@pytest.fixture
def second_approver(county):
    return make_user("xu.lingdao", "许领导", county, "supervisor")


@pytest.fixture
def both_roles(county):
    """经办人员 who is 分管领导 as well."""
    return make_user("he.jianren", "何兼任", county, "staff", "supervisor")


def test_a_supervisor_approves_and_the_plan_follows_in_the_same_step(county, drafter, approver):
    plan, approval = submitted(county, drafter)
    approvals.decide(approval, APPROVED, by=approver, now=NOW)
    approval.refresh_from_db()
    plan.refresh_from_db()
    assert (approval.decided_by, approval.decided_at, approval.outcome) == (approver, NOW, APPROVED)
    assert plan.state == PlanState.APPROVED
    assert trail.about(approval).values_list("event", "actor_name")[0] == ("同意年度计划", "郑领导")


def test_a_drafter_cannot_approve(county, drafter):
    plan, approval = submitted(county, drafter)
    with pytest.raises(PermissionDenied):
        approvals.decide(approval, APPROVED, by=drafter, now=NOW)
    plan.refresh_from_db()
    assert plan.state == PlanState.SUBMITTED


def test_a_supervisor_who_drafted_the_plan_cannot_approve_it(county, both_roles):
    _, approval = submitted(county, both_roles)
    with pytest.raises(DomainError, match="本人申请"):
        approvals.decide(approval, APPROVED, by=both_roles, now=NOW)


def test_a_supervisor_who_only_worked_on_the_plan_cannot_approve_it(county, drafter, both_roles, approver):
    plan = plans.draft(county, 2026, WORDS, by=drafter, now=NOW)
    plans.amend(plan, {"title": "改过的标题"}, revision=1, by=both_roles, now=NOW)
    plans.add_task(plan, task_values(make_item(county, drafter)), by=drafter, now=NOW)
    approval = plans.submit(plan, by=drafter, now=NOW)
    assert set(approval.barred.all()) == {drafter, both_roles}
    with pytest.raises(DomainError, match="参与过"):
        approvals.decide(approval, APPROVED, by=both_roles, now=NOW)
    assert list(approvals.open_for(both_roles)) == []
    assert list(approvals.open_for(approver)) == [approval]


def test_who_returned_a_plan_once_may_still_decide_on_it_again(county, drafter, approver):
    plan, approval = submitted(county, drafter)
    approvals.decide(approval, RETURNED, by=approver, reason="比例偏低", now=NOW)
    again = plans.submit(plan, by=drafter, now=NOW)
    assert list(approvals.open_for(approver)) == [again]


def test_a_supervisor_of_another_bureau_cannot_decide(county, drafter, city_approver):
    _, approval = submitted(county, drafter)
    with pytest.raises(PermissionDenied, match="其他医保局"):
        approvals.decide(approval, APPROVED, by=city_approver, now=NOW)
    assert list(approvals.open_for(city_approver)) == []


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_returning_needs_a_reason(county, drafter, approver, reason):
    plan, approval = submitted(county, drafter)
    with pytest.raises(DomainError, match="理由") as refusal:
        approvals.decide(approval, RETURNED, by=approver, reason=reason, now=NOW)
    assert refusal.value.field == "reason"
    plan.refresh_from_db()
    assert plan.state == PlanState.SUBMITTED


def test_the_second_of_two_approvers_is_told_who_decided_and_when(county, drafter, approver, second_approver):
    plan, approval = submitted(county, drafter)
    seen_by_both = Approval.objects.get(pk=approval.pk)
    approvals.decide(approval, RETURNED, by=approver, reason="比例偏低", now=NOW)
    with pytest.raises(DomainError, match="郑领导已于 2026-04-01 09:00 作出结论：退回"):
        approvals.decide(seen_by_both, APPROVED, by=second_approver, now=NOW)
    plan.refresh_from_db()
    assert plan.state == PlanState.RETURNED


@pytest.mark.django_db(transaction=True)
def test_two_who_press_at_once_make_one_decision(county, drafter, approver, second_approver):
    plan, approval = submitted(county, drafter)
    both_ready = threading.Barrier(2)
    said = []

    def press(person, outcome):
        mine = Approval.objects.get(pk=approval.pk)
        both_ready.wait()
        try:
            approvals.decide(mine, outcome, by=person, reason="意见", now=NOW)
            said.append("done")
        except DomainError:
            said.append("refused")
        finally:
            connection.close()

    presses = [
        threading.Thread(target=press, args=(approver, APPROVED)),
        threading.Thread(target=press, args=(second_approver, RETURNED)),
    ]
    for one in presses:
        one.start()
    for one in presses:
        one.join()
    assert sorted(said) == ["done", "refused"]
    plan.refresh_from_db()
    approval.refresh_from_db()
    assert plan.state == approval.outcome


def test_an_effect_that_fails_leaves_the_approval_open(county, drafter, approver, monkeypatch):
    _, approval = submitted(county, drafter)

    def refuses(*args, **kwargs):
        raise DomainError("做不到")

    monkeypatch.setattr(plans, "approved", refuses)
    with pytest.raises(DomainError, match="做不到"):
        approvals.decide(approval, APPROVED, by=approver, now=NOW)
    approval.refresh_from_db()
    assert approval.decided_at is None
    assert trail.about(approval).count() == 1


def test_a_subject_is_asked_about_once_at_a_time(county, drafter):
    plan, _ = submitted(county, drafter)
    with pytest.raises(DomainError, match="正在等待结论"):
        approvals.ask(ApprovalSubject.PLAN, plan, title="又一次", by=drafter, now=NOW)


def test_the_database_itself_refuses_an_approval_by_its_applicant(county, drafter):
    _, approval = submitted(county, drafter)
    with pytest.raises(IntegrityError, match="nobody_approves"), transaction.atomic():
        Approval.objects.filter(pk=approval.pk).update(decided_at=NOW, decided_by=drafter, outcome=APPROVED)


@pytest.mark.parametrize("kind", ApprovalSubject)
def test_every_kind_says_who_decides_what_follows_and_what_the_page_shows(kind):
    room = import_module(approvals.EFFECTS[kind])
    assert all(callable(getattr(room, name)) for name in (*ApprovalOutcome.values, "approval_context"))
    assert approvals.DECIDED_WITH[kind]
    get_template(PARTS[kind])


def test_a_void_waits_for_whoever_approves_plans_or_reports(county, drafter, approver, witness):
    plan, _ = submitted(county, drafter)
    void = approvals.ask(ApprovalSubject.VOID, plan, title="作废", by=drafter, now=NOW)
    assert void in approvals.open_for(approver)
    assert list(approvals.open_for(witness)) == []
