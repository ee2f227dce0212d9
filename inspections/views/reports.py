from django.contrib import messages
from django.shortcuts import redirect, render

from inspections import embargo, reports
from inspections.forms.reports import ReportForm
from inspections.models import ORIGINS, InspectionReport, Visit
from inspections.reach import open_visit
from registries.access import Permission, requires
from registries.errors import DomainError


@requires(Permission.VISIT_VIEW)
def report(request, pk):
    """The leader's form while it may be written; for everybody else, and later, the report as it stands."""
    visits = Visit.objects.select_related("facility", *ORIGINS, "leader", "bureau")
    visit = open_visit(embargo.named(visits, request.user), request.user, pk=pk)
    stored = InspectionReport.objects.filter(visit=visit).first()
    if not reports.may_write(visit, request.user):
        return render(request, "inspections/report.html", {"visit": visit, "report": stored})
    form = ReportForm(
        request.POST or None, instance=stored, initial={"seen_revision": stored and stored.revision}
    )
    if request.method == "POST" and form.is_valid() and _save(request, visit, form):
        return (
            redirect("inspections:visit", pk=visit.pk) if "submit" in request.POST else redirect(request.path)
        )
    return render(
        request,
        "inspections/report_form.html",
        {
            "visit": visit,
            "form": form,
            "answers": reports.answer_counts(visit),
            "violations": reports.violations(visit),
            "vetoed": reports.vetoed(visit),
        },
    )


def _save(request, visit, form) -> bool:
    """Saves and, when the leader pressed 提交, submits. A refused submission keeps what was saved."""
    try:
        reports.write(visit, form.values(), revision=form.cleaned_data["seen_revision"], by=request.user)
        if "submit" in request.POST:
            reports.submit(visit, by=request.user)
            messages.success(request, "检查报告已提交，等待分管领导审批。")
        else:
            messages.success(request, "检查报告已保存，尚未提交。")
    except DomainError as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        stored = InspectionReport.objects.filter(visit=visit).first()
        form.data = form.data.copy()
        form.data["seen_revision"] = stored.revision if stored else ""
        return False
    return True
