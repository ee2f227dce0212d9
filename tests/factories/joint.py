"""What another department's list of drawn facilities becomes here."""

import datetime as dt

from inspections.models import AssistedList, PlanTask, Visit
from tests.factories import NOW


def make_assisted_visit(task: PlanTask, facility, by, *, position: int = 1, **fields) -> Visit:
    """Of a list that names this facility alone."""
    listed = AssistedList.objects.create(
        bureau=task.bureau,
        task=task,
        number=f"{task.bureau.short_name}联〔2026〕{position}号",
        initiator="区卫生健康委员会",
        document_number=f"卫健〔2026〕{position}号",
        drawn_on=dt.date(2026, 3, 1),
        file_name="名单.xlsx",
        sha256=f"{position:064}",
        brought_in_by=by,
    )
    return Visit.objects.create(
        bureau=task.bureau,
        assisted=listed,
        number=listed.number,
        given_at=NOW,
        facility=facility,
        position=1,
        code=facility.insurance_code,
        grade=facility.grade,
        **fields,
    )
