"""What a team did, counted by the database: visits by author, day and outcome; customers going cold.

Only customers that the reader may see are counted, so that every figure agrees with the list behind it.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, and_, case, false, literal, not_, union_all
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, func, select

from server.days import DAY, DAY_SECONDS, Span
from server.models import workspace
from server.models.column import seconds
from server.models.customer import Customer
from server.models.follow_up import FollowUp
from server.models.opportunity import Opportunity, is_waiting
from server.models.reminder import TerritorySettings, days_of
from server.models.scope import ALL_SEEING_ROLES, among_all_in_sight_of, in_sight_of
from server.models.user import Role, User
from server.models.visit import Visit, by_time
from server.models.visit_kind import Kind
from server.models.workspace import Territory
from server.reminders.kinds import SILENT_SINCE
from server.search_text import by_name
from server.views.local_days import day_number
from server.views.part import ALL, Part
from server.views.reader import Reader

STANDS: Final = (
    col(Visit.withdrawn_at).is_(None),
    col(Visit.corrected_by).is_(None),
    col(Visit.kind) == Kind.VISIT,
)


Holidays = Mapping[str | None, frozenset[date]]  # by territory id; those without holidays are left out


@dataclass(frozen=True)
class Team:
    """Whose work is looked at: all that the reader sees, or that of one rep or territory."""

    reader: Reader
    rep_id: str = ""
    territory_id: str = ""
    part: Part = ALL

    def sees(self) -> ColumnElement[bool]:
        return self._there(among_all_in_sight_of(self.reader.user))

    def sees_each(self) -> ColumnElement[bool]:
        """As `sees()`, faster in statements that start from another table and look up few customers."""
        return self._there(in_sight_of(self.reader.user))

    def _there(self, in_sight: ColumnElement[bool]) -> ColumnElement[bool]:
        near = (col(Customer.territory_id) == self.territory_id,) if self.territory_id else ()
        return and_(col(Customer.deleted_at).is_(None), in_sight, *near, *self.part.of_kind)

    def by(self, person: Any) -> Any:
        return person == self.rep_id if self.rep_id else person.is_not(None)


def territories(session: Session, reader: Reader) -> Sequence[Territory]:
    """The territories that the reader may choose from; none for managers, who have one of their own."""
    if reader.user.role not in ALL_SEEING_ROLES:
        return []
    return workspace.territories(session)


def reps(session: Session, team: Team) -> Sequence[User]:
    """The reps of the team, by name."""
    return reps_and_holidays(session, team)[0]


def reps_and_holidays(session: Session, team: Team) -> tuple[Sequence[User], Holidays]:
    """The reps of the team, by name, and the holidays of their territories, with one statement."""
    territory_id = team.territory_id or (
        None if team.reader.user.role in ALL_SEEING_ROLES else team.reader.user.territory_id
    )
    query = (
        select(User, TerritorySettings.holidays)
        .outerjoin(TerritorySettings, col(TerritorySettings.territory_id) == col(User.territory_id))
        .where(User.role == Role.REP, col(User.deactivated_at).is_(None))
    )
    if territory_id:
        query = query.where(User.territory_id == territory_id)
    elif team.reader.user.role not in ALL_SEEING_ROLES:
        return [], {}
    found = session.exec(query).all()
    holidays = {rep.territory_id: days_of(days) for rep, days in found if days}
    return sorted((rep for rep, _ in found), key=by_name), holidays


def visits_by_day(session: Session, team: Team, since: date) -> dict[str, Counter[date]]:
    """{author_id: {day: number of visits}}; days in the reader's time zone."""
    day = day_number(col(Visit.started_at), since, team.reader).label("day_number")
    query = (
        select(Visit.author_id, day, func.count())
        .join(Customer, col(Customer.id) == col(Visit.customer_id))
        .where(team.sees(), team.by(col(Visit.author_id)), *STANDS, *team.part.visits)
        .where(*within(col(Visit.started_at), Span(since, team.reader.today), team.reader))
        .group_by(col(Visit.author_id), "day_number")
    )
    counted: dict[str, Counter[date]] = defaultdict(Counter)
    for author_id, number, count in session.exec(query):
        counted[author_id][date(1970, 1, 1) + timedelta(days=int(number))] += count
    return counted


