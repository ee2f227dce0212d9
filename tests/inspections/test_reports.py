"""The leader reports, a supervisor who was not there approves (003§12)."""

import re

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.template.loader import render_to_string
from django.urls import reverse

from inspections import approvals, documents, reports
from inspections.models import (
    Answer,
    Approval,
    ApprovalOutcome,
    InspectionRecord,
    InspectionReport,
    RecordAnswer,
)
from inspections.states import VisitState
from registries import timeline, trail
from registries.errors import DomainError
from registries.models import RoleGrant, User
from tests import factories
from tests.cast import make_user

pytestmark = pytest.mark.django_db

CLEAN = {
    "results": ["nothing_found"],
    "handling": "none",
    "summary": "现场检查未发现问题。",
    "public_summary": "未发现问题。",
}
FOUND = CLEAN | {
    "results": ["pending"],
    "handling": "ordered",
    "public_summary": "发现一项问题，已责令改正。",
}


@pytest.fixture
def leader(county):
    return make_user("zu.zhang", "组长甲", county, "inspector")


@pytest.fixture
def member(county):
    return make_user("zu.yuan", "组员乙", county, "inspector")


@pytest.fixture
def visit(county, drafter, leader, member):
    inspectors = [
        factories.make_inspector(county, 1, user=leader),
        factories.make_inspector(county, 2, user=member),
    ]
    version = factories.make_item(county, drafter)
    task = factories.make_task(county, drafter, items=[version])
    visit = factories.make_visit(
        task,
        factories.make_facility(county, 1),
        inspectors,
        by=drafter,
        state=VisitState.TO_REPORT,
        ended_on=factories.NOW.date(),
    )
    record = InspectionRecord.objects.create(visit=visit)
    RecordAnswer.objects.bulk_create(
        RecordAnswer(record=record, row=row, answer=Answer.CONFORMS) for row in version.rows.all()
    )
    return visit


def state_of(visit):
    visit.refresh_from_db()
    return visit.state


@pytest.fixture
def submitted(visit, leader):
    reports.write(visit, CLEAN, revision=None, by=leader)
    reports.submit(visit, by=leader)
    return Approval.objects.get()


def test_a_report_waits_for_approval_once_the_leader_submits_it(submitted, visit, approver):
    assert state_of(visit) == VisitState.TO_APPROVE
    assert list(approvals.open_for(approver)) == [submitted]


def test_an_approved_report_waits_for_publication_and_is_kept_as_a_document(submitted, visit, approver):
    approvals.decide(submitted, ApprovalOutcome.APPROVED, by=approver)
    assert state_of(visit) == VisitState.TO_PUBLISH
    document = visit.documents.get()
    with document.file.open() as stored:
        assert (document.kind, stored.read(5)) == ("report", b"%PDF-")


def test_the_report_is_printed_before_anything_is_locked_and_says_who_approved(
    submitted, visit, approver, monkeypatch
):
    printed = []

    def notes(template, context, pictures=None):
        printed.append((len(connection.savepoint_ids), str(context["approval"].decided_by)))
        return b"%PDF-"

    monkeypatch.setattr(documents, "render_pdf", notes)
    outside = len(connection.savepoint_ids)
    approvals.decide(submitted, ApprovalOutcome.APPROVED, by=approver)
    assert printed == [(outside, approver.display_name)]


def test_what_other_departments_found_is_printed_beside_the_report_by_department(
    submitted, visit, approver, drafter, monkeypatch
):
    printed = []
    monkeypatch.setattr(
        documents, "render_pdf", lambda *args: printed.append(render_to_string(*args[:2])) or b"%PDF-"
    )
    for department, result in (
        ("区卫生健康委员会", "发现超范围执业。\n已立案。"),
        ("区市场监督管理局", "未发现问题。"),
    ):
        visit.partner_results.create(department=department, result=result, entered_by=drafter)
    approvals.decide(submitted, ApprovalOutcome.APPROVED, by=approver)
    assert visit.documents.get().template == "documents/report/v3.html"
    annex = printed[0].partition("附：联合部门检查结果")[2]
    paragraphs = re.findall(r"<p[^>]*>([^<]*)</p>", annex)
    assert paragraphs[:5] == [
        "区卫生健康委员会：",
        "发现超范围执业。",
        "已立案。",
        "区市场监督管理局：",
        "未发现问题。",
    ]


