"""Home, search and the pages of notices, as each person sees them."""

import datetime as dt

import pytest
from django.test import RequestFactory
from django.urls import resolve, reverse

from inspections.states import VisitState
from publication import notices
from publication.context import NAVIGATION, navigation, office
from publication.models import Message, Notice, NoticeState
from registries.access import ROLES
from tests.cast import make_user
from tests.factories import make_facility, make_inspector, make_item, make_task

NOW = dt.datetime(2026, 3, 10, 9, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))


@pytest.fixture(autouse=True)
def _a_tuesday_in_march(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def read(signed_in):
    """read(user, name, *args, **query) gives the page's text."""

    def get(user, name, *args, **query):
        answer = signed_in(user).get(reverse(name, args=args), query)
        assert answer.status_code == 200
        return answer.content.decode()

    return get


def test_home_shows_the_overdue_step_first_with_its_days(reported_visit, drafter, read):
    reported_visit(1)
    reported_visit(2, ended_on=dt.date(2026, 1, 5))
    page = read(drafter, "home")
    assert page.index("第2诊所") < page.index("第1诊所")
    assert "其中 1 项已经逾期" in page
    assert "已逾期 22 个工作日" in page
    assert "检查2026-01-05结束，次日起第20个工作日" in page


def test_home_marks_a_provisional_date(reported_visit, drafter, read, time_machine):
    time_machine.move_to(NOW.replace(month=12, day=20))
    reported_visit(1, ended_on=dt.date(2026, 12, 15))
    assert "暂定" in read(drafter, "home")


@pytest.mark.parametrize("role", ROLES)
def test_an_empty_home_says_what_is_next(role, county, task, read):
    task.starts_on = dt.date(2026, 12, 1)
    task.save()
    page = read(make_user("somebody", "某人", county, role), "home")
    assert "没有等您办理的事项" in page


def test_home_without_a_role_says_whom_to_ask(county, read):
    assert "请联系安全保密管理员" in read(make_user("somebody", "某人", county), "home")


def test_home_costs_the_same_for_one_task_to_draw_and_for_three(
    county, drafter, signed_in, django_assert_max_num_queries, django_assert_num_queries
):
    client = signed_in(drafter)
    for n in (1, 2, 3):
        make_task(county, drafter, items=[make_item(county, drafter, name=f"事项{n}")], name=f"任务{n}")
        if n == 1:
            with django_assert_max_num_queries(40) as captured:
                client.get(reverse("home"))
    with django_assert_num_queries(len(captured)):
        page = client.get(reverse("home")).content.decode()
    assert page.count("封存名单，组织抽取") == 3


@pytest.mark.parametrize("name", ["home", "notices"])
def test_a_page_costs_the_same_for_one_row_and_for_three(
    name, reported_visit, drafter, signed_in, django_assert_max_num_queries, django_assert_num_queries
):
    client = signed_in(drafter)
    notices.prepare(reported_visit(1), by=drafter)
    reported_visit(11)
    with django_assert_max_num_queries(40) as captured:
        client.get(reverse(name))
    for n in (2, 3):
        notices.prepare(reported_visit(n), by=drafter)
        reported_visit(n + 10)
    with django_assert_num_queries(len(captured)):
        client.get(reverse(name))


def titles(user):
    return [entry.title for entry in navigation(user, "/office/")]


def test_the_navigation_offers_what_the_role_uses(drafter, approver, leader, auditor, system_admin):
    assert titles(drafter) == [
        "工作台",
        "抽查事项清单",
        "检查对象",
        "检查人员",
        "年度计划",
        "抽取",
        "检查",
        "线索",
        "公示",
        "节假日",
    ]
    assert "审批" in titles(approver)
    assert titles(leader.user) == ["工作台", "检查", "我的申报"]
    assert titles(auditor) == ["工作台", "角色与权限", "操作留痕", "节假日"]
    assert titles(system_admin) == ["工作台", "账号", "角色与权限", "节假日"]


@pytest.mark.parametrize("entry", NAVIGATION, ids=[entry[0] for entry in NAVIGATION])
def test_the_navigation_offers_no_page_that_would_refuse(entry, county):
    title, name, _, permissions = entry
    access = resolve(reverse(name)).func.access
    assert access == "signed in" or set(permissions) <= set(access)


@pytest.mark.parametrize("role", ROLES)
def test_every_entry_of_the_navigation_opens(role, county, signed_in):
    user = make_user("somebody", "某人", county, role)
    make_inspector(county, 9, user=user)
    client = signed_in(user)
    opened = {
        entry.title: client.get(entry.url, follow=True).status_code for entry in navigation(user, "/office/")
    }
    assert opened == dict.fromkeys(titles(user), 200)


def test_the_navigation_marks_where_one_is(drafter):
    def active(path):
        return [entry.title for entry in navigation(drafter, path) if entry.active]

    assert active("/office/") == ["工作台"]
    assert active(reverse("notices")) == ["公示"]
    assert active(reverse("notice", args=[7])) == ["公示"]
    assert active(reverse("search")) == []


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("notice_prepare", "公示"),
        ("inspections:draw_new", "抽取"),
        ("inspections:draw_seal", "抽取"),
        ("inspections:draw_roster", "抽取"),
        ("inspections:task_amend", "年度计划"),
        ("inspections:substitution_request", "检查"),
    ],
)
def test_pages_that_live_at_another_things_address_stay_under_the_entry_they_were_reached_by(
    drafter, name, title
):
    request = RequestFactory().get(reverse(name, args=[7]))
    request.user, request.resolver_match = drafter, resolve(request.path)
    assert [entry.title for entry in office(request)["navigation"] if entry.active] == [title]


