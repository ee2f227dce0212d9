"""What a plan and its tasks must fulfil, whoever writes them down: the page, an import or the demo (B1, A2)."""

import datetime as dt
from collections.abc import Iterable

from django.db.models import Max
from django.utils import timezone

from inspections.models import AnnualPlan, Assignment, Draw, JointKind, PlanTask, WinnersShown
from inspections.sealing import LotteryError, Rules
from inspections.states import DrawState
from registries import items, legal_sources
from registries.bureaus import LEAST_FLOOR_BP
from registries.errors import DomainError
from registries.models import Bureau, CreditGrade, FacilityKind, FacilityLevel, ItemVersion, Ownership
from registries.models.bureaus import WinnersPublic

FIRST_YEAR = 2015  # 双随机、一公开 began with 国办发〔2015〕58号
MOST_ROUNDS = 12
LARGEST_TEAM = 20
PLAN_FIELDS = ("title", "work_requirements", "discipline_requirements")
RATIOS = ("ratio_a_bp", "ratio_b_bp", "ratio_c_bp", "ratio_d_bp", "ratio_none_bp")
SCOPE_FIELDS = ("kinds", "levels", "ownerships", "regions", "grades", "named_codes")
TASK_FIELDS = (
    "name", *SCOPE_FIELDS, *RATIOS, "floor_bp", "rounds", "starts_on", "ends_on", "method", "team_size",
    "qualification", "assignment", "joint_kind", "partners", "winners_shown", "cap_ground",
)  # fmt: skip
MANY = ("items", "tags")
SHOWN_BY = {
    WinnersPublic.AT_ONCE: WinnersShown.AT_ONCE,
    WinnersPublic.AFTER_VISITS: WinnersShown.OFFICE,
    WinnersPublic.HANDLERS: WinnersShown.HANDLERS,
}
CHOICES = {
    "kinds": FacilityKind, "levels": FacilityLevel, "ownerships": Ownership, "grades": CreditGrade,
    "assignment": Assignment, "joint_kind": JointKind, "winners_shown": WinnersShown,
}  # fmt: skip


def plannable(bureau: Bureau):
    """清单之外无检查；未公布不得实施: the published double-random versions that count for the bureau (A2, A7)."""
    return items.listed(bureau)


def defaults(bureau: Bureau) -> dict:
    """B3: A 5%, B 10%, C 15%, D 20%, twice a year; ungraded and floor by the bureau's settings."""
    model = {name: PlanTask._meta.get_field(name).get_default() for name in TASK_FIELDS}
    return model | {
        "ratio_none_bp": bureau.ungraded_ratio_bp,
        "floor_bp": bureau.floor_ratio_bp,
        "winners_shown": SHOWN_BY[WinnersPublic(bureau.winners_public)],
        "items": [],
        "tags": [],
    }


def values_of(task: PlanTask) -> dict:
    return {name: getattr(task, name) for name in TASK_FIELDS} | {
        name: list(getattr(task, name).all()) for name in MANY
    }


def rounds_taken(task: PlanTask) -> set[int]:
    """The rounds that were drawn or sealed, through all versions of the plan; a voided draw gives its round back."""
    draws = Draw.objects.filter(lineage=task.lineage_id).exclude(state=DrawState.VOIDED)
    return set(draws.values_list("round", flat=True))


def next_position(plan: AnnualPlan) -> int:
    return (plan.tasks.aggregate(last=Max("position"))["last"] or 0) + 1


def check_year(year: int, now) -> None:
    if not FIRST_YEAR <= year <= timezone.localdate(now).year + 1:
        raise DomainError("年度计划只能编到下一年度，请核对年度。", field="year")


def check_plan(values: dict) -> None:
    for name in PLAN_FIELDS:
        if not str(values.get(name, "")).strip():
            raise DomainError(f"请填写{AnnualPlan._meta.get_field(name).verbose_name}。", field=name)
    refuse_long(AnnualPlan, values)


def check_task(plan: AnnualPlan, values: dict, *, taken: set[int] = frozenset()) -> None:
    """`values` holds every field of a task; `taken` are the rounds it was drawn in already."""
    for name in ("name", "method"):
        if not values[name].strip():
            raise DomainError(f"请填写{PlanTask._meta.get_field(name).verbose_name}。", field=name)
    refuse_long(PlanTask, values)
    _check_choices(values)
    _check_dates(plan, values)
    check_items(plan, values)
    _check_rounds(values, taken)
    _check_draw_rules(values)
    if any(tag.bureau_id != plan.bureau_id for tag in values["tags"]):
        raise DomainError("只能使用本局设置的机构标签，请重新选择。", field="tags")
    if values["joint_kind"] != JointKind.NONE and not values["partners"]:
        raise DomainError("联合抽查请写明联合部门及其事项。", field="partners")


