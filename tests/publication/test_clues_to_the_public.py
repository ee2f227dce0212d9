"""From a clue to the published result, and what of it the public gets to see (C7, F2)."""

import re
from urllib.parse import unquote

import pytest
from django.template.loader import render_to_string
from django.urls import reverse

from inspections import approvals, clues, documents, fieldwork, reports, teams
from inspections.models import ApprovalOutcome, ApprovalSubject, Clue, PlanTask, Visit
from inspections.states import ClueState, VisitState
from publication import notices, worklist
from publication.open_data import TABLES
from registries.histories import History
from registries.models import User
from tests.factories import NOW, make_facility, make_inspector, make_item
from tests.factories.clues import (
    CONTENT,
    OUTCOME,
    approved_clue,
    decided_clue,
    drawing_clue,
    proposed_clue,
    registered_clue,
)
from tests.factories.draws import end_visit, held_draw, minutes
from tests.factories.fieldwork import ARRIVED, LEFT, make_member, make_ready_record

pytestmark = pytest.mark.django_db

REPORT = {
    "results": ["corrected"],
    "handling": "ordered",
    "summary": "检查组两人到场逐项检查，发现串换药品一项，已责令改正。",
    "public_summary": "发现一项问题，已责令限期改正。",
}
SECRET = (CONTENT, OUTCOME, "投诉", "线索〔2026〕")


@pytest.fixture
def facility(county):
    return make_facility(county, 1)


def hidden(text) -> list[str]:
    return [one for one in SECRET if one in text]


def steps(user):
    return [(task.title, task.subject) for task in worklist.for_user(user, minutes(60))]


def found(client, words) -> list:
    return list(client.get(reverse("public:results"), {"q": words}).context["page"])


@pytest.fixture
def printed(monkeypatch) -> list[str]:
    """What the documents say, as HTML."""
    texts = []

    def render_pdf(template, context, pictures=None):
        texts.append(render_to_string(template, context))
        return b"%PDF-1.7"

    monkeypatch.setattr(documents, "render_pdf", render_pdf)
    return texts


def test_from_the_clue_to_the_notice(
    county, facility, drafter, colleague, approver, client, signed_in, printed
):
    item = make_item(county, drafter)
    clue = registered_clue(county, facility, by=drafter)
    proposed_clue(clue, item, by=colleague)
    visit = decided_clue(clue, by=approver).visits.get()
    team = [make_member(county, n) for n in (1, 2)]
    teams.assign(visit, team, by=drafter, now=minutes(30))
    visit = Visit.objects.get()
    fieldwork.close(make_ready_record(visit), by=team[0].user, now=LEFT)
    visit = Visit.objects.get()
    assert (visit.state, visit.ended_on) == (VisitState.TO_REPORT, ARRIVED.date())
    written = reports.write(visit, REPORT, revision=None, by=team[0].user, now=LEFT)
    reports.submit(visit, by=team[0].user, now=LEFT)
    approval = approvals.open_approval(ApprovalSubject.REPORT, written.pk)
    approvals.decide(approval, ApprovalOutcome.APPROVED, by=approver, now=LEFT)
    notice = notices.prepare(Visit.objects.get(), by=drafter, now=LEFT)
    notices.check(notice, by=colleague, now=LEFT)
    notice = notices.publish(notice, by=drafter, now=LEFT)
    clues.close(clue, OUTCOME, by=drafter, now=LEFT)
    record, report = printed
    assert [hidden(record), hidden(report)] == [[], []]
    assert [text.count("双随机") for text in printed] == [0, 0]
    assert "卫东区医疗保障局<br>线索核查情况报告" in report
    assert '检查任务</th><td colspan="3">线索核查</td>' in record
    for document in visit.documents.all():
        sent = signed_in(drafter).get(reverse("inspections:document", args=[visit.pk, document.pk]))
        assert b"".join(sent.streaming_content) == b"%PDF-1.7"
        kind = document.get_kind_display()
        assert unquote(sent["Content-Disposition"]).endswith(f"{kind}-{visit.code}.pdf")
    assert Clue.objects.get().state == ClueState.CLOSED
    assert (notice.content["scope"], notice.content["task_name"]) == ("线索核查", "线索核查")
    assert "plan_number" not in notice.content
    assert hidden(str(notice.content)) == []
    pages = [reverse("public:result", args=[visit.pk]), reverse("public:facility", args=[visit.code])]
    assert [hidden(client.get(address).content.decode()) for address in pages] == [[], []]
    assert found(client, facility.name) == [notice]
    assert [found(client, words) for words in (clue.number, "线索〔2026〕")] == [[], []]
    assert hidden("".join(str(list(table.rows())) for table in TABLES.values())) == []


