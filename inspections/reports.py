"""检查情况报告: the leader writes it, a supervisor who was not there approves it (003§12)."""

import datetime as dt

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from inspections import approvals, documents
from inspections.confidentiality import names_to_keep_in
from inspections.models import (
    Answer,
    ApprovalSubject,
    DocumentKind,
    HandlingCode,
    InspectionReport,
    ResultCode,
    Visit,
)
from inspections.states import VisitState, advance, lock
from registries import trail
from registries.access import Permission, require
from registries.errors import DomainError
from registries.models import User
from registries.privacy import names_in, numbers_in
from registries.revisions import refuse_stale

NOTHING_FOUND = "nothing_found"
# Results that say that something was found: they call for a handling that does not close at once (001二(四)).
FOUND = {"corrected", "pending", "noncooperation"}
WRITABLE = (VisitState.TO_REPORT, VisitState.RETURNED)
FIELDS = ("summary", "public_summary")


@transaction.atomic
def write(
    visit: Visit, values: dict, *, revision: int | None, by: User, now: dt.datetime | None = None
) -> InspectionReport:
    """Saves the draft. `values`: results (codes), handling (code or ""), summary, public_summary.

    `revision` is the one that the writer saw, None for a report that did not exist; it may be incomplete.
    """
    now = now or timezone.now()
    locked = _lock_writable(visit, by)
    results = list(ResultCode.objects.filter(pk__in=values["results"]))
    _check_results(locked, results)
    handling = HandlingCode.objects.filter(pk=values["handling"]).first()
    report, created = InspectionReport.objects.get_or_create(
        visit=locked, defaults={"written_by": by, "written_at": now}
    )
    if not created:
        report = lock(report)
        refuse_stale(report, revision or 0)
        report.revision += 1
    before, after = _changes(report, values, results, handling)
    for name in FIELDS:
        setattr(report, name, values[name])
    report.handling, report.written_by, report.written_at = handling, by, now
    report.save()
    report.results.set(results)
    trail.record("编写检查报告", by=by, about=report, before=before, after=after, now=now)
    return report


def _changes(report: InspectionReport, values: dict, results: list, handling) -> tuple[dict, dict]:
    """A draft may hold anything, patients' names and numbers too: what its texts say is no matter for the trail."""
    facts = {name: values[name] for name in FIELDS} | {"handling": handling}
    before, after = trail.changes(report, facts, hidden=FIELDS)
    old, new = [result.label for result in report.results.all()], [result.label for result in results]
    if old != new:
        before["results"], after["results"] = old, new
    return before, after


@transaction.atomic
def submit(visit: Visit, *, by: User, now: dt.datetime | None = None) -> InspectionReport:
    """Sends a complete report to the supervisors. Nobody who was in the team may approve it."""
    now = now or timezone.now()
    locked = _lock_writable(visit, by)
    report = InspectionReport.objects.filter(visit=locked).first()
    if report is None:
        raise DomainError("还没有写检查报告，请先填写并保存。")
    _check_complete(locked, report)
    advance(locked, VisitState.TO_APPROVE)
    approvals.ask(
        ApprovalSubject.REPORT,
        report,
        title=f"检查报告：{locked.facility.name}（{locked.reference}）",
        by=by,
        barred=_who_worked_on(locked, report),
        now=now,
    )
    trail.record("提交检查报告", by=by, about=locked, now=now)
    return report


def prepare_approved(subject_id: int, *, approval) -> dict:
    """The PDF, before anything is locked: while a report waits for approval nobody changes it."""
    report = InspectionReport.objects.select_related("visit").get(pk=subject_id)
    visit = report.visit
    partner_results = visit.partner_results.all()
    context = {"report": report, "visit": visit, "approval": approval, "partner_results": partner_results}
    return {"printed": documents.render(DocumentKind.REPORT, context)}


def approved(subject_id: int, *, approval, by: User, now: dt.datetime, printed: bytes) -> None:
    visit = lock(Visit.objects.get(report=subject_id))
    advance(visit, VisitState.TO_PUBLISH)
    documents.store(DocumentKind.REPORT, visit, printed, by=by, now=now)
    trail.record("检查报告通过审批", by=by, about=visit, now=now)


