"""What happened in a week, and what is promised for the next: of one rep, or of all whom the reader leads."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, false, or_
from sqlmodel import Session, col, func, select

from server.models.customer import Customer
from server.models.follow_up import FollowUp
from server.models.opportunity import Opportunity
from server.models.pipeline import Pipeline, pipelines
from server.models.visit import Visit
from server.reminders.person import DAY
from server.views.activity import Span, Team

WEEK: Final = timedelta(weeks=1)
MOST_ROWS: Final = 200

Sale = tuple[Opportunity, Customer]


def week_of(monday: date) -> Span:
    return Span(monday, monday + WEEK - DAY)


@dataclass(frozen=True)
class Done:
    """Visits, calls and messages: how many of each kind by whom, and at how many customers."""

    by_kind: Counter[tuple[str, str]]  # author and kind
    customers: int

    def of(self, kind: str, author_id: str = "") -> int:
        return sum(
            count
            for (author, what), count in self.by_kind.items()
            if what == kind and author_id in ("", author)
        )


def done(session: Session, team: Team, span: Span) -> Done:
    within = _activities(team, span)
    counted = select(Visit.author_id, Visit.kind, func.count()).join(
        Customer, col(Customer.id) == col(Visit.customer_id)
    )
    by_kind = {
        (author, str(kind)): count
        for author, kind, count in session.exec(
            counted.where(*within).group_by(col(Visit.author_id), col(Visit.kind))
        )
    }
    seen = select(func.count(func.distinct(col(Visit.customer_id)))).join(
        Customer, col(Customer.id) == col(Visit.customer_id)
    )
    return Done(Counter(by_kind), session.exec(seen.where(*within)).one())


def activities(session: Session, team: Team, span: Span) -> Sequence[tuple[Visit, Customer]]:
    query = (
        select(Visit, Customer)
        .join(Customer, col(Customer.id) == col(Visit.customer_id))
        .where(*_activities(team, span))
        .order_by(col(Visit.started_at), col(Visit.id))
    )
    return session.exec(query.limit(MOST_ROWS)).all()


def _activities(team: Team, span: Span) -> Sequence[ColumnElement[bool]]:
    return (
        team.sees(),
        team.by(col(Visit.author_id)),
        col(Visit.withdrawn_at).is_(None),
        col(Visit.corrected_by).is_(None),
        *_within(col(Visit.started_at), team, span),
    )


def _within(moment: Any, team: Team, span: Span) -> Sequence[ColumnElement[bool]]:
    reader = team.reader
    return moment >= reader.start_of(span.first), moment < reader.start_of(span.last + DAY)


def new_customers(session: Session, team: Team, span: Span) -> Sequence[Customer]:
    query = (
        select(Customer)
        .where(team.sees(), team.by(col(Customer.owner_id)))
        .where(*_within(col(Customer.created_at), team, span))
        .order_by(col(Customer.sort_key), col(Customer.id))
    )
    return session.exec(query.limit(MOST_ROWS)).all()


@dataclass(frozen=True)
class Moved:
    """Opportunities that came in this week to where they stand now."""

    won: Sequence[Sale]
    lost: Sequence[Sale]
    onward: Sequence[Sale]


def moved(session: Session, team: Team, span: Span) -> Moved:
    known = {pipeline.id: pipeline for pipeline in pipelines(session)}
    found: dict[str, list[Sale]] = {"won": [], "lost": [], "open": []}
    for row, customer in _opportunities(session, team, *_within(col(Opportunity.stage_since), team, span)):
        kind = kind_of(known, row)
        if kind != "open" or row.moves:  # a new one has not moved yet
            found[kind].append((row, customer))
    return Moved(found["won"], found["lost"], found["open"])


def kind_of(known: dict[str, Pipeline], row: Opportunity) -> str:
    """won, lost or open. A stage that is no more is open."""
    stages = known[row.pipeline_id].stages if row.pipeline_id in known else []
    return next((str(stage["kind"]) for stage in stages if stage["key"] == row.stage), "open")


def closing(session: Session, team: Team, span: Span) -> Sequence[Sale]:
    """Open ones that are expected to close in those days."""
    standing = [
        and_(col(Opportunity.pipeline_id) == pipeline.id, col(Opportunity.stage) == stage["key"])
        for pipeline in pipelines(session)
        for stage in pipeline.stages
        if stage["kind"] == "open"
    ]
    in_days = col(Opportunity.expected_close_on).between(span.first, span.last)
    return _opportunities(session, team, or_(false(), *standing), in_days)


def _opportunities(session: Session, team: Team, *which: ColumnElement[bool]) -> Sequence[Sale]:
    """In the order in which they came to where they stand."""
    query = (
        select(Opportunity, Customer)
        .join(Customer, col(Customer.id) == col(Opportunity.customer_id))
        .where(team.sees(), team.by(col(Opportunity.owner_id)), col(Opportunity.deleted_at).is_(None), *which)
        .order_by(col(Opportunity.stage_since), col(Opportunity.id))
    )
    return session.exec(query.limit(MOST_ROWS)).all()


@dataclass(frozen=True)
class Promises:
    kept: int
    late: Counter[str]  # by whom; open today, and their day has passed
    coming: Sequence[tuple[FollowUp, Customer]]


def promises(session: Session, team: Team, span: Span, coming: Span) -> Promises:
    theirs = (
        team.sees(),
        team.by(col(FollowUp.owner_id)),
        col(FollowUp.withdrawn_at).is_(None),
    )
    at = col(Customer.id) == col(FollowUp.customer_id)
    is_open = col(FollowUp.completed_at).is_(None)
    kept = select(func.count()).select_from(FollowUp).join(Customer, at)
    late = select(FollowUp.owner_id, func.count()).join(Customer, at).group_by(col(FollowUp.owner_id))
    due = select(FollowUp, Customer).join(Customer, at).order_by(col(FollowUp.due_on), col(FollowUp.id))
    return Promises(
        session.exec(kept.where(*theirs, *_within(col(FollowUp.completed_at), team, span))).one(),
        Counter(dict(session.exec(late.where(*theirs, is_open, FollowUp.due_on < team.reader.today)).all())),
        session.exec(
            due.where(*theirs, is_open, col(FollowUp.due_on).between(coming.first, coming.last)).limit(
                MOST_ROWS
            )
        ).all(),
    )


def planned(session: Session, team: Team, span: Span) -> Sequence[tuple[Visit, Customer]]:
    query = (
        select(Visit, Customer)
        .join(Customer, col(Customer.id) == col(Visit.customer_id))
        .where(team.sees(), team.by(col(Visit.author_id)), col(Visit.withdrawn_at).is_(None))
        .where(col(Visit.started_at).is_(None), col(Visit.planned_on).between(span.first, span.last))
        .order_by(col(Visit.planned_on), col(Visit.planned_time), col(Visit.id))
    )
    return session.exec(query.limit(MOST_ROWS)).all()


@dataclass(frozen=True)
class Facts:
    """Of a week and the one after it."""

    done: Done
    activities: Sequence[tuple[Visit, Customer]]  # of one rep; nobody reads those of a whole team
    new: Sequence[Customer]
    moved: Moved
    promises: Promises
    planned: Sequence[tuple[Visit, Customer]]
    closing: Sequence[Sale]


def facts(session: Session, team: Team, monday: date) -> Facts:
    span, coming = week_of(monday), week_of(monday + WEEK)
    return Facts(
        done(session, team, span),
        activities(session, team, span) if team.rep_id else [],
        new_customers(session, team, span),
        moved(session, team, span),
        promises(session, team, span, coming),
        planned(session, team, coming),
        closing(session, team, coming),
    )
