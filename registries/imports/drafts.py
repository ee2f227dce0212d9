"""Importing in two steps: a list is uploaded and checked; somebody who has read the report confirms it."""

import datetime as dt
import logging

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from registries import access
from registries.access import Permission
from registries.errors import DomainError
from registries.fields import cipher
from registries.imports import importing, items
from registries.models import Bureau, ImportDraft, ItemVersion, User

logger = logging.getLogger(__name__)

# A page answers within a minute, and SQLite has one writer at a time; longer lists are for the command.
MOST_LINES = 10_000
FORGOTTEN_AFTER = dt.timedelta(days=7)


def upload(
    kind: str, content: bytes, *, filename: str, bureau: Bureau, by: User, now: dt.datetime | None = None
) -> ImportDraft:
    """Checks the list and keeps it for `confirm`. Nothing is written to the registry."""
    now = now or timezone.now()
    outcome = importing.run(
        kind, content, filename=filename, bureau=bureau, by=by, check_only=True, most=MOST_LINES, now=now
    )
    draft = ImportDraft(
        bureau=bureau,
        kind=kind,
        filename=filename[-200:],
        sha256=outcome.sha256,
        report=outcome.for_screen(),
        uploaded_at=now,
        uploaded_by=by,
    )
    with transaction.atomic():
        _forget_old(bureau, now)
        _keep_file(draft, content)
        draft.save(force_insert=True)
    return draft


@transaction.atomic
def confirm(draft: ImportDraft, *, by: User, now: dt.datetime | None = None) -> ImportDraft:
    """Checks again and writes, once however often it is pressed.

    The registry may have changed since the upload: then nothing is written and the draft holds the new report.
    """
    access.require(by, Permission.REGISTRY_EDIT, bureau=draft.bureau)
    now = now or timezone.now()
    locked = ImportDraft.objects.select_for_update().get(pk=draft.pk)
    if locked.confirmed_at:
        return locked
    content = _content(locked)
    outcome = importing.run(
        locked.kind, content, filename=locked.filename, bureau=locked.bureau, by=by, most=MOST_LINES, now=now
    )
    locked.report = outcome.for_screen()
    if outcome.written:
        locked.confirmed_at, locked.confirmed_by = now, by
        _drop_file(locked)
    locked.save()
    return locked


@transaction.atomic
def publish(draft: ImportDraft, *, effective_from: dt.date, by: User, now: dt.datetime | None = None) -> int:
    """All items of an imported list together."""
    access.require(by, Permission.REGISTRY_EDIT, bureau=draft.bureau)
    if not draft.confirmed_at:
        raise DomainError("名单还没有导入，请先确认导入。")
    return items.publish(drafted(draft), effective_from=effective_from, by=by, now=now)


def drafted(draft: ImportDraft):
    """The versions that an imported item list has led to."""
    return ItemVersion.objects.filter(
        pk__in=draft.report.get("drafted", ()), item__bureau=draft.bureau
    ).select_related("item__bureau")


def _keep_file(draft: ImportDraft, content: bytes) -> None:
    try:
        draft.file.save(f"{draft.sha256[:16]}.list", ContentFile(cipher().encrypt(content)), save=False)
    except OSError as problem:  # a full disk, a directory that went away
        logger.exception("An uploaded list could not be stored.")
        raise DomainError(
            "服务器没有空间或不能保存文件，名单没有上传。请稍后再试，并告诉本局系统管理员。"
        ) from problem


def _content(draft: ImportDraft) -> bytes:
    try:
        with draft.file.open() as stored:
            return cipher().decrypt(stored.read())
    except FileNotFoundError:
        raise DomainError("上传的文件已经不在，没有写入任何内容，请重新上传。") from None


def _forget_old(bureau: Bureau, now: dt.datetime) -> None:
    for old in bureau.import_drafts.filter(confirmed_at=None, uploaded_at__lt=now - FORGOTTEN_AFTER):
        _drop_file(old)
        old.delete()


def _drop_file(draft: ImportDraft) -> None:
    storage, name = draft.file.storage, draft.file.name
    draft.file = ""
    transaction.on_commit(lambda: storage.delete(name))
