"""Rows of lists: a customer, a follow-up. Twin of pwa/views/rows.js."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlmodel import Session, col, func, select

from server import words
from server.models.customer import Customer
from server.models.follow_up import FollowUp
from server.models.visit import Visit
from server.translations import Translator
from server.views.reader import Reader, joined

SNOOZE_DAYS: Final = (1, 3, 7)
DAYS_KEPT: Final = 1024


def offset_of(query: Mapping[str, str]) -> int:
    """How many rows of a list its address leaves out; 0 unless it says so in plain digits."""
    text = query.get("offset", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


class Summary(NamedTuple):
    """The columns of a customer that lists need; read-only, and quick to read by the thousand."""

    id: str
    name: str
    sort_key: str
    region: str | None
    lifecycle: str
    cadence_days: int
    owner_id: str | None
    latitude: float | None
    longitude: float | None
    last_touch_at: datetime | None
    created_at: datetime
    # For the rows of one page only: each costs a lookup.
    promised_on: date | None = None
    planned_on: date | None = None

    @property
    def next_on(self) -> date | None:
        if self.promised_on and self.planned_on:
            return min(self.promised_on, self.planned_on)
        return self.promised_on or self.planned_on


COLUMNS: Final = [getattr(Customer, name) for name in Summary._fields if name not in Summary._field_defaults]
PROMISED_ON: Final = (
    select(func.min(FollowUp.due_on))
    .where(FollowUp.customer_id == Customer.id)
    .where(col(FollowUp.completed_at).is_(None), col(FollowUp.withdrawn_at).is_(None))
    .scalar_subquery()
)
PLANNED_ON: Final = (
    select(func.min(Visit.planned_on))
    .where(Visit.customer_id == Customer.id, col(Visit.planned_on).is_not(None))
    .where(col(Visit.started_at).is_(None), col(Visit.withdrawn_at).is_(None))
    .scalar_subquery()
)


def summed_up(query: Any) -> Any:
    return query.with_only_columns(*COLUMNS)


def with_next_step(query: Any) -> Any:
    return query.add_columns(PROMISED_ON, PLANNED_ON)


def summaries(session: Session, query: Any, given: Mapping[str, Any] | None = None) -> list[Summary]:
    """`query`: selects the columns of Summary. Reads past the session, which would make an object of each row."""
    return [Summary(*row) for row in session.connection().execute(query, given).all()]


def in_order(query: Any) -> Any:
    return query.order_by(col(Customer.sort_key), col(Customer.id))


def silent_since(customer: Summary | Customer, reader: Reader) -> date:
    """The day of the last visit or, if there was none, of the customer's creation."""
    return reader.day_of(customer.last_touch_at or customer.created_at)


def days_silent(customer: Summary | Customer, reader: Reader) -> int:
    return (reader.today - silent_since(customer, reader)).days


def days_over(customer: Summary | Customer, reader: Reader) -> int:
    """Days that it has been going cold; not positive: it is not."""
    return _over(customer, silent_since(customer, reader), reader.today)


def _over(customer: Summary | Customer, since: date, today: date) -> int:
    return 0 if customer.lifecycle == "lost" else (today - since).days - customer.cadence_days


def seen(customer: Summary | Customer, reader: Reader) -> str:
    return _seen(customer, silent_since(customer, reader), reader)


def _seen(customer: Summary | Customer, since: date, reader: Reader) -> str:
    if customer.last_touch_at is None:
        return reader.t("Not in touch yet")
    return _seen_on(since, reader.today, reader.t)


@lru_cache(maxsize=DAYS_KEPT)
def _seen_on(day: date, today: date, t: Translator) -> str:
    """Cached: a list has the same few days over and over."""
    return t("In touch %(ago)s", ago=words.ago(day, today, t.locale))


def due_kind(day: date, today: date) -> str:
    if day < today:
        return "late"
    return "due" if day == today else ""


def plan_key(visit: Visit) -> tuple[str, str, str]:
    """Sorts planned visits by time; those without one come last on their day."""
    return str(visit.planned_on), visit.planned_time or "~", visit.id


def customer_row(
    customer: Summary | Customer, reader: Reader, next_on: date | None, others: str | None = None
) -> dict[str, Any]:
    """`others`: a text to show besides, such as the owner or the distance."""
    since = silent_since(customer, reader)
    return {
        "id": customer.id,
        "href": f"/customers/{customer.id}",
        "name": customer.name,
        "initial": words.initial(customer.name),
        "initial_kind": "cold" if _over(customer, since, reader.today) > 0 else "",
        "detail": joined(_seen(customer, since, reader), others or customer.region),
        "tag": words.due_label(next_on, reader.today, reader.locale) if next_on else "",
        "tag_kind": due_kind(next_on, reader.today) if next_on else "",
    }


def cold_row(customer: Summary | Customer, reader: Reader) -> dict[str, Any]:
    usually = reader.t("Usually %(every)s", every=words.every(customer.cadence_days, reader.locale))
    return {
        **customer_row(customer, reader, None),
        "detail": usually,
        "tag": words.days(days_silent(customer, reader), reader.locale),
        "tag_kind": "cold",
    }


def follow_up_row(
    follow_up: FollowUp, reader: Reader, may_write: bool, customer: Summary | Customer | None = None
) -> dict[str, Any]:
    """`customer`: shown too, on screens that are not about one customer."""
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
