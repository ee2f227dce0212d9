"""Real PDFs: what a printed document contains, and what it may not load."""

import builtins
import re
import zlib

import pytest
from django.template import Context, Template

from inspections import printing
from registries.errors import DomainError

DOCUMENT = """{% extends "documents/base_v1.html" %}
{% block title %}现场检查记录{% endblock %}
{% block heading %}现场检查记录{% endblock %}
{% block number %}临医保抽查〔2026〕3号{% endblock %}
{% block content %}<h2>一、检查对象</h2><h3>（一）名称</h3><p>{{ name }}</p>
<p>{% include "documents/tick_v1.html" with checked=True %}符合</p>{{ extra|safe }}{% endblock %}
{% block closing %}<p>二〇二六年十一月二十二日</p>{% endblock %}"""

# One white pixel.
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c63f80f0001010100"
    "1bb6ee560000000049454e44ae426082"
)


@pytest.fixture(autouse=True)
def _a_throwaway_template(monkeypatch):
    monkeypatch.setattr(
        printing, "render_to_string", lambda name, context: Template(DOCUMENT).render(Context(context))
    )


def printed(name="喆仁堃和中医门诊部", extra="", pictures=None) -> bytes:
    return printing.render_pdf("throwaway", {"name": name, "extra": extra}, pictures)


def inflated(pdf: bytes) -> bytes:
    parts = []
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, flags=re.S):
        try:
            parts.append(zlib.decompress(stream))
        except zlib.error:
            parts.append(stream)
    return b"\n".join(parts)


def readable_characters(pdf: bytes) -> set[str]:
    """What a reader can search and copy: the right-hand sides of the fonts' ToUnicode tables."""
    tables = re.findall(rb"beginbfchar(.*?)endbfchar", inflated(pdf), flags=re.S)
    codes = [code for table in tables for code in re.findall(rb"<[0-9a-fA-F]+>\s*<([0-9a-fA-F]+)>", table)]
    return {bytes.fromhex(code.decode()).decode("utf-16-be") for code in codes}


def test_a_document_embeds_its_fonts_and_its_text_can_be_searched():
    pdf = printed()
    assert pdf.startswith(b"%PDF-")
    fonts = {name.decode() for name in re.findall(rb"/BaseFont\s*/[A-Z]+\+([\w-]+)", inflated(pdf))}
    assert fonts == {"Fangsong", "Heiti", "Kaiti", "Biaosong-Bold", "Rare"}
    assert set("现场检查记录一对象名称临医保喆仁堃和中门诊部") <= readable_characters(pdf)


def test_rare_characters_of_names_have_a_glyph():
    assert set("喆堃昇䶮") <= readable_characters(printed("喆堃昇䶮"))


def test_the_same_document_printed_twice_is_the_same_bytes():
    assert printed() == printed()


def test_other_text_gives_other_bytes():
    assert printed("惠民大药房") != printed("同德骨科医院")


def test_a_picture_handed_in_is_printed():
    pdf = printed(extra='<img src="attachment:a b.png">', pictures={"a b.png": PICTURE})
    assert (b"/Subtype /Image" in pdf, b"/Subtype /Image" in printed()) == (True, False)


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:9/a.png",
        "https://example.org/a.png",
        "ftp://example.org/a.png",
        "file:///etc/passwd",
        "file://elsewhere/work/static/img/icon.svg",
        "../manage.py",
        "%2e%2e/manage.py",
        "attachment:not-handed-in.png",
    ],
)
def test_a_document_that_loads_anything_else_is_not_printed(address):
    with pytest.raises(DomainError, match="引用了系统不允许"):
        printed(extra=f'<img src="{address}">')


def test_a_link_out_of_static_is_not_followed(tmp_path, monkeypatch):
    static = tmp_path / "static"
    static.mkdir()
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    (static / "way-out").symlink_to(tmp_path / "secret")
    monkeypatch.setattr(printing, "STATIC", static)
    assert printing._read((static / "way-out").as_uri(), {}) is None


def test_markup_in_a_name_stays_text():
    assert "<" in readable_characters(printed('<img src="file:///etc/passwd">'))


def test_missing_system_libraries_say_what_to_install(monkeypatch):
    real_import = builtins.__import__

    def without_pango(name, *args, **kwargs):
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
        return real_import(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_pango)
    with pytest.raises(DomainError, match="libpangoft2-1.0-0 libharfbuzz-subset0"):
        printed()