def check_items(plan: AnnualPlan, values: dict) -> None:
    chosen = list(values["items"])
    if not chosen:
        raise DomainError(f"“{values['name']}”还没有抽查事项，请至少选择一项。", field="items")
    allowed = set(plannable(plan.bureau).values_list("pk", flat=True))
    if outside := [version for version in chosen if version.pk not in allowed]:
        raise DomainError(
            f"“{outside[0]}”不是现行已公布的抽查事项，清单之外不得检查。"
            f"请在任务“{values['name']}”中改选现行版本。",
            field="items",
        )
    if late := [v for v in chosen if v.effective_from and v.effective_from > values["ends_on"]]:
        raise DomainError(
            f"“{late[0]}”自 {late[0].effective_from} 起生效，晚于任务结束日期，请改选或调整日期。",
            field="items",
        )
    alone = [version for version in chosen if version.joint_only]
    if alone and values["joint_kind"] == JointKind.NONE:
        raise DomainError(
            f"“{alone[0].item}”跨部门开展，本单位不再单独开展，请改为联合抽查，或从本任务中移出。",
            field="items",
        )


def item_warnings(versions: Iterable[ItemVersion], on: dt.date) -> list[str]:
    """On items in use: laws that do not hold, and a newer version that nobody has taken up. Nothing is stopped."""
    versions = list(versions)
    return legal_sources.warnings(versions, on) + [
        f"抽查事项“{old.item.name}”已有新版本（第{new.number}版，自 {new.effective_from} 起施行），"
        f"本计划仍按第{old.number}版。需要改用新版本的，请调整年度计划。"
        for old, new in items.replaced(versions)
    ]


def _check_choices(values: dict) -> None:
    for name, choices in CHOICES.items():
        given = values[name] if isinstance(values[name], list) else [values[name]]
        if not set(given) <= set(choices.values):
            label = PlanTask._meta.get_field(name).verbose_name
            raise DomainError(f"{label}含有不可选的内容，请重新选择。", field=name)


def _check_dates(plan: AnnualPlan, values: dict) -> None:
    for name in ("starts_on", "ends_on"):
        label = PlanTask._meta.get_field(name).verbose_name
        if not values[name]:
            raise DomainError(f"请填写{label}。", field=name)
        if values[name].year != plan.year:
            raise DomainError(f"{label}应在 {plan.year} 年内，请修改。", field=name)
    if values["ends_on"] < values["starts_on"]:
        raise DomainError("结束日期早于开始日期，请修改。", field="ends_on")


def _check_rounds(values: dict, taken: set[int]) -> None:
    if not 1 <= values["rounds"] <= MOST_ROUNDS:
        raise DomainError(f"全年抽取次数应为 1 到 {MOST_ROUNDS} 次。", field="rounds")
    if taken and values["rounds"] < max(taken):
        raise DomainError(f"第 {max(taken)} 次已经抽取，全年抽取次数不能再少于它。", field="rounds")


def _check_draw_rules(values: dict) -> None:
    """The seal's own check, so that nothing is planned that could not be sealed."""
    for name in RATIOS:
        if not 0 <= values[name] <= 10000:
            raise DomainError("抽查比例应在 0% 到 100% 之间。", field=name)
    if not LEAST_FLOOR_BP <= values["floor_bp"] <= 10000:
        least = f"{LEAST_FLOOR_BP // 100}%"
        raise DomainError(
            f"抽取总量下限应在 {least} 到 100% 之间：规定要求每次抽取不低于范围内机构的 {least}。",
            field="floor_bp",
        )
    if not 2 <= values["team_size"] <= LARGEST_TEAM:
        raise DomainError(f"每个检查组不得少于 2 名执法检查人员，最多 {LARGEST_TEAM} 名。", field="team_size")
    try:
        draw_rules(PlanTask(**{name: values[name] for name in TASK_FIELDS}))
    except LotteryError as refusal:
        raise DomainError(str(refusal), field="qualification") from refusal


def draw_rules(task: PlanTask) -> Rules:
    return Rules(task.ratios_bp, task.floor_bp, task.team_size, task.qualification)


def refuse_long(model, values: dict) -> None:
    for name, value in values.items():
        field = model._meta.get_field(name)
        most = getattr(field, "max_length", None)
        if most and isinstance(value, str) and len(value) > most:
            raise DomainError(
                f"{field.verbose_name}最多 {most} 字，现有 {len(value)} 字，请缩短。", field=name
            )
