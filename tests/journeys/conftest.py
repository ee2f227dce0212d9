"""Chromium for a whole story, and a clock on the wall that server and browser both read."""

import datetime as dt

import pytest
import time_machine
from playwright.sync_api import sync_playwright

from tests.inspections.test_record_browser import FLAGS
from tests.journeys.windows import Windows

# A Monday morning. Make-up days and holidays are far away.
MORNING = dt.datetime(2026, 9, 14, 9, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))


@pytest.fixture
def clock():
    with time_machine.travel(MORNING, tick=True) as traveller:
        yield traveller


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def windows(chromium, live_server, clock, request):
    name = request.node.name.removeprefix("test_").replace("_", "-")
    opened = Windows(chromium, live_server.url, name)
    yield opened
    opened.close()
