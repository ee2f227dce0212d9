"""What a list would do to a registry, before anything is written."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from registries.imports.outcomes import Change


@dataclass
class Prepared:
    new: Sequence = ()
    changed: Sequence = ()
    unchanged: int = 0
    changes: tuple[Change, ...] = ()
    notes: list[str] = field(default_factory=list)
    # What the list would do beyond its registry, fit for a JSON field.
    effects: dict = field(default_factory=dict)