def test_public_pages_ask_nothing_for_the_office(db, django_assert_num_queries):
    request = RequestFactory().get("/")
    request.resolver_match = resolve(reverse("login"))
    with django_assert_num_queries(0):
        assert office(request) == {}


def test_the_bell_counts_unread_messages(drafter, read):
    Message.objects.create(user=drafter, title="一", body="一")
    assert "1 条未读" in read(drafter, "home")


def test_search_finds_facilities_inspectors_tasks_draws_and_visits(visit, drafter, leader, read):
    assert visit.facility.insurance_code in read(drafter, "search", q="第1诊")
    assert "第1诊所" in read(drafter, "search", q=visit.facility.insurance_code[:8])
    assert "410403-001" in read(drafter, "search", q="秦组长")
    page = read(drafter, "search", q="卫医保抽")
    assert "卫医保抽查〔2026〕1号" in page
    assert "卫医保抽〔2026〕1号" in page


def test_search_finds_nobody_by_phone(leader, drafter, read):
    assert "没有找到" in read(drafter, "search", q=leader.phone)


def test_a_search_for_an_id_number_is_taken_out_of_the_address(leader, drafter, signed_in):
    answer = signed_in(drafter).get(reverse("search"), {"q": leader.id_number})
    assert (answer.status_code, answer["Location"]) == (302, reverse("search"))


def test_search_stays_in_sight(visit, outsider, city_staff, read):
    assert "没有找到" in read(outsider, "search", q="第1诊所")
    assert visit.facility.insurance_code in read(city_staff, "search", q="第1诊所")


def test_search_shows_registries_only_to_those_who_may_see_them(visit, leader, system_admin, read):
    page = read(leader.user, "search", q="第1诊所")
    assert reverse("inspections:visit", args=[visit.pk]) in page
    assert reverse("registries:facility", args=[visit.facility_id]) not in page
    assert "没有找到" in read(leader.user, "search", q="许组员")
    assert "没有找到" in read(system_admin, "search", q="第1诊所")


@pytest.mark.parametrize("word", ["", " ", "诊"])
def test_search_asks_for_two_characters(word, visit, drafter, read):
    assert "请至少输入两个字" in read(drafter, "search", q=word)


def test_search_says_when_it_shows_only_the_first(county, drafter, read):
    for n in range(1, 23):
        make_facility(county, n)
    page = read(drafter, "search", q="诊所")
    assert "共 22 条" in page
    assert "只列出前 20 条" in page


def test_the_list_of_notices_filters_by_state_and_facility(reported_visit, drafter, read):
    notices.prepare(reported_visit(1), by=drafter)
    assert "第1诊所" in read(drafter, "notices", state="prepared")
    assert "第1诊所" not in read(drafter, "notices", state="published")
    assert "没有符合条件的公示" in read(drafter, "notices", state="published")
    assert "没有符合条件的公示" in read(drafter, "notices", q="第2诊所")
    assert "第1诊所" in read(drafter, "notices", state="nonsense")


def test_a_result_without_a_notice_stands_on_top_with_its_deadline(visit, drafter, approver, read):
    link = reverse("notice_prepare", args=[visit.pk])
    page = read(drafter, "notices")
    assert link in page
    assert "2026-03-30" in page
    assert link not in read(approver, "notices")


