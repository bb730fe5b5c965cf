"""Reminders: what people wish to hear, what they were told, and what waits to be delivered."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from sqlalchemy import Index, text
from sqlmodel import Field, Session, SQLModel, select

from server.models.column import json_list, key, link, maybe_moment, moment

WAITING = text("delivered_at IS NULL AND failed_at IS NULL AND withdrawn_at IS NULL")


class Wishes(SQLModel):
    """What somebody wants to be reminded of, when, and by push or by e-mail. Times are the reader's, as "08:30"."""

    hour: str = Field(default="08:30", max_length=5)
    quiet_from: str = Field(default="20:00", max_length=5)
    quiet_until: str = Field(default="07:00", max_length=5)  # as `quiet_from`: never quiet
    working_days: str = Field(default="12345", max_length=7)  # Monday is 1
    muted: list[str] = json_list()  # kinds not wanted
    emailed: list[str] = json_list()  # kinds wanted by e-mail; all others come by push
    discreet: bool = False  # the lock screen says only that there is something


class ReminderSettings(Wishes, table=True):
    """Of people who chose for themselves. For all others the settings of their territory hold."""

    __tablename__ = "reminder_settings"

    user_id: str = link("users.id", primary_key=True, index=False)


RANKED_BY: Final = ("attainment", "coverage", "visits", "won_amount")


class TerritorySettings(Wishes, table=True):
    """The wishes of people in a territory who have not chosen for themselves, and what holds there for everybody."""

    __tablename__ = "territory_settings"

    territory_id: str = link("territories.id", primary_key=True, index=False)
    holidays: list[str] = json_list()  # 2026-12-25, sorted
    ranked_by: str | None = Field(default=None, max_length=20)  # one of RANKED_BY; None: reps are not ranked
    # How long after the reminder a customer goes back to the pool; None: never.
    hand_back_days: int | None = None
    set_by: str = link("users.id", index=False)  # in whose name customers are handed back


def holidays_by_place(session: Session) -> dict[str, frozenset[date]]:
    """By territory id; without territories that have none."""
    found = session.exec(select(TerritorySettings.territory_id, TerritorySettings.holidays))
    return {place: days_of(holidays) for place, holidays in found if holidays}


def days_of(holidays: Sequence[str] | None) -> frozenset[date]:
    return frozenset(map(date.fromisoformat, holidays or ()))


class HandBack(SQLModel, table=True):
    """Somebody's customer went back to the pool, because they had not visited it although they were reminded.
    Kept so that they are told."""

    __tablename__ = "hand_backs"

    user_id: str = link("users.id", primary_key=True, index=False)
    customer_id: str = link("customers.id", primary_key=True, index=False)
    at: datetime = moment()  # when it last happened


class CalendarFeed(SQLModel, table=True):
    """The private address from which a calendar app reads somebody's calendar. The table holds a hash of its token."""

    __tablename__ = "calendar_feeds"

    user_id: str = link("users.id", primary_key=True, index=False)
    token_hash: str = Field(unique=True, max_length=64)
    made_at: datetime = moment()


class Notification(SQLModel, table=True):
    """A message to one person about everything of one kind that is due.
    Its words are made of its items when it is sent."""

    __tablename__ = "notifications"

    id: str = key()
    user_id: str = link("users.id")
    kind: str = Field(max_length=20)
    due_at: datetime = moment(index=True)


class NotificationItem(SQLModel, table=True):
    """One thing that a notification tells. The primary key makes sure that nobody is told the same twice,
    even if the worker restarts at any moment."""

    __tablename__ = "notification_items"

    user_id: str = link("users.id", primary_key=True, index=False)
    kind: str = Field(primary_key=True, max_length=20)
    subject_id: str = Field(primary_key=True, max_length=36)
    # Differs when it is due anew: a day, the last visit.
    occasion: str = Field(primary_key=True, max_length=30)
    notification_id: str = link("notifications.id")
    told_at: datetime = moment()


class Delivery(SQLModel, table=True):
    """A notification on its way to one browser or mailbox. The worker claims it for a while, tries, and tries again."""

    __tablename__ = "deliveries"
    __table_args__ = (
        Index("ix_deliveries_waiting", "next_try_at", sqlite_where=WAITING, postgresql_where=WAITING),
    )

    id: str = key()
    notification_id: str = link("notifications.id")
    subscription_id: str | None = Field(default=None, index=True, max_length=36)  # None: by e-mail
    next_try_at: datetime = moment()  # while claimed: when the claim ends
    attempts: int = 0
    delivered_at: datetime | None = maybe_moment()
    failed_at: datetime | None = maybe_moment()
    # When what it tells was done or changed before it was sent.
    withdrawn_at: datetime | None = maybe_moment()
    # The last answer of the push service or mail server.
    answer: str | None = Field(default=None, max_length=200)
