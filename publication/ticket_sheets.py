"""What somebody needs to check a ticket by hand: the text to hash, the ticket, and what it is compared with.

All of it stands in the evidence file: ask `has_tickets` first.
"""

import json

from inspections import evidence, lottery, pool
from inspections.models import Draw
from publication.open_data import Column, Table

# Draw protocol, section 6: to learn on while the numbers of the draw itself are not public yet.
EXAMPLE_SEED = "35463115561121636246"
EXAMPLE_CODES = tuple(f"F{number:03d}" for number in range(1, 11))


def has_tickets(draw: Draw) -> bool:
    return draw.held_at is not None and evidence.is_due(draw) and draw.facilities.exists()


def example() -> dict:
    ordered = sorted((lottery.ticket(EXAMPLE_SEED, code), code) for code in EXAMPLE_CODES)
    return _hashed(EXAMPLE_SEED, ordered[0][1]) | {"order": [(code, ticket) for ticket, code in ordered]}


def of(draw: Draw, code: str) -> dict | None:
    """The facility with that code, or the first drawn where none is named; None when it is not on the roster."""
    row = draw.facilities.filter(code=code or _first_code(draw)).first()
    if row is None:
        return None
    grades = {quota["grade"]: quota["quota"] for quota in json.loads(draw.seal)["quotas"]}
    return _hashed(draw.seed, row.code) | {
        "grade": row.grade,
        "quota": grades[row.grade],
        "kept_out": "" if row.status == lottery.IN else pool.REASONS.get(row.status, row.status),
        "last_of_grade": _last_ticket(draw, grade=row.grade, top_up=False),
        "last_of_top_up": _last_ticket(draw, top_up=True),
        "visit": draw.visits.filter(code=row.code).first(),
    }


def table(draw: Draw) -> Table:
    """Every ticket of the draw, for a spreadsheet."""
    seed = draw.seed
    return Table(
        f"{draw.number}全部签号",
        "同一等级内签号最小的抽中",
        lambda: draw.facilities.order_by("code"),
        (
            Column("code", "机构编码", lambda row: row.code),
            Column("grade", "信用等级", lambda row: row.grade),
            Column("status", "状态（in 为进入抽取名单）", lambda row: row.status),
            Column("text", "要计算的文字", lambda row: f"{seed},{row.code}"),
            Column("ticket", "签号", lambda row: lottery.ticket(seed, row.code)),
        ),
    )


def _hashed(seed: str, code: str) -> dict:
    return {"seed": seed, "code": code, "text": f"{seed},{code}", "ticket": lottery.ticket(seed, code)}


def _first_code(draw: Draw) -> str:
    drawn = draw.visits.order_by("position").values_list("code", flat=True).first()
    return drawn or draw.facilities.values_list("code", flat=True).first() or ""


def _last_ticket(draw: Draw, **which) -> str:
    return draw.visits.filter(**which).order_by("-ticket").values_list("ticket", flat=True).first() or ""
