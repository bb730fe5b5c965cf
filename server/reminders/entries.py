"""Parked entries that their authors ask a manager about: the kind (see kinds.py) and its sentences."""

from datetime import date
from typing import Any

from sqlalchemy import Row, String, cast, literal, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from server.days import DAY
from server.models.column import seconds
from server.models.receipt import Receipt
from server.models.user import Role, User
from server.reminders.kinds import WITHIN_DAYS, Kind, Span
from server.reminders.person import Person
from server.reminders.saying import NAME_CHARACTERS, Rows, Said, cut, names_of
from server.translations import Translator
from server.views.parked import NAMES

PATH = "/parked"


class EntryAsked(Kind):
    """The managers of the author's territory hear that a parked entry waits for their decision, until it is decided."""

    name, any_day, useful_days = "entry", False, WITHIN_DAYS

    def query(self, span: Span) -> Any:
        manager = aliased(User)
        return (
            select(
                col(manager.id).label("user_id"),
                col(Receipt.change_id).label("subject_id"),
                cast(seconds(col(Receipt.asked_at)), String).label("occasion"),
                literal("").label("customer_id"),
                col(User.name).label("name"),
                col(Receipt.name).label("terms"),
            )
            .join(User, col(User.id) == col(Receipt.user_id))
            .join(manager, col(manager.territory_id) == col(User.territory_id))
            .where(col(manager.role) == Role.MANAGER, col(manager.id) != col(User.id))
            .where(col(Receipt.status) == "parked", col(Receipt.dismissed_at).is_(None))
            .where(col(Receipt.asked_at) > span.now - WITHIN_DAYS * DAY)
        )


def part(row: Row[Any], t: Translator) -> str:
    """What is said of one entry, without its author."""
    what = t(NAMES[row.terms]) if row.terms in NAMES else cut(row.terms, NAME_CHARACTERS)
    return t("%(what)s could not be applied: you are asked what to do", what=what)


def asked(rows: Rows, person: Person, _today: date) -> Said:
    t = person.t
    if len(rows) == 1:
        return Said(cut(rows[0].name), part(rows[0], t), PATH)
    title = t.n("%(n)s entry waits for your decision", "%(n)s entries wait for your decision", len(rows))
    return Said(title, names_of(rows, t), PATH)
