"""The item list where it is used: plans and draws take what counts (A2, A7), warn of lapsed laws, obey veto rows."""

import datetime as dt

import pytest
from django.template.loader import render_to_string
from django.urls import reverse

from inspections import documents, draws, plans, record_print, reports
from inspections.forms.plans import TaskForm
from inspections.models import Answer
from registries import items, legal_sources
from registries.checklists import Row
from registries.models import LegalSource
from tests.cast import refused
from tests.factories import NOW
from tests.factories.draws import drawable_task
from tests.factories.fieldwork import LEFT, make_ready_record, make_team_visit
from tests.inspections import planning

pytestmark = pytest.mark.django_db

TODAY = NOW.date()
VALUES = {"legal_basis": "《条例》第三条\n《旧办法》", "inspecting_body": "局"}
ROWS = [Row("人证相符"), Row("药师在岗")]
LAPSED = "抽查事项“药店检查”的依据：《旧办法》的有效期已于 2026-03-31 届满。"


def published(version, by, on=TODAY):
    return items.publish(version, effective_from=on, by=by, now=NOW)


@pytest.fixture(autouse=True)
def now(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def above(city, city_staff):
    return published(items.draft_item(city, "药店检查", VALUES, ROWS, by=city_staff, now=NOW), city_staff)


@pytest.fixture
def ours(above, drafter):
    return published(items.supplement(above.item, {}, [*ROWS, Row("本区要求")], by=drafter, now=NOW), drafter)


def repeal(city, city_staff):
    source = LegalSource.objects.get(bureau=city, title="旧办法")
    values = {"valid_until": dt.date(2026, 3, 31)}
    legal_sources.amend(source, values, revision=1, by=city_staff, now=NOW)


def test_the_plan_form_offers_what_counts_and_never_a_draft(above, ours, county, drafter):
    items.draft_version(ours.item, items.values_of(ours), [*ROWS, Row("草稿")], by=drafter, now=NOW)
    items.draft_item(county, "没有公布的事项", VALUES, by=drafter, now=NOW)
    plan = plans.draft(county, 2026, planning.WORDS, by=drafter, now=NOW)
    assert list(TaskForm(plan=plan).fields["items"].queryset) == [ours]


def test_what_a_supplement_replaces_is_not_planned(above, ours, county, drafter):
    plan = plans.draft(county, 2026, planning.WORDS, by=drafter, now=NOW)
    message = refused(plans.add_task, plan, planning.task_values(above), by=drafter, now=NOW)
    assert "不是现行已公布的抽查事项" in message


def test_an_overtaken_supplement_is_drawn_until_the_day_of_the_version_above(
    above, ours, county, drafter, city_staff
):
    stricter = items.draft_version(above.item, VALUES, [*ROWS, Row("第三项")], by=city_staff, now=NOW)
    published(stricter, city_staff, TODAY + dt.timedelta(10))
    task = drawable_task(county, by=drafter, items=[ours])
    on_the_day = NOW + dt.timedelta(10)
    assert draws.sealable([task], now=NOW) == [(task, 1)]
    assert draws.sealable([task], now=on_the_day) == []
    message = refused(draws.seal, task, 1, by=drafter, now=on_the_day)
    assert "上级版本已经变化" in message
    assert "删去或改动了检查内容“第三项”" in message


def test_whoever_plans_and_approves_is_warned_of_a_lapsed_law(
    above, county, city, drafter, approver, city_staff, signed_in
):
    plan, approval = planning.submitted(county, drafter, item=above)
    pages = [
        (drafter, reverse("inspections:plan", args=[plan.pk])),
        (approver, reverse("inspections:approval", args=[approval.pk])),
    ]
    assert [LAPSED in signed_in(who).get(page).content.decode() for who, page in pages] == [False] * 2
    repeal(city, city_staff)
    assert [LAPSED in signed_in(who).get(page).content.decode() for who, page in pages] == [True] * 2


def test_a_lapsed_law_is_warned_of_before_a_draw_and_stops_nothing(
    above, county, city, drafter, city_staff, signed_in
):
    task = drawable_task(county, by=drafter, items=[above])
    repeal(city, city_staff)
    page = signed_in(drafter).get(reverse("inspections:draw_new", args=[task.pk]))
    assert LAPSED in page.content.decode()
    assert draws.seal(task, 1, by=drafter, now=NOW).pk


@pytest.fixture
def replaced(county, drafter):
    """The first of two versions; the second is published for ten days ahead when called."""
    old = published(items.draft_item(county, "诊所检查", VALUES, ROWS, by=drafter, now=NOW), drafter)
    new = items.draft_version(old.item, VALUES, [*ROWS, Row("第三项")], by=drafter, now=NOW)
    return old, lambda: published(new, drafter, TODAY + dt.timedelta(10))


NEWER = "“诊所检查”已有新版本（第2版，自 2026-04-11 起施行），本计划仍按第1版"


def test_whoever_plans_and_approves_sees_that_an_item_has_a_newer_version(
    replaced, county, drafter, approver, signed_in
):
    old, publish_the_newer = replaced
    plan, approval = planning.submitted(county, drafter, item=old)
    pages = [
        (drafter, reverse("inspections:plan", args=[plan.pk])),
        (approver, reverse("inspections:approval", args=[approval.pk])),
    ]
    assert [NEWER in signed_in(who).get(page).content.decode() for who, page in pages] == [False] * 2
    publish_the_newer()
    assert [NEWER in signed_in(who).get(page).content.decode() for who, page in pages] == [True] * 2


def test_whoever_seals_sees_that_an_item_has_a_newer_version_and_seals_on_the_planned_one(
    replaced, county, drafter, signed_in
):
    old, publish_the_newer = replaced
    task = drawable_task(county, by=drafter, items=[old])
    page = reverse("inspections:draw_new", args=[task.pk])
    assert NEWER not in signed_in(drafter).get(page).content.decode()
    publish_the_newer()
    assert NEWER in signed_in(drafter).get(page).content.decode()
    assert list(draws.seal(task, 1, by=drafter, now=NOW).task.items.all()) == [old]


def test_a_plan_on_the_newest_version_or_on_one_withdrawn_since_is_told_of_no_newer_one(county, drafter):
    first = published(items.draft_item(county, "诊所检查", VALUES, ROWS, by=drafter, now=NOW), drafter)
    assert items.replaced([first]) == []
    second = items.draft_version(first.item, VALUES, ROWS, by=drafter, now=NOW)
    published(second, drafter, TODAY + dt.timedelta(10))
    assert items.replaced([first, second, first]) == [(first, second)]
    second.refresh_from_db()
    items.withdraw(second, reason="暂缓", by=drafter, now=NOW)
    assert items.replaced([first]) == []


@pytest.fixture
def vetoed(county, drafter):
    """A record of two items; the veto row of the first was violated, an ordinary one of the second."""
    visit = make_team_visit(county, drafter, rows=2)
    rows = [Row("药师在岗", is_key=True), Row("人证相符", is_veto=True)]
    version = published(items.draft_item(county, "药店检查", VALUES, rows, by=drafter, now=NOW), drafter)
    visit.draw.task.items.add(version)
    record = make_ready_record(visit)
    answers = list(record.answers.all())
    for answer in (answers[0], next(one for one in answers if one.row.is_veto)):
        record.answers.filter(pk=answer.pk).update(answer=Answer.VIOLATES, finding="不符")
    return record


def test_one_veto_row_decides_its_item_and_no_other(vetoed):
    assert reports.vetoed(vetoed.visit) == [
        "抽查事项“药店检查”的否决项“人证相符”不符合，该事项检查结果为“不符合”。"
    ]


def test_a_veto_is_shown_in_the_record_on_paper_and_in_the_report(vetoed, drafter, signed_in):
    sentence = "否决项（第4项）不符合，本事项检查结果为“不符合”"
    context, _ = record_print.context(vetoed, closed_by=drafter, closed_at=LEFT)
    paper = render_to_string(documents.TEMPLATES["record"], context)
    page = signed_in(drafter).get(reverse("inspections:record", args=[vetoed.visit_id])).content.decode()
    assert (paper.count(sentence), page.count(sentence)) == (1, 1)
    assert ("人证相符（否决项）" in paper, "药师在岗（关键项）" in paper) == (True, True)


def test_a_veto_row_that_conforms_decides_nothing(vetoed):
    vetoed.answers.update(answer=Answer.CONFORMS)
    assert reports.vetoed(vetoed.visit) == []
