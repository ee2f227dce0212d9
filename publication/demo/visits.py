"""Takes the demo's visits as far as the story wants, each step by the verb that its page calls."""

import datetime as dt

from inspections import approvals, fieldwork, reports, teams
from inspections.models import ApprovalOutcome, ApprovalSubject, Visit
from publication import notices
from publication.demo.people import Cast
from publication.demo.pictures import photo, signature

MATERIALS = "进销存台账、医保结算清单、处方及购药记录、收费票据（各抽取近三个月）。"
FINDING = "部分收费项目未在显著位置公示价格，现场已拍照。"
CLEAN = {
    "results": ["nothing_found"],
    "handling": "none",
    "summary": "检查组两人到场，出示执法证件并告知权利义务，逐项检查，查阅近三个月资料，未发现问题。",
    "public_summary": "按抽查事项清单逐项检查，未发现问题。",
}
CORRECTED = {
    "results": ["corrected"],
    "handling": "ordered",
    "summary": "检查组两人到场逐项检查，发现收费公示不完整一项，已责令三日内改正，并安排复查。",
    "public_summary": "发现部分收费项目未按规定公示，已责令限期改正。",
}


def schedule(cast: Cast, visit: Visit, day: dt.date, now) -> None:
    teams.schedule(visit, day, by=cast["jingban1"], now=now)


def go_on_site(visit: Visit, arrived: dt.datetime):
    """Arrives and opens the record; nothing is answered yet."""
    return fieldwork.start(visit, by=_leader(visit), now=arrived)


def answer(visit: Visit, arrived: dt.datetime, *, finding: bool, rows: int | None = None):
    """Fills in the record; `rows` limits how many rows are answered, for a visit that is under way."""
    record, by = visit.record, _leader(visit)
    keys = list(record.answers.values_list("row_id", flat=True))
    answers = {key: {"answer": "conforms"} for key in keys[:rows]}
    if finding:
        answers[keys[1]] = {"answer": "violates", "finding": FINDING}
        fieldwork.attach(
            record,
            record.answers.get(row=keys[1]).row,
            photo(visit.pk),
            f"demo-{visit.pk:06d}",
            "收费公示栏",
            by=by,
            now=arrived,
        )
    values = {
        "arrived_at": arrived,
        "site_conditions": "正常营业，负责人在场配合检查。",
        "certificates_shown": arrived,
        "rights_told": arrived,
        "present": [member.inspector for member in visit.members.filter(is_active=True)],
        "materials": MATERIALS,
        "answers": answers,
    }
    return fieldwork.save(record, values, revision=record.revision, by=by, now=arrived)


def end(visit: Visit, arrived: dt.datetime, *, finding: bool = False, signed: bool = True) -> Visit:
    """From arrival to the closed record."""
    go_on_site(visit, arrived)
    visit = Visit.objects.get(pk=visit.pk)
    record, by = answer(visit, arrived, finding=finding), _leader(visit)
    left = arrived + dt.timedelta(hours=2, minutes=10)
    values = {"left_at": left, "opinion": "责令限期改正，按期复查。" if finding else "未发现问题。"}
    if not signed:
        values["no_signature_reason"] = "负责人查看记录后拒绝签字，未说明理由。"
    record = fieldwork.save(record, values, revision=record.revision, by=by, now=left)
    for inspector in record.present.all():
        fieldwork.sign(record, "inspector", "", signature(inspector.pk), inspector, by=by, now=left)
    if signed:
        fieldwork.sign(record, "facility", "机构负责人", signature(visit.pk + 7), by=by, now=left)
    fieldwork.close(record, by=by, now=left + dt.timedelta(minutes=5))
    return Visit.objects.get(pk=visit.pk)


def report(visit: Visit, at: dt.datetime, *, finding: bool = False):
    """Written and submitted by the leader; gives the open approval."""
    by = _leader(visit)
    written = reports.write(visit, CORRECTED if finding else CLEAN, revision=None, by=by, now=at)
    reports.submit(visit, by=by, now=at)
    return approvals.open_approval(ApprovalSubject.REPORT, written.pk)


def approve(cast: Cast, approval, at: dt.datetime) -> None:
    approvals.decide(approval, ApprovalOutcome.APPROVED, by=cast["lingdao1"], reason="同意。", now=at)


def prepare(cast: Cast, visit: Visit, at: dt.datetime):
    return notices.prepare(Visit.objects.get(pk=visit.pk), by=cast["jingban1"], now=at)


def publish(cast: Cast, visit: Visit, at: dt.datetime) -> None:
    notice = notices.check(prepare(cast, visit, at), by=cast["jingban2"], now=at)
    notices.publish(notice, by=cast["jingban1"], now=at)


def _leader(visit: Visit):
    return visit.leader.user
