"""Files as people have them, and files that are something else."""

from datetime import date, datetime

import pytest

from server.transfer.limits import MAX_BYTES, MAX_ROWS
from server.transfer.reading import WORKBOOKS_AT_ONCE, Sheet, read
from server.transfer.unreadable import Unreadable
from tests.transfer import workbooks

HEADER = ["客户名称", "Phone"]
HALF_PAST_NINE = datetime(2026, 3, 1, 9, 30)  # noqa: DTZ001 - a workbook knows no zones
ROWS = [["北京远景贸易", "010 5550 1234"], ["O’Hara & Sons", "+49 40 66969123"]]


def csv_bytes(encoding: str, delimiter: str = ",", newline: str = "\r\n") -> bytes:
    return newline.join(delimiter.join(row) for row in [HEADER, *ROWS]).encode(encoding)


def refusal(name: str, content: bytes) -> str:
    with pytest.raises(Unreadable) as refused:
        read(name, content)
    return refused.value.sentence % refused.value.params


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_a_csv_is_read_in_every_common_dress(encoding: str, delimiter: str, newline: str) -> None:
    sheet = read("customers.csv", csv_bytes(encoding, delimiter, newline))
    assert sheet == Sheet(HEADER, ROWS, [2, 3])


def test_quotes_hold_delimiters_quotes_and_lines() -> None:
    sheet = read("a.csv", b'Name,Address\r\n"Huber, Pumps","Hall ""3""\nGate 2"\r\n')
    assert sheet.rows == [["Huber, Pumps", 'Hall "3"\nGate 2']]


def test_the_line_that_names_the_separator_is_not_a_row() -> None:
    assert read("a.csv", b"sep=;\r\nName;Phone\r\nHuber, Sons;1\r\n").rows == [["Huber, Sons", "1"]]


def test_rows_keep_their_numbers_across_empty_ones_and_are_as_long_as_the_longest() -> None:
    sheet = read("a.csv", b"Name\n\nHuber\n,,,\nKessler,x,y\n")
    assert sheet.header == ["Name", "", ""]
    assert sheet.numbers == [3, 5]
    assert sheet.rows == [["Huber", "", ""], ["Kessler", "x", "y"]]


def test_a_title_across_merged_cells_is_not_the_names_of_the_columns() -> None:
    title = [["Customers 2026"], [], ["as of March"], ["公司名称", "Phone"], ["Huber", "1"]]
    sheet = read("a.xlsx", workbooks.workbook(title))
    assert (sheet.header, sheet.rows, sheet.numbers) == (["公司名称", "Phone"], [["Huber", "1"]], [5])
    assert read("a.csv", b"Customers,,\nCompany,Phone\nHuber,1\n").header == ["Company", "Phone"]
    for text in (
        b"Customers 2026\n\nCompany;Phone\nHuber;1\n",
        b"Customers, as of March\nCompany;Phone;City\nHuber;1;Ulm\n",
        b'Customers, as of March\n"Company","Phone","City"\nHuber,1,Ulm\n',
        "客户名单；三月\nCompany\tPhone\nHuber\t1\n".encode(),
    ):
        assert read("a.csv", text).header[:2] == ["Company", "Phone"], text
    assert read("a.csv", b"Company,Phone\nA;B;C;D,1\n").header == ["Company", "Phone"]
    assert read("a.csv", b"Whom,Where\nCompany,Phone\n").header == ["Whom", "Where"], "as many as are below"
    assert read("a.csv", b"Name\nHuber\nKessler,Meier\n").header == ["Name", ""], "one column, and a comma"
    assert read("a.csv", b"Name\nMoosbauer GmbH,Ingolstadt,Workshop\n").header == ["Name", "", ""]


def test_the_mark_before_a_would_be_formula_is_taken_off() -> None:
    sheet = read("a.csv", b"Name,Phone\nHuber,'+49 1\n'Quoted',2")
    assert sheet.rows == [["Huber", "+49 1"], ["'Quoted'", "2"]]


def test_marks_that_nobody_sees_around_a_cell_are_left_out() -> None:
    sheet = read("a.csv", "Name,Phone\n\u200bHuber\ufeff,\u202a+49 89 1\u202c\n❤\ufe0f,\u200f\n".encode())
    assert sheet.rows == [["Huber", "+49 89 1"], ["❤\ufe0f", ""]]


def test_western_letters_are_not_taken_for_chinese() -> None:
    for encoding, text in (
        ("cp1252", "Name\nMüller Söhne\nGröße,Zürich"),
        ("iso-8859-2", "Name\nDvořák\nŽižka"),
    ):
        assert "CSV UTF-8" in refusal("a.csv", text.encode(encoding))


def test_a_workbook_is_read_as_a_person_would_have_typed_it() -> None:
    cells = ["A", 13800138000.0, 48.1374, 30, True, date(2026, 3, 1), HALF_PAST_NINE]
    sheet = read("a.xlsx", workbooks.workbook([["Name", "Phone"], cells]))
    assert sheet.rows == [["A", "13800138000", "48.1374", "30", "yes", "2026-03-01", "2026-03-01 09:30"]]


def test_the_error_in_a_cell_is_read_as_one_and_not_as_an_empty_cell() -> None:
    errors = ["#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!"]
    sheet = read("a.xlsx", workbooks.with_errors([["Name", "Phone"], *(["Huber", one] for one in errors)]))
    assert sheet.rows == [["Huber", one] for one in errors]


