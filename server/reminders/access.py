"""Who may see a customer: the kinds of who is asked for access and who gets it (see kinds.py), and their sentences."""

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Row, String, and_, cast, literal, or_, select, union_all
from sqlalchemy.orm import aliased
from sqlmodel import col

from server.days import DAY
from server.models.access import AccessRequest, waits
from server.models.column import seconds
from server.models.customer import Customer, CustomerShare
from server.models.scope import in_sight
from server.models.user import Role, User
from server.reminders.kinds import NEWS_WITHIN_DAYS, WITHIN_DAYS, Kind, Span
from server.reminders.person import Person
from server.reminders.saying import CUSTOMERS, Rows, Said, cut, list_of, names_of
from server.translations import Translator

GIVEN, SHARED, DECLINED = range(3)
# The customer, to whom, when, by whom.
DONE: Final = {
    GIVEN: (Customer.id, Customer.owner_id, Customer.given_at, Customer.given_by),
    SHARED: (
        CustomerShare.customer_id,
        CustomerShare.user_id,
        CustomerShare.shared_at,
        CustomerShare.shared_by,
    ),
    DECLINED: (
        AccessRequest.customer_id,
        AccessRequest.user_id,
        AccessRequest.declined_at,
        AccessRequest.declined_by,
    ),
}


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


class AccessChanged(Kind):
    """Who gave them a customer or a share of it, or declined to, is told to whom it was done, unless they did it
    themselves or it does not stand any more."""

    name, any_day, useful_days = "access", False, NEWS_WITHIN_DAYS

    def query(self, span: Span) -> Any:
        since, by = span.now - NEWS_WITHIN_DAYS * DAY, aliased(User)
        news = union_all(*(_since(since, what, *columns) for what, columns in DONE.items())).subquery()
        is_owners = col(Customer.owner_id) == news.c.user_id
        return (
            select(
                news.c.user_id.label("user_id"),
                news.c.customer_id.label("subject_id"),
                cast(seconds(news.c.at), String).label("occasion"),
                news.c.customer_id.label("customer_id"),
                col(Customer.name).label("name"),
                col(by.name).label("rep"),
                news.c.what.label("number"),
            )
            .join(Customer, col(Customer.id) == news.c.customer_id)
            .join(User, col(User.id) == news.c.user_id)
            .join(by, col(by.id) == news.c.by)
            .where(col(by.id) != col(User.id), col(Customer.deleted_at).is_(None))
            .where(or_(news.c.what == GIVEN, is_owners.is_not(True)))
            .where(or_(news.c.what != DECLINED, in_sight().is_not(True)))
        )


def _since(since: datetime, what: int, customer_id: Any, user_id: Any, at: Any, by: Any) -> Any:
    return select(
        literal(what).label("what"),
        col(customer_id).label("customer_id"),
        col(user_id).label("user_id"),
        col(at).label("at"),
        col(by).label("by"),
    ).where(col(at) > since)


def asks(row: Row[Any], t: Translator) -> str:
    return t("%(name)s asks for access", name=row.rep)


def done(row: Row[Any], t: Translator) -> str:
    """What somebody has done."""
    if row.number == GIVEN:
        return t("%(name)s gave you this customer", name=row.rep)
    if row.number == SHARED:
        return t("%(name)s shares this customer with you", name=row.rep)
    return t("%(name)s gives no access for now", name=row.rep)


def place(row: Row[Any]) -> str:
    return CUSTOMERS if row.number == DECLINED else f"/customers/{row.customer_id}"


def asked(rows: Rows, person: Person, _today: date) -> Said:
    t = person.t
    if len(rows) == 1:
        return Said(cut(rows[0].name), asks(rows[0], t), f"/customers/{rows[0].customer_id}")
    title = t.n("%(n)s colleague asks for access", "%(n)s colleagues ask for access", len(rows))
    return Said(title, names_of(rows, t), list_of("asked"))


def changed(rows: Rows, person: Person, _today: date) -> Said:
    t = person.t
    if len(rows) == 1:
        return Said(cut(rows[0].name), done(rows[0], t), place(rows[0]))
    if all(row.number == GIVEN for row in rows):
        title = t.n("%(n)s customer was given to you", "%(n)s customers were given to you", len(rows))
    else:
        title = t.n(
            "Your access to %(n)s customer changed", "Your access to %(n)s customers changed", len(rows)
        )
    return Said(title, names_of(rows, t), list_of("access"))
