"""What has been found so far in a list that is checked piece by piece."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from registries.imports.lines import Line, problems_of
from registries.imports.outcomes import MOST_SHOWN, Change, Outcome, Problem
from registries.imports.prepared import Prepared

# Whoever has more corrects these first; they would fill the memory.
MOST_PROBLEMS = 20_000


@dataclass
class Tally:
    rows: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    missing: int | None = None
    changes: list[Change] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    drafted: list[int] = field(default_factory=list)
    effects: dict = field(default_factory=dict)
    named: dict[str, list[tuple]] = field(default_factory=dict)

    @property
    def full(self) -> bool:
        return len(self.problems) > MOST_PROBLEMS

    def take(self, lines: Sequence[Line], prepared: Prepared, *, several_sheets: bool) -> None:
        self.rows += len(lines)
        self.new += len(prepared.new)
        self.changed += len(prepared.changed)
        self.unchanged += prepared.unchanged
        self.changes += prepared.changes[: MOST_SHOWN - len(self.changes)]
        self.problems += problems_of(lines, several_sheets=several_sheets)
        self.notes += prepared.notes
        self.effects |= prepared.effects
        self.name("new", prepared.named_new)
        self.name("unchanged", prepared.same)
        if prepared.missing:
            self.take_missing(prepared.missing)

    def take_missing(self, missing: tuple[int, Sequence[tuple[str, str]]]) -> None:
        self.missing, first = missing
        self.name("missing", first)

    def name(self, word: str, pairs: Iterable[tuple]) -> None:
        kept = self.named.setdefault(word, [])
        kept += islice(pairs, MOST_SHOWN - len(kept))

    def outcome(self, blank: Outcome, *, written: bool) -> Outcome:
        stopped = (
            [f"问题超过 {MOST_PROBLEMS} 处，后面的行没有检查。请先改正已列出的问题。"] if self.full else []
        )
        return Outcome(
            blank.filename,
            blank.sha256,
            rows=self.rows,
            new=self.new,
            changed=self.changed,
            unchanged=self.unchanged,
            missing=self.missing,
            changes=tuple(self.changes),
            problems=tuple(self.problems),
            notes=(*blank.notes, *stopped, *self.notes),
            written=written,
            drafted=tuple(self.drafted),
            effects=self.effects,
            named=self.named,
        )
