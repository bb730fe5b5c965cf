"""The query string of the weekly report: whose, and which week."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import urlencode

from sqlmodel import Session, col, select

from server import words
from server.days import DAY, WEEK, monday_of
from server.models.refusal import NotAllowed
from server.models.scope import ALL_SEEING_ROLES, manages
from server.models.user import Role, User
from server.search_text import by_name
from server.views import activity
from server.views.activity import Team
from server.views.reader import Reader


@dataclass(frozen=True)
class ReportAsked:
    """`author`: whose report. `currency`: limits amounts won to this one."""

    reader: Reader
    author: User
    monday: date
    currency: str = ""

    @property
    def is_own(self) -> bool:
        return self.author.id == self.reader.user.id

    @property
    def rep(self) -> User | None:
        """Whose own week it tells; None: it tells of all reps whom its author leads."""
        leads = manages(self.author) and (self.is_own or self.author.territory_id is not None)
        return None if leads else self.author

    @property
    def team(self) -> Team:
        if self.rep:
            return Team(self.reader, self.rep.id)
        return Team(self.reader, territory_id="" if self.is_own else self.author.territory_id or "")

    @property
    def is_over(self) -> bool:
        return self.monday < monday_of(self.reader.today)

    def href(self, rep_id: str = "", weeks: int = 0) -> str:
        of = rep_id or ("" if self.is_own else self.author.id)
        return f"/report/{self.monday + weeks * WEEK}" + (f"?of={of}" if of else "")

    def list_href(self, what: str, rep_id: str = "") -> str:
        """The list behind a number of the week, of one rep or of all that the report is about."""
        of = rep_id or ("" if self.is_own else self.author.id)
        query = {name: value for name, value in (("of", of), ("currency", self.currency)) if value}
        return f"/report/{self.monday}/{what}" + (f"?{urlencode(query)}" if query else "")

    def ranked_href(self, rep_id: str, what: str, currency: str) -> str:
        """The list behind a rep's figure in a ranking; without `what`, the rep's report."""
        return replace(self, currency=currency).list_href(what, rep_id) if what else self.href(rep_id)

    def late_href(self, rep_id: str = "") -> str:
        """Team's list of late follow-ups, of one rep or of all that the report is about."""
        of = rep_id or self.team.rep_id
        asked = {"rep": of, "territory": "" if of else self.team.territory_id}
        query = {name: value for name, value in asked.items() if value}
        return "/team/late" + (f"?{urlencode(query)}" if query else "")

    @property
    def days(self) -> str:
        return " – ".join(self._day(self.monday + days) for days in (timedelta(0), WEEK - DAY))

    @property
    def days_after(self) -> str:
        return " – ".join(self._day(self.monday + WEEK + days) for days in (timedelta(0), WEEK - DAY))

    def _day(self, day: date) -> str:
        return words.short_date(day, self.reader.today, self.reader.locale)


def asked_for(session: Session, reader: Reader, week: str, of: str) -> ReportAsked:
    """`week`: any day of it; "": last week. `of`: a user id. Raises NotAllowed for an invalid day, and for people whose
    reports the reader does not read."""
    this_monday = monday_of(reader.today)
    monday = min(_week(week) if week else this_monday - WEEK, this_monday)
    if of and of != reader.user.id:
        read = (
            [*activity.reps(session, Team(reader)), *managers_below(session, reader)]
            if manages(reader.user)
            else []
        )
        author = next((one for one in read if one.id == of), None)
        if author is None:
            raise NotAllowed
        return ReportAsked(reader, author, monday)
    if reader.user.role == Role.SUPPORT:
        raise NotAllowed
    return ReportAsked(reader, reader.user, monday)


def managers_below(session: Session, reader: Reader) -> Sequence[User]:
    """The managers whose reports the reader reads, by name: all of them, where the reader sees every territory."""
    if reader.user.role not in ALL_SEEING_ROLES:
        return []
    query = select(User).where(User.role == Role.MANAGER, col(User.deactivated_at).is_(None))
    return sorted(session.exec(query), key=by_name)


def _week(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise NotAllowed from None
    if not 2000 <= day.year <= 9000:
        raise NotAllowed
    return monday_of(day)
