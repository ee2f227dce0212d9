"""Importing in two steps: a list is uploaded and checked; somebody who has read the report confirms it."""

import datetime as dt
import hashlib

from django.db import transaction
from django.utils import timezone

from registries import access, progress, trail
from registries.access import Permission
from registries.errors import DomainError
from registries.imports import items, jobs, stored
from registries.imports.spreadsheet import refuse_at_sight
from registries.models import Bureau, ImportDraft, ItemVersion, User
from registries.models.imports import ImportState

# Done while the person waits: about a second. What is longer is a worker's.
SMALL_BYTES = 100_000
SMALL_LINES = 500
FORGOTTEN_AFTER = dt.timedelta(days=7)


def upload(
    kind: str, content: bytes, *, filename: str, bureau: Bureau, by: User, now: dt.datetime | None = None
) -> ImportDraft:
    """Keeps the list for its check and for `confirm`. Nothing is written to the registry.

    A short list is checked at once: what is wrong with it as a whole is raised, and nothing is kept.
    """
    access.require(by, Permission.REGISTRY_EDIT, bureau=bureau)
    refuse_at_sight(content, filename)
    now = now or timezone.now()
    draft = ImportDraft(
        bureau=bureau,
        kind=kind,
        filename=filename[-200:],
        sha256=hashlib.sha256(content).hexdigest(),
        uploaded_at=now,
        uploaded_by=by,
    )
    at_once = len(content) <= SMALL_BYTES and not jobs.reaches_far(draft)
    outcome = jobs.run(draft, content, check_only=True, now=now) if at_once else None
    with transaction.atomic():
        _forget_old(bureau, now)
        stored.keep(draft.file, f"{draft.sha256[:16]}.list", content)
        if outcome:
            jobs.take_report(draft, outcome, jobs.marked_copy(draft, outcome, content))
            draft.state = ImportState.CHECKED
        draft.save(force_insert=True)
        if not outcome:
            jobs.queue(draft)
    return draft


@transaction.atomic
def confirm(draft: ImportDraft, *, by: User, now: dt.datetime | None = None) -> ImportDraft:
    """A short list is written at once, a long one by a worker; once, however often it is pressed."""
    access.require(by, Permission.REGISTRY_EDIT, bureau=draft.bureau)
    locked = ImportDraft.objects.select_for_update().get(pk=draft.pk)
    if locked.state in (ImportState.WRITING, ImportState.IMPORTED):
        return locked
    if locked.state != ImportState.CHECKED:
        raise DomainError("名单还没有检查完，请等检查结果出来再确认。")
    if locked.report.get("problem_count"):
        raise DomainError("名单还有问题，没有写入任何内容。请改正后重新上传。")
    locked.state, locked.beat_at = ImportState.WRITING, None
    locked.confirmed_at, locked.confirmed_by = now or timezone.now(), by
    locked.save()
    if locked.total > SMALL_LINES:
        jobs.queue(locked)
    else:
        jobs.write(locked, now=now)
        locked.refresh_from_db()
    return locked


@transaction.atomic
def restart(draft: ImportDraft, *, by: User, now: dt.datetime | None = None) -> ImportDraft:
    """Again from the start, for a list whose worker is gone. A list that was to be written is checked first."""
    access.require(by, Permission.REGISTRY_EDIT, bureau=draft.bureau)
    locked = ImportDraft.objects.select_for_update(skip_locked=True).filter(pk=draft.pk).first()
    if locked is None or progress.is_alive(locked, now=now or timezone.now()):
        raise DomainError("名单正在处理，请稍等片刻再看。")
    if not locked.is_moving and locked.state != ImportState.FAILED:
        raise DomainError("名单已经处理完，不需要重新开始。")
    locked.state, locked.beat_at, locked.failure = ImportState.CHECKING, None, ""
    locked.confirmed_at = locked.confirmed_by = None
    locked.save()
    jobs.queue(locked)
    return locked


@transaction.atomic
def publish(draft: ImportDraft, *, effective_from: dt.date, by: User, now: dt.datetime | None = None) -> int:
    """All items of an imported list together."""
    access.require(by, Permission.REGISTRY_EDIT, bureau=draft.bureau)
    if draft.state != ImportState.IMPORTED:
        raise DomainError("名单还没有导入，请先确认导入。")
    return items.publish(drafted(draft), effective_from=effective_from, by=by, now=now)


@transaction.atomic
def marked_copy(draft: ImportDraft, *, by: User, now: dt.datetime | None = None) -> bytes:
    """The list as it was uploaded, ID numbers and phones in clear, with its problems marked: taking it leaves a trace."""
    access.require(by, Permission.PERSONAL_VIEW, bureau=draft.bureau)
    content = stored.content_of(draft.marked_copy)
    trail.record("下载标注副本", by=by, about=draft, now=now)
    return content


def drafted(draft: ImportDraft):
    """The versions that an imported item list has led to."""
    return ItemVersion.objects.filter(
        pk__in=draft.report.get("drafted", ()), item__bureau=draft.bureau
    ).select_related("item__bureau")


def imported_before(draft: ImportDraft) -> ImportDraft | None:
    """The same file, byte for byte, that has been imported already."""
    same = draft.bureau.import_drafts.filter(kind=draft.kind, sha256=draft.sha256, state=ImportState.IMPORTED)
    return same.exclude(pk=draft.pk).defer("report").first()


def _forget_old(bureau: Bureau, now: dt.datetime) -> None:
    unfinished = bureau.import_drafts.exclude(state=ImportState.IMPORTED)
    for old in unfinished.filter(uploaded_at__lt=now - FORGOTTEN_AFTER):
        stored.drop(old.file)
        stored.drop(old.marked_copy)
        old.delete()
