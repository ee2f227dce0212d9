"""What a worker does with an uploaded list: one worker at a time, all or nothing, and the row says how it ended."""

import datetime as dt
import logging
from functools import partial

from celery import current_app
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from kombu.exceptions import OperationalError

from registries.errors import DomainError
from registries.imports import importing, marked, progress, stored
from registries.imports.outcomes import Outcome
from registries.models import ImportDraft
from registries.models.imports import ImportState

logger = logging.getLogger(__name__)

TASK = "registries.tasks.work_on_list"
BROKEN = "系统出错，没有写入任何内容。请重新开始；仍然不行的，请告诉本局系统管理员。"


def queue(draft: ImportDraft) -> None:
    """Once the row is committed. When the queue is away the page says that nothing moves and offers to start again."""
    transaction.on_commit(partial(_send, draft.pk))


def work(pk: int, *, now: dt.datetime | None = None) -> None:
    """Whatever the list waits for. A list that another worker has in hand, or that waits for nothing, is left alone."""
    draft = _claim(pk, now or timezone.now())
    if draft is None:
        return
    try:
        with progress.telling(pk) as tell:
            STEPS[draft.state](draft, tell=tell, now=now)
    except (DomainError, PermissionDenied) as refusal:
        _fail(draft, str(refusal))
    except Exception:
        _fail(draft, BROKEN)
        raise


def check(draft: ImportDraft, *, tell: progress.Tell | None = None, now: dt.datetime | None = None) -> None:
    """Nothing is written to the registry. What is found counts as long as nobody else has taken over meanwhile."""
    content = stored.content_of(draft.file)
    outcome = run(draft, content, check_only=True, tell=tell, now=now)
    marks = marked_copy(draft, outcome, content, tell=tell)
    with transaction.atomic():
        if locked := _still_own(draft):
            take_report(locked, outcome, marks)
            locked.state = ImportState.CHECKED
            locked.save()


@transaction.atomic
def write(draft: ImportDraft, *, tell: progress.Tell | None = None, now: dt.datetime | None = None) -> None:
    """Checks again and writes; the registry may have changed since: then the draft holds the new report.

    The row lock is held to the end, so that a worker believed dead and the one after it never both write.
    """
    locked = _still_own(draft)
    if locked is None:
        return
    content, effects = stored.content_of(locked.file), locked.report.get("effects", {})
    outcome = run(locked, content, check_only=False, tell=tell, now=now)
    take_report(locked, outcome, marked_copy(locked, outcome, content, tell=tell))
    locked.report["effects"] = effects  # as they were read before the confirmation
    if outcome.written:
        locked.state = ImportState.IMPORTED
        stored.drop(locked.file)
    else:
        locked.state = ImportState.CHECKED
        locked.confirmed_at = locked.confirmed_by = None
    locked.save()


def run(draft: ImportDraft, content: bytes, *, check_only: bool, tell=None, now=None) -> Outcome:
    return importing.run(
        draft.kind,
        content,
        filename=draft.filename,
        bureau=draft.bureau,
        by=draft.uploaded_by if check_only else draft.confirmed_by,
        check_only=check_only,
        most=importing.most_for_a_page(draft.kind),
        tell=tell,
        now=now,
    )


def marked_copy(draft: ImportDraft, outcome: Outcome, content: bytes, *, tell=None) -> bytes | None:
    """The list with every problem marked, when there are any."""
    if not outcome.problems:
        return None
    if tell:
        tell("标注文件")
    return marked.copy_of(content, filename=draft.filename, problems=outcome.problems)


def take_report(draft: ImportDraft, outcome: Outcome, marks: bytes | None) -> None:
    """The report for the screen, and the marked copy in place of an earlier one."""
    draft.report, draft.total, draft.done = outcome.for_screen(), outcome.rows, outcome.rows
    draft.failure = ""
    stored.drop(draft.marked_copy)
    if marks:
        stored.keep(draft.marked_copy, f"{draft.sha256[:16]}.marked", marks)


def _send(pk: int) -> None:
    try:
        current_app.send_task(TASK, args=[pk], retry=False)
    except (OperationalError, OSError):
        logger.exception("List %s could not be queued.", pk)
    else:
        progress.note_queued(pk)


@transaction.atomic
def _claim(pk: int, now: dt.datetime) -> ImportDraft | None:
    # A row that is locked is being written by another worker.
    rows = ImportDraft.objects.select_for_update(skip_locked=True, of=("self",))
    draft = rows.select_related("bureau", "uploaded_by").filter(pk=pk, state__in=progress.MOVING).first()
    if draft is None or progress.is_alive(draft, now=now):
        return None
    draft.beat_at = now
    draft.save(update_fields=["beat_at"])
    return draft


def _as_claimed(draft: ImportDraft) -> QuerySet[ImportDraft]:
    """A worker that was silent for so long that another took over has nothing more to say about the list."""
    return ImportDraft.objects.filter(pk=draft.pk, state=draft.state, beat_at=draft.beat_at)


def _still_own(draft: ImportDraft) -> ImportDraft | None:
    locked = _as_claimed(draft).select_for_update().first()
    if locked is None:
        logger.warning("List %s has been taken over: what this worker found is discarded.", draft.pk)
    return locked


def _fail(draft: ImportDraft, message: str) -> None:
    _as_claimed(draft).update(
        state=ImportState.FAILED, failure=message[:300], confirmed_at=None, confirmed_by=None
    )


STEPS = {ImportState.CHECKING: check, ImportState.WRITING: write}
