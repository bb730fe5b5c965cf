"""Workbooks to import in tests: written by XlsxWriter, or broken by hand."""

import zipfile
from io import BytesIO
from typing import Any

import xlsxwriter


def workbook(rows: list[list[Any]]) -> bytes:
    content = BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return content.getvalue()


def with_sheets(sheets: dict[str, list[list[Any]]], hidden: str = "") -> bytes:
    """Sheets by their names."""
    content = BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
            if name == hidden:
                sheet.hide()
            else:
                sheet.set_first_sheet()
                sheet.activate()
    return content.getvalue()


def with_errors(rows: list[list[Any]]) -> bytes:
    """A text that begins with # is what a formula that failed left."""
    content = BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                if str(cell).startswith("#"):
                    sheet.write_formula(number, column, "=1/0", None, cell)
                else:
                    sheet.write(number, column, cell)
    return content.getvalue()


def with_sheet_xml(xml: bytes) -> bytes:
    """A workbook whose only sheet is this XML."""
    content = BytesIO()
    source = zipfile.ZipFile(BytesIO(workbook([["Name"]])))
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as target:
        for info in source.infolist():
            is_sheet = info.filename == "xl/worksheets/sheet1.xml"
            target.writestr(info.filename, xml if is_sheet else source.read(info))
    return content.getvalue()


def bomb(megabytes: int) -> bytes:
    """A few kilobytes that unpack to `megabytes` of cells."""
    cell = b'<c r="A1" t="inlineStr"><is><t>' + b"a" * 1_000_000 + b"</t></is></c>"
    row = b'<row r="1">' + cell * megabytes + b"</row>"
    return with_sheet_xml(b'<worksheet xmlns="%s"><sheetData>%s</sheetData></worksheet>' % (NAMESPACE, row))


def far_away_cell() -> bytes:
    """Two cells, between them seventeen thousand million empty ones."""
    rows = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    return with_sheet_xml(b'<worksheet xmlns="%s"><sheetData>%s</sheetData></worksheet>' % (NAMESPACE, rows))


NAMESPACE = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
