"""Files nobody meant to send: each is read, or refused with a sentence; nothing breaks or stays half."""

import csv
import random
from io import StringIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.database import Database
from server.transfer.checking import Choices, check, sentence
from server.transfer.columns import FIELDS, guess_columns
from server.transfer.importer import importer
from server.transfer.importing import prepared, write
from server.transfer.reading import Sheet, read
from server.transfer.unreadable import Unreadable
from server.translations import translator
from tests.cast import NOW, Cast
from tests.transfer import workbooks
from tests.transfer.test_importing import all_rows

T = translator("zh-Hans")
SEVERAL = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
ODD_CELLS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "",
            "🚪" * 30,
            "عميل\u200f",
            "\u202e evil",
            "=1+1",
            "'=1",
            "x" * 9_999,
            "\x0b",
            "\x1b[31m",
            "NaN",
            "1e999",
        ]
    ),
    st.sampled_from(
        ["1900-01-01", "-0", "99999999999999999999", "９９", "lead", "每月", "a@b", "\ufeff", "\u2028", "ı"]
    ),
)
SHEETS = st.lists(st.lists(ODD_CELLS, min_size=1, max_size=8), min_size=2, max_size=6)
HEADERS = st.lists(
    st.sampled_from(
        ["客户名称", "Company", "Phone", "Status", "周期", "Tags", "纬度", "Longitude", "职务", ""]
    ),
    max_size=8,
)


def read_or_refused(name: str, content: bytes) -> Sheet | None:
    try:
        return read(name, content)
    except Unreadable as refused:
        said = T(refused.sentence, **refused.params)
    assert said
    return None


@given(st.binary(max_size=3000), st.sampled_from(["a.csv", "a.xlsx", "", "🚪"]))
@settings(max_examples=300, deadline=None)
def test_random_bytes(content: bytes, name: str) -> None:
    read_or_refused(name, content)


@given(st.integers(0, 2**32), st.sampled_from(["utf-8", "utf-16", "gb18030"]))
@settings(max_examples=200, deadline=None)
def test_files_damaged_on_the_way(seed: int, encoding: str) -> None:
    dice = random.Random(seed)
    content = bytearray(('公司,"电话"\r\n"北京, 远景",010\r\n' * 20).encode(encoding))
    for _ in range(dice.randint(1, 8)):
        content[dice.randrange(len(content))] = dice.randrange(256)
    read_or_refused("a.csv", bytes(content[: dice.randrange(len(content))]))


@given(st.integers(0, 2**32))
@settings(max_examples=30, deadline=None)
def test_damaged_workbooks(seed: int) -> None:
    dice = random.Random(seed)
    content = bytearray(workbooks.workbook([["Name", "Phone"], ["Huber", 13800138000]]))
    for _ in range(dice.randint(1, 30)):
        content[dice.randrange(4, len(content))] = dice.randrange(256)
    read_or_refused("a.xlsx", bytes(content))


@given(SHEETS)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_written_as_csv_is_read_again(rows: list[list[str]]) -> None:
    written = StringIO()
    csv.writer(written).writerows(rows)
    sheet = read_or_refused("a.csv", written.getvalue().encode("utf-8", "surrogatepass"))
    if sheet:
        assert len(sheet.rows) == len(sheet.numbers)
        assert {len(row) for row in sheet.rows} == {len(sheet.header)}


@given(HEADERS, SHEETS, st.booleans(), st.booleans())
@SEVERAL
def test_any_cells_are_checked_and_written_whole_or_not_at_all(
    database: Database, cast: Cast, header: list[str], rows: list[list[str]], leave_out: bool, twice: bool
) -> None:
    width = max(len(header), *(len(row) for row in rows))
    padded = [row + [""] * (width - len(row)) for row in [header, *rows]]
    sheet = Sheet(padded[0], padded[1:], list(range(2, len(padded) + 1)))
    columns = tuple(guess.field for guess in guess_columns(sheet.header))
    _check_and_write(database, cast, sheet, Choices(columns, None, None, twice, leave_out))


def _check_and_write(database: Database, cast: Cast, sheet: Sheet, choices: Choices) -> None:
    with database.writing() as session:
        by = importer(session, cast.dora)
        result = check(session, by, sheet, choices, lambda *_: None)
        assert all(sentence(T, problem, []) for row in result.wrong for problem in row.problems.values())
        assert all(field in FIELDS for row in result.wrong for field in row.problems)
        if not result.may_be_written:
            with pytest.raises(ValueError, match="leaving them out"):
                prepared(by, result, NOW)
            return
        write(session, prepared(by, result, NOW), lambda *_: None)
    assert len(result.rows) == len(sheet.rows)


def test_nothing_of_it_is_half_written(database: Database, cast: Cast) -> None:
    """Text that one of the databases cannot store is refused by the check and not by the database."""
    from server.models.customer import Customer

    header = ["Company", "Phone", "Tags", "Contact"]
    for bad in ("\x00", "\ud800", "\x07"):
        sheet = Sheet(header, [["Good", "", "", ""], [f"Bad{bad}", bad, bad, bad]], [2, 3])
        columns = tuple(guess.field for guess in guess_columns(header))
        _check_and_write(database, cast, sheet, Choices(columns))
    assert all_rows(database, Customer) == []
