"""The record's pages: who sees what, what a hand-made request can and cannot do."""

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inspections import documents, fieldwork
from inspections.models import InspectionRecord
from inspections.states import VisitState
from registries.identifiers import mask_phone
from tests.cast import make_user
from tests.factories import enlist, make_facility, make_inspector, make_item, make_task, make_visit
from tests.factories.fieldwork import (
    ARRIVED,
    LEFT,
    account,
    fill,
    jpeg,
    make_member,
    make_ready_record,
    make_team_visit,
    sign_everything,
    signature,
    upload,
)

JSON = {"HTTP_ACCEPT": "application/json"}
CLOSED = LEFT + dt.timedelta(minutes=10)


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(CLOSED, tick=False):
        yield


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
def page(signed_in, member):
    return signed_in(member)


@pytest.fixture
def quick_print(monkeypatch):
    monkeypatch.setattr(documents, "render_pdf", lambda *args: b"%PDF-1.7")


def address(visit, tail=""):
    return f"/office/visits/{visit.pk}/{tail}"


def form_data(record, **over):
    rows = {f"answers-{pk}": "conforms" for pk in record.answers.values_list("row_id", flat=True)}
    values = {
        "revision": record.revision,
        "section": ["arrival", "site", "rows", "evidence", "noncooperation", "opinion", "signing"],
        "arrived_at": "2026-04-02T09:00",
        "left_at": "2026-04-02T11:00",
        "place": "建设路1号",
        "certificates_shown": "on",
        "rights_told": "on",
        "present": [member.inspector_id for member in record.visit.members.all()],
        "methods": ["实地检查"],
        **rows,
    }
    return values | over


def test_starting_leads_to_the_form(page, visit):
    response = page.post(address(visit, "start/"))
    assert response.url == address(visit, "record/")
    assert "record-form" in page.get(response.url).content.decode()


def test_saving_as_json_tells_revision_and_which_sections_are_complete(page, visit, record):
    answer = page.post(address(visit, "record/save/"), form_data(record), **JSON).json()
    assert (answer["revision"], answer["refusals"]) == (1, [])
    assert answer["sections"] == {
        "arrival": True, "site": True, "rows": True, "evidence": True, "noncooperation": True, "opinion": True,
        "signing": False,
    }  # fmt: skip
    assert answer["values"]["left_at"] == "2026-04-02T11:00"


def test_without_script_the_save_button_does_the_same(page, visit, record):
    response = page.post(
        address(visit, "record/save/"), form_data(record, site_conditions="第一行\r\n第二行")
    )
    assert response.status_code == 302
    record.refresh_from_db()
    assert record.site_conditions == "第一行\n第二行"


def test_a_date_that_is_none_is_named_and_everything_else_is_kept(page, visit, record):
    data = form_data(record, arrived_at="2026-13-40T09:00", opinion="保留")
    answer = page.post(address(visit, "record/save/"), data, **JSON).json()
    assert [name for name, _ in answer["refusals"]] == ["arrived_at"]
    record.refresh_from_db()
    assert (record.arrived_at, record.opinion) == (None, "保留")


def test_a_section_that_was_not_shown_is_not_emptied(page, visit, record, member):
    fill(record, by=member)
    page.post(
        address(visit, "record/save/"),
        {"revision": 1, "section": ["signing"], "witness_name": "某人"},
        **JSON,
    )
    record.refresh_from_db()
    assert (record.place, record.witness_name, record.present.count()) == ("建设路1号", "某人", 2)


def test_a_stale_save_answers_with_what_is_stored(page, visit, record):
    fieldwork.save(record, {"opinion": "同事写的"}, revision=0, by=account(visit, 2))
    response = page.post(address(visit, "record/save/"), form_data(record, opinion="我写的"), **JSON)
    assert response.status_code == 409
    assert "检查员2" in response.json()["error"]
    assert (response.json()["revision"], response.json()["values"]["opinion"]) == (1, "同事写的")


def test_a_stale_save_without_script_shows_the_typed_words_again(page, visit, record):
    fieldwork.save(record, {"opinion": "同事写的"}, revision=0, by=account(visit, 2))
    response = page.post(address(visit, "record/save/"), form_data(record, opinion="我写的"))
    assert response.status_code == 409
    text = response.content.decode()
    assert "我写的" in text
    assert 'name="revision" value="1"' in text


