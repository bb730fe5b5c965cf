"""The customers that a list shows, as CSV or XLSX, with a row for each contact. The file can be imported again."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from itertools import groupby
from pathlib import Path
from typing import Any

import xlsxwriter
from sqlalchemy import Row
from sqlmodel import Session, col, select

from server.models.comparing import said_of
from server.models.contact import Contact
from server.models.custom_field import CustomField, custom_fields
from server.models.customer import Customer, CustomerTag
from server.models.product import Product
from server.models.scope import customers_of, deleted_of
from server.models.user import User
from server.transfer.columns import LABELS
from server.transfer.limits import marked, unmarked
from server.translations import Translator
from server.views.customers import ListAsked, all_shown
from server.views.deleting import deleted_in_order
from server.views.labels import CONTACT_ROLES, LIFECYCLES, PRICE_SENSITIVITIES, said
from server.views.reader import Reader

BATCH = 500
DELETED = "deleted"  # the list of deleted customers
BOM = "\ufeff"


def csv_pieces(session: Session, reader: Reader, asked: ListAsked) -> Iterator[str]:
    """Begins with the byte order mark by which Excel recognises UTF-8."""
    yield BOM
    for rows in _batches(session, reader, asked):
        piece = StringIO()
        csv.writer(piece).writerows([harmless(cell) for cell in row] for row in rows)
        yield piece.getvalue()


def harmless(cell: Any) -> Any:
    """A text with marks where a spreadsheet would take it for a formula; anything else as it is."""
    return marked(cell) if isinstance(cell, str) else cell


def xlsx_file(session: Session, reader: Reader, asked: ListAsked, folder: Path) -> Path:
    """Written to the disk row by row, so that it needs no more memory for a large company."""
    path = folder / "customers.xlsx"
    options = {
        "constant_memory": True,
        "tmpdir": str(folder),
        "strings_to_formulas": False,
        "strings_to_urls": False,
    }
    with xlsxwriter.Workbook(path, options) as book:
        sheet = book.add_worksheet(reader.t("Customers"))
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(LABELS) - 1, 18)
        bold = book.add_format({"bold": True})
        numbered = enumerate(row for rows in _batches(session, reader, asked) for row in rows)
        for number, row in numbered:
            for column, cell in enumerate(row):
                put(sheet, number, column, cell, bold if number == 0 else None)
    return path


def put(sheet: Any, number: int, column: int, cell: Any, format_: Any) -> None:
    """Writes a cell. A text cell of a workbook is no formula and needs no mark; but one that has a mark gets another,
    because reading takes one off."""
    if isinstance(cell, str):
        text = cell if unmarked(cell) == cell else marked(cell)
        sheet.write_string(number, column, text, format_)
    elif cell is not None:
        sheet.write_number(number, column, cell)


def _batches(session: Session, reader: Reader, asked: ListAsked) -> Iterator[list[list[Any]]]:
    own = [field for field in custom_fields(session) if field.retired_at is None]
    yield [[*(reader.t(label) for label in LABELS.values()), *(field.name for field in own)]]
    emails = {owner.id: owner.email for owner in session.exec(select(User))}
    products = dict(session.exec(select(Product.id, Product.name)).all())
    ids = _ids(session, reader, asked)
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        yield _rows(session, _customers(session, reader, asked, batch), emails, own, products, reader.t)


def _ids(session: Session, reader: Reader, asked: ListAsked) -> list[str]:
    """All ids at once, so that rows written meanwhile cannot shift one into another batch."""
    if asked.show == DELETED:
        latest_first = deleted_in_order(deleted_of(reader.user))
        return list(session.scalars(latest_first.with_only_columns(col(Customer.id))))
    return all_shown(session, reader, asked)


def _customers(session: Session, reader: Reader, asked: ListAsked, ids: Sequence[str]) -> list[Customer]:
    seen = deleted_of(reader.user) if asked.show == DELETED else customers_of(reader.user)
    found = {row.id: row for row in session.exec(seen.where(col(Customer.id).in_(ids)))}
    return [found[one] for one in ids if one in found]


def _rows(
    session: Session,
    customers: list[Customer],
    emails: dict[str, str],
    custom: Sequence[CustomField],
    products: Mapping[str, str],
    t: Translator,
) -> list[list[Any]]:
    ids = [customer.id for customer in customers]
    tags = _by_customer(
        session, select(CustomerTag.customer_id, CustomerTag.tag).where(col(CustomerTag.customer_id).in_(ids))
    )
    contacts = _by_customer(session, _contacts(ids))
    rows = []
    for customer in customers:
        own = _customer(customer, emails, [tag for _, tag in tags.get(customer.id, [])], products, t)
        further = [_own(field, customer.custom.get(field.id), t) for field in custom]
        rows += [[*own, *_contact(contact, t), *further] for contact in contacts.get(customer.id, [None])]
    return rows


def _by_customer(session: Session, query: Any) -> dict[str, list[Any]]:
    found = sorted(session.execute(query), key=lambda row: (row[0], row[1]))
    return {customer_id: list(rows) for customer_id, rows in groupby(found, key=lambda row: row[0])}


def _contacts(ids: list[str]) -> Any:
    columns = (Contact.customer_id, Contact.id, Contact.name, Contact.role, Contact.phone, Contact.email)
    return select(*columns).where(col(Contact.customer_id).in_(ids), col(Contact.deleted_at).is_(None))  # type: ignore[call-overload]


def _preferred_products(customer: Customer, products: Mapping[str, str]) -> list[str]:
    known = sorted(products[one] for one in customer.preferred_product_ids or () if one in products)
    return [*known, *([customer.preferred_products] if customer.preferred_products else [])]


def _customer(
    customer: Customer, emails: dict[str, str], tags: list[str], products: Mapping[str, str], t: Translator
) -> list[Any]:
    return [
        customer.name,
        customer.phone,
        customer.address,
        customer.region,
        customer.customer_type,
        said(t, LIFECYCLES, customer.lifecycle),
        customer.cadence_days,
        said(t, PRICE_SENSITIVITIES, customer.price_sensitivity),
        "\n".join(_preferred_products(customer, products)) or None,
        customer.preferred_times,
        "\n".join(f"{name}: {said_of(one)}" for name, one in sorted(customer.comparisons.items())) or None,
        emails.get(customer.owner_id or ""),
        "; ".join(tags),
        customer.latitude,
        customer.longitude,
    ]


def _own(field: CustomField, value: str | None, t: Translator) -> str | float | None:
    if value is None or field.kind not in ("number", "yes_no"):
        return value
    if field.kind == "number":
        return float(value) if "." in value else int(value)
    return t("Yes") if value == "yes" else t("No")


def _contact(contact: Row[Any] | None, t: Translator) -> list[Any]:
    if contact is None:
        return [None] * 4
    return [contact.name, said(t, CONTACT_ROLES, contact.role), contact.phone, contact.email]
