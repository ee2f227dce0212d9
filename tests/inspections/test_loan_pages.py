"""What the bureau that is asked to lend is told, and in whose name a loan may be answered."""

import pytest
from django.urls import reverse

from inspections import approvals, embargo, loans, substitutions
from inspections.models import Loan, PlanTask, Visit
from inspections.states import LoanState, SubstitutionState
from publication import worklist
from registries import people, trail
from registries.models import Bureau
from tests.cast import also, make_user, refused
from tests.factories import make_inspector
from tests.factories.draws import end_visit, member_of, minutes
from tests.factories.loans import asked_loan

pytestmark = pytest.mark.django_db
NAME, ADDRESS = "卫东区隐名医院", "隐名路8号"


@pytest.fixture
def lender(neighbour):
    return make_user("qin.lingdao", "秦领导", neighbour, "supervisor")


@pytest.fixture
def helper(neighbour):
    account = make_user("xu.jiancha", "许检查", neighbour, "inspector")
    return make_inspector(neighbour, 1, user=account, name="许检查")


@pytest.fixture
def successor(county):
    """A second supervisor of the bureau that asks."""
    return make_user("sun.lingdao", "孙领导", county, "supervisor")


@pytest.fixture
def loan(county, neighbour, drafter, witness, approver):
    """About a facility whose name is found nowhere else."""
    found = asked_loan(county, neighbour, by=drafter, asker=approver)
    facility = found.substitution.visit.facility
    facility.name, facility.address = NAME, ADDRESS
    facility.save()
    return Loan.objects.get(pk=found.pk)


@pytest.fixture(params=["account closed", "role revoked"])
def gone(request, loan, approver, system_admin, security_admin):
    """The supervisor who asked may approve nothing any more."""
    if request.param == "account closed":
        people.close_account(approver, reason="调离本局", by=system_admin)
    else:
        people.revoke_role(approver, "supervisor", by=security_admin)
    return approver


def at(name, *args):
    return reverse(f"inspections:{name}", args=args)


def read(client, name, *args) -> str:
    return client.get(at(name, *args)).content.decode()


def approval_of(loan):
    return approvals.open_approval("substitution", loan.substitution_id)


# In whose name


def test_nothing_is_approved_in_the_name_of_somebody_who_is_gone(loan, gone, lender, helper):
    visit = loan.substitution.visit
    before = list(visit.members.values_list("inspector", "is_active"))
    assert "由另一位分管领导重新提出借调" in refused(loans.lend, loan, helper, by=lender)
    loan.refresh_from_db()
    assert (loan.state, loan.inspector, loan.answered_at) == (LoanState.ASKED, None, None)
    assert approval_of(loan).decided_at is None
    assert list(visit.members.values_list("inspector", "is_active")) == before


def test_another_supervisor_asks_anew_and_the_loan_is_approved_in_their_name(
    loan, gone, successor, neighbour, lender, helper
):
    again = loans.ask(loan.substitution, neighbour, by=successor, now=minutes(75))
    loan.refresh_from_db()
    assert (loan.state, loan.answered_by, loan.answered_at) == (LoanState.WITHDRAWN, successor, minutes(75))
    assert [(entry.event, entry.bureau) for entry in trail.about(loan)] == [("撤回借调请求", neighbour)]
    assert "已撤回" in refused(loans.decline, loan, "不便", by=lender)
    lent = loans.lend(again, helper, by=lender, now=minutes(80))
    assert (lent.state, lent.approved_by) == (SubstitutionState.APPROVED, successor)
    assert member_of(lent.visit, 2).inspector == helper


def test_a_lender_may_decline_what_somebody_asked_who_is_gone(loan, gone, lender):
    assert loans.decline(loan, "本局人手不足", by=lender).state == LoanState.DECLINED


def test_as_long_as_whoever_asked_may_approve_nobody_takes_the_loan_back(loan, successor, city):
    assert "正在等待答复" in refused(loans.ask, loan.substitution, city, by=successor)
    assert list(Loan.objects.values_list("pk", "state")) == [(loan.pk, LoanState.ASKED)]


def test_whoever_comes_back_is_answered_after_all(loan, approver, system_admin, lender, helper):
    people.close_account(approver, reason="停职", by=system_admin)
    people.reopen_account(approver, reason="复职", by=system_admin)
    assert loans.lend(loan, helper, by=lender).approved_by == approver


