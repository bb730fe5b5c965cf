"""Weekly reports as their authors sent them. Until it is sent,
a report is written from the week's data each time it is opened."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from server.models.column import key, link, moment
from server.models.identity import new_id
from server.models.scope import SELLING_ROLES, beside
from server.models.turns import wait_for_others
from server.models.user import Role, User
from server.search_text import by_name

LONGEST: Final = 20_000


class WeeklyReport(SQLModel, table=True):
    """`week_on`: the Monday of the week it is about."""

    __tablename__ = "weekly_reports"
    __table_args__ = (UniqueConstraint("author_id", "week_on"),)

    id: str = key()
    author_id: str = link("users.id", index=False)
    week_on: date
    text: str = Field(max_length=LONGEST)
    sent_at: datetime = moment(index=True)


def sent_by(session: Session, author_id: str, week_on: date) -> WeeklyReport | None:
    query = select(WeeklyReport).where(WeeklyReport.author_id == author_id, WeeklyReport.week_on == week_on)
    return session.exec(query).first()


def authors_of_week(session: Session, week_on: date) -> set[str]:
    """The ids of those who have sent their report of this week."""
    return set(session.exec(select(WeeklyReport.author_id).where(WeeklyReport.week_on == week_on)))


def send_on(session: Session, author: User, week_on: date, text: str, now: datetime) -> None:
    """Sending it again replaces the report of that week."""
    wait_for_others(session, f"report of {author.id}")
    report = sent_by(session, author.id, week_on)
    if report is None:
        report = WeeklyReport(id=new_id(), author_id=author.id, week_on=week_on, text=text, sent_at=now)
    report.text, report.sent_at = text, now
    session.add(report)


def read_by(session: Session, author: User) -> Sequence[User]:
    """Who reads an author's reports: of a rep the managers of the territory, of a manager the executives."""
    query = select(User).where(col(User.deactivated_at).is_(None), User.id != author.id)
    if author.role == Role.REP:
        query = query.where(User.role == Role.MANAGER, beside(author))
    else:
        query = query.where(User.role == Role.EXECUTIVE)
    return sorted(session.exec(query), key=by_name) if writes(author) else []


def writes(user: User) -> bool:
    return user.role in SELLING_ROLES
