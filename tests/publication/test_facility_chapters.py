"""What a facility's page tells of inspections and publications, and to whom."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inspections.models import Answer, InspectionRecord
from inspections.states import VisitState
from publication import worklist
from registries import merging, moves
from registries.histories import History
from registries.models import Facility
from tests.factories import NOW, make_facility, make_inspector, make_item, make_task, make_visit
from tests.factories.published import correct_result, publish_result

pytestmark = pytest.mark.django_db

ENDED = dt.date(2026, 4, 20)


@pytest.fixture
def facility(county):
    return make_facility(county, 1)


def ended_visit(bureau, by, facility, position=1, **fields):
    task = (
        make_task(bureau, by, items=[make_item(bureau, by)])
        if position == 1
        else bureau.plans.get().tasks.get()
    )
    members = [make_inspector(bureau, position * 2 + 20), make_inspector(bureau, position * 2 + 21)]
    values = {"state": VisitState.TO_REPORT, "ended_on": ENDED} | fields
    return make_visit(task, facility, members, by=by, position=position, **values)


def told(facility, user, chapter=""):
    history = History(facility, user)
    return [(event.text, event.actor) for event in history.events(history.entries(), chapter)]


def notes(facility, user):
    history = History(facility, user)
    return "\n".join(event.note for event in history.events(history.entries()))


def test_the_own_bureaus_inspections_are_told_from_the_draw_on(facility, county, drafter):
    ended_visit(county, drafter, facility)
    assert told(facility, drafter) == [
        ("检查结束", county.name),
        (f"被抽中检查（{county.short_name}抽〔2026〕1号）", county.name),
    ]


def test_findings_are_counted_and_results_wait_for_the_approved_report(facility, county, drafter):
    visit = ended_visit(county, drafter, facility)
    record = InspectionRecord.objects.create(visit=visit)
    for row in visit.draw.task.items.get().rows.all():
        record.answers.create(row=row, answer=Answer.VIOLATES if row.position == 1 else Answer.CONFORMS)
    assert "检查内容不符合 1 项" in notes(facility, drafter)
    assert "检查结果" not in notes(facility, drafter)
    publish_result(visit, results=["corrected"], handling="责令改正并跟踪")
    assert "检查结果：发现问题已责令改正" in notes(facility, drafter)
    assert "后续处置：责令改正并跟踪" in notes(facility, drafter)


def test_a_superiors_inspection_is_foreseen_by_nobody_below_and_told_once_published(
    facility, county, city, city_staff, drafter
):
    visit = ended_visit(city, city_staff, facility)
    assert told(facility, drafter) == []
    assert len(told(facility, city_staff)) == 2
    publish_result(visit)
    assert told(facility, drafter) == [("公示检查结果", city.name)]
    assert "检查完成日期：2026-04-20" in notes(facility, drafter)


def test_a_witness_reads_what_is_public_and_no_inspection(facility, county, drafter, witness):
    publish_result(ended_visit(county, drafter, facility))
    assert told(facility, witness) == [("公示检查结果", county.name)]


def test_a_correction_stands_beside_what_it_corrected(facility, county, drafter):
    notice = publish_result(ended_visit(county, drafter, facility))
    correct_result(notice, "更正后的检查情况。", reason="笔误")
    texts = [text for text, _ in told(facility, drafter, "publication")]
    assert texts == ["更正检查结果公示", "公示检查结果（已被更正）"]
    assert "更正原因：笔误" in notes(facility, drafter)


def test_what_happened_to_a_merged_duplicate_is_told_on_the_survivors_page(facility, county, drafter):
    survivor = make_facility(county, 2)
    publish_result(ended_visit(county, drafter, facility))
    merging.merge(facility, survivor, reason="同一家", by=drafter)
    assert told(survivor, drafter, "publication") == [("公示检查结果", county.name)]
    assert len(told(survivor, drafter, "inspection")) == 2


def test_a_facility_that_waits_to_be_taken_over_stands_on_the_receiving_desk(
    facility, drafter, neighbour, outsider
):
    moves.propose(facility, neighbour, reason="地址变更", by=drafter)
    tasks = [task for task in worklist.for_user(outsider, NOW) if task.title == "接收迁入机构"]
    assert [task.url for task in tasks] == [reverse("registries:facility", args=[facility.pk])]
    assert "卫东区医疗保障局" in tasks[0].subject
    assert not any(task.title == "接收迁入机构" for task in worklist.for_user(drafter, NOW))


def test_the_page_asks_as_often_for_three_inspections_as_for_one(county, drafter, signed_in):
    staff = signed_in(drafter)
    one, three = make_facility(county, 1), make_facility(county, 2)
    publish_result(ended_visit(county, drafter, one))
    task = county.plans.get().tasks.get()
    merged = [make_facility(county, n) for n in (3, 4)]
    for position, facility in enumerate([three, *merged], 2):
        publish_result(ended_visit(county, drafter, facility, position))
    for duplicate in merged:
        merging.merge(duplicate, three, reason="同一家", by=drafter)
    assert task.draws.get().visits.count() == 4

    def asked(facility):
        address = reverse("registries:facility", args=[facility.pk])
        with CaptureQueriesContext(connection) as captured:
            assert staff.get(address).status_code == 200
        return len(captured)

    asked(one)
    assert asked(three) == asked(one)
    assert Facility.objects.in_registry().count() == 2