def test_a_workbook_is_known_by_its_content_whatever_it_is_called() -> None:
    assert read("customers.csv", workbooks.workbook([["Name"], ["Huber"]])).rows == [["Huber"]]


def test_the_sheet_with_names_of_columns_is_read_and_the_others_are_told() -> None:
    book = workbooks.with_sheets(
        {
            "Choices": [["Company", "Phone"]],
            "Read me": [["How to fill this in"], ["Change no header"]],
            "South": [["Customers"], ["Company", "Phone"], ["Huber", "1"]],
            "North": [["Company", "Phone"], ["Kessler", "2"]],
            "Sheet5": [],
        },
        hidden="Choices",
    )
    sheet = read("a.xlsx", book)
    assert (sheet.rows, sheet.numbers) == ([["Huber", "1"]], [3])
    assert (sheet.name, sheet.others) == ("South", ["Read me", "North"])
    one = read("a.xlsx", workbooks.with_sheets({"Empty": [], "List": [["Whom", "x"], ["Huber", "1"]]}))
    assert (one.header, one.name, one.others) == (["Whom", "x"], "List", [])
    hidden = workbooks.with_sheets({"List": [["Name"], ["Huber"]], "Shown": []}, hidden="List")
    assert read("a.xlsx", hidden).rows == [["Huber"]], "better than nothing"


def test_a_column_may_be_called_bm_as_bitmaps_begin() -> None:
    assert read("a.csv", b"BM,Name\n1,Huber\n").header == ["BM", "Name"]


def test_rows_of_a_workbook_have_the_numbers_that_excel_shows() -> None:
    assert read("a.xlsx", workbooks.workbook([[], [], ["Name"], [], ["Huber"]])).numbers == [5]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.xlsx", b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"x" * 1000, "JPEG"),
        ("a.csv", b"\x89PNG\r\n\x1a\n", "PNG"),
        ("a.csv", b"%PDF-1.7", "PDF"),
        ("a.bmp", b"BM\x36\x10\x0e\x00\x00\x00\x00\x00\x36\x00\x00\x00", "BMP"),
        ("a.xls", b"\xef\xbb\xbf\r\n<HTML><body><table><tr><td>Name</td></tr></table>", "HTML"),
        ("a.xls", b'<?xml version="1.0"?><Workbook></Workbook>', "XML"),
        ("a.xlsx", b"Name,Phone\nHuber,1", "not an Excel workbook"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "password"),
        ("a.xlsx", b"PK\x03\x04" + b"\x00" * 300, "damaged"),
        ("a.xlsx", workbooks.workbook([["Name"], ["Huber"]])[:-800], "damaged"),
        ("a.csv", b"", "empty"),
        ("a.csv", b"\r\n \r\n", "empty"),
        ("a.csv", b",,,\n,,\n", "empty"),
        ("a.xlsx", workbooks.workbook([]), "empty"),
        ("a.csv", b"Name,Phone\n", "no rows"),
        ("a.csv", b"Name\x00,Phone\nHuber\x00,1", "not a text file"),
        ("a.csv", b'Name,Phone\n"Huber,1\nKessler,2\n', "quotation mark"),
        ("a.csv", b"Name\n" + b"x" * 10_001, "10000 characters"),
        ("a.xlsx", workbooks.workbook([["Name"], ["x" * 10_001]]), "10000 characters"),
        ("a.csv", b",".join(b"c%d" % n for n in range(201)) + b"\n1", "200 columns"),
        ("a.xlsx", workbooks.workbook([["c"] * 201]), "200 columns"),
        ("a.csv", b"," * 1_000_000 + b"x\n1", "200 columns"),
        ("a.csv", b"Name\n" + b"x\n" * (MAX_ROWS + 1), "50000 rows"),
        ("a.xlsx", workbooks.workbook([["x"]] * (MAX_ROWS + 2)), "50000 rows"),
        ("a.csv", b"x" * (MAX_BYTES + 1), "12 MB"),
        ("a.xlsx", workbooks.bomb(270), "damaged"),
        ("a.xlsx", workbooks.far_away_cell(), "damaged"),
        ("a.xlsx", workbooks.workbook([["Name", "Phone"], *[["é" * 9_900, "é" * 9_900]] * 2_000]), "damaged"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ",
)
def test_what_cannot_be_read_is_refused_with_what_to_do(name: str, content: bytes, said: str) -> None:
    assert said in refusal(name, content)


def test_more_workbooks_than_a_few_are_not_read_at_once() -> None:
    """A thread waits for each, and others are answered by the same threads."""
    book = workbooks.workbook([["Name"], ["Huber"]])
    taken = 0
    while WORKBOOKS_AT_ONCE.acquire(blocking=False):
        taken += 1
    try:
        assert "Try again in a minute" in refusal("a.xlsx", book)
        assert read("a.csv", b"Name\nHuber\n").rows == [["Huber"]]
    finally:
        WORKBOOKS_AT_ONCE.release(taken)
    assert read("a.xlsx", book).rows == [["Huber"]]
    assert "damaged" in refusal("a.xlsx", book[:-800])
    assert read("a.xlsx", book).rows == [["Huber"]], "one that breaks gives its place back too"
