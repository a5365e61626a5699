"""The child process that reads a spreadsheet: `python -m shanzhi.intake.sheets.child FILE`.

It runs apart because a reader that a file can crash must not be the server: one cell at XFD1048576 aborts calamine's
whole process, a bomb fills memory. It limits its own memory and time, writes one JSON line a row, and imports
nothing of
the house.
"""

import csv
import json
import re
import resource
import sys
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

MEMORY = 1 << 30  # bytes of address space
SECONDS = 60  # of CPU
UNPACKED = 300 << 20  # bytes that the parts of an xlsx may have in all
RATIO = 200  # unpacked to packed; text compresses 20-fold, bombs a thousandfold
ROWS, COLUMNS = 200_000, 300
EXACT = 10**15  # integers from here on have lost digits in a spreadsheet's float
REFERENCE = re.compile(rb'<c[^>]{0,200}?\br="([A-Z]{1,3})(\d{1,7})"')


class Refused(Exception):
    """The file cannot be read; the text is a message code."""


def main(path: Path) -> Iterator[dict[str, Any]]:
    """Lines: `{"sheet", "rows"}` for each sheet, `{"row", "cells"}` for each row, and `{"end": true}`."""
    with path.open("rb") as file:
        head = file.read(8)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise Refused("sheet_encrypted_or_old")
    sheets = _workbook(path) if head.startswith(b"PK") else [("csv", _csv(path))]
    for name, rows in sheets:
        yield {"sheet": name}
        for number, cells in enumerate(rows, start=1):
            if number > ROWS or len(cells) > COLUMNS:
                raise Refused("sheet_too_large")
            yield {"row": number, "cells": cells}
    yield {"end": True}


def _workbook(path: Path) -> Iterator[tuple[str, Iterable[list[Any]]]]:
    from python_calamine import CalamineWorkbook, PasswordError  # noqa: PLC0415 - after the limits are set

    _refuse_bombs(path)
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        for name in workbook.sheet_names:
            sheet = workbook.get_sheet_by_name(name)
            yield name, ([_cell(value) for value in row] for row in sheet.to_python(skip_empty_area=False))
    except PasswordError as error:
        raise Refused("sheet_encrypted_or_old") from error


def _refuse_bombs(path: Path) -> None:
    """Before anything is unpacked for good: sizes by the directory, and the farthest cell by a streaming look."""
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            unpacked, packed = sum(i.file_size for i in infos), sum(i.compress_size for i in infos)
            if unpacked > UNPACKED or unpacked > RATIO * max(packed, 1 << 16):
                raise Refused("sheet_bomb")
            if "xl/workbook.xml" not in archive.namelist():
                raise Refused("sheet_kind_unknown")
            for info in infos:
                if info.filename.startswith("xl/worksheets/") and info.filename.endswith(".xml"):
                    _refuse_far_cells(archive, info)
    except zipfile.BadZipFile as error:
        raise Refused("sheet_broken") from error


def _refuse_far_cells(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
    seen, tail = 0, b""
    with archive.open(info) as part:
        while chunk := part.read(1 << 20):
            seen += len(chunk)
            if seen > UNPACKED:  # the directory lied
                raise Refused("sheet_bomb")
            for column, row in REFERENCE.findall(tail + chunk):
                if int(row) > ROWS or _column_number(column) > COLUMNS:
                    raise Refused("sheet_too_large")
            tail = chunk[-250:]


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _cell(value: Any) -> Any:
    """A cell as JSON: text, whole number, `{"t": moment}`, `{"d": days}` for a duration, `{"lost": text}`."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, float):
        if abs(value) >= EXACT:
            return {"lost": f"{value:.0f}"}
        return int(value) if value.is_integer() else value
    if isinstance(value, datetime | date | time):
        return {"t": value.isoformat()}
    return {"d": value / timedelta(days=1)} if isinstance(value, timedelta) else value


def _csv(path: Path) -> Iterator[list[Any]]:
    """UTF-8 with or without mark, UTF-16 with one, else GB 18030, as Chinese office programs write it."""
    csv.field_size_limit(1 << 20)
    encoding = _encoding(path)
    with path.open(encoding=encoding, newline="", errors="replace") as file:
        sample = file.read(1 << 16)
        file.seek(0)
        delimiter = max(",;\t", key=sample.splitlines()[0].count) if sample.strip() else ","
        try:
            yield from csv.reader((line.replace("\x00", "") for line in file), delimiter=delimiter)
        except csv.Error as error:
            raise Refused("sheet_broken") from error


def _encoding(path: Path) -> str:
    content = path.read_bytes()
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if content[:1024].count(0) > 16:
        raise Refused("sheet_kind_unknown")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8-sig"


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    try:
        for line in main(Path(sys.argv[1])):
            sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    except Refused as refused:
        sys.stdout.write(json.dumps({"refused": str(refused)}) + "\n")
    except MemoryError:
        sys.stdout.write('{"refused": "sheet_bomb"}\n')
    except Exception:
        sys.stdout.write('{"refused": "sheet_broken"}\n')
