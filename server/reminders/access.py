"""Asking for access to a customer: the kinds of who is asked and who asked (see kinds.py), and their sentences."""

from datetime import date
from typing import Any

from sqlalchemy import Integer, Row, String, and_, case, cast, false, or_, select, true
from sqlalchemy.orm import aliased
from sqlmodel import col

from server.days import DAY
from server.models.access import AccessRequest, waits
from server.models.column import seconds
from server.models.customer import Customer
from server.models.scope import in_sight
from server.models.user import Role, User
from server.reminders.kinds import NEWS_WITHIN_DAYS, WITHIN_DAYS, Kind, Span
from server.reminders.person import Person
from server.reminders.saying import CUSTOMERS, Rows, Said, cut, list_of, names_of
from server.translations import Translator


class AccessAsked(Kind):
    """A customer's owner hears who asks for access to it; of a customer in the pool, the managers of its territory."""

    name, any_day, useful_days, lasts = "asked", False, WITHIN_DAYS, True

    def query(self, span: Span) -> Any:
        keeper = aliased(User)
        manages = and_(
            col(keeper.role) == Role.MANAGER, col(keeper.territory_id) == col(Customer.territory_id)
        )
        keeps = or_(col(keeper.id) == col(Customer.owner_id), and_(col(Customer.owner_id).is_(None), manages))
        return (
            select(
                col(keeper.id).label("user_id"),
                col(Customer.id).label("subject_id"),
                cast(seconds(col(AccessRequest.asked_at)), String).label("occasion"),
                col(Customer.id).label("customer_id"),
                col(Customer.name).label("name"),
                col(User.name).label("rep"),
            )
            .join(AccessRequest, col(AccessRequest.customer_id) == col(Customer.id))
            .join(User, col(User.id) == col(AccessRequest.user_id))
            .join(keeper, keeps)
            .where(waits(), col(Customer.deleted_at).is_(None), col(User.deactivated_at).is_(None))
        )


class AccessAnswered(Kind):
    """Whoever asked for access hears whether they have it. Nothing is told that has changed since."""

    name, any_day, useful_days = "access", False, NEWS_WITHIN_DAYS

    def query(self, span: Span) -> Any:
        answerer = aliased(User)
        sees_it = case((in_sight(), true()), else_=false())
        return (
            select(
                col(AccessRequest.user_id).label("user_id"),
                col(Customer.id).label("subject_id"),
                cast(seconds(col(AccessRequest.answered_at)), String).label("occasion"),
                col(Customer.id).label("customer_id"),
                col(Customer.name).label("name"),
                col(answerer.name).label("rep"),
                cast(col(AccessRequest.given), Integer).label("number"),
            )
            .join(AccessRequest, col(AccessRequest.customer_id) == col(Customer.id))
            .join(User, col(User.id) == col(AccessRequest.user_id))
            .join(answerer, col(answerer.id) == col(AccessRequest.answered_by))
            .where(col(AccessRequest.answered_at) > span.now - NEWS_WITHIN_DAYS * DAY)
            .where(col(AccessRequest.given) == sees_it, col(answerer.id) != col(User.id))
            .where(col(Customer.deleted_at).is_(None))
        )


def asks(row: Row[Any], t: Translator) -> str:
    return t("%(name)s asks for access", name=row.rep)


def answer(row: Row[Any], t: Translator) -> str:
    if row.number:
        return t("%(name)s gave you access", name=row.rep)
    return t("%(name)s gives no access for now", name=row.rep)


def place(row: Row[Any]) -> str:
    """The page of the customer, for whoever was given access."""
    return f"/customers/{row.customer_id}" if row.number else CUSTOMERS


def asked(rows: Rows, person: Person, _today: date) -> Said:
    t = person.t
    if len(rows) == 1:
        return Said(cut(rows[0].name), asks(rows[0], t), f"/customers/{rows[0].customer_id}")
    title = t.n("%(n)s colleague asks for access", "%(n)s colleagues ask for access", len(rows))
    return Said(title, names_of(rows, t), list_of("asked"))


def answered(rows: Rows, person: Person, _today: date) -> Said:
    t = person.t
    if len(rows) == 1:
        return Said(cut(rows[0].name), answer(rows[0], t), place(rows[0]))
    title = t.n(
        "%(n)s answer about customers that you asked for",
        "%(n)s answers about customers that you asked for",
        len(rows),
    )
    return Said(title, names_of(rows, t), list_of("access"))
