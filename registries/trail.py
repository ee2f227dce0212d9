"""The trail (全程留痕): one entry for each decision, written in the decision's own transaction."""

from collections.abc import Iterable

from django.db import models, transaction
from django.utils import timezone

from registries import bulk
from registries.fields import EncryptedTextField
from registries.models import TrailEntry, User

HIDDEN = "（不显示）"


def record(
    event: str,
    *,
    by: User | None,
    about: models.Model,
    bureau=None,
    before=None,
    after=None,
    note="",
    now=None,
):
    """Adds one entry. `event` is a sentence's verb such as "提交年度计划"; `before`/`after` hold only changed fields.

    `by=None` is the system itself (a scheduled task). `bureau` defaults to the subject's, then to the actor's.
    Never put personal data into `before`, `after` or `note`: auditors of the bureau read them.
    """
    _require_transaction()
    entry = _entry(event, by=by, about=about, bureau=bureau, before=before, after=after, note=note, now=now)
    entry.save(force_insert=True)
    return entry


def record_each(
    event: str,
    changed: Iterable[tuple[models.Model, dict | None, dict | None]],
    *,
    by: User,
    note="",
    now=None,
):
    """One entry for each (subject, before, after), for changes of thousands of a bureau's own rows at once."""
    _require_transaction()
    rows = (
        (subject.bureau_id, subject._meta.label_lower, str(subject.pk), str(subject)[:200], before, after)
        for subject, before, after in changed
    )
    columns = ("bureau_id", "subject_kind", "subject_id", "subject_name", "before", "after")
    bulk.insert(TrailEntry, _said_by(event, by, note, now), columns, rows)


def record_new(
    event: str,
    model: type[models.Model],
    named: Iterable[tuple[int, str]],
    *,
    by: User,
    bureau,
    note="",
    now=None,
):
    """One entry for each (primary key, name) of thousands of rows that were added at once."""
    _require_transaction()
    same = _said_by(event, by, note, now) | {"bureau": bureau, "subject_kind": model._meta.label_lower}
    rows = ((str(key), name[:200]) for key, name in named)
    bulk.insert(TrailEntry, same, ("subject_id", "subject_name"), rows)


def _said_by(event: str, by: User, note: str, now) -> dict:
    """What thousands of entries have in common."""
    return {
        "at": now or timezone.now(),
        "actor": by,
        "actor_name": by.display_name,
        "event": event,
        "note": note,
    }


def _require_transaction() -> None:
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("A trail entry belongs into the transaction of the change that it records.")


def _entry(
    event: str, *, by: User | None, about: models.Model, before, after, note: str, now, bureau=None
) -> TrailEntry:
    return TrailEntry(
        at=now or timezone.now(),
        actor=by,
        actor_name=by.display_name if by else "系统",
        bureau=bureau or getattr(about, "bureau", None) or (by.bureau if by else None),
        event=event,
        subject_kind=about._meta.label_lower,
        subject_id=str(about.pk),
        subject_name=str(about)[:200],
        before=before,
        after=after,
        note=note,
    )


def about(subject: models.Model):
    """Entries about one object, newest first."""
    return TrailEntry.objects.filter(
        subject_kind=subject._meta.label_lower, subject_id=str(subject.pk)
    ).order_by("-at", "-pk")


def changes(instance: models.Model, values: dict, *, hidden: Iterable[str] = ()) -> tuple[dict, dict]:
    """The fields among `values` that differ from the instance, as (before, after) fit for the trail.

    `hidden` are texts that may name people: the trail never forgets, so it says that they changed, not what they were.
    """
    hidden = {
        *hidden,
        *(field.name for field in instance._meta.fields if isinstance(field, EncryptedTextField)),
    }
    changed = {name: value for name, value in values.items() if getattr(instance, name) != value}
    before = {name: _fit(getattr(instance, name), hidden=name in hidden) for name in changed}
    return before, {name: _fit(value, hidden=name in hidden) for name, value in changed.items()}


def _fit(value, *, hidden: bool):
    if hidden:
        return HIDDEN if value else ""
    return value if value is None or isinstance(value, bool | int | str | list | dict) else str(value)
