"""What one sees of the customers, as CSV or XLSX: a row for each contact, and it can be imported again."""

import csv
import tempfile
from collections.abc import Iterator
from io import StringIO
from itertools import groupby
from pathlib import Path
from typing import Any

import xlsxwriter
from sqlalchemy import Row
from sqlmodel import Session, col, select

from server.models import scope
from server.models.customer import Contact, Customer, CustomerTag, Lifecycle
from server.models.user import User
from server.search_text import fold
from server.transfer.columns import LABELS
from server.translations import Translator, msgid

BATCH = 500
BOM = "\ufeff"
# A spreadsheet takes what begins so for a formula. A mark makes it text, and reading takes it off.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
WORDS = {
    "lead": msgid("Lead"),
    "prospect": msgid("Prospect"),
    "active": msgid("Active"),
    "dormant": msgid("Dormant"),
    "lost": msgid("Lost"),
    "decides": msgid("Decides"),
    "influences": msgid("Influences"),
    "blocks": msgid("Blocks"),
    "uses": msgid("Uses"),
    "low": msgid("Low"),
    "medium": msgid("Medium"),
    "high": msgid("High"),
}


def csv_pieces(session: Session, user: User, filters: dict[str, str], t: Translator) -> Iterator[str]:
    """With the mark by which Excel knows UTF-8."""
    yield BOM
    for rows in _batches(session, user, filters, t):
        piece = StringIO()
        csv.writer(piece).writerows([_harmless(cell) for cell in row] for row in rows)
        yield piece.getvalue()


def _harmless(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell


def xlsx_file(session: Session, user: User, filters: dict[str, str], t: Translator, folder: Path) -> Path:
    """Row by row to the disk, so that a large company needs no more memory than a small one."""
    path = folder / "customers.xlsx"
    options = {
        "constant_memory": True,
        "tmpdir": str(folder),
        "strings_to_formulas": False,
        "strings_to_urls": False,
    }
    with xlsxwriter.Workbook(path, options) as book:
        sheet = book.add_worksheet(t("Customers"))
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(LABELS) - 1, 18)
        bold = book.add_format({"bold": True})
        numbered = enumerate(row for rows in _batches(session, user, filters, t) for row in rows)
        for number, row in numbered:
            for column, cell in enumerate(row):
                _put(sheet, number, column, cell, bold if number == 0 else None)
    return path


def _put(sheet: Any, number: int, column: int, cell: Any, format_: Any) -> None:
    if isinstance(cell, str):
        sheet.write_string(number, column, cell, format_)
    elif cell is not None:
        sheet.write_number(number, column, cell)


def temporary_folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="legwork-export-")


def _batches(
    session: Session, user: User, filters: dict[str, str], t: Translator
) -> Iterator[list[list[Any]]]:
    yield [[t(label) for label in LABELS.values()]]
    emails = {owner.id: owner.email for owner in session.exec(select(User))}
    after = ("", "")
    while customers := _next_customers(session, user, filters, after):
        after = (customers[-1].sort_key, customers[-1].id)
        yield _rows(session, customers, emails, t)


def _next_customers(
    session: Session, user: User, filters: dict[str, str], after: tuple[str, str]
) -> list[Customer]:
    """From where the last batch ended, not by counting: rows written meanwhile move nothing."""
    sort_key, customer_id = col(Customer.sort_key), col(Customer.id)
    later = (sort_key > after[0]) | ((sort_key == after[0]) & (customer_id > after[1]))
    query = filtered(scope.customers_of(user), user, filters).where(later)
    return list(session.exec(query.order_by(sort_key, customer_id).limit(BATCH)))


def filtered(query: Any, user: User, filters: dict[str, str]) -> Any:
    """The words in the search field, and the chips above the list."""
    for word in fold(filters.get("q", "")).split():
        query = query.where(col(Customer.search_text).contains(word, autoescape=True))
    if filters.get("show") == "mine":
        query = query.where(Customer.owner_id == user.id)
    if filters.get("show") == "leads":
        query = query.where(Customer.lifecycle == Lifecycle.LEAD)
    if filters.get("lifecycle"):
        query = query.where(Customer.lifecycle == filters["lifecycle"])
    return query


def _rows(
    session: Session, customers: list[Customer], emails: dict[str, str], t: Translator
) -> list[list[Any]]:
    ids = [customer.id for customer in customers]
    tags = _by_customer(
        session, select(CustomerTag.customer_id, CustomerTag.tag).where(col(CustomerTag.customer_id).in_(ids))
    )
    contacts = _by_customer(session, _contacts(ids))
    rows = []
    for customer in customers:
        own = _customer(customer, emails, [tag for _, tag in tags.get(customer.id, [])], t)
        rows += [own + _contact(contact, t) for contact in contacts.get(customer.id, [None])]
    return rows


def _by_customer(session: Session, query: Any) -> dict[str, list[Any]]:
    found = sorted(session.execute(query), key=lambda row: (row[0], row[1]))
    return {customer_id: list(rows) for customer_id, rows in groupby(found, key=lambda row: row[0])}


def _contacts(ids: list[str]) -> Any:
    columns = (Contact.customer_id, Contact.id, Contact.name, Contact.role, Contact.phone, Contact.email)
    return select(*columns).where(col(Contact.customer_id).in_(ids), col(Contact.deleted_at).is_(None))  # type: ignore[call-overload]


def _customer(customer: Customer, emails: dict[str, str], tags: list[str], t: Translator) -> list[Any]:
    return [
        customer.name,
        customer.phone,
        customer.address,
        customer.region,
        customer.customer_type,
        _word(customer.lifecycle, t),
        customer.cadence_days,
        _word(customer.price_sensitivity, t),
        emails.get(customer.owner_id or ""),
        "; ".join(tags),
        customer.latitude,
        customer.longitude,
    ]


def _contact(contact: Row[Any] | None, t: Translator) -> list[Any]:
    if contact is None:
        return [None] * 4
    return [contact.name, _word(contact.role, t), contact.phone, contact.email]


def _word(code: str | None, t: Translator) -> str | None:
    return t(WORDS[code]) if code in WORDS else code
