"""What a person's .xlsx, .xls or .csv says, cell by cell as text, with row numbers as Excel shows them."""

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from registries.imports import reader
from registries.imports.archive import scan_archive
from registries.imports.delimited import records_of
from registries.imports.refusals import DAMAGED, ENCRYPTED, MOST_ROWS, UNUSUAL, SpreadsheetError

PROJECT = Path(__file__).resolve().parents[2]
MOST_SECONDS = 300
MOST_MEGABYTES = 40
MOST_BYTES = MOST_MEGABYTES * 1024 * 1024
ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
TEXT_ENDINGS = (".csv", ".txt")

TOO_LARGE = f"文件超过 {MOST_MEGABYTES} MB，请删除图片等无关内容，或分成多个文件导入。"
TOO_MUCH = "文件内容过多，无法一次读取。请分成多个文件导入。"
TOO_LONG = "表格超过 {} 行的上限，请分成多个文件导入。"
NOT_EXCEL = "这不是 Excel 文件。请上传 .xlsx、.xls 或 .csv 文件，建议使用下载的模板填写。"
WEB_PAGE = "这是扩展名为 Excel 的网页文件。请用 Excel 或 WPS 打开后另存为 .xlsx，再重新上传。"


class Row(NamedTuple):
    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """Rows without the blank ones. `formulas` gives rows by column letter, the first hundred of each column;
    `merged` the ranges of merged cells, such as A3:A5."""

    name: str
    rows: tuple[Row, ...]
    formulas: Mapping[str, Sequence[int]] = field(default_factory=dict)
    merged: Sequence[str] = ()


@dataclass(frozen=True)
class Book:
    sheets: tuple[Sheet, ...]
    hidden: tuple[str, ...] = ()


def read_rows(source: bytes | os.PathLike | str, *, filename: str) -> Book:
    """Every visible sheet. The content decides what the file is, except that text must be named .csv or .txt."""
    data = _bytes_of(source)
    refuse_at_sight(data, filename)
    if is_workbook(data):
        book = _read_workbook(data)
    else:
        book = Book((Sheet(Path(filename).stem, tuple(_rows(records_of(io.BytesIO(data))))),))
    if not any(sheet.rows for sheet in book.sheets):
        raise SpreadsheetError("文件里没有可见的内容，请检查工作表是否被隐藏，或使用下载的模板填写。")
    return book


def is_workbook(data: bytes) -> bool:
    return data.startswith((ZIP_MAGIC, OLE_MAGIC))


def refuse_at_sight(data: bytes, filename: str) -> None:
    """What can be told without reading it."""
    _refuse_size(len(data))
    if is_workbook(data):
        return
    if data[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise SpreadsheetError(WEB_PAGE)
    if not filename.lower().endswith(TEXT_ENDINGS):
        raise SpreadsheetError(NOT_EXCEL)


def _refuse_size(size: int) -> None:
    if size > MOST_BYTES:
        raise SpreadsheetError(TOO_LARGE)
    if size == 0:
        raise SpreadsheetError("文件是空的，请重新选择文件。")


def _bytes_of(source: bytes | os.PathLike | str) -> bytes:
    if isinstance(source, bytes):
        return source
    _refuse_size(Path(source).stat().st_size)
    return Path(source).read_bytes()


def _read_workbook(data: bytes) -> Book:
    if data.startswith(OLE_MAGIC) and ENCRYPTED_STREAM in data:
        raise SpreadsheetError(ENCRYPTED)
    with _read_apart(data) as answer:
        # Meanwhile, on the other core. A file that is refused here ends the reader.
        scans = scan_archive(data) if data.startswith(ZIP_MAGIC) else None
        sheets = _sheets(answer())
    visible = [(name, texts) for name, texts in sheets if texts is not None]
    if scans is not None and scans.keys() != {name for name, _ in visible}:
        raise SpreadsheetError(UNUSUAL)
    return Book(
        tuple(
            Sheet(
                name,
                tuple(_rows_of_text(texts)),
                scans[name].formulas if scans else {},
                scans[name].merged if scans else (),
            )
            for name, texts in visible
        ),
        tuple(name for name, texts in sheets if texts is None),
    )


@contextmanager
def _read_apart(data: bytes) -> Iterator[Callable[[], bytes]]:
    """Starts the reader and gives a function that waits for its answer."""
    command = [sys.executable, "-m", reader.__name__]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with (
        ThreadPoolExecutor(1) as beside,
        subprocess.Popen(command, cwd=PROJECT, **pipes) as child,  # noqa: S603 - a constant command; the file goes through the pipe
    ):
        talk = beside.submit(child.communicate, data, MOST_SECONDS)

        def answer() -> bytes:
            output, _ = talk.result()
            if child.returncode:
                messages = {
                    reader.PASSWORD_NEEDED: ENCRYPTED,
                    reader.TOO_MUCH_TEXT: TOO_MUCH,
                    -signal.SIGXCPU: TOO_MUCH,
                }
                raise SpreadsheetError(messages.get(child.returncode, DAMAGED))
            return output

        try:
            yield answer
        except subprocess.TimeoutExpired:
            raise SpreadsheetError(TOO_MUCH) from None
        finally:
            child.kill()


def _sheets(output: bytes) -> list[tuple[str, str | None]]:
    """Name and text of each sheet, None for a hidden one."""
    parts = output.decode("utf-8", "replace").split(reader.SHEET_MARK)[:-1]
    triples = zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    return [(name, texts if seen == reader.VISIBLE else None) for name, seen, texts in triples]


def _rows_of_text(texts: str) -> Iterator[Row]:
    # Split twice rather than once: most of the memory would go into cells of blank rows. The marks count as spaces.
    for number, text in enumerate(texts.split(reader.ROW_MARK), start=1):
        if number > MOST_ROWS:
            raise SpreadsheetError(TOO_LONG.format(MOST_ROWS))
        if text and not text.isspace():
            yield Row(number, tuple(text.split(reader.CELL_MARK)))


def _rows(records: Iterable[Sequence[str]]) -> Iterator[Row]:
    for number, record in enumerate(records, start=1):
        if number > MOST_ROWS:
            raise SpreadsheetError(TOO_LONG.format(MOST_ROWS))
        if not "".join(record).isspace() and any(record):
            yield Row(number, tuple(record))