def within(moment: Any, span: Span, reader: Reader) -> Sequence[ColumnElement[bool]]:
    return moment >= reader.start_of(span.first), moment < reader.start_of(span.last + DAY)


@dataclass(frozen=True)
class Held:
    """How many customers one owner has in one territory."""

    owner_id: str
    territory_id: str | None
    customers: int
    cold: int


def held(session: Session, team: Team, cold_when: ColumnElement[bool]) -> list[Held]:
    """`cold_when`: the condition that a customer is going cold."""
    # `coalesce` keeps SQLite from using the index of owners: nearly all have one, so it would look up each by itself.
    owner = func.coalesce(col(Customer.owner_id), "").label("owner")
    somebodys = col(Customer.owner_id) == team.rep_id if team.rep_id else owner != ""
    query = (
        select(owner, Customer.territory_id, func.count(), func.sum(case((cold_when, 1), else_=0)))
        .where(team.sees(), somebodys, col(Customer.lifecycle) != "lost", *team.part.customers)
        .group_by("owner", col(Customer.territory_id))
    )
    return [Held(owner, territory, count, int(cold)) for owner, territory, count, cold in session.exec(query)]


def is_cold(session: Session, team: Team) -> ColumnElement[bool]:
    return cold_among(cadences(session, team.sees()), team.reader)


def cadences(session: Session, of: ColumnElement[bool]) -> Sequence[int]:
    return sorted(session.exec(select(Customer.cadence_days).where(of).distinct()).all())


def cold_among(found: Sequence[int], reader: Reader) -> ColumnElement[bool]:
    """The condition that a customer is going cold, by the same days as on screens: they end at the reader's midnight.
    `found`: all cadences in use, in days."""
    moments = {
        days: literal(reader.start_of(reader.in_days(-days)), type_=SILENT_SINCE.type) for days in found
    }
    return case(moments, value=col(Customer.cadence_days)) > SILENT_SINCE if moments else false()


class Tallies(NamedTuple):
    """By user id: late follow-ups, visits planned for today and not made, approvals asked for; visits by outcome."""

    late: Counter[str]
    planned: Counter[str]
    asked: Counter[str]
    outcomes: Counter[str]


def tallies(session: Session, team: Team, span: Span) -> Tallies:
    """With one statement. `span`: the days of the visits that are counted by outcome."""
    planned: Any = (
        sql_select(literal("planned"), col(Visit.author_id), func.count())
        .join(Customer, col(Customer.id) == col(Visit.customer_id))
        .where(*_planned_today(team))
        .group_by(col(Visit.author_id))
    )
    asked: Any = (
        sql_select(literal("asked"), col(Opportunity.approval_asked_by), func.count())
        .join(Customer, col(Customer.id) == col(Opportunity.customer_id))
        .where(team.sees_each(), team.by(col(Opportunity.approval_asked_by)), is_waiting())
        .where(*team.part.opportunities)
        .group_by(col(Opportunity.approval_asked_by))
    )
    came_of = func.coalesce(col(Visit.outcome), "").label("came_of")
    outcomes: Any = (
        sql_select(literal("outcomes"), came_of, func.count())
        .join(Customer, col(Customer.id) == col(Visit.customer_id))
        .where(team.sees(), team.by(col(Visit.author_id)), *STANDS, *team.part.visits)
        .where(*within(col(Visit.started_at), span, team.reader))
        .group_by("came_of")
    )
    found: dict[str, Counter[str]] = {name: Counter() for name in Tallies._fields}
    for what, whose, count in session.execute(union_all(_late(team), planned, asked, outcomes)):
        found[what][whose] = count
    return Tallies(**found)


def late_promises(session: Session, team: Team) -> Counter[str]:
    return Counter({whose: count for _, whose, count in session.execute(_late(team))})


def _late(team: Team) -> Any:
    return (
        sql_select(literal("late").label("what"), col(FollowUp.owner_id).label("whose"), func.count())
        .join(Customer, col(Customer.id) == col(FollowUp.customer_id))
        .where(team.sees_each(), team.by(col(FollowUp.owner_id)), *is_late(team.reader), *team.part.customers)
        .group_by(col(FollowUp.owner_id))
    )


