"""The query string of the weekly report: whose, and which week."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import urlencode

from sqlmodel import Session

from server import words
from server.days import DAY, WEEK, monday_of
from server.models.refusal import NotAllowed
from server.models.scope import manages
from server.models.user import Role, User
from server.views import activity
from server.views.activity import Team
from server.views.reader import Reader


@dataclass(frozen=True)
class ReportAsked:
    """`rep`: whose report; None: that of all reps whom the reader leads. `currency`: limits amounts won to this one."""

    reader: Reader
    rep: User | None
    monday: date
    currency: str = ""

    @property
    def author(self) -> User:
        return self.rep or self.reader.user

    @property
    def is_own(self) -> bool:
        return self.author.id == self.reader.user.id

    @property
    def is_over(self) -> bool:
        return self.monday < monday_of(self.reader.today)

    def href(self, rep_id: str = "", weeks: int = 0) -> str:
        of = rep_id or ("" if self.is_own else self.author.id)
        return f"/report/{self.monday + weeks * WEEK}" + (f"?of={of}" if of else "")

    def list_href(self, what: str, rep_id: str = "") -> str:
        """The list behind a number of the week, of one rep or of all that the report is about."""
        of = rep_id or ("" if self.rep is None or self.is_own else self.rep.id)
        query = {name: value for name, value in (("of", of), ("currency", self.currency)) if value}
        return f"/report/{self.monday}/{what}" + (f"?{urlencode(query)}" if query else "")

    def ranked_href(self, rep_id: str, what: str, currency: str) -> str:
        """The list behind a rep's figure in a ranking; without `what`, the rep's report."""
        return replace(self, currency=currency).list_href(what, rep_id) if what else self.href(rep_id)

    def late_href(self, rep_id: str = "") -> str:
        """Team's list of late follow-ups, of one rep or of all that the report is about."""
        of = rep_id or (self.rep.id if self.rep else "")
        return "/team/late" + (f"?rep={of}" if of else "")

    @property
    def days(self) -> str:
        return " – ".join(self._day(self.monday + days) for days in (timedelta(0), WEEK - DAY))

    @property
    def days_after(self) -> str:
        return " – ".join(self._day(self.monday + WEEK + days) for days in (timedelta(0), WEEK - DAY))

    def _day(self, day: date) -> str:
        return words.short_date(day, self.reader.today, self.reader.locale)


def asked_for(session: Session, reader: Reader, week: str, of: str) -> ReportAsked:
    """`week`: any day of it; "": last week. `of`: a user id. Raises NotAllowed for an invalid day, and for reps whom
    the reader does not lead."""
    this_monday = monday_of(reader.today)
    monday = min(_week(week) if week else this_monday - WEEK, this_monday)
    leads = manages(reader.user)
    if of and of != reader.user.id:
        led = activity.reps(session, Team(reader)) if leads else []
        rep = next((one for one in led if one.id == of), None)
        if rep is None:
            raise NotAllowed
        return ReportAsked(reader, rep, monday)
    if reader.user.role == Role.SUPPORT:
        raise NotAllowed
    return ReportAsked(reader, None if leads else reader.user, monday)


def _week(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise NotAllowed from None
    if not 2000 <= day.year <= 9000:
        raise NotAllowed
    return monday_of(day)
