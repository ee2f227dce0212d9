"""On site: start a visit, save the record as it is typed, close it (002§18–20, 000§10)."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from inspections import documents, record_print, teams
from inspections.attachments import attach, detach
from inspections.completeness import RecordIncomplete, problems
from inspections.models import Answer, InspectionRecord, Noncooperation, RecordAnswer, Visit
from inspections.records import companions, lock_open, refuse_when_closed, refuse_when_signed, require_member
from inspections.signatures import SIGNING_FIELDS, sign, withdraw_signatures
from inspections.states import VisitState, advance, lock
from registries import trail
from registries.errors import DomainError
from registries.models import ChecklistRow

__all__ = ["attach", "close", "detach", "save", "sign", "start", "withdraw_signatures"]

PLAIN_FIELDS = (
    "arrived_at", "left_at", "place", "site_conditions", "methods", "materials", "preservation",
    "noncooperation", "noncooperation_facts", "opinion", "no_signature_reason", "witness_name",
)  # fmt: skip
TICKS = {"certificates_shown": "出示执法证件", "rights_told": "告知检查要求和权利义务"}


class StaleRecord(DomainError):
    """Somebody else saved meanwhile; `record` is what is stored now."""

    def __init__(self, record: InspectionRecord):
        moment = timezone.localtime(record.saved_at)
        super().__init__(
            f"{record.saved_by}已于{moment:%H:%M:%S}保存过这份记录。您的内容没有覆盖它，请核对后再保存。"
        )
        self.record = record


def start(visit: Visit, *, by, now=None) -> InspectionRecord:
    """Opens the record. Two members who press at once, or one who presses twice, get the same record."""
    now = now or timezone.now()
    require_member(visit, by)
    with transaction.atomic():
        locked = lock(visit)
        if locked.state == VisitState.ON_SITE:
            return locked.record
        if now < locked.given_at:
            raise DomainError("抽取尚未完成，不能开始检查。")
        teams.require_certificates(locked, timezone.localdate(now))
        advance(locked, VisitState.ON_SITE)
        record = InspectionRecord.objects.create(
            visit=locked, place=locked.facility.address, methods=[locked.errand.method]
        )
        rows = ChecklistRow.objects.filter(version__in=locked.errand.items.all())
        RecordAnswer.objects.bulk_create(RecordAnswer(record=record, row=row) for row in rows)
        trail.record("开始现场检查", by=by, about=locked, now=now)
    return record


def save(record: InspectionRecord, values: dict, *, revision: int, by, now=None) -> InspectionRecord:
    """Saves what is there of a draft and leaves out what `values` does not name.

    `values`: fields of the record by name; "certificates_shown" and "rights_told" as False, True or the moment at
    which they were ticked; "present" as inspectors' keys; "answers" as {row key: {"answer": …, "finding": …}}.
    An older `revision` raises StaleRecord, unless there is nothing to change: an answer that got lost is asked again.
    """
    now = now or timezone.now()
    with transaction.atomic():
        locked = lock_open(record, by=by)
        changed = _plain_changes(locked, values)
        ticked = _tick_changes(locked, values, now)
        answers = _answer_changes(locked, values.get("answers", {}))
        present = _presence_change(locked, values)
        if not (changed or ticked or answers or present is not None):
            return locked
        if revision != locked.revision:
            raise StaleRecord(locked)
        if ticked or answers or present is not None or set(changed) - SIGNING_FIELDS:
            refuse_when_signed(locked)
        _apply(locked, changed, by=by, now=now)
        _apply_ticks(locked, ticked, by=by, now=now)
        RecordAnswer.objects.bulk_update(answers, ["answer", "finding"])
        if present is not None:
            locked.present.set(present)
    return locked


def close(record: InspectionRecord, *, by, now=None) -> InspectionRecord:
    """Closes a complete record and ends the visit, or raises RecordIncomplete with everything that is missing.

    The PDF is made before the transaction, so that nobody waits behind a lock for the printer and a failing printer
    loses nothing; a record that changed in those seconds is refused.
    """
    now = now or timezone.now()
    record = InspectionRecord.objects.get(pk=record.pk)
    require_member(record.visit, by)
    refuse_when_closed(record)
    _require_complete(record, now)
    printed_from = _fingerprint(record)
    context, pictures = record_print.context(record, closed_by=by, closed_at=now)
    content = documents.render("record", context, pictures)
    with transaction.atomic():
        visit = lock(record.visit)
        locked = lock_open(record, by=by)
        if _fingerprint(locked) != printed_from:
            raise DomainError("办结时有人正在修改这份记录，没有办结。请核对最新内容后再办结。")
        _require_complete(locked, now)
        locked.closed_at, locked.closed_by = now, by
        locked.save(update_fields=["closed_at", "closed_by"])
        advance(visit, VisitState.TO_REPORT, ended_on=timezone.localdate(locked.left_at))
        trail.record(
            "办结现场检查记录", by=by, about=visit, after={"检查结束日期": str(visit.ended_on)}, now=now
        )
        documents.store("record", visit, content, by=by, now=now)
    return locked


def _require_complete(record, now):
    found = problems(record, now=now)
    if found:
        raise RecordIncomplete(found)


def _fingerprint(record) -> tuple:
    """Everything that can change between printing and closing."""
    return (
        record.revision,
        tuple(record.attachments.filter(removed_at=None).values_list("pk", flat=True)),
        tuple(record.signatures.values_list("pk", "signed_at")),
        tuple(inspector.pk for inspector in companions(record.visit)),
    )


def _plain_changes(record, values) -> dict:
    known = {"methods": None, "noncooperation": set(Noncooperation.values)}
    changed = {}
    for name in PLAIN_FIELDS:
        if name not in values or values[name] == getattr(record, name):
            continue
        if known.get(name) is not None and set(values[name]) - known[name]:
            raise DomainError("不配合的情形只能从列出的四种中选择。", field=name)
        changed[name] = values[name]
    return changed


def _tick_changes(record, values, now) -> dict:
    """{tick: moment or None} for those that differ. A moment from an offline phone is kept unless it lies ahead."""
    changed = {}
    for name in TICKS:
        if name not in values:
            continue
        stored, wanted = getattr(record, f"{name}_at"), values[name]
        if bool(stored) != bool(wanted):
            changed[name] = (min(wanted, now) if isinstance(wanted, dt.datetime) else now) if wanted else None
    return changed


def _answer_changes(record, wanted: dict) -> list[RecordAnswer]:
    stored = {answer.row_id: answer for answer in record.answers.all()} if wanted else {}
    changed = []
    for row, given in wanted.items():
        answer = stored.get(int(row))
        if answer is None:
            raise DomainError("提交的检查内容不属于这次检查，没有保存。请刷新页面。")
        new = {name: given[name] for name in ("answer", "finding") if name in given}
        if new.get("answer") and new["answer"] not in Answer.values:
            raise DomainError("检查结果只能是符合、不符合、不适用或未检查。")
        if any(getattr(answer, name) != value for name, value in new.items()):
            for name, value in new.items():
                setattr(answer, name, value)
            changed.append(answer)
    return changed


def _presence_change(record, values) -> set[int] | None:
    if "present" not in values:
        return None
    wanted = {getattr(one, "pk", one) for one in values["present"]}
    stored = set(record.present.values_list("pk", flat=True))
    if wanted == stored:
        return None
    allowed = set(companions(record.visit).values_list("pk", flat=True))
    if wanted - stored - allowed:
        raise DomainError("到场人员只能是检查组现有成员或本局专业技术人员。", field="present")
    return wanted


def _apply(record, changed, *, by, now):
    for name, value in changed.items():
        setattr(record, name, value)
    record.revision += 1
    record.saved_at, record.saved_by = now, by
    record.save(update_fields=[*changed, "revision", "saved_at", "saved_by"])


def _apply_ticks(record, ticked, *, by, now):
    for name, moment in ticked.items():
        setattr(record, f"{name}_at", moment)
        setattr(record, f"{name}_by", by if moment else None)
        verb = "登记" if moment else "撤销登记"
        trail.record(f"{verb}：{TICKS[name]}", by=by, about=record.visit, now=now)
    record.save(update_fields=[f"{name}_{part}" for name in ticked for part in ("at", "by")])
