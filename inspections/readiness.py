"""May this round of a task be sealed now? Every reason why not, in words for the screen."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from django.urls import reverse
from django.utils import timezone

from inspections import lottery, pool, rosters
from inspections.forecast import Forecast
from inspections.lottery import LotteryError, Rules
from inspections.models import Draw, JointKind, PlanTask
from inspections.plan_rules import draw_rules
from inspections.rosters import Gathered
from inspections.states import ClueState, DrawState, PlanState
from registries import inheritance
from registries.errors import DomainError
from registries.models import ItemVersion
from registries.models.items import ItemVersionState

NAMED = 10


class Obstacle(NamedTuple):
    """Why a round cannot be sealed, and the page where that can be changed."""

    text: str
    address: str
    label: str


@dataclass
class Standing:
    """What stands in the way of a task's next draw, as stored at one moment."""

    rounds: dict[int, str] = field(default_factory=dict)  # the state of each round's valid draw
    waiting: tuple[int, str] | None = (
        None  # key and number of a draw of the bureau that is sealed and not held
    )
    versions: list[ItemVersion] = field(default_factory=list)
    outdated: dict[int, list[str]] = field(default_factory=dict)  # what supplements among them now loosen


def next_round(task: PlanTask) -> int | None:
    """The first round without a valid draw, or None when all are drawn."""
    return _first_free(task, set(_draws([task]).values_list("round", flat=True)))


def unready(task: PlanTask, round: int, *, now: dt.datetime) -> str:
    """Why this round of the task cannot be sealed now, in words for the screen; empty when it can.

    The rosters themselves are looked at when they are gathered.
    """
    today = timezone.localdate(now)
    return next(
        (one.text for one in _in_the_plan(task, round, _standings([task], today)[task.pk], today)), ""
    )


def obstacles(task: PlanTask, round: int | None, found: Forecast, *, now: dt.datetime) -> list[Obstacle]:
    """All of them at once, those that `gather` would refuse included; `found` is the task's forecast of today."""
    today = timezone.localdate(now)
    if round is None:
        return [_obstacle(f"本任务全年的{task.rounds}轮都已抽取。", "抽取列表", "draws")]
    standing = _standings([task], today)[task.pk]
    return [
        *_in_the_plan(task, round, standing, today),
        *_unanswered(task, today),
        *_in_the_rosters(task, found),
    ]


def sealable(tasks: Iterable[PlanTask], *, now: dt.datetime) -> list[tuple[PlanTask, int]]:
    """Those of the tasks whose next round could be sealed now, with that round; the number of queries is fixed."""
    tasks, today = list(tasks), timezone.localdate(now)
    standings = _standings(tasks, today)
    following = [(task, _first_free(task, standings[task.pk].rounds)) for task in tasks]
    return [
        (task, round)
        for task, round in following
        if round and not any(_in_the_plan(task, round, standings[task.pk], today))
    ]


def _first_free(task: PlanTask, drawn) -> int | None:
    return next((round for round in range(1, task.rounds + 1) if round not in drawn), None)


def _standings(tasks: list[PlanTask], today: dt.date) -> dict[int, Standing]:
    """By task, in a fixed number of queries for however many tasks."""
    rounds, waiting, versions = {}, {}, {}
    for lineage, round, state in _draws(tasks).values_list("lineage_id", "round", "state"):
        rounds.setdefault(lineage, {})[round] = state
    sealed = Draw.objects.filter(bureau__in={task.plan.bureau_id for task in tasks}, state=DrawState.SEALED)
    for bureau, *draw in sealed.values_list("bureau_id", "pk", "number"):
        waiting.setdefault(bureau, tuple(draw))
    chosen = PlanTask.items.through.objects.filter(plantask__in=tasks).order_by("itemversion")
    for row in chosen.select_related("itemversion__item"):
        versions.setdefault(row.plantask_id, []).append(row.itemversion)
    planned = {version.pk: version for some in versions.values() for version in some}
    outdated = inheritance.outdated(planned.values(), inheritance.in_force(today))
    return {
        task.pk: Standing(
            rounds.get(task.lineage_id, {}),
            waiting.get(task.plan.bureau_id),
            versions.get(task.pk, []),
            outdated,
        )
        for task in tasks
    }


