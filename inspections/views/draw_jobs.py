"""A seal or a draw that a worker has in hand: how far it is, what became of it, starting it again."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from inspections import draw_jobs
from inspections.models import DrawJob, DrawJobKind
from registries.access import Permission, load, may, requires
from registries.progress import standing

P = Permission


def _load(request, pk, **options) -> DrawJob:
    rows = DrawJob.objects.select_related("task__plan__bureau", "draw", "asked_by")
    return load(rows, request.user, through="task__plan__bureau", pk=pk, **options)


@requires(P.DRAW_VIEW)
def draw_job(request, pk):
    """Leads on to the draw once there is one; a hold is looked at in the room."""
    job = _load(request, pk)
    if job.draw_id:
        return redirect(
            "inspections:ceremony" if job.kind == DrawJobKind.HOLD else "inspections:draw", job.draw_id
        )
    own = job.task.bureau.pk == request.user.bureau_id and may(request.user, P.DRAW_OPERATE)
    context = {"job": job, "standing": standing(job), "may_operate": own}
    return render(request, "inspections/draw_job.html", context)


@requires(P.DRAW_VIEW)
@never_cache
def draw_job_progress(request, pk):
    """The piece of the page that changes while a worker is at it."""
    job = _load(request, pk)
    return render(request, "inspections/_draw_job_progress.html", {"job": job, "standing": standing(job)})


@requires(P.DRAW_OPERATE)
@require_POST
def draw_job_restart(request, pk):
    job = draw_jobs.restart(_load(request, pk, change=P.DRAW_OPERATE), by=request.user)
    messages.success(request, f"{job.get_kind_display()}已重新开始。")
    return redirect("inspections:draw_job", pk)
