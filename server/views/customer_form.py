"""Add a customer, and edit one. Twin of pwa/views/customer_form.js."""

from collections.abc import Sequence
from typing import Any, Final

from sqlmodel import Session, col, select

from server.models.custom_field import custom_fields
from server.models.customer import CADENCE_DAYS, Customer
from server.models.scope import replica_of, visible_customer
from server.views.custom import custom_inputs, custom_typed
from server.views.form import Form
from server.views.labels import LIFECYCLES, PRICE_SENSITIVITIES, options
from server.views.reader import Reader
from server.views.visit_form import back_link, offered

FURTHER: Final = (
    "customer_type", "price_sensitivity", "preferred_product_ids", "preferred_products", "preferred_times",
    "latitude", "longitude",
)  # fmt: skip
TYPES_KNOWN: Final = 30


def new_customer(
    session: Session, reader: Reader, form: Form, rows: Sequence[dict[str, str]] = ()
) -> dict[str, Any]:
    """`rows`: likely duplicates that the user has to look at before saving."""
    fresh = {"customer_id": [reader.new_id()], "lifecycle": ["lead"], "cadence_days": [str(CADENCE_DAYS)]}
    form = Form(reader.t, {**fresh, **form.typed}, form.errors, form.refused)
    return {
        **_fields(session, reader, form),
        "title": reader.t("New customer"),
        "looks_around": True,
        "rows": rows,
        "action": "/customers",
        "draft": "/customers/new",
        "is_new": not form.errors,
        "hiddens": form.hiddens(("customer_id",)),
        "back": {"href": "/customers", "text": reader.t("Customers")},
    }


def edit_customer(session: Session, reader: Reader, customer_id: str, form: Form) -> dict[str, Any]:
    customer = visible_customer(session, reader.user, customer_id)
    form = Form(reader.t, {**written(customer), **form.typed}, form.errors, form.refused)
    return {
        **_fields(session, reader, form),
        "title": reader.t("Edit customer"),
        "looks_around": False,
        "rows": [],
        "action": f"/customers/{customer.id}",
        "draft": f"/customers/{customer.id}/edit",
        "is_new": False,
        "hiddens": [],
        "back": back_link(reader, customer),
    }


def written(customer: Customer) -> dict[str, list[str]]:
    """The form's fields as they would have been typed for this customer."""
    place = {"latitude": customer.latitude, "longitude": customer.longitude}
    texts = {
        "name": customer.name,
        "phone": customer.phone,
        "address": customer.address,
        "region": customer.region,
        "customer_type": customer.customer_type,
        "lifecycle": customer.lifecycle,
        "cadence_days": str(customer.cadence_days),
        "price_sensitivity": customer.price_sensitivity,
        "preferred_products": customer.preferred_products,
        "preferred_times": customer.preferred_times,
        **{name: f"{value:.6f}" for name, value in place.items() if value is not None},
    }
    ticked = {"preferred_product_ids": customer.preferred_product_ids or []}
    return {name: [text or ""] for name, text in texts.items()} | ticked | custom_typed(customer.custom)


def _fields(session: Session, reader: Reader, form: Form) -> dict[str, Any]:
    t = reader.t

    def field(name: str, label: str) -> dict[str, Any]:
        return form.field(name, label, f"fields.{name}")

    def chips(name: str, label: str, choices: list[dict[str, Any]]) -> dict[str, Any]:
        return {**field(name, label), "options": choices}

    prices = options(t, PRICE_SENSITIVITIES, form.value("price_sensitivity"), t("Not known"))
    return {
        "refused": form.refused,
        "draft_kept": False,
        "name": field("name", t("Name")),
        "phone": field("phone", t("Phone")),
        "address": field("address", t("Address")),
        "region": field("region", t("Region")),
        "custom": custom_inputs(custom_fields(session), form),
        "lifecycle": chips("lifecycle", t("Stage"), options(t, LIFECYCLES, form.value("lifecycle"))),
        "cadence_days": field("cadence_days", t("Days between visits")),
        "customer_type": field("customer_type", t("Kind of customer")),
        "known_types": _known_types(session, reader),
        "price_sensitivity": chips("price_sensitivity", t("Price"), prices),
        "products": _products(session, form),
        "preferred_products": field("preferred_products", t("Likes besides")),
        "preferred_times": field("preferred_times", t("Preferred times")),
        "latitude": field("latitude", t("Latitude")),
        "longitude": field("longitude", t("Longitude")),
        "further_open": any(form.value(name) or form.error(name, f"fields.{name}") for name in FURTHER),
    }


def _products(session: Session, form: Form) -> dict[str, Any]:
    name = "preferred_product_ids"
    error = {"error": form.error(name, f"fields.{name}")}
    return form.ticks(name, form.t("Preferred products"), offered(session, form.values(name))) | error


def _known_types(session: Session, reader: Reader) -> list[str]:
    # Only of customers that the user's phone has, so that both hosts offer the same.
    mine = replica_of(reader.user).where(col(Customer.customer_type).is_not(None))
    found = session.exec(select(mine.subquery().c.customer_type).distinct()).all()
    return known_types(found)


def known_types(found: Sequence[str]) -> list[str]:
    return sorted(set(found))[:TYPES_KNOWN]
