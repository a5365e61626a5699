"""Reads a spreadsheet in a child process and gives back its rows, or says why it cannot."""

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shanzhi.core.errors import FieldError, Invalid, TooLarge

LIMIT = 50 << 20  # bytes of a file
SECONDS = 90  # by the wall clock


@dataclass(frozen=True, slots=True)
class Row:
    """A row with its number in the sheet (from 1) and its cells as `child._cell` writes them."""

    sheet: str
    number: int
    cells: list[Any]


def read_sheets(content: bytes) -> list[Row]:
    """All rows of all sheets that hold anything.

    Errors: TooLarge; Invalid with `sheet_…`: encrypted or of the old format, a bomb, cells too far out, broken,
    unknown.
    """
    if len(content) > LIMIT:
        raise TooLarge("file_too_large", limit=LIMIT >> 20)
    if not content.strip():
        raise refused("file_empty")
    with tempfile.NamedTemporaryFile(prefix="shanzhi-sheet-") as file:
        file.write(content)
        file.flush()
        return _rows(Path(file.name))


def refused(code: str) -> Invalid:
    return Invalid("invalid_input", errors=[FieldError("file", code)])


def _rows(path: Path) -> list[Row]:
    command = [sys.executable, "-m", "shanzhi.intake.sheets.child", str(path)]
    rows: list[Row] = []
    sheet, whole = "", False
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd="/") as child:
        try:
            assert child.stdout
            for raw in child.stdout:
                line = json.loads(raw)
                if "refused" in line:
                    raise refused(line["refused"])
                if "sheet" in line:
                    sheet = line["sheet"]
                elif "row" in line:
                    if any(cell not in (None, "") for cell in line["cells"]):
                        rows.append(Row(sheet, line["row"], line["cells"]))
                else:
                    whole = True
            child.wait(SECONDS)
        except (subprocess.TimeoutExpired, json.JSONDecodeError) as error:
            raise refused("sheet_broken") from error
        finally:
            child.kill()
    if not whole:  # it was ended: by its own limits, or by an abort inside the reader
        raise refused("sheet_too_large")
    return rows
