from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import redirect, render

from inspections import approvals as verbs
from inspections.forms.approvals import DecisionForm
from inspections.models import Approval, ApprovalOutcome, ApprovalSubject
from registries.access import load, requires
from registries.views.lists import ROWS

# What each kind shows of its subject, with the context of its module's `approval_context`.
PARTS = {
    ApprovalSubject.PLAN: "inspections/approvals/_plan.html",
    ApprovalSubject.SUBSTITUTION: "inspections/approvals/_substitution.html",
    ApprovalSubject.REPORT: "inspections/approvals/_report.html",
    ApprovalSubject.VOID: "inspections/approvals/_void.html",
    ApprovalSubject.CLUE: "inspections/approvals/_clue.html",
}


@requires(*verbs.APPROVERS)
def approvals(request):
    waiting = verbs.open_for(request.user).select_related("applied_by", "bureau")
    history = verbs.decided(request.user).select_related("applied_by", "decided_by", "bureau")
    page = Paginator(history, ROWS).get_page(request.GET.get("page"))
    return render(request, "inspections/approvals.html", {"waiting": waiting, "page": page})


@requires(*verbs.APPROVERS)
def approval(request, pk):
    approval = load(
        verbs.shown(Approval.objects.select_related("bureau", "applied_by", "decided_by"), request.user),
        request.user,
        pk=pk,
    )
    form = DecisionForm(request.POST or None)
    if form.carried_out(
        lambda values: verbs.decide(approval, values["decision"], by=request.user, reason=values["reason"])
    ):
        outcome = ApprovalOutcome(form.outcome.outcome)
        messages.success(request, f"已{outcome.label}：{approval}。申请人会在办理经过中看到。")
        return redirect("inspections:approvals")
    context = verbs.context_of(approval) | {
        "approval": approval,
        "form": form,
        "part": PARTS[approval.subject_kind],
        "may_decide": verbs.may_decide(approval, request.user),
        "why_not": verbs.why_not(approval, request.user),
    }
    return render(request, "inspections/approval.html", context)
