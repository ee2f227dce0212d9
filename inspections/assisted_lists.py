"""配合其他部门的联合抽查: the list that the initiator drew is checked, confirmed and becomes our visits (C8; 004 annex 3).

As the task says, who goes is assigned directly (teams.assign), or drawn: then the list sets off a task of its own,
whose draw takes everybody on the list. Of the file nothing is kept but its SHA-256.
"""

import datetime as dt
from dataclasses import dataclass

from django.core import signing
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from inspections.assisted_matching import Finding, ListedRow, document_number, match, read
from inspections.models import Assignment, AssistedEntry, AssistedList, Draw, JointKind, PlanTask, Visit
from inspections.plan_rules import RATIOS, SCOPE_FIELDS, next_position, refuse_long, values_of
from inspections.readiness import unusable_items
from inspections.states import DrawState, PlanState, VisitState, lock
from registries import bureaus, trail
from registries.access import Permission, require
from registries.errors import DomainError
from registries.identifiers import normalise
from registries.models import Bureau, Facility, NumberSeries, User

SERIES, TASK_SERIES = "联", "抽查"
SALT = "inspections.assisted_lists"
VALID_FOR = dt.timedelta(hours=8)
FACTS = ("initiator", "document_number", "drawn_on", "file_name", "sha256")


@dataclass(frozen=True)
class CheckedList:
    """A list that was looked at and not yet taken over."""

    task: PlanTask
    facts: dict
    findings: list[Finding]

    @property
    def taken(self) -> list[Finding]:
        return [one for one in self.findings if not one.reason]

    @property
    def refused(self) -> list[Finding]:
        return [one for one in self.findings if one.reason]

    @property
    def warned(self) -> list[Finding]:
        return [one for one in self.findings if one.warnings]


def check(
    task: PlanTask, values: dict, content: bytes, *, filename: str, by: User, now: dt.datetime | None = None
) -> CheckedList:
    """`values`: initiator, document_number, drawn_on. Reads and matches, and writes nothing."""
    now = now or timezone.now()
    require(by, Permission.DRAW_OPERATE, bureau=task.bureau)
    today = timezone.localdate(now)
    _refuse_task(task, today)
    sha256, rows = read(content, filename=filename)
    facts = {
        "initiator": values["initiator"],
        "document_number": document_number(values["document_number"]),
        "drawn_on": values["drawn_on"],
        "file_name": normalise(filename)[-200:],
        "sha256": sha256,
    }
    _check_facts(task, facts, today)
    _refuse_again(task.bureau, facts)
    return CheckedList(task, facts, match(task, rows, on=today))


def ticket(checked: CheckedList, *, by: User) -> str:
    """What was checked, signed, for the browser to hand back on confirming."""
    facts = checked.facts | {"drawn_on": checked.facts["drawn_on"].isoformat()}
    said = {
        "by": by.pk,
        "task": checked.task.pk,
        "facts": facts,
        "rows": [list(one.row) for one in checked.findings],
        "taken": _codes(checked.findings),
    }
    return signing.dumps(said, salt=SALT, compress=True)


def take_over(task: PlanTask, signed: str, *, by: User, now: dt.datetime | None = None) -> AssistedList:
    """Writes the list, its rows as they came and a visit for each facility or the task to draw for, all or nothing.

    Everything is looked at again: what is written is what was shown, or nothing.
    """
    now = now or timezone.now()
    require(by, Permission.DRAW_OPERATE, bureau=task.bureau)
    facts, rows, shown = _opened(task, signed, by)
    today = timezone.localdate(now)
    with transaction.atomic():
        # One list after the other: two letters may name the last inspection of a facility below its cap.
        bureaus.lock(task.bureau)
        # What is set off belongs to the version of the plan that is in force.
        lock(task.plan)
        task = PlanTask.objects.select_related("plan__bureau").get(pk=task.pk)
        _refuse_task(task, today)
        _refuse_again(task.bureau, facts)
        findings = match(task, rows, on=today)
        if _codes(findings) != shown:
            raise DomainError("检查之后名录库有了变化，名单没有写入。请重新上传，核对新的检查结果。")
        if not shown:
            raise DomainError(
                "名单中没有一家可以列入检查的机构，没有写入任何内容。请按检查结果与发起部门核对。"
            )
        listed = _write(task, facts, findings, by, now)
        taken = [one.facility for one in findings if not one.reason]
        if task.assignment == Assignment.DRAWN:
            _set_off(listed, taken, by, now)
        else:
            _order(listed, taken, by, now)
    return listed


def lists_of(task: PlanTask):
    """Through all versions of the plan."""
    lineage = PlanTask.objects.filter(pk=task.lineage_id) | PlanTask.objects.filter(root=task.lineage_id)
    return AssistedList.objects.filter(task__in=lineage).select_related("brought_in_by")


def draw_of(listed: AssistedList) -> Draw | None:
    """The one that counts, sealed or held."""
    return Draw.objects.filter(task__assisted=listed).exclude(state=DrawState.VOIDED).first()


def visits_of(listed: AssistedList) -> QuerySet[Visit]:
    """Ordered with the list, or come of its draw. A voided draw's visits are cancelled."""
    # Two keys, each with its index: an OR over the joined tables would read all visits there are.
    drawn = list(Draw.objects.filter(task__assisted=listed).values_list("pk", flat=True))
    visits = Visit.objects.filter(Q(assisted=listed) | Q(draw__in=drawn))
    return visits.exclude(state=VisitState.CANCELLED).order_by("position")


