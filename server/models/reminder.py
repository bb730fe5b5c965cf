"""What people are reminded of: their wishes, what they were told, and what waits to be delivered."""

from datetime import datetime
from typing import Final

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from server.models.column import json_list, key, link, maybe_moment, moment

WAITING = text("delivered_at IS NULL AND failed_at IS NULL AND withdrawn_at IS NULL")


class Wishes(SQLModel):
    """When somebody wants to hear of what, and by which way."""

    hour: str = Field(default="08:30", max_length=5)
    quiet_from: str = Field(default="20:00", max_length=5)
    quiet_until: str = Field(default="07:00", max_length=5)  # as `quiet_from`: never quiet
    working_days: str = Field(default="12345", max_length=7)  # Monday is 1
    muted: list[str] = json_list()  # kinds not wanted
    emailed: list[str] = json_list()  # kinds wanted by e-mail; all others come by push
    discreet: bool = False  # the lock screen says that there is something, and not what


class ReminderSettings(Wishes, table=True):
    """Only of those who chose for themselves: whoever has no row hears as the territory has it."""

    __tablename__ = "reminder_settings"

    user_id: str = link("users.id", primary_key=True, index=False)


RANKED_BY: Final = ("attainment", "coverage", "visits", "won_amount")


class TerritorySettings(Wishes, table=True):
    """What holds in a territory until somebody chooses for themselves, and what holds there for everybody."""

    __tablename__ = "territory_settings"

    territory_id: str = link("territories.id", primary_key=True, index=False)
    holidays: list[str] = json_list()  # 2026-12-25, sorted
    ranked_by: str | None = Field(default=None, max_length=20)  # one of RANKED_BY; None: reps are not ranked
    hand_back_days: int | None = None  # after the reminder; None: customers stay with whom they belong to
    set_by: str = link("users.id", index=False)  # in whose name customers are handed back


class HandBack(SQLModel, table=True):
    """That somebody lost a customer whom they had not visited, though they were reminded: they are told."""

    __tablename__ = "hand_backs"

    user_id: str = link("users.id", primary_key=True, index=False)
    customer_id: str = link("customers.id", primary_key=True, index=False)
    at: datetime = moment()  # the last time


class CalendarFeed(SQLModel, table=True):
    """The address at which somebody's calendar asks. The table holds its token's hash."""

    __tablename__ = "calendar_feeds"

    user_id: str = link("users.id", primary_key=True, index=False)
    token_hash: str = Field(unique=True, max_length=64)
    made_at: datetime = moment()


class Notification(SQLModel, table=True):
    """One message about everything of its kind. What it says is made of its items when it is sent."""

    __tablename__ = "notifications"

    id: str = key()
    user_id: str = link("users.id")
    kind: str = Field(max_length=20)
    due_at: datetime = moment(index=True)


class NotificationItem(SQLModel, table=True):
    """Nobody is told the same twice, whatever restarts: the key says so."""

    __tablename__ = "notification_items"

    user_id: str = link("users.id", primary_key=True, index=False)
    kind: str = Field(primary_key=True, max_length=20)
    subject_id: str = Field(primary_key=True, max_length=36)
    occasion: str = Field(primary_key=True, max_length=30)  # what makes it due anew: its day, the last visit
    notification_id: str = link("notifications.id")
    told_at: datetime = moment()


class Delivery(SQLModel, table=True):
    """A notification on its way to one browser or mailbox: claimed for a while, tried, tried again."""

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
    withdrawn_at: datetime | None = maybe_moment()  # done or changed before it was sent
    answer: str | None = Field(default=None, max_length=200)  # what the other side said last
