"""Before anything is sealed: whom a task would draw from, facility by facility and inspector by inspector."""

from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone

from inspections import candidates, draw_sheet, embargo, staff_preview
from inspections.forms.previews import CandidateFilter
from inspections.models import PlanTask
from registries.access import Permission, load, requires
from registries.models import Facility
from registries.views.lists import ROWS

P = Permission


def _task(request, pk) -> PlanTask:
    rows = PlanTask.objects.select_related("plan__bureau").prefetch_related("tags")
    task = load(rows, request.user, through="plan__bureau", pk=pk)
    if not embargo.may_read_lists(task, request.user):
        raise Http404
    return task


@requires(P.PLAN_VIEW)
def task_pool(request, pk):
    task = _task(request, pk)
    rows = candidates.told_to(request.user, task, on=timezone.localdate())
    counts = candidates.counts(rows)
    form = CandidateFilter(request.GET, counts)
    page = Paginator(candidates.search(rows, task, **form.wanted()), ROWS).get_page(request.GET.get("page"))
    known = Facility.objects.in_bulk([row.facility_id for row in page])
    context = {
        "task": task,
        "form": form,
        "page": page,
        "rows": [(known[row.facility_id], row.status, draw_sheet.reason(row.status)) for row in page],
        "counts": [(status, draw_sheet.reason(status), count) for status, count in counts.items()],
        "in_scope": len(rows),
    }
    return render(request, "inspections/task_pool.html", context)


@requires(P.PLAN_VIEW)
def task_staff(request, pk):
    task = _task(request, pk)
    preview = staff_preview.of(task, on=timezone.localdate())
    return render(request, "inspections/task_staff.html", {"task": task, "preview": preview})
