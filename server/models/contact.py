"""A person at a customer, with a role in how it decides."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sqlmodel import Field, SQLModel

from server.models.column import key, link, maybe_moment, moment
from server.models.field_history import edit_fields, remember
from server.models.refusal import Refused

if TYPE_CHECKING:
    from server.models.act import Act

# The field under which the history says who removed a contact and who put it back.
REMOVED: Final = "deleted_at"


class Contact(SQLModel, table=True):
    __tablename__ = "contacts"
    __collection__ = "contacts"
    __stays__ = True  # phones keep removed contacts, because visits go on naming them

    id: str = key()
    customer_id: str = link("customers.id")
    name: str
    role: str | None = None  # decides, influences, blocks, uses
    phone: str | None = None
    email: str | None = None
    birthday: str | None = Field(default=None, max_length=10)
    reports_to: str | None = Field(default=None, max_length=36)
    created_at: datetime = moment()
    deleted_at: datetime | None = maybe_moment()


def create(act: "Act", *, contact_id: str, customer_id: str, **fields: Any) -> None:
    customer = act.editable(customer_id)
    act.rows.check_free(Contact, contact_id)
    _check_chain(act, contact_id, customer.id, fields.get("reports_to"))
    act.rows.insert(Contact, id=contact_id, customer_id=customer.id, created_at=act.moment, **fields)


def edit(act: "Act", *, contact_id: str, fields: dict[str, Any]) -> None:
    contact = _editable(act, contact_id)
    if contact.deleted_at is not None:
        raise Refused("deleted", REMOVED_SENTENCES["edit"], {"contact_id": contact_id})
    _check_chain(act, contact_id, contact.customer_id, fields.get("reports_to"))
    edit_fields(act, contact, fields)


def remove(act: "Act", *, contact_id: str) -> None:
    """The row stays, because visits name it; but no form offers it any more."""
    contact = _editable(act, contact_id)
    if contact.deleted_at is None:
        contact.deleted_at = act.moment
        remember(act, contact, REMOVED, None, contact.deleted_at)


def restore(act: "Act", *, contact_id: str) -> None:
    """Undoes `remove`. Whoever reported to this contact does so again."""
    contact = _editable(act, contact_id)
    if contact.deleted_at is not None:
        remember(act, contact, REMOVED, contact.deleted_at, None)
        contact.deleted_at = None


REMOVED_SENTENCES = {
    "edit": "This contact was removed in the meantime. The customer’s history brings it back."
}


def _editable(act: "Act", contact_id: str) -> Contact:
    """A contact of a customer that the user may change, removed or not."""
    contact = act.rows.one(Contact, contact_id)
    act.editable(contact.customer_id)
    return contact


def _check_chain(act: "Act", contact_id: str, customer_id: str, reports_to: str | None) -> None:
    """A contact reports to another one of the same customer (else NotAllowed), and never to itself by way of others
    (else Refused)."""
    met = {contact_id}
    while reports_to is not None:
        boss = act.rows.one(Contact, reports_to)
        act.require(boss.customer_id == customer_id)
        if boss.id in met:
            raise Refused("conflict")
        met.add(boss.id)
        reports_to = boss.reports_to