def test_closing_an_incomplete_record_lists_all_problems_with_links(page, visit, record):
    data = form_data(record)
    row = record.answers.first().row_id
    data[f"answers-{row}"] = ""
    response = page.post(address(visit, "record/close/"), data)
    assert response.url == address(visit, "record/?check=1")
    text = page.get(response.url).content.decode()
    links = [
        f"answers-{row}",
        *(f"signature-{one.inspector_id}" for one in visit.members.all()),
        "no_signature_reason",
    ]
    for name in links:
        assert f'<a href="#{name}">' in text
        assert f'id="{name}"' in text
    record.refresh_from_db()
    assert (record.closed_at, record.revision) == (None, 1)


def test_closing_saves_what_the_page_shows_and_ends_the_visit(page, visit, record, member, quick_print):
    fill(record, by=member)
    sign_everything(record, by=member)
    response = page.post(
        address(visit, "record/close/"), {"revision": 1, "section": "signing", "no_signature_reason": ""}
    )
    assert response.url == address(visit)
    visit.refresh_from_db()
    assert (visit.state, visit.ended_on) == (VisitState.TO_REPORT, LEFT.date())


def test_others_of_the_bureau_read_the_record_without_any_field_to_write_in(
    signed_in, approver, visit, record
):
    text = signed_in(approver).get(address(visit, "record/")).content.decode()
    assert "检查内容1" in text
    assert "record-form" not in text
    assert "textarea" not in text


WRITING = ["start/", "record/save/", "record/close/", "record/sign/", "record/withdraw/", "record/photos/"]


@pytest.mark.parametrize("tail", WRITING)
def test_an_inspector_outside_the_team_is_refused(signed_in, county, visit, record, tail):
    stranger = make_member(county, 8).user
    data = {
        "revision": 0,
        "photo": upload(jpeg()),
        "client_key": "some-key",
        "role": "facility",
        "name": "某",
        "image": signature(),
    }
    assert signed_in(stranger).post(address(visit, tail), data).status_code == 403
    assert InspectionRecord.objects.values_list("revision", flat=True).get() == 0


@pytest.mark.parametrize("tail", WRITING)
def test_a_replaced_member_is_refused(signed_in, county, visit, record, tail):
    leaving = visit.members.get(place=2)
    leaving.is_active = False
    leaving.save()
    data = {
        "revision": 0,
        "photo": upload(jpeg()),
        "client_key": "some-key",
        "role": "facility",
        "name": "某",
        "image": signature(),
    }
    assert signed_in(leaving.inspector.user).post(address(visit, tail), data).status_code == 403


@pytest.mark.parametrize("tail", [*WRITING, "record/photos/1/remove/"])
def test_an_inspector_of_another_bureau_finds_nothing(signed_in, neighbour, visit, record, tail):
    other = make_user("bieju", "别局检查员", neighbour, "inspector")
    assert signed_in(other).post(address(visit, tail)).status_code == 404


@pytest.mark.parametrize("tail", ["", "record/", "record/photos/1/", "documents/1/"])
def test_pages_of_another_bureau_are_not_found(signed_in, outsider, visit, record, tail):
    assert signed_in(outsider).get(address(visit, tail)).status_code == 404


def test_the_bureau_above_reads_and_does_not_write(signed_in, city, visit, record):
    above = make_user("shiju.jiancha", "市局检查员", city, "inspector")
    assert signed_in(above).get(address(visit, "record/")).status_code == 200
    assert signed_in(above).post(address(visit, "record/save/"), form_data(record)).status_code == 403


@pytest.mark.parametrize("tail", WRITING)
def test_a_closed_record_refuses_every_post(page, visit, quick_print, tail):
    closed = fieldwork.close(make_ready_record(visit), by=account(visit, 1))
    before = InspectionRecord.objects.values().get()
    data = form_data(
        closed,
        opinion="改",
        photo=upload(jpeg()),
        client_key="some-key",
        role="facility",
        name="某",
        image=signature(),
    )
    response = page.post(address(visit, tail), data, **JSON)
    assert response.status_code == 409
    assert "已经办结" in response.json()["error"] or "不能变为" in response.json()["error"]
    assert InspectionRecord.objects.values().get() == before
    visit.refresh_from_db()
    assert (visit.state, visit.documents.count()) == (VisitState.TO_REPORT, 1)


