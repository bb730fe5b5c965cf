"""Today: follow-ups due, visits planned, customers going cold. Twin of pwa/views/today.js."""

from collections.abc import Sequence
from typing import Any, Final

from sqlmodel import Session, col, func, select

from server import words
from server.days import monday_of
from server.models.customer import Customer
from server.models.follow_up import FollowUp
from server.models.scope import customers_of, in_sight_of, manages, may_write
from server.models.visit import Visit
from server.models.visit_kind import Kind
from server.views.attainment import attainment
from server.views.reader import Reader, joined
from server.views.rows import (
    Summary,
    cold_row,
    customer_row,
    days_over,
    due_kind,
    follow_up_row,
    plan_key,
    summaries,
    summed_up,
)

MOST_DUE: Final = 50
MOST_COLD: Final = 10
MISSED_DAYS: Final = 7  # a planned visit that was not made is shown this long


def today(session: Session, reader: Reader) -> dict[str, Any]:
    owned = _owned(session, reader)
    due, planned = _due(session, reader), _planned(session, reader)
    return {
        "title": reader.t("Today"),
        "weekday": words.weekday(reader.today, reader.locale),
        "date": words.short_date(reader.today, reader.today, reader.locale),
        "is_new": not owned and not due and not planned,
        "welcome": welcome(reader),
        "week": week(_visits_this_week(session, reader), reader),
        "quota": attainment(session, reader),
        "due": due_section(due, reader),
        "planned": planned_section(planned, reader),
        "cold": cold_section(owned, reader),
    }


def welcome(reader: Reader) -> dict[str, Any]:
    """The page of a new rep, and of roles without customers of their own."""
    t, user = reader.t, reader.user
    links = [
        {"href": "/customers/new", "text": t("Add a customer")},
        {"href": "/import", "text": t("Import a list")},
    ]
    if user.role == "rep":
        return {"text": t("No customer is yours yet. Add the first one you will call on."), "links": links}
    further = links if manages(user) else []
    see = {"href": "/customers", "text": t("See the customers")}
    return {"text": t("No customer is yours to call on."), "links": [see, *further]}


def _owned(session: Session, reader: Reader) -> Sequence[Summary]:
    owned = customers_of(reader.user).where(Customer.owner_id == reader.user.id)
    return summaries(session, summed_up(owned))


def _due(session: Session, reader: Reader) -> list[tuple[FollowUp, Customer]]:
    query = (
        select(FollowUp, Customer)
        .join(Customer, col(Customer.id) == col(FollowUp.customer_id))
        .where(
            col(Customer.deleted_at).is_(None), in_sight_of(reader.user), FollowUp.owner_id == reader.user.id
        )
        .where(col(FollowUp.completed_at).is_(None), col(FollowUp.withdrawn_at).is_(None))
        .where(FollowUp.due_on <= reader.today)
        .order_by(col(FollowUp.due_on), col(FollowUp.id))
    )
    return list(session.exec(query).all())


def _planned(session: Session, reader: Reader) -> list[tuple[Visit, Customer]]:
    query = (
        select(Visit, Customer)
        .join(Customer, col(Customer.id) == col(Visit.customer_id))
        .where(
            col(Customer.deleted_at).is_(None), in_sight_of(reader.user), Visit.author_id == reader.user.id
        )
        .where(col(Visit.started_at).is_(None), col(Visit.withdrawn_at).is_(None))
        .where(col(Visit.planned_on).between(reader.in_days(-MISSED_DAYS), reader.today))
    )
    return sorted(session.exec(query).all(), key=lambda pair: plan_key(pair[0]))


def _visits_this_week(session: Session, reader: Reader) -> int:
    monday = monday_of(reader.today)
    query = (
        select(func.count())
        .select_from(Visit)
        .where(Visit.author_id == reader.user.id, col(Visit.started_at) >= reader.start_of(monday))
        .where(Visit.kind == Kind.VISIT)
        .where(col(Visit.withdrawn_at).is_(None), col(Visit.corrected_by).is_(None))
    )
    return session.exec(query).one()


def week(done: int, reader: Reader) -> dict[str, Any]:
    plan = reader.user.weekly_visits
    return {
        "plan": plan,
        "shown": min(done, plan),
        "text": reader.t("%(done)s of %(plan)s visits this week", done=done, plan=plan),
    }


def due_section(due: Sequence[tuple[FollowUp, Customer]], reader: Reader) -> dict[str, Any]:
    writes, beyond = may_write(reader.user), len(due) - MOST_DUE
    return {
        "count": len(due),
        "rows": [
            follow_up_row(follow_up, reader, writes, customer) for follow_up, customer in due[:MOST_DUE]
        ],
        "more": reader.t.n("and %(n)s more", "and %(n)s more", beyond) if beyond > 0 else "",
        "empty": reader.t("Nothing is due. What you promise comes back here on its day."),
    }


def planned_section(planned: Sequence[tuple[Visit, Customer]], reader: Reader) -> dict[str, Any]:
    return {
        "count": len(planned),
        "rows": [planned_row(visit, customer, reader) for visit, customer in planned],
    }


def planned_row(visit: Visit, customer: Customer, reader: Reader) -> dict[str, Any]:
    assert visit.planned_on is not None  # noqa: S101  (the query asked for it)
    is_today = visit.planned_on == reader.today
    day = words.due_label(visit.planned_on, reader.today, reader.locale)
    return {
        **customer_row(customer, reader, None),
        "detail": joined(customer.address or customer.region) or reader.t("No address yet"),
        "tag": (visit.planned_time or day) if is_today else day,
        "tag_kind": due_kind(visit.planned_on, reader.today) if not is_today else "",
    }


def cold_section(customers: Sequence[Summary], reader: Reader) -> dict[str, Any]:
    cold = coldest(customers, reader)
    beyond = len(cold) > MOST_COLD
    return {
        "count": len(cold),
        "rows": [cold_row(customer, reader) for customer in cold[:MOST_COLD]],
        "more": reader.t("All %(n)s going cold", n=len(cold)) if beyond else "",
    }


def coldest(customers: Sequence[Summary], reader: Reader) -> list[Summary]:
    """Customers going cold, the longest past their rhythm first."""
    over = [
        (-days_over(customer, reader), customer.sort_key, customer.id, customer) for customer in customers
    ]
    return [customer for past, _, _, customer in sorted(over, key=lambda entry: entry[:3]) if past < 0]
