"""The history of a customer's fields and rows: earlier values, who changed them, and restoring them. Server only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import and_, or_
from sqlmodel import Session, col, select

from server import words
from server.models.column import wire
from server.models.comparing import said_of
from server.models.contact import REMOVED, Contact
from server.models.custom_field import CustomField, custom_fields
from server.models.customer import Customer
from server.models.field_history import FieldHistory
from server.models.follow_up import FollowUp
from server.models.giving import GIVEN
from server.models.opportunity import Opportunity
from server.models.product import Product
from server.models.scope import may_write, visible_customer
from server.models.user import User
from server.models.visit import Visit
from server.translations import msgid
from server.views.custom import shown
from server.views.facts import listed
from server.views.labels import CONTACT_ROLES, LIFECYCLES, PRICE_SENSITIVITIES
from server.views.reader import Reader, joined

MOST_ENTRIES: Final = 200
FIELDS: Final = {
    "name": msgid("Name"),
    "phone": msgid("Phone"),
    "address": msgid("Address"),
    "region": msgid("Region"),
    "customer_type": msgid("Kind of customer"),
    "lifecycle": msgid("Stage"),
    "cadence_days": msgid("Days between visits"),
    "price_sensitivity": msgid("Price"),
    "preferred_product_ids": msgid("Preferred products"),
    "preferred_products": msgid("Likes besides"),
    "preferred_times": msgid("Preferred times"),
    "latitude": msgid("Latitude"),
    "longitude": msgid("Longitude"),
    "role": msgid("Part in the decision"),
    "email": msgid("Email"),
    "birthday": msgid("Birthday"),
    "reports_to": msgid("Reports to"),
    "amount_cents": msgid("Amount"),
    "currency": msgid("Currency"),
    "expected_close_on": msgid("Expected to close on"),
    "lost_reason": msgid("Why it was lost"),
    "competitor": msgid("Competitor"),
}
COMPARISON: Final = "comparison."
GUARDED: Final = ("amount_cents", "currency")  # another amount is given where the present one is seen
CHOICES: Final[dict[str, Mapping[str, str]]] = {
    "lifecycle": LIFECYCLES,
    "price_sensitivity": PRICE_SENSITIVITIES,
    "role": CONTACT_ROLES,
}


@dataclass(frozen=True)
class Known:
    """What entries may be about or refer to, by id. `people` and `products`: names."""

    customer: Customer
    contacts: Mapping[str, Contact]
    sales: Mapping[str, Opportunity]
    given: Mapping[str, FollowUp | Visit]
    custom: Mapping[str, CustomField]
    people: Mapping[str, str]
    products: Mapping[str, str]


def history(session: Session, reader: Reader, customer_id: str) -> dict[str, Any]:
    t, customer = reader.t, visible_customer(session, reader.user, customer_id)
    contacts = {row.id: row for row in session.exec(_of(Contact, customer))}
    sales = {row.id: row for row in session.exec(_of(Opportunity, customer))}
    row_ids = [customer.id, *customer.merged_ids, *contacts, *sales]
    entries = session.exec(_entries_of(customer, row_ids)).all()
    known = Known(
        customer,
        contacts,
        sales,
        given=_given_rows(session, entries),
        custom={field.id: field for field in custom_fields(session)},
        people=dict(session.exec(select(User.id, User.name)).all()),
        products=dict(session.exec(select(Product.id, Product.name)).all()),
    )
    return {
        "title": t("History"),
        "customer_name": customer.name,
        "back": {"href": f"/customers/{customer.id}", "text": reader.t("Customer")},
        "entries": [_entry(entry, known, reader) for entry in entries],
        "as_of": t("As the server had it: %(when)s", when=reader.moment(reader.now)),
    }


def _of(model: Any, customer: Customer) -> Any:
    return select(model).where(model.customer_id == customer.id)


def _entries_of(customer: Customer, row_ids: Sequence[str]) -> Any:
    given = (
        and_(
            col(FieldHistory.collection) == model.__collection__,
            col(FieldHistory.field) == GIVEN,
            col(FieldHistory.row_id).in_(select(model.id).where(model.customer_id == customer.id)),
        )
        for model in (FollowUp, Visit)
    )
    found = select(FieldHistory).where(or_(col(FieldHistory.row_id).in_(row_ids), *given))
    return found.order_by(col(FieldHistory.changed_at).desc(), col(FieldHistory.id).desc()).limit(
        MOST_ENTRIES
    )


def _given_rows(session: Session, entries: Sequence[FieldHistory]) -> dict[str, FollowUp | Visit]:
    ids = [entry.row_id for entry in entries if entry.field == GIVEN]
    if not ids:
        return {}
    models: tuple[Any, ...] = (FollowUp, Visit)
    return {row.id: row for model in models for row in session.exec(select(model).where(model.id.in_(ids)))}


def _entry(entry: FieldHistory, known: Known, reader: Reader) -> dict[str, Any]:
    drawn = {GIVEN: _given, REMOVED: _removed}.get(entry.field, _edited)
    return {
        "id": entry.id,
        "detail": joined(known.people.get(entry.changed_by), reader.moment(entry.changed_at)),
        **drawn(entry, known, reader),
    }


def _given(entry: FieldHistory, known: Known, reader: Reader) -> dict[str, Any]:
    """Who gave whom something to do."""
    row = known.given[entry.row_id]
    what, day = (
        (joined(reader.t("Visit"), row.planned_time), row.planned_on)
        if isinstance(row, Visit)
        else (row.note or "", row.due_on)
    )
    return {
        "what": joined(what, words.short_date(day, reader.today, reader.locale) if day else ""),
        "before": "",
        "after": reader.t("Given to %(name)s", name=known.people.get(str(entry.after), "")),
        "can_restore": False,
    }


def _removed(entry: FieldHistory, known: Known, reader: Reader) -> dict[str, Any]:
    """A contact was removed, or put back."""
    row = known.contacts[entry.row_id]
    is_latest = entry.after is not None and wire(row.deleted_at) == entry.after
    return {
        "what": row.name,
        "before": "",
        "after": reader.t("Contact put back") if entry.after is None else reader.t("Contact removed"),
        "action": f"/contacts/{row.id}/restore",
        "fields": [],
        "can_restore": is_latest and may_write(reader.user),
    }


def _edited(entry: FieldHistory, known: Known, reader: Reader) -> dict[str, Any]:
    customer = known.customer
    row = known.contacts.get(entry.row_id) or known.sales.get(entry.row_id) or customer
    own = known.custom.get(entry.field.removeprefix("custom."))
    restorable = may_write(reader.user) and _stands(row) and not _is_guarded(entry.field)
    return {
        "what": joined(_named(entry.field, own, reader), "" if row is customer else row.name),
        "before": _said(entry.field, entry.before, own, known, reader),
        "after": _said(entry.field, entry.after, own, known, reader),
        "action": f"/{row.__collection__}/{row.id}",
        "fields": [{"name": entry.field, "value": _as_typed(entry.before)}],
        "can_restore": restorable and _value(row, entry.field) != entry.before,
        **_of_comparison(entry, customer, reader),
    }


def _of_comparison(entry: FieldHistory, customer: Customer, reader: Reader) -> dict[str, Any]:
    """The comparison with a competitor, which its own form restores. Old entries are a text without separate tags: they
    cannot be restored."""
    if not entry.field.startswith(COMPARISON):
        return {}
    competitor, before = entry.field.removeprefix(COMPARISON), entry.before
    known = before if isinstance(before, dict) else {"note": None, "tags": []}
    is_other = customer.comparisons.get(competitor) != before and not isinstance(before, str)
    return {
        "action": f"/customers/{customer.id}/comparison",
        "fields": [
            {"name": "competitor", "value": competitor},
            {"name": "note", "value": known["note"] or ""},
            {"name": "tags", "value": ", ".join(known["tags"])},
        ],
        "can_restore": is_other and may_write(reader.user) and _stands(customer),
    }


def _named(field: str, own: CustomField | None, reader: Reader) -> str:
    if field.startswith(COMPARISON):
        return joined(reader.t("Competitor"), field.removeprefix(COMPARISON))
    return own.name if own else reader.t(FIELDS[field])


def _is_guarded(field: str) -> bool:
    return field in GUARDED or field.startswith(COMPARISON)  # which has a form of its own


def _value(row: Any, name: str) -> Any:
    """The present value, as it is stored in histories."""
    found = row.custom.get(name.removeprefix("custom.")) if name.startswith("custom.") else getattr(row, name)
    return wire(found)


def _as_typed(value: Any) -> str:
    return ",".join(value) if isinstance(value, list) else "" if value is None else str(value)


def _stands(row: Customer | Contact | Opportunity) -> bool:
    return row.deleted_at is None


def _said(field: str, value: Any, own: CustomField | None, known: Known, reader: Reader) -> str:
    """The text for a value of a field."""
    t = reader.t
    if value is None:
        return t("(empty)")
    if isinstance(value, list):
        return listed(t, [known.products[one] for one in value if one in known.products])
    if isinstance(value, dict):
        return said_of(value) or ""
    if own is not None:
        return shown(own, value, reader)
    if field == "reports_to":
        return known.contacts[value].name if value in known.contacts else t("Not known")
    if field == "amount_cents":
        return words.amount(value)
    labels = CHOICES.get(field, {})
    return t(labels[value]) if value in labels else str(value)
