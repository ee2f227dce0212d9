"""我来验证 in real Chromium under the site's own security policy: a citizen recomputes a draw."""

import json
import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect, sync_playwright

from inspections import evidence
from tests.factories.draws import drawable_task, finished_draw
from tests.inspections.test_record_browser import FLAGS

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]
PHONE = {"width": 360, "height": 740}


@pytest.fixture
def draw(county):
    return finished_draw(drawable_task(county))


@pytest.fixture
def open_draw(draw, live_server):
    """open_draw() gives the draw's public page on a phone; open_draw(script) first runs that in the page."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)

        def open_page(script=None):
            page = browser.new_page(viewport=PHONE, locale="zh-CN", base_url=live_server.url)
            page.refused = []
            page.on(
                "console",
                lambda message: page.refused.append(message.text) if message.type == "error" else None,
            )
            if script:
                page.add_init_script(script)
            page.goto(reverse("public:draw", args=[draw.pk]))
            return page

        yield open_page
        browser.close()


def recompute(page, noted=""):
    page.get_by_label("封存当天记下的封存摘要").fill(noted)
    page.get_by_role("button", name="在浏览器中重新计算").click()
    return page.locator("[data-verified], [data-different], [data-unreadable]").filter(visible=True)


def choose(page, content: bytes):
    kept = {"name": "kept.json", "mimeType": "application/json", "buffer": content}
    page.locator("[data-file]").set_input_files(kept)
    return page.locator("[data-verified], [data-different], [data-unreadable]").filter(visible=True)


def test_the_published_file_verifies_and_the_page_says_what_it_could_not_know(open_draw, draw):
    page = open_draw()
    outcome = recompute(page)
    expect(outcome).to_contain_text(f"{draw.number}：核验通过。", timeout=15000)
    expect(outcome).to_contain_text(
        re.compile("用时 [0-9.]+ 秒。您没有填写封存摘要，所以只核验了文件自身是否一致")
    )
    assert page.refused == []


def test_the_digest_noted_on_the_day_of_the_seal_decides(open_draw, draw):
    page = open_draw()
    grouped = " ".join(draw.seal_digest[start : start + 4] for start in range(0, 64, 4))
    expect(recompute(page, grouped)).to_contain_text("封存摘要与您填写的一致", timeout=15000)
    other = draw.seal_digest[:-1] + ("0" if draw.seal_digest[-1] != "0" else "1")
    expect(recompute(page, other)).to_contain_text(f"核验不通过封存摘要：公布为 {other}", timeout=15000)


def test_a_digest_copied_wrongly_is_told_at_the_field_before_anything_is_computed(open_draw):
    page = open_draw()
    expect(recompute(page, "1234 5678")).to_have_count(0)
    expect(page.get_by_role("alert").filter(visible=True)).to_have_text(re.compile("64 个字符"))
    expect(page.locator("#noted-digest")).to_be_focused()


def test_a_file_the_visitor_kept_is_checked_without_leaving_the_device(open_draw, draw):
    page = open_draw()
    sent = []
    page.on("request", lambda request: sent.append((request.method, request.url)))
    expect(choose(page, evidence.as_bytes(draw))).to_contain_text("核验通过", timeout=15000)
    tampered = evidence.of(draw)
    tampered["winners"][0]["code"] = "H99999999999"
    content = json.dumps(tampered).encode()
    expect(choose(page, content)).to_contain_text("第 1 个中选机构：文件记为 H99999999999", timeout=15000)
    expect(choose(page, b"not json")).to_contain_text("这不是有效的证据文件", timeout=15000)
    assert sent != []
    assert [one for one in sent if one[0] != "GET" or "/static/" not in one[1]] == []


def test_a_browser_that_cannot_hash_is_sent_to_the_program(open_draw):
    page = open_draw("Object.defineProperty(window, 'isSecureContext', { value: false })")
    expect(page.get_by_text("本页不是用 https 打开的")).to_be_visible()
    expect(page.get_by_role("button", name="在浏览器中重新计算")).to_be_hidden()
    expect(page.get_by_role("link", name="下载核验程序 verify_draw.py")).to_be_visible()


def test_the_page_fits_a_phone(open_draw):
    page = open_draw()
    recompute(page)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
