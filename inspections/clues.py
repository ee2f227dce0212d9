"""线索: registered by staff, an inspection proposed and approved by a supervisor, and closed with what came of it (C7).

Approved, it is inspected at once by directly assigned inspectors (002§9), or it sets off a draw of its own beside the
annual plan (000§2). What a clue says stays within the bureau: no trail entry, document or public page ever receives it.
"""

import datetime as dt

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from inspections import approvals, frequency, pool
from inspections.clue_rules import (
    check_proposal,
    check_registration,
    check_text,
    concerned,
    inspected,
    target,
    task_values,
    visits_at_its_facility,
    visits_of,
    was_missed,
    why_not_closed,
)
from inspections.models import AnnualPlan, Approval, ApprovalSubject, Clue, ClueWay, PlanTask, Visit
from inspections.plan_rules import next_position
from inspections.states import ClueState, PlanState, advance, lock
from registries import bureaus, trail
from registries.access import Permission, require
from registries.errors import DomainError
from registries.models import Bureau, NumberSeries, User
from registries.revisions import refuse_stale

__all__ = [
    "amend", "approval_context", "approved", "close", "inspected", "propose", "register", "returned", "visits_of",
    "why_not_closed",
]  # fmt: skip

SERIES, TASK_SERIES = "线索", "抽查"
ENTERED, AMENDED, PROPOSED = WORK = ("登记线索", "修改线索", "提请线索检查")
REGISTERED = ("source", "content", "facility", "received_on")
ERRAND = ("way", "method", "ends_on", "team_size", "qualification", "cap_ground", "scope", "ratio_bp")
PROPOSABLE = (ClueState.REGISTERED, ClueState.DRAWING)


@transaction.atomic
def register(bureau: Bureau, values: dict, *, by: User, now: dt.datetime | None = None) -> Clue:
    """`values`: source, content, facility, received_on."""
    now = now or timezone.now()
    require(by, Permission.CLUE_HANDLE, bureau=bureau)
    check_registration(bureau, values, on=timezone.localdate(now))
    _, number = NumberSeries.take(bureau, SERIES, timezone.localdate(now).year)
    facts = {name: values[name] for name in REGISTERED}
    clue = Clue.objects.create(bureau=bureau, number=number, registered_at=now, registered_by=by, **facts)
    trail.record(ENTERED, by=by, about=clue, after={"来源": clue.get_source_display()}, now=now)
    return clue


@transaction.atomic
def amend(clue: Clue, values: dict, *, revision: int, by: User, now: dt.datetime | None = None) -> Clue:
    """While nothing is proposed yet. `values` as for `register`; `revision` is the one that the person saw.

    The trail tells that the text changed, and never what it says.
    """
    now = now or timezone.now()
    require(by, Permission.CLUE_HANDLE, bureau=clue.bureau)
    locked = lock(clue)
    if locked.state != ClueState.REGISTERED:
        raise DomainError(
            f"{locked}现在是“{locked.get_state_display()}”，不能再修改。只有待研判的线索可以修改；"
            "待审批的，请分管领导退回后再改。"
        )
    refuse_stale(locked, revision)
    check_registration(locked.bureau, values, on=timezone.localdate(now))
    facts = {name: values[name] for name in REGISTERED}
    before, after = trail.changes(locked, facts, hidden=["content", "facility"])
    if not after:
        raise DomainError("内容没有变化，不需要保存。")
    for name, value in facts.items():
        setattr(locked, name, value)
    locked.revision += 1
    locked.save(update_fields=[*facts, "revision"])
    trail.record(AMENDED, by=by, about=locked, before=before, after=after, now=now)
    return locked


@transaction.atomic
def propose(clue: Clue, values: dict, *, by: User, now: dt.datetime | None = None) -> Approval:
    """`values`: way, items, ends_on, team_size, qualification, cap_ground, method. Asks a supervisor.

    Of a draw among others also `scope` and `ratio_bp`; without them it is over the clue's own facility.
    """
    now = now or timezone.now()
    require(by, Permission.CLUE_HANDLE, bureau=clue.bureau)
    bureaus.lock(clue.bureau)  # the draw that missed its facility may be about to be voided and sealed anew
    locked, values = lock(clue), _errand(values)
    # Whoever comes second is told that somebody came first, not what is wrong with the values.
    if locked.state == ClueState.DRAWING:
        _require_missed(locked)
    if locked.state in PROPOSABLE:
        check_proposal(locked, values, on=timezone.localdate(now))
    advance(locked, ClueState.TO_APPROVE, **{name: values[name] for name in ERRAND})
    locked.items.set(values["items"])
    trail.record(PROPOSED, by=by, about=locked, after=_in_words(locked), now=now)
    return approvals.ask(
        ApprovalSubject.CLUE,
        locked,
        title=str(locked),
        by=by,
        barred=_workers(locked),
        now=now,
    )


def _errand(values: dict) -> dict:
    """Scope and ratio belong to a draw: what a page left over of them is dropped."""
    draws = values["way"] == ClueWay.DRAW
    return values | {name: values.get(name) if draws else None for name in ("scope", "ratio_bp")}


def _require_missed(locked: Clue) -> None:
    if not was_missed(locked):
        raise DomainError("这条线索已触发定向抽查，请先完成抽取；抽中涉及机构的，按抽取的检查任务办理。")