def test_both_pages_say_so_and_offer_only_what_can_be_done(loan, gone, successor, lender, helper, signed_in):
    theirs = read(signed_in(lender), "loan", loan.pk)
    assert "由另一位分管领导重新提出借调" in theirs
    assert helper.name not in theirs
    assert at("loan_decline", loan.pk) in theirs
    ours = signed_in(successor)
    page = read(ours, "approval", approval_of(loan).pk)
    assert at("loan_ask", loan.substitution_id) in page
    assert "提出人现在不能审批调换" in page
    ours.post(at("loan_ask", loan.substitution_id), {"lender": loan.lender_id})
    assert set(Loan.objects.values_list("state", "asked_by")) == {
        (LoanState.WITHDRAWN, gone.pk),
        (LoanState.ASKED, successor.pk),
    }
    assert at("loan_ask", loan.substitution_id) not in read(ours, "approval", approval_of(loan).pk)
    assert "已撤回" in read(signed_in(lender), "loan", loan.pk)


# Who had a part in it


@pytest.fixture
def lent(loan, helper, lender):
    return loans.lend(loan, helper, by=lender, now=minutes(80))


@pytest.mark.parametrize("applicant", ["drafter", "the lent"])
def test_whoever_is_to_be_replaced_answers_no_loan_for_it_as_supervisor_of_the_lender(
    lent, helper, neighbour, drafter, approver, applicant
):
    both = also(helper.user, "supervisor")
    second = make_inspector(neighbour, 2)
    swap = substitutions.request(
        member_of(lent.visit, 2),
        "health",
        "身体不适",
        by=drafter if applicant == "drafter" else both,
        now=minutes(90),
    )
    loan = loans.ask(swap, neighbour, by=approver, now=minutes(91))
    assert "请由另一位分管领导答复" in refused(loans.lend, loan, second, by=both)
    assert "请由另一位分管领导答复" in refused(loans.decline, loan, "不便", by=both)
    loan.refresh_from_db()
    assert loan.state == LoanState.ASKED
    assert member_of(lent.visit, 2).inspector == helper


# Which facility it is


def shown_by_plan(loan, setting: str, *, hidden: bool = False) -> Visit:
    visit = loan.substitution.visit
    PlanTask.objects.filter(pk=visit.draw.task_id).update(winners_shown=setting)
    Bureau.objects.filter(pk=visit.bureau_id).update(names_hidden=hidden)
    return Visit.objects.get(pk=visit.pk)


@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize(("setting", "told"), [("at_once", True), ("office", False), ("handlers", False)])
def test_before_the_visit_is_over_another_bureau_is_told_only_what_the_public_is(
    loan, lender, helper, signed_in, setting, hidden, told
):
    visit = shown_by_plan(loan, setting, hidden=hidden)
    assert embargo.is_kept_close(visit) is not told
    page = read(signed_in(lender), "loan", loan.pk)
    assert [NAME in page, ADDRESS in page] == [told] * 2
    assert visit.facility.insurance_code not in page
    assert helper.name in page


def test_once_the_visit_is_over_the_page_of_the_loan_names_the_facility(loan, lender, signed_in):
    visit = shown_by_plan(loan, "handlers", hidden=True)
    end_visit(visit)
    assert embargo.is_kept_close(Visit.objects.get(pk=visit.pk)) is False
    assert NAME in read(signed_in(lender), "loan", loan.pk)


def test_nothing_else_that_the_lender_reads_names_it_either(loan, lender, helper, signed_in):
    shown_by_plan(loan, "office")
    client = signed_in(lender)
    pages = [read(client, "approvals"), client.get(reverse("home")).content.decode()]
    (task,) = worklist.for_user(lender, minutes(75))
    assert task.url == at("loan", loan.pk)
    refusals = [
        client.post(at("loan_lend", loan.pk)).content.decode(),
        client.post(at("loan_decline", loan.pk), {"reason": ""}).content.decode(),
        refused(loans.lend, loan, make_inspector(loan.lender, 9, status="suspended"), by=lender),
    ]
    client.post(at("loan_lend", loan.pk), {"inspector": helper.pk})
    told = [f"{entry.subject_name}{entry.note}{entry.after}" for entry in trail.about(loan)]
    for text in (*pages, *refusals, *told, task.subject, read(client, "loan", loan.pk)):
        assert NAME not in text
        assert ADDRESS not in text


def test_the_lent_inspector_learns_the_name_by_joining_the_team(loan, lender, helper, signed_in):
    visit = shown_by_plan(loan, "handlers")
    assert signed_in(helper.user).get(at("visit", visit.pk)).status_code == 404
    loans.lend(loan, helper, by=lender, now=minutes(80))
    assert NAME in read(signed_in(helper.user), "visit", visit.pk)
