"""A clue told by the domain functions, as far as a test wants it."""

import datetime as dt

from inspections import approvals, clues
from inspections.models import ApprovalOutcome, ApprovalSubject, Clue, SavedScope
from registries.models.bureaus import ClueHandling
from tests.factories import NOW, make_facility, make_inspector, make_item, make_task
from tests.factories.draws import held_draw, minutes, person

CONTENT = "反映该诊所三月将自费药品串换为目录内药品结算。"
OUTCOME = "经现场检查，反映的串换药品情况属实，已责令改正。"


def registered_clue(bureau, facility=None, *, by=None, now=NOW, **fields) -> Clue:
    values = {
        "source": "complaint",
        "content": CONTENT,
        "facility": facility or make_facility(bureau, bureau.facilities.count() + 1),
        "received_on": dt.date(2026, 3, 30),
    }
    return clues.register(bureau, values | fields, by=by or person(bureau, "staff"), now=now)


def errand(*items, **fields) -> dict:
    """What is proposed."""
    return {
        "way": "direct",
        "items": list(items),
        "ends_on": dt.date(2026, 5, 31),
        "team_size": 2,
        "qualification": "",
        "cap_ground": "",
        "method": "实地检查",
    } | fields


def proposed_clue(clue, *items, by=None, now=None, **fields):
    """Gives the open approval."""
    by = by or person(clue.bureau, "staff")
    items = items or (make_item(clue.bureau, by),)
    return clues.propose(clue, errand(*items, **fields), by=by, now=now or minutes(10))


def decided_clue(clue, outcome=ApprovalOutcome.APPROVED, *, by=None, reason="", now=None) -> Clue:
    approval = approvals.open_approval(ApprovalSubject.CLUE, clue.pk)
    by = by or person(clue.bureau, "supervisor")
    approvals.decide(approval, outcome, by=by, reason=reason, now=now or minutes(20))
    return Clue.objects.get(pk=clue.pk)


def approved_clue(bureau, facility=None, *items, **fields) -> Clue:
    clue = registered_clue(bureau, facility)
    proposed_clue(clue, *items, **fields)
    return decided_clue(clue)


def make_scope(bureau, name="城区诊所", **conditions) -> SavedScope:
    conditions = conditions or {"kinds": ["clinic"], "regions": ["建设路街道"]}
    return SavedScope.objects.create(bureau=bureau, name=name, saved_by=person(bureau, "staff"), **conditions)


def missed_clue(bureau, facility, scope, *, others: int = 3, now=None):
    """Its draw was held over the scope and could not take its facility, whose agreement had been suspended.

    So many others are in the scope; every second of all is drawn. Both ways are open at the bureau.
    """
    for n in range(1, others + 1):
        make_facility(bureau, facility.pk + 100 + n, grade="B")
    for n in range(1, 5):
        make_inspector(bureau, 500 + n)
    clue = drawing_clue(bureau, facility, scope=scope, ratio_bp=5000)
    bureau.clue_handling = ClueHandling.EITHER
    bureau.save()
    facility.agreement_status = "suspended"
    facility.save()
    held_draw(clue.task, now=now or minutes(30))
    return Clue.objects.get(pk=clue.pk)


def drawing_clue(bureau, facility=None, item=None, **fields) -> Clue:
    """Approved to set off a draw in the plan of the year, which has one other task."""
    by = person(bureau, "staff")
    bureau.clue_handling = ClueHandling.DRAW
    bureau.save()
    item = item or make_item(bureau, by)
    make_task(bureau, by, items=[item])
    return approved_clue(bureau, facility, item, way="draw", **fields)
