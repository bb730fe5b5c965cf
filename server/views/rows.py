"""Rows of lists: a customer, a follow-up. Twin of pwa/views/rows.js."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final, Protocol

from sqlalchemy import Select
from sqlmodel import Session, col

from server import words
from server.models.customer import Customer
from server.models.follow_up import FollowUp
from server.views.reader import Reader, joined

SNOOZE_DAYS: Final = (1, 3, 7)


class Summary(Protocol):
    """What lists need of a customer: a row of `summaries`, or a whole one."""

    id: str
    name: str
    sort_key: str
    search_text: str
    address: str | None
    region: str | None
    lifecycle: str
    cadence_days: int
    owner_id: str | None
    latitude: float | None
    longitude: float | None
    last_touch_at: datetime | None
    created_at: datetime


def summaries(session: Session, query: Any) -> Sequence[Summary]:
    """Thousands of rows at once: no objects that could be written are made of them."""
    columns = [getattr(Customer, name) for name in Summary.__annotations__]
    light: Select[Any] = query.with_only_columns(*columns)
    rows: Sequence[Any] = session.connection().execute(light).all()
    return rows


def in_order(query: Any) -> Any:
    return query.order_by(col(Customer.sort_key), col(Customer.id))


def days_silent(customer: Summary, reader: Reader) -> int:
    """Since the last visit; since it was added, where there was none."""
    return (reader.today - reader.day_of(customer.last_touch_at or customer.created_at)).days


def days_over(customer: Summary, reader: Reader) -> int:
    """How long it has been going cold; zero and less: it is not."""
    if customer.lifecycle == "lost":
        return 0
    return days_silent(customer, reader) - customer.cadence_days


def seen(customer: Summary, reader: Reader) -> str:
    if customer.last_touch_at is None:
        return reader.t("Not visited yet")
    return reader.t("Seen %(ago)s", ago=reader.ago(customer.last_touch_at))


def due_kind(day: date, today: date) -> str:
    if day < today:
        return "late"
    return "due" if day == today else ""


def customer_row(
    customer: Summary, reader: Reader, next_on: date | None, others: str | None = None
) -> dict[str, Any]:
    """`others`: what else to say of it, such as who looks after it or how far away it is."""
    next_tag = words.due_label(next_on, reader.today, reader.locale) if next_on else ""
    return {
        "id": customer.id,
        "href": f"/customers/{customer.id}",
        "name": customer.name,
        "initial": words.initial(customer.name),
        "initial_kind": "cold" if days_over(customer, reader) > 0 else "",
        "detail": joined(seen(customer, reader), others or customer.region),
        "tag": next_tag,
        "tag_kind": due_kind(next_on, reader.today) if next_on else "",
    }


def cold_row(customer: Summary, reader: Reader) -> dict[str, Any]:
    usually = reader.t("Usually %(every)s", every=words.every(customer.cadence_days, reader.locale))
    return {
        **customer_row(customer, reader, None),
        "detail": usually,
        "tag": words.days(days_silent(customer, reader), reader.locale),
        "tag_kind": "cold",
    }


def follow_up_row(
    follow_up: FollowUp, reader: Reader, may_write: bool, customer: Summary | None = None
) -> dict[str, Any]:
    """With its customer where the screen is not about that one."""
    what = first_line(follow_up.note) or reader.t("Follow up")
    return {
        "id": follow_up.id,
        "what": what,
        "detail": customer.name if customer else promised(follow_up, reader),
        "href": f"/customers/{customer.id}" if customer else "",
        "initial": words.initial(what),
        "due_on": follow_up.due_on.isoformat(),
        "tag": words.due_label(follow_up.due_on, reader.today, reader.locale),
        "tag_kind": due_kind(follow_up.due_on, reader.today),
        "days": snooze_days(reader),
        "may_write": may_write,
    }


def promised(follow_up: FollowUp, reader: Reader) -> str:
    return reader.t("Promised %(ago)s", ago=reader.ago(follow_up.created_at))


def snooze_days(reader: Reader) -> list[dict[str, str]]:
    t = reader.t
    texts = (t("Tomorrow"), t("In 3 days"), t("Next week"))
    days = [reader.in_days(count) for count in SNOOZE_DAYS]
    return [
        {"text": text, "due_on": day.isoformat(), "date": words.weekday_and_date(day, reader.locale)}
        for text, day in zip(texts, days, strict=True)
    ]


def first_line(note: str | None) -> str:
    return (note or "").strip().split("\n")[0]
