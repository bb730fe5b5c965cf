"""Opens a workbook in a process of its own with limits on memory and time. Reads its bytes from stdin and writes JSON.

A few kilobytes of XLSX can unpack to gigabytes, or name a cell so far away that the reader allocates all cells before
it, or show one long text in each of a hundred thousand cells. Such a file ends this process, and not the server.
"""

import json
import re
import resource
import sys
from datetime import date, datetime, time
from io import BytesIO
from itertools import islice
from typing import Any
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

MEMORY_BYTES = 768 * 1024**2
UNPACKED_BYTES = 256 * 1024**2
CPU_SECONDS = 30
MOST_SHEETS, HEAD_ROWS, HEAD_CELLS, HEAD_CELL = 20, 5, 60, 60
SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
# Calamine returns a cell of the type "error" as an empty one. With the type "text", #DIV/0! is returned as it is.
ERROR_CELL = re.compile(rb"""(<(?:\w+:)?c\s[^<>]*?\bt=)(["'])e\2""")


def main() -> None:
    max_rows, max_columns, max_cell, max_characters = (int(argument) for argument in sys.argv[1:5])
    wanted = int(sys.argv[5])
    content = sys.stdin.buffer.read()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    told = answer(content, max_rows, max_columns, max_cell, max_characters, wanted)
    sys.stdout.buffer.write(json.dumps(told, ensure_ascii=False).encode())


def answer(
    content: bytes, max_rows: int, max_columns: int, max_cell: int, max_characters: int, wanted: int
) -> dict[str, Any]:
    """The rows of one of the sheets that hold something (`wanted`: which, from 0), and the first lines of all of them,
    which tell whether another one would have been the right one."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        if _unpacked_size(content) > UNPACKED_BYTES:
            return {"refused": "damaged"}
        workbook = CalamineWorkbook.from_filelike(BytesIO(_with_errors_as_text(content)))
        heads, sheet = _heads(workbook, wanted)
        rows = _rows(sheet, max_rows, max_columns, max_cell, max_characters) if sheet else []
        return {"rows": rows, "heads": heads}
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


def _rows(sheet: Any, max_rows: int, max_columns: int, max_cell: int, max_characters: int) -> list[list[str]]:
    rows: list[list[str]] = []
    characters = 0
    for number, cells in enumerate(sheet.iter_rows(), 1):
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


def _heads(workbook: Any, wanted: int) -> tuple[dict[str, list[list[str]]], Any]:
    """The first filled rows of each sheet that holds something, by its name, and the wanted one of these sheets.
    Hidden ones, which hold the choices of drop-down lists, count only if no other holds anything."""
    from python_calamine import SheetVisibleEnum

    visible = [one.name for one in workbook.sheets_metadata if one.visible == SheetVisibleEnum.Visible]
    for names in (visible, workbook.sheet_names):
        heads: dict[str, list[list[str]]] = {}
        found = None
        for name in names[:MOST_SHEETS]:
            sheet = workbook.get_sheet_by_name(name)
            head = _head(sheet)
            if head:
                found = sheet if len(heads) == wanted else found
                heads[name] = head
        if heads:
            break
    return heads, found


def _head(sheet: Any) -> list[list[str]]:
    rows = ([as_text(cell)[:HEAD_CELL] for cell in row[:HEAD_CELLS]] for row in sheet.iter_rows())
    return list(islice((row for row in rows if any(cell.strip() for cell in row)), HEAD_ROWS))


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
