"""Writes checked rows: all of them in one transaction, or none."""

from collections.abc import Iterator
from datetime import datetime

from sqlmodel import Session, SQLModel

from server.models.bulk import insert_rows
from server.models.comparing import compared
from server.models.contact import Contact
from server.models.customer import Customer, CustomerTag, found_by
from server.models.revision import note_scope
from server.transfer.checking import Checked, Progress, Row
from server.transfer.importer import Importer


def write(session: Session, made: list[SQLModel], progress: Progress) -> int:
    """Returns how many customers are new. The caller's transaction decides whether they stay."""
    for done in insert_rows(session, made):
        progress(done, len(made))
    customers = [row for row in made if isinstance(row, Customer)]
    for customer in customers:
        note_scope(session, customer.owner_id, customer.id)
    return len(customers)


def prepared(importer: Importer, checked: Checked, now: datetime) -> list[SQLModel]:
    """The rows to insert, each after those that it points at. Call it before the transaction, because it is slow."""
    if not checked.may_be_written:
        raise ValueError("rows with errors are written only when leaving them out was chosen")
    chosen = checked.chosen
    own = [row for row in chosen if row.first is None]
    customers = [_customer(row, importer, checked, now) for row in own]
    tags = [CustomerTag(customer_id=row.customer["customer_id"], tag=tag) for row in own for tag in row.tags]
    return [*customers, *tags, *_contacts(chosen, now)]


def _customer(row: Row, importer: Importer, checked: Checked, now: datetime) -> Customer:
    fields = {
        name: value for name, value in row.customer.items() if name != "customer_id" and value is not None
    }
    told = {one["competitor"]: compared(one.get("note"), one.get("tags")) for one in row.comparisons}
    return Customer(
        id=row.customer["customer_id"],
        owner_id=row.owner.id if row.owner else None,
        territory_id=importer.territory_of(row.owner, checked.choices.territory_id),
        **found_by(fields["name"], *(fields.get(name) for name in ("region", "phone", "address", "custom"))),
        created_at=now,
        created_by=importer.user.id,
        comparisons={name: one for name, one in told.items() if one},
        **fields,
    )


def _contacts(chosen: list[Row], now: datetime) -> Iterator[Contact]:
    for row in chosen:
        if row.contact:
            args = {
                name: value
                for name, value in row.contact.items()
                if name not in ("contact_id", "customer_id")
            }
            customer_id = (row.first or row).customer["customer_id"]
            yield Contact(id=row.contact["contact_id"], customer_id=customer_id, created_at=now, **args)