def test_markup_in_a_finding_stays_text(page, visit, record, member):
    row = record.answers.first().row_id
    evil = "<script>alert(1)</script></textarea><img src=x onerror=alert(1)>"
    fieldwork.save(record, {"answers": {row: {"answer": "violates", "finding": evil}}}, revision=0, by=member)
    text = page.get(address(visit, "record/")).content.decode()
    assert "<script>alert(1)" not in text
    assert "<img src=x" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_a_row_of_another_visit_takes_no_photo(page, visit, record, county, drafter):
    other = make_item(county, drafter, name="另一事项")
    data = {"photo": upload(jpeg()), "client_key": "some-key", "row": other.rows.first().pk}
    assert page.post(address(visit, "record/photos/"), data).status_code == 404


def test_a_photo_comes_back_under_its_own_type_and_may_run_nothing(page, visit, record):
    content = jpeg() + b"<html><script>alert(1)</script>"
    page.post(
        address(visit, "record/photos/"), {"photo": upload(content, "x.html"), "client_key": "some-key"}
    )
    photo = record.attachments.get()
    response = page.get(address(visit, f"record/photos/{photo.pk}/"))
    assert b"".join(response.streaming_content) == content
    assert response["Content-Type"] == "image/jpeg"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert page.get(address(visit, f"record/photos/{photo.pk}/?small=1"))["Content-Type"] == "image/jpeg"


def test_a_photo_of_another_visit_is_not_found_under_this_one(page, visit, record, member, county, drafter):
    photo = fieldwork.attach(record, None, upload(jpeg()), "some-key", by=member)
    other = make_visit(
        visit.draw.task, make_facility(county, 2), [make_inspector(county, 9)], by=drafter, position=2
    )
    assert page.get(address(other, f"record/photos/{photo.pk}/")).status_code == 404


def test_a_document_is_a_download_of_the_kept_bytes(signed_in, approver, visit, quick_print):
    fieldwork.close(make_ready_record(visit), by=account(visit, 1))
    document = visit.documents.get()
    response = signed_in(approver).get(address(visit, f"documents/{document.pk}/"))
    assert b"".join(response.streaming_content) == b"%PDF-1.7"
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].startswith("attachment;")
    assert response["X-Content-Type-Options"] == "nosniff"


def test_the_facilitys_phone_is_masked_on_every_page_of_the_visit(signed_in, drafter, approver, page, visit):
    phone = visit.facility.phone
    for client in (page, signed_in(drafter), signed_in(approver)):
        for place in (address(visit), "/office/visits/", "/office/visits/?mine=on"):
            assert phone not in client.get(place).content.decode()
    assert mask_phone(phone) in page.get(address(visit)).content.decode()


def test_a_member_presses_for_the_phone_and_no_store_keeps_it(page, visit):
    assert address(visit, "contact/") in page.get(address(visit)).content.decode()
    answer = page.post(address(visit, "contact/"))
    assert f'href="tel:{visit.facility.phone}"' in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    text = page.get(address(visit)).content.decode()
    assert "查看机构联系电话" in text
    assert visit.facility.phone not in text


def test_others_are_offered_no_phone_and_refused_one(signed_in, county, drafter, approver, visit):
    for user in (drafter, approver, make_member(county, 8).user):
        client = signed_in(user)
        assert address(visit, "contact/") not in client.get(address(visit)).content.decode()
        assert client.post(address(visit, "contact/")).status_code == 403


def test_the_phone_is_no_longer_offered_after_the_visit(page, visit):
    visit.state = VisitState.TO_REPORT
    visit.save()
    assert address(visit, "contact/") not in page.get(address(visit)).content.decode()
    answer = page.post(address(visit, "contact/"), **JSON)
    assert answer.status_code == 409
    assert visit.facility.phone not in answer.content.decode()


def test_filters_narrow_the_list(signed_in, county, drafter, visit, member):
    make_visit(
        visit.draw.task, make_facility(county, 2, name="东风药房"), [make_inspector(county, 9)], by=drafter,
        position=2, state=VisitState.ON_SITE,
    )  # fmt: skip
    client = signed_in(member)

    def names(query):
        return [one.facility.name for one in client.get(f"/office/visits/?{query}").context["page"]]

    assert names("") == ["第1诊所", "东风药房"]
    assert names("q=东风") == ["东风药房"]
    assert names("state=on_site") == ["东风药房"]
    assert names("mine=on") == ["第1诊所"]
    assert names("state=nonsense&draw=x") == ["第1诊所", "东风药房"]


