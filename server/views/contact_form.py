"""Add a person at a customer, and edit one. Twin of pwa/views/contact_form.js."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, select

from server.models.contact import Contact
from server.models.customer import Customer
from server.models.refusal import NotAllowed
from server.models.scope import visible_customer
from server.views.chain import sorted_contacts
from server.views.form import Form, options_of
from server.views.labels import CONTACT_ROLES, options
from server.views.reader import Reader
from server.views.visit_form import back_link


def new_contact(session: Session, reader: Reader, customer_id: str, form: Form) -> dict[str, Any]:
    customer = visible_customer(session, reader.user, customer_id)
    form = Form(reader.t, {"contact_id": [reader.new_id()], **form.typed}, form.errors, form.refused)
    return {
        **_fields(reader, customer, _colleagues(session, customer), form),
        "title": reader.t("New contact"),
        "action": f"/customers/{customer.id}/contacts",
        "draft": f"/customers/{customer.id}/contacts/new",
        "is_new": not form.errors,
        "hiddens": form.hiddens(("contact_id",)),
        "remove_at": "",
    }


def edit_contact(session: Session, reader: Reader, contact_id: str, form: Form) -> dict[str, Any]:
    contact = session.get(Contact, contact_id)
    if contact is None or (contact.deleted_at is not None and not form.refused):
        raise NotAllowed
    customer = visible_customer(session, reader.user, contact.customer_id)
    others = [other for other in _colleagues(session, customer) if other.id != contact.id]
    form = Form(reader.t, {**written(contact), **form.typed}, form.errors, form.refused)
    return {
        **_fields(reader, customer, others, form),
        "title": reader.t("Edit contact"),
        "action": f"/contacts/{contact.id}",
        "draft": f"/contacts/{contact.id}/edit",
        "is_new": False,
        "hiddens": [],
        "remove_at": f"/contacts/{contact.id}/remove",
    }


def written(contact: Contact) -> dict[str, list[str]]:
    """The form's fields as they would have been typed; a birthday without a year is stored as --05-17."""
    return {
        "name": [contact.name],
        "role": [contact.role or ""],
        "phone": [contact.phone or ""],
        "email": [contact.email or ""],
        "birthday": [(contact.birthday or "").removeprefix("--")],
        "reports_to": [contact.reports_to or ""],
    }


def _colleagues(session: Session, customer: Customer) -> list[Contact]:
    query = select(Contact).where(Contact.customer_id == customer.id)
    return sorted_contacts(session.exec(query).all())


def _fields(reader: Reader, customer: Customer, others: Sequence[Contact], form: Form) -> dict[str, Any]:
    t = reader.t

    def field(name: str, label: str) -> dict[str, Any]:
        return form.field(name, label, f"fields.{name}")

    roles = options(t, CONTACT_ROLES, form.value("role"), t("Not known"))
    return {
        "refused": form.refused,
        "draft_kept": False,
        "customer_name": customer.name,
        "back": back_link(reader, customer),
        "name": field("name", t("Full name")),
        "role": {**field("role", t("Part in the decision")), "options": roles},
        "phone": field("phone", t("Phone")),
        "email": field("email", t("Email")),
        "birthday": field("birthday", t("Birthday")),
        "reports_to": {**field("reports_to", t("Reports to")), "options": bosses(form, others)},
    }


def bosses(form: Form, others: Sequence[Contact]) -> list[dict[str, Any]]:
    chosen = form.value("reports_to")
    rows = [(row.id, row.name) for row in others]
    if chosen and all(row_id != chosen for row_id, _ in rows):
        rows.append((chosen, form.t("No longer here")))
    if not rows:
        return []
    return options_of([("", form.t("Nobody, or not known")), *rows], chosen)
