"""What an import found and did: for the command in words, for the page without personal data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from registries.identifiers import mask_id_number, mask_phone
from registries.privacy import ID_NUMBER

# Of each list: more is for the file itself, not for a person's eyes.
MOST_SHOWN = 1000
MASKS = {"id_number": mask_id_number, "phone": mask_phone}
NOTHING = "（空）"


@dataclass(frozen=True)
class Problem:
    """`column` is the letter that Excel shows, `name` the column's name, `field` the model's."""

    row: int
    column: str
    name: str
    value: str
    message: str
    field: str = ""
    sheet: str = ""
    # Only said when there are several.
    names_sheet: bool = False

    def __str__(self) -> str:
        """As the owner of the file may read it: row, column, value: message."""
        where = f"（工作表“{self.sheet}”）" if self.names_sheet else ""
        return f"{self.row} {self.column or '-'} {_one_line(self.value)}: {_one_line(self.message)}{where}"

    def for_screen(self) -> dict[str, str | int]:
        """With personal data masked, wherever the message repeats the value too."""
        value, message = self.value, self.message
        if self.value and self.field in MASKS:
            value = MASKS[self.field](self.value)
            message = message.replace(self.value, value)
        # An ID number may stand in any column, the wrong one too.
        value, message = (
            ID_NUMBER.sub(lambda found: mask_id_number(found[0]), text) for text in (value, message)
        )
        return {
            "row": self.row,
            "column": self.column,
            "name": self.name,
            "value": value,
            "message": message,
            "sheet": self.sheet if self.names_sheet else "",
        }


@dataclass(frozen=True)
class Change:
    """One row that is in the registry already and will differ; `lines` hold (name, before, after)."""

    row: int
    subject: str
    lines: tuple[tuple[str, str, str], ...]

    def for_screen(self) -> dict:
        return {"row": self.row, "subject": self.subject, "lines": [list(line) for line in self.lines]}


@dataclass(frozen=True)
class Outcome:
    filename: str
    sha256: str
    rows: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    # In the registry and in force, but not in the file: told, never touched. None where a list is not the whole register.
    missing: int | None = None
    # The first `changed` of them.
    changes: tuple[Change, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    written: bool = False
    # Item versions that were drafted, to be published together.
    drafted: tuple[int, ...] = field(default=())
    effects: Mapping = field(default_factory=dict)
    # (row or code, name) of the first new, unchanged and missing ones, by these words.
    named: Mapping[str, Sequence[tuple]] = field(default_factory=dict)

    def for_screen(self) -> dict:
        """Fit for a JSON field and for everybody who may see the registry."""
        return {
            "rows": self.rows,
            "new": self.new,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "missing": self.missing,
            "problem_count": len(self.problems),
            "problems": [problem.for_screen() for problem in self.problems[:MOST_SHOWN]],
            "changes": [change.for_screen() for change in self.changes[:MOST_SHOWN]],
            "notes": list(self.notes),
            "drafted": list(self.drafted),
            "effects": dict(self.effects),
            "named": {word: [list(pair) for pair in pairs] for word, pairs in self.named.items()},
        }


def in_words(model, before: Mapping, after: Mapping) -> tuple[tuple[str, str, str], ...]:
    """(name, before, after) of each changed field, as people know them."""
    own = {field.name: field for field in model._meta.get_fields()}
    return tuple(
        (
            str(getattr(own[name], "verbose_name", name)),
            _word(own[name], before[name]),
            _word(own[name], value),
        )
        for name, value in after.items()
    )


def _word(model_field, value) -> str:
    if value in (None, "", []):
        return NOTHING
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(map(str, value))
    return str(dict(getattr(model_field, "flatchoices", ())).get(value, value))


def _one_line(text: str) -> str:
    return " ".join(text.split()) or NOTHING
