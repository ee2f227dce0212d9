"""Draw protocol v1, what is fixed before the draw: rosters, rules, quotas and the seal (sections 1 and 3).

Pure and standard library only. Text is hashed as UTF-8 exactly as given, never trimmed or normalised. Python
compares text by code point, which is the order of its UTF-8 bytes, so plain sorting is the byte order the
protocol asks for.
"""

import json
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from itertools import islice
from operator import eq, itemgetter
from typing import NamedTuple

PROTOCOL = "draw/v1"
HASH = "sha256"
GRADES = ("A", "B", "C", "D", "NONE")
IN = "in"
PIECE = 20_000
BEIJING = timezone(timedelta(hours=8))


class LotteryError(ValueError):
    """The input cannot be drawn from; the message is fit for the screen."""


class FacilityRow(NamedTuple):
    """One row of the facility roster (section 1); `status` is `in` or the reason that keeps it out."""

    code: str
    grade: str
    status: str


class InspectorRow(NamedTuple):
    """One row of the inspector roster (section 1); `qualifications` are comma-joined in byte order."""

    code: str
    qualifications: str
    status: str

    @classmethod
    def of(cls, code: str, tags: Iterable[str], status: str) -> "InspectorRow":
        tags = sorted(set(tags))
        if bad := [tag for tag in tags if not clean(tag) or "," in tag]:
            raise LotteryError(f"资格标签不能为空，也不能含有逗号或控制字符：{bad[0]!r}。")
        return cls(code, ",".join(tags), status)

    def holds(self, tag: str) -> bool:
        return tag in self.qualifications.split(",")


class RecusalRow(NamedTuple):
    """One declared interest: this inspector stays away from this facility (section 1)."""

    facility: str
    inspector: str


class GradeQuota(NamedTuple):
    """How many facilities of one grade are drawn (section 3); its fields are the seal's keys."""

    grade: str
    base: int
    pool: int
    quota: int


@dataclass(frozen=True, slots=True)
class Rules:
    """What the seal fixes besides the rosters (section 1); ratios and floor in basis points."""

    ratios_bp: Mapping[str, int]
    floor_bp: int = 300
    team_size: int = 2
    qualification: str = ""

    def __post_init__(self):
        if set(self.ratios_bp) != set(GRADES):
            raise LotteryError("抽查比例须为 A、B、C、D 和无等级各设一项。")
        if not all(0 <= bp <= 10000 for bp in (*self.ratios_bp.values(), self.floor_bp)):
            raise LotteryError("抽查比例须在 0 至 100% 之间。")
        if self.team_size < 2:
            raise LotteryError("每个检查组不得少于两名检查人员。")
        if self.qualification and (not clean(self.qualification) or "," in self.qualification):
            raise LotteryError("资格标签不能含有逗号或控制字符。")

    def as_seal(self) -> dict:
        return {**asdict(self), "ratios_bp": dict(self.ratios_bp)}


@dataclass(frozen=True, slots=True)
class Quotas:
    """The quotas in the order of GRADES, and the number the floor adds to them."""

    rows: tuple[GradeQuota, ...]
    top_up: int

    @property
    def base(self) -> int:
        return sum(row.base for row in self.rows)

    @property
    def total(self) -> int:
        return sum(row.quota for row in self.rows) + self.top_up

    def as_seal(self) -> dict:
        return {"quotas": [row._asdict() for row in self.rows], "top_up": self.top_up}


