"""A visit, planned or done, and what else happened with a customer: a call, a message, an e-mail, a meeting.

What happened is only ever added to: a correction is a new row that points at the old.
"""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Index, func
from sqlmodel import Field, SQLModel, col, select

from server.models import follow_up as follow_ups
from server.models.attachment import Attachment
from server.models.column import json_list, key, link, maybe_link, maybe_moment, moment
from server.models.contact import Contact
from server.models.follow_up import FollowUp
from server.models.product import Product
from server.models.refusal import NotAllowed, Refused
from server.models.visit_kind import BESIDE_VISITS, Kind, Outcome

if TYPE_CHECKING:
    from server.models.act import Act
    from server.models.customer import Customer

__all__ = ["BESIDE_VISITS", "FollowUp", "Kind", "Outcome", "Visit"]

SENTENCES = {
    "exists": "This visit was already logged.",
    "done": "This visit has taken place in the meantime.",
    "withdrawn": "This visit was taken back in the meantime.",
    "corrected": "This visit was corrected in the meantime.",
}


class Visit(SQLModel, table=True):
    __tablename__ = "visits"
    __collection__ = "visits"
    __table_args__ = (
        Index("ix_visits_customer_started", "customer_id", "started_at"),
        # What somebody did in a week, and what they have planned.
        Index("ix_visits_author_started", "author_id", "started_at"),
        # What happened lately, whoever it was at: a manager's figures count a million of them, and read no row for it.
        Index(
            "ix_visits_happened",
            "started_at",
            "customer_id",
            "author_id",
            "kind",
            "withdrawn_at",
            "corrected_by",
            "outcome",
        ),
    )

    id: str = key()
    customer_id: str = link("customers.id", index=False)
    author_id: str = link("users.id", index=False)
    kind: str = Kind.VISIT
    planned_on: date | None = Field(default=None, index=True)
    planned_time: str | None = Field(default=None, max_length=5)  # "10:30", the customer's wall clock
    started_at: datetime | None = maybe_moment()  # None: planned, not done yet
    ended_at: datetime | None = maybe_moment()
    outcome: str | None = None
    note: str | None = None
    pain_point: str | None = None
    contact_ids: list[str] = json_list()
    product_ids: list[str] = json_list()
    competitors: list[str] = json_list()
    latitude: float | None = None
    longitude: float | None = None
    accuracy_m: float | None = None
    corrects: str | None = maybe_link("visits.id", index=False)
    corrected_by: str | None = Field(default=None, max_length=36)  # the row that stands in its place
    clock_skew_s: int | None = None  # how far the phone's clock was off; only when it matters
    created_at: datetime = moment()
    withdrawn_at: datetime | None = maybe_moment()


def by_time() -> tuple[Any, ...]:
    """SQL: those of a day in order, without a time last. Databases do not agree where what is empty stands."""
    return col(Visit.planned_time).is_(None), col(Visit.planned_time), col(Visit.id)


FACTS = ("kind", "ended_at", "outcome", "note", "pain_point", "contact_ids", "product_ids", "competitors")
NOT_DONE: dict[str, Any] = {
    "started_at": None,
    "ended_at": None,
    "outcome": None,
    "note": None,
    "pain_point": None,
    "contact_ids": [],
    "product_ids": [],
    "competitors": [],
    "latitude": None,
    "longitude": None,
    "accuracy_m": None,
    "clock_skew_s": None,
}


def log(
    act: "Act", *, visit_id: str, customer_id: str, follow_up: dict[str, Any] | None = None, **facts: Any
) -> None:
    customer = act.for_fact(customer_id)
    planned = act.rows.find(Visit, visit_id)
    if planned is not None and not _fulfils(planned, customer_id, facts):
        raise Refused("conflict", SENTENCES["exists"])
    _check_facts(act, customer, facts)
    if follow_up:
        follow_ups.check_free(act, follow_up["follow_up_id"])
    values = _values(act, facts)
    if planned is None:
        act.rows.insert(Visit, id=visit_id, customer_id=customer_id, created_at=act.moment, **values)
    else:
        _write(
            planned, {**values, "withdrawn_at": None}
        )  # it happened, so it does not matter that somebody cancelled it
    _touched(act, customer, facts["started_at"])
    if follow_up:
        follow_ups.promise(act, customer, visit_id=visit_id, **follow_up)


def _fulfils(planned: Visit, customer_id: str, facts: dict[str, Any]) -> bool:
    """A call does not make a visit that was planned unnecessary."""
    return planned.started_at is None and planned.customer_id == customer_id and "kind" not in facts


def _check_facts(act: "Act", customer: "Customer", facts: dict[str, Any]) -> None:
    """Whom one met works at this customer, and what one talked about is a product of ours."""
    for contact_id in facts.get("contact_ids", ()):
        contact = act.rows.find(Contact, contact_id)
        act.require(contact is not None and contact.customer_id == customer.id)
    for product_id in facts.get("product_ids", ()):
        act.require(act.rows.find(Product, product_id) is not None)


def _values(act: "Act", facts: dict[str, Any]) -> dict[str, Any]:
    place = facts.get("place") or {}
    values = {name: facts[name] for name in FACTS if name in facts}
    values |= {"author_id": act.by.id, "clock_skew_s": act.clock_skew_s, "started_at": facts["started_at"]}
    return values | place


