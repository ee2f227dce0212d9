"""Draw protocol v1, the draw itself: seed, tickets, teams and substitutes (sections 2 and 3).

Pure and standard library only, so that an outsider can rerun it. What the seal fixes stands in
`inspections.sealing`; everything callers need of it is offered here, so that this is the one door.
"""

from bisect import insort
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from hashlib import sha256
from math import isqrt
from typing import NamedTuple

from inspections.sealing import (
    GRADES,
    HASH,
    IN,
    PROTOCOL,
    FacilityRow,
    GradeQuota,
    InspectorRow,
    LotteryError,
    Quotas,
    RecusalRow,
    Rules,
    build_seal,
    canonical,
    commitment,
    digest,
    facility_digest,
    facility_roster,
    floor_shortfall,
    inspector_digest,
    inspector_roster,
    new_secret,
    quota,
    quotas_of,
    recusal_digest,
    recusal_roster,
    roster_text,
    share,
    shortfalls,
    tally,
    timestamp,
)

__all__ = [
    "GRADES",
    "HASH",
    "IN",
    "MIN_CONTRIBUTION",
    "PROTOCOL",
    "Card",
    "FacilityRow",
    "GradeQuota",
    "InspectorRow",
    "LotteryError",
    "Quotas",
    "RecusalRow",
    "Rules",
    "Team",
    "Winner",
    "build_seal",
    "canonical",
    "card",
    "check_contribution",
    "check_public_value",
    "commitment",
    "deal_teams",
    "digest",
    "draw_facilities",
    "eligibility_gaps",
    "facility_digest",
    "facility_roster",
    "floor_shortfall",
    "inspector_digest",
    "inspector_roster",
    "new_secret",
    "next_substitute",
    "quota",
    "quotas_of",
    "recusal_digest",
    "recusal_roster",
    "roster_text",
    "seed_of",
    "share",
    "shortfalls",
    "tally",
    "ticket",
    "timestamp",
    "visits_held",
]

MIN_CONTRIBUTION = 16


class Winner(NamedTuple):
    """A drawn facility; its fields are the evidence's keys (section 4)."""

    code: str
    grade: str
    ticket: str
    top_up: bool


class Card(NamedTuple):
    """An inspector's card, compared field by field (section 3); its fields are a team member's keys."""

    visit: int
    card: str
    inspector: str


class Team(NamedTuple):
    facility: str
    members: tuple[Card, ...]

    def as_evidence(self) -> dict:
        return {"facility": self.facility, "members": [card._asdict() for card in self.members]}


# Witness and seed (sections 2 and 3)


def check_contribution(text: str) -> str:
    """A witness's contribution as section 2 wants it, or an error for the screen."""
    if len(text) < MIN_CONTRIBUTION:
        raise LotteryError(f"见证人输入的内容不得少于 {MIN_CONTRIBUTION} 个字符。")
    return _one_line(text, "见证人输入的内容")


def check_public_value(text: str) -> str:
    """The announced public value, one line that is not empty, or an error for the screen."""
    return _one_line(text, "公开随机数")


def _one_line(text: str, what: str) -> str:
    if text.splitlines() != [text]:
        raise LotteryError(f"{what}须为一行文字，不能为空，也不能换行。")
    return text


def seed_of(
    seal_digest: str, secret: str, contributions: Sequence[str], public_value: str | None = None
) -> str:
    """The seed of section 3; contributions in the order entered."""
    if not contributions:
        raise LotteryError("至少须有一名见证人完成见证，才能抽取。")
    lines = [seal_digest, secret, *map(check_contribution, contributions)]
    if public_value is not None:
        lines.append(check_public_value(public_value))
    return digest("\n".join(lines))


# Facilities (section 3)


def ticket(seed: str, code: str) -> str:
    return digest(f"{seed},{code}")


def draw_facilities(seed: str, facilities: Iterable[FacilityRow], quotas: Quotas) -> list[Winner]:
    """The winners in draw order: by grade, then the floor's top-up from the rest of the pool."""
    prefix = f"{seed},".encode()
    pools = {grade: [] for grade in GRADES}
    for code, grade, status in facilities:
        if status == IN:
            pools[grade].append(sha256(prefix + code.encode()).hexdigest() + code)
    winners, rest = [], []
    for grade, _, _, number in quotas.rows:
        lowest = _lowest(pools[grade], number + quotas.top_up)
        winners += [(entry, grade, False) for entry in lowest[:number]]
        rest += [(entry, grade, True) for entry in lowest[number:]]
    winners += sorted(rest)[: quotas.top_up]
    return [Winner(entry[64:], grade, entry[:64], top_up) for entry, grade, top_up in sorted(winners)]


