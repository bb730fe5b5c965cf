"""From the bytes of an upload to rows of text: CSV in the encodings and delimiters that people use, and XLSX.

What cannot be read raises Unreadable, with a sentence that says what to do.
"""

import csv
import json
import subprocess
import sys
import threading
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from io import StringIO
from pathlib import Path
from typing import Any

from server.transfer.columns import guess_columns
from server.transfer.decoding import decoded
from server.transfer.limits import (
    MAX_BYTES,
    MAX_CELL,
    MAX_CHARACTERS,
    MAX_COLUMNS,
    MAX_ROWS,
    unmarked,
)
from server.transfer.unreadable import Unreadable
from server.translations import msgid

SECONDS_FOR_A_WORKBOOK = 60
# Each takes much memory and up to a minute, and meanwhile a thread waits for it that could answer others.
WORKBOOKS_AT_ONCE = threading.BoundedSemaphore(2)
DELIMITERS = ",;\t|"
ZIP, OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
OTHER_FILES = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG": "PNG",
    b"GIF8": "GIF",
    b"%PDF": "PDF",
    b"{\\rtf": "RTF",
}
# A text file may begin with BM, too, such as a column's name; but no text has these zero bytes.
BITMAP, BITMAP_RESERVED = b"BM", b"\x00\x00\x00\x00"
# Many programs write such files and call them .xls, because Excel opens them.
MARKUP = {b"<html": "HTML", b"<!doctype html": "HTML", b"<table": "HTML", b"<?xml": "XML"}
MOST_TITLES = 4  # lines above the header
# How sure a guess must be for a cell to count as a column's name. With less, rows of customers would look like headers:
# Ingolstadt contains "ort".
NAMED = 0.8
LONGEST_NAMES = 5_000  # characters of a line that are searched for names of columns
# Marks of no width and of direction, which come along when a cell is pasted from a page. Nobody sees them.
AROUND = "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
# No real row has so many delimiters, and taking such a line apart would take too long.
DELIMITERS_IN_A_LINE = 20_000


@dataclass(frozen=True)
class Sheet:
    """Each row is as long as the header. `numbers`: the number of each row in the file, from 1.

    Of a workbook one sheet is read: `name`; `others` are the names of those that hold something, too.
    """

    header: list[str]
    rows: list[list[str]]
    numbers: list[int]
    name: str = ""
    others: list[str] = field(default_factory=list)


def named(row: list[str]) -> int:
    """How many cells of a row are names of columns of customers."""
    return sum(guess.confidence >= NAMED for guess in guess_columns(row))


def read(file_name: str, content: bytes, known: Callable[[list[str]], int] = named) -> Sheet:
    """Raises Unreadable. `known`: counts the cells of a row that are names of columns; so the header is found below
    titles.
    """
    if len(content) > MAX_BYTES:
        raise Unreadable(
            msgid("The file is larger than %(max)s MB. Split it into several."), max=MAX_BYTES // 1024**2
        )
    if not content and not file_name:
        raise Unreadable(msgid("Choose a file first."))
    if not content.strip(b"\x00 \t\r\n"):
        raise Unreadable(msgid("The file is empty."))
    if not _is_workbook(file_name, content):
        return _sheet(_text(content, known), known)
    rows, names = _workbook(content, known)
    return replace(_sheet(iter(rows), known), name=names[0], others=names[1:])


def _is_workbook(file_name: str, content: bytes) -> bool:
    """The content decides; the file's name only makes the refusal clearer. Raises Unreadable."""
    if content.startswith(OLD_EXCEL):
        raise Unreadable(
            msgid("This workbook has a password or is of an old kind. Save it as .xlsx without a password.")
        )
    kind = _other_kind(content)
    if kind:
        raise Unreadable(msgid("This is a %(kind)s file. Choose a CSV or XLSX file."), kind=kind)
    if content.startswith(ZIP):
        return True
    if file_name.lower().endswith((".xlsx", ".xlsm")):
        raise Unreadable(
            msgid("This is not an Excel workbook, although it is called one. Save it again as .xlsx.")
        )
    return False


def _other_kind(content: bytes) -> str:
    """The name of a kind of file that cannot be imported, such as "PDF"; "" if it is none of those."""
    if content.startswith(BITMAP) and content[6:10] == BITMAP_RESERVED:
        return "BMP"
    begins = content[:1000].removeprefix(BOM_UTF8).lstrip().lower()
    kinds = [kind for start, kind in OTHER_FILES.items() if content.startswith(start)]
    kinds += [kind for start, kind in MARKUP.items() if begins.startswith(start)]
    return kinds[0] if kinds else ""


def _workbook(content: bytes, known: Callable[[list[str]], int]) -> tuple[list[list[str]], list[str]]:
    """The rows of the first sheet that has names of columns, or else of the first one: often another stands before it,
    with instructions or a summary. And the names of the sheets that hold something, its own first. Raises Unreadable.
    """
    if not WORKBOOKS_AT_ONCE.acquire(blocking=False):
        raise Unreadable(msgid("Other workbooks are being read just now. Try again in a minute."))
    try:
        answer = _answer(content, 0)
        heads = answer.get("heads", {})
        place = _with_header(heads.values(), known)
        answer = _answer(content, place) if place else answer
    finally:
        WORKBOOKS_AT_ONCE.release()
    if "refused" in answer:
        raise _refusal(answer)
    names = list(heads) or [""]
    return answer["rows"], [names.pop(place), *names]