def test_a_report_of_an_inspection_of_our_own_has_no_annex(submitted, visit, approver, monkeypatch):
    printed = []
    monkeypatch.setattr(
        documents, "render_pdf", lambda *args: printed.append(render_to_string(*args[:2])) or b"%PDF-"
    )
    approvals.decide(submitted, ApprovalOutcome.APPROVED, by=approver)
    assert "联合部门" not in printed[0]
    assert printed[0].split() == render_to_string("documents/report/v1.html", {
        "report": visit.report, "visit": visit, "approval": Approval.objects.get(),
    }).split()  # fmt: skip


def test_the_report_of_a_drawn_visit_bears_its_number_and_task(submitted, visit, approver):
    approval = approvals.decide(submitted, ApprovalOutcome.APPROVED, by=approver)
    context = {"report": visit.report, "visit": visit, "approval": approval}
    told = render_to_string(documents.TEMPLATES["report"], context)
    task = visit.errand
    for said in (
        "“双随机、一公开”抽查检查情况报告",
        visit.reference,
        f"抽查任务：{task.name}（{task.number}）",
    ):
        assert said in told


def test_a_refused_decision_prints_nothing_and_one_that_cannot_be_printed_decides_nothing(
    submitted, visit, approver, leader, monkeypatch
):
    def broken(template, context, pictures=None):
        raise DomainError("不能打印。")

    monkeypatch.setattr(documents, "render_pdf", broken)
    with pytest.raises(DomainError, match="不能打印"):
        approvals.decide(submitted, ApprovalOutcome.APPROVED, by=approver)
    submitted.refresh_from_db()
    assert (submitted.decided_at, state_of(visit)) == (None, VisitState.TO_APPROVE)
    RoleGrant.objects.create(user=leader, role="supervisor")
    with pytest.raises(DomainError, match="本人申请"):
        approvals.decide(submitted, ApprovalOutcome.APPROVED, by=User.objects.get(pk=leader.pk))


def test_a_returned_report_goes_back_to_the_leader_and_can_be_submitted_again(
    submitted, visit, approver, leader
):
    approvals.decide(submitted, ApprovalOutcome.RETURNED, by=approver, reason="请写明检查经过。")
    assert state_of(visit) == VisitState.RETURNED
    reports.write(visit, CLEAN | {"summary": "十点到场，逐项检查。"}, revision=1, by=leader)
    reports.submit(visit, by=leader)
    assert state_of(visit) == VisitState.TO_APPROVE


def test_only_the_leader_writes_the_report(visit, member, drafter):
    for other in (member, drafter):
        with pytest.raises(PermissionDenied):
            reports.write(visit, CLEAN, revision=None, by=other)


def test_a_leader_who_is_a_supervisor_too_cannot_approve_the_report(submitted, leader, county):
    RoleGrant.objects.create(user=leader, role="supervisor")
    with pytest.raises(DomainError, match="本人申请"):
        approvals.decide(submitted, ApprovalOutcome.APPROVED, by=User.objects.get(pk=leader.pk))


def test_a_member_of_the_team_cannot_approve_the_report(submitted, member):
    RoleGrant.objects.create(user=member, role="supervisor")
    with pytest.raises(DomainError, match="参与过"):
        approvals.decide(submitted, ApprovalOutcome.APPROVED, by=User.objects.get(pk=member.pk))


@pytest.mark.parametrize(
    ("values", "field"),
    [
        (CLEAN | {"results": []}, "results"),
        (CLEAN | {"handling": ""}, "handling"),
        (CLEAN | {"summary": " "}, "summary"),
        (CLEAN | {"public_summary": ""}, "public_summary"),
        (FOUND | {"handling": "none"}, "handling"),
        (CLEAN | {"handling": "ordered"}, "handling"),
    ],
)
def test_an_incomplete_report_can_be_saved_but_not_submitted(visit, leader, values, field):
    reports.write(visit, values, revision=None, by=leader)
    with pytest.raises(DomainError) as refusal:
        reports.submit(visit, by=leader)
    assert refusal.value.field == field
    assert state_of(visit) == VisitState.TO_REPORT


def test_an_exclusive_result_stands_alone(visit, leader):
    with pytest.raises(DomainError, match="不能与其他结果同时选择"):
        reports.write(visit, CLEAN | {"results": ["nothing_found", "pending"]}, revision=None, by=leader)