def returned(subject_id: int, *, approval, by: User, now: dt.datetime) -> None:
    visit = lock(Visit.objects.get(report=subject_id))
    advance(visit, VisitState.RETURNED)
    trail.record("检查报告被退回", by=by, about=visit, note=approval.reason, now=now)


def approval_context(subject_id: int) -> dict:
    """What the deciding page shows: the report beside what the record says."""
    report = InspectionReport.objects.select_related("visit__facility", "handling").get(pk=subject_id)
    return {
        "report": report,
        "visit": report.visit,
        "answers": answer_counts(report.visit),
        "violations": violations(report.visit),
        "vetoed": vetoed(report.visit),
    }


def violations(visit: Visit):
    return visit.record.answers.filter(answer=Answer.VIOLATES).select_related("row__version__item")


def vetoed(visit: Visit) -> list[str]:
    """The items that a veto row alone has decided, in words for the form, the approver and the report's reader."""
    named: dict[str, list[str]] = {}
    for answer in violations(visit).filter(row__is_veto=True):
        named.setdefault(answer.row.version.item.name, []).append(f"“{answer.row.content}”")
    return [
        f"抽查事项“{item}”的否决项{'、'.join(rows)}不符合，该事项检查结果为“不符合”。"
        for item, rows in named.items()
    ]


def answer_counts(visit: Visit) -> list[tuple[str, int]]:
    """How many rows got each answer that was given, in the answers' order."""
    given = list(visit.record.answers.values_list("answer", flat=True))
    return [(answer.label, given.count(answer)) for answer in Answer if answer in given]


def may_write(visit: Visit, user: User) -> bool:
    return visit.state in WRITABLE and visit.leader is not None and visit.leader.user_id == user.pk


def _lock_writable(visit: Visit, by: User) -> Visit:
    require(by, Permission.RECORD_FILL)
    locked = lock(visit)
    if locked.leader is None or locked.leader.user_id != by.pk:
        raise PermissionDenied("检查报告由检查组组长编写，您不是这次检查的组长。")
    if locked.state not in WRITABLE:
        raise DomainError(f"检查任务现在是“{locked.get_state_display()}”，不能修改检查报告。")
    return locked


def _check_results(visit: Visit, results: list[ResultCode]) -> None:
    alone = next((result for result in results if result.is_exclusive), None)
    if alone and len(results) > 1:
        raise DomainError(f"“{alone.label}”不能与其他结果同时选择，请只保留一种。", field="results")
    failed = violations(visit).count()
    if failed and NOTHING_FOUND in {result.pk for result in results}:
        raise DomainError(
            f"现场检查记录中有{failed}项“不符合”，抽查结果不能是“未发现问题”，请改选。", field="results"
        )


def _check_complete(visit: Visit, report: InspectionReport) -> None:
    results = {result.pk for result in report.results.all()}
    if not results:
        raise DomainError("请选择抽查结果。", field="results")
    if report.handling is None:
        raise DomainError("请选择后续处置。", field="handling")
    if not report.summary.strip():
        raise DomainError("请填写检查情况。", field="summary")
    if not report.public_summary.strip():
        raise DomainError("请填写向社会公示的检查情况。", field="public_summary")
    _refuse_personal_data(visit, report.public_summary)
    _check_results(visit, list(report.results.all()))
    if results & FOUND and report.handling.closes_at_once:
        raise DomainError("发现了问题，后续处置不能是“无需后续处置”。", field="handling")
    if results == {NOTHING_FOUND} and not report.handling.closes_at_once:
        raise DomainError("未发现问题的，后续处置应为“无需后续处置”。", field="handling")


def _refuse_personal_data(visit: Visit, text: str) -> None:
    """The public text is approved with the report: what may not get out (003§12) is stopped before that."""
    found = numbers_in(text) + names_in(text, names_to_keep_in(visit), facility_name=visit.facility.name)
    if found:
        raise DomainError(
            f"向社会公示的检查情况中有{'、'.join(found)}，不能提交。请删去或改写：只写机构的情况，"
            "不写任何人的姓名、证件号码和电话。",
            field="public_summary",
        )


def _who_worked_on(visit: Visit, report: InspectionReport) -> set[User]:
    """The team, whoever was replaced in it, and the writer: nobody approves their own work."""
    team = User.objects.filter(inspector__memberships__visit=visit)
    return {report.written_by, *team}
