"""What a worker does with an uploaded list: one worker at a time, all or nothing, and the row says how it ended."""

import datetime as dt

from django.db import transaction

from registries import progress, workers
from registries.imports import grades, importing, marked, stored
from registries.imports.formats import ImportKind
from registries.imports.outcomes import Outcome
from registries.models import ImportDraft
from registries.models.imports import ImportState

TASK = "registries.tasks.work_on_list"


def queue(draft: ImportDraft) -> None:
    workers.queue(TASK, draft)


def work(pk: int, *, now: dt.datetime | None = None) -> None:
    """Whatever the list waits for."""
    rows = ImportDraft.objects.select_related("bureau", "uploaded_by").filter(pk=pk)
    workers.work(rows, _step, _fail, now=now)


def check(draft: ImportDraft, *, tell: progress.Tell | None = None, now: dt.datetime | None = None) -> None:
    """Nothing is written to the registry. What is found counts as long as nobody else has taken over meanwhile."""
    content = stored.content_of(draft.file)
    outcome = run(draft, content, check_only=True, tell=tell, now=now)
    marks = marked_copy(draft, outcome, content, tell=tell)
    with transaction.atomic():
        if locked := workers.still_own(draft):
            take_report(locked, outcome, marks)
            locked.state = ImportState.CHECKED
            locked.save()


@transaction.atomic
def write(draft: ImportDraft, *, tell: progress.Tell | None = None, now: dt.datetime | None = None) -> None:
    """Checks again and writes; the registry may have changed since: then the draft holds the new report.

    The row lock is held to the end, so that a worker believed dead and the one after it never both write.
    """
    locked = workers.still_own(draft)
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


def reaches_far(draft: ImportDraft) -> bool:
    """However short it is, its check goes through far more than its own rows."""
    return draft.kind == ImportKind.GRADES and grades.reaches_far(draft.bureau)


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


def _step(draft: ImportDraft, **options) -> None:
    STEPS[draft.state](draft, **options)


def _fail(draft: ImportDraft, message: str) -> None:
    workers.as_claimed(draft).update(
        state=ImportState.FAILED, failure=message[:300], confirmed_at=None, confirmed_by=None
    )


STEPS = {ImportState.CHECKING: check, ImportState.WRITING: write}
