"""The record on site: started by the team, saved as it is typed, closed only when it is whole."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage

from inspections import attachments, documents, fieldwork
from inspections.completeness import RecordIncomplete, problems
from inspections.models import InspectionRecord
from inspections.states import VisitState
from registries import trail
from registries.errors import DomainError
from tests.cast import make_user
from tests.factories import NOW, make_inspector
from tests.factories.fieldwork import (
    ARRIVED,
    LEFT,
    account,
    complete_values,
    fill,
    jpeg,
    make_expert,
    make_member,
    make_ready_record,
    make_team_visit,
    sign_everything,
    signature,
    upload,
)

CLOSED = LEFT + dt.timedelta(minutes=10)


@pytest.fixture
def visit(county, drafter):
    return make_team_visit(county, drafter)


@pytest.fixture
def member(visit):
    return account(visit, 1)


@pytest.fixture
def record(visit, member):
    return fieldwork.start(visit, by=member, now=ARRIVED)


@pytest.fixture
def quick_print(monkeypatch):
    monkeypatch.setattr(documents, "render_pdf", lambda name, context, pictures: b"%PDF-1.7 " + name.encode())


def replace(visit, place, incoming):
    leaving = visit.members.get(place=place, is_active=True)
    leaving.is_active = False
    leaving.save()
    visit.members.create(place=place, inspector=incoming, code=incoming.number)
    return leaving.inspector.user


def fields(record, now=CLOSED):
    return [field for field, _ in problems(record, now=now)]


def test_starting_opens_a_record_with_a_blank_answer_for_every_checklist_row(visit, member):
    record = fieldwork.start(visit, by=member, now=ARRIVED)
    visit.refresh_from_db()
    assert visit.state == VisitState.ON_SITE
    assert record.place == visit.facility.address
    assert [(answer.row.position, answer.answer) for answer in record.answers.all()] == [
        (1, ""),
        (2, ""),
        (3, ""),
    ]
    assert [entry.event for entry in trail.about(visit)] == ["开始现场检查"]


def test_a_second_start_gives_the_same_record(visit, member):
    first = fieldwork.start(visit, by=member, now=ARRIVED)
    assert fieldwork.start(visit, by=account(visit, 2), now=ARRIVED) == first


def test_an_inspector_who_is_not_in_the_team_cannot_start(visit, county):
    stranger = make_member(county, 8)
    with pytest.raises(PermissionDenied, match="检查组成员"):
        fieldwork.start(visit, by=stranger.user, now=ARRIVED)


def test_staff_cannot_write_into_a_record(record, drafter):
    with pytest.raises(PermissionDenied):
        fieldwork.save(record, {"place": "别处"}, revision=0, by=drafter)


def test_a_replaced_member_can_no_longer_write(visit, record, county):
    left = replace(visit, 2, make_member(county, 3))
    with pytest.raises(PermissionDenied, match="检查组成员"):
        fieldwork.save(record, {"place": "别处"}, revision=0, by=left)


def test_a_member_of_another_bureau_cannot_write(record, neighbour):
    other = make_user("bieju", "别局检查员", neighbour, "inspector")
    with pytest.raises(PermissionDenied):
        fieldwork.save(record, {"place": "别处"}, revision=0, by=other)


def test_a_visit_cannot_start_before_its_draw_was_held(visit, member):
    with pytest.raises(DomainError, match="抽取尚未完成"):
        fieldwork.start(visit, by=member, now=NOW - dt.timedelta(hours=1))
    visit.refresh_from_db()
    assert visit.state == VisitState.ASSIGNED


def test_a_draft_takes_whatever_is_there(record, member):
    row = record.answers.first().row_id
    saved = fieldwork.save(
        record, {"answers": {row: {"answer": "violates"}}, "opinion": "未完"}, revision=0, by=member
    )
    saved = fieldwork.save(saved, {"answers": {row: {"finding": "账册缺页"}}}, revision=1, by=member)
    assert (saved.revision, saved.opinion, saved.saved_by) == (2, "未完", member)
    answer = record.answers.get(row=row)
    assert (answer.answer, answer.finding) == ("violates", "账册缺页")


def test_saving_the_same_again_changes_nothing_however_old_the_revision(record, member):
    saved = fieldwork.save(record, {"opinion": "一致同意"}, revision=0, by=member)
    again = fieldwork.save(record, {"opinion": "一致同意"}, revision=0, by=member)
    assert again.revision == saved.revision == 1


def test_a_stale_revision_says_who_saved_and_overwrites_nothing(visit, record, member):
    colleague = account(visit, 2)
    fieldwork.save(record, {"opinion": "甲"}, revision=0, by=colleague, now=ARRIVED)
    with pytest.raises(fieldwork.StaleRecord, match="检查员2已于09:00:00保存过") as refusal:
        fieldwork.save(record, {"opinion": "乙"}, revision=0, by=member)
    assert refusal.value.record.opinion == InspectionRecord.objects.get().opinion == "甲"


def test_ticking_records_time_and_person_and_unticking_takes_both_back(record, visit, member):
    saved = fieldwork.save(record, {"certificates_shown": True}, revision=0, by=member, now=ARRIVED)
    assert (saved.certificates_shown_at, saved.certificates_shown_by) == (ARRIVED, member)
    saved = fieldwork.save(record, {"certificates_shown": False}, revision=1, by=member, now=LEFT)
    assert (saved.certificates_shown_at, saved.certificates_shown_by) == (None, None)
    assert [entry.event for entry in trail.about(visit)][:2] == [
        "撤销登记：出示执法证件",
        "登记：出示执法证件",
    ]


def test_a_tick_made_without_network_keeps_its_own_time_but_never_one_that_lies_ahead(record, member):
    saved = fieldwork.save(record, {"rights_told": ARRIVED}, revision=0, by=member, now=LEFT)
    assert saved.rights_told_at == ARRIVED
    saved = fieldwork.save(record, {"certificates_shown": CLOSED}, revision=1, by=member, now=LEFT)
    assert saved.certificates_shown_at == LEFT


def test_only_the_team_and_experts_can_be_present(record, member, county):
    expert, stranger = make_expert(county, 5), make_inspector(county, 6)
    fieldwork.save(record, {"present": [expert]}, revision=0, by=member)
    assert list(record.present.all()) == [expert]
    with pytest.raises(DomainError, match="到场人员只能是"):
        fieldwork.save(record, {"present": [stranger]}, revision=1, by=member)


def test_answers_for_a_foreign_row_are_refused_whole(record, member):
    own = record.answers.first().row_id
    with pytest.raises(DomainError, match="不属于这次检查"):
        fieldwork.save(
            record,
            {"answers": {own: {"answer": "conforms"}, 999999: {"answer": "conforms"}}},
            revision=0,
            by=member,
        )
    assert record.answers.exclude(answer="").count() == 0


@pytest.mark.parametrize(
    ("values", "message"),
    [({"noncooperation": ["rude"]}, "四种"), ({"answers": {"row": {"answer": "perhaps"}}}, "检查结果只能")],
)
def test_values_outside_the_closed_lists_are_refused(record, member, values, message):
    row = record.answers.first().row_id
    if "answers" in values:
        values = {"answers": {row: values["answers"]["row"]}}
    with pytest.raises(DomainError, match=message):
        fieldwork.save(record, values, revision=0, by=member)


def test_an_empty_record_lists_everything_that_is_missing_at_once(record, member):
    with pytest.raises(RecordIncomplete) as refusal:
        fieldwork.close(record, by=member, now=CLOSED)
    rows = [f"answers-{pk}" for pk in record.answers.values_list("row_id", flat=True)]
    assert [field for field, _ in refusal.value.problems] == [
        "arrived_at", "present", "certificates_shown", "rights_told", *rows, "left_at", "no_signature_reason",
    ]  # fmt: skip
    assert InspectionRecord.objects.get().closed_at is None


def test_two_present_are_needed_and_an_expert_is_not_one_of_them(visit, record, member, county):
    inspectors = [one.inspector for one in visit.members.all()]
    record = fill(record, by=member, present=[inspectors[0], make_expert(county, 5)])
    sign_everything(record, by=member)
    assert fields(record) == ["present"]


def test_a_present_member_who_was_replaced_does_not_count(visit, member, county):
    record = make_ready_record(visit)
    assert fields(record) == []
    replace(visit, 2, make_member(county, 3))
    assert fields(record) == ["present"]


def test_an_expired_certificate_does_not_count(visit, member):
    record = make_ready_record(visit)
    inspector = visit.members.get(place=2).inspector
    inspector.certificate_valid_until = ARRIVED.date() - dt.timedelta(days=1)
    inspector.save()
    assert problems(record, now=CLOSED) == [("present", "检查员2的执法证在检查当天无效，不能计入检查人员。")]


def test_a_violation_needs_a_finding(visit, member, record):
    row = record.answers.first().row_id
    record = fill(record, by=member, answers={pk: {"answer": "conforms"} for pk in record.answers.values_list("row_id", flat=True)} | {row: {"answer": "violates", "finding": "  "}})  # fmt: skip
    sign_everything(record, by=member)
    assert fields(record) == [f"answers-{row}"]


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"arrived_at": None}, "arrived_at"),
        ({"arrived_at": NOW - dt.timedelta(minutes=1)}, "arrived_at"),
        ({"left_at": None}, "left_at"),
        ({"left_at": ARRIVED - dt.timedelta(minutes=1)}, "left_at"),
        ({"left_at": CLOSED + dt.timedelta(minutes=6)}, "left_at"),
        ({"place": " "}, "place"),
        ({"certificates_shown": False}, "certificates_shown"),
        ({"rights_told": False}, "rights_told"),
        ({"noncooperation": ["untrue"]}, "noncooperation_facts"),
        ({"noncooperation_facts": "拒不开门"}, "noncooperation"),
        ({"witness_name": "某见证人"}, "signature-witness"),
    ],
)
def test_what_is_missing_or_makes_no_sense_is_named(record, member, over, field):
    record = fill(record, by=member, **over)
    sign_everything(record, by=member)
    assert fields(record) == [field]


def test_a_clock_that_is_five_minutes_ahead_is_forgiven(record, member):
    record = fill(record, by=member, left_at=CLOSED + dt.timedelta(minutes=5))
    sign_everything(record, by=member)
    assert fields(record) == []


def test_a_refused_entry_needs_facts_in_place_of_certificates_and_rights(record, member):
    over = {"certificates_shown": False, "rights_told": False, "noncooperation": ["entry"]}
    record = fill(record, by=member, **over)
    sign_everything(record, by=member)
    assert fields(record) == ["noncooperation_facts"]
    fieldwork.withdraw_signatures(record, by=member)
    record = fieldwork.save(
        record, {"noncooperation_facts": "敲门后拒绝进入。"}, revision=record.revision, by=member
    )
    sign_everything(record, by=member)
    assert fields(record) == []


def test_without_the_facilitys_signature_a_reason_closes_the_record(record, member, quick_print):
    record = fill(record, by=member)
    for inspector in record.present.all():
        fieldwork.sign(record, "inspector", "", signature(), inspector, by=member)
    assert fields(record) == ["no_signature_reason"]
    record = fieldwork.save(
        record, {"no_signature_reason": "负责人拒绝签名"}, revision=record.revision, by=member
    )
    assert fieldwork.close(record, by=member, now=CLOSED).closed_by == member


def test_every_present_inspector_must_sign(record, visit, member):
    record = fill(record, by=member)
    first, second = (one.inspector for one in visit.members.all())
    fieldwork.sign(record, "inspector", "", signature(), first, by=member)
    fieldwork.sign(record, "facility", "某负责人", signature(), by=member)
    assert fields(record) == [f"signature-{second.pk}"]


def test_closing_ends_the_visit_and_keeps_the_printed_record(visit, member, quick_print):
    record = make_ready_record(visit)
    closed = fieldwork.close(record, by=member, now=CLOSED)
    visit.refresh_from_db()
    assert (closed.closed_at, closed.closed_by) == (CLOSED, member)
    assert (visit.state, visit.ended_on) == (VisitState.TO_REPORT, LEFT.date())
    document = visit.documents.get()
    assert (document.kind, document.template) == ("record", "documents/record/v3.html")
    assert documents.is_intact(document)
    assert [entry.event for entry in trail.about(visit)][:2] == ["生成文书：现场检查记录", "办结现场检查记录"]


def test_the_end_date_is_the_local_day_of_leaving(record, visit, member, quick_print):
    late = dt.datetime(2026, 4, 2, 16, 30, tzinfo=dt.UTC)  # half past midnight of the next day in China
    record = fill(record, by=member, left_at=late, now=late)
    sign_everything(record, by=member)
    fieldwork.close(record, by=member, now=late)
    visit.refresh_from_db()
    assert visit.ended_on == dt.date(2026, 4, 3)


def test_a_failing_printer_loses_nothing(visit, member, monkeypatch):
    def broken(*args):
        raise DomainError("暂时不能生成 PDF")

    record = make_ready_record(visit)
    monkeypatch.setattr(documents, "render_pdf", broken)
    with pytest.raises(DomainError, match="暂时不能生成"):
        fieldwork.close(record, by=member, now=CLOSED)
    visit.refresh_from_db()
    record.refresh_from_db()
    assert (visit.state, record.closed_at, visit.documents.count()) == (VisitState.ON_SITE, None, 0)


def test_a_change_during_printing_stops_the_closing(visit, member, monkeypatch):
    record = make_ready_record(visit)

    def print_slowly(*args):
        fieldwork.save(record, {"witness_name": ""}, revision=record.revision, by=member)
        fieldwork.save(record, {"no_signature_reason": "改了"}, revision=record.revision, by=member)
        return b"%PDF-"

    monkeypatch.setattr(documents, "render_pdf", print_slowly)
    with pytest.raises(DomainError, match="正在修改"):
        fieldwork.close(record, by=member, now=CLOSED)
    assert visit.documents.count() == 0


def test_nothing_is_kept_when_the_last_step_fails(visit, member, monkeypatch, quick_print):
    record = make_ready_record(visit)
    stored = []

    def then_fail(*args, **kwargs):
        document = documents_store(*args, **kwargs)
        stored.append(document.file.name)
        raise RuntimeError("power cut")

    documents_store = documents.store
    monkeypatch.setattr(documents, "store", then_fail)
    with pytest.raises(RuntimeError):
        fieldwork.close(record, by=member, now=CLOSED)
    visit.refresh_from_db()
    assert visit.state == VisitState.ON_SITE
    assert not default_storage.exists(stored[0])


def change_a_finding(record, photo, by):
    row = record.answers.first().row_id
    fieldwork.save(record, {"answers": {row: {"finding": "改"}}}, revision=record.revision, by=by)


VERBS = {
    "save": change_a_finding,
    "save a tick": lambda record, photo, by: fieldwork.save(
        record, {"rights_told": False}, revision=record.revision, by=by
    ),
    "save nothing new": lambda record, photo, by: fieldwork.save(record, {}, revision=0, by=by),
    "attach": lambda record, photo, by: fieldwork.attach(record, None, upload(jpeg()), "another-key", by=by),
    "attach again": lambda record, photo, by: fieldwork.attach(
        record, None, upload(jpeg()), photo.client_key, by=by
    ),
    "detach": lambda record, photo, by: fieldwork.detach(photo, by=by),
    "sign": lambda record, photo, by: fieldwork.sign(
        record, "inspector", "", signature(), record.present.first(), by=by
    ),
    "sign as facility": lambda record, photo, by: fieldwork.sign(
        record, "facility", "他人", signature(), by=by
    ),
    "withdraw signatures": lambda record, photo, by: fieldwork.withdraw_signatures(record, by=by),
    "close": lambda record, photo, by: fieldwork.close(record, by=by, now=CLOSED),
}


@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)
def test_a_closed_record_refuses_every_verb(visit, member, quick_print, verb):
    record = fill(fieldwork.start(visit, by=member, now=ARRIVED), by=member)
    photo = attachments.attach(record, None, upload(jpeg()), "first-key", by=member)
    sign_everything(record, by=member)
    closed = fieldwork.close(record, by=member, now=CLOSED)
    before = snapshot(closed)
    with pytest.raises(DomainError, match="已经办结"):
        verb(closed, photo, member)
    assert snapshot(closed) == before


def snapshot(record):
    return (
        InspectionRecord.objects.filter(pk=record.pk).values().get(),
        list(record.answers.values()),
        list(record.attachments.values()),
        list(record.signatures.values()),
        list(record.visit.documents.values()),
    )


def test_a_closed_visit_cannot_be_started_again(visit, member, quick_print):
    fieldwork.close(make_ready_record(visit), by=member, now=CLOSED)
    with pytest.raises(DomainError, match="不能变为“检查中”"):
        fieldwork.start(visit, by=member, now=CLOSED)


def test_complete_values_is_all_that_a_record_needs(record, member):
    saved = fieldwork.save(record, complete_values(record), revision=0, by=member, now=LEFT)
    sign_everything(saved, by=member)
    assert fields(saved) == []
