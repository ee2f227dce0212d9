"""A strict Content-Security-Policy holds only when no template works against it; no template lies about unused."""

import re
from pathlib import Path

import pytest
from django.template import engines

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SOURCES = [
    path
    for folder in ("config", "registries", "inspections", "publication", "templates")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in {".py", ".html", ".txt"}
]
# Django and crispy-forms ask for these by name themselves.
ASKED_FOR_BY_LIBRARIES = re.compile(r"(^|/)(\d{3}(_csrf)?\.html|registration/.*|django/.*|bootstrap5/.*)$")

# A document becomes a PDF and has no such policy; everything else is a page.
PAGES = [path for path in TEMPLATES if "documents" not in path.parts]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_pages_hold_no_inline_script_or_style(path):
    text = re.sub(
        r"{#.*?#}|{% comment %}.*?{% endcomment %}", "", path.read_text(encoding="utf-8"), flags=re.S
    )
    assert re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", text) == []
    assert re.findall(r"<style\b", text) == []
    assert re.findall(r"\s(?:style|on[a-z]+)\s*=\s*[\"']", text) == []
    assert re.findall(r"(?:href|src)=[\"'](?:https?:)?//", text) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_template_compiles(path):
    engines["django"].get_template(str(path.relative_to(ROOT / "templates")))


def test_no_template_is_unused():
    text = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
    unused = [
        name
        for path in TEMPLATES
        if not ASKED_FOR_BY_LIBRARIES.search(name := str(path.relative_to(ROOT / "templates")))
        and f'"{name}"' not in text
        and f"'{name}'" not in text
    ]
    assert unused == []
