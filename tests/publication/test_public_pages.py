"""What a citizen finds without signing in (F3, F4, A8), and that looking changes nothing."""

import datetime as dt
import hashlib
import json

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inspections import draws, plans
from inspections.models import PlanTask, WinnersShown
from inspections.verify_draw import first_difference
from publication import notices
from publication.views.public import open_page
from registries import items
from registries.checklists import Row
from registries.models import Bureau, Facility, LegalSource
from registries.readonly import WriteRefused
from tests.factories import NOW, make_facility, make_inspector, make_item, make_task
from tests.factories.draws import (
    drawable_task,
    end_visit,
    finished_draw,
    held_draw,
    person,
    sealed_draw,
    voided_draw,
)
from tests.factories.published import correct_result, publish_result
from tests.inspections import planning

LISTS = ["items", "plans", "facilities", "inspectors", "draws", "results", "corrections"]


@pytest.fixture
def task(county):
    return drawable_task(county)


@pytest.fixture
def finished(task):
    return finished_draw(task)


@pytest.fixture
def notice(finished):
    return publish_result(finished.visits.first(), results=["corrected"], handling="当场纠正")


def page(client, name, *args, **query):
    response = client.get(reverse(f"public:{name}", args=args), query)
    assert response.status_code == 200
    return response.content.decode()


# Front door


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["home", "search", *LISTS, "data", "feed"])
def test_an_empty_site_opens(client, name):
    assert page(client, name)


def test_the_home_page_counts_what_there_is_and_shows_the_latest_result(client, notice):
    response = client.get("/")
    assert response.context["counts"] == {
        "items": 1, "plans": 1, "facilities": 12, "inspectors": 5, "draws": 1, "results": 1, "corrections": 0,
    }  # fmt: skip
    assert list(response.context["latest"]) == [notice]


def test_public_pages_are_cached_for_a_minute_and_set_no_cookie(client, notice):
    response = client.get("/")
    assert response["Cache-Control"] == "public, max-age=60"
    assert "Cookie" not in response.get("Vary", "")
    assert response.cookies == {}


def test_the_public_site_looks_the_same_to_somebody_signed_in(client, signed_in, drafter, notice):
    assert signed_in(drafter).get("/").content == client.get("/").content


@pytest.mark.parametrize("name", LISTS)
def test_head_answers_and_post_does_not(client, db, name):
    address = reverse(f"public:{name}")
    assert client.head(address).status_code == 200
    assert client.head(address).content == b""
    assert client.post(address).status_code == 404


@pytest.mark.django_db
def test_a_public_view_that_tries_to_write_is_stopped(county):
    @open_page
    def careless(request):
        Bureau.objects.update(name="改名")
        return HttpResponse()

    with pytest.raises(WriteRefused), transaction.atomic():
        careless(RequestFactory().get("/"))
    county.refresh_from_db()
    assert county.name == "卫东区医疗保障局"


@pytest.mark.parametrize(
    "query",
    [
        {"page": "abc"},
        {"page": "0"},
        {"page": "99999999999999999999"},
        {"page": "-1", "q": "%_\\'\""},
        {"q": "a\x00b"},
        {"q": "长" * 60_000},
        {"bureau": "\x00", "kind": "no such", "year": "1e999", "state": "x"},
        {"since": "0000-99-99", "until": "9999-12-31", "year": "NaN", "version": "\x00"},
        {"large": "1", "bureau": "999999"},
    ],
    ids=lambda query: "-".join(query) + f"-{len(str(query))}",
)
def test_odd_parameters_give_a_page(client, county, query):
    make_facility(county, 1)
    for name in ("search", *LISTS):
        assert page(client, name, **query)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    [
        "/items/1/", "/plans/1/", "/facilities/H00000000000/", "/draws/1/", "/draws/1/seal.json",
        "/draws/1/evidence.json", "/results/1/", "/data/users.json", "/data/items.exe",
        "/items/99999999999999999999999/", "/draws/99999999999999999999999/", "/results/99999999999999999999999/", "/facilities/%00/",
    ],
)  # fmt: skip
def test_what_does_not_exist_is_not_found(client, address):
    assert client.get(address).status_code == 404


