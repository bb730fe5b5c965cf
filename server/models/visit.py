"""A visit, planned or done, and the next step promised at its end."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from server.models.column import json_list, key, link, maybe_link, maybe_moment, moment


class Outcome(StrEnum):
    INTERESTED = "interested"
    ORDERED = "ordered"
    NEEDS_QUOTE = "needs_quote"
    NOT_NOW = "not_now"
    NOBODY_THERE = "nobody_there"


class Visit(SQLModel, table=True):
    __tablename__ = "visits"
    __collection__ = "visits"
    __table_args__ = (Index("ix_visits_customer_started", "customer_id", "started_at"),)

    id: str = key()
    customer_id: str = link("customers.id", index=False)
    author_id: str = link("users.id")
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
    corrects: str | None = maybe_link("visits.id")
    corrected_by: str | None = Field(default=None, max_length=36)  # the row that stands in its place
    clock_skew_s: int | None = None  # how far the phone's clock was off; only when it matters
    created_at: datetime = moment()
    withdrawn_at: datetime | None = maybe_moment()


class FollowUp(SQLModel, table=True):
    __tablename__ = "follow_ups"
    __collection__ = "follow_ups"

    id: str = key()
    customer_id: str = link("customers.id")
    visit_id: str | None = maybe_link("visits.id")
    owner_id: str = link("users.id")  # who promised
    due_on: date = Field(index=True)
    note: str | None = None
    created_at: datetime = moment()
    completed_at: datetime | None = maybe_moment()
    withdrawn_at: datetime | None = maybe_moment()
