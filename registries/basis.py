"""抽查依据 as entries and as the text of the annexes: `parse` and `compose` are each other's inverse.

The text says what the documents show; the entries carry the validity of the laws. Nothing else turns one into the other.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

LONGEST_TITLE, LONGEST_ARTICLE = 150, 100
# A title may name another one: 《〈某法〉实施细则》 is also written 《《某法》实施细则》.
TITLE = re.compile(r"《([^《》\n]*(?:《[^《》\n]*》[^《》\n]*)*)》")
NUMBERING = re.compile(
    r"^\s*(?:[(（]?[\d一二三四五六七八九十]{1,3}[)）.．、]\s*)?(?:依据|根据|按照)?[:：\s]*"
)
WITHOUT_MARKS = re.compile(r"^(.+?)(第[〇零一二三四五六七八九十百\d]+条.*)$")
ARTICLE = re.compile(r"第[〇零一二三四五六七八九十百\d]+条")
CONNECTIVE = re.compile(r"(?:以及|和|及|与)$")
LOOSE_ENDS = " \t　、，,；;。．:："


class Basis(NamedTuple):
    title: str
    article: str = ""

    def __str__(self) -> str:
        return f"《{self.title}》{self.article}"


def parse(text: str) -> tuple[Basis, ...]:
    """However it was written: one to a line or many, with 书名号 or without; each source and article once."""
    found: list[Basis] = []
    for line in text.splitlines():
        for entry in _of_line(line):
            # A line of articles alone goes on with the source above it.
            alone = found and ARTICLE.match(entry.title)
            found.append(Basis(found[-1].title, entry.title) if alone else entry)
    return tuple(dict.fromkeys(found))


def compose(entries: Iterable[Basis]) -> str:
    return "\n".join(map(str, entries))


def tidy(text: str) -> str:
    return compose(parse(text))


def problem(text: str) -> str | None:
    for entry in parse(text):
        if len(entry.title) > LONGEST_TITLE:
            return f"依据名称“{entry.title[:20]}…”超过 {LONGEST_TITLE} 字，请一行写一部，写作《名称》第几条。"
        if len(entry.article) > LONGEST_ARTICLE:
            return f"《{entry.title}》的条款超过 {LONGEST_ARTICLE} 字，请只写条款号，例如“第二十五条”，不抄条文。"
    return None


def _of_line(line: str) -> Iterable[Basis]:
    found = list(TITLE.finditer(line))
    before = NUMBERING.sub("", line[: found[0].start()] if found else line)
    yield from _without_marks(before)
    for place, title in enumerate(found, 1):
        until = found[place].start() if place < len(found) else None
        if name := title[1].strip():
            yield Basis(name, _bare(CONNECTIVE.sub("", _bare(line[title.end() : until]))))


def _without_marks(text: str) -> Iterable[Basis]:
    for part in re.split("[；;]", text):
        if name := _bare(part):
            split = WITHOUT_MARKS.match(name)
            yield Basis(_bare(split[1]), _bare(split[2])) if split else Basis(name)


def _bare(text: str) -> str:
    return re.sub("[《》]", "", text).strip(LOOSE_ENDS)