def _obstacle(text: str, label: str, page: str, *args) -> Obstacle:
    return Obstacle(text, reverse(page if ":" in page else f"inspections:{page}", args=args), label)


def _adjust(task: PlanTask, text: str) -> Obstacle:
    return _obstacle(text, "调整年度计划", "plan_adjust", task.plan_id)


def _in_the_plan(task: PlanTask, round: int, standing: Standing, today: dt.date) -> Iterator[Obstacle]:
    plan = task.plan
    if plan.state != PlanState.PUBLISHED:
        text = f"年度计划现在是“{plan.get_state_display()}”，公布后才能抽取。"
        yield _obstacle(text, "打开年度计划", "plan", plan.pk)
    if plan.year != today.year:
        text = f"这是{plan.year}年度的计划，今天是{today}，不能用它抽取。"
        yield _obstacle(text, "年度计划列表", "plans")
    elif today > task.ends_on:
        text = f"任务的结束日期是{task.ends_on}，已经过了，抽中后无法安排检查。请先调整年度计划中的任务日期。"
        yield _adjust(task, text)
    if task.clue_id and task.clue.state != ClueState.DRAWING:
        done = "已经办结" if task.clue.state == ClueState.CLOSED else "已另行提请直接检查"
        yield _obstacle(f"触发这项任务的线索{done}，不再抽取。", "打开年度计划", "plan", plan.pk)
    if task.joint_kind == JointKind.ASSIST and task.assisted_id is None:
        text = (
            "本任务由其他部门发起、本单位配合，检查对象由发起部门抽取，这里不另行抽取。请导入发起部门名单。"
        )
        yield _obstacle(text, "发起部门名单", "assisted_lists", task.pk)
    yield from _out_of_turn(task, round, standing)
    yield from _unusable_items(task, standing, today)


def unusable_items(task: PlanTask, today: dt.date) -> Iterator[Obstacle]:
    """The same question for a list that another department drew: its visits bring our items along, too."""
    return _unusable_items(task, _standings([task], today)[task.pk], today)


def _out_of_turn(task: PlanTask, round: int, standing: Standing) -> Iterator[Obstacle]:
    if not 1 <= round <= task.rounds:
        yield _adjust(task, f"本任务全年抽取{task.rounds}次，没有第{round}轮。")
        return
    held = DrawState.HELD
    if missing := [earlier for earlier in range(1, round) if standing.rounds.get(earlier) != held]:
        text = f"请先完成第{missing[0]}轮抽取，再封存第{round}轮。"
        yield _obstacle(text, "抽取列表", "draws")
    if standing.waiting:
        draw, number = standing.waiting
        text = f"{number}已封存、尚未抽取。请先完成抽取，或者申请作废。"
        yield _obstacle(text, f"打开{number}", "draw", draw)


def _draws(tasks: Iterable[PlanTask]):
    lineages = {task.lineage_id for task in tasks}
    return Draw.objects.filter(lineage__in=lineages).exclude(state=DrawState.VOIDED)


def already_drawn(task: PlanTask, round: int) -> str:
    if existing := _draws([task]).filter(round=round).first():
        sealed_at = timezone.localtime(existing.sealed_at)
        return (
            f"第{round}轮已由{existing.sealed_by}于{sealed_at:%Y-%m-%d %H:%M:%S}封存，编号{existing.number}，"
            "没有重复封存。请打开该次抽取继续办理。"
        )
    return ""


