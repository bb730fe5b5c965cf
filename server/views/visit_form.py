"""The forms to log and correct a visit. Twin of pwa/views/visit_form.js."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlmodel import Session, col, select

from server import words
from server.models.column import wire
from server.models.contact import Contact
from server.models.customer import Customer
from server.models.identity import is_id
from server.models.product import Product
from server.models.refusal import NotAllowed
from server.models.scope import customers_of, held_by, in_sight_of, visible_customer
from server.models.visit import Visit
from server.views.chain import sorted_contacts
from server.views.customers import nearest
from server.views.form import Form
from server.views.labels import ACTIVITIES, OUTCOMES, options
from server.views.photos import photos_of
from server.views.reader import Reader, joined
from server.views.rows import seen

NEXT_STEPS: Final = ("none", "1", "3", "7", "14", "30", "pick")
FURTHER: Final = ("contact_ids", "product_ids", "competitors", "pain_point", "photo")
COMPETITORS_KNOWN: Final = 30
PRODUCTS_OFFERED: Final = 40
RECENT_DAYS: Final = 14  # phones have their user's visits of so many days at hand


@dataclass(frozen=True)
class Suggested:
    """What suggests the customer: the address names a customer or a planned visit; the browser knows the place and the
    customer opened last."""

    customer_id: str = ""
    planned_id: str = ""
    place: tuple[float, float] | None = None
    opened_id: str = ""


NOT_A_VISIT: Final = {kind: label for kind, label in ACTIVITIES.items() if kind != "visit"}


def new_visit(session: Session, reader: Reader, asked: Suggested, form: Form) -> dict[str, Any]:
    customer, planned = _whom(session, reader, asked, form.value("customer_id"))
    typed = {
        "visit_id": [planned.id if planned else reader.new_id()],
        "follow_up_id": [reader.new_id()],
        "started_at": [wire(reader.now)],
        "next_step": ["none"],
        **form.typed,
    }
    if asked.customer_id:  # where one came from, which the form still knows when it comes back
        typed["from"] = [asked.customer_id]
    form = Form(reader.t, typed, form.errors, form.refused)
    return {
        **visit_view(session, reader, customer, form),
        "title": reader.t("Log a visit"),
        "action": "/visits",
        "draft": "/visits/new",
        "takes_place": True,
        "may_change": True,
        "back": back_link(reader, customer if form.value("from") else None),
        "save_text": reader.t("Save visit"),
        "next_step": next_step(form),
        "due_on": form.field("due_on", reader.t("On which day"), "follow_up"),
        "follow_up_note": form.optional(
            "follow_up_note", reader.t("What did you promise?"), "follow_up.note"
        ),
        "hiddens": form.hiddens(
            ("follow_up_id", "from", "started_at", "latitude", "longitude", "accuracy_m")
        ),
    }


def new_activity(session: Session, reader: Reader, customer_id: str, form: Form) -> dict[str, Any]:
    """The form of a call, message, e-mail or meeting: as that of a visit, but without a place, the outcome optional."""
    asked = Suggested(customer_id or form.value("customer_id"))
    if customer_id and _in_sight(session, reader, customer_id) is None:
        raise NotAllowed
    form = Form(reader.t, {"visit_id": [reader.new_id()], **form.typed}, form.errors, form.refused)
    return {
        **new_visit(session, reader, asked, form),
        "kind": form.choices(
            "kind", reader.t("What was it?"), options(reader.t, NOT_A_VISIT, form.value("kind"))
        ),
        "title": reader.t("Log a call or message"),
        "action": "/activities",
        "draft": f"/activities/new?customer={asked.customer_id}",
        "takes_place": False,
        "may_change": False,
        "save_text": reader.t("Save"),
    }


def correction(session: Session, reader: Reader, visit_id: str, form: Form) -> dict[str, Any]:
    visit = session.get(Visit, visit_id)
    if visit is None or visit.author_id != reader.user.id or visit.started_at is None:
        raise NotAllowed
    customer = visible_customer(session, reader.user, visit.customer_id)
    form = Form(reader.t, form.typed or written(visit, reader), form.errors, form.refused)
    kinds = options(reader.t, NOT_A_VISIT, form.value("kind")) if visit.kind != "visit" else []
    return {
        **visit_view(session, reader, customer, form),
        "kind": form.choices("kind", reader.t("What was it?"), kinds),
        "title": reader.t("Correct an entry") if kinds else reader.t("Correct a visit"),
        "action": f"/visits/{visit.id}/correction",
        "draft": f"/visits/{visit.id}/correct",
        "takes_place": False,
        "may_change": False,
        "back": back_link(reader, customer),
        "save_text": reader.t("Save correction"),
        "next_step": None,
        "hiddens": form.hiddens(("started_at", "ended_at", "latitude", "longitude", "accuracy_m")),
        "further_open": True,
    }


def written(visit: Visit, reader: Reader) -> dict[str, list[str]]:
    """The form's fields as they would have been typed for this visit."""
    place = {"latitude": visit.latitude, "longitude": visit.longitude, "accuracy_m": visit.accuracy_m}
    return {
        "visit_id": [reader.new_id()],
        "kind": [visit.kind],
        "started_at": [wire(visit.started_at)],
        "ended_at": [wire(visit.ended_at)] if visit.ended_at else [],
        "outcome": [visit.outcome or ""],
        "note": [visit.note or ""],
        "contact_ids": visit.contact_ids,
        "product_ids": visit.product_ids,
        "competitors": [reader.t(", ").join(visit.competitors)],
        "pain_point": [visit.pain_point or ""],
        **{name: [f"{value:.6f}"] for name, value in place.items() if value is not None},
    }


