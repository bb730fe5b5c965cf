"""The lists behind a weekly report's numbers, by the same queries, fifty rows a page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Final

from sqlmodel import Session, col

from server import words
from server.days import WEEK
from server.forecast.won import by_currency, won_between
from server.models.customer import Customer
from server.models.follow_up import FollowUp
from server.models.opportunity import Opportunity
from server.models.pipeline import pipelines
from server.models.refusal import NotAllowed
from server.models.scope import manages
from server.models.user import User
from server.models.visit import Visit
from server.views import activity
from server.views.acting import Acting
from server.views.activity import Team
from server.views.labels import ACTIVITIES, OUTCOMES, said
from server.views.quotas import quarter_name
from server.views.ranking import moments_of_quarter, quarter_in
from server.views.reader import joined
from server.views.report_asked import ReportAsked
from server.views.report_facts import (
    activities,
    customers_in_touch,
    customers_met,
    promises_due,
    promises_kept,
    sales_at,
    visits_planned,
    week_of,
)
from server.views.rows import cold_row, first_line, offset_of
from server.views.team_lists import IS_EMPTY, PAGE, customer_line

Row = dict[str, Any]


@dataclass(frozen=True)
class Listed:
    """A list: `query` finds rows and their customers, `person` is the column of the rep, `row` shows one with the rep's
    name."""

    title: str
    days: str
    query: Any
    person: Any
    row: Callable[..., Row]


def report_list(
    session: Session, asked: ReportAsked, what: str, query: Mapping[str, str], here: str
) -> dict[str, Any]:
    """`here`: the list's address, to come back to. Raises NotAllowed if there is no such list."""
    reader, t, is_ranked = asked.reader, asked.reader.t, what in RANKED
    if what not in LISTS or (is_ranked and asked.rep is None):
        raise NotAllowed
    # Rankings count what is of the rep's own territory only.
    of = asked.team
    if asked.rep and is_ranked:
        of = replace(of, territory_id=asked.rep.territory_id or "")
    listed = LISTS[what](session, asked, of)
    led = activity.reps(session, Team(reader)) if manages(reader.user) else []
    acting, href, offset = Acting(reader, led, here), asked.list_href(what), offset_of(query)
    found = session.execute(
        listed.query.add_columns(col(User.name))
        .outerjoin(User, col(User.id) == listed.person)
        .offset(offset)
        .limit(PAGE + 1)
    ).all()
    more = f"{href}{'&' if '?' in href else '?'}offset={offset + PAGE}"
    rows = [
        listed.row(row, customer, name) | _acts(acting, row, customer) for row, customer, name in found[:PAGE]
    ]
    return {
        "title": listed.title,
        "line": joined("" if asked.is_own else asked.author.name, listed.days),
        "back_href": f"/report/{asked.monday}" if is_ranked else asked.href(),
        "back_text": t("Weekly report"),
        "rows": rows,
        "empty": t(IS_EMPTY),
        "more_href": more if len(found) > PAGE else "",
        **acting.done(query),
    }


def _acts(acting: Acting, row: Any, customer: Customer) -> dict[str, str]:
    if isinstance(row, str):
        return acting.at(customer, customer.owner_id)
    if isinstance(row, Opportunity):
        return acting.at(customer, customer.owner_id, joined(customer.name, row.name))
    return acting.at(customer, row.author_id if isinstance(row, Visit) else row.owner_id)


def _done(kind: str, _: Session, asked: ReportAsked, team: Team) -> Listed:
    t, reader = asked.reader.t, asked.reader

    def row(visit: Visit, customer: Customer, author: str) -> Row:
        moment = reader.moment(visit.started_at) if visit.started_at else ""
        return customer_line(
            customer, joined(said(t, OUTCOMES, visit.outcome), author, moment), visit.note or ""
        )

    query = activities(team, week_of(asked.monday), col(Visit.kind) == kind)
    title = t("Visits") if kind == "visit" else said(t, ACTIVITIES, kind)
    return Listed(title, asked.days, query, col(Visit.author_id), row)


def _customers(_: Session, asked: ReportAsked, team: Team) -> Listed:
    def row(_id: str, customer: Customer, owner: str | None) -> Row:
        return customer_line(customer, joined(customer.region, owner))

    title = asked.reader.t("Customers touched")
    query = customers_met(team, week_of(asked.monday))
    return Listed(title, asked.days, query, col(Customer.owner_id), row)