def test_the_plan_shows_the_task_that_a_clue_set_off_without_naming_whom(county, facility, client):
    clue = drawing_clue(county, facility, cap_ground="《医疗保障基金使用监督管理条例》第二十六条")
    shown = client.get(reverse("public:plan", args=[clue.task.plan_id])).content.decode()
    assert "线索触发，单独审批，不属于计划的调整" in shown
    assert "《医疗保障基金使用监督管理条例》第二十六条" in shown
    assert "1 家" in shown
    assert hidden(shown) == []
    assert facility.insurance_code not in shown
    rows = str(list(TABLES["plans"].rows()))
    assert "线索触发" in rows
    assert facility.insurance_code not in rows


def test_its_draw_shows_that_a_clue_set_it_off_and_the_legal_ground(county, facility, witness, client):
    for n in (1, 2):
        make_inspector(county, n)
    clue = drawing_clue(county, facility, cap_ground="《医疗保障基金使用监督管理条例》第二十六条")
    PlanTask.objects.filter(clue=None).update(number="卫医保抽查〔2026〕9号")
    draw = held_draw(clue.task, witness=witness, now=minutes(30))
    shown = re.sub(r"<[^>]+>", "", client.get(reverse("public:draw", args=[draw.pk])).content.decode())
    assert "线索触发的定向抽查" in shown
    assert "《医疗保障基金使用监督管理条例》第二十六条" in shown
    assert hidden(shown) == []
    assert facility.name not in shown


def test_what_waits_with_a_clue_waits_for_the_right_people(county, facility, drafter, approver):
    item = make_item(county, drafter)
    named = f"卫医保线索〔2026〕1号 {facility.name}"
    clue = registered_clue(county, facility, by=drafter)
    assert ("研判线索", named) in steps(drafter)
    proposed_clue(clue, item)
    assert ("研判线索", named) not in steps(drafter)
    assert ("审批线索检查", "卫医保线索〔2026〕1号") in steps(approver)
    visit = decided_clue(clue).visits.get()
    assert ("选派检查人员", named) in steps(drafter)
    team = [make_inspector(county, n) for n in (1, 2)]
    teams.assign(visit, team, by=drafter, now=minutes(30))
    assert ("选派检查人员", named) not in steps(drafter)
    assert "确定检查组组长和检查日期" in [title for title, _ in steps(drafter)]
    end_visit(visit)
    assert ("办结线索", named) in steps(drafter)
    assert [title for title, _ in steps(approver) if "线索" in title] == []


def test_the_facility_tells_of_the_inspection_and_not_of_the_clue(county, facility, drafter, approver):
    approved_clue(county, facility)
    history = History(facility, drafter)
    events = history.events(history.entries())
    told = [(event.text, event.note) for event in events if "线索" in event.text]
    assert told == [("因线索检查（卫医保线索〔2026〕1号）", "现在：待检查")]
    assert CONTENT not in str(events)


def test_a_list_of_clues_costs_the_same_for_one_and_for_three(
    county, drafter, django_assert_max_num_queries, django_assert_num_queries
):
    item = make_item(county, drafter)

    def waiting(n):
        registered_clue(county, make_facility(county, n))
        approved_clue(county, make_facility(county, n + 10), item)
        end_visit(approved_clue(county, make_facility(county, n + 20), item).visits.get())

    def look():
        worklist.for_user(User.objects.select_related("bureau").get(pk=drafter.pk), NOW)

    waiting(1)
    with django_assert_max_num_queries(40) as captured:
        look()
    for n in (2, 3):
        waiting(n)
    with django_assert_num_queries(len(captured)):
        look()