def _whom(
    session: Session, reader: Reader, asked: Suggested, typed_id: str
) -> tuple[Customer | None, Visit | None]:
    """The suggested customer: of the address; else of the next planned visit; else the nearest; else opened last."""
    planned = _planned_today(session, reader)
    customer_id = asked.customer_id or typed_id
    if not customer_id:
        first = [visit for visit in planned if visit.id == asked.planned_id] or planned
        customer_id = first[0].customer_id if first else nearest(session, reader, asked.place)
    if customer_id:
        customer = _in_sight(session, reader, customer_id)
    else:
        opened = _in_sight(session, reader, asked.opened_id)
        customer = opened or _in_sight(session, reader, _visited_last(session, reader))
    if customer is None:
        return None, None
    return customer, next((visit for visit in planned if visit.customer_id == customer.id), None)


def _in_sight(session: Session, reader: Reader, customer_id: str) -> Customer | None:
    if not is_id(customer_id):  # as typed: PostgreSQL refuses a NUL
        return None
    return session.exec(customers_of(reader.user).where(Customer.id == customer_id)).first()


def _planned_today(session: Session, reader: Reader) -> list[Visit]:
    query = (
        select(Visit)
        .join(Customer, col(Customer.id) == col(Visit.customer_id))
        .where(col(Customer.deleted_at).is_(None), in_sight_of(reader.user))
        .where(Visit.author_id == reader.user.id, Visit.planned_on == reader.today)
        .where(col(Visit.started_at).is_(None), col(Visit.withdrawn_at).is_(None))
    )
    return sorted(session.exec(query).all(), key=lambda visit: (visit.planned_time or "~", visit.id))


def _visited_last(session: Session, reader: Reader) -> str:
    query = (
        select(Visit.customer_id)
        .join(Customer, col(Customer.id) == col(Visit.customer_id))
        .where(col(Customer.deleted_at).is_(None), in_sight_of(reader.user))
        .where(
            Visit.author_id == reader.user.id,
            col(Visit.started_at) >= reader.start_of(reader.in_days(-RECENT_DAYS)),
        )
        .where(col(Visit.withdrawn_at).is_(None), col(Visit.corrected_by).is_(None))
        .order_by(col(Visit.started_at).desc(), col(Visit.id).desc())
        .limit(1)
    )
    return session.exec(query).first() or ""


