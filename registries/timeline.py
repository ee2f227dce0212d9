"""The trail in words for the screen: field names and choices as people know them."""

from dataclasses import dataclass
from datetime import date, datetime, time

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils import timezone

from registries import trail
from registries.models import TrailEntry


class Chapter(models.TextChoices):
    REGISTRY = "registry", "登记"
    INSPECTION = "inspection", "检查"
    PUBLICATION = "publication", "公示"


@dataclass(frozen=True)
class Event:
    """What components/timeline.html shows; rooms above answer with it when a callout asks."""

    at: datetime
    actor: str
    text: str
    note: str = ""
    url: str = ""
    chapter: str = Chapter.REGISTRY
    whole_day: bool = False


def on_day(day: date) -> datetime:
    """The moment under which something of which only the day is known is shown, with `whole_day`."""
    return timezone.make_aware(datetime.combine(day, time()))


def of(subject: models.Model, *, event: str = "", newest: int = 30) -> list[Event]:
    """With `event`, of that kind alone: a bureau's trail tells of all that it ever imported."""
    entries = trail.about(subject)
    return [of_entry(entry) for entry in (entries.filter(event=event) if event else entries)[:newest]]


def of_entry(entry: TrailEntry, *, prefix: str = "") -> Event:
    return Event(entry.at, entry.actor_name, prefix + entry.event, in_words(entry))


def in_words(entry: TrailEntry) -> str:
    """One line for each changed field, then the note."""
    before, after = entry.before or {}, entry.after or {}
    lines = [_change(entry, name, before, after) for name in {**before, **after}]
    return "\n".join([*lines, entry.note] if entry.note else lines)


def field_name(entry: TrailEntry, name: str) -> str:
    field = _field(entry, name)
    return str(field.verbose_name) if field else name


def _change(entry: TrailEntry, name: str, before: dict, after: dict) -> str:
    if trail.HIDDEN in (before.get(name), after.get(name)):
        return f"{field_name(entry, name)}：{'已变更' if name in before else '已登记'}{trail.HIDDEN}"
    new = value_in_words(entry, name, after.get(name))
    if name not in before:
        return f"{field_name(entry, name)}：{new}"
    return f"{field_name(entry, name)}：{value_in_words(entry, name, before[name])} → {new}"


def value_in_words(entry: TrailEntry, name: str, value) -> str:
    if value in (None, "", []):
        return "空"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(map(str, value))
    field = _field(entry, name)
    return str(dict(field.flatchoices).get(value, value) if field and field.choices else value)


def _field(entry: TrailEntry, name: str):
    """The model's field, when `name` is one: entries may name things that are no field, or no longer one."""
    try:
        field = apps.get_model(entry.subject_kind)._meta.get_field(name)
    except (LookupError, FieldDoesNotExist):
        return None
    return field if hasattr(field, "verbose_name") else None
