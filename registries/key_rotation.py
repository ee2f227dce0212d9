"""Replacing the key of personal data: every encrypted value comes under the newest of FIELD_KEYS.

Nothing says which values are done: a value under the newest key is, so that a run that was killed is simply run again.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from django.apps import apps
from django.core.files.base import ContentFile
from django.db import IntegrityError, models, transaction
from django.db.models import ExpressionWrapper, F, Q, TextField, Value

from registries import trail
from registries.fields import (
    EncryptedFileField,
    EncryptedTextField,
    cipher,
    key_age,
    keyed_hash,
    keyed_hashes,
)
from registries.models import Bureau

BATCH = 500
RAW = "raw_"
Progress = Callable[[type[models.Model], int], None]


@dataclass(frozen=True)
class Holding:
    """A model with encrypted values, found by its fields: a new one is never forgotten."""

    model: type[models.Model]
    texts: tuple[EncryptedTextField, ...]
    hashes: dict[str, str]
    files: tuple[EncryptedFileField, ...]

    @classmethod
    def of(cls, model: type[models.Model]) -> "Holding":
        own = {one.name: one for one in model._meta.concrete_fields}
        texts = tuple(one for one in own.values() if isinstance(one, EncryptedTextField))
        hashes = {one.name: f"{one.name}_hash" for one in texts if f"{one.name}_hash" in own}
        files = tuple(one for one in own.values() if isinstance(one, EncryptedFileField))
        return cls(model, texts, hashes, files)

    def rows(self, **chosen) -> models.QuerySet:
        """As the database holds them: `raw_<field>` undeciphered, hashes and names of files as they are."""
        tokens = {f"{RAW}{one.name}": ExpressionWrapper(F(one.name), TextField()) for one in self.texts}
        some = Q()
        for name in tokens:
            some |= ~Q(**{name: ""})
        for one in self.files:
            some |= ~Q(**{one.name: ""})
        rows = self.model._base_manager.annotate(**tokens).filter(some, **chosen).order_by("pk")
        return rows.values("pk", *self.hashes.values(), *(one.name for one in self.files), *tokens)


@dataclass
class Rotation:
    """`rotated` counts values; `refused` says of each that stayed behind where it is and why, never what it says."""

    rotated: int = 0
    refused: list[str] = field(default_factory=list)


def holdings() -> list[Holding]:
    found = [Holding.of(model) for model in apps.get_models()]
    return [holding for holding in found if holding.texts or holding.files]


def ages(*, progress: Progress = lambda model, seen: None) -> Counter:
    """How many values there are by the age of their key: 0 the newest, None where no key fits."""
    counted = Counter()
    for holding in holdings():
        for batch in _batches(holding, progress):
            for row in batch:
                counted.update(_ages_of(holding, row))
    return counted


def rotate(*, progress: Progress = lambda model, seen: None, now: dt.datetime | None = None) -> Rotation:
    """Works beside running servers, in batches; what an interrupted run has done stays done and is on the trail."""
    rotation = Rotation()
    try:
        for holding in holdings():
            for batch in _batches(holding, progress):
                _rotate_batch(holding, batch, rotation)
    finally:
        _record(rotation, now)
    return rotation


def _batches(holding: Holding, progress: Progress) -> Iterator[list[dict]]:
    """By primary key instead of one long query, which would hold PostgreSQL back from tidying up all the while."""
    last, seen = None, 0
    while batch := list(holding.rows(**({} if last is None else {"pk__gt": last}))[:BATCH]):
        yield batch
        last, seen = batch[-1]["pk"], seen + len(batch)
        progress(holding.model, seen)


def _ages_of(holding: Holding, row: dict) -> Iterator[int | None]:
    for one in holding.texts:
        token = row[f"{RAW}{one.name}"]
        if not token:
            continue
        age = key_age(token)
        yield age
        if age is not None and one.name in holding.hashes:
            known = keyed_hashes(_text(token))
            digest = row[holding.hashes[one.name]]
            yield known.index(digest) if digest in known else None
    for one in holding.files:
        content = _content(one, row[one.name])
        if content is not None:
            yield key_age(content)


def _rotate_batch(holding: Holding, batch: Iterable[dict], rotation: Rotation) -> None:
    stale = {row["pk"] for row in batch if any(age != 0 for age in _ages_of(holding, row))}
    # Whoever waits for a row while holding others may wait for ever: rows in somebody's hands come alone, afterwards.
    taken = _rotate_rows(holding, stale, rotation, skip_locked=True)
    for pk in sorted(stale - taken):
        _rotate_rows(holding, {pk}, rotation, skip_locked=False)


@transaction.atomic
def _rotate_rows(holding: Holding, pks: set, rotation: Rotation, *, skip_locked: bool) -> set:
    locked = list(holding.rows(pk__in=pks).select_for_update(skip_locked=skip_locked)) if pks else []
    for row in locked:
        _rotate_texts(holding, row, rotation)
        for one in holding.files:
            _rotate_file(holding, one, row, rotation)
    return {row["pk"] for row in locked}


def _rotate_texts(holding: Holding, row: dict, rotation: Rotation) -> None:
    fresh, digests = {}, {}
    for one in holding.texts:
        token = row[f"{RAW}{one.name}"]
        age = key_age(token) if token else 0
        if age is None:
            rotation.refused.append(f"{_place(holding, row)}的{one.verbose_name}用现有的密钥都打不开")
            continue
        if age:
            fresh[one.name] = cipher().rotate(token).decode()
        if token and one.name in holding.hashes:
            name, digest = holding.hashes[one.name], keyed_hash(_text(token))
            if row[name] != digest:
                digests[name] = digest
    rotation.rotated += _write(holding, row, fresh)
    try:
        with transaction.atomic():
            rotation.rotated += _write(holding, row, digests)
    except IntegrityError:
        # Two hosts under different FIELD_KEYS may have entered the same person side by side.
        rotation.refused.append(f"{_place(holding, row)}与另一条记录重复，请先在名录库中核对")


def _write(holding: Holding, row: dict, values: dict[str, str]) -> int:
    if values:
        tokens = {name: Value(value, output_field=TextField()) for name, value in values.items()}
        holding.model._base_manager.filter(pk=row["pk"]).update(**tokens)
    return len(values)


def _rotate_file(holding: Holding, one: EncryptedFileField, row: dict, rotation: Rotation) -> None:
    """Under a new name, so that neither a crash nor a reader finds half a file; the old one goes after commit."""
    content = _content(one, row[one.name])
    age = key_age(content) if content is not None else 0
    if age is None:
        rotation.refused.append(f"{_place(holding, row)}的{one.verbose_name}用现有的密钥都打不开")
    elif age:
        name = one.storage.save(row[one.name], ContentFile(cipher().rotate(content)))
        rotation.rotated += _write(holding, row, {one.name: name})
        transaction.on_commit(lambda: one.storage.delete(row[one.name]))


def _content(one: EncryptedFileField, name: str) -> bytes | None:
    """None for no file, and for one that is gone: it needs no key."""
    if not name:
        return None
    try:
        with one.storage.open(name) as stored:
            return stored.read()
    except FileNotFoundError:
        return None


def _text(token: str) -> str:
    return cipher().decrypt(token).decode()


def _place(holding: Holding, row: dict) -> str:
    return f"{holding.model._meta.verbose_name} {row['pk']} "


@transaction.atomic
def _record(rotation: Rotation, now: dt.datetime | None) -> None:
    """At the bureau above all others, whose auditors answer for the whole system."""
    root = Bureau.objects.filter(parent=None).first()
    if root and (rotation.rotated or rotation.refused):
        after = {"更换": rotation.rotated, "未能更换": len(rotation.refused)}
        trail.record("更换个人信息密钥", by=None, about=root, after=after, now=now)
