"""What one sees, as a file: harmless in a spreadsheet, and whole when it is imported again."""

import csv
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlmodel import select

from server.database import Database
from server.models.contact import Contact
from server.models.customer import Customer, CustomerShare, CustomerTag
from server.models.identity import new_id
from server.models.product import Product
from server.models.user import User
from server.transfer import answers, exporting
from server.transfer.checking import Choices, check
from server.transfer.columns import LABELS
from server.transfer.importer import importer
from server.transfer.importing import prepared, write
from server.transfer.reading import Sheet, read
from server.translations import LOCALES, translator
from server.views.customers import ListAsked
from server.views.labels import LIFECYCLES, said
from server.views.reader import Reader
from tests.cast import NOW, Cast
from tests.transfer.test_importing import choices_for, imported, sheet

EVERYTHING = sheet(
    "Company,Phone,Address,Region,Type,Status,Cadence,Price sensitivity,Tags,Latitude,Longitude,Contact,Role,"
    "Contact phone,Contact email,Preferred products,Preferred times,Competitors compared",
    "=HYPERLINK(1)，,+49 89 99998123,-Street 1,München,Workshop,active,14,high,VIP;展会,48.1,11.5,"
    "Anna,decides,+1 5550100,a@b.test,Seals 40 mm,Tue–Thu 周二,Kestrel: [cheap; 慢] 4 % off",
    "=HYPERLINK(1)，,+49 89 99998123,,,,,,,,,,Ben,uses,,,,,",
    "=HYPERLINK(1)， GmbH,089 5550199,,,,,,,,,,Carl,,,,,,",
    "=HYPERLINK(1)， GmbH,089 5550199,,,,,,,,,,Dora,,,,,,",
    "北京远景贸易,,@home,北京,,prospect,30,,,,,,,,,,,",
    "عميل 🚪,,,,,lost,,,,,,,,,,,,",
)


def with_duplicates() -> Choices:
    """Two companies in it have one name but for the legal form, and both are meant."""
    return replace(choices_for(EVERYTHING), import_duplicates=True)


def reader(user: User, locale: str) -> Reader:
    return Reader(user, NOW, "UTC", translator(locale))


def csv_rows(database: Database, user: User, locale: str = "en", **asked: Any) -> list[list[str]]:
    with database.reading() as session:
        text = "".join(exporting.csv_pieces(session, reader(user, locale), ListAsked(**asked)))
    assert text.startswith("\ufeff")
    return list(csv.reader(StringIO(text[1:], newline="")))


def xlsx_bytes(database: Database, user: User, folder: Path, locale: str = "en") -> bytes:
    with database.reading() as session:
        return exporting.xlsx_file(session, reader(user, locale), ListAsked(), folder).read_bytes()


def everything(database: Database) -> list[object]:
    """All that an import brings, without the ids and moments that are new each time."""
    with database.reading() as session:
        emails = {user.id: user.email for user in session.exec(select(User))}
        names = {customer.id: customer.name for customer in session.exec(select(Customer))}
        leave_out = {"id", "created_at", "customer_id", "owner_id", "created_by"}
        rows: list[object] = [
            (emails.get(customer.owner_id or ""), customer.model_dump(exclude=leave_out))
            for customer in session.exec(select(Customer).order_by(Customer.name))
        ]
        rows += sorted(
            str((names[c.customer_id], c.model_dump(exclude=leave_out)))
            for c in session.exec(select(Contact))
        )
        return rows + sorted((names[tag.customer_id], tag.tag) for tag in session.exec(select(CustomerTag)))


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("locale", LOCALES)
def test_an_export_can_be_imported_again_and_nothing_is_lost(
    database: Database, cast: Cast, tmp_path: Path, kind: str, locale: str
) -> None:
    imported(database, cast.alice, EVERYTHING, with_duplicates())
    before = everything(database)
    if kind == "csv":
        with database.reading() as session:
            pieces = exporting.csv_pieces(session, reader(cast.alice, locale), ListAsked())
            content = "".join(pieces).encode()
    else:
        content = xlsx_bytes(database, cast.alice, tmp_path, locale)
    _forget_customers(database)
    again = read(f"customers.{kind}", content)
    with database.writing() as session:
        by = importer(session, cast.dora)
        result = check(
            session, by, again, replace(choices_for(again), import_duplicates=True), lambda *_: None
        )
        assert [row.problems for row in result.wrong] == []
        assert write(session, prepared(by, result, NOW), lambda *_: None) == 4
    assert everything(database) == before


def _forget_customers(database: Database) -> None:
    with database.writing() as session:
        for table in (CustomerTag, CustomerShare, Contact, Customer):
            for row in session.exec(select(table)):
                session.delete(row)
            session.flush()


def test_no_cell_of_a_csv_is_a_formula(database: Database, cast: Cast) -> None:
    imported(database, cast.alice, EVERYTHING, with_duplicates())
    rows = csv_rows(database, cast.alice)
    assert len(rows) == 7
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝", "＋", "－", "＠"])
def test_wide_signs_begin_a_formula_too_and_come_back_as_they_were(sign: str) -> None:
    text = f"{sign}SUM(1)"
    assert exporting.harmless(text) == f"'{text}"
    assert read("a.csv", f"Name,Phone\n{exporting.harmless(text)},1".encode()).rows == [[text, "1"]]


INNER = [
    "Quay;=cmd|'/C calc'!A0;",
    "Quay 1\n=1+1",
    "\t=1",
    ";;-1",
    "a;'=1",
    "'=1;=1",
    "a\n'\t'=1",
    "Huber; -Meier",
]


