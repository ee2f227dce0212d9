"""What a clue and the inspection proposed for it must fulfil, and when it is over (C7; 000§2, 002§9)."""

import datetime as dt

from django.db.models import Exists, OuterRef, Q, QuerySet

from inspections import frequency
from inspections.models import AnnualPlan, Clue, ClueSource, ClueWay, Draw, Visit, WinnersShown
from inspections.plan_rules import LARGEST_TEAM, RATIOS, check_task, defaults, refuse_long
from inspections.states import ENDED, ClueState, DrawState, PlanState, VisitState
from registries import inheritance, items
from registries.errors import DomainError
from registries.models import Bureau, Facility, ItemVersion
from registries.models.bureaus import ClueHandling
from registries.models.items import ItemListKind
from registries.privacy import numbers_in

TASK_NAME = "线索触发的定向抽查"
LONGEST_TEXT = 2000
UNDER_INSPECTION = (ClueState.INSPECTING, ClueState.DRAWING)
WAYS = {
    ClueHandling.DIRECT: (ClueWay.DIRECT,),
    ClueHandling.DRAW: (ClueWay.DRAW,),
    ClueHandling.EITHER: (ClueWay.DIRECT, ClueWay.DRAW),
}


def ways(bureau: Bureau) -> tuple[ClueWay, ...]:
    """What the bureau's setting offers: the notices differ."""
    return WAYS[ClueHandling(bureau.clue_handling)]


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
    """`values`: way, items, ends_on, team_size, qualification, cap_ground, method."""
    way, offered = values["way"], ways(clue.bureau)
    if way not in offered:
        raise DomainError(
            f"本局规则中的线索办理方式是“{clue.bureau.get_clue_handling_display()}”，请选择“{offered[0].label}”。",
            field="way",
        )
    facility = concerned(clue)
    check_facility(clue.bureau, facility)
    if values["cap_ground"]:
        check_text(values["cap_ground"], what="法定依据", field="cap_ground")
    _check_errand(clue.bureau, values, on)
    if way == ClueWay.DRAW:
        plan = published_plan(clue.bureau, on.year)
        check_task(plan, task_values(clue, values, on=on))
    frequency.refuse_beyond(facility, clue.bureau, ground=values["cap_ground"], on=on)


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
    """Of the task that the clue sets off: the facility itself and nobody else, so that it is drawn for certain.

    Who goes is drawn. The list of winners says whom the clue is about: until the visit it is for the handlers.
    """
    taken = ("items", "ends_on", "team_size", "qualification", "cap_ground", "method")
    return (
        defaults(clue.bureau)
        | {name: values[name] for name in taken}
        | dict.fromkeys(RATIOS, 10_000)
        | {
            "name": TASK_NAME,
            "named_codes": [concerned(clue).insurance_code],
            "rounds": 1,
            "starts_on": on,
            "winners_shown": WinnersShown.HANDLERS,
        }
    )


def visits_of(clue: Clue) -> QuerySet[Visit]:
    """Its inspection: ordered at once, or come of its draw. A voided draw's visits are cancelled."""
    # Two keys, each with its index: an OR over the joined tables would read all visits there are.
    drawn = list(Draw.objects.filter(task__clue=clue).values_list("pk", flat=True))
    return Visit.objects.filter(Q(clue=clue) | Q(draw__in=drawn)).exclude(state=VisitState.CANCELLED)


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
    if visits_of(clue).exclude(state__in=ENDED).exists():
        return "检查还没有结束，现场检查记录办结后才能办结线索。"
    if Draw.objects.filter(task__clue=clue, state=DrawState.SEALED).exists():
        return "定向抽查的名单已封存、尚未抽取。请先抽取或者申请作废。"
    return ""
