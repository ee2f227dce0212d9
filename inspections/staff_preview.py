"""Who would inspect, by name: how many visits each expects, who is left out and why, which facilities get no team."""

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

from inspections import pool, rosters, team_outlook
from inspections.forecast import Forecast, forecast
from inspections.models import PlanTask
from inspections.sealing import IN, InspectorRow, RecusalRow
from inspections.team_outlook import Gap, Load
from inspections.workload import inspector_load
from registries.models import Inspector

# More facilities without a team have one cause in common, which is told above them.
NAMED_GAPS = 50


class Person(NamedTuple):
    inspector: Inspector
    reason: str  # empty for those who take part
    so_far: int
    load: Load | None


class NamedGap(NamedTuple):
    """A facility that gets no team, who stays away from it, and what is missing."""

    code: str
    facility: str
    recused: list[Inspector]
    why: str


@dataclass(frozen=True)
class StaffPreview:
    forecast: Forecast
    people: list[Person]
    gaps: list[NamedGap]

    @property
    def more_gaps(self) -> int:
        return len(self.forecast.gaps) - len(self.gaps)


def of(task: PlanTask, *, on: dt.date) -> StaffPreview:
    found = forecast(task, on=on)
    staff = pool.inspectors(task, on=on)
    known = Inspector.objects.in_bulk([one.inspector_id for one in staff])
    so_far = inspector_load(Inspector.objects.filter(bureau=task.plan.bureau_id), on.year)
    people = [
        Person(
            known[one.inspector_id],
            pool.INSPECTOR_REASONS.get(one.status, ""),
            so_far.get(one.inspector_id, 0),
            _load_of(one, found, task.qualification),
        )
        for one in staff
    ]
    people.sort(key=lambda one: bool(one.reason))
    return StaffPreview(found, people, _gaps(task, found, staff, known, on))


def _load_of(one: pool.PoolInspector, found: Forecast, wanted: str) -> Load | None:
    if one.status != IN or not found.loads:
        return None
    first, last = found.loads[0], found.loads[-1]
    return first if wanted and wanted in one.qualifications else last


def _gaps(task: PlanTask, found: Forecast, staff, known: dict[int, Inspector], on: dt.date) -> list[NamedGap]:
    codes = found.gaps[:NAMED_GAPS]
    if not codes:
        return []
    rows = [InspectorRow.of(one.code, one.qualifications, one.status) for one in staff]
    recusals = [RecusalRow(*pair) for pair in pool.recusals(task, on=on)]
    people = {one.code: known[one.inspector_id] for one in staff}
    names = rosters.facility_names(list(codes))
    return [
        NamedGap(gap.code, names.get(gap.code, ""), [people[code] for code in gap.recused], _why(gap, task))
        for gap in team_outlook.gaps(codes, rows, recusals, found.arithmetic.rules)
    ]


def _why(gap: Gap, task: PlanTask) -> str:
    if gap.left < task.team_size:
        return f"可派的还有 {gap.left} 名，不够 {task.team_size} 人的检查组"
    return f"可派的还有 {gap.left} 名，但没有人具备“{task.qualification}”专业"
