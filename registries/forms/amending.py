"""What one person typed meets what another saved meanwhile: told field by field, chosen, and nothing typed is lost."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from django import forms
from django.core import signing
from django.db import models

from registries import trail
from registries.fields import keyed_hash
from registries.forms.decisions import Decided, kept_secret
from registries.revisions import missed

THEIRS, MINE = "theirs", "mine"
UNKNOWN = "（不详）"


class Clash(NamedTuple):
    """One field that both changed: as it was on opening, as it stands now, and as this person typed it."""

    name: str
    label: str
    opened: str
    theirs: str
    mine: str
    choice: str


class Amending(Decided):
    """Gives a form on a row `amends`, to be called when all its fields are there, with `initial` as the row stands.

    The page carries what its reader saw (signed; of personal data a keyed hash). A form that comes back late takes
    the other person's changes over wherever this one changed nothing, and `clashes` holds the rest. Then nothing is
    saved until each clash has its choice, posted as `choice-<field>`.
    """

    missed: Sequence[str] = ()
    taken: Sequence[str] = ()
    clashes: Sequence[Clash] = ()

    def amends(
        self,
        row: models.Model,
        *,
        bearer: models.Model | None = None,
        secrets: Mapping[str, Callable[[str], str]] | None = None,
    ) -> None:
        """`bearer` is what counts the revisions, if it is not the row; `secrets` are masks by personal field."""
        self._row, self._bearer, self._secrets = row, bearer or row, secrets or {}
        self._names = [name for name, field in self.fields.items() if not field.widget.is_hidden]
        for name, mask in self._secrets.items():
            kept_secret(self.fields[name], mask(getattr(row, name)))
        self.fields["revision"] = forms.IntegerField(widget=forms.HiddenInput)
        self.fields["opened"] = forms.CharField(required=False, widget=forms.HiddenInput)
        self.initial |= {"revision": self._bearer.revision, "opened": self._sealed({})}
        if self.is_bound:
            self._reconcile()

    def carried_out(self, verb: Callable) -> bool:
        if self.missed or self.clashes:
            self.is_valid()
            return False
        return super().carried_out(verb)

    def _reconcile(self) -> None:
        self.data = self.data.copy()
        seen, asked = self._unsealed()
        revision = self._revision()
        self.missed = missed(self._bearer, revision) if revision is not None else ()
        if self.missed:
            self._keep_theirs(seen, asked)
            asked = self._take_over(seen, asked)
            self.data["revision"] = str(self._bearer.revision)
        elif all(self._choice(name) or self._typed_alike(name, self._now(name)) for name in asked):
            self._keep_theirs(seen, asked)
            asked = {}
        self.clashes = [self._clash(name, opened) for name, opened in asked.items()]
        if revision is not None:
            self.data["opened"] = self._sealed(asked)

    def _revision(self) -> int | None:
        try:
            return self.fields["revision"].clean(self.data.get("revision"))
        except forms.ValidationError:
            return None

    def _keep_theirs(self, seen: dict, asked: dict) -> None:
        for name in asked:
            if self._choice(name) == THEIRS:
                self._put(name, "" if name in self._secrets else seen.get(name, ""))

    def _take_over(self, seen: dict, asked: dict) -> dict:
        """The other person's value wherever this one typed none; answers what both changed, as it was on opening."""
        both, self.taken = {}, []
        for name in self._names:
            opened, now = seen.get(name), self._now(name)
            unchanged, untouched = self._same(name, opened, now), self._untouched(name, opened)
            if self._typed_alike(name, now):
                continue
            if name in asked and not self._choice(name) and not untouched:
                both[name] = asked[name]
            elif unchanged:
                continue
            elif untouched:
                self._put(name, "" if name in self._secrets else now)
                self.taken.append(self.fields[name].label)
            else:
                both[name] = opened
        return both

    def _untouched(self, name: str, opened) -> bool:
        if name in self._secrets:
            return not self._typed(name)
        return opened is not None and self._same(name, self._typed(name), opened)

    def _typed_alike(self, name: str, now) -> bool:
        if name in self._secrets:
            return self._typed(name) == getattr(self._row, name)
        return self._same(name, self._typed(name), now)

    def _same(self, name: str, one, other) -> bool:
        if one == other or None in (one, other):
            return one == other
        field = self.fields[name]
        try:
            return field.to_python(one) == field.to_python(other)
        except forms.ValidationError:
            return False

    def _now(self, name: str):
        if name in self._secrets:
            label = f"{self._row._meta.label}:{self._row.pk}:{name}"
            return keyed_hash(f"{label}:{getattr(self._row, name)}")[:16]
        field = self.fields[name]
        return _plain(field.prepare_value(self.get_initial_for_field(field, name)))

    def _typed(self, name: str):
        widget = self.fields[name].widget
        return _plain(widget.value_from_datadict(self.data, self.files, self.add_prefix(name)))

    def _put(self, name: str, value) -> None:
        key = self.add_prefix(name)
        if isinstance(value, list):
            self.data.setlist(key, value)
        elif value is False:
            self.data.pop(key, None)
        else:
            self.data[key] = "on" if value is True else value

    def _choice(self, name: str) -> str:
        """Given to what stood beside it then: a later change of the same field is asked about again."""
        choice = self.data.get(f"choice-{name}", "")
        return choice if choice in (THEIRS, MINE) else ""

    def _clash(self, name: str, opened) -> Clash:
        label, mask = self.fields[name].label, self._secrets.get(name)
        if mask:
            told = (trail.HIDDEN, mask(getattr(self._row, name)), mask(self._typed(name)))
        else:
            told = (self._words(name, value) for value in (opened, self._now(name), self._typed(name)))
        return Clash(name, label, *told, "" if self.missed else self._choice(name))

    def _words(self, name: str, value) -> str:
        if value is None:
            return UNKNOWN
        if isinstance(value, bool):
            return "是" if value else "否"
        labels = {str(key): str(label) for key, label in getattr(self.fields[name], "choices", ())}
        values = value if isinstance(value, list) else [value]
        return "、".join(labels.get(one, one) for one in values) or "空"

    def _sealed(self, asked: dict) -> str:
        seen = {name: self._now(name) for name in self._names}
        return signing.dumps({"seen": seen, "asked": asked}, salt=self._salt(), compress=True)

    def _unsealed(self) -> tuple[dict, dict]:
        """What the page carried; nothing when it was not ours: then every difference is put to the person."""
        try:
            kept = signing.loads(self.data.get("opened", ""), salt=self._salt())
        except signing.BadSignature:
            return {}, {}
        seen, asked = kept["seen"], kept["asked"]
        return seen, {name: asked[name] for name in self._names if name in asked}

    def _salt(self) -> str:
        return f"{self._row._meta.label}:{self._row.pk}"


def _plain(value):
    """A value as a page sends it: text, a truth, or a sorted list of texts."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return value
    if isinstance(value, list | tuple | models.QuerySet):
        return sorted(str(getattr(one, "pk", one)) for one in value)
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value).replace("\r\n", "\n").strip()