def test_a_record_with_a_failed_row_cannot_be_reported_as_nothing_found(visit, leader):
    visit.record.answers.filter(row__position=2).update(answer=Answer.VIOLATES, finding="未公开价格")
    with pytest.raises(DomainError, match="1项“不符合”"):
        reports.write(visit, CLEAN, revision=None, by=leader)


def test_the_second_of_two_open_pages_is_told_what_changed(visit, leader):
    reports.write(visit, CLEAN, revision=None, by=leader)
    reports.write(visit, FOUND, revision=1, by=leader)
    with pytest.raises(DomainError, match="已被修改"):
        reports.write(visit, CLEAN, revision=1, by=leader)


def test_a_submitted_report_cannot_be_rewritten(submitted, visit, leader):
    with pytest.raises(DomainError, match="待审核"):
        reports.write(visit, FOUND, revision=1, by=leader)


# --- the page

POSTED = {
    "results": ["nothing_found"],
    "handling": "none",
    "summary": "现场检查未发现问题。",
    "public_summary": "未发现问题。",
    "seen_revision": "",
}


def address(visit):
    return reverse("inspections:report", args=[visit.pk])


def test_the_leader_saves_and_submits_on_one_page(visit, leader, signed_in):
    browser = signed_in(leader)
    browser.post(address(visit), POSTED | {"save": ""})
    assert InspectionReport.objects.get().revision == 1
    response = browser.post(address(visit), POSTED | {"seen_revision": "1", "submit": ""})
    assert response.url == reverse("inspections:visit", args=[visit.pk])
    visit.refresh_from_db()
    assert visit.state == VisitState.TO_APPROVE


def test_a_refused_submission_shows_why_and_keeps_what_was_typed(visit, leader, signed_in):
    response = signed_in(leader).post(address(visit), POSTED | {"handling": "", "submit": ""})
    page = response.content.decode()
    assert "请选择后续处置" in page
    assert "现场检查未发现问题。" in page
    assert 'name="seen_revision" value="1"' in page


def test_a_colleague_reads_the_report_and_has_no_form(visit, leader, member, signed_in):
    signed_in(leader).post(address(visit), POSTED | {"save": ""})
    page = signed_in(member).get(address(visit)).content.decode()
    assert "现场检查未发现问题。" in page
    assert "提交审批" not in page


def test_the_report_of_another_bureau_is_not_found(visit, outsider, signed_in):
    assert signed_in(outsider).get(address(visit)).status_code == 404


@pytest.mark.parametrize(
    "leak",
    [
        "负责人身份证号41040319800101003X。",
        "负责人电话138 0000 0001。",
        "负责人某某在场。",
        "检查员2到场检查。",
        "由周经办整理。",
        "由赵市监核对台账。",
    ],
)
def test_a_public_text_with_personal_data_is_not_sent_to_the_supervisor(visit, leader, drafter, leak):
    visit.partner_inspectors.create(
        department="区市场监督管理局", name="赵市监", certificate_number="16040399001", entered_by=drafter
    )
    reports.write(visit, CLEAN | {"public_summary": f"未发现问题。{leak}"}, revision=None, by=leader)
    with pytest.raises(DomainError, match="不写任何人的姓名") as refusal:
        reports.submit(visit, by=leader)
    assert refusal.value.field == "public_summary"
    assert state_of(visit) == VisitState.TO_REPORT


def test_what_is_written_for_the_file_may_name_people(visit, leader):
    values = CLEAN | {"summary": "负责人某某（13800000001）在场。", "public_summary": "第1诊所未发现问题。"}
    reports.write(visit, values, revision=None, by=leader)
    reports.submit(visit, by=leader)
    assert state_of(visit) == VisitState.TO_APPROVE


def test_the_trail_keeps_results_and_handling_of_a_draft_and_nothing_that_its_texts_say(visit, leader):
    texts = {"summary": "患者某某，电话13800000001。", "public_summary": "负责人某某在场。"}
    report = reports.write(visit, CLEAN | texts, revision=None, by=leader)
    reports.write(visit, FOUND, revision=report.revision, by=leader)
    newest, first = trail.about(report)
    assert first.after == {
        "summary": trail.HIDDEN, "public_summary": trail.HIDDEN, "handling": "无需后续处置", "results": ["未发现问题"],
    }  # fmt: skip
    assert (newest.before["results"], newest.after["results"]) == (["未发现问题"], ["发现问题待后续处理"])
    assert "某某" not in f"{newest.before}{newest.after}{timeline.in_words(newest)}"
    assert "检查情况：已变更（不显示）" in timeline.in_words(newest)