# Lists


def test_twenty_five_rows_and_the_rest_keep_filters_and_large_type(client, county):
    for n in range(1, 28):
        make_facility(county, n, kind="pharmacy")
    text = page(client, "facilities", kind="pharmacy", large="1")
    assert text.count('<th scope="row"') == 25
    assert 'href="?kind=pharmacy&amp;large=1&amp;page=2"' in text
    assert page(client, "facilities", kind="pharmacy", page=2).count('<th scope="row"') == 2


def test_a_bureau_brings_those_below_it(client, county, neighbour):
    ours, theirs = make_facility(county, 1, name="我县诊所"), make_facility(neighbour, 2, name="邻县诊所")

    def shown(bureau):
        response = client.get("/facilities/", {"bureau": bureau.code})
        return list(response.context["page"])

    assert shown(county) == [ours]
    assert shown(neighbour) == [theirs]
    assert set(shown(county.parent)) == {ours, theirs}


def test_a_single_bureau_is_no_filter(client, province):
    assert "bureau" not in client.get("/facilities/").context["form"].fields


@pytest.mark.parametrize("name", ["home", *LISTS, "data"])
def test_lists_ask_as_often_for_three_rows_as_for_one(client, county, drafter, name):
    def story(n):
        task = drawable_task(
            county, grades="AAAA", inspectors=2, items=[make_item(county, drafter, f"事项{n}")]
        )
        visit = held_draw(task, now=NOW + dt.timedelta(days=n)).visits.first()
        correct_result(publish_result(end_visit(visit)), f"更正{n}")

    def asked():
        with CaptureQueriesContext(connection) as queries:
            page(client, name)
        return len(queries)

    story(1)
    once = asked()
    story(2)
    story(3)
    assert asked() == once


# 一单两库 and plans


def test_a_draft_of_an_item_is_nowhere(client, county, drafter):
    draft = make_item(county, drafter, "起草中的事项", state="draft", published_at=None, published_by=None)
    assert "起草中的事项" not in page(client, "items")
    assert client.get(reverse("public:item", args=[draft.item_id])).status_code == 404


def test_an_item_keeps_its_history_with_dates(client, county, drafter):
    old = make_item(county, drafter, legal_basis="旧依据")
    draft = items.draft_version(
        old.item,
        {"legal_basis": "新依据", "inspecting_body": "本局"},
        [Row("新内容")],
        by=drafter,
        now=NOW,
    )
    items.publish(draft, effective_from=dt.date(2026, 6, 1), by=drafter, now=NOW)
    text = page(client, "item", old.item_id)
    assert "新依据" in text
    assert "旧依据" not in text
    assert "2026-05-31" in text
    assert "旧依据" in page(client, "item", old.item_id, version=1)


def test_a_law_that_has_ended_and_rows_that_decide_alone_are_told_to_everybody(client, county, drafter):
    values = {"legal_basis": "《旧办法》第一条", "inspecting_body": "本局"}
    draft = items.draft_item(county, "药店检查", values, [Row("人证相符", is_veto=True)], by=drafter, now=NOW)
    items.publish(draft, effective_from=NOW.date(), by=drafter, now=NOW)
    before = page(client, "item", draft.item_id)
    LegalSource.objects.update(valid_until=dt.date(2020, 12, 31))
    after = page(client, "item", draft.item_id)
    assert [("届满" in text, "（否决项）" in text) for text in (before, after)] == [
        (False, True),
        (True, True),
    ]


def test_an_unpublished_plan_is_nowhere(client, county, drafter):
    plan, _ = planning.submitted(county, drafter)
    assert plan.title not in page(client, "plans")
    assert client.get(reverse("public:plan", args=[plan.pk])).status_code == 404


