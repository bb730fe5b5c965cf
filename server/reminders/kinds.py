"""What can be due, a small class a kind: who is told, when, and what makes it due anew.

A query serves people in all time zones, where today is not the same day. So it finds a little too much, and `is_due`
decides for one person. The sentences are in wording.py.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import BigInteger, Row, String, and_, case, cast, func, literal, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from server.days import DAY, DAY_SECONDS
from server.models.column import seconds
from server.models.contact import Contact
from server.models.customer import Customer
from server.models.follow_up import FollowUp
from server.models.receipt import Receipt
from server.models.reminder import HandBack, NotificationItem
from server.models.scope import in_sight
from server.models.user import Role, User
from server.models.visit import Visit
from server.reminders.person import Person

# What has been due for longer is not told any more: after a long absence Today lists it.
WITHIN_DAYS: Final = 14
# Of what no list says, such as an answer: push services keep messages for four weeks, and few are away for longer.
NEWS_WITHIN_DAYS: Final = 27
# After so long the manager hears of a customer its rep was reminded of.
HEEDED_WITHIN: Final = timedelta(days=7)


@dataclass(frozen=True)
class Span:
    """What a query looks at: `now`; `first` to `last`, the days that are today for some of the people; `until`, the
    last day before the next working day of all of them; `since`, the earliest day on which something may have been due
    that one of them is told within WITHIN_DAYS of the next working day; `weeks`, the Mondays of those whose report one
    of them may be told of now."""

    now: datetime
    first: date
    last: date
    until: date
    since: date
    weeks: frozenset[date] = frozenset()

    @property
    def oldest(self) -> date:
        return self.first - WITHIN_DAYS * DAY


class Kind:
    name: str
    any_day: bool  # whether it is told on days off, too
    useful_days: int  # for how many days after the one it is sent it is still worth reading
    lasts: bool = False  # whether it waits until somebody acts, however long

    def query(self, span: Span) -> Any:
        """A SELECT of user_id (who is told), subject_id (of what), occasion (differs when it is due anew),
        customer_id, and the columns of due.COLUMNS that the sentences need."""
        raise AttributeError(self.name)

    def is_due(self, row: Row[Any], person: Person, today: date) -> bool:
        """Whether a row that the query found is due on this person's day. Most kinds leave it to the query."""
        return True


class DueFollowUps(Kind):
    """On the day it is due; if that is a day off, on the next working day."""

    name, any_day, useful_days = "due", False, 0

    def query(self, span: Span) -> Any:
        return (
            select(
                col(FollowUp.owner_id).label("user_id"),
                col(FollowUp.id).label("subject_id"),
                cast(col(FollowUp.due_on), String).label("occasion"),
                col(FollowUp.customer_id).label("customer_id"),
                col(Customer.name).label("name"),
                col(FollowUp.note).label("note"),
                col(FollowUp.due_on).label("due_on"),
            )
            .join(Customer, col(Customer.id) == col(FollowUp.customer_id))
            .join(User, col(User.id) == col(FollowUp.owner_id))
            .where(col(FollowUp.completed_at).is_(None), col(FollowUp.withdrawn_at).is_(None))
            .where(col(FollowUp.due_on).between(span.since, span.last))
            .where(col(Customer.deleted_at).is_(None), in_sight())
        )

    def is_due(self, row: Row[Any], person: Person, today: date) -> bool:
        return bool(today == person.working_day_from(row.due_on))


class LateFollowUps(DueFollowUps):
    """Once, on the first working day after the one on which DueFollowUps told it."""

    name, any_day, useful_days = "late", False, 3

    def is_due(self, row: Row[Any], person: Person, today: date) -> bool:
        return is_late(row.due_on, person, today)


def is_late(due_on: date, person: Person, today: date) -> bool:
    """And not for so long that it is left to the lists."""
    told_on = person.working_day_from(due_on)
    return told_on < today <= told_on + WITHIN_DAYS * DAY


class PlannedVisits(Kind):
    """On their day, even a day off: whoever plans a visit for a Sunday works on that Sunday."""

    name, any_day, useful_days = "planned", True, 0

    def query(self, span: Span) -> Any:
        return (
            select(
                col(Visit.author_id).label("user_id"),
                col(Visit.id).label("subject_id"),
                cast(col(Visit.planned_on), String).label("occasion"),
                col(Visit.customer_id).label("customer_id"),
                col(Customer.name).label("name"),
                col(Visit.planned_time).label("planned_time"),
                col(Visit.planned_on).label("planned_on"),
            )
            .join(Customer, col(Customer.id) == col(Visit.customer_id))
            .join(User, col(User.id) == col(Visit.author_id))
            .where(col(Visit.started_at).is_(None), col(Visit.withdrawn_at).is_(None))
            .where(col(Visit.planned_on).between(span.first, span.last))
            .where(col(Customer.deleted_at).is_(None), in_sight())
        )

    def is_due(self, row: Row[Any], person: Person, today: date) -> bool:
        return bool(row.planned_on == today)


SILENT_SINCE: Final = func.coalesce(col(Customer.last_touch_at), col(Customer.created_at))
SILENCE: Final = cast(seconds(SILENT_SINCE), String)  # the occasion: the same until the next visit


