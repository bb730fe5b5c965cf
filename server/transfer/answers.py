"""A small table, such as the answer to a question, as CSV or XLSX."""

import csv
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any

import xlsxwriter

from server.transfer.exporting import BOM, harmless, put

Rows = list[list[Any]]


def csv_text(rows: Rows) -> str:
    piece = StringIO()
    csv.writer(piece).writerows([harmless(cell) for cell in row] for row in rows)
    return BOM + piece.getvalue()


def xlsx_bytes(rows: Rows, name: str) -> bytes:
    """`name`: of the sheet, in the reader's language."""
    made = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(made, options) as book:
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, max(len(rows[0]) - 1, 0), 22)
        bold = book.add_format({"bold": True})
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                value = float(cell) if isinstance(cell, Decimal) else cell
                put(sheet, number, column, value, bold if number == 0 else None)
    return made.getvalue()