def _write(task, facts, findings, by, now) -> AssistedList:
    _, number = NumberSeries.take(task.bureau, SERIES, timezone.localdate(now).year)
    listed = AssistedList.objects.create(
        bureau=task.bureau, task=task, number=number, brought_in_at=now, brought_in_by=by, **facts
    )
    AssistedEntry.objects.bulk_create(
        AssistedEntry(
            list=listed,
            row=one.row.number,
            social_credit_code=one.row.code,
            name=one.row.name,
            facility=None if one.reason else one.facility,
        )
        for one in findings
    )
    taken = sum(not one.reason for one in findings)
    after = {"发起部门": listed.initiator, "文号": listed.document_number, "列入检查": f"{taken}家"}
    trail.record("导入发起部门名单", by=by, about=listed, after=after, now=now)
    return listed


def _order(listed: AssistedList, taken: list[Facility], by: User, now: dt.datetime) -> None:
    """Visits in the order of the list."""
    visits = Visit.objects.bulk_create(
        Visit(
            bureau=listed.bureau,
            assisted=listed,
            number=listed.number,
            given_at=now,
            facility=facility,
            position=position,
            code=facility.insurance_code,
            grade=facility.grade,
        )
        for position, facility in enumerate(taken, 1)
    )
    named = [(visit.pk, str(visit)) for visit in visits]
    note = f"{listed}"
    trail.record_new("按发起部门名单安排检查", Visit, named, by=by, bureau=listed.bureau, note=note, now=now)


def _set_off(listed: AssistedList, taken: list[Facility], by: User, now: dt.datetime) -> PlanTask:
    """A task of its own beside the plan's: every facility of the list is drawn, and chance decides who goes there."""
    plan, facts = listed.task.plan, values_of(listed.task)
    items, _ = facts.pop("items"), facts.pop("tags")
    everybody = dict.fromkeys(SCOPE_FIELDS, []) | dict.fromkeys(RATIOS, 10_000)
    facts |= everybody | {"named_codes": [one.insurance_code for one in taken], "rounds": 1}
    _, number = NumberSeries.take(listed.bureau, TASK_SERIES, plan.year)
    task = PlanTask.objects.create(
        plan=plan, assisted=listed, position=next_position(plan), number=number, **facts
    )
    task.items.set(items)
    trail.record("增加按发起部门名单抽取的任务", by=by, about=plan, after={"任务编号": number}, now=now)
    return task


def _opened(task: PlanTask, signed: str, by: User) -> tuple[dict, list[ListedRow], list[str]]:
    try:
        said = signing.loads(signed, salt=SALT, max_age=VALID_FOR)
    except signing.BadSignature as problem:
        raise DomainError("检查结果已经过期或不完整，名单没有写入。请重新上传名单。") from problem
    if (said["by"], said["task"]) != (by.pk, task.pk):
        raise DomainError("这份检查结果不是您为本任务上传的，名单没有写入。请重新上传名单。")
    facts = said["facts"] | {"drawn_on": dt.date.fromisoformat(said["facts"]["drawn_on"])}
    return facts, [ListedRow(*row) for row in said["rows"]], said["taken"]


def _codes(findings: list[Finding]) -> list[str]:
    return [one.facility.insurance_code for one in findings if not one.reason]


def _refuse_task(task: PlanTask, today: dt.date) -> None:
    plan = task.plan
    if task.joint_kind != JointKind.ASSIST or task.assisted_id:
        raise DomainError("只有“联合抽查（本单位配合）”的任务才导入发起部门名单，本任务由本单位抽取。")
    if plan.state != PlanState.PUBLISHED:
        raise DomainError(f"年度计划现在是“{plan.get_state_display()}”，公布后才能导入发起部门名单。")
    if not (plan.year == today.year and today <= task.ends_on):
        raise DomainError(
            f"任务的时间安排是{task.starts_on}至{task.ends_on}，今天是{today}，导入后无法安排检查。请先调整年度计划。"
        )
    for obstacle in unusable_items(task, today):
        raise DomainError(obstacle.text)


def _check_facts(task: PlanTask, facts: dict, today: dt.date) -> None:
    if facts["initiator"] not in [one["department"] for one in task.partners]:
        raise DomainError("发起部门须是本任务的联合部门，请从列出的部门中选择。", field="initiator")
    if not facts["document_number"]:
        raise DomainError("请填写发起部门来文的文号。", field="document_number")
    if not facts["drawn_on"] or facts["drawn_on"] > today:
        raise DomainError("请填写发起部门的抽取日期，不能晚于今天。", field="drawn_on")
    refuse_long(AssistedList, {name: facts[name] for name in FACTS})


def _refuse_again(bureau: Bureau, facts: dict) -> None:
    earlier = AssistedList.objects.filter(bureau=bureau)
    if found := earlier.filter(document_number=facts["document_number"]).first():
        raise DomainError(
            f"文号“{found.document_number}”的名单已导入，编号{found.number}，不能再次导入。",
            field="document_number",
        )
    if found := earlier.filter(sha256=facts["sha256"]).first():
        raise DomainError(
            f"同一个文件已按“{found.document_number}”导入，编号{found.number}，不能再次导入。", field="file"
        )
