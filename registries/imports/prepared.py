"""What a list would do to a registry, before anything is written."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from registries.imports.outcomes import Change


@dataclass
class Prepared:
    new: Sequence = ()
    changed: Sequence = ()
    unchanged: int = 0
    # (row, name) of those that stay as they are.
    same: Iterable[tuple[int, str]] = ()
    # How many of the register, in force, are not in the list, and (code, name) of the first; None: nobody asks.
    missing: tuple[int, Sequence[tuple[str, str]]] | None = None
    changes: tuple[Change, ...] = ()
    notes: list[str] = field(default_factory=list)
    # What the list would do beyond its registry, fit for a JSON field.
    effects: dict = field(default_factory=dict)

    @property
    def named_new(self) -> Iterator[tuple[int, str]]:
        return ((row.line.number, row.line.values.get("name", "")) for row in self.new)
