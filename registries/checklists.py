"""The rows that an inspector answers for an item: the item's own lines, or the standard ones of 条例 38–40."""

import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from registries.errors import DomainError
from registries.identifiers import normalise

STANDARD = Path(__file__).resolve().parent / "data" / "standard_rows.json"
MOST_ROWS = 200
LONGEST = {"content": 300, "how": 300, "legal_basis": 200}
# Excel puts tabs between the cells that are copied from it.
BETWEEN = re.compile(r"[|｜\t]")
KEY, VETO = "关键项", "否决项"


class Row(NamedTuple):
    content: str
    how: str = ""
    legal_basis: str = ""
    is_key: bool = False
    is_veto: bool = False

    @property
    def marks(self) -> str:
        return "、".join(label for label, marked in ((KEY, self.is_key), (VETO, self.is_veto)) if marked)


@cache
def standard_rows() -> tuple[Row, ...]:
    data = json.loads(STANDARD.read_text(encoding="utf-8"))
    return tuple(
        Row(row["content"], row["how"], f"{data['basis']}{row['article']}", row["is_key"])
        for row in data["rows"]
    )


def rows_of(content: str) -> tuple[Row, ...]:
    """One row for each line of 检查内容."""
    return tuple(Row(line.strip()) for line in content.splitlines() if line.strip())


def as_text(rows: Iterable[Row]) -> str:
    """One line for each row, its parts between bars: what `from_text` reads back."""
    parts = ((row.content, row.how, row.legal_basis, row.marks) for row in rows)
    return "\n".join("｜".join(BETWEEN.sub("／", part) for part in row).rstrip("｜") for row in parts)


def from_text(text: str) -> tuple[Row, ...]:
    return tuple(row for line in text.splitlines() if (row := _row(line)).content)


def _row(line: str) -> Row:
    parts = [normalise(part) for part in BETWEEN.split(line)]
    if len(parts) > 4:
        raise DomainError(
            f"检查内容“{parts[0]}”这一行分成了 {len(parts)} 段，最多 4 段：内容｜方法｜依据｜标记。",
            field="content",
        )
    content, how, legal_basis, marks = parts + [""] * (4 - len(parts))
    named = set(re.split("[、，, 和]+", marks)) - {""}
    if named - {KEY, VETO}:
        raise DomainError(
            f"检查内容“{content}”的标记只能写“{KEY}”或“{VETO}”，现为“{marks}”。", field="content"
        )
    return Row(content, how, legal_basis, KEY in named, VETO in named)


def carried_over(content: str, known: Iterable[Row]) -> tuple[Row, ...]:
    """The lines of a content that says nothing of methods and marks; a line that was there before keeps its own."""
    by_content = {row.content: row for row in known}
    return tuple(by_content.get(row.content, row) for row in rows_of(content))


def complete(rows: Iterable[Row] | None, content: str) -> tuple[Row, ...]:
    """The rows of a draft: those given, else the lines of its content, else the standard ones."""
    chosen = tuple(rows or ()) or rows_of(content) or standard_rows()
    if len(chosen) > MOST_ROWS:
        raise DomainError(
            f"检查内容最多 {MOST_ROWS} 行，现有 {len(chosen)} 行，请分成几个事项。", field="content"
        )
    for position, row in enumerate(chosen, 1):
        for name, longest in LONGEST.items():
            if len(getattr(row, name)) > longest:
                raise DomainError(f"检查内容第 {position} 行超过 {longest} 字，请分成两行。", field="content")
    return chosen