@pytest.mark.parametrize("text", INNER)
def test_no_formula_begins_where_excel_with_decimal_commas_begins_a_cell(text: str) -> None:
    """It divides lines at semicolons, whatever the quotes say."""
    rows = [["Name", "Note"], ["Huber", text]]
    line = (
        answers.csv_text(rows).replace("\r", "").replace("\t", ";").replace("\n", ";").partition("Huber,")[2]
    )
    assert not [cell for cell in line.split(";") if cell.lstrip('"').startswith(("=", "+", "-", "@"))]
    assert read("a.csv", answers.csv_text(rows).encode()).rows == rows[1:]
    assert read("a.xlsx", answers.xlsx_bytes(rows, "Customers")).rows == rows[1:]


@pytest.mark.parametrize("text", ["'=1", "''=1", "'-Ohm", "'＝1", "'tis", "'", "''", "'\"-"])
def test_what_somebody_marked_comes_back_with_its_mark(text: str) -> None:
    rows = [["Name", "Phone"], [text, "1"]]
    assert read("a.csv", answers.csv_text(rows).encode()).rows == [[text, "1"]]
    assert read("a.xlsx", answers.xlsx_bytes(rows, "Customers")).rows == [[text, "1"]]


def test_no_cell_of_a_workbook_is_a_formula_or_a_link(database: Database, cast: Cast, tmp_path: Path) -> None:
    imported(database, cast.alice, EVERYTHING, with_duplicates())
    content = xlsx_bytes(database, cast.alice, tmp_path)
    path = tmp_path / "again.xlsx"
    path.write_bytes(content)
    values = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    assert [row[0] for row in values] == [
        "Customer",
        "=HYPERLINK(1)，",
        "=HYPERLINK(1)，",
        "=HYPERLINK(1)， GmbH",
        "=HYPERLINK(1)， GmbH",
        "北京远景贸易",
        "عميل 🚪",
    ]


def test_everybody_exports_what_they_see_and_nothing_else(database: Database, cast: Cast) -> None:
    imported(database, cast.alice, sheet("Company", "Of Alice", "Shared"))
    imported(database, cast.charlie, sheet("Company", "Of Charlie"))
    with database.writing() as session:
        shared = session.exec(select(Customer).where(Customer.name == "Shared")).one()
        session.add(CustomerShare(customer_id=shared.id, user_id=cast.bob.id))

    def names(user: User) -> list[str]:
        return [row[0] for row in csv_rows(database, user)[1:]]

    assert names(cast.alice) == ["Of Alice", "Shared"]
    assert names(cast.bob) == ["Shared"]
    assert names(cast.mei) == ["Of Alice", "Shared"]
    assert names(cast.charlie) == ["Of Charlie"]
    assert names(cast.dora) == ["Of Alice", "Of Charlie", "Shared"]


def test_the_search_and_the_chips_of_the_list_filter_the_export(database: Database, cast: Cast) -> None:
    imported(
        database,
        cast.alice,
        sheet("Company,Status,City", "Émile,lead,Lyon", "北京远景,active,北京", "100%,lead,"),
    )

    def names(**filters: str) -> list[str]:
        return [row[0] for row in csv_rows(database, cast.mei, **filters)[1:]]

    assert names(q="emile lyon") == ["Émile"]
    assert names(q="bjyj") == ["北京远景"]
    assert names(q="%") == ["100%"]
    assert names(show="leads") == ["100%", "Émile"]
    assert names(show="mine") == []
    assert names(show="cold") == []
    with database.writing() as session:
        for row in session.exec(select(Customer).where(Customer.name != "100%")):
            row.last_touch_at = NOW - timedelta(days=31)
    assert names(show="cold") == ["北京远景", "Émile"]


def test_more_customers_than_a_batch_holds_come_once_each(database: Database, cast: Cast) -> None:
    imported(database, cast.alice, sheet("Company", *(f"Company {number:04}" for number in range(1203))))
    names = [row[0] for row in csv_rows(database, cast.alice)[1:]]
    assert names == [f"Company {number:04}" for number in range(1203)]


def test_the_words_of_an_export_are_in_the_readers_language(database: Database, cast: Cast) -> None:
    t = translator("zh-Hans")
    imported(database, cast.alice, sheet("Company,Status", "Huber,active"))
    header, row = csv_rows(database, cast.alice, "zh-Hans")
    assert header == [t(label) for label in LABELS.values()]
    assert row[5] == said(t, LIFECYCLES, "active")


def test_what_they_like_goes_out_by_name_and_comes_back_as_what_is_sold(
    database: Database, cast: Cast
) -> None:
    sold = [Product(id=new_id(), name=name) for name in ("Seal, 40 mm", "Wiper")]
    with database.writing() as session:
        session.add_all(sold)
    rows = [["Bar", "wiper; Unknown"], ["Café", "Seal, 40 mm"], ["Deli", "Wiper、WIPER\nwhat is soft"]]
    imported(database, cast.alice, Sheet(["Company", "Preferred products"], rows, [2, 3, 4]))
    seal, wiper = (one.id for one in sold)
    with database.reading() as session:
        found = session.exec(select(Customer).order_by(Customer.name)).all()
    assert [(one.preferred_product_ids, one.preferred_products) for one in found] == [
        (None, "wiper; Unknown"),
        ([seal], None),
        ([wiper], "what is soft"),
    ]
    column = csv_rows(database, cast.alice)[0].index("Preferred products")
    told = [row[column] for row in csv_rows(database, cast.alice)[1:]]
    assert told == ["wiper; Unknown", "Seal, 40 mm", "Wiper\nwhat is soft"]