def _lowest(entries: list[str], count: int) -> list[str]:
    """The `count` lowest entries, each a ticket followed by its code.

    Tickets are uniform, so those under a limit a little above the expected one suffice but for freak cases;
    sorting a province's whole pool would take seconds.
    """
    likely = count + 8 * isqrt(count) + 16
    if likely < len(entries):
        limit = f"{(likely << 64) // len(entries):016x}"
        near = sorted(entry for entry in entries if entry < limit)
        if len(near) >= count:
            return near[:count]
    return sorted(entries)[:count]


# Teams (section 3)


def card(seed: str, inspector: str, n: int) -> Card:
    return Card(n, digest(f"{seed},{inspector},{n}"), inspector)


def eligibility_gaps(
    facilities: Iterable[FacilityRow],
    inspectors: Iterable[InspectorRow],
    recusals: Iterable[RecusalRow],
    *,
    team_size: int,
    qualification: str = "",
) -> list[str]:
    """Codes of the pool's facilities that cannot get a team; anything here forbids the seal.

    Only a facility with a recusal can differ from the others, so only those are looked at one by one.
    """
    ready = [row for row in inspectors if row.status == IN]
    able = {row.code for row in ready}
    qualified = {row.code for row in ready if _fits(row, 0, qualification)}
    pool = [code for code, _, status in facilities if status == IN]
    if len(able) < team_size or not qualified:
        return pool
    recused = _by_facility(recusals)
    return [
        code
        for code in pool
        if (away := recused.get(code)) and (len(able) - len(able & away) < team_size or qualified <= away)
    ]


def deal_teams(
    seed: str,
    facilities: Iterable[str],
    inspectors: Iterable[InspectorRow],
    recusals: Iterable[RecusalRow],
    *,
    team_size: int,
    qualification: str = "",
) -> list[Team]:
    """Deal the deck to the facilities, whose codes come in draw order.

    Place by place, so that a larger team keeps the members of a smaller one. The deck stays sorted: a card
    that does not fit here is passed over and stays where it is.
    """
    recused = _by_facility(recusals)
    able = [row for row in inspectors if row.status == IN]
    visits = Counter()
    teams = {facility: [] for facility in facilities}
    for place in range(team_size):
        deck = sorted(
            card(seed, row.code, visits[row.code] + 1) for row in able if _fits(row, place, qualification)
        )
        for facility, members in teams.items():
            barred = recused.get(facility, set()).union(member.inspector for member in members)
            taken = _take(deck, barred, facility)
            members.append(taken)
            visits[taken.inspector] = taken.visit
            insort(deck, card(seed, taken.inspector, taken.visit + 1))
    return [Team(facility, tuple(members)) for facility, members in teams.items()]


def _take(deck: list[Card], barred: set[str], facility: str) -> Card:
    for position, (_, _, inspector) in enumerate(deck):
        if inspector not in barred:
            return deck.pop(position)
    raise LotteryError(f"检查对象 {facility} 没有足够的可派检查人员。")


def _fits(row: InspectorRow, place: int, qualification: str) -> bool:
    return place > 0 or not qualification or row.holds(qualification)


def _by_facility(recusals: Iterable[RecusalRow]) -> dict[str, set[str]]:
    recused = {}
    for facility, inspector in recusals:
        recused.setdefault(facility, set()).add(inspector)
    return recused


# Substitution (section 3)


def visits_held(teams: Iterable[Iterable[str]]) -> Counter[str]:
    """How many visits each inspector holds, from the members every team has at this moment."""
    return Counter(inspector for members in teams for inspector in members)


def next_substitute(
    *,
    seed: str,
    inspectors: Iterable[InspectorRow],
    recusals: Iterable[RecusalRow],
    facility: str,
    team: Collection[str],
    replaced: Collection[str],
    visits_held: Mapping[str, int],
    place: int,
    qualification: str = "",
) -> Card | None:
    """The approved substitute for `place` (0 is the first), or None where nobody is eligible.

    `team` is who is in the team at this moment. `replaced` is everybody replaced at this facility, now or
    before: without the earlier ones, two absent inspectors would replace each other for ever.
    """
    barred = {*team, *replaced}.union(inspector for code, inspector in recusals if code == facility)
    cards = [
        card(seed, row.code, visits_held.get(row.code, 0) + 1)
        for row in inspectors
        if row.status == IN and row.code not in barred and _fits(row, place, qualification)
    ]
    return min(cards, default=None)
