"""抽查依据 as it is written in real lists, read into entries and written back."""

import pytest

from registries import basis
from registries.basis import Basis

WRITTEN = {
    "《条例》第三十八条、第三十九条；《办法》第五条。": [
        ("条例", "第三十八条、第三十九条"),
        ("办法", "第五条"),
    ],
    "医疗保障基金管理条例": [("医疗保障基金管理条例", "")],
    "社会保险法第三十一条；某条例第二条": [("社会保险法", "第三十一条"), ("某条例", "第二条")],
    "1.《〈社会保险法〉实施细则》第3条\n(2) 依据《《甲法》办法》：第四条。": [
        ("〈社会保险法〉实施细则", "第3条"),
        ("《甲法》办法", "第四条"),
    ],
    "《条例》第三十八条\n第四十条": [("条例", "第三十八条"), ("条例", "第四十条")],
    "《甲》和《乙》第三条以及《丙》": [("甲", ""), ("乙", "第三条"), ("丙", "")],
    "《条例": [("条例", "")],
    "国务院令第735号《条例》第三条》": [("国务院令第735号", ""), ("条例", "第三条")],
    "《条例》第三条\n《条例》第三条": [("条例", "第三条")],
    "》》\n、": [],
    "": [],
}


@pytest.mark.parametrize(("text", "entries"), WRITTEN.items())
def test_entries_are_read_however_they_are_written(text, entries):
    assert list(basis.parse(text)) == entries


@pytest.mark.parametrize("text", WRITTEN)
def test_the_text_and_the_entries_say_the_same(text):
    entries = basis.parse(text)
    assert basis.parse(basis.compose(entries)) == entries
    assert basis.tidy(basis.tidy(text)) == basis.tidy(text)


def test_one_entry_stands_on_each_line():
    assert basis.compose([Basis("条例", "第三条"), Basis("办法")]) == "《条例》第三条\n《办法》"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"《{'长' * 151}》", "超过 150 字"),
        (f"《条例》第二条 {'抄' * 100}", "请只写条款号"),
        ("《条例》第二条", None),
    ],
)
def test_what_does_not_fit_is_told_with_what_to_do(text, told):
    problem = basis.problem(text)
    assert (problem is None) if told is None else (told in problem)