def asked_for_approval(
    session: Session, team: Team, offset: int, limit: int
) -> Sequence[tuple[Opportunity, Customer, str]]:
    """Approvals asked for, each with the name of who asks; the longest waiting first."""
    query = (
        select(Opportunity, Customer, User.name)
        .join(Customer, col(Customer.id) == col(Opportunity.customer_id))
        .join(User, col(User.id) == col(Opportunity.approval_asked_by))
        .where(team.sees_each(), team.by(col(Opportunity.approval_asked_by)), is_waiting())
        .where(*team.part.opportunities)
        .order_by(col(Opportunity.approval_asked_at), col(Opportunity.id))
    )
    return session.exec(query.offset(offset).limit(limit)).all()


def is_late(reader: Reader) -> Sequence[ColumnElement[bool]]:
    standing = col(FollowUp.completed_at).is_(None), col(FollowUp.withdrawn_at).is_(None)
    return *standing, col(FollowUp.due_on) < reader.today


def looked_after(
    session: Session, team: Team, offset: int, limit: int, *, cold: bool
) -> Sequence[tuple[Customer, str | None]]:
    """Customers going cold, or all others, each with its owner's name; the longest past its rhythm first."""
    is_so = is_cold(session, team)
    past = seconds(SILENT_SINCE) + col(Customer.cadence_days) * DAY_SECONDS
    query = (
        select(Customer, User.name)
        .outerjoin(User, col(User.id) == col(Customer.owner_id))
        .where(team.sees(), team.by(col(Customer.owner_id)), col(Customer.lifecycle) != "lost")
        .where(is_so if cold else not_(is_so), *team.part.customers)
        .order_by(past, col(Customer.sort_key), col(Customer.id))
    )
    return session.exec(query.offset(offset).limit(limit)).all()


def late_follow_ups(
    session: Session, team: Team, offset: int, limit: int
) -> Sequence[tuple[FollowUp, Customer, str]]:
    query = (
        select(FollowUp, Customer, User.name)
        .join(Customer, col(Customer.id) == col(FollowUp.customer_id))
        .join(User, col(User.id) == col(FollowUp.owner_id))
        .where(team.sees_each(), team.by(col(FollowUp.owner_id)), *is_late(team.reader), *team.part.customers)
        .order_by(col(FollowUp.due_on), col(FollowUp.id))
    )
    return session.exec(query.offset(offset).limit(limit)).all()


def _planned_today(team: Team) -> Sequence[ColumnElement[bool]]:
    still = col(Visit.started_at).is_(None), col(Visit.planned_on) == team.reader.today
    return team.sees_each(), team.by(col(Visit.author_id)), *STANDS, *still, *team.part.customers


def planned_today(
    session: Session, team: Team, offset: int, limit: int
) -> Sequence[tuple[Visit, Customer, str]]:
    """Visits planned for today and not yet made; those without a time last."""
    query = (
        select(Visit, Customer, User.name)
        .join(Customer, col(Customer.id) == col(Visit.customer_id))
        .join(User, col(User.id) == col(Visit.author_id))
        .where(*_planned_today(team))
        .order_by(*by_time())
    )
    return session.exec(query.offset(offset).limit(limit)).all()


def visits(
    session: Session, team: Team, span: Span, outcome: str, offset: int, limit: int
) -> Sequence[tuple[Visit, Customer, str]]:
    """The latest first."""
    query = (
        select(Visit, Customer, User.name)
        .join(Customer, col(Customer.id) == col(Visit.customer_id))
        .join(User, col(User.id) == col(Visit.author_id))
        .where(
            team.sees(),
            team.by(col(Visit.author_id)),
            *STANDS,
            *team.part.visits,
            *within(col(Visit.started_at), span, team.reader),
        )
        .order_by(col(Visit.started_at).desc(), col(Visit.id).desc())
    )
    if outcome:
        query = query.where(Visit.outcome == outcome)
    return session.exec(query.offset(offset).limit(limit)).all()
