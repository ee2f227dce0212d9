"""年度抽查计划: drafted by staff, approved by a supervisor who did not, published, and changed only by adjustment."""

import datetime as dt

from django.db import models, transaction
from django.utils import timezone

from inspections import approvals
from inspections.forecast import forecast_plan
from inspections.models import WRITTEN, AnnualPlan, Approval, ApprovalSubject, PlanTask
from inspections.plan_rules import (
    MANY,
    PLAN_FIELDS,
    TASK_FIELDS,
    check_items,
    check_plan,
    check_task,
    check_year,
    defaults,
    item_warnings,
    next_position,
    plannable,
    rounds_taken,
    values_of,
)
from inspections.plan_versions import describe, differences, earlier, in_brief
from inspections.states import DrawState, PlanState, advance, lock
from registries import checks, trail
from registries.access import Permission, require
from registries.errors import DomainError
from registries.models import Bureau, NumberSeries, User
from registries.revisions import refuse_stale

__all__ = [
    "add_task", "adjust", "amend", "amend_task", "approval_context", "approved", "defaults", "discard_adjustment",
    "draft", "may_discard", "plannable", "publish", "remove_task", "returned", "rounds_taken", "submit",
]  # fmt: skip

IN_THE_MAKING = (PlanState.DRAFT, PlanState.SUBMITTED, PlanState.RETURNED, PlanState.APPROVED)
EDITABLE = (PlanState.DRAFT, PlanState.RETURNED)

DRAFTED, AMENDED, ADJUSTED, DISCARDED = "编制年度计划", "修改年度计划", "编制计划调整", "放弃计划调整"
TASK_ADDED, TASK_AMENDED, TASK_REMOVED, SUBMITTED = (
    "增加抽查任务",
    "修改抽查任务",
    "删除抽查任务",
    "提交年度计划",
)
# Whoever did one of these worked on the plan and cannot approve it (B1).
WORK = (DRAFTED, AMENDED, ADJUSTED, TASK_ADDED, TASK_AMENDED, TASK_REMOVED, SUBMITTED)


@transaction.atomic
def draft(bureau: Bureau, year: int, values: dict, *, by: User, now: dt.datetime | None = None) -> AnnualPlan:
    """`values`: title, work_requirements, discipline_requirements."""
    require(by, Permission.PLAN_DRAFT, bureau=bureau)
    check_year(year, now)
    check_plan(values)
    if existing := AnnualPlan.objects.filter(bureau=bureau, year=year).first():
        raise DomainError(
            f"{year} 年度计划已经有了（{existing.get_state_display()}），请打开它继续办理；"
            "已公布的计划用“调整”修改。",
            field="year",
        )
    facts = {name: values[name] for name in PLAN_FIELDS}
    with checks.once(f"{year} 年度计划刚刚由别人建立，请打开它继续编制。", "year"):
        plan = AnnualPlan.objects.create(
            bureau=bureau, year=year, drafted_by=by, drafted_at=now or timezone.now(), **facts
        )
    trail.record(DRAFTED, by=by, about=plan, after={"title": plan.title}, now=now)
    return plan


@transaction.atomic
def amend(
    plan: AnnualPlan, values: dict, *, revision: int, by: User, now: dt.datetime | None = None
) -> AnnualPlan:
    """`revision` is the one that the person saw."""
    locked = _editable(plan, by, revision=revision)
    facts = {name: values.get(name, getattr(locked, name)) for name in PLAN_FIELDS}
    check_plan(facts)
    before, after = trail.changes(locked, facts)
    if not after:
        raise DomainError("内容没有变化，不需要保存。")
    for name, value in facts.items():
        setattr(locked, name, value)
    return _save(locked, AMENDED, by, now, before=before, after=after)


@transaction.atomic
def add_task(plan: AnnualPlan, values: dict, *, by: User, now: dt.datetime | None = None) -> PlanTask:
    """`values`: the fields of a task, `items` and `tags` as lists of rows; what is missing takes the default."""
    locked = _editable(plan, by)
    values = defaults(locked.bureau) | {"name": "", "starts_on": None, "ends_on": None} | values
    check_task(locked, values)
    task = _write_task(PlanTask(plan=locked, position=next_position(locked)), values)
    _save(locked, TASK_ADDED, by, now, before={}, after={"抽查任务": task.name})
    return task


@transaction.atomic
def amend_task(
    task: PlanTask, values: dict, *, revision: int, by: User, now: dt.datetime | None = None
) -> PlanTask:
    """`revision` is the plan's: a plan is one document, and whoever saw an older one is told what changed."""
    locked = _editable(task.plan, by, revision=revision)
    task = _of(locked, task)
    old = dict(describe(task))
    values = values_of(task) | values
    check_task(locked, values, taken=rounds_taken(task))
    task = _write_task(task, values)
    changed = {label: text for label, text in describe(task) if text != old[label]}
    if not changed:
        raise DomainError("内容没有变化，不需要保存。")
    before = {label: old[label] for label in changed}
    _save(locked, TASK_AMENDED, by, now, before=before, after=changed, note=f"任务：{task.name}")
    return task


