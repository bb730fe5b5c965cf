"""What people are reminded of: their wishes, what they were told, and what waits to be delivered."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from server.models.column import json_list, key, link, maybe_moment, moment

WAITING = text("delivered_at IS NULL AND failed_at IS NULL AND withdrawn_at IS NULL")


class ReminderSettings(SQLModel, table=True):
    """Only of those who changed something: who has no row hears at 08:30 from Monday to Friday."""

    __tablename__ = "reminder_settings"

    user_id: str = link("users.id", primary_key=True, index=False)
    hour: str = Field(default="08:30", max_length=5)
    quiet_from: str = Field(default="20:00", max_length=5)
    quiet_until: str = Field(default="07:00", max_length=5)  # as `quiet_from`: never quiet
    working_days: str = Field(default="12345", max_length=7)  # Monday is 1
    muted: list[str] = json_list()  # kinds not wanted
    discreet: bool = False  # the lock screen says that there is something, and not what


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
    """A notification on its way to one browser: claimed for a while, tried, tried again."""

    __tablename__ = "deliveries"
    __table_args__ = (
        Index("ix_deliveries_waiting", "next_try_at", sqlite_where=WAITING, postgresql_where=WAITING),
    )

    id: str = key()
    notification_id: str = link("notifications.id")
    subscription_id: str = Field(index=True, max_length=36)  # which may be gone by now
    next_try_at: datetime = moment()  # while claimed: when the claim ends
    attempts: int = 0
    delivered_at: datetime | None = maybe_moment()
    failed_at: datetime | None = maybe_moment()
    withdrawn_at: datetime | None = maybe_moment()  # done or changed before it was sent
    answer: str | None = Field(default=None, max_length=200)  # what the push service said last
