"""A visit, planned or done; or a call, message, e-mail or meeting with a customer.

What happened is never overwritten: a correction is a new row that points at the old one.
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
from server.models.refusal import Refused
from server.models.visit_kind import Kind

if TYPE_CHECKING:
    from server.models.act import Act
    from server.models.customer import Customer

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
        # Finds what somebody did in a week, and what they have planned.
        Index("ix_visits_author_started", "author_id", "started_at"),
        # Covers a manager's figures, which count up to a million visits of a period.
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
    """SQL: the order of a day's planned visits, those without a time last.
    (The databases differ on where NULL sorts.)"""
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
        act.rows.check_free(FollowUp, follow_up["follow_up_id"])
    values = _values(act, facts)
    if planned is None:
        act.rows.insert(Visit, id=visit_id, customer_id=customer_id, created_at=act.moment, **values)
    else:
        # It has happened, even if the plan was cancelled meanwhile.
        _write(planned, {**values, "withdrawn_at": None})
    _note_touch(act, customer, facts["started_at"])
    if follow_up:
        follow_ups.promise(act, customer, visit_id=visit_id, **follow_up)


def _fulfils(planned: Visit, customer_id: str, facts: dict[str, Any]) -> bool:
    """Whether what happened is the planned visit. A call is not: its `kind` is among the facts."""
    return planned.started_at is None and planned.customer_id == customer_id and "kind" not in facts


def _check_facts(act: "Act", customer: "Customer", facts: dict[str, Any]) -> None:
    """Raises NotAllowed if a contact is not one of this customer, or a product does not exist."""
    for contact_id in facts.get("contact_ids", ()):
        act.require(act.rows.one(Contact, contact_id).customer_id == customer.id)
    for product_id in facts.get("product_ids", ()):
        act.rows.one(Product, product_id)


def _values(act: "Act", facts: dict[str, Any]) -> dict[str, Any]:
    place = facts.get("place") or {}
    values = {name: facts[name] for name in FACTS if name in facts}
    values |= {"author_id": act.by.id, "clock_skew_s": act.clock_skew_s, "started_at": facts["started_at"]}
    return values | place


def _write(visit: Visit, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(visit, name, value)


def _note_touch(act: "Act", customer: "Customer", started_at: datetime) -> None:
    """Moves `last_touch_at` on, never past now: a phone's clock that runs ahead must not keep a customer warm."""
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
    for row in _hanging_off(act, old):
        row.visit_id, row.customer_id = visit_id, customer_id
    if follow_up and promised is None:
        follow_ups.promise(act, customer, visit_id=visit_id, **follow_up)
    elif follow_up and promised is not None:
        promised.due_on, promised.note = follow_up["due_on"], follow_up.get("note")
    recount_touch(act, {old.customer_id, customer_id})


def own(act: "Act", visit_id: str) -> Visit:
    """A visit by its author: nobody else may change what happened. Raises NotAllowed for any other."""
    visit = act.rows.one(Visit, visit_id)
    act.require(visit.author_id == act.by.id)
    act.for_fact(visit.customer_id)
    return visit


def standing(act: "Act", visit: Visit) -> Visit:
    """The visit's latest correction, or the visit itself: two phones may have corrected the same row.
    Refused if it is withdrawn or only planned."""
    while visit.corrected_by is not None:
        later = act.rows.find(Visit, visit.corrected_by)
        assert later is not None  # noqa: S101  (corrections are never deleted)
        visit = later
    if visit.withdrawn_at is not None or visit.started_at is None:
        raise Refused("deleted", SENTENCES["withdrawn"])
    return visit


def _hanging_off(act: "Act", visit: Visit) -> list[FollowUp | Attachment]:
    """The follow-ups and attachments of a visit."""
    act.rows.write()
    promises = act.session.exec(select(FollowUp).where(FollowUp.visit_id == visit.id))
    attachments = act.session.exec(select(Attachment).where(Attachment.visit_id == visit.id))
    return [*promises, *attachments]


def recount_touch(act: "Act", customer_ids: set[str]) -> None:
    """Sets `last_touch_at` to the latest visit that stands, after one was corrected, withdrawn or moved."""
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
    """Plans a visit; one that is planned already is moved to the new day and time."""
    act.editable(customer_id)
    visit = act.rows.find(Visit, visit_id)
    when = {"planned_on": planned_on, "planned_time": planned_time}
    if visit is None:
        new = {"customer_id": customer_id, "author_id": act.by.id, "created_at": act.moment}
        act.rows.insert(Visit, id=visit_id, **new, **when)
    elif visit.started_at is not None or visit.customer_id != customer_id:
        raise Refused("conflict", SENTENCES["done"])
    else:
        _write(visit, {**when, "withdrawn_at": None})


def cancel(act: "Act", *, visit_id: str) -> None:
    visit = act.rows.one(Visit, visit_id)
    act.editable(visit.customer_id)
    if visit.started_at is not None:
        raise Refused("conflict", SENTENCES["done"])
    visit.withdrawn_at = visit.withdrawn_at or act.moment


def withdraw(act: "Act", *, visit_id: str) -> None:
    """Undoes `log` or `correct`. A plan that the visit fulfilled is a plan again. A visit that it corrected stands
    again, with the follow-ups and photos; without one, these are withdrawn, too."""
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
