"""Template tags of the interface."""

import re
from pathlib import Path

import pytest
from django.core.paginator import Paginator
from django.template import RequestContext, Template
from django.test import RequestFactory

from registries.access import ROLES
from registries.templatetags.looks import SPRITE, elided, grouped, role_titles

ROOT = Path(__file__).resolve().parents[2]


def shown(source: str, address: str = "/", **context) -> str:
    request = RequestFactory().get(address)
    return Template(source).render(RequestContext(request, {"request": request, **context}))


@pytest.mark.parametrize(
    ("digest", "text"), [("9f86d081", "9f86 d081"), ("9f86d", "9f86 d"), ("", ""), (None, "")]
)
def test_a_digest_is_read_in_groups_of_four(digest, text):
    assert grouped(digest) == text


def test_long_lists_of_pages_leave_some_out():
    page = Paginator(range(625), 25).page(12)
    assert list(elided(page)) == [1, "…", 10, 11, 12, 13, 14, "…", 25]


def test_roles_are_shown_by_their_titles():
    class Person:
        roles = ("staff", "witness")

    assert role_titles(Person()) == f"{ROLES['staff'].title}、{ROLES['witness'].title}"


def test_an_icon_with_a_label_is_read_out_and_one_without_is_silent():
    assert 'aria-hidden="true"' in shown('{% icon "bell" %}')
    assert 'aria-label="提醒"' in shown('{% icon "bell" "提醒" %}')


def test_every_icon_in_a_template_is_in_the_sprite():
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (ROOT / "static" / SPRITE).read_text(encoding="utf-8")))
    asked = {
        name
        for path in (ROOT / "templates").rglob("*.html")
        for name in re.findall(r"{% icon [\"']([\w-]+)[\"']", path.read_text(encoding="utf-8"))
    }
    assert asked - drawn == set()


def test_public_addresses_keep_the_large_type():
    assert shown('{% public_url "public:items" %}', "/?large=1").endswith("?large=1")
    assert "large" not in shown('{% public_url "public:items" %}', "/")


def test_the_public_navigation_marks_the_page_one_is_on():
    items = shown('{% public_url "public:items" %}')
    source = '{% public_entry "public:items" "抽查事项清单" %}'
    assert 'aria-current="page"' in shown(source, items)
    assert "aria-current" not in shown(source, "/")


@pytest.mark.parametrize(
    ("left", "words"),
    [(-2, "已逾期 2 个工作日"), (0, "今天到期"), (3, "还剩 3 个工作日"), (12, "还剩 12 个工作日")],
)
def test_a_deadline_says_in_words_how_long_is_left(left, words):
    assert words in shown('{% include "components/deadline.html" %}', left=left)


def test_pages_keep_the_other_parameters_of_the_address():
    page = Paginator(range(60), 25).page(1)
    html = shown('{% include "components/pagination.html" %}', "/?q=药房&page=1", page=page)
    assert 'href="?q=%E8%8D%AF%E6%88%BF&amp;page=2"' in html
    assert "共 <strong>60</strong> 条" in html
