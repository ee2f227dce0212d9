"""The ceremony on a projector in real Chromium: it follows the draw without anybody touching it."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect, sync_playwright

from inspections import draws
from tests.factories.draws import DICE, drawable_task, minutes, sealed_draw
from tests.inspections.test_record_browser import FLAGS

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

    def open_page(user, address):
        client = Client()
        client.force_login(user)
        value = client.cookies[settings.SESSION_COOKIE_NAME].value
        context = chromium.new_context(viewport=PROJECTOR, locale="zh-CN", base_url=live_server.url)
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
    expect(projector.locator("[data-witnesses] li")).to_have_text(["冯见证见证人员09:05:00"])
    expect(projector.get_by_text(DICE)).to_have_count(0)
    operator.locator("[data-hold]").click()
    operator.get_by_role("button", name="现在抽取").click()
    drawn = [visit_line(visit) for visit in wait_for_visits(operator, draw)]
    for page in (operator, projector):
        expect(page.locator("[data-results] li")).to_have_text(drawn, timeout=15000)


def wait_for_visits(operator, draw):
    expect(operator.locator("[data-results]")).to_be_visible()
    return draw.visits.select_related("facility")


def visit_line(visit) -> str:
    return f"{visit.facility.name}{visit.grade}级{visit.ticket[:8]}"
