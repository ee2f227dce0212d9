"""What a task or a plan means before it is approved: who is drawn, who inspects, what stands in the way (B5)."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from inspections import embargo, pool
from inspections.arithmetic import Arithmetic
from inspections.lottery import eligibility_gaps
from inspections.models import AnnualPlan, PlanTask
from inspections.plan_rules import draw_rules
from inspections.sealing import (
    IN,
    FacilityRow,
    InspectorRow,
    Quotas,
    RecusalRow,
    Rules,
    floor_shortfall,
    quotas_of,
    shortfalls,
    tally,
)
from inspections.team_outlook import Load, loads
from registries.models import CreditGrade

# About one visit in a working week, its report and follow-up included; more is shown as a heavy load.
MANY_VISITS = 50
NAMED_GAPS = 10


@dataclass(frozen=True)
class Forecast:
    """One round of a task, if it were drawn on that day."""

    task: PlanTask
    arithmetic: Arithmetic
    excluded: tuple[tuple[str, int], ...]
    inspectors: int
    inspectors_out: tuple[tuple[str, int], ...]
    loads: tuple[Load, ...]
    gaps: tuple[str, ...]
    # Nothing can be sealed with an obstacle; a warning only wants to be known.
    obstacles: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def problems(self) -> tuple[str, ...]:
        return (*self.warnings, *self.obstacles)

    @property
    def visits(self) -> int:
        return self.arithmetic.total

    @property
    def places(self) -> int:
        return self.visits * self.task.team_size

    @property
    def visits_on_average(self) -> float:
        return self.places / self.inspectors if self.inspectors else 0


@dataclass(frozen=True)
class PlanForecast:
    tasks: tuple[Forecast, ...]

    @property
    def visits(self) -> int:
        """Over the whole year. Who was drawn once stays out of later rounds, so this is the most there can be."""
        return sum(one.visits * one.task.rounds for one in self.tasks)

    @property
    def inspectors(self) -> int:
        return max((one.inspectors for one in self.tasks), default=0)

    @property
    def visits_each(self) -> int:
        places = sum(one.places * one.task.rounds for one in self.tasks)
        return _ceil(places, self.inspectors)

    @property
    def problems(self) -> list[str]:
        found = [f"{one.task.name}：{problem}" for one in self.tasks for problem in one.problems]
        if self.visits_each > MANY_VISITS:
            found.append(
                f"全年每名检查人员约需检查 {self.visits_each} 户，负担偏重。可补充检查人员，或减少抽取次数。"
            )
        return found


def forecast(task: PlanTask, *, on: dt.date) -> Forecast:
    """By what the bureau may know: a task tailored to one facility would otherwise tell whether a superior drew it."""
    rules = draw_rules(task)
    found = pool.facilities(task, on=on, known=embargo.known_at(task.plan.bureau))
    staff = pool.inspectors(task, on=on)
    rows = [FacilityRow(one.code, one.grade, one.status) for one in found]
    people = [InspectorRow(one.code, ",".join(one.qualifications), one.status) for one in staff]
    quotas = quotas_of(tally(rows), rules)
    gaps = _gaps(task, rows, people, rules, on)
    return Forecast(
        task=task,
        arithmetic=Arithmetic(quotas, rules),
        excluded=_counted(found, pool.REASONS),
        inspectors=sum(one.status == IN for one in staff),
        inspectors_out=_counted(staff, pool.INSPECTOR_REASONS),
        loads=loads(quotas.total, people, rules),
        gaps=tuple(gaps),
        obstacles=tuple(_obstacles(task, quotas, staff, gaps)),
        warnings=tuple(_warnings(quotas, rules)),
    )


def forecast_plan(plan: AnnualPlan, *, on: dt.date) -> PlanForecast:
    tasks = plan.tasks.select_related("plan__bureau").prefetch_related("items__item", "tags")
    return PlanForecast(tuple(forecast(task, on=on) for task in tasks))


def _gaps(task: PlanTask, rows: list[FacilityRow], people: list[InspectorRow], rules: Rules, on: dt.date):
    return eligibility_gaps(
        rows,
        people,
        [RecusalRow(*pair) for pair in pool.recusals(task, on=on)],
        team_size=rules.team_size,
        qualification=rules.qualification,
    )


def _counted(rows, reasons: dict[str, str]) -> tuple[tuple[str, int], ...]:
    counts = Counter(row.status for row in rows)
    return tuple((label, counts[code]) for code, label in reasons.items() if counts[code])


def _obstacles(task: PlanTask, quotas: Quotas, staff, gaps: list[str]):
    """Each says what is wrong and what to do about it."""
    if not quotas.base:
        yield "抽查范围内没有机构。请放宽机构类型、等级、区域或标签。"
        return
    if not quotas.total:
        yield "一户也抽不到。请核对抽查比例，以及被排除机构的原因。"
    yield from _staff_problems(task, [one for one in staff if one.status == IN], gaps)


def _warnings(quotas: Quotas, rules: Rules):
    for grade, number in shortfalls(quotas, rules).items():
        yield (
            f"{CreditGrade(grade).label}机构按比例少抽 {number} 户，因为在池机构不够。"
            "请核对被排除的原因，或说明后照此执行。"
        )
    if short := floor_shortfall(quotas, rules):
        yield f"总量距离下限还差 {short} 户，在池机构已全部抽中。请扩大抽查范围。"


def _staff_problems(task: PlanTask, able: list[pool.PoolInspector], gaps: list[str]):
    wanted = task.qualification
    if len(able) < task.team_size:
        yield (
            f"可派检查人员只有 {len(able)} 名，不够组成 {task.team_size} 人的检查组。"
            "请先在检查人员名录库中补充人员或更新执法证有效期。"
        )
    elif wanted and not any(wanted in one.qualifications for one in able):
        yield f"可派检查人员中没有人具备“{wanted}”专业。请补充人员、登记专业特长，或修改任务的专业要求。"
    elif gaps:
        named = "、".join(gaps[:NAMED_GAPS]) + ("等" if len(gaps) > NAMED_GAPS else "")
        yield (
            f"{len(gaps)} 户机构扣除回避人员后组不成符合要求的检查组：{named}。"
            "请补充检查人员，否则无法封存名单。"
        )


def _ceil(number: int, among: int) -> int:
    return -(-number // among) if among else 0
