"""Asking for a substitution; the answer is given on the approvals page."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render

from inspections import embargo
from inspections import substitutions as verbs
from inspections.forms.draws import SubstitutionForm
from inspections.models import TeamMember, Visit
from inspections.reach import within_reach
from registries.access import Permission, requires

P = Permission


@requires(P.SUBSTITUTION_REQUEST)
def substitution_request(request, pk):
    members = TeamMember.objects.select_related(
        "visit__bureau", "visit__facility", "visit__draw", "inspector"
    )
    member = get_object_or_404(
        members,
        visit__in=within_reach(embargo.visits_shown(Visit.objects.all(), request.user), request.user),
        pk=pk,
    )
    if not verbs.may_ask(member, request.user):
        raise PermissionDenied("检查人员只能申请调换本人。")
    form = SubstitutionForm(request.POST or None)
    if form.carried_out(lambda values: verbs.request(member, **values, by=request.user)):
        messages.success(request, "调换申请已提交，等待分管领导审批。审批之前仍由原检查人员承担。")
        return redirect("inspections:visit", member.visit_id)
    context = {
        "member": member,
        "visit": member.visit,
        "is_nameless": bool(embargo.without_names([member.visit], request.user)),
        "form": form,
        "possible": verbs.can_be_asked(member),
    }
    return render(request, "inspections/substitution_request.html", context)
