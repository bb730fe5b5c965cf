"""Somebody's follow-ups and planned visits as a calendar feed (RFC 5545).
Its events have no alarms, because reminders come from Legwork itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event
from sqlmodel import Session, col, select

from server.models.customer import Customer
from server.models.follow_up import FollowUp
from server.models.scope import in_sight_of
from server.models.user import User
from server.models.visit import Visit
from server.reminders.mail import printable_line
from server.translations import Translator
from server.views.rows import first_line

BEHIND: Final = timedelta(days=60)  # older ones are left out
TAKES: Final = timedelta(minutes=30)  # shown as the length of a visit: a plan says only when it begins
ASKED_EVERY: Final = timedelta(hours=1)  # how often calendar apps are told to fetch the feed
PRODUCT: Final = "-//Legwork//Legwork//EN"


@dataclass(frozen=True)
class Asked:
    """Whose calendar it is, when it is fetched, and in which language and zone. `origin`:
    https://legwork.example.com."""

    user: User
    now: datetime
    time_zone: str
    t: Translator
    origin: str


def calendar(session: Session, asked: Asked) -> bytes:
    made = Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", "Legwork")
    made.add("refresh-interval", ASKED_EVERY, parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", "PT1H")
    for event in (*_promised(session, asked), *_planned(session, asked)):
        made.add_component(event)
    return bytes(made.to_ical())


def _promised(session: Session, asked: Asked) -> Iterator[Event]:
    mine = (
        select(FollowUp, Customer)
        .join(Customer, col(Customer.id) == col(FollowUp.customer_id))
        .where(FollowUp.owner_id == asked.user.id, FollowUp.due_on > _first_day(asked))
        .where(col(FollowUp.completed_at).is_(None), col(FollowUp.withdrawn_at).is_(None))
        .where(col(Customer.deleted_at).is_(None), in_sight_of(asked.user))
        .order_by(col(FollowUp.due_on), col(FollowUp.id))
    )
    for follow_up, customer in session.exec(mine):
        what = first_line(follow_up.note) or asked.t("Follow-up")
        event = _event(follow_up.id, f"{customer.name} · {what}", customer, follow_up.note, asked)
        _all_day(event, follow_up.due_on)
        yield event


def _planned(session: Session, asked: Asked) -> Iterator[Event]:
    mine = (
        select(Visit, Customer)
        .join(Customer, col(Customer.id) == col(Visit.customer_id))
        .where(Visit.author_id == asked.user.id, col(Visit.planned_on) > _first_day(asked))
        .where(col(Visit.started_at).is_(None), col(Visit.withdrawn_at).is_(None))
        .where(col(Customer.deleted_at).is_(None), in_sight_of(asked.user))
        .order_by(col(Visit.planned_on), col(Visit.id))
    )
    for visit, customer in session.exec(mine):
        event = _event(visit.id, asked.t("Visit: %(name)s", name=customer.name), customer, visit.note, asked)
        if visit.planned_on is not None:
            _set_time(event, visit.planned_on, visit.planned_time, asked.time_zone)
        yield event


def _set_time(event: Event, day: date, clock: str | None, time_zone: str) -> None:
    """In UTC, so that the feed need not define the time zone. Without a time the event takes the whole day."""
    if clock is None:
        _all_day(event, day)
        return
    local = datetime.combine(day, time.fromisoformat(clock), ZoneInfo(time_zone))
    event.add("dtstart", local.astimezone(UTC))
    event.add("dtend", local.astimezone(UTC) + TAKES)


def _all_day(event: Event, day: date) -> None:
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("transp", "TRANSPARENT")


def _event(row_id: str, summary: str, customer: Customer, note: str | None, asked: Asked) -> Event:
    address = f"{asked.origin}/customers/{customer.id}"
    event = Event()
    event.add("uid", f"{row_id}@legwork")
    event.add("dtstamp", asked.now.replace(microsecond=0))
    event.add("summary", printable_line(summary))
    event.add("description", "\n".join([*map(printable_line, (note or "").splitlines()), address]))
    event.add("url", address)
    if customer.address:
        event.add("location", printable_line(customer.address))
    return event


def _first_day(asked: Asked) -> date:
    return (asked.now - BEHIND).date()
