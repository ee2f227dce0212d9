"""What a seal fixes and what every later step reads: the frozen rows of a draw, never the registries again."""

import datetime as dt
import json
from array import array
from operator import attrgetter
from typing import NamedTuple

from django.db.models import Model

from inspections import lottery, pool
from inspections.lottery import FacilityRow, InspectorRow, RecusalRow
from inspections.models import Draw, PlanTask, RosterFacility, RosterInspector, RosterRecusal
from registries import bulk
from registries.models import Facility
from registries.progress import Tell, untold

# So many lines of a roster are text in memory at a time: a nation has a million.
PIECE = 20_000


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
    """The rosters of this moment, and line by line the registry's row behind facilities and inspectors."""

    rosters: Rosters
    facility_ids: array
    inspector_ids: array


def gather(task: PlanTask, *, on: dt.date) -> Gathered:
    facilities = sorted(pool.facilities(task, on=on), key=attrgetter("code"))
    inspectors = sorted(pool.inspectors(task, on=on), key=attrgetter("code"))
    rosters = Rosters(
        lottery.facility_roster(FacilityRow(row.code, row.grade, row.status) for row in facilities),
        lottery.inspector_roster(
            InspectorRow.of(row.code, row.qualifications, row.status) for row in inspectors
        ),
        lottery.recusal_roster(RecusalRow(*row) for row in pool.recusals(task, on=on)),
    )
    return Gathered(
        rosters,
        array("q", (row.facility_id for row in facilities)),
        array("q", (row.inspector_id for row in inspectors)),
    )


def freeze(draw: Draw, gathered: Gathered, *, tell: Tell = untold) -> None:
    """Writes the rows of the draw."""
    facilities, inspectors, recusals = gathered.rosters
    for start in range(0, len(facilities), PIECE):
        piece = slice(start, start + PIECE)
        _write(draw, RosterFacility, "facility_id", gathered.facility_ids[piece], facilities[piece])
        tell("写入封存名单", min(start + PIECE, len(facilities)), len(facilities))
    _write(draw, RosterInspector, "inspector_id", gathered.inspector_ids, inspectors)
    bulk.insert(RosterRecusal, {"draw": draw}, ("facility_code", "inspector_code"), recusals)


def _write(draw: Draw, model: type[Model], key: str, ids: array, rows: list) -> None:
    lines = ((pk, *row) for pk, row in zip(ids, rows, strict=True))
    bulk.insert(model, {"draw": draw}, (key, *(rows[0]._fields if rows else ())), lines)


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


def facility_ids(draw: Draw, codes: list[str]) -> dict[str, int]:
    """The registry's rows behind some codes of the frozen roster."""
    found = {}
    for start in range(0, len(codes), PIECE):
        rows = draw.facilities.filter(code__in=codes[start : start + PIECE]).order_by()
        found.update(rows.values_list("code", "facility_id"))
    return found


def seal_of(draw: Draw) -> dict:
    """The seal as it was published, rules and quotas included."""
    return json.loads(draw.seal)


def facility_names(codes: list[str]) -> dict[str, str]:
    return dict(Facility.objects.filter(insurance_code__in=codes).values_list("insurance_code", "name"))
