"""The zip file that an .xlsx is: guards that run before anything is loaded, and where its formulas are."""

import copy
import io
import posixpath
import zipfile
import zlib
from collections.abc import Callable, Iterator
from xml.parsers import expat

from registries.imports.refusals import DAMAGED, ENCRYPTED, UNUSUAL, SpreadsheetError
from registries.imports.scans import SheetScan, scan_plainly

MOST_UNPACKED_BYTES = 400 * 1024 * 1024
CHUNK = 256 * 1024
# Larger sheets are looked through as text first: a parser that calls back for every cell needs half a minute for them.
PARSED_BYTES = 2 * 1024 * 1024
WORKBOOK_PART = "xl/workbook.xml"
RELATIONS_PART = "xl/_rels/workbook.xml.rels"
ENCRYPTED_FLAG = 0x1

TOO_LARGE_UNPACKED = "文件解压后超过 400 MB，请删除图片和多余的工作表，或分成多个文件导入。"


def scan_archive(data: bytes) -> dict[str, SheetScan]:
    """One scan per visible worksheet, by name; raises SpreadsheetError for a file that is not safe to load."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _refuse_unsafe(archive)
            return {name: _scan_sheet(archive, name, part) for name, part in _visible_parts(archive)}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, expat.ExpatError, ValueError):
        raise SpreadsheetError(DAMAGED) from None


def _refuse_unsafe(archive: zipfile.ZipFile) -> None:
    members = archive.infolist()
    names = [member.filename for member in members]
    if WORKBOOK_PART not in names:
        raise SpreadsheetError("这不是 Excel 工作簿。请上传 .xlsx、.xls 或 .csv 文件，建议使用下载的模板。")
    if len(names) != len({name.lower() for name in names}):
        raise SpreadsheetError(UNUSUAL)
    if any(member.flag_bits & ENCRYPTED_FLAG for member in members):
        raise SpreadsheetError(ENCRYPTED)
    if sum(member.file_size for member in members) > MOST_UNPACKED_BYTES:
        raise SpreadsheetError(TOO_LARGE_UNPACKED)
    # The sizes above are what the file says of itself; a bomb lies, so unpack once and count.
    unpacked = 0
    for member in members:
        for chunk in _chunks(archive, member):
            unpacked += len(chunk)
            if unpacked > MOST_UNPACKED_BYTES:
                raise SpreadsheetError(TOO_LARGE_UNPACKED)


def _chunks(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """The member to the real end of its stream, which zipfile would cut off at the size it declares."""
    whole = copy.copy(member)
    whole.file_size = MOST_UNPACKED_BYTES + 2 * CHUNK
    with archive.open(whole) as stream:
        while chunk := stream.read(CHUNK):
            yield chunk


def _parse(archive: zipfile.ZipFile, part: str, start: Callable[[str, dict[str, str]], None]) -> None:
    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    for chunk in _chunks(archive, archive.getinfo(part)):
        parser.Parse(chunk, False)
    parser.Parse(b"", True)


def _scan_sheet(archive: zipfile.ZipFile, name: str, part: str) -> SheetScan:
    scan = None
    if archive.getinfo(part).file_size > PARSED_BYTES:
        scan = scan_plainly(_chunks(archive, archive.getinfo(part)))
    if scan is None:
        scan = SheetScan()
        _parse(archive, part, scan.start)
    scan.refuse_when_too_large(name)
    return scan


def _visible_parts(archive: zipfile.ZipFile) -> list[tuple[str, str]]:
    names: list[tuple[str, str]] = []
    targets: dict[str, str] = {}

    def sheet(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == "sheet" and attributes.get("state", "visible") == "visible":
            relation = next(value for key, value in attributes.items() if key.endswith(":id"))
            names.append((attributes["name"], relation))

    def relation(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == "Relationship" and attributes["Type"].endswith("/worksheet"):
            targets[attributes["Id"]] = posixpath.join("xl", attributes["Target"]).lstrip("/")

    try:
        _parse(archive, WORKBOOK_PART, sheet)
        _parse(archive, RELATIONS_PART, relation)
        parts = [(name, targets[found]) for name, found in names if found in targets]
        for _, part in parts:
            archive.getinfo(part)
    except (KeyError, StopIteration):
        raise SpreadsheetError(DAMAGED) from None
    if len(parts) != len(dict(parts)):
        raise SpreadsheetError(UNUSUAL)
    return parts
