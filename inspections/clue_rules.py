"""What a clue and the inspection proposed for it must fulfil, and when it is over (C7; 000§2, 002§9)."""

import datetime as dt

from django.db.models import Exists, OuterRef, Q, QuerySet

from inspections import frequency, plan_versions, scopes
from inspections.facility_chapters import of_facility
from inspections.models import (
    AnnualPlan,
    Clue,
    ClueSource,
    ClueWay,
    Draw,
    PlanTask,
    SavedScope,
    Visit,
    WinnersShown,
)
from inspections.plan_rules import LARGEST_TEAM, RATIOS, check_task, defaults, refuse_long
from inspections.ratios import percent
from inspections.states import ENDED, ClueState, DrawState, PlanState, VisitState
from registries import inheritance, items
from registries.errors import DomainError
from registries.models import Bureau, Facility, ItemVersion
from registries.models.bureaus import ClueHandling
from registries.models.items import ItemListKind
from registries.privacy import numbers_in

TASK_NAME = "线索触发的定向抽查"
LONGEST_TEXT = 2000
# The draw as it is without a scope: the facility is drawn for certain, who goes there by lot.
ALONE = {"抽查范围": "仅涉及机构", "抽查比例": "100%"}
UNDER_INSPECTION = (ClueState.INSPECTING, ClueState.DRAWING)
WAYS = {
    ClueHandling.DIRECT: (ClueWay.DIRECT,),
    ClueHandling.DRAW: (ClueWay.DRAW,),
    ClueHandling.EITHER: (ClueWay.DIRECT, ClueWay.DRAW),
}


def ways(bureau: Bureau) -> tuple[ClueWay, ...]:
    """What the bureau's setting offers: the notices differ."""
    return WAYS[ClueHandling(bureau.clue_handling)]


def ways_of(clue: Clue) -> tuple[ClueWay, ...]:
    """A clue sets off one draw at most; where that left its facility out it may be inspected directly."""
    return tuple(way for way in ways(clue.bureau) if way != ClueWay.DRAW or not hasattr(clue, "task"))


def inspectable(bureau: Bureau, on: dt.date) -> QuerySet[ItemVersion]:
    """清单之外无检查 (A2): of both lists, since an inspection for a clue is not bound to 双随机 (002§9)."""
    outside = Q(
        inheritance.in_force(on),
        item__bureau__in=bureau.with_ancestors(),
        item__list_kind=ItemListKind.OUTSIDE,
    )
    listed = Q(pk__in=items.usable(bureau, on).order_by().values("pk"))
    found = ItemVersion.objects.filter(listed | outside).select_related("item__bureau")
    return found.order_by("item__list_kind", "item__bureau__path", "item_id")


def check_registration(bureau: Bureau, values: dict, *, on: dt.date) -> None:
    if values["source"] not in ClueSource.values:
        raise DomainError("请选择线索来源。", field="source")
    if not values["received_on"] or values["received_on"] > on:
        raise DomainError("请填写收到日期，不能晚于今天。", field="received_on")
    check_text(values["content"], what="线索内容", field="content")
    check_facility(bureau, values["facility"])


def check_facility(bureau: Bureau, facility: Facility) -> None:
    if not facility.bureau.path.startswith(bureau.path):
        raise DomainError(
            f"“{facility}”不在本局及下级医保局的名录库中，请转交其所属医保局。", field="facility"
        )


def check_text(text: str, *, what: str, field: str) -> None:
    """Whoever sent a clue is protected: no number that leads to a person is kept."""
    if not text.strip():
        raise DomainError(f"请填写{what}。", field=field)
    if len(text) > LONGEST_TEXT:
        raise DomainError(f"{what}最多 {LONGEST_TEXT} 字，现有 {len(text)} 字，请缩短。", field=field)
    if found := numbers_in(text):
        raise DomainError(
            f"{what}里有{'、'.join(found)}。为保护举报人，线索中不写任何人的身份证号和电话，请删去后再保存。",
            field=field,
        )