# Text and digests


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def canonical(obj) -> str:
    """Canonical JSON of section 1: keys sorted, no spaces, non-ASCII unescaped."""
    return json.dumps(obj, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def timestamp(moment: datetime) -> str:
    """ISO 8601 in +08:00 to the second; cutting every time alike keeps their order."""
    return moment.astimezone(BEIJING).isoformat(timespec="seconds")


def new_secret() -> str:
    return secrets.token_hex(32)


def commitment(secret: str) -> str:
    """Published with the seal (section 1): binds the secret before any witness speaks."""
    return digest(secret)


def clean(text: str) -> bool:
    """One line of visible characters: nothing that could be mistaken for a separator."""
    return bool(text) and text.isprintable()


# Rosters (section 1)


def facility_roster(facilities: Iterable[FacilityRow]) -> list[FacilityRow]:
    """The checked rows, sorted by code. Of a nation's rows whole columns are looked at."""
    rows = sorted(facilities, key=itemgetter(0))
    codes, grades, statuses = (list(map(itemgetter(place), rows)) for place in range(3))
    if not set(grades) <= set(GRADES):
        code, grade, _ = next(row for row in rows if row[1] not in GRADES)
        raise LotteryError(f"检查对象 {code!r} 的信用等级 {grade!r} 不在 A、B、C、D、NONE 之内。")
    if not (all(codes) and "".join(codes).isprintable() and all(map(clean, set(statuses)))):
        code = next(code for code, _, status in rows if not (clean(code) and clean(status)))
        raise LotteryError(f"检查对象代码和状态不能为空，也不能含有制表符、换行等字符：{code!r}。")
    _refuse_repeats(codes, "检查对象代码")
    return rows


def inspector_roster(inspectors: Iterable[InspectorRow]) -> list[InspectorRow]:
    """The checked rows, sorted by code."""
    rows = sorted(inspectors, key=itemgetter(0))
    for code, qualifications, status in rows:
        if not (clean(code) and clean(status)):
            raise LotteryError(f"检查人员代码和状态不能为空，也不能含有制表符、换行等字符：{code!r}。")
        if qualifications and InspectorRow.of(code, qualifications.split(","), status)[1] != qualifications:
            raise LotteryError(f"检查人员 {code} 的资格标签须按字节顺序排列且不重复。")
    _refuse_repeats([row[0] for row in rows], "检查人员代码")
    return rows


def recusal_roster(recusals: Iterable[RecusalRow]) -> list[RecusalRow]:
    """The checked rows, sorted; an interest declared twice is one row."""
    rows = sorted(set(recusals))
    if bad := [row for row in rows if not (clean(row[0]) and clean(row[1]))]:
        raise LotteryError(f"回避登记的代码不能为空，也不能含有制表符、换行等字符：{tuple(bad[0])!r}。")
    return rows


def _refuse_repeats(codes: Sequence[str], what: str) -> None:
    """They are sorted: equal ones stand side by side."""
    if any(map(eq, codes, islice(codes, 1, None))):
        code = next(code for code, following in zip(codes, codes[1:], strict=False) if code == following)
        raise LotteryError(f"{what}重复：{code}。")


def roster_text(rows: Iterable[Sequence[str]]) -> str:
    """The lines that are hashed: fields separated by TAB, every line ended by LF."""
    return "".join(["\t".join(row) + "\n" for row in rows])


def roster_digest(rows: Sequence[Sequence[str]]) -> str:
    """Of the whole text, of which a nation's would fill a hundred megabytes: hashed piece by piece."""
    hashed = sha256()
    for start in range(0, len(rows), PIECE):
        hashed.update(roster_text(rows[start : start + PIECE]).encode())
    return hashed.hexdigest()


def facility_digest(facilities: Iterable[FacilityRow]) -> str:
    return roster_digest(facility_roster(facilities))


def inspector_digest(inspectors: Iterable[InspectorRow]) -> str:
    return digest(roster_text(inspector_roster(inspectors)))


def recusal_digest(recusals: Iterable[RecusalRow]) -> str:
    return digest(roster_text(recusal_roster(recusals)))


# Quotas (section 3)


def share(base: int, ratio_bp: int) -> int:
    """The ratio of `base`, rounded up, in integers."""
    return (base * ratio_bp + 9999) // 10000


def quota(base: int, pool: int, ratio_bp: int) -> int:
    return min(pool, share(base, ratio_bp))


def tally(facilities: Iterable[FacilityRow]) -> dict[str, tuple[int, int]]:
    """For every grade, how many are in scope and how many of them in the pool."""
    counts = Counter((grade, status == IN) for _, grade, status in facilities)
    return {grade: (counts[grade, True] + counts[grade, False], counts[grade, True]) for grade in GRADES}


def quotas_of(counts: Mapping[str, tuple[int, int]], rules: Rules) -> Quotas:
    """Quotas from a tally, so that a plan can be previewed without its roster."""
    rows = tuple(GradeQuota(grade, *counts[grade], quota(*counts[grade], rules.ratios_bp[grade]))
                 for grade in GRADES)  # fmt: skip
    drawn = sum(row.quota for row in rows)
    missing = max(0, share(sum(row.base for row in rows), rules.floor_bp) - drawn)
    return Quotas(rows, min(missing, sum(row.pool for row in rows) - drawn))


def shortfalls(quotas: Quotas, rules: Rules) -> dict[str, int]:
    """By how many facilities the pool cuts each grade's quota; only the grades that are cut."""
    short = {row.grade: share(row.base, rules.ratios_bp[row.grade]) - row.quota for row in quotas.rows}
    return {grade: number for grade, number in short.items() if number}


def floor_shortfall(quotas: Quotas, rules: Rules) -> int:
    """By how many facilities the whole draw stays below the floor because the pool is empty."""
    return max(0, share(quotas.base, rules.floor_bp) - quotas.total)


# Seal (section 1)


def build_seal(
    *,
    number: str,
    bureau: str,
    year: int,
    task: str,
    round: int,
    sealed_at: datetime,
    rules: Rules,
    facilities: Iterable[FacilityRow],
    inspectors: Iterable[InspectorRow],
    recusals: Iterable[RecusalRow],
    commitment: str,
    public_source: str | None = None,
    previous: str | None = None,
) -> dict:
    """The seal of section 1. Its digest is `digest(canonical(seal))`."""
    roster = facility_roster(facilities)
    return {
        "protocol": PROTOCOL,
        "hash": HASH,
        "number": number,
        "bureau": bureau,
        "year": year,
        "task": task,
        "round": round,
        "sealed_at": timestamp(sealed_at),
        "rules": rules.as_seal(),
        **quotas_of(tally(roster), rules).as_seal(),
        "facility_digest": roster_digest(roster),
        "inspector_digest": inspector_digest(inspectors),
        "recusal_digest": recusal_digest(recusals),
        "commitment": commitment,
        "public_source": public_source or None,
        "previous": previous,
    }
