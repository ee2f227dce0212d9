"""What is seen before a seal: every facility and inspector with the reason, and every obstacle with the way out of it."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inspections import candidates, draws, pool, readiness, staff_preview
from inspections.forecast import forecast
from inspections.models import Draw, PlanTask
from registries.models import FacilityTag, Interest
from tests.cast import refused
from tests.factories import NOW, make_facility, make_inspector, make_interest, make_task
from tests.factories.draws import drawable_task, end_visit, held_draw, sealed_draw

TODAY = NOW.date()
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def morning(time_machine):
    time_machine.move_to(NOW, tick=False)
    return time_machine


def at(name, *args):
    return reverse(f"inspections:{name}", args=args)


def text(response):
    return response.content.decode()


def told(task):
    """To the clerk who has drafted the plan."""
    return {row.code: row.status for row in candidates.told_to(task.plan.drafted_by, task, on=TODAY)}


# Facility by facility


def test_kind_level_ownership_region_grade_and_tag_narrow_the_scope_together(county, drafter):
    fits = {"kind": "pharmacy", "level": "none", "ownership": "individual", "region": "光明路", "grade": "C"}
    others = {"kind": "clinic", "level": "1a", "ownership": "public", "region": "建设路", "grade": "D"}
    tag = FacilityTag.objects.create(bureau=county, name="数据异常")
    wanted = make_facility(county, 1, **fits)
    wanted.tags.add(tag)
    make_facility(county, 2, **fits)
    for n, (name, value) in enumerate(others.items(), 3):
        make_facility(county, n, **fits | {name: value}).tags.add(tag)
    lists = {f"{name}s": [value] for name, value in fits.items() if name != "ownership"}
    task = make_task(county, drafter, ownerships=["individual"], **lists)
    task.tags.add(tag)
    assert told(task) == {wanted.insurance_code: "in"}


def test_what_is_listed_is_what_would_be_sealed(county, drafter, task):
    make_facility(county, 70, agreement_status="ended")
    listed = told(task)
    draw = sealed_draw(task, by=drafter)
    assert dict(draw.facilities.values_list("code", "status")) == listed


def drawn_by(bureau, facility, **fields):
    """A held draw of the bureau that took this facility alone."""
    task = drawable_task(bureau, grades="", inspectors=3, regions=[facility.region], **fields)
    draw = held_draw(task)
    assert [visit.facility for visit in draw.visits.all()] == [facility]
    return draw


@pytest.fixture
def facility(county):
    return make_facility(county, 88, region="市抽街道")


def test_a_superiors_draw_is_not_foreseen_facility_by_facility(
    county, city, task, facility, signed_in, drafter
):
    drawn_by(city, facility)
    assert told(task)[facility.insurance_code] == "in"
    shown = signed_in(drafter).get(at("task_pool", task.pk))
    assert [status for status, *_ in shown.context["counts"]] == ["in"]
    assert "上级医保局本年度已抽中</option>" not in text(shown)


def test_a_task_tailored_to_one_facility_does_not_tell_whether_a_superior_drew_it(
    county, city, drafter, facility
):
    tailored = make_task(county, drafter, regions=[facility.region])
    before = forecast(tailored, on=TODAY)
    draw = drawn_by(city, facility)
    assert forecast(tailored, on=TODAY) == before
    assert before.excluded == ()
    end_visit(draw.visits.get())
    assert forecast(tailored, on=TODAY).excluded == (("上级医保局本年度已抽中", 1),)
    assert dict(sealed_pool(tailored)) == {facility.insurance_code: "drawn_by_superior"}


def sealed_pool(task):
    """What a seal would fix, whoever may know of it."""
    return [(row.code, row.status) for row in pool.facilities(task, on=TODAY)]


@pytest.mark.parametrize("fields", [{}, {"winners_shown": "at_once"}])
def test_it_is_told_once_the_winners_are_public(city, task, facility, fields):
    draw = drawn_by(city, facility, **fields)
    if not fields:
        for visit in draw.visits.all():
            end_visit(visit)
    assert told(task)[facility.insurance_code] == "drawn_by_superior"


def test_what_one_superior_has_made_public_another_does_not_hide(province, city, task, facility):
    drawn_by(city, facility)
    drawn_by(province, facility, winners_shown="at_once")
    assert told(task)[facility.insurance_code] == "drawn_by_superior"


def test_who_was_drawn_here_as_well_stands_under_our_own_reason(county, city, task, facility):
    """Else whoever knows our own draws would see that another reason hides behind `in`."""
    drawn_by(county, facility, items=list(task.items.all()))
    drawn_by(city, facility)
    assert told(task)[facility.insurance_code] == "drawn_this_year"


@pytest.mark.parametrize(
    ("asked", "codes"),
    [
        ({}, ["H41040300001", "H41040300002", "P41040300003"]),
        ({"q": "平安"}, ["P41040300003"]),
        ({"q": "p410403"}, ["P41040300003"]),
        ({"grade": "D"}, ["H41040300002", "P41040300003"]),
        ({"status": "agreement_ended"}, ["H41040300002"]),
        ({"status": "in", "grade": "D"}, ["P41040300003"]),
        ({"q": "没有这家"}, []),
        ({"grade": "不存在", "status": "也不存在", "page": "x"}, ["H41040300001", "H41040300002", "P41040300003"]),
    ],
)  # fmt: skip
def test_the_list_is_searched_and_filtered(county, drafter, signed_in, asked, codes):
    task = make_task(county, drafter)
    make_facility(county, 1)
    make_facility(county, 2, grade="D", agreement_status="ended")
    make_facility(county, 3, grade="D", kind="pharmacy", name="平安大药房")
    page = signed_in(drafter).get(at("task_pool", task.pk), asked)
    assert [facility.insurance_code for facility, *_ in page.context["rows"]] == codes
    assert ("没有符合条件的机构" in text(page)) is (codes == [])


def test_an_empty_scope_says_what_to_do(county, drafter, signed_in):
    page = signed_in(drafter).get(at("task_pool", make_task(county, drafter).pk))
    assert "抽查范围内没有机构" in text(page)


@pytest.mark.parametrize("name", ["task_pool", "task_staff"])
@pytest.mark.parametrize(
    ("person", "status"),
    [("drafter", 200), ("approver", 200), ("witness", 200), ("city_staff", 200), ("outsider", 404),
     ("auditor", 403)],
)  # fmt: skip
def test_previews_are_read_by_the_bureau_and_those_above(request, signed_in, task, name, person, status):
    browser = signed_in(request.getfixturevalue(person))
    assert browser.get(at(name, task.pk)).status_code == status


def _queries(client, address) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    assert not any(query["sql"].startswith(("INSERT", "UPDATE", "DELETE")) for query in captured)
    return len(captured)


@pytest.mark.parametrize("name", ["task_pool", "task_staff", "draw_new"])
def test_a_preview_asks_as_often_for_many_rows_as_for_few_and_writes_nothing(
    county, drafter, signed_in, task, name
):
    client, address = signed_in(drafter), at(name, task.pk)
    recused = make_facility(county, 61)
    for inspector in county.inspectors.all()[:4]:
        make_interest(inspector, recused, drafter)
    _queries(client, address)
    few = _queries(client, address)
    for n in range(62, 66):
        facility = make_facility(county, n)
        make_inspector(county, n, status="suspended")
        for inspector in county.inspectors.filter(status="active")[:4]:
            make_interest(inspector, facility, drafter)
    assert _queries(client, address) == few


# Inspectors


def test_each_inspector_stands_with_what_they_expect_or_the_reason_against_them(county, drafter, task):
    make_inspector(county, 91, status="suspended")
    make_inspector(county, 92, certificate_valid_until=dt.date(2026, 6, 30))
    held_draw(task, by=drafter)
    people = {one.inspector.number: one for one in staff_preview.of(task, on=TODAY).people}
    assert {number: one.reason for number, one in people.items() if one.reason} == {
        "410403-091": "已暂停或退出",
        "410403-092": "没有执法证，或执法证有效期不覆盖任务期间",
    }
    assert people["410403-091"].load is None
    able = [one for one in people.values() if not one.reason]
    assert sum(one.so_far for one in able) == 14
    assert len({(one.load.least, one.load.most) for one in able}) == 1


def test_those_who_bring_the_qualification_expect_more(county, drafter):
    task = drawable_task(county, by=drafter, grades="A" * 12, inspectors=6, qualification="药学")
    task.ratio_a_bp = 10000
    task.save()
    county.inspectors.filter(number="410403-005").update(qualifications=[])
    page = {one.inspector.number: one.load for one in staff_preview.of(task, on=TODAY).people}
    assert (page["410403-001"].least, page["410403-003"].least) == (6, 6)
    assert (page["410403-002"].least, page["410403-005"].least) == (3, 3)


def test_a_facility_without_a_team_is_named_with_the_people_who_stay_away(county, drafter, signed_in):
    task = drawable_task(county, by=drafter, grades="AA", inspectors=2)
    first, second = county.facilities.order_by("insurance_code")
    one, _ = county.inspectors.order_by("number")
    make_interest(one, second, drafter)
    (gap,) = staff_preview.of(task, on=TODAY).gaps
    assert (gap.code, gap.facility, gap.recused) == (second.insurance_code, second.name, [one])
    assert gap.why == "可派的还有 1 名，不够 2 人的检查组"
    shown = text(signed_in(drafter).get(at("task_staff", task.pk)))
    assert f"{reverse('registries:inspector', args=[one.pk])}#interests" in shown
    assert second.insurance_code in shown
    assert first.insurance_code not in shown


def test_a_facility_whose_only_qualified_inspector_stays_away_is_named(county, drafter):
    task = drawable_task(county, by=drafter, grades="A", inspectors=4, qualification="药学")
    facility = county.facilities.get()
    for inspector in county.inspectors.filter(number__in=["410403-001", "410403-003"]):
        make_interest(inspector, facility, drafter)
    (gap,) = staff_preview.of(task, on=TODAY).gaps
    assert gap.why == "可派的还有 2 名，但没有人具备“药学”专业"


def test_a_lack_that_all_facilities_share_is_told_once_and_some_are_named(
    county, drafter, signed_in, monkeypatch
):
    monkeypatch.setattr(staff_preview, "NAMED_GAPS", 2)
    task = drawable_task(county, by=drafter, grades="AAA", inspectors=1)
    preview = staff_preview.of(task, on=TODAY)
    assert (len(preview.gaps), preview.more_gaps) == (2, 1)
    assert "另有 1 家同样凑不齐" in text(signed_in(drafter).get(at("task_staff", task.pk)))


# What keeps a round from being sealed


def obstacles(task, round=1):
    task = PlanTask.objects.select_related("plan__bureau").get(pk=task.pk)
    return readiness.obstacles(task, round, forecast(task, on=TODAY), now=NOW)


def test_a_task_that_can_be_sealed_has_no_obstacle(task):
    assert obstacles(task) == []


def test_all_obstacles_are_told_at_once_each_with_its_page(county, drafter, signed_in):
    task = drawable_task(county, by=drafter, grades="AA", inspectors=2, ends_on=TODAY - dt.timedelta(days=1))
    version = task.items.get()
    type(version).objects.update(state="withdrawn")
    facility, other = county.facilities.order_by("insurance_code")
    first, second = county.inspectors.order_by("number")
    make_interest(first, facility, drafter)
    Interest.objects.create(inspector=second, facility=other, relation="近亲属任职", declared_by=drafter)
    found = obstacles(task)
    assert [(one.address, one.label) for one in found] == [
        (at("plan_adjust", task.plan_id), "调整年度计划"),
        (reverse("registries:item", args=[version.item_id]), "打开抽查事项"),
        (f"{reverse('registries:inspector', args=[second.pk])}#interests", f"核实{second.name}的申报"),
        (at("task_staff", task.pk), "查看原因和办法"),
    ]
    page = signed_in(drafter).get(at("draw_new", task.pk))
    assert "现在不能封存：4 项须先解决" in text(page)
    assert "封存意味着什么" not in text(page)
    for one in found:
        assert f'href="{one.address}"' in text(page)
    assert refused(draws.seal, task, 1, by=drafter, now=NOW) == found[0].text
    assert not Draw.objects.exists()


@pytest.mark.parametrize(
    ("grades", "agreement", "said", "page"),
    [("", "active", "抽查范围内没有机构", "task_pool"), ("AA", "ended", "都不在抽取池中", "task_pool")],
)
def test_nobody_to_draw_is_an_obstacle(county, drafter, grades, agreement, said, page):
    task = drawable_task(county, by=drafter, grades=grades)
    county.facilities.update(agreement_status=agreement)
    (found,) = obstacles(task)
    assert said in found.text
    assert found.address == at(page, task.pk)


def test_a_draw_that_waits_is_an_obstacle_with_its_page(task, sealed):
    second = make_task(task.bureau, sealed.sealed_by, items=task.items.all())
    (found,) = obstacles(second)
    assert found.text.startswith(f"{sealed.number}已封存、尚未抽取")
    assert found.address == at("draw", sealed.pk)


def test_a_task_that_is_all_drawn_says_so(task):
    assert [one.text for one in obstacles(task, None)] == ["本任务全年的2轮都已抽取。"]


# The same arithmetic before and after the seal


def _figures(page):
    found = (
        page.context["arithmetic"] if "arithmetic" in page.context else page.context["forecast"].arithmetic
    )
    return found.lines, found.verdict


def test_the_seal_shows_the_figures_that_the_preview_showed(county, drafter, signed_in, task):
    make_facility(county, 71, grade="D", agreement_status="suspended")
    PlanTask.objects.update(floor_bp=9000)
    browser = signed_in(drafter)
    before = browser.get(at("draw_new", task.pk))
    draw = sealed_draw(PlanTask.objects.get(), by=drafter)
    county.facilities.update(grade="C")
    after = browser.get(at("draw", draw.pk))
    assert _figures(before) == _figures(after)
    assert "总量下限补足" in text(before)
    assert "总量下限补足" in text(after)


def test_a_plan_links_each_task_to_its_facilities_and_inspectors(county, drafter, signed_in, task):
    page = text(signed_in(drafter).get(at("plan", task.plan_id)))
    assert at("task_pool", task.pk) in page
    assert at("task_staff", task.pk) in page