def _with_header(heads: Iterable[list[list[str]]], known: Callable[[list[str]], int]) -> int:
    """The place of the first sheet that has names of columns; of the first one if none has."""
    found = (place for place, rows in enumerate(heads) if any(known(row) > 1 for row in rows))
    return next(found, 0)


def _answer(content: bytes, sheet: int) -> dict[str, Any]:
    limits = [str(limit) for limit in (MAX_ROWS, MAX_COLUMNS, MAX_CELL, MAX_CHARACTERS)]
    command = [sys.executable, "-I", str(Path(__file__).with_name("workbook.py")), *limits, str(sheet)]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=SECONDS_FOR_A_WORKBOOK)
    except subprocess.TimeoutExpired:
        return {"refused": "damaged"}
    answer: dict[str, Any] = {"refused": "damaged"} if done.returncode else json.loads(done.stdout)
    return answer


def _refusal(answer: dict[str, Any]) -> Unreadable:
    if answer["refused"] == "password":
        return Unreadable(msgid("This workbook has a password. Save it without one."))
    if answer["refused"] == "damaged":
        return Unreadable(msgid("This workbook is damaged or far too large to open. Save it as CSV."))
    return _too_much(answer["refused"], answer["row"])


def _too_much(what: str, row: int) -> Unreadable:
    if what == "rows":
        return Unreadable(msgid("The file has more than %(max)s rows. Split it into several."), max=MAX_ROWS)
    if what == "columns":
        return Unreadable(msgid("Row %(row)s has more than %(max)s columns."), row=row, max=MAX_COLUMNS)
    return Unreadable(
        msgid("Row %(row)s has a cell with more than %(max)s characters."), row=row, max=MAX_CELL
    )


def _text(content: bytes, known: Callable[[list[str]], int]) -> Iterator[list[str]]:
    text, delimiter = _without_separator_line(decoded(content))
    if not delimiter:
        delimiter = _delimiter(text, known)
    reader = csv.reader(_lines(text, delimiter), delimiter=delimiter, strict=True)
    try:
        for number, row in enumerate(reader, 1):
            if number > MAX_ROWS * 2:
                raise _too_much("rows", number)
            yield _within_limits(row, number)
    except csv.Error:
        raise Unreadable(
            msgid("Line %(line)s: a quotation mark is not closed or stands in the wrong place."),
            line=reader.line_num,
        ) from None


def _without_separator_line(text: str) -> tuple[str, str]:
    """The text without a first line "sep=;", as Excel writes it, and the delimiter in that line; "" without one."""
    first, newline, rest = text.partition("\n")
    first = first.rstrip("\r")
    is_separator = first[:4].lower() == "sep=" and len(first) == 5 and first[4] in DELIMITERS
    return (rest, first[4]) if is_separator and newline else (text, "")


def _delimiter(text: str, known: Callable[[list[str]], int]) -> str:
    """The delimiter that divides one of the first lines into most names of columns; if none does, the one that the
    first line has most of outside quotes. (With a single column it does not matter.)"""
    begins = text[:100_000].lstrip("\r\n")
    lines = [line[:LONGEST_NAMES].replace('"', "") for line in begins.splitlines() if line.strip()]

    def names(delimiter: str) -> int:
        return max((known(line.split(delimiter)) for line in lines[: MOST_TITLES + 1]), default=0)

    best = max(DELIMITERS, key=names)
    if names(best) > 1:
        return best
    unquoted = "".join(begins.split('"')[::2])
    first = unquoted.splitlines()[0] if unquoted.strip() else ""
    return max(DELIMITERS, key=first.count)


def _lines(text: str, delimiter: str) -> Iterator[str]:
    for number, line in enumerate(StringIO(text, newline=""), 1):
        if line.count(delimiter) > DELIMITERS_IN_A_LINE:
            raise _too_much("columns", number)
        yield line


def _within_limits(row: list[str], number: int) -> list[str]:
    while row and not row[-1].strip():
        row.pop()
    if len(row) > MAX_COLUMNS:
        raise _too_much("columns", number)
    if any(len(cell) > MAX_CELL for cell in row):
        raise _too_much("cell", number)
    return row


def _sheet(rows: Iterator[list[str]], known: Callable[[list[str]], int]) -> Sheet:
    numbered = [(number, row) for number, row in enumerate(rows, 1) if any(cell.strip() for cell in row)]
    if not numbered:
        raise Unreadable(msgid("The file is empty."))
    del numbered[: _titles([row for _, row in numbered[: MOST_TITLES + 1]], known)]
    if len(numbered) == 1:
        raise Unreadable(msgid("The file has names of columns but no rows below them."))
    if len(numbered) - 1 > MAX_ROWS:
        raise _too_much("rows", numbered[-1][0])
    width = max(len(row) for _, row in numbered)
    padded = [[_cell(cell) for cell in row] + [""] * (width - len(row)) for _, row in numbered]
    return Sheet(padded[0], padded[1:], [number for number, _ in numbered[1:]])


def _titles(rows: list[list[str]], known: Callable[[list[str]], int]) -> int:
    """How many lines stand above the header, such as a title "Customers, as of March" in merged cells."""
    filled = [sum(1 for cell in row if cell.strip()) for row in rows]
    for number, row in enumerate(rows):
        if known(row) > 1:
            return number if max(filled[:number], default=0) < filled[number] else 0
    return 0


def _cell(cell: str) -> str:
    # Our own export puts a mark before what a spreadsheet would take for a formula; so do other programs.
    return unmarked(cell.strip(AROUND))