def test_an_adjusted_plan_shows_why_and_what_changed(client, county, drafter, approver):
    first = planning.published(county, drafter, approver)
    second = plans.adjust(first, reason="机构数量有变化", by=drafter, now=NOW)
    plans.add_task(
        second, planning.task_values(*first.tasks.first().items.all(), name="新增的任务"), by=drafter, now=NOW
    )
    second.refresh_from_db()
    assert client.get(reverse("public:plan", args=[second.pk])).status_code == 404
    planning.through(second, plans.submit(second, by=drafter, now=NOW), drafter, approver)
    text = page(client, "plan", second.pk)
    assert "机构数量有变化" in text
    assert "新增任务“新增的任务”" in text
    assert "这一版已被调整替代" in page(client, "plan", first.pk)


def test_a_plan_leads_to_its_draws(client, finished):
    assert finished.number in page(client, "plan", finished.task.plan_id)


def test_a_retired_inspector_leaves_the_public_registry(client, county):
    make_inspector(county, 1)
    make_inspector(county, 2, status="retired")
    text = page(client, "inspectors")
    assert "410403-001" in text
    assert "410403-002" not in text
    assert "2029年" in text


# Draws


def test_a_sealed_draw_is_public_at_once(client, task):
    draw = sealed_draw(task)
    text = page(client, "draw", draw.pk)
    for start in range(0, 64, 4):
        assert f"<span>{draw.seal_digest[start : start + 4]}</span>" in text
    assert "名单已封存，尚未抽取" in text


def test_the_seal_is_served_as_the_bytes_that_were_hashed(client, task):
    draw = sealed_draw(task)
    response = client.get(reverse("public:seal", args=[draw.pk]))
    assert hashlib.sha256(response.content).hexdigest() == draw.seal_digest


def test_a_draw_page_says_why_some_were_left_out(client, county):
    task = drawable_task(county, grades="AAAAAA", inspectors=4)
    Facility.objects.filter(insurance_code__endswith="1").update(agreement_status="suspended")
    make_inspector(county, 9, status="suspended")
    response = client.get(reverse("public:draw", args=[sealed_draw(task).pk]))
    assert response.context["counts"] == {
        "facilities": [("进入抽取名单", 5), ("协议已中止", 1)],
        "inspectors": [("进入抽取名单", 4), ("已暂停或退出", 1)],
    }


def test_winners_wait_for_the_visits_unless_the_plan_says_at_once(client, county, task):
    draw = held_draw(task)
    name = draw.visits.first().facility.name
    assert f">{name}</a>" not in page(client, "draw", draw.pk)
    PlanTask.objects.filter(pk=task.pk).update(winners_shown=WinnersShown.AT_ONCE)
    assert f">{name}</a>" in page(client, "draw", draw.pk)


def test_teams_wait_for_the_visits_even_where_winners_do_not(client, county, task):
    PlanTask.objects.filter(pk=task.pk).update(winners_shown=WinnersShown.AT_ONCE)
    draw = held_draw(task)
    assert "410403-00" not in page(client, "draw", draw.pk)
    for visit in draw.visits.all():
        end_visit(visit)
    assert "410403-00" in page(client, "draw", draw.pk)


def test_evidence_is_promised_before_and_given_after_the_last_visit(client, task):
    draw = held_draw(task)
    address = reverse("public:evidence", args=[draw.pk])
    response = client.get(address)
    assert response.status_code == 404
    assert "证据文件在检查结束后公布" in response.content.decode()
    for visit in draw.visits.all():
        end_visit(visit)
    given = client.get(address)
    assert given.status_code == 200
    assert first_difference(json.loads(given.content), expected_seal_digest=draw.seal_digest) is None


def test_a_substitution_is_told_by_codes(client, finished):
    out = finished.visits.first().substitutions.get()
    text = page(client, "draw", finished.pk)
    assert f"{out.outgoing.code} 因工作冲突调换为 {out.incoming.code}" in text


def test_a_void_stays_public_with_reason_and_two_names(client, county, task):
    draw = voided_draw(sealed_draw(task))
    text = page(client, "draw", draw.pk)
    assert "封存后发现名录库有误" in text
    assert f"提出：{person(county, 'staff').display_name}" in text
    assert f"批准：{person(county, 'supervisor').display_name}" in text