@transaction.atomic
def remove_task(task: PlanTask, *, by: User, now: dt.datetime | None = None) -> AnnualPlan:
    """A task that was drawn stays through every version: gone and added again, its round could be drawn twice."""
    locked = _editable(task.plan, by)
    task = _of(locked, task)
    if taken := rounds_taken(task):
        raise DomainError(
            f"“{task.name}”已进行第 {max(taken)} 次抽取，不能删除；不再继续的，把全年抽取次数改为 {max(taken)}。"
        )
    name = task.name
    task.delete()
    return _save(locked, TASK_REMOVED, by, now, before={"抽查任务": name}, after={"抽查任务": ""})


@transaction.atomic
def submit(plan: AnnualPlan, *, by: User, now: dt.datetime | None = None) -> Approval:
    require(by, Permission.PLAN_DRAFT, bureau=plan.bureau)
    locked = lock(plan)
    tasks = list(locked.tasks.all())
    if locked.state in EDITABLE and not tasks:
        raise DomainError("计划里还没有抽查任务，请先增加任务，再提交。")
    advance(locked, PlanState.SUBMITTED)
    for task in tasks:
        check_task(locked, values_of(task), taken=rounds_taken(task))
    trail.record(SUBMITTED, by=by, about=locked, now=now)
    return approvals.ask(
        ApprovalSubject.PLAN, locked, title=str(locked), by=by, barred=_workers(locked), now=now
    )


def approved(subject_id: int, *, approval: Approval, by: User, now: dt.datetime) -> None:
    plan = AnnualPlan.objects.select_for_update().get(pk=subject_id)
    advance(plan, PlanState.APPROVED)
    trail.record("批准年度计划", by=by, about=plan, note=approval.reason, now=now)


def returned(subject_id: int, *, approval: Approval, by: User, now: dt.datetime) -> None:
    plan = AnnualPlan.objects.select_for_update().get(pk=subject_id)
    advance(plan, PlanState.RETURNED)
    trail.record("退回年度计划", by=by, about=plan, note=approval.reason, now=now)


def approval_context(subject_id: int) -> dict:
    """B5: what the plan means, and for an adjustment what it changes."""
    plan = AnnualPlan.objects.select_related("bureau", "drafted_by").get(pk=subject_id)
    old = earlier(plan)
    tasks = plan.tasks.prefetch_related("items__item", "tags")
    return {
        "plan": plan,
        "tasks": [(task.name, in_brief(task)) for task in tasks],
        "basis_warnings": item_warnings(
            [version for task in tasks for version in task.items.all()], timezone.localdate()
        ),
        "earlier": old,
        "differences": differences(old, plan) if old else [],
        "forecast": forecast_plan(plan, on=timezone.localdate()),
    }


@transaction.atomic
def publish(plan: AnnualPlan, *, by: User, now: dt.datetime | None = None) -> AnnualPlan:
    """Numbers the tasks, and replaces the version published before."""
    now = now or timezone.now()
    require(by, Permission.PLAN_DRAFT, bureau=plan.bureau)
    # The published version first: a seal under way holds it, and is over before it is replaced.
    old = AnnualPlan.objects.select_for_update().filter(
        bureau=plan.bureau_id, year=plan.year, state=PlanState.PUBLISHED
    )
    replaced = old.exclude(pk=plan.pk).first()
    locked = lock(plan)
    if replaced and locked.state == PlanState.APPROVED:
        advance(replaced, PlanState.SUPERSEDED)
        trail.record("计划被调整替代", by=by, about=replaced, note=str(locked), now=now)
    advance(locked, PlanState.PUBLISHED, published_at=now, published_by=by)
    numbers = [_number(locked, task) for task in locked.tasks.all()]
    if replaced:
        _take_along(replaced, locked)
    trail.record("公布年度计划", by=by, about=locked, note="任务编号：" + "、".join(numbers), now=now)
    return locked


