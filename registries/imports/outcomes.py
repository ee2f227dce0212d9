"""What an import found and did: for the command in words, for the page without personal data."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from registries.identifiers import mask_id_number, mask_phone

MOST_SHOWN = 500
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

    def __str__(self) -> str:
        """As the owner of the file may read it: row, column, value: message."""
        where = f"（工作表“{self.sheet}”）" if self.sheet else ""
        return f"{self.row} {self.column or '-'} {_one_line(self.value)}: {_one_line(self.message)}{where}"

    def for_screen(self) -> dict[str, str | int]:
        """With personal data masked, wherever the message repeats the value too."""
        value, message = self.value, self.message
        if self.value and self.field in MASKS:
            value = MASKS[self.field](self.value)
            message = message.replace(self.value, value)
        return {
            "row": self.row,
            "column": self.column,
            "name": self.name,
            "value": value,
            "message": message,
            "sheet": self.sheet,
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
    new: int = 0
    unchanged: int = 0
    changes: tuple[Change, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    written: bool = False
    # Item versions that were drafted, to be published together.
    drafted: tuple[int, ...] = field(default=())
    effects: Mapping = field(default_factory=dict)

    @property
    def changed(self) -> int:
        return len(self.changes)

    def for_screen(self) -> dict:
        """Fit for a JSON field and for everybody who may see the registry."""
        return {
            "new": self.new,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "problem_count": len(self.problems),
            "problems": [problem.for_screen() for problem in self.problems[:MOST_SHOWN]],
            "changes": [change.for_screen() for change in self.changes[:MOST_SHOWN]],
            "notes": list(self.notes),
            "drafted": list(self.drafted),
            "effects": dict(self.effects),
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
