"""The facts of a weekly report: what happened in a week and is due in the next, of one rep or of all of a leader's.

Amounts won and late follow-ups are counted as by Team and the quotas.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, false, not_, or_
from sqlmodel import Session, col, func, select

from server.days import DAY, WEEK, Span
from server.forecast.won import Won, stands, won_between
from server.models.customer import Customer
from server.models.follow_up import FollowUp
from server.models.opportunity import Opportunity
from server.models.pipeline import Pipeline
from server.models.visit import Visit, by_time
from server.views.activity import Team, is_cold, late_promises, within

MOST_ROWS: Final = 200  # of a list; totals are counted by the database

Sale = tuple[Opportunity, Customer]


def week_of(monday: date) -> Span:
    return Span(monday, monday + WEEK - DAY)


@dataclass(frozen=True)
class Done:
    """Activities (visits, calls, messages): their number by author and kind, and the number of customers met."""

    by_kind: Counter[tuple[str, str]]  # author and kind
    customers: int

    def of(self, kind: str, author_id: str = "") -> int:
        return sum(
            count
            for (author, what), count in self.by_kind.items()
            if what == kind and author_id in ("", author)
        )


def done(session: Session, team: Team, span: Span) -> Done:
    those = _activities(team, span)
    counted = select(Visit.author_id, Visit.kind, func.count()).join(
        Customer, col(Customer.id) == col(Visit.customer_id)
    )
    by_kind = {
        (author, str(kind)): count
        for author, kind, count in session.exec(
            counted.where(*those).group_by(col(Visit.author_id), col(Visit.kind))
        )
    }
    seen = select(func.count(func.distinct(col(Visit.customer_id)))).join(
        Customer, col(Customer.id) == col(Visit.customer_id)
    )
    return Done(Counter(by_kind), session.exec(seen.where(*those)).one())


def activities(team: Team, span: Span, *which: ColumnElement[bool]) -> Any:
    """A query that callers narrow or count."""
    return (
        select(Visit, Customer)
        .join(Customer, col(Customer.id) == col(Visit.customer_id))
        .where(*_activities(team, span), *which)
        .order_by(col(Visit.started_at), col(Visit.id))
    )


def customers_met(team: Team, span: Span) -> Any:
    """Customers with an activity in the span: a query of (id, customer)."""
    met = select(Visit.customer_id).join(Customer, col(Customer.id) == col(Visit.customer_id))
    return (
        select(Customer.id, Customer)
        .where(col(Customer.id).in_(met.where(*_activities(team, span))))
        .order_by(col(Customer.sort_key), col(Customer.id))
    )


def customers_in_touch(session: Session, team: Team) -> Any:
    """Customers with an owner that are not going cold: a query of (id, customer)."""
    return (
        select(Customer.id, Customer)
        .where(team.sees(), team.by(col(Customer.owner_id)), col(Customer.lifecycle) != "lost")
        .where(not_(is_cold(session, team)))
        .order_by(col(Customer.sort_key), col(Customer.id))
    )


def _activities(team: Team, span: Span) -> Sequence[ColumnElement[bool]]:
    return (
        team.sees(),
        team.by(col(Visit.author_id)),
        col(Visit.withdrawn_at).is_(None),
        col(Visit.corrected_by).is_(None),
        *within(col(Visit.started_at), span, team.reader),
    )


def new_customers(session: Session, team: Team, span: Span) -> Sequence[Customer]:
    query = (
        select(Customer)
        .where(team.sees(), team.by(col(Customer.owner_id)))
        .where(*within(col(Customer.created_at), span, team.reader))
        .order_by(col(Customer.sort_key), col(Customer.id))
    )
    return session.exec(query.limit(MOST_ROWS)).all()


def sales(
    session: Session, team: Team, all_pipelines: Sequence[Pipeline], kind: str, *which: ColumnElement[bool]
) -> Sequence[Sale]:
    found: Sequence[Sale] = session.exec(sales_at(team, all_pipelines, kind, *which).limit(MOST_ROWS)).all()
    return found


def sales_at(team: Team, all_pipelines: Sequence[Pipeline], kind: str, *which: ColumnElement[bool]) -> Any:
    """Opportunities at a stage of this kind (won, lost, open), in the order in which they got there: a query that
    callers narrow or count."""
    there = [
        and_(col(Opportunity.pipeline_id) == pipeline.id, col(Opportunity.stage) == stage["key"])
        for pipeline in all_pipelines
        for stage in pipeline.stages
        if stage["kind"] == kind
    ]
    return (
        select(Opportunity, Customer)
        .join(Customer, col(Customer.id) == col(Opportunity.customer_id))
        .where(stands(), team.sees(), team.by(col(Customer.owner_id)), or_(false(), *there), *which)
        .order_by(col(Opportunity.stage_since), col(Opportunity.id))
    )


def came_there(team: Team, span: Span) -> Sequence[ColumnElement[bool]]:
    return within(col(Opportunity.stage_since), span, team.reader)


def promises_kept(team: Team, span: Span) -> Any:
    """A query that callers narrow or count."""
    return (
        select(FollowUp, Customer)
        .join(Customer, _theirs())
        .where(*_promised(team), *within(col(FollowUp.completed_at), span, team.reader))
        .order_by(col(FollowUp.completed_at), col(FollowUp.id))
    )


def promises_due(team: Team, span: Span) -> Any:
    """A query that callers narrow or count."""
    return (
        select(FollowUp, Customer)
        .join(Customer, _theirs())
        .where(*_promised(team), col(FollowUp.completed_at).is_(None))
        .where(col(FollowUp.due_on).between(span.first, span.last))
        .order_by(col(FollowUp.due_on), col(FollowUp.id))
    )


def _theirs() -> ColumnElement[bool]:
    return col(Customer.id) == col(FollowUp.customer_id)


def _promised(team: Team) -> Sequence[ColumnElement[bool]]:
    return team.sees(), team.by(col(FollowUp.owner_id)), col(FollowUp.withdrawn_at).is_(None)


def visits_planned(team: Team, span: Span) -> Any:
    """A query that callers narrow or count."""
    return (
        select(Visit, Customer)
        .join(Customer, col(Customer.id) == col(Visit.customer_id))
        .where(team.sees(), team.by(col(Visit.author_id)), col(Visit.withdrawn_at).is_(None))
        .where(col(Visit.started_at).is_(None), col(Visit.planned_on).between(span.first, span.last))
        .order_by(col(Visit.planned_on), *by_time())
    )


def _number(session: Session, query: Any) -> int:
    counted = query.with_only_columns(func.count()).order_by(None)
    return int(session.execute(counted).scalar_one())


def _rows(session: Session, team: Team, query: Any) -> Sequence[Any]:
    """The rows of one rep; none for a team, whose report does not list them."""
    return session.exec(query.limit(MOST_ROWS)).all() if team.rep_id else []


@dataclass(frozen=True)
class Facts:
    """The facts of a week and of the one after it."""

    done: Done
    activities: Sequence[tuple[Visit, Customer]]
    new: Sequence[Customer]
    sums: Sequence[Won]
    won: Sequence[Sale]
    lost: Sequence[Sale]
    moved: Sequence[Sale]  # opportunities that moved to another open stage, on or back
    kept: int
    late: Counter[str]  # open follow-ups whose day has passed, by user id
    planned: Sequence[tuple[Visit, Customer]]
    planned_count: int
    due: Sequence[tuple[FollowUp, Customer]]
    due_count: int
    closing: Sequence[Sale]  # open opportunities expected to close in the next week


def facts(session: Session, team: Team, all_pipelines: Sequence[Pipeline], monday: date) -> Facts:
    span, coming = week_of(monday), week_of(monday + WEEK)
    reader, plans, dues = team.reader, visits_planned(team, coming), promises_due(team, coming)
    came = came_there(team, span)
    has_moved = col(Opportunity.stage_since) > col(Opportunity.created_at)
    ends = reader.start_of(span.first), reader.start_of(coming.first)
    late = late_promises(session, team)
    return Facts(
        done=done(session, team, span),
        activities=_rows(session, team, activities(team, span)),
        new=new_customers(session, team, span),
        sums=won_between(session, all_pipelines, ends, team.sees(), team.by(col(Customer.owner_id))),
        won=sales(session, team, all_pipelines, "won", *came),
        lost=sales(session, team, all_pipelines, "lost", *came),
        moved=sales(session, team, all_pipelines, "open", *came, has_moved),
        kept=_number(session, promises_kept(team, span)),
        late=late,
        planned=_rows(session, team, plans),
        planned_count=_number(session, plans),
        due=_rows(session, team, dues),
        due_count=_number(session, dues),
        closing=sales(
            session, team, all_pipelines, "open",
            col(Opportunity.expected_close_on).between(coming.first, coming.last),
        ),
    )  # fmt: skip
