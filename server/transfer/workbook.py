"""Opens a workbook in a process of its own with limits on memory and time. Reads its bytes from stdin and writes JSON.

A few kilobytes of XLSX can unpack to gigabytes, or name a cell so far away that the reader allocates all cells before
it, or show one long text in each of a hundred thousand cells. Such a file ends this process, and not the server.
"""

import json
import re
import resource
import sys
from collections.abc import Iterator
from datetime import date, datetime, time
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

MEMORY_BYTES = 768 * 1024**2
UNPACKED_BYTES = 256 * 1024**2
CPU_SECONDS = 30
SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
# Calamine returns a cell of the type "error" as an empty one. With the type "text", #DIV/0! is returned as it is.
ERROR_CELL = re.compile(rb"""(<(?:\w+:)?c\s[^<>]*?\bt=)(["'])e\2""")


def main() -> None:
    max_rows, max_columns, max_cell, max_characters = (int(argument) for argument in sys.argv[1:5])
    content = sys.stdin.buffer.read()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    told = answer(content, max_rows, max_columns, max_cell, max_characters)
    sys.stdout.buffer.write(json.dumps(told, ensure_ascii=False).encode())


def answer(
    content: bytes, max_rows: int, max_columns: int, max_cell: int, max_characters: int
) -> dict[str, Any]:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        if _unpacked_size(content) > UNPACKED_BYTES:
            return {"refused": "damaged"}
        workbook = CalamineWorkbook.from_filelike(BytesIO(_with_errors_as_text(content)))
        return {"rows": _rows(workbook, max_rows, max_columns, max_cell, max_characters)}
    except PasswordError:
        return {"refused": "password"}
    except (CalamineError, MemoryError, BadZipFile):
        return {"refused": "damaged"}
    except TooMuch as too_much:
        return {"refused": too_much.args[0], "row": too_much.args[1]}


def _unpacked_size(content: bytes) -> int:
    """In bytes, as the file itself says. If it says too little, the process meets its limit on memory."""
    return sum(entry.file_size for entry in ZipFile(BytesIO(content)).infolist())


def _with_errors_as_text(content: bytes) -> bytes:
    """The workbook with its error cells as text cells. Most have none, and are returned as they are."""
    book = ZipFile(BytesIO(content))
    if not any(ERROR_CELL.search(book.read(name)) for name in book.namelist() if SHEET.fullmatch(name)):
        return content
    copy = BytesIO()
    with ZipFile(copy, "w", ZIP_DEFLATED, compresslevel=1) as target:
        for name in dict.fromkeys(book.namelist()):
            part = book.read(name)
            target.writestr(name, ERROR_CELL.sub(rb"\1\2str\2", part) if SHEET.fullmatch(name) else part)
    return copy.getvalue()


class TooMuch(Exception):  # noqa: N818 - an answer, not a failure
    """More than a limit allows: (what, the number of the row)."""


def _rows(
    workbook: Any, max_rows: int, max_columns: int, max_cell: int, max_characters: int
) -> list[list[str]]:
    rows: list[list[str]] = []
    characters = 0
    for number, cells in enumerate(_first_filled_sheet(workbook), 1):
        if len(rows) > max_rows:
            raise TooMuch("rows", number)
        row = [as_text(cell) for cell in cells]
        while row and not row[-1].strip():
            row.pop()
        if len(row) > max_columns:
            raise TooMuch("columns", number)
        if any(len(cell) > max_cell for cell in row):
            raise TooMuch("cell", number)
        characters += sum(map(len, row))
        if characters > max_characters:
            raise MemoryError  # the JSON of it would be too large for the server, which reads it
        rows.append(row)
    return rows


def _first_filled_sheet(workbook: Any) -> Iterator[list[Any]]:
    for name in workbook.sheet_names:
        sheet = workbook.get_sheet_by_name(name)
        if sheet.height:
            yield from sheet.iter_rows()
            return


def as_text(cell: Any) -> str:
    """A cell as a person would have typed it: a telephone number that Excel took for a number is digits again."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e17 else format(cell, ".15g")
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ", "minutes")
    if isinstance(cell, time):
        return cell.isoformat("minutes")
    return cell.isoformat() if isinstance(cell, date) else str(cell)


if __name__ == "__main__":
    main()