def check_proposal(clue: Clue, values: dict, *, on: dt.date) -> None:
    """`values`: way, items, ends_on, team_size, qualification, cap_ground, method; of a draw scope and ratio_bp."""
    way = values["way"]
    _check_way(clue, way)
    facility = concerned(clue)
    check_facility(clue.bureau, facility)
    if values["cap_ground"]:
        check_text(values["cap_ground"], what="法定依据", field="cap_ground")
    _check_errand(clue.bureau, values, on)
    if way == ClueWay.DRAW:
        _check_scope(clue, values["scope"], values["ratio_bp"])
        if values["scope"] and values["cap_ground"]:
            raise DomainError(
                "法定依据只针对涉及机构，按范围抽取时会让范围内的机构都不受次数上限限制，这里不填。"
                "确需超过上限的，请改为仅抽查这一家机构。",
                field="cap_ground",
            )
        plan = published_plan(clue.bureau, on.year)
        check_task(plan, task_values(clue, values, on=on))
    frequency.refuse_beyond(facility, clue.bureau, ground=values["cap_ground"], on=on)


def _check_way(clue: Clue, way: str) -> None:
    offered = ways(clue.bureau)
    if way not in offered:
        raise DomainError(
            f"本局规则中的线索办理方式是“{clue.bureau.get_clue_handling_display()}”，请选择“{offered[0].label}”。",
            field="way",
        )
    if way not in ways_of(clue):
        raise DomainError(
            f"这条线索已触发过定向抽查（{clue.task.number}），不能再次触发，只能提请直接检查。", field="way"
        )


def _check_scope(clue: Clue, scope: SavedScope | None, ratio_bp: int | None) -> None:
    if scope is None and ratio_bp is None:
        return
    if scope is None:
        raise DomainError(
            "仅抽查涉及机构的，比例就是 100%，这里不填；要按比例抽取，请选择抽查范围。", field="ratio_bp"
        )
    if not SavedScope.objects.filter(pk=scope.pk).exists():
        raise DomainError("选用的抽查范围刚刚被删除，请重新选择。", field="scope")
    if scope.bureau_id != clue.bureau_id:
        raise DomainError("只能选用本局保存的抽查范围，请重新选择。", field="scope")
    if not ratio_bp or not 0 < ratio_bp <= 10_000:
        raise DomainError("请填写抽查比例，大于 0%，不超过 100%。", field="ratio_bp")
    if lacking := scopes.lacking(scope, concerned(clue)):
        raise DomainError(
            f"“{concerned(clue)}”不在范围“{scope}”内：{lacking}。请改选包括它的范围，或者仅抽查这一家机构。",
            field="scope",
        )


def concerned(clue: Clue) -> Facility:
    """A superior's clue may be about a row that was merged meanwhile."""
    return clue.facility.merged_into or clue.facility


def _check_errand(bureau: Bureau, values: dict, on: dt.date) -> None:
    refuse_long(Clue, values)
    if not values["method"].strip():
        raise DomainError("请填写检查方式。", field="method")
    if not values["ends_on"] or values["ends_on"] < on:
        raise DomainError("请填写完成期限，不能早于今天。", field="ends_on")
    if not 2 <= values["team_size"] <= LARGEST_TEAM:
        raise DomainError(f"检查组不得少于 2 名执法检查人员，最多 {LARGEST_TEAM} 名。", field="team_size")
    if not values["items"]:
        raise DomainError("请至少选择一项检查事项。", field="items")
    allowed = set(inspectable(bureau, on).values_list("pk", flat=True))
    if outside := [version for version in values["items"] if version.pk not in allowed]:
        raise DomainError(f"“{outside[0]}”不是现行已公布的事项，清单之外不得检查。", field="items")


def published_plan(bureau: Bureau, year: int) -> AnnualPlan:
    plan = AnnualPlan.objects.filter(bureau=bureau, year=year, state=PlanState.PUBLISHED).first()
    if plan is None:
        raise DomainError(
            f"本局{year}年度计划还没有公布，不能触发定向抽查。请先公布年度计划，再提请审批。", field="way"
        )
    return plan


