"""A plan in words, and what one version of it changed against the one before (B2)."""

from typing import NamedTuple

from inspections.models import WRITTEN, AnnualPlan, PlanTask, SavedScope
from inspections.plan_rules import PLAN_FIELDS
from inspections.ratios import percent
from registries.models import CreditGrade, FacilityKind, FacilityLevel, Ownership


class Change(NamedTuple):
    what: str
    before: str
    after: str


def describe(task: PlanTask) -> list[tuple[str, str]]:
    """The task as (label, text) pairs, the same on every page, in the comparison and on the trail."""
    return [
        ("任务名称", task.name),
        ("抽查事项", "、".join(str(version) for version in task.items.all())),
        ("抽查范围", scope(task)),
        ("抽查比例", ratios(task)),
        ("抽取总量下限", percent(task.floor_bp)),
        ("超过年度检查次数上限的法定依据", task.cap_ground),
        ("全年抽取次数", f"{task.rounds} 次"),
        ("时间安排", f"{task.starts_on} 至 {task.ends_on}"),
        ("检查方式", task.method),
        ("检查组", f"{task.team_size} 人"),
        ("专业要求", task.qualification),
        ("检查人员产生方式", task.get_assignment_display()),
        ("来由", _set_off_by(task)),
        ("开展方式", task.get_joint_kind_display()),
        ("联合部门及其事项", partner_lines(task.partners)),
        ("抽中名单可见范围", task.get_winners_shown_display()),
    ]


def _set_off_by(task: PlanTask) -> str:
    if task.clue_id:
        return "线索触发，单独审批，不属于计划的调整"
    if task.assisted_id:
        return f"{task.assisted}的名单，列入的机构全部检查，只抽取检查人员，不属于计划的调整"
    return ""


def in_brief(task: PlanTask) -> list[tuple[str, str]]:
    """The description under a heading that bears the name already, without what was left open."""
    return [(label, text) for label, text in describe(task)[1:] if text]


def scope(task: PlanTask | SavedScope) -> str:
    codes = task.named_codes if isinstance(task, PlanTask) else ()
    named = [
        ("机构类型", _labels(FacilityKind, task.kinds)),
        ("机构等级", _labels(FacilityLevel, task.levels)),
        ("所有制", _labels(Ownership, task.ownerships)),
        ("所在乡镇街道", "、".join(task.regions)),
        ("信用等级", _labels(CreditGrade, task.grades)),
        # The plan is public: it does not say who will be inspected.
        ("指定机构", f"{len(codes)} 家" if codes else ""),
        ("标签", "、".join(tag.name for tag in task.tags.all())),
    ]
    return "；".join(f"{label}：{text}" for label, text in named if text) or "不限（不定向抽查）"


def ratios(task: PlanTask) -> str:
    named = {"A": "A级", "B": "B级", "C": "C级", "D": "D级", "NONE": "未评级"}
    return "，".join(f"{named[grade]} {percent(bp)}" for grade, bp in task.ratios_bp.items())


def partner_lines(partners: list[dict]) -> str:
    """One line for each department with its items, as the form takes them."""
    return "\n".join(
        "：".join(filter(None, (one["department"], "、".join(one["items"])))) for one in partners
    )


def versions(plan: AnnualPlan):
    """All versions of the plan of that year, the newest first."""
    return AnnualPlan.objects.filter(bureau=plan.bureau_id, year=plan.year).order_by("-version")


def earlier(plan: AnnualPlan) -> AnnualPlan | None:
    return versions(plan).filter(version__lt=plan.version).first()


def differences(old: AnnualPlan, new: AnnualPlan) -> list[Change]:
    changes = [
        Change(AnnualPlan._meta.get_field(name).verbose_name, getattr(old, name), getattr(new, name))
        for name in PLAN_FIELDS
        if getattr(old, name) != getattr(new, name)
    ]
    before, after = _by_lineage(old), _by_lineage(new)
    for lineage in before | after:
        changes += _task_changes(before.get(lineage), after.get(lineage))
    return changes


def _task_changes(old: PlanTask | None, new: PlanTask | None) -> list[Change]:
    if old is None:
        return [Change(f"新增任务“{new.name}”", "", _in_one(new))]
    if new is None:
        return [Change(f"取消任务“{old.name}”", _in_one(old), "")]
    pairs = zip(describe(old), describe(new), strict=True)
    return [
        Change(f"任务“{new.name}”的{label}", text, now) for (label, text), (_, now) in pairs if text != now
    ]


def _by_lineage(plan: AnnualPlan) -> dict[int, PlanTask]:
    """Without what clues and lists set off, which stands beside every version."""
    tasks = plan.tasks.filter(WRITTEN).prefetch_related("items__item", "tags")
    return {task.lineage_id: task for task in tasks}


def _in_one(task: PlanTask) -> str:
    return "\n".join(f"{label}：{text}" for label, text in describe(task) if text)


def _labels(choices, values: list[str]) -> str:
    return "、".join(choices(value).label for value in values)
