"""Seals and draws over so many facilities that a worker carries them out, told how far it is (ADR 16).

Pressed twice, one is asked for. A worker that dies takes its transaction along; who presses again starts it again.
"""

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from inspections import draws, pool, rosters
from inspections.models import Draw, DrawJob, DrawJobKind, DrawJobState, PlanTask
from inspections.readiness import already_drawn, unready
from registries import progress, workers
from registries.access import Permission, require
from registries.errors import DomainError
from registries.models import User

TASK = "inspections.tasks.work_on_draw"


def seal(
    task: PlanTask, round: int, *, by: User, public_source: str | None = None, now: dt.datetime | None = None
) -> Draw | DrawJob:
    """The draw itself where the scope is small."""
    if pool.size(task) <= settings.LONG_DRAW_FACILITIES:
        return draws.seal(task, round, by=by, public_source=public_source, now=now)
    now = now or timezone.now()
    require(by, Permission.DRAW_OPERATE, bureau=task.bureau)
    if job := running(task):
        return _taken_up_again(job, by=by, now=now) or job
    if problem := already_drawn(task, round) or unready(task, round, now=now):
        raise DomainError(problem)
    source = draws.checked_source(public_source) or ""
    return _ask(DrawJob(kind=DrawJobKind.SEAL, task=task, round=round, public_source=source), by=by, now=now)


def hold(draw: Draw, *, by: User, now: dt.datetime | None = None) -> Draw | DrawJob:
    """The held draw itself where the roster is small."""
    if sum(row["base"] for row in rosters.seal_of(draw)["quotas"]) <= settings.LONG_DRAW_FACILITIES:
        return draws.hold(draw, by=by, now=now)
    now = now or timezone.now()
    require(by, Permission.DRAW_OPERATE, bureau=draw.bureau)
    if job := running(draw.task, DrawJobKind.HOLD):
        return _taken_up_again(job, by=by, now=now) or job
    draws.require_holdable(Draw.objects.get(pk=draw.pk), by=by)
    return _ask(DrawJob(kind=DrawJobKind.HOLD, task=draw.task, round=draw.round, draw=draw), by=by, now=now)


def running(task: PlanTask, kind: DrawJobKind = DrawJobKind.SEAL) -> DrawJob | None:
    return task.draw_jobs.filter(kind=kind, state=DrawJobState.RUNNING).first()


def last_hold(draw: Draw) -> DrawJob | None:
    """What became of the last press, if a worker's."""
    return draw.jobs.filter(kind=DrawJobKind.HOLD).last()


def restart(job: DrawJob, *, by: User, now: dt.datetime | None = None) -> DrawJob:
    """For a job whose worker is gone."""
    if again := _taken_up_again(job, by=by, now=now or timezone.now()):
        return again
    raise DomainError("没有重新开始：这项工作没有中断，正在进行或者已经结束。请看本页的进度和结果。")


def _taken_up_again(job: DrawJob, *, by: User, now: dt.datetime) -> DrawJob | None:
    """None where it waits, is in somebody's hand or is over: then it goes on as it was."""
    require(by, Permission.DRAW_OPERATE, bureau=job.task.bureau)
    if not progress.standing(job, now=now).stalled:
        return None
    with transaction.atomic():
        # Locked: a worker that was only silent is at it.
        locked = DrawJob.objects.select_for_update(skip_locked=True).filter(pk=job.pk).first()
        if locked is None or not progress.standing(locked, now=now).stalled:
            return None
        locked.beat_at, locked.asked_at, locked.asked_by = None, now, by
        locked.save(update_fields=["beat_at", "asked_at", "asked_by"])
        workers.queue(TASK, locked)
    return locked


def work(pk: int, *, now: dt.datetime | None = None) -> None:
    """What was asked for, in the name of whoever asked."""
    rows = DrawJob.objects.select_related("task__plan__bureau", "draw__bureau", "asked_by").filter(pk=pk)
    workers.work(rows, _carry_out, _refuse, now=now)


@transaction.atomic
def _ask(job: DrawJob, *, by: User, now: dt.datetime) -> DrawJob:
    # No stronger lock: the rows that a worker is writing refer to the task.
    PlanTask.objects.select_for_update(no_key=True).get(pk=job.task_id)
    if asked := running(job.task, job.kind):
        return asked
    job.asked_at, job.asked_by = now, by
    job.save(force_insert=True)
    workers.queue(TASK, job)
    return job


@transaction.atomic
def _carry_out(job: DrawJob, *, tell: progress.Tell, now: dt.datetime | None) -> None:
    """The job's row stays locked to the end, so that a worker believed dead and the one after it never both draw."""
    locked = workers.still_own(job)
    if locked is None:
        return
    if job.kind == DrawJobKind.SEAL:
        source = job.public_source or None
        locked.draw = draws.seal(
            job.task, job.round, by=job.asked_by, public_source=source, tell=tell, now=now
        )
    else:
        draws.hold(job.draw, by=job.asked_by, tell=tell, now=now)
    locked.state = DrawJobState.DONE
    locked.save(update_fields=["state", "draw"])


def _refuse(job: DrawJob, message: str) -> None:
    workers.as_claimed(job).update(state=DrawJobState.REFUSED, refusal=message)
