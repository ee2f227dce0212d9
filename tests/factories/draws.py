"""A draw told by the domain functions: registries, plan task, seal, witness, hold, visits, a substitution.

Everybody needed is made when not given, so that one line stands a test in the middle of the story.
"""

import datetime as dt

from django.db import transaction

from inspections import approvals, draws, substitutions
from inspections.models import ApprovalOutcome, PlanTask, Substitution, TeamMember, Visit
from inspections.states import VisitState, advance, lock
from registries.models import User
from tests.cast import make_user
from tests.factories import NOW, make_facility, make_inspector, make_item, make_task

DICE = "4 2 6 6 1 3 5 5 2 1"
GRADES = "AAAABBBBCCCD"


def minutes(number: int) -> dt.datetime:
    """After the seal of the usual story."""
    return NOW + dt.timedelta(minutes=number)


def person(bureau, role: str) -> User:
    """The first of the bureau with the role; made up when there is none."""
    found = User.objects.filter(bureau=bureau, role_grants__role=role).order_by("pk").first()
    return found or make_user(f"{role}.{bureau.code}", f"某{role}", bureau, role)


def drawable_task(bureau, *, by=None, grades: str = GRADES, inspectors: int = 5, **fields) -> PlanTask:
    """A published task with facilities of these grades and so many inspectors, of whom the odd ones know 药学."""
    by = by or person(bureau, "staff")
    start = bureau.facilities.count()
    for n, grade in enumerate(grades, start + 1):
        make_facility(bureau, n, grade=grade)
    start = bureau.inspectors.count()
    for n in range(start + 1, start + inspectors + 1):
        make_inspector(bureau, n, qualifications=["药学"] if n % 2 else [])
    items = fields.pop("items", None) or [make_item(bureau, by)]
    ratios = {f"ratio_{grade}_bp": 5000 for grade in ("a", "b", "c", "d", "none")}
    return make_task(bureau, by, items=items, **(ratios | fields))


def sealed_draw(task, *, by=None, round: int = 1, public_source=None, now=NOW):
    by = by or person(task.bureau, "staff")
    return draws.seal(task, round, by=by, public_source=public_source, now=now)


def witnessed_draw(task, *, by=None, witness=None, text: str = DICE, now=NOW, **kwargs):
    draw = sealed_draw(task, by=by, now=now, **kwargs)
    witness = witness or person(task.bureau, "witness")
    draws.contribute(draw, text, by=witness, now=now + dt.timedelta(minutes=5))
    return draw


def held_draw(task, *, by=None, witness=None, now=NOW, **kwargs):
    by = by or person(task.bureau, "staff")
    draw = witnessed_draw(task, by=by, witness=witness, now=now, **kwargs)
    return draws.hold(draw, by=by, now=now + dt.timedelta(minutes=10))


def member_of(visit, place: int = 1) -> TeamMember:
    return visit.members.get(place=place, is_active=True)


def substitute(member, *, by=None, approver=None, reason="work_conflict", now=None) -> Substitution:
    """Asked for by staff and approved."""
    bureau, now = member.visit.bureau, now or minutes(60)
    asked = substitutions.request(member, reason, "当日另有安排", by=by or person(bureau, "staff"), now=now)
    decide(asked, approver or person(bureau, "supervisor"), now=now + dt.timedelta(minutes=1))
    asked.refresh_from_db()
    return asked


def decide(asked, approver, outcome=ApprovalOutcome.APPROVED, *, reason="", now=None):
    """The approver's answer to an asked-for substitution."""
    approval = approvals.open_approval("substitution", asked.pk)
    return approvals.decide(approval, outcome, by=approver, reason=reason, now=now or minutes(61))


def voided_draw(draw, *, by=None, approver=None, reason="封存后发现名录库有误", now=None):
    now = now or minutes(30)
    approval = draws.propose_void(draw, reason=reason, by=by or person(draw.bureau, "staff"), now=now)
    approver = approver or person(draw.bureau, "supervisor")
    approvals.decide(approval, ApprovalOutcome.APPROVED, by=approver, now=now + dt.timedelta(minutes=1))
    draw.refresh_from_db()
    return draw


@transaction.atomic
def end_visit(visit, *, on=dt.date(2026, 4, 20)) -> Visit:
    """The visit is over; fieldwork itself is told by tests/factories/fieldwork.py."""
    visit = lock(visit)
    if visit.state == VisitState.ASSIGNED:
        advance(visit, VisitState.ON_SITE)
    return advance(visit, VisitState.TO_REPORT, ended_on=on)


def finished_draw(task, **kwargs):
    """Held, one substitution, every visit ended."""
    draw = held_draw(task, **kwargs)
    substitute(member_of(draw.visits.first()))
    for visit in draw.visits.all():
        end_visit(visit)
    return draw