def _workers(clue: Clue) -> QuerySet[User]:
    """Whoever registered, amended or ever proposed it decides about none of its proposals."""
    ids = trail.about(clue).filter(event__in=WORK).order_by().values_list("actor_id", flat=True)
    return User.objects.filter(pk__in=[*ids, clue.registered_by_id])


def _in_words(clue: Clue) -> dict:
    return (
        {
            "办理方式": clue.get_way_display(),
            "检查事项": [str(version) for version in clue.items.select_related("item")],
            "完成期限": str(clue.ends_on),
        }
        | target(clue)
        | ({"超过上限的法定依据": clue.cap_ground} if clue.cap_ground else {})
    )


# The supervisor's answer


@transaction.atomic
def approved(subject_id: int, *, approval: Approval, by: User, now: dt.datetime) -> Clue:
    """Asks again what may have changed since the proposal: the list, the plan, how often the facility was inspected."""
    # Two clues about one facility would otherwise both be the last one below the cap.
    bureaus.lock(approval.bureau)
    clue = Clue.objects.select_for_update().get(pk=subject_id)
    values = {name: getattr(clue, name) for name in ERRAND} | {"items": list(clue.items.all())}
    check_proposal(clue, values, on=timezone.localdate(now))
    if clue.way == ClueWay.DIRECT:
        advance(clue, ClueState.INSPECTING)
        after = {"检查任务": str(_order(clue, by, now))}
    else:
        advance(clue, ClueState.DRAWING)
        task = _set_off(clue, values, by, now)
        after = {"抽查任务": task.number} | target(clue)
    trail.record("批准线索检查", by=by, about=clue, after=after, note=approval.reason, now=now)
    return clue


def _order(clue: Clue, by: User, now: dt.datetime) -> Visit:
    """立即实施检查 (002§9). Who goes is assigned directly, and the record says so (teams.assign)."""
    facility = concerned(clue)
    visit = Visit.objects.create(
        bureau=clue.bureau,
        clue=clue,
        number=clue.number,
        given_at=now,
        facility=facility,
        position=1,
        code=facility.insurance_code,
        grade=facility.grade,
    )
    trail.record("按线索安排检查", by=by, about=visit, now=now)
    return visit


def _set_off(clue: Clue, values: dict, by: User, now: dt.datetime) -> PlanTask:
    """A task of its own in the plan in force, under the next number."""
    today = timezone.localdate(now)
    published = AnnualPlan.objects.filter(bureau=clue.bureau, year=today.year, state=PlanState.PUBLISHED)
    plan = published.select_for_update().first()
    if plan is None:
        raise DomainError("年度计划刚刚被调整替代。请再审批一次，任务将列入现行计划。")
    facts = task_values(clue, values, on=today)
    items, tags = facts.pop("items"), facts.pop("tags")
    _, number = NumberSeries.take(clue.bureau, TASK_SERIES, plan.year)
    task = PlanTask.objects.create(plan=plan, clue=clue, position=next_position(plan), number=number, **facts)
    task.items.set(items)
    task.tags.set(tags)
    trail.record("增加线索触发的抽查任务", by=by, about=plan, after={"任务编号": number}, now=now)
    return task


@transaction.atomic
def returned(subject_id: int, *, approval: Approval, by: User, now: dt.datetime) -> Clue:
    clue = Clue.objects.select_for_update().get(pk=subject_id)
    # What missed its facility goes on: it may be proposed once more.
    advance(clue, ClueState.DRAWING if hasattr(clue, "task") else ClueState.REGISTERED)
    trail.record("退回线索检查", by=by, about=clue, note=approval.reason, now=now)
    return clue


def approval_context(subject_id: int) -> dict:
    """What the deciding page shows: templates/inspections/approvals/_clue.html."""
    clue = Clue.objects.select_related("bureau", "facility", "registered_by").get(pk=subject_id)
    today = timezone.localdate()
    return {
        "clue": clue,
        "items": clue.items.select_related("item"),
        "facility": concerned(clue),
        "year": today.year,
        "times": frequency.times(concerned(clue), clue.bureau, today),
        "task": getattr(clue, "task", None),
        "target": target(clue),
        "in_scope": pool.size_of(clue.scope) if clue.scope else None,
        "missed": was_missed(clue),
    }


# The end


@transaction.atomic
def close(clue: Clue, outcome: str, *, by: User, now: dt.datetime | None = None) -> Clue:
    """When there is nothing in it, or when its inspection is over; the words are for the bureau alone."""
    now = now or timezone.now()
    require(by, Permission.CLUE_HANDLE, bureau=clue.bureau)
    check_text(outcome, what="办理结论", field="outcome")
    bureaus.lock(clue.bureau)  # a draw of this clue may be about to be sealed
    locked = lock(clue)
    if problem := why_not_closed(locked):
        raise DomainError(problem)
    inspected = visits_at_its_facility(locked).exists()
    advance(locked, ClueState.CLOSED, outcome=outcome, closed_at=now, closed_by=by)
    trail.record(
        "办结线索", by=by, about=locked, after={"检查": "已检查" if inspected else "未检查"}, now=now
    )
    return locked