def test_the_list_asks_as_many_questions_for_three_visits_as_for_one(
    signed_in, county, drafter, visit, member
):
    client = signed_in(member)
    client.get("/office/visits/")

    def count():
        with CaptureQueriesContext(connection) as captured:
            client.get("/office/visits/")
        return len(captured)

    one = count()
    for position in (2, 3):
        make_visit(
            visit.draw.task, make_facility(county, position), [make_inspector(county, 10 + position)], by=drafter,
            position=position,
        )  # fmt: skip
    assert count() == one


def test_staff_schedule_and_choose_the_leader_on_the_visit_page(signed_in, drafter, visit):
    client = signed_in(drafter)
    second = visit.members.get(place=2).inspector
    client.post(address(visit, "schedule/"), {"planned_on": "2026-05-06"})
    client.post(address(visit, "leader/"), {"leader": second.pk})
    visit.refresh_from_db()
    assert (visit.planned_on, visit.leader) == (dt.date(2026, 5, 6), second)
    text = client.get(address(visit)).content.decode()
    assert "确定检查组组长" in text
    assert "安排检查日期" in text


@pytest.mark.parametrize(
    ("tail", "data"), [("schedule/", {"planned_on": "2026-02-30"}), ("leader/", {"leader": "77"})]
)
def test_nonsense_in_a_decision_is_answered_in_words(signed_in, drafter, visit, tail, data):
    response = signed_in(drafter).post(address(visit, tail), data, **JSON)
    assert response.status_code == 409
    visit.refresh_from_db()
    assert visit.planned_on is None


def test_staff_assign_a_team_where_the_task_says_so(signed_in, county, drafter):
    task = make_task(county, drafter, items=[make_item(county, drafter)], assignment="assigned")
    visit = make_visit(task, make_facility(county, 1), [], by=drafter)
    people = [enlist(visit.draw, make_inspector(county, n)) for n in (3, 4)]
    client = signed_in(drafter)
    response = client.post(address(visit, "assign/"), {"inspectors": [people[0].pk]})
    assert "不得少于2人" in response.content.decode()
    client.post(address(visit, "assign/"), {"inspectors": [one.pk for one in people]})
    assert list(visit.members.values_list("inspector", flat=True)) == [one.pk for one in people]


@pytest.mark.parametrize("number", ["9" * 30, "9" * 5000, "x"])
@pytest.mark.parametrize(
    ("tail", "name"), [("save", "revision"), ("close", "revision"), ("sign", "inspector")]
)
def test_a_forged_number_is_refused_in_words(page, visit, record, number, tail, name):
    answer = page.post(address(visit, f"record/{tail}/"), form_data(record) | {name: number}, **JSON)
    assert answer.status_code in (302, 409)


def test_a_photo_of_a_forged_row_is_kept_with_the_record(page, visit, record):
    data = {"photo": upload(jpeg()), "client_key": "photo-0001", "row": "9" * 30}
    assert page.post(address(visit, "record/photos/"), data, **JSON).status_code == 200
    assert record.attachments.get().row is None


@pytest.mark.parametrize("tail", ["record/photos/", "record/sign/"])
def test_invisible_characters_in_a_name_or_caption_are_refused(page, visit, record, tail):
    image = {"photo": upload(jpeg()), "client_key": "photo-0001", "image": signature()}
    data = image | {"role": "facility", "name": "王\0五", "caption": "货\0架"}
    assert "看不见的字符" in page.post(address(visit, tail), data, **JSON).json()["error"]


@pytest.mark.parametrize("year", ["0001", "9999"])
def test_a_moment_outside_the_calendar_is_named_and_everything_else_is_kept(page, visit, record, year):
    far = {"arrived_at": f"{year}-01-01T00:00", "certificates_shown": f"{year}-01-01T00:00:00+14:00"}
    data = form_data(record, **far) | {"place": "二楼药房"}
    answer = page.post(address(visit, "record/save/"), data, **JSON)
    record.refresh_from_db()
    assert (record.place, record.arrived_at, record.certificates_shown_at) == ("二楼药房", None, CLOSED)
    assert f"{int(year)}年不可能是检查的年份" in str(answer.json()["refusals"])


def test_a_draw_number_beyond_any_filters_nothing(page, visit):
    assert page.get("/office/visits/", {"draw": "9" * 30}).status_code == 200
