"""Kinds of reminders about weekly reports: one's own is written, and somebody has sent theirs (see kinds.py)."""

from datetime import date
from typing import Any

from sqlalchemy import Date, Row, String, and_, cast, literal, or_, select, true, union_all
from sqlalchemy.orm import aliased
from sqlmodel import col

from server.days import DAY, WEEK, monday_of
from server.models.column import seconds
from server.models.user import Role, User
from server.models.weekly_report import WeeklyReport
from server.reminders.kinds import WITHIN_DAYS, Kind, Span
from server.reminders.person import Person


class WeekOver(Kind):
    """On the first working day of a week, about the report of the last week before it in which the person worked;
    not for people who came only this week. Where nobody could be told on that day, as long as it is worth reading."""

    name, any_day, useful_days = "week", False, 3

    def query(self, span: Span) -> Any:
        first, last = monday_of(span.since - DAY), monday_of(span.last)
        over = [first + count * WEEK for count in range((last - first) // WEEK)]
        weeks = union_all(
            *(select(literal(str(day)).label("named"), literal(day, Date).label("week_on")) for day in over)
        ).subquery()
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
        monday = monday_of(today)
        worked_on, first = person.free_since(monday) - DAY, person.working_day_from(monday)
        is_time = first <= today <= first + self.useful_days * DAY
        return is_time and bool(row.due_on == monday_of(worked_on))


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
