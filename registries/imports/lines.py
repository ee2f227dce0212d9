"""The rows of a list as values by field, with what is wrong in each cell."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress, islice

from openpyxl.utils import range_boundaries

from registries.identifiers import normalise, normalise_code
from registries.imports.formats import Column, Form
from registries.imports.outcomes import Problem
from registries.imports.tables import Table
from registries.imports.values import RATIO_FIELDS, Unreadable

BLANK = object()
MOST_REMEMBERED = 5_000
# Rows that are understood together, column by column.
PIECE = 1_000
# Fields that come out of another field's column.
COLUMN_OF = {**dict.fromkeys(RATIO_FIELDS, "ratios"), "joint_only": "remarks"}


@dataclass(slots=True)
class Line:
    """One row. `values` holds what was given and understood; an empty cell gives nothing."""

    number: int
    table: Table
    form: Form
    cells: Sequence[str]
    values: dict = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)

    def text_of(self, field_name: str) -> str:
        column = self.form.by_field.get(field_name)
        return self.cells[self.table.wanted.index(column.name)] if column else ""

    def refuse(self, field_name: str, message: str) -> None:
        """The first thing said about a cell stands."""
        self.problems.setdefault(COLUMN_OF.get(field_name, field_name), message)

    def refuse_all(self, problems: Mapping[str, str]) -> None:
        for field_name, message in problems.items():
            self.refuse(field_name, message)


def each_line(tables: Iterable[Table], forms: Sequence[Form]) -> Iterator[Line]:
    by_title = {form.layout.name: form for form in forms}
    for table in tables:
        yield from _lines(table, by_title[table.layout])


def problems_of(lines: Sequence[Line], *, several_sheets: bool) -> Iterator[Problem]:
    """In the order in which a person finds them; the sheet is named when there are several."""
    return (problem for line in lines if line.problems for problem in _problems(line, several_sheets))


def _problems(line: Line, several_sheets: bool) -> Iterator[Problem]:
    places = {column.field: place for place, column in enumerate(line.form.columns) if column.field}
    for field_name in sorted(line.problems, key=lambda name: places.get(name, len(places))):
        column = line.form.by_field.get(field_name)
        yield Problem(
            row=line.number,
            column=line.table.column_letter(column.name) if column else "",
            name=column.name.lstrip("*") if column else "",
            value=normalise(line.text_of(field_name)),
            message=line.problems[field_name],
            field=field_name,
            sheet=line.table.sheet,
            names_sheet=several_sheets,
        )


def _lines(table: Table, form: Form) -> Iterator[Line]:
    by_name = {column.name: column for column in form.columns if column.field}
    columns = [by_name.get(name) for name in table.wanted]
    wanted = [column is not None for column in columns]
    columns = list(compress(columns, wanted))
    readers = [_reader(column) for column in columns]
    names = [column.field for column in columns]
    merged = [(name, range_boundaries(name)) for name in table.merged]
    rows = (
        (number, texts, cells)
        for number, texts in table.texts()
        if any(cells := tuple(compress(texts, wanted)))
    )
    while piece := list(islice(rows, PIECE)):
        found = [
            read(texts)
            for read, texts in zip(readers, zip(*(cells for *_, cells in piece), strict=True), strict=True)
        ]
        plain = not any(map(_is_odd, columns, found))
        for (number, texts, _), row in zip(piece, zip(*found, strict=True), strict=True):
            line = Line(number, table, form, texts)
            if plain:
                line.values = {
                    name: value for name, value in zip(names, row, strict=True) if value is not BLANK
                }
            else:
                _fill(line, columns, row, merged)
            yield line


def _is_odd(column: Column, found: Sequence) -> bool:
    """Whether a cell of the column is more than a value or nothing: most columns of most lists have none."""
    kinds = set(map(type, found))
    return Unreadable in kinds or dict in kinds or (column.required and type(BLANK) in kinds)


def _fill(line: Line, columns: Sequence[Column], row: Sequence, merged: Sequence[tuple[str, tuple]]) -> None:
    for column, found in zip(columns, row, strict=True):
        if found is BLANK:
            if column.required:
                line.refuse(column.field, _why_empty(line, column, merged))
        elif isinstance(found, Unreadable):
            line.refuse(column.field, str(found))
        elif isinstance(found, dict):
            line.values |= found
        else:
            line.values[column.field] = found


def _reader(column: Column) -> Callable[[Iterable[str]], list]:
    # Numbers and names differ from row to row: remembering them would only fill the memory.
    if column.parse in (normalise, normalise_code):
        return lambda texts: [text or BLANK for text in map(column.parse, texts)]
    known = _Known(column.parse)
    return lambda texts: [known[text] for text in texts]


class _Known(dict):
    """What the cells of one column stand for, found out once for each of a few thousand words."""

    def __init__(self, parse: Callable[[str], object]):
        super().__init__()
        self.parse = parse

    def __missing__(self, text: str) -> object:
        found = self._understood(text)
        if len(self) < MOST_REMEMBERED:
            self[text] = found
        return found

    def _understood(self, text: str) -> object:
        if not normalise(text):
            return BLANK
        try:
            return self.parse(text)
        except Unreadable as unreadable:
            return unreadable


def _why_empty(line: Line, column: Column, merged: Sequence[tuple[str, tuple]]) -> str:
    """Excel keeps the text of a merged range in its first cell alone."""
    name = column.name.lstrip("*")
    place = line.table.header.columns[column.name] + 1
    for written, (left, top, right, bottom) in merged:
        if left <= place <= right and top <= line.number <= bottom:
            return f"此格属于合并单元格 {written}，请取消合并后逐行填写{name}。"
    return f"请填写{name}。"