@transaction.atomic
def adjust(plan: AnnualPlan, *, reason: str, by: User, now: dt.datetime | None = None) -> AnnualPlan:
    """B2: the next version, with the same tasks under their numbers, to be amended, approved and published again."""
    require(by, Permission.PLAN_DRAFT, bureau=plan.bureau)
    reason = checks.said_why(reason, what="调整原因")
    locked = lock(plan)
    if locked.state != PlanState.PUBLISHED:
        raise DomainError(f"现在的状态是“{locked.get_state_display()}”，只有已公布的计划才能调整。")
    versions = AnnualPlan.objects.filter(bureau=locked.bureau_id, year=locked.year)
    if versions.filter(state__in=IN_THE_MAKING).exists():
        raise DomainError("这一年度的计划已经在调整，请打开调整中的版本继续办理。")
    adjusted = AnnualPlan.objects.create(
        bureau=locked.bureau,
        year=locked.year,
        version=versions.aggregate(last=models.Max("version"))["last"] + 1,
        adjustment_reason=reason,
        drafted_at=now or timezone.now(),
        drafted_by=by,
        **{name: getattr(locked, name) for name in PLAN_FIELDS},
    )
    # What a clue or a list set off is no part of the plan's text: it is taken along unchanged.
    for task in locked.tasks.filter(WRITTEN):
        kept = {"position": task.position, "number": task.number, "root_id": task.lineage_id}
        _write_task(PlanTask(plan=adjusted, **kept), values_of(task))
    trail.record(ADJUSTED, by=by, about=adjusted, note=reason, now=now)
    return adjusted


def may_discard(plan: AnnualPlan) -> bool:
    """An adjustment that nobody was asked to approve; the first version is the plan itself."""
    asked = Approval.objects.filter(subject_kind=ApprovalSubject.PLAN, subject_id=plan.pk)
    return plan.version > 1 and plan.state == PlanState.DRAFT and not asked.exists()


@transaction.atomic
def discard_adjustment(
    plan: AnnualPlan, *, reason: str, by: User, now: dt.datetime | None = None
) -> AnnualPlan:
    """Gives the version in force, whose trail keeps what was thrown away."""
    require(by, Permission.PLAN_DRAFT, bureau=plan.bureau)
    reason = checks.said_why(reason)
    locked = lock(plan)
    if not may_discard(locked):
        raise DomainError("只有还没有提交过审批的调整版本可以放弃；提交过的留有审批记录，请继续办理。")
    in_force = AnnualPlan.objects.get(bureau=locked.bureau_id, year=locked.year, state=PlanState.PUBLISHED)
    before = {"调整原因": locked.adjustment_reason, "编制人": str(locked.drafted_by)}
    trail.record(DISCARDED, by=by, about=in_force, before=before, note=reason, now=now)
    locked.delete()
    return in_force


def _editable(plan: AnnualPlan, by: User, *, revision: int | None = None) -> AnnualPlan:
    require(by, Permission.PLAN_DRAFT, bureau=plan.bureau)
    locked = lock(plan)
    if locked.state not in EDITABLE:
        raise DomainError(
            f"计划现在的状态是“{locked.get_state_display()}”，不能修改。"
            "已公布的计划用“调整”修改，待审批的请先由分管领导退回。"
        )
    if revision is not None:
        refuse_stale(locked, revision)
    return locked


def _of(plan: AnnualPlan, task: PlanTask) -> PlanTask:
    found = plan.tasks.filter(pk=task.pk).first()
    if not found:
        raise DomainError("这项任务刚刚被别人删除，请返回计划查看最新内容。")
    return found


def _write_task(task: PlanTask, values: dict) -> PlanTask:
    for name in TASK_FIELDS:
        setattr(task, name, values[name])
    task.save()
    for name in MANY:
        getattr(task, name).set(values[name])
    return task


def _save(plan: AnnualPlan, event: str, by: User, now, **entry) -> AnnualPlan:
    plan.revision += 1
    plan.save()
    trail.record(event, by=by, about=plan, now=now, **entry)
    return plan


def _take_along(replaced: AnnualPlan, plan: AnnualPlan) -> None:
    """What clues and lists set off goes over to the version in force, as the same row: its draws go on."""
    for task in replaced.tasks.exclude(WRITTEN).select_related("assisted__task"):
        task.plan, task.position = plan, next_position(plan)
        task.save(update_fields=["plan", "position"])
        if task.assisted_id:
            _follow(task, plan.tasks.filter(root=task.assisted.task.lineage_id).first())


def _follow(task: PlanTask, written: PlanTask | None) -> None:
    """A list's task is adjusted by adjusting the one that the list was brought in for; what is sealed keeps its items."""
    if written is None:
        return
    task.ends_on = written.ends_on
    task.save(update_fields=["ends_on"])
    if not task.draws.exclude(state=DrawState.VOIDED).exists():
        task.items.set(written.items.all())


def _number(plan: AnnualPlan, task: PlanTask) -> str:
    check_items(plan, values_of(task))
    if not task.number:
        _, task.number = NumberSeries.take(plan.bureau, "抽查", plan.year)
        task.save(update_fields=["number"])
    return task.number


def _workers(plan: AnnualPlan):
    ids = trail.about(plan).filter(event__in=WORK).order_by().values_list("actor_id", flat=True)
    return User.objects.filter(pk__in=[*ids, plan.drafted_by_id])