def _unusable_items(task: PlanTask, standing: Standing, today: dt.date) -> Iterator[Obstacle]:
    """001二(四): no inspection outside the list, none before it is published. B4: joint items are not drawn alone."""
    if not standing.versions:
        yield _adjust(task, "本任务没有抽查事项，不能抽取。请先调整年度计划。")
    in_force = {ItemVersionState.PUBLISHED, ItemVersionState.SUPERSEDED}
    for version in standing.versions:
        page = ("打开抽查事项", "registries:item", version.item_id)
        name = version.item.name
        if version.state not in in_force or (version.effective_from and version.effective_from > today):
            yield _obstacle(
                f"抽查事项“{name}”现在没有公布生效，不能抽取。请先公布事项或者调整年度计划。", *page
            )
        elif loosened := standing.outdated.get(version.pk):
            yield _obstacle(
                f"抽查事项“{name}”是本局对上级事项的补充，上级版本已经变化，它不能再用："
                f"{'；'.join(loosened)}。请重新起草并公布，或者调整年度计划改用上级版本。",
                *page,
            )
        elif version.joint_only and task.joint_kind == JointKind.NONE:
            yield _adjust(task, f"抽查事项“{name}”已由跨部门联合开展，本单位不再单独开展。请调整年度计划。")


def gather(task: PlanTask, today: dt.date) -> Gathered:
    """Whoever is in scope today, refused where nobody could be drawn or some facility could get no team."""
    if waiting := list(islice(_unanswered(task, today), NAMED)):
        raise DomainError("".join(one.text for one in waiting))
    try:
        gathered = rosters.gather(task, on=today)
        rules = draw_rules(task)
        quotas = lottery.quotas_of(lottery.tally(gathered.rosters.facilities), rules)
    except LotteryError as error:
        raise DomainError(f"名单不能封存：{error}") from error
    if not quotas.total:
        raise DomainError(_nobody_to_draw(quotas))
    gaps = lottery.eligibility_gaps(
        *gathered.rosters, team_size=rules.team_size, qualification=rules.qualification
    )
    if gaps:
        raise DomainError(_gaps_in_words(gaps, rules))
    return gathered


def _in_the_rosters(task: PlanTask, found: Forecast) -> Iterator[Obstacle]:
    """What `gather` refuses, from the forecast's figures of the same pool."""
    quotas, rules = found.arithmetic.quotas, found.arithmetic.rules
    if not quotas.total:
        yield _obstacle(_nobody_to_draw(quotas), "逐家查看机构", "task_pool", task.pk)
    if found.gaps:
        yield _obstacle(_gaps_in_words(found.gaps, rules), "查看原因和办法", "task_staff", task.pk)


def _unanswered(task: PlanTask, today: dt.date) -> Iterator[Obstacle]:
    waiting = pool.unconfirmed(task, on=today).select_related("inspector", "facility")
    for one in waiting:
        text = (
            f"{one.inspector.name}申报与“{one.facility}”有利害关系，尚未核实，不能封存。"
            "请经办人员在检查人员页面核实或者不予认定，然后重新封存。"
        )
        page = reverse("registries:inspector", args=[one.inspector_id])
        yield Obstacle(text, f"{page}#interests", f"核实{one.inspector.name}的申报")


def _nobody_to_draw(quotas: lottery.Quotas) -> str:
    if not quotas.base:
        return "抽查范围内没有机构，不能封存。请检查任务的范围条件和检查对象名录库。"
    if not sum(row.pool for row in quotas.rows):
        return (
            f"抽查范围内的{quotas.base}家机构都不在抽取池中，不能封存。请在抽查任务页面查看各家未入池的原因。"
        )
    return "按设定的比例应抽0家，不能封存。请先调整年度计划中的抽查比例。"


def _gaps_in_words(gaps: list[str], rules: Rules) -> str:
    names = rosters.facility_names(gaps[:NAMED])
    shown = "、".join(f"{names.get(code, '')}（{code}）" for code in gaps[:NAMED])
    more = f"等{len(gaps)}家" if len(gaps) > NAMED else f"共{len(gaps)}家"
    wanted = f"，其中至少一名具备“{rules.qualification}”专业" if rules.qualification else ""
    return (
        f"以下机构凑不齐检查组，不能封存：{shown}，{more}。每家需要{rules.team_size}名无须回避、"
        f"执法证有效的在库检查人员{wanted}。请补充或恢复检查人员，或者核对回避申报，然后重新封存。"
    )
