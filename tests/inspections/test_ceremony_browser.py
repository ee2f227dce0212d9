"""The ceremony on a projector in real Chromium: it follows the draw without anybody touching it."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect, sync_playwright

from inspections import draws
from tests.cast import PASSWORD
from tests.factories.draws import DICE, drawable_task, minutes, sealed_draw
from tests.inspections.test_record_browser import FLAGS, PHONE

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]
PROJECTOR = {"width": 1280, "height": 720}


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def draw(county, drafter):
    return sealed_draw(drawable_task(county, by=drafter), by=drafter)


@pytest.fixture
def open_as(chromium, live_server):
    """open_as(user, address) gives a page on which that person is signed in."""
    contexts = []

    def open_page(user, address, viewport=PROJECTOR):
        client = Client()
        client.force_login(user)
        value = client.cookies[settings.SESSION_COOKIE_NAME].value
        context = chromium.new_context(viewport=viewport, locale="zh-CN", base_url=live_server.url)
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": live_server.url}])
        contexts.append(context)
        page = context.new_page()
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()


def test_the_projector_shows_witnesses_as_they_speak_and_the_result_as_it_is_drawn(
    open_as, draw, drafter, witness, approver
):
    address = reverse("inspections:ceremony", args=[draw.pk])
    projector, operator = open_as(approver, address), open_as(drafter, address)
    expect(operator.locator("[data-hold]")).to_be_disabled()
    draws.contribute(draw, DICE, by=witness, now=minutes(5))
    expect(projector.locator("[data-witnesses] li")).to_have_text(["冯见证见证人员 已输入09:05:00"])
    expect(projector.get_by_text(DICE)).to_have_count(0)
    press_hold(operator)
    drawn = [visit_line(visit) for visit in wait_for_visits(operator, draw)]
    for page in (operator, projector):
        expect(page.locator("[data-results] li")).to_have_text(drawn, timeout=15000)


def test_a_connection_lost_on_the_wall_says_so_and_catches_up_by_itself(
    open_as, draw, drafter, witness, approver
):
    projector = open_as(approver, reverse("inspections:ceremony", args=[draw.pk]))
    projector.context.set_offline(True)
    expect(projector.locator("[data-lost]")).to_be_visible(timeout=15000)
    expect(projector.locator("[data-lost]")).to_contain_text("连接中断，正在重试")
    draws.contribute(draw, DICE, by=witness, now=minutes(5))
    draws.hold(draw, by=drafter, now=minutes(10))
    projector.context.set_offline(False)
    expect(projector.get_by_text("已抽取，2026-04-01 09:10:00")).to_be_visible(timeout=15000)
    expect(projector.locator("[data-lost]")).to_be_hidden()


def test_what_is_drawn_can_be_shown_at_once(open_as, draw, drafter, witness, approver):
    projector = open_as(approver, reverse("inspections:ceremony", args=[draw.pk]))
    projector.evaluate("window.setInterval = (act) => { window.oneMore = act; return 1; }")
    projector.add_init_script("window.setInterval = (act) => { window.oneMore = act; return 1; }")
    draws.contribute(draw, DICE, by=witness, now=minutes(5))
    draws.hold(draw, by=drafter, now=minutes(10))
    button = projector.get_by_role("button", name="立即全部显示")
    expect(button).to_be_visible(timeout=15000)
    expect(projector.get_by_text("7家机构抽中")).to_be_visible()
    projector.evaluate("window.oneMore()")
    drawn = [visit_line(visit) for visit in draw.visits.select_related("facility")]
    expect(projector.locator("[data-results] li")).to_have_text(drawn[:1])
    button.click()
    expect(projector.locator("[data-results] li")).to_have_text(drawn)
    expect(button).to_be_hidden()


def test_a_draw_pressed_without_a_connection_is_made_once_when_it_is_back(open_as, draw, drafter, witness):
    draws.contribute(draw, DICE, by=witness, now=minutes(5))
    operator = open_as(drafter, reverse("inspections:ceremony", args=[draw.pk]))
    operator.context.set_offline(True)
    press_hold(operator)
    expect(operator.locator("[data-lost]")).to_be_visible(timeout=15000)
    operator.context.set_offline(False)
    expect(operator.locator("[data-results]")).to_be_visible(timeout=15000)
    draw.refresh_from_db()
    assert (draw.state, draw.visits.count(), type(draw).objects.count()) == ("held", 7, 1)


def test_an_answer_that_gets_lost_is_asked_for_again_and_the_draw_is_the_same(
    open_as, draw, drafter, witness
):
    """The request arrives, the connection breaks before the answer: the second request finds the draw held."""
    draws.contribute(draw, DICE, by=witness, now=minutes(5))
    operator = open_as(drafter, reverse("inspections:ceremony", args=[draw.pk]))
    sent = []

    def lose_the_first_answer(route):
        sent.append(route.request.method)
        if len(sent) > 1:
            return route.continue_()
        route.fetch(max_redirects=0)
        return route.abort("connectionreset")

    operator.route("**/hold/", lose_the_first_answer)
    press_hold(operator)
    expect(operator.locator("[data-results] li")).to_have_count(7, timeout=20000)
    draw.refresh_from_db()
    assert (draw.state, draw.visits.count()) == ("held", 7)


def test_a_witness_on_a_phone_taps_the_dice_and_loses_nothing_when_the_connection_breaks(
    open_as, draw, witness
):
    phone = open_as(witness, reverse("inspections:draw_contribute", args=[draw.pk]), viewport=PHONE)
    for face in "4266135":
        phone.get_by_role("button", name=face, exact=True).click()
    phone.get_by_role("button", name="删去最后一个").click()
    expect(phone.locator("[data-length]")).to_have_text("已输入 6 个字符，还差 10 个。")
    phone.get_by_role("button", name="确认在场并提交").click()
    expect(phone.get_by_text("现在只有6个").first).to_be_visible()
    expect(phone.get_by_label("随机内容")).to_have_value("426613")
    for face in "5521643152":
        phone.get_by_role("button", name=face, exact=True).click()
    phone.context.set_offline(True)
    phone.get_by_role("button", name="确认在场并提交").click()
    expect(phone.get_by_text("连接中断，正在重试")).to_be_visible()
    expect(phone.get_by_label("随机内容")).to_have_value("4266135521643152")
    assert not draw.contributions.exists()
    phone.context.set_offline(False)
    expect(phone.get_by_text("见证完成。")).to_be_visible(timeout=15000)
    assert [one.text for one in draw.contributions.all()] == ["4266135521643152"]
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_a_witness_who_is_signed_out_meanwhile_keeps_the_text_and_sends_it_after_signing_in(
    open_as, draw, witness
):
    phone = open_as(witness, reverse("inspections:draw_contribute", args=[draw.pk]), viewport=PHONE)
    phone.get_by_label("随机内容").fill(DICE)
    phone.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    phone.get_by_role("button", name="确认在场并提交").click()
    expect(phone.get_by_text("登录已失效，没有提交。")).to_be_visible(timeout=15000)
    expect(phone.get_by_label("随机内容")).to_have_value(DICE)
    assert not draw.contributions.exists()
    with phone.expect_popup() as opened:
        phone.get_by_role("link", name="在新窗口重新登录").click()
    opened.value.get_by_label("用户名").fill(witness.username)
    opened.value.get_by_label("密码").fill(PASSWORD)
    opened.value.get_by_role("button", name="登录").click()
    expect(opened.value.get_by_role("heading", name="工作台")).to_be_visible(timeout=15000)
    phone.get_by_role("button", name="确认在场并提交").click()
    expect(phone.get_by_text("见证完成。")).to_be_visible(timeout=15000)
    assert [one.text for one in draw.contributions.all()] == [DICE]


def test_an_operator_who_is_signed_out_meanwhile_is_led_to_signing_in(open_as, draw, drafter, witness):
    draws.contribute(draw, DICE, by=witness, now=minutes(5))
    operator = open_as(drafter, reverse("inspections:ceremony", args=[draw.pk]))
    operator.route("**/state/", lambda route: route.abort("connectionreset"))
    operator.locator("[data-hold]").click()
    operator.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    operator.unroute("**/state/")
    operator.get_by_role("button", name="现在抽取").click()
    expect(operator.get_by_label("密码")).to_be_visible(timeout=15000)
    draw.refresh_from_db()
    assert draw.state == "sealed"


def test_a_page_that_cannot_be_shown_is_not_sent_for_again(open_as, draw, witness):
    phone = open_as(witness, reverse("inspections:draw_contribute", args=[draw.pk]), viewport=PHONE)
    sent = []

    def refuse(route):
        sent.append(route.request.method)
        route.fulfill(status=200, content_type="text/html", body="<main id=main>不能这样办理</main>")

    phone.route("**/contribute/", refuse)
    phone.evaluate(
        "() => { document.getElementById('main').replaceWith = () => { throw new Error('no page'); }; }"
    )
    phone.get_by_label("随机内容").fill(DICE)
    phone.get_by_role("button", name="确认在场并提交").click()
    phone.wait_for_timeout(5000)
    assert sent == ["POST"]


def test_a_browser_without_time_limits_of_its_own_sends_all_the_same(open_as, draw, witness):
    phone = open_as(witness, reverse("inspections:draw_contribute", args=[draw.pk]), viewport=PHONE)
    phone.evaluate("delete AbortSignal.timeout")
    phone.get_by_label("随机内容").fill(DICE)
    phone.get_by_role("button", name="确认在场并提交").click()
    expect(phone.get_by_text("见证完成。")).to_be_visible(timeout=15000)


def press_hold(operator):
    operator.locator("[data-hold]").click()
    operator.get_by_role("button", name="现在抽取").click()


def wait_for_visits(operator, draw):
    expect(operator.locator("[data-results]")).to_be_visible()
    return draw.visits.select_related("facility")


def visit_line(visit) -> str:
    return f"{visit.facility.name}{visit.grade}级{visit.ticket[:8]}"