def visit_view(session: Session, reader: Reader, customer: Customer | None, form: Form) -> dict[str, Any]:
    t = reader.t
    contacts = _contacts(session, customer, form.values("contact_ids"))
    return {
        "visit_id": form.value("visit_id"),
        "customer": who(customer, reader) if customer else None,
        "customer_error": form.error("customer_id"),
        "kind": form.choices("kind", "", []),
        "refused": form.refused,
        "draft_kept": False,
        "outcome": form.choices("outcome", t("How did it go?"), options(t, OUTCOMES, form.value("outcome"))),
        "note": form.field("note", t("Note")),
        "further_open": any(form.value(name) or form.error(name) for name in FURTHER),
        "contacts": form.ticks("contact_ids", t("Contact met"), [(row.id, row.name) for row in contacts]),
        "products": form.ticks(
            "product_ids", t("Products discussed"), offered(session, form.values("product_ids"))
        ),
        "competitors": form.field("competitors", t("Competitor seen")),
        "known_competitors": known_competitors(_competitors(session, reader)),
        "pain_point": form.field("pain_point", t("Pain point")),
        "photos": photos_of(form),
    }


def offered(session: Session, ticked: Sequence[str]) -> list[tuple[str, str]]:
    """The products to tick: as many as one can scroll through, always including those ticked, even if retired."""
    known = session.exec(select(Product.name, Product.id, Product.retired_at)).all()
    sold = sorted((name, key) for name, key, retired_at in known if retired_at is None or key in ticked)
    return [
        (key, name) for number, (name, key) in enumerate(sold) if number < PRODUCTS_OFFERED or key in ticked
    ]


def _contacts(session: Session, customer: Customer | None, ticked: Sequence[str]) -> list[Contact]:
    if customer is None:
        return []
    query = select(Contact).where(Contact.customer_id == customer.id)
    return sorted_contacts(session.exec(query).all(), ticked)


def _competitors(session: Session, reader: Reader) -> Sequence[Sequence[str]]:
    """The competitors of the reader's latest visits to customers that the phone has: both hosts offer the same."""
    query = (
        select(Visit.competitors)
        .join(Customer, col(Customer.id) == col(Visit.customer_id))
        .where(col(Customer.deleted_at).is_(None), held_by(reader.user.id))
        .where(
            Visit.author_id == reader.user.id,
            col(Visit.started_at) >= reader.start_of(reader.in_days(-RECENT_DAYS)),
        )
        .where(col(Visit.withdrawn_at).is_(None))
    )
    return session.exec(query).all()


def known_competitors(lists: Sequence[Sequence[str]]) -> list[str]:
    return sorted({name for names in lists for name in names})[:COMPETITORS_KNOWN]


def who(customer: Customer, reader: Reader) -> dict[str, str]:
    return {
        "id": customer.id,
        "name": customer.name,
        "initial": words.initial(customer.name),
        "detail": joined(seen(customer, reader), customer.region),
    }


def back_link(reader: Reader, customer: Customer | None) -> dict[str, str]:
    if customer is None:
        return {"href": "/today", "text": reader.t("Today")}
    return {"href": f"/customers/{customer.id}", "text": reader.t("Customer")}


def next_step(form: Form) -> dict[str, Any]:
    t = form.t
    labels = (
        t("None"), t("Tomorrow"), t("In 3 days"), t("Next week"), t("In 2 weeks"), t("In a month"), t("Pick a date")
    )  # fmt: skip
    chosen = form.value("next_step")
    return {
        "error": form.error("next_step"),
        "options": [
            {"value": value, "label": label, "date": "", "chosen": value == chosen}
            for value, label in zip(NEXT_STEPS, labels, strict=True)
        ],
    }
