"""What a record still lacks before it can be closed (000§10, 002§18–20). One list for screen, sections and guard."""

import datetime as dt

from django.utils import timezone

from inspections.models import Answer, InspectionRecord, Noncooperation, SignerRole
from inspections.records import team
from registries import certificates
from registries.errors import DomainError
from registries.models.people import InspectorKind

CLOCK_SKEW = dt.timedelta(minutes=5)


class RecordIncomplete(DomainError):
    """`problems`: everything that is missing, as (field, message)."""

    def __init__(self, problems: list[tuple[str, str]]):
        super().__init__(
            f"记录还有{len(problems)}处需要补充，不能办结：" + "；".join(message for _, message in problems),
            field=problems[0][0],
        )
        self.problems = problems


def problems(record: InspectionRecord, *, now=None) -> list[tuple[str, str]]:
    """(field, message) in the order of the form. `answers-7` is row 7, `signature-7` the place of inspector 7."""
    now = now or timezone.now()
    people = _present_inspectors(record)
    return [
        *_times(record, now),
        *_presence(record, people),
        *_told(record),
        *_rows(record),
        *_noncooperation(record),
        *_ending(record, now),
        *_signatures(record, people),
    ]


def _present_inspectors(record) -> list:
    """Those who count: in the team now, marked present, holding a certificate as inspectors; experts never do."""
    present = set(record.present.values_list("pk", flat=True))
    return [one for one in team(record.visit) if one.pk in present and one.kind == InspectorKind.INSPECTOR]


def _times(record, now):
    arrived = record.arrived_at
    if arrived is None:
        yield "arrived_at", "没有填写到达时间。"
    elif arrived > now + CLOCK_SKEW:
        yield "arrived_at", "到达时间还没有到，请核对日期和时间。"
    elif arrived < record.visit.given_at:
        yield "arrived_at", "到达时间早于抽取时间，请核对日期和时间。"
    if not record.place.strip():
        yield "place", "没有填写检查地点。"


def _presence(record, people):
    if len(people) < 2:
        yield "present", "到场的执法检查人员少于两人（专业技术人员不计入）。"
    day = timezone.localdate(record.arrived_at) if record.arrived_at else None
    for one in people:
        if day and not certificates.held_by(one, on=day):
            yield "present", f"{one.name}的执法证在检查当天无效，不能计入检查人员。"


def _told(record):
    # Whoever was not let in could show and tell nothing; the facts of the refusal take their place.
    if Noncooperation.ENTRY in record.noncooperation:
        return
    if record.certificates_shown_at is None:
        yield "certificates_shown", "没有登记出示执法证件。"
    if record.rights_told_at is None:
        yield "rights_told", "没有登记告知权利义务。"


def _rows(record):
    for number, answer in enumerate(record.answers.select_related("row"), 1):
        field = f"answers-{answer.row_id}"
        if not answer.answer:
            yield field, f"第{number}项检查内容没有填写结果。"
        elif answer.answer == Answer.VIOLATES and not answer.finding.strip():
            yield field, f"第{number}项检查内容为“不符合”，没有写明发现的问题。"


def _noncooperation(record):
    if record.noncooperation and not record.noncooperation_facts.strip():
        yield "noncooperation_facts", "勾选了不配合的情形，没有写明经过和证据。"
    if record.noncooperation_facts.strip() and not record.noncooperation:
        yield "noncooperation", "写了不配合的经过，没有勾选属于哪种情形。"


def _ending(record, now):
    left = record.left_at
    if left is None:
        yield "left_at", "没有填写检查结束时间。"
    elif left > now + CLOCK_SKEW:
        yield "left_at", "检查结束时间还没有到，请核对日期和时间。"
    elif record.arrived_at and left < record.arrived_at:
        yield "left_at", "检查结束时间早于到达时间。"


def _signatures(record, people):
    signatures = list(record.signatures.all())
    roles = {signature.role for signature in signatures}
    signed = {signature.inspector_id for signature in signatures if signature.inspector_id}
    for one in people:
        if one.pk not in signed:
            yield f"signature-{one.pk}", f"检查人员{one.name}没有签名。"
    if SignerRole.FACILITY not in roles and not record.no_signature_reason.strip():
        yield "no_signature_reason", "被检查对象没有签名，也没有写明原因。"
    if record.witness_name.strip() and SignerRole.WITNESS not in roles:
        yield "signature-witness", "填写了见证人，见证人没有签名。"