def test_from_the_report_to_the_public_on_the_pages(visit, drafter, colleague, signed_in, read):
    staff, second = signed_in(drafter), signed_in(colleague)
    answer = staff.post(reverse("notice_prepare", args=[visit.pk]), {"summary": "检查了处方管理。"})
    notice = Notice.objects.get()
    assert answer.url == reverse("notice", args=[notice.pk])
    assert "公示由您拟定，须由另一人复核。" in read(drafter, "notice", notice.pk)
    page = read(colleague, "notice", notice.pk)
    assert "检查了处方管理。" in page
    assert f"{reverse('notice_check', args=[notice.pk])}?seen={notice.sha256}" in page
    second.post(reverse("notice_check", args=[notice.pk]) + f"?seen={notice.sha256}")
    assert reverse("notice_publish", args=[notice.pk]) in read(drafter, "notice", notice.pk)
    staff.post(reverse("notice_publish", args=[notice.pk]))
    visit.refresh_from_db()
    assert visit.state == VisitState.PUBLISHED
    form = {
        "facility_name": "第1诊所",
        "results": ["nothing_found"],
        "handling": "none",
        "summary": "检查了处方管理和收费。",
        "reason": "原文漏写收费",
    }
    staff.post(reverse("notice_correct", args=[notice.pk]), form)
    fixed = Notice.objects.get(version=2)
    page = read(colleague, "notice", fixed.pk)
    assert "更正原因：原文漏写收费" in page
    assert "检查了处方管理。" in page
    assert "检查了处方管理和收费。" in page


def test_the_form_for_an_unfinished_visit_says_what_is_missing(reported_visit, drafter, signed_in):
    visit = reported_visit(state=VisitState.ASSIGNED, ended_on=None)
    answer = signed_in(drafter).get(reverse("notice_prepare", args=[visit.pk]))
    assert answer.status_code == 409
    assert "审核通过后才能拟定公示" in answer.content.decode()


def test_personal_data_is_refused_at_the_field_and_the_text_is_kept(visit, drafter, signed_in):
    answer = signed_in(drafter).post(
        reverse("notice_prepare", args=[visit.pk]), {"summary": "联系13800000001，共查处方120份。"}
    )
    page = answer.content.decode()
    assert "手机号码“13800000001”" in page
    assert "共查处方120份。" in page
    assert not Notice.objects.exists()


def test_a_check_of_a_changed_text_comes_back_with_a_message(visit, drafter, colleague, signed_in):
    notice = notices.prepare(visit, by=drafter)
    address = reverse("notice", args=[notice.pk])
    answer = signed_in(colleague).post(
        reverse("notice_check", args=[notice.pk]) + "?seen=" + "0" * 64,
        headers={"referer": f"http://testserver{address}"},
        follow=True,
    )
    assert "您复核期间公示内容已经改动" in answer.content.decode()
    notice.refresh_from_db()
    assert notice.state == NoticeState.PREPARED


def test_a_notice_is_sent_back_with_its_reason_and_made_anew(visit, drafter, approver, signed_in, read):
    notice = notices.prepare(visit, by=drafter)
    signed_in(approver).post(reverse("notice_return", args=[notice.pk]), {"reason": "请写明处方数量"})
    assert "请写明处方数量" in read(drafter, "notice", notice.pk)
    assert "请写明处方数量" in read(drafter, "notice_prepare", visit.pk)


def test_a_returned_correction_is_made_anew_from_the_published_text(visit, drafter, colleague, read):
    notice = notices.prepare(visit, by=drafter)
    notices.check(notice, by=colleague)
    notices.publish(notice, by=drafter)
    fixed = notices.correct(notice, {"summary": "更正。"}, reason="有误", by=drafter)
    notices.send_back(fixed, reason="仍有误", by=colleague)
    assert reverse("notice_correct", args=[notice.pk]) in read(drafter, "notice", fixed.pk)


def test_a_corrected_notice_offers_no_correction(visit, drafter, colleague, signed_in):
    notice = notices.prepare(visit, by=drafter)
    answer = signed_in(drafter).get(reverse("notice_correct", args=[notice.pk]))
    assert answer.url == reverse("notice", args=[notice.pk])


@pytest.mark.parametrize(
    "name", ["notice_check", "notice_return", "notice_publish", "notice_correct", "notice_prepare"]
)
def test_another_bureaus_notice_is_not_there_and_one_below_is_not_to_be_changed(
    name, visit, drafter, outsider, city_staff, signed_in
):
    notice = notices.prepare(visit, by=drafter)
    address = reverse(name, args=[visit.pk if name == "notice_prepare" else notice.pk])
    assert signed_in(outsider).post(address).status_code == 404
    assert signed_in(city_staff).post(address).status_code == 403
    notice.refresh_from_db()
    assert notice.state == NoticeState.PREPARED


def test_a_bureau_above_reads_the_notice_without_any_button(visit, drafter, city_staff, read):
    notice = notices.prepare(visit, by=drafter)
    page = read(city_staff, "notice", notice.pk)
    assert "检查了医保基金使用情况。" in page
    assert reverse("notice_check", args=[notice.pk]) not in page


@pytest.mark.parametrize("name", ["notice_check", "notice_return", "notice_publish"])
def test_nothing_is_decided_by_following_a_link(name, visit, drafter, signed_in):
    notice = notices.prepare(visit, by=drafter)
    assert signed_in(drafter).get(reverse(name, args=[notice.pk])).status_code == 405


def test_a_search_passes_over_invisible_characters(drafter, read):
    read(drafter, "search", q="大药房\0")
