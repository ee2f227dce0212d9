"""Documents are printed once; their bytes and digest are kept, and share the fate of the decision they record."""

import datetime as dt
import hashlib

import pytest
from django.core.files.storage import default_storage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse

from inspections import documents, fieldwork, filing, record_print
from inspections.attachments import attach
from inspections.models import Document
from tests.factories import make_item
from tests.factories.fieldwork import (
    ARRIVED,
    LEFT,
    account,
    fill,
    jpeg,
    make_ready_record,
    make_team_visit,
    sign_everything,
    stored,
    upload,
)

CLOSED = LEFT + dt.timedelta(minutes=10)


@pytest.fixture
def visit(county, drafter):
    return make_team_visit(county, drafter)


@pytest.fixture
def quick_print(monkeypatch):
    monkeypatch.setattr(documents, "render_pdf", lambda *args: b"%PDF-1.7")


def words(record, by):
    """What the printed record says, as HTML."""
    context, pictures = record_print.context(record, closed_by=by, closed_at=CLOSED)
    return render_to_string(documents.TEMPLATES["record"], context), pictures


def test_a_frozen_document_keeps_bytes_digest_size_and_template(visit, drafter, quick_print):
    document = documents.store("record", visit, documents.render("record", {}), by=drafter, now=CLOSED)
    assert stored(document) == b"%PDF-1.7"
    assert document.sha256 == hashlib.sha256(b"%PDF-1.7").hexdigest()
    assert (document.size, document.template) == (8, "documents/record/v3.html")
    assert (document.made_by, document.made_at) == (drafter, CLOSED)


def test_changed_bytes_are_noticed(visit, drafter, quick_print):
    document = documents.store("record", visit, documents.render("record", {}), by=drafter)
    assert documents.is_intact(document)
    with default_storage.open(document.file.name, "wb") as file:
        file.write(b"%PDF-1.8")
    assert not documents.is_intact(document)


def test_a_file_that_the_storage_lost_is_told_in_words(visit, drafter, quick_print, signed_in):
    document = documents.store("record", visit, documents.render("record", {}), by=drafter)
    default_storage.delete(document.file.name)
    answer = signed_in(drafter).get(reverse("inspections:document", args=[visit.pk, document.pk]))
    assert answer.status_code == 409
    assert "暂时读不到" in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_file_vanishes_with_the_transaction_that_wrote_it():
    names = []

    def write_and_fail():
        with transaction.atomic():
            names.append(filing.keep("documents/test/a.pdf", b"a"))
            assert default_storage.exists(names[0])
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        write_and_fail()
    assert not default_storage.exists(names[0])


@pytest.mark.django_db(transaction=True)
def test_a_file_stays_when_its_transaction_is_committed_and_only_the_undone_part_goes():
    with transaction.atomic():
        kept = filing.keep("documents/test/kept.pdf", b"kept")
        try:
            with transaction.atomic():
                undone = filing.keep("documents/test/undone.pdf", b"undone")
                raise RuntimeError("undone")
        except RuntimeError:
            pass
    assert default_storage.exists(kept)
    assert not default_storage.exists(undone)


def test_the_printed_record_says_everything_that_was_written(visit, drafter):
    member = account(visit, 1)
    record = fieldwork.start(visit, by=member, now=ARRIVED)
    row = record.answers.first().row
    photo = attach(record, row, upload(jpeg()), "key-0001", "过期药品", by=member)
    answers = {one.row_id: {"answer": "conforms"} for one in record.answers.all()}
    answers[row.pk] = {"answer": "violates", "finding": "账册缺三月"}
    record = fill(
        record,
        by=member,
        answers=answers,
        site_conditions="两人在岗",
        materials="进货台账一册",
        preservation="先行登记保存",
        noncooperation=["untrue"],
        noncooperation_facts="起初称没有账册",
        opinion="责令改正",
        methods=["实地检查", "大数据分析"],
    )
    sign_everything(record, by=member)
    text, pictures = words(record, member)
    said = [
        "卫东区医疗保障局", "现场检查记录", visit.draw.number, visit.facility.name, visit.facility.insurance_code,
        "建设路1号", "2026-04-02 09:00", "2026-04-02 11:00", "两人在岗", "进货台账一册", "先行登记保存", "起初称没有账册",
        "责令改正", "实地检查；大数据分析", "检查内容1", "不符合", "账册缺三月", "附照片1张", "过期药品", "检查员1", "检查员2",
        "16040300001", "16040300002", "某负责人", "检查组组长",
        "2026年4月2日 11:10",
    ]  # fmt: skip
    assert [phrase for phrase in said if phrase not in text] == []
    assert photo.sha256[:8] in text
    signed = {f"signature-{one.pk}" for one in record.signatures.all()}
    assert set(pictures) == signed | {f"photo-{photo.pk}"}
    assert all(f"attachment:{name}" in text for name in pictures)


def test_a_removed_photo_is_not_printed(visit):
    member = account(visit, 1)
    record = fieldwork.start(visit, by=member, now=ARRIVED)
    photo = attach(record, None, upload(jpeg()), "key-0001", "误拍", by=member)
    fieldwork.detach(photo, by=member)
    text, pictures = words(record, member)
    assert "误拍" not in text
    assert pictures == {}


def test_without_the_facilitys_signature_the_reason_is_printed(visit):
    member = account(visit, 1)
    record = fill(
        fieldwork.start(visit, by=member, now=ARRIVED), by=member, no_signature_reason="负责人不在，店员拒签"
    )
    assert "未签章，原因：负责人不在，店员拒签" in words(record, member)[0]


def test_markup_is_printed_as_text(visit):
    member = account(visit, 1)
    record = fieldwork.start(visit, by=member, now=ARRIVED)
    row = record.answers.first().row_id
    evil = '<img src="file:///etc/passwd"><link rel=attachment href="file:///etc/passwd">'
    record = fill(
        record,
        by=member,
        place=evil,
        answers={row: {"answer": "violates", "finding": evil}},
        opinion=evil,
        no_signature_reason=evil,
    )
    text, _ = words(record, member)
    assert evil not in text
    assert text.count("&lt;img src=&quot;file:///etc/passwd&quot;&gt;") == 4


def test_the_real_printer_makes_a_document_of_the_closed_record(visit):
    member = account(visit, 1)
    record = fieldwork.start(visit, by=member, now=ARRIVED)
    attach(record, None, upload(jpeg()), "key-0001", by=member)
    record = fill(record, by=member, opinion="责令改正，喆堃昇䶮")
    sign_everything(record, by=member)
    fieldwork.close(record, by=member, now=CLOSED)
    document = Document.objects.get()
    content = stored(document)
    assert content.startswith(b"%PDF-")
    assert content.rstrip().endswith(b"%%EOF")
    assert documents.is_intact(document)


def test_the_rows_of_several_items_stand_in_one_record(county, drafter, visit):
    task = visit.draw.task
    task.items.add(make_item(county, drafter, name="基金使用检查", rows=2))
    record = make_ready_record(visit)
    text, _ = words(record, account(visit, 1))
    assert record.answers.count() == 5
    assert text.index("对定点医保机构的监督检查") < text.index("基金使用检查")
