"""The evidence file of a draw, from which anybody recomputes it (draw protocol, section 4).

Everything comes from the draw's own frozen rows. It is complete, secret and seed included, and therefore given out
only when it is due: before, whoever held the seed could foresee each substitute.
"""

import json
import re

from django.utils import timezone

from inspections import lottery, rosters
from inspections.models import Assignment, Draw, Substitution, TeamMember, Visit, WinnersShown
from inspections.states import ENDED, ClueState, DrawState, SubstitutionState, VisitState
from registries.errors import DomainError


def is_due(draw: Draw) -> bool:
    """Every visit that was not cancelled has ended, or the draw is void.

    A void draw that a clue or an initiator's list set off waits until it is drawn for no more: its list would tell
    whom the next one is about.
    """
    if draw.state == DrawState.HELD:
        return not draw.visits.exclude(state__in=[*ENDED, VisitState.CANCELLED]).exists()
    return draw.state == DrawState.VOIDED and not _drawn_anew(draw)


def _drawn_anew(draw: Draw) -> bool:
    """Is the same list still to be drawn, or are those whom it names still to be inspected?"""
    task = draw.task
    if task.clue_id:
        return task.clue.state == ClueState.DRAWING
    if not task.assisted_id or timezone.localdate() > task.ends_on:
        return False
    held = Draw.objects.filter(lineage=draw.lineage_id, state=DrawState.HELD).first()
    return held is None or not is_due(held)


def winners_public(draw: Draw) -> bool:
    """May the public see who was drawn? The plan says at once or after the visits (section 4)."""
    if draw.held_at is None:
        return False
    # A void takes back nothing that was public.
    return draw.task.winners_shown == WinnersShown.AT_ONCE or is_due(draw)


def seal_public(draw: Draw) -> bool:
    """May the public read what was sealed, beyond its digest? At once, unless a clue or a list set it off (section 4).

    There the roster may be one facility. Its digest is tried out with the codes of the public registry in no time.
    """
    return not draw.task.is_set_off or is_due(draw) or winners_public(draw)


def of(draw: Draw) -> dict:
    """Exactly the keys of section 4. Of a draw that was voided before it was held there is no result to show."""
    if not is_due(draw):
        raise DomainError(f"{draw.number}的检查尚未全部结束，证据文件届时公开。")
    frozen = rosters.of(draw)
    return {
        "seal": rosters.seal_of(draw),
        "seal_digest": draw.seal_digest,
        "facility_roster": [list(row) for row in frozen.facilities],
        "inspector_roster": [list(row) for row in frozen.inspectors],
        "recusals": [list(row) for row in frozen.recusals],
        "secret": draw.secret,
        "contributions": [
            {
                "role": contribution.role,
                "name": contribution.name,
                "text": contribution.text,
                "at": lottery.timestamp(contribution.contributed_at),
            }
            for contribution in draw.contributions.all()
        ],
        "public_value": draw.public_value or None,
        "held_at": lottery.timestamp(draw.held_at) if draw.held_at else None,
        "seed": draw.seed or None,
        **_result(draw),
        "void": _void(draw),
    }


def as_bytes(draw: Draw) -> bytes:
    """The file: the same bytes whenever and wherever it is asked for."""
    return (json.dumps(of(draw), ensure_ascii=False, indent=1) + "\n").encode()


def file_name(draw: Draw) -> str:
    """The bureau's code keeps two bureaus of one short name apart; nothing in it can leave a directory."""
    safe = re.sub(r"[^0-9A-Za-z〔〕\u4e00-\u9fff]", "_", draw.number)
    return f"{draw.bureau.code}-{safe}.json"


def _result(draw: Draw) -> dict:
    visits = list(draw.visits.order_by("position"))
    assigned = draw.task.assignment == Assignment.ASSIGNED
    return {
        "winners": [
            {"code": visit.code, "grade": visit.grade, "ticket": visit.ticket, "top_up": visit.top_up}
            for visit in visits
        ],
        "teams": _teams(draw, visits),
        "assignment": "assigned" if assigned else "drawn",
        "substitutions": _substitutions(draw),
    }


def _teams(draw: Draw, visits: list[Visit]) -> list[dict]:
    """As they were before any substitution."""
    members = {visit.pk: [] for visit in visits}
    came_later = _approved(draw).values("incoming")
    first = TeamMember.objects.filter(visit__draw=draw).exclude(pk__in=came_later)
    for member in first.order_by("visit__position", "place"):
        members[member.visit_id].append(
            {"inspector": member.code, "visit": member.visit_number, "card": member.card}
        )
    return [{"facility": visit.code, "members": members[visit.pk]} for visit in visits]


def _substitutions(draw: Draw) -> list[dict]:
    approved = _approved(draw).select_related("visit", "outgoing", "incoming")
    return [
        {
            "facility": substitution.visit.code,
            "out": substitution.outgoing.code,
            "in": substitution.incoming.code,
            "reason": substitution.get_reason_display(),
            "visit": substitution.incoming.visit_number,
            "card": substitution.incoming.card,
            "approved_at": lottery.timestamp(substitution.approved_at),
        }
        for substitution in approved
    ]


def _approved(draw: Draw):
    """In the order of approval; of two at one moment the substitute written first came first."""
    return Substitution.objects.filter(visit__draw=draw, state=SubstitutionState.APPROVED).order_by(
        "approved_at", "incoming_id"
    )


def _void(draw: Draw) -> dict | None:
    if draw.voided_at is None:
        return None
    return {
        "reason": draw.void_reason,
        "proposed_by": draw.void_proposed_by.display_name,
        "approved_by": draw.voided_by.display_name,
        "at": lottery.timestamp(draw.voided_at),
    }
