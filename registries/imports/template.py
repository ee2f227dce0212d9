"""The .xlsx that people fill in; what exports write the same way stands here too."""

import datetime as dt
import io
from collections.abc import Iterable, Mapping, Sequence

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation

NOTES_SHEET = "填表说明"
CHOICES_SHEET = "选项"
# The last sheet of an export. It holds no list, and an import passes over it.
ABOUT_SHEET = "导出说明"
HEADER_ROW = 2
MOST_CHARACTERS_OF_A_NAME = 31
LAST_ROW_WITH_CHOICES = 20_000
# As text, eighteen digits stay eighteen digits, 5% stays 5% and a date stays as it was typed.
TEXT_FORMAT = "@"
# What goes wrong in every list, whatever its columns.
HINTS = (
    (
        "长号码",
        "Excel 只保留 15 位有效数字：在“常规”格式的格子里输入 18 位号码，末 3 位会变成 0，显示为 4.1E+17，"
        "并且无法恢复，只能重新填写。本表各列已设为“文本”，请直接填写；从别处复制时请选择性粘贴为“值”。",
    ),
    ("日期", "按 2026-01-01 的样式填写，不写“2026.1”或“长期”。"),
    ("公式", "不使用公式，请粘贴为数值；不合并单元格，每行一条，填满一行再填下一行。"),
)
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")

THIN = Side(style="thin", color="B7C0CC")
TITLE_FONT = Font(bold=True, size=14)
HEADER_FONT = Font(bold=True)
REQUIRED_FONT = Font(bold=True, color="B42318")
HEADER_FILL = PatternFill("solid", fgColor="E8EEF7")
HEADER_BORDER = Border(left=THIN, right=THIN, top=THIN, bottom=THIN)
WRAPPED = Alignment(wrap_text=True, vertical="top")
CENTRED = Alignment(horizontal="center", vertical="center", wrap_text=True)


def safe_cell(value: object) -> object:
    """A value that no spreadsheet program takes for a formula; the import takes the apostrophe off again."""
    if value is None or isinstance(value, bool | int | float | dt.date):
        return value
    text = ILLEGAL_CHARACTERS_RE.sub("", str(value))
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def sheet_name(title: str, *, ending: str = "") -> str:
    """At most 31 characters, none of them []:*?/\\."""
    plain = "".join(character for character in title if character not in "[]:*?/\\")
    return plain[: MOST_CHARACTERS_OF_A_NAME - len(ending)] + ending


def workbook(
    columns: Sequence[str],
    *,
    title: str,
    examples: Mapping[str, str] | None = None,
    notes: Mapping[str, str] | None = None,
    choices: Mapping[str, Sequence[str]] | None = None,
) -> bytes:
    """`columns` are written exactly as given, asterisks included. The rest is by column name.

    Examples stand on the sheet of notes, where nobody imports them by mistake.
    """
    book = Workbook(write_only=True)
    offered = {column: choices[column] for column in columns if choices and choices.get(column)}
    _write_form(book, columns, title, offered)
    _write_notes(book, columns, examples or {}, notes or {}, offered)
    if offered:
        _write_choices(book, offered)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _write_form(
    book: Workbook,
    columns: Sequence[str],
    title: str,
    choices: Mapping[str, Sequence[str]],
) -> None:
    sheet = book.create_sheet(sheet_name(title))
    sheet.freeze_panes = f"A{HEADER_ROW + 1}"
    for place, column in enumerate(columns, start=1):
        dimension = sheet.column_dimensions[get_column_letter(place)]
        dimension.width = column_width(column)
        dimension.number_format = TEXT_FORMAT
    for validation in _validations(columns, choices):
        sheet.data_validations.append(validation)
    sheet.append([_cell(sheet, title, font=TITLE_FONT)])
    sheet.append([_header_cell(sheet, column) for column in columns])


def _write_notes(
    book: Workbook,
    columns: Sequence[str],
    examples: Mapping[str, str],
    notes: Mapping[str, str],
    choices: Mapping[str, Sequence[str]],
) -> None:
    sheet = book.create_sheet(NOTES_SHEET)
    for letter, width in zip("ABCDE", (22, 10, 60, 36, 28), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.append([_header_cell(sheet, name) for name in ("列名", "是否必填", "填写说明", "可选内容", "示例")])
    for column in columns:
        required = "必填" if column.startswith("*") else "选填"
        texts = (
            column,
            required,
            notes.get(column, ""),
            "、".join(choices.get(column, ())),
            examples.get(column, ""),
        )
        sheet.append([_cell(sheet, text, alignment=WRAPPED, number_format=TEXT_FORMAT) for text in texts])
    sheet.append([])
    for name, hint in HINTS:
        sheet.append([_cell(sheet, text, alignment=WRAPPED) for text in (name, "注意", hint)])


def _write_choices(book: Workbook, choices: Mapping[str, Sequence[str]]) -> None:
    """A list in the rule itself ends at 255 characters and splits at commas; a hidden sheet has no such limit."""
    sheet = book.create_sheet(CHOICES_SHEET)
    sheet.sheet_state = "hidden"
    listed = list(choices.values())
    for place in range(max(map(len, listed))):
        sheet.append([_cell(sheet, options[place]) if place < len(options) else None for options in listed])


def _validations(columns: Sequence[str], choices: Mapping[str, Sequence[str]]) -> Iterable[DataValidation]:
    for place, (column, options) in enumerate(choices.items(), start=1):
        source = get_column_letter(place)
        target = get_column_letter(columns.index(column) + 1)
        yield DataValidation(
            type="list",
            formula1=f"{quote_sheetname(CHOICES_SHEET)}!${source}$1:${source}${len(options)}",
            sqref=f"{target}{HEADER_ROW + 1}:{target}{LAST_ROW_WITH_CHOICES}",
            allow_blank=True,
            showErrorMessage=True,
            errorTitle="内容不在可选范围内",
            error="请从下拉列表中选择。",
        )


def _header_cell(sheet: object, text: str) -> WriteOnlyCell:
    font = REQUIRED_FONT if text.startswith("*") else HEADER_FONT
    return _cell(sheet, text, font=font, fill=HEADER_FILL, border=HEADER_BORDER, alignment=CENTRED)


def _cell(sheet: object, value: object, **styles: object) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, safe_cell(value))
    for name, style in styles.items():
        setattr(cell, name, style)
    return cell


def column_width(column: str) -> float:
    """Room for the header in Chinese characters, two columns each, and for an 18-digit number below it."""
    return min(max(2.2 * len(column) + 2, 20 if column.endswith(("号", "码", "号码")) else 12), 40)
