"""Text files of rows and cells, record by record: a nation's list is never whole in the memory."""

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from registries.imports.refusals import DAMAGED, SpreadsheetError

UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
CHUNK = 1024 * 1024
UNKNOWN = "文字编码无法识别。请用 Excel 或 WPS 打开后另存为 .xlsx，再重新上传。"


def records_of(stream: BinaryIO) -> Iterator[Sequence[str]]:
    """Excel in China saves CSV as GB18030 or, when told to, as UTF-8; "Unicode 文本" is UTF-16 with tabs."""
    stream.seek(0)
    encodings = ("utf-16",) if stream.read(2) in UTF16_MARKS else ("utf-8-sig", "gb18030")
    encoding = next((name for name in encodings if _is_written_in(stream, name)), None)
    if encoding is None:
        raise SpreadsheetError(UNKNOWN)
    stream.seek(0)
    text = io.TextIOWrapper(stream, encoding, newline="")
    first_line = text.readline()
    delimiter = max(",\t;", key=first_line.count)
    text.seek(0)
    return _records(text, delimiter)


def _records(text: io.TextIOWrapper, delimiter: str) -> Iterator[Sequence[str]]:
    try:
        with text:  # and the stream below it, as soon as nobody reads on
            yield from csv.reader(text, delimiter=delimiter)
    except csv.Error:
        raise SpreadsheetError(DAMAGED) from None


def _is_written_in(stream: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    stream.seek(0)
    try:
        while chunk := stream.read(CHUNK):
            if "\0" in decoder.decode(chunk):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