def task_values(clue: Clue, values: dict, *, on: dt.date) -> dict:
    """Of the task that the clue sets off: the facility itself, drawn for certain, or part of a scope that has it.

    Who goes is drawn. The list of winners may say whom the clue is about: until the visits it is for the handlers.
    """
    taken = ("items", "ends_on", "team_size", "qualification", "cap_ground", "method")
    return (
        defaults(clue.bureau)
        | {name: values[name] for name in taken}
        | _target(clue, values["scope"], values["ratio_bp"])
        | {
            "name": TASK_NAME,
            "rounds": 1,
            "starts_on": on,
            "winners_shown": WinnersShown.HANDLERS,
        }
    )


def _target(clue: Clue, scope: SavedScope | None, ratio_bp: int | None) -> dict:
    if scope is None:
        return {"named_codes": [concerned(clue).insurance_code]} | dict.fromkeys(RATIOS, 10_000)
    return scopes.taken_up(scope) | dict.fromkeys(RATIOS, ratio_bp)


def target(clue: Clue) -> dict[str, str]:
    """Whom the proposed draw is over and how many of them, in words; nothing where it is inspected directly."""
    if clue.way != ClueWay.DRAW:
        return {}
    if hasattr(clue, "task"):
        return target_of(clue.task)
    if clue.scope is None:
        return dict(ALONE)
    return _target_in_words(f"{clue.scope}（{plan_versions.scope(clue.scope)}）", clue.ratio_bp)


def target_of(task: PlanTask) -> dict[str, str]:
    """The same as it was approved: what the saved scope says later does not matter."""
    return dict(ALONE) if task.named_codes else _target_in_words(plan_versions.scope(task), task.ratio_a_bp)


def _target_in_words(scope: str, ratio_bp: int) -> dict[str, str]:
    return {"抽查范围": scope, "抽查比例": f"各信用等级均为 {percent(ratio_bp)}"}


def visits_of(clue: Clue) -> QuerySet[Visit]:
    """What it set off: ordered at once, or come of its draw. A voided draw's visits are cancelled."""
    # Two keys, each with its index: an OR over the joined tables would read all visits there are.
    drawn = list(Draw.objects.filter(task__clue=clue).values_list("pk", flat=True))
    return Visit.objects.filter(Q(clue=clue) | Q(draw__in=drawn)).exclude(state=VisitState.CANCELLED)


def visits_at_its_facility(clue: Clue) -> QuerySet[Visit]:
    """Of them the inspection of whom the clue is about."""
    return visits_of(clue).filter(of_facility(concerned(clue)))


def was_missed(clue: Clue) -> bool:
    """Its draw was held and left its facility out."""
    held = Draw.objects.filter(task__clue=clue, state=DrawState.HELD).exists()
    return held and not visits_at_its_facility(clue).exists()


def inspected(bureau: Bureau) -> QuerySet[Clue]:
    """Those that wait for their conclusion, in one query."""
    over = Q(_is_over("clue"), state=ClueState.INSPECTING) | Q(
        _is_over("draw__task__clue"), state=ClueState.DRAWING
    )
    return Clue.objects.filter(over, bureau=bureau)


def _is_over(path: str) -> Q:
    visits = Visit.objects.filter(**{path: OuterRef("pk")}).exclude(state=VisitState.CANCELLED)
    return Q(Exists(visits), ~Exists(visits.exclude(state__in=ENDED)))


def why_not_closed(clue: Clue) -> str:
    """What is still to be done before the clue can be closed, in words; empty when nothing is."""
    if clue.state not in UNDER_INSPECTION:
        return ""
    visits = visits_of(clue)
    if clue.state == ClueState.INSPECTING:
        # What its draw took instead of its facility goes on without it.
        visits = visits.filter(clue=clue)
    if waiting := visits.exclude(state__in=ENDED).count():
        return f"检查还没有结束（还有 {waiting} 户），现场检查记录办结后才能办结线索。"
    if Draw.objects.filter(task__clue=clue, state=DrawState.SEALED).exists():
        return "定向抽查的名单已封存、尚未抽取。请先抽取或者申请作废。"
    return ""
