"""Kinds of reminders about weekly reports: one's own is written, and somebody has sent theirs (see kinds.py)."""

from datetime import date
from typing import Any

from sqlalchemy import Date, Row, String, and_, cast, false, literal, or_, select, true, union_all
from sqlalchemy.orm import aliased
from sqlmodel import col

from server.days import DAY, monday_of
from server.models.column import seconds
from server.models.user import Role, User
from server.models.weekly_report import WeeklyReport
from server.reminders.kinds import WITHIN_DAYS, Kind, Span
from server.reminders.person import Person


def week_told(person: Person, today: date) -> date | None:
    """The Monday of the week whose report the person may be told of on this day."""
    monday = monday_of(today)
    first = person.working_day_from(monday)
    is_time = first <= today <= first + WeekOver.useful_days * DAY
    return monday_of(person.free_since(monday) - DAY) if is_time else None


def _week(day: date) -> Any:
    return select(literal(str(day)).label("named"), literal(day, Date).label("week_on"))


class WeekOver(Kind):
    """On the first working day of a week, about the report of the last week before it in which the person worked;
    not for people who came only this week. Where nobody could be told on that day, as long as it is worth reading."""

    name, any_day, useful_days = "week", False, 3

    def query(self, span: Span) -> Any:
        # UNION ALL needs at least one part, also on a day on which nobody is told of a week.
        none = _week(span.first).where(false())
        weeks = union_all(none, *map(_week, sorted(span.weeks))).subquery()
        return (
            select(
                col(User.id).label("user_id"),
                col(User.id).label("subject_id"),
                weeks.c.named.label("occasion"),
                literal("").label("customer_id"),
                literal("").label("name"),
                weeks.c.week_on.label("due_on"),
            )
            .select_from(User)
            .join(weeks, true())
            .where(col(User.role).in_((Role.REP, Role.MANAGER, Role.EXECUTIVE)))
            .where(col(User.created_at) < span.now - (span.last.weekday() + 1) * DAY)
        )

    def is_due(self, row: Row[Any], person: Person, today: date) -> bool:
        return bool(row.due_on == week_told(person, today))


class ReportSentOn(Kind):
    """A rep's managers hear that the rep has sent a report, and executives hear it of a manager's.
    A report that is sent again is told again."""

    name, any_day, useful_days = "report", False, WITHIN_DAYS

    def query(self, span: Span) -> Any:
        reads = aliased(User)
        manages = and_(
            col(User.role) == Role.REP,
            col(reads.role) == Role.MANAGER,
            col(reads.territory_id) == col(User.territory_id),
        )
        leads = and_(col(User.role) == Role.MANAGER, col(reads.role) == Role.EXECUTIVE)
        return (
            select(
                col(reads.id).label("user_id"),
                col(WeeklyReport.id).label("subject_id"),
                cast(seconds(col(WeeklyReport.sent_at)), String).label("occasion"),
                literal("").label("customer_id"),
                col(User.name).label("name"),
                col(WeeklyReport.week_on).label("due_on"),
                col(User.id).label("author_id"),
            )
            .join(User, col(User.id) == col(WeeklyReport.author_id))
            .join(reads, or_(manages, leads))
            .where(col(WeeklyReport.sent_at) > span.now - WITHIN_DAYS * DAY)
        )
