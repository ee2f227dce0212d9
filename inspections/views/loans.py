"""借调: the supervisor with a substitution to approve asks; one of the other bureau answers on a page of its own."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from inspections import embargo
from inspections import loans as verbs
from inspections.approvals import open_approval
from inspections.forms.loans import DeclineForm, LendForm, LoanForm
from inspections.models import ApprovalSubject, Loan, Substitution
from inspections.states import LoanState
from inspections.substitutions import nobody_left
from registries.access import Permission, load, requires

P = Permission


@requires(P.SUBSTITUTION_APPROVE)
def loan_ask(request, pk):
    found = load(
        Substitution.objects.select_related(
            "bureau", "visit__draw", "visit__facility", "outgoing__inspector"
        ),
        request.user,
        change=P.SUBSTITUTION_APPROVE,
        pk=pk,
    )
    approval = open_approval(ApprovalSubject.SUBSTITUTION, found.pk)
    form = LoanForm(request.POST or None, found)
    if form.carried_out(lambda values: verbs.ask(found, values["lender"], by=request.user)):
        messages.success(request, f"已向{form.outcome.lender}提出借调，等待对方分管领导答复。")
        return redirect("inspections:approvals")
    context = {"substitution": found, "approval": approval, "form": form, "possible": nobody_left(found)}
    return render(request, "inspections/loan_ask.html", context)


@requires(P.SUBSTITUTION_APPROVE)
def loan(request, pk):
    return _page(request, _asked_of(request.user, pk))


@requires(P.SUBSTITUTION_APPROVE)
@require_POST
def loan_lend(request, pk):
    found = _asked_of(request.user, pk)
    form = LendForm(request.POST, found)
    if form.carried_out(lambda values: verbs.lend(found, values["inspector"], by=request.user)):
        messages.success(request, "已同意借调。借调人员现在可以查看和办理这一户的检查。")
        return redirect("inspections:loan", pk)
    return _page(request, found, lend_form=form)


@requires(P.SUBSTITUTION_APPROVE)
@require_POST
def loan_decline(request, pk):
    found = _asked_of(request.user, pk)
    form = DeclineForm(request.POST)
    if form.carried_out(lambda values: verbs.decline(found, values["reason"], by=request.user)):
        messages.success(request, "已答复不同意借调，理由会显示给对方。")
        return redirect("inspections:loan", pk)
    return _page(request, found, decline_form=form)


def _asked_of(user, pk) -> Loan:
    """Of the bureau that is asked; the one that asks sees it beside the substitution."""
    loans = Loan.objects.select_related(
        "bureau", "lender", "asked_by", "answered_by", "inspector", "substitution__outgoing__inspector",
        "substitution__visit__draw__task", "substitution__visit__facility",
    )  # fmt: skip
    return get_object_or_404(loans, lender=user.bureau_id, pk=pk)


def _page(request, found, *, lend_form=None, decline_form=None):
    is_open = found.state == LoanState.ASKED
    visit = found.substitution.visit
    context = {
        "loan": found,
        "visit": visit,
        # Whoever lends checks no interest by eye (lendable does): a name that is kept close stays so.
        "is_nameless": embargo.is_kept_close(visit),
        "errand": visit.errand,
        "is_open": is_open,
        "why_not": verbs.why_not_lent(found) if is_open else "",
        "lend_form": (lend_form or LendForm(None, found)) if is_open else None,
        "decline_form": decline_form or DeclineForm(),
    }
    return render(request, "inspections/loan.html", context)
