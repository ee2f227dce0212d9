"""The trail in words for the screen: field names and choices as people know them."""

from dataclasses import dataclass
from datetime import datetime

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models

from registries import trail
from registries.models import TrailEntry


@dataclass(frozen=True)
class Line:
    """What components/timeline.html shows."""

    at: datetime
    actor: str
    text: str
    note: str


def of(subject: models.Model, *, newest: int = 30) -> list[Line]:
    return [
        Line(entry.at, entry.actor_name, entry.event, in_words(entry))
        for entry in trail.about(subject)[:newest]
    ]


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
    new = _value(entry, name, after.get(name))
    if name not in before:
        return f"{field_name(entry, name)}：{new}"
    return f"{field_name(entry, name)}：{_value(entry, name, before[name])} → {new}"


def _value(entry: TrailEntry, name: str, value) -> str:
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
