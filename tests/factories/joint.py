"""What another department's list of drawn facilities becomes here."""

import datetime as dt

from inspections import assisted_lists
from inspections.models import AssistedList, PlanTask, Visit
from tests.factories import NOW
from tests.factories.workbooks import book

HEALTH = "区卫生健康委员会"
PARTNERS = [{"department": HEALTH, "items": ["医疗机构依法执业检查"]}]


def brought_in(
    task: PlanTask, *facilities, by, document_number: str = "卫卫健〔2026〕12号", now=NOW
) -> AssistedList:
    """Checked and confirmed, as the pages do it."""
    rows = [(one.social_credit_code, one.name) for one in facilities]
    content = book({"名单": [("统一社会信用代码", "机构名称"), *rows]})
    letter = {"initiator": HEALTH, "document_number": document_number, "drawn_on": dt.date(2026, 3, 30)}
    checked = assisted_lists.check(task, letter, content, filename="名单.xlsx", by=by, now=now)
    return assisted_lists.take_over(task, assisted_lists.ticket(checked, by=by), by=by, now=now)


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
