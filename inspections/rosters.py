"""What a seal fixes and what every later step reads: the frozen rows of a draw, never the registries again."""

import datetime as dt
import json
from typing import NamedTuple

from inspections import lottery, pool
from inspections.lottery import FacilityRow, InspectorRow, RecusalRow
from inspections.models import Draw, PlanTask, RosterFacility, RosterInspector, RosterRecusal
from registries.models import Facility

BATCH = 2000


class Rosters(NamedTuple):
    facilities: list[FacilityRow]
    inspectors: list[InspectorRow]
    recusals: list[RecusalRow]

    def digests(self) -> dict[str, str]:
        """Under the seal's keys."""
        return {
            "facility_digest": lottery.facility_digest(self.facilities),
            "inspector_digest": lottery.inspector_digest(self.inspectors),
            "recusal_digest": lottery.recusal_digest(self.recusals),
        }


class Gathered(NamedTuple):
    """The rosters of this moment, and the registry row behind every code."""

    rosters: Rosters
    facility_ids: dict[str, int]
    inspector_ids: dict[str, int]


def gather(task: PlanTask, *, on: dt.date) -> Gathered:
    facilities = list(pool.facilities(task, on=on))
    inspectors = list(pool.inspectors(task, on=on))
    rosters = Rosters(
        lottery.facility_roster(FacilityRow(row.code, row.grade, row.status) for row in facilities),
        lottery.inspector_roster(
            InspectorRow.of(row.code, row.qualifications, row.status) for row in inspectors
        ),
        lottery.recusal_roster(RecusalRow(*row) for row in pool.recusals(task, on=on)),
    )
    return Gathered(
        rosters,
        {row.code: row.facility_id for row in facilities},
        {row.code: row.inspector_id for row in inspectors},
    )


def freeze(draw: Draw, gathered: Gathered) -> None:
    """Writes the rows of the draw, in batches: a province has a hundred thousand."""
    facilities, inspectors, recusals = gathered.rosters
    RosterFacility.objects.bulk_create(
        (
            RosterFacility(draw=draw, facility_id=gathered.facility_ids[row.code], **row._asdict())
            for row in facilities
        ),
        batch_size=BATCH,
    )
    RosterInspector.objects.bulk_create(
        (
            RosterInspector(draw=draw, inspector_id=gathered.inspector_ids[row.code], **row._asdict())
            for row in inspectors
        ),
        batch_size=BATCH,
    )
    RosterRecusal.objects.bulk_create(
        (
            RosterRecusal(draw=draw, facility_code=row.facility, inspector_code=row.inspector)
            for row in recusals
        ),
        batch_size=BATCH,
    )


def of(draw: Draw) -> Rosters:
    """Sorted by the bytes of the codes whatever the database's collation."""
    rows = draw.facilities.order_by().values_list("code", "grade", "status")
    people = draw.inspectors.order_by().values_list("code", "qualifications", "status")
    away = draw.recusals.order_by().values_list("facility_code", "inspector_code")
    return Rosters(
        sorted(FacilityRow(*row) for row in rows),
        sorted(InspectorRow(*row) for row in people),
        sorted(RecusalRow(*row) for row in away),
    )


def seal_of(draw: Draw) -> dict:
    """The seal as it was published, rules and quotas included."""
    return json.loads(draw.seal)


def facility_names(codes: list[str]) -> dict[str, str]:
    return dict(Facility.objects.filter(insurance_code__in=codes).values_list("insurance_code", "name"))