def _kept(_: Session, asked: ReportAsked, team: Team) -> Listed:
    def row(promise: FollowUp, customer: Customer, owner: str) -> Row:
        done = asked.reader.moment(promise.completed_at) if promise.completed_at else ""
        return customer_line(customer, joined(owner, done), first_line(promise.note))

    query = promises_kept(team, week_of(asked.monday))
    return Listed(asked.reader.t("Promises kept"), asked.days, query, col(FollowUp.owner_id), row)


def _due(_: Session, asked: ReportAsked, team: Team) -> Listed:
    reader = asked.reader

    def row(promise: FollowUp, customer: Customer, owner: str) -> Row:
        due = words.due_label(promise.due_on, reader.today, reader.locale)
        kind = "late" if promise.due_on < reader.today else ""
        return customer_line(customer, owner, first_line(promise.note), due, kind)

    query = promises_due(team, week_of(asked.monday + WEEK))
    return Listed(reader.t("Promises due"), asked.days_after, query, col(FollowUp.owner_id), row)


def _planned(_: Session, asked: ReportAsked, team: Team) -> Listed:
    locale = asked.reader.locale

    def row(visit: Visit, customer: Customer, author: str) -> Row:
        day = words.weekday_and_date(visit.planned_on, locale) if visit.planned_on else ""
        return customer_line(customer, joined(day, author), visit.note or "", visit.planned_time or "")

    query = visits_planned(team, week_of(asked.monday + WEEK))
    return Listed(asked.reader.t("Planned visits"), asked.days_after, query, col(Visit.author_id), row)


def _won(session: Session, asked: ReportAsked, team: Team) -> Listed:
    week, reader = week_of(asked.monday), asked.reader
    return _won_in(
        session, asked, team, (reader.start_of(week.first), reader.start_of(week.first + WEEK)), asked.days
    )


def _won_of_quarter(session: Session, asked: ReportAsked, team: Team) -> Listed:
    week = week_of(asked.monday)
    ends = moments_of_quarter(week, asked.reader)
    return _won_in(session, asked, team, ends, quarter_name(quarter_in(week)))


def _won_in(
    session: Session, asked: ReportAsked, team: Team, ends: tuple[datetime, datetime], days: str
) -> Listed:
    reader, all_pipelines = asked.reader, pipelines(session)
    only = [col(Opportunity.currency) == asked.currency] if asked.currency else []
    sums = won_between(session, all_pipelines, ends, team.sees(), team.by(col(Customer.owner_id)), *only)
    told = [words.money(cents, currency) for currency, cents in by_currency(sums).items()]

    def row(sale: Opportunity, customer: Customer, owner: str) -> Row:
        moment = reader.moment(sale.stage_since)
        amount = words.money(sale.amount_cents, sale.currency)
        found = customer_line(customer, joined(sale.name, owner, moment), "", amount)
        return found | {"href": f"/opportunities/{sale.id}"}

    since = col(Opportunity.stage_since)
    query = sales_at(team, all_pipelines, "won", since >= ends[0], since < ends[1], *only)
    return Listed(reader.t("Won"), joined(days, *told), query, col(Customer.owner_id), row)


def _in_touch(session: Session, asked: ReportAsked, team: Team) -> Listed:
    """Customers in touch, as of now, whatever the week."""
    reader = asked.reader

    def row(_id: str, customer: Customer, owner: str | None) -> Row:
        found = cold_row(customer, reader)
        return customer_line(customer, joined(found["detail"], customer.region, owner), "", found["tag"])

    query = customers_in_touch(session, team)
    return Listed(reader.t("In touch"), reader.t("As it stands now"), query, col(Customer.owner_id), row)


Lists = Mapping[str, Callable[[Session, ReportAsked, Team], Listed]]  # by name
RANKED: Final[Lists] = {
    "ranked-visits": partial(_done, "visit"),
    "ranked-customers": _in_touch,
    "ranked-won": _won_of_quarter,
}
LISTS: Final[Lists] = {
    **{kind: partial(_done, kind) for kind in ACTIVITIES},
    "customers": _customers,
    "kept": _kept,
    "due": _due,
    "planned": _planned,
    "won": _won,
    **RANKED,
}
