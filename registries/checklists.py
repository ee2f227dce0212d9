"""The rows that an inspector answers for an item: the item's own lines, or the standard ones of 条例 38–40."""

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from registries.errors import DomainError

STANDARD = Path(__file__).resolve().parent / "data" / "standard_rows.json"
MOST_ROWS = 200
LONGEST = {"content": 300, "how": 300, "legal_basis": 200}


class Row(NamedTuple):
    content: str
    how: str = ""
    legal_basis: str = ""
    is_key: bool = False


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
