"""What the deal of the deck will mean for inspectors, told before any draw: loads, and facilities without a team.

Loads are those of docs/draw-protocol.md without recusals; which inspector goes where is nobody's to foresee.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from inspections.sealing import IN, InspectorRow, RecusalRow, Rules


class Load(NamedTuple):
    """So many people expect between `least` and `most` visits each."""

    people: int
    is_qualified: bool
    least: int
    most: int


@dataclass(frozen=True)
class Gap:
    """A facility that gets no team: who must stay away, and how many could still go."""

    code: str
    recused: tuple[str, ...]
    left: int
    qualified_left: int


def loads(visits: int, inspectors: Iterable[InspectorRow], rules: Rules) -> tuple[Load, ...]:
    """Those who bring the qualification asked for take all first places, and may therefore go more often."""
    able = [row for row in inspectors if row.status == IN]
    places = visits * rules.team_size
    if not rules.qualification:
        return _alike(places, len(able), is_qualified=False)
    qualified = sum(row.holds(rules.qualification) for row in able)
    others = len(able) - qualified
    if not qualified:
        return ()
    if others and visits * len(able) > places * qualified:
        # First places alone are more than an even share: all the rest goes to the others.
        return (
            *_alike(visits, qualified, is_qualified=True),
            *_alike(places - visits, others, is_qualified=False),
        )
    return _alike(places, len(able), is_qualified=not others)


def _alike(places: int, people: int, *, is_qualified: bool) -> tuple[Load, ...]:
    return (Load(people, is_qualified, places // people, -(-places // people)),) if people else ()


def gaps(
    codes: Sequence[str], inspectors: Iterable[InspectorRow], recusals: Iterable[RecusalRow], rules: Rules
) -> list[Gap]:
    """Why each of the facilities that the lottery cannot give a team has none."""
    able = {row.code: row for row in inspectors if row.status == IN}
    away = {code: [] for code in codes}
    for facility, inspector in recusals:
        if facility in away and inspector in able:
            away[facility].append(inspector)
    return [_gap(code, sorted(set(away[code])), able, rules) for code in codes]


def _gap(code: str, recused: list[str], able: dict[str, InspectorRow], rules: Rules) -> Gap:
    left = [row for inspector, row in able.items() if inspector not in recused]
    qualified = sum(not rules.qualification or row.holds(rules.qualification) for row in left)
    return Gap(code, tuple(recused), len(left), qualified)