def test_a_reason_for_a_void_that_nobody_approved_is_not_public(client, county, task):
    draw = sealed_draw(task)
    draws.propose_void(draw, reason="只是提议", by=person(county, "staff"), now=NOW + dt.timedelta(minutes=1))
    assert "只是提议" not in page(client, "draw", draw.pk)
    downloaded = b"".join(client.get("/data/draws.json").streaming_content).decode()
    assert "只是提议" not in downloaded


# Results and search


def test_a_result_says_what_was_checked_found_done_by_whom_when_and_how_to_object(client, notice):
    text = page(client, "result", notice.visit_id)
    for words in (
        "对定点医保机构的监督检查", "发现问题已责令改正", notice.content["summary"], "当场纠正", "卫东区医疗保障局",
        "2026-04-20", "2026-04-27", "请向卫东区医疗保障局书面提出",
    ):  # fmt: skip
        assert words in text


def test_a_notice_is_not_public_before_it_is_published(client, finished):
    visit = finished.visits.first()
    assert client.get(reverse("public:result", args=[visit.pk])).status_code == 404
    assert "还没有公示的抽查结果" in page(client, "results")


def test_a_correction_stands_beside_the_old_text_with_its_reason(client, notice):
    old = notice.content["summary"]
    correct_result(notice, "更正后的情况。", reason="原数字有误")
    text = page(client, "result", notice.visit_id)
    for words in (old, "更正后的情况。", "原数字有误"):
        assert words in text
    assert "原数字有误" in page(client, "corrections")
    assert page(client, "results").count('<th scope="row"') == 1


def test_a_correction_that_is_not_published_yet_is_not_public(client, notice, county):
    notices.correct(
        notice, {"summary": "待复核的更正"}, reason="尚未复核", by=person(county, "staff"), now=NOW
    )
    assert "待复核的更正" not in page(client, "result", notice.visit_id)
    assert "尚未复核" not in page(client, "corrections")


def test_a_facility_is_found_by_part_of_its_name_or_code_with_its_results(client, notice):
    facility = notice.visit.facility
    for text in (facility.name, facility.insurance_code[:12], facility.social_credit_code):
        found = client.get("/search/", {"q": text}).context["facilities"]
        assert (facility, [notice]) in found


def test_a_draw_and_a_task_are_found_by_number_typed_with_any_brackets(client, finished):
    for text in ("卫医保抽〔2026〕1号", "卫医保抽[2026]1号", "卫医保抽（2026）1号"):
        assert client.get("/search/", {"q": text}).context["draws"] == [finished]
    assert client.get("/search/", {"q": "抽查【2026】1号"}).context["tasks"] == [finished.task]


def test_one_character_is_too_little_to_search_for(client, notice):
    assert "请至少输入两个字" in page(client, "search", q="所")


def test_wildcards_are_searched_for_as_they_are(client, county):
    make_facility(county, 1)
    assert not client.get("/search/", {"q": "%%"}).context["found"]
    assert not client.get("/search/", {"q": "第_诊所"}).context["found"]


def test_a_long_draw_shows_its_winners_in_pages(client, county):
    task = drawable_task(county, grades="A" * 104, inspectors=3)
    draw = held_draw(task)
    for visit in draw.visits.all():
        end_visit(visit)
    assert [len(client.get(f"/draws/{draw.pk}/", {"page": n}).context["winners"]) for n in (1, 2)] == [50, 2]


def test_a_plan_of_tasks_asks_as_often_for_three_as_for_one(client, county, drafter):
    item = make_item(county, drafter)
    make_task(county, drafter, items=[item])
    plan = county.plans.get()

    def asked():
        with CaptureQueriesContext(connection) as queries:
            page(client, "plan", plan.pk)
        return len(queries)

    once = asked()
    make_task(county, drafter, items=[item])
    make_task(county, drafter, items=[item])
    assert asked() == once