class GoingCold(Kind):
    """A customer's owner hears once, when nobody has been there for longer than the customer's cadence."""

    name, any_day, useful_days = "cold", False, 3

    def query(self, span: Span) -> Any:
        cold_at = seconds(SILENT_SINCE) + col(Customer.cadence_days) * DAY_SECONDS
        now, longest = int(span.now.timestamp()), (span.last - span.since).days + 3
        return select(
            col(Customer.owner_id).label("user_id"),
            col(Customer.id).label("subject_id"),
            SILENCE.label("occasion"),
            col(Customer.id).label("customer_id"),
            col(Customer.name).label("name"),
            SILENT_SINCE.label("silent_since"),
            col(Customer.cadence_days).label("cadence_days"),
        ).where(
            col(Customer.deleted_at).is_(None),
            col(Customer.lifecycle) != "lost",
            cold_at.between(_whole(now - longest * DAY_SECONDS), _whole(now + DAY_SECONDS)),
        )

    def is_due(self, row: Row[Any], person: Person, today: date) -> bool:
        cold_on = person.day_of(row.silent_since) + (row.cadence_days + 1) * DAY
        return bool(cold_on <= today < person.working_day_from(cold_on) + WITHIN_DAYS * DAY)


class Unheeded(Kind):
    """The managers of a territory hear once of a customer nobody was in touch with in the week since its rep was
    reminded."""

    name, any_day, useful_days = "unheeded", False, 3

    def query(self, span: Span) -> Any:
        told, manager = aliased(NotificationItem), aliased(User)
        week_ago = span.now - HEEDED_WITHIN
        return (
            select(
                col(manager.id).label("user_id"),
                col(Customer.id).label("subject_id"),
                SILENCE.label("occasion"),
                col(Customer.id).label("customer_id"),
                col(Customer.name).label("name"),
                SILENT_SINCE.label("silent_since"),
                col(User.name).label("rep"),
            )
            .join(User, col(User.id) == col(Customer.owner_id))
            .join(manager, col(manager.territory_id) == col(Customer.territory_id))
            .join(
                told,
                and_(
                    col(told.kind) == GoingCold.name,
                    col(told.user_id) == col(Customer.owner_id),
                    col(told.subject_id) == col(Customer.id),
                ),
            )
            .where(col(told.occasion) == SILENCE)
            .where(col(manager.role) == Role.MANAGER, col(manager.id) != col(User.id))
            .where(col(told.told_at).between(week_ago - WITHIN_DAYS * DAY, week_ago))
            .where(col(Customer.deleted_at).is_(None), col(Customer.lifecycle) != "lost")
        )


class HandedBack(Kind):
    """Whoever owned a customer hears that it went back to the pool, unless somebody owns it again."""

    name, any_day, useful_days = "handed_back", False, NEWS_WITHIN_DAYS

    def query(self, span: Span) -> Any:
        return (
            select(
                col(HandBack.user_id).label("user_id"),
                col(Customer.id).label("subject_id"),
                cast(seconds(col(HandBack.at)), String).label("occasion"),
                literal("").label("customer_id"),
                col(Customer.name).label("name"),
                SILENT_SINCE.label("silent_since"),
            )
            .join(Customer, col(Customer.id) == col(HandBack.customer_id))
            .where(col(HandBack.at) > span.now - NEWS_WITHIN_DAYS * DAY)
            .where(col(Customer.owner_id).is_(None), col(Customer.deleted_at).is_(None))
        )


class Birthdays(Kind):
    """On the day, or on the last working day before it. 29 February counts as the 28th in years without one."""

    name, any_day, useful_days = "birthday", False, 0

    def query(self, span: Span) -> Any:
        days = [span.first + count * DAY for count in range((span.until - span.first).days + 1)]
        falls_on = case(
            *((or_(*_born_on(day)), day.isoformat()) for day in days), else_=literal(None, String)
        )
        return (
            select(
                col(Customer.owner_id).label("user_id"),
                col(Contact.id).label("subject_id"),
                falls_on.label("occasion"),
                col(Contact.customer_id).label("customer_id"),
                col(Contact.name).label("name"),
                col(Customer.name).label("customer"),
            )
            .join(Customer, col(Customer.id) == col(Contact.customer_id))
            .where(col(Contact.deleted_at).is_(None), col(Customer.deleted_at).is_(None))
            .where(or_(*(born for day in days for born in _born_on(day))))
        )

    def is_due(self, row: Row[Any], person: Person, today: date) -> bool:
        next_chance = person.working_day_from(today + DAY)
        return today <= date.fromisoformat(row.occasion) < next_chance


class ParkedEntries(Kind):
    """The author hears of entries that the server could not apply and that wait for their decision: not of those that
    they discarded, or asked a manager about."""

    name, any_day, useful_days = "parked", False, 3

    def query(self, span: Span) -> Any:
        is_left = and_(col(Receipt.dismissed_at).is_(None), col(Receipt.asked_at).is_(None))
        needs_author = or_(is_left, col(Receipt.dismissed_by) != col(Receipt.user_id))
        return select(
            col(Receipt.user_id).label("user_id"),
            col(Receipt.change_id).label("subject_id"),
            literal("").label("occasion"),
            literal("").label("customer_id"),
            literal("").label("name"),
        ).where(
            col(Receipt.status) == "parked",
            needs_author,
            col(Receipt.received_at) > span.now - WITHIN_DAYS * DAY,
        )


def _whole(seconds: int) -> Any:
    return literal(seconds, BigInteger)  # from 2038 on it does not fit into 32 bits


def _born_on(day: date) -> list[Any]:
    """SQL conditions, one of which is true for contacts whose birthday is celebrated on this day."""
    endings = [f"{day:-%m-%d}"]
    if (day.month, day.day) == (2, 28) and (day + DAY).day == 1:
        endings.append("-02-29")
    return [col(Contact.birthday).endswith(ending) for ending in endings]
