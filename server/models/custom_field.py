"""Fields of customers that a company's admin defines, beside those that Legwork comes with."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlmodel import Field, Session, SQLModel, col, select

from server.models.column import json_list, key, maybe_moment, moment
from server.models.identity import new_id
from server.models.refusal import NotAllowed

MOST_CHOICES: Final = 50
LONGEST_NAME: Final = 60
MOST_FIELDS: Final = 40


class CustomField(SQLModel, table=True):
    """A customer's values are in `Customer.custom`, as texts by the field's id: see sync/custom_values.py."""

    __tablename__ = "custom_fields"
    __collection__ = "custom_fields"

    id: str = key()
    name: str = Field(max_length=LONGEST_NAME)
    kind: str = Field(max_length=10)  # text, number, date, choice, yes_no
    # What a field of kind choice offers; customers keep values no longer offered.
    choices: list[str] = json_list()
    created_at: datetime = moment()
    retired_at: datetime | None = maybe_moment()


def custom_fields(session: Session) -> Sequence[CustomField]:
    """All, retired ones too, in the order in which they were defined."""
    return session.exec(select(CustomField).order_by(col(CustomField.id))).all()


def define(session: Session, name: str, kind: str, choices: list[str], now: datetime) -> None:
    session.add(CustomField(id=new_id(), name=name, kind=kind, choices=choices, created_at=now))


def field_of(session: Session, field_id: str) -> CustomField:
    found = session.get(CustomField, field_id)
    if found is None:
        raise NotAllowed
    return found