def _write(visit: Visit, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(visit, name, value)


def _touched(act: "Act", customer: "Customer", started_at: datetime) -> None:
    """A clock that runs ahead must not keep a customer warm in the future."""
    started_at = min(started_at, act.now)
    if customer.last_touch_at is None or customer.last_touch_at < started_at:
        act.rows.update(customer, last_touch_at=started_at)


def correct(
    act: "Act",
    *,
    visit_id: str,
    corrects: str,
    customer_id: str,
    follow_up: dict[str, Any] | None = None,
    **facts: Any,
) -> None:
    old = standing(act, own(act, corrects))
    customer = act.for_fact(customer_id)
    if act.rows.find(Visit, visit_id) is not None:
        raise Refused("conflict", SENTENCES["exists"])
    _check_facts(act, customer, facts)
    promised = act.rows.find(FollowUp, follow_up["follow_up_id"]) if follow_up else None
    act.require(promised is None or promised.visit_id == old.id)
    plan = {"planned_on": old.planned_on, "planned_time": old.planned_time, "kind": old.kind}
    values = {**plan, **_values(act, facts), "author_id": old.author_id}
    act.rows.insert(
        Visit, id=visit_id, customer_id=customer_id, corrects=old.id, created_at=act.moment, **values
    )
    old.corrected_by = visit_id
    _pass_on(act, old, visit_id, customer)
    if follow_up and promised is None:
        follow_ups.promise(act, customer, visit_id=visit_id, **follow_up)
    elif follow_up and promised is not None:
        promised.due_on, promised.note = follow_up["due_on"], follow_up.get("note")
    recount_touch(act, {old.customer_id, customer_id})


def own(act: "Act", visit_id: str) -> Visit:
    """Only its author says what happened; others may add a visit of their own."""
    visit = act.rows.find(Visit, visit_id)
    if visit is None or visit.author_id != act.by.id:
        raise NotAllowed
    act.for_fact(visit.customer_id)
    return visit


def standing(act: "Act", visit: Visit) -> Visit:
    """The latest correction of a correction: two phones may have corrected the same row."""
    while visit.corrected_by is not None:
        later = act.rows.find(Visit, visit.corrected_by)
        assert later is not None  # noqa: S101  (corrections are never deleted)
        visit = later
    if visit.withdrawn_at is not None or visit.started_at is None:
        raise Refused("deleted", SENTENCES["withdrawn"])
    return visit


def _pass_on(act: "Act", old: Visit, visit_id: str, customer: "Customer") -> None:
    for row in _hanging_off(act, old):
        row.visit_id = visit_id
        row.customer_id = customer.id


def _hanging_off(act: "Act", visit: Visit) -> list[FollowUp | Attachment]:
    """What was promised there, and photos of it."""
    act.rows.write()
    promises = act.session.exec(select(FollowUp).where(FollowUp.visit_id == visit.id))
    attachments = act.session.exec(select(Attachment).where(Attachment.visit_id == visit.id))
    return [*promises, *attachments]


def recount_touch(act: "Act", customer_ids: set[str]) -> None:
    from server.models.customer import Customer

    act.rows.write()
    for customer_id in sorted(customer_ids):
        customer = act.rows.find(Customer, customer_id)
        latest = act.session.exec(
            select(func.max(Visit.started_at)).where(
                Visit.customer_id == customer_id,
                col(Visit.withdrawn_at).is_(None),
                col(Visit.corrected_by).is_(None),
            )
        ).one()
        assert customer is not None  # noqa: S101  (its visits point at it)
        customer.last_touch_at = min(latest, act.now) if latest else None


def plan(
    act: "Act", *, visit_id: str, customer_id: str, planned_on: date, planned_time: str | None = None
) -> None:
    """Planning it again moves it."""
    act.editable(customer_id)
    visit = act.rows.find(Visit, visit_id)
    when = {"planned_on": planned_on, "planned_time": planned_time}
    if visit is None:
        author_id = act.by.id
        act.rows.insert(
            Visit, id=visit_id, customer_id=customer_id, author_id=author_id, created_at=act.moment, **when
        )
    elif visit.started_at is not None or visit.customer_id != customer_id:
        raise Refused("conflict", SENTENCES["done"])
    else:
        _write(visit, {**when, "withdrawn_at": None})


def cancel(act: "Act", *, visit_id: str) -> None:
    visit = act.rows.find(Visit, visit_id)
    if visit is None:
        raise NotAllowed
    act.editable(visit.customer_id)
    if visit.started_at is not None:
        raise Refused("conflict", SENTENCES["done"])
    visit.withdrawn_at = visit.withdrawn_at or act.moment


def withdraw(act: "Act", *, visit_id: str) -> None:
    """Undo. The follow-up it made goes too, and its photos; a plan it fulfilled and a row it corrected stand again."""
    visit = own(act, visit_id)
    if visit.corrected_by is not None:
        raise Refused("conflict", SENTENCES["corrected"])
    if visit.withdrawn_at is not None or visit.started_at is None:
        return
    corrected = act.rows.find(Visit, visit.corrects) if visit.corrects else None
    hanging = _hanging_off(act, visit)
    if corrected is not None:
        corrected.corrected_by = None
        for row in hanging:
            row.visit_id, row.customer_id = corrected.id, corrected.customer_id
    else:
        for row in hanging:
            row.withdrawn_at = row.withdrawn_at or act.moment
    if visit.planned_on is not None and corrected is None:
        _write(visit, NOT_DONE)
    else:
        visit.withdrawn_at = act.moment
    act.session.flush()
    recount_touch(act, {visit.customer_id, *([corrected.customer_id] if corrected else [])})
