"""What is asked of Team: whose work, where, of which days."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode

from sqlmodel import Session

from server.models.customer import Customer
from server.models.identity import is_id
from server.models.product import Product
from server.models.scope import leads
from server.models.user import User
from server.reminders.person import DAY, monday_of
from server.translations import msgid
from server.views import activity
from server.views.activity import Span, Team
from server.views.labels import OUTCOMES
from server.views.part import Part
from server.views.reader import Reader, joined
from sync.changes import Arg
from sync.field_checks import CHECKS, Wrong

PERIODS: Final = {"week": msgid("This week"), "month": msgid("This month"), "quarter": msgid("This quarter")}
KIND: Final = Arg("text", max=200)
CHOSEN: Final = {"period", "territory", "rep", "of_product", "customer_type"}


class Asked:
    """What the address asks for, as far as the reader may ask for it."""

    def __init__(self, session: Session, reader: Reader, query: dict[str, str], here: str = "/team") -> None:
        self.reader, self._session, self._here = reader, session, here
        self.territories = activity.territories(session, reader)
        known = {territory.id for territory in self.territories}
        territory_id = query.get("territory", "")
        self.territory_id = territory_id if territory_id in known else ""
        self.reps = activity.reps(session, Team(reader, territory_id=self.territory_id))
        self.rep = next((rep for rep in self.reps if rep.id == query.get("rep")), None)
        self.period = query["period"] if query.get("period") in PERIODS else "week"
        product_id = query.get("of_product", "")
        self.part = Part(product_id if is_id(product_id) else "", _text(query.get("customer_type", "")))
        self.outcome = query["outcome"] if query.get("outcome") in OUTCOMES else ""
        self.day = _day(query.get("day", ""))
        self.currency = query.get("currency", "")
        self.offset = offset_of(query)

    @property
    def team(self) -> Team:
        return Team(self.reader, self.rep.id if self.rep else "", self.territory_id, self.part)

    @property
    def span(self) -> Span:
        return Span(first_day(self.period, self.reader.today), self.reader.today)

    @property
    def listed(self) -> Span:
        """Of which days a list of visits is: one of them, or all of the period."""
        return Span(self.day, self.day) if self.day else self.span

    @property
    def of_what(self) -> str:
        found = self._session.get(Product, self.part.product_id) if self.part.product_id else None
        return joined(found.name if found else "", self.part.customer_type)

    @property
    def of_whom(self) -> str:
        """As the pages behind Team say it."""
        return joined(self.rep.name if self.rep else "", self.of_what)

    @property
    def chosen(self) -> dict[str, str]:
        """What is remembered of it."""
        chosen = {
            "period": self.period,
            "territory": self.territory_id,
            "rep": self.rep.id if self.rep else "",
            "of_product": self.part.product_id,
            "customer_type": self.part.customer_type,
        }
        return {name: value for name, value in chosen.items() if value}

    @property
    def only(self) -> dict[str, str]:
        """The same as questions are narrowed, but for the period: each has its own."""
        named = {"of_product": "product"}
        return {named.get(name, name): key for name, key in self.chosen.items() if name != "period"}

    def writing_to(self, rep_id: str | None, about: str = "") -> dict[str, str]:
        """How to write to who looks after it; nothing where that is nobody of the team."""
        rep = self._rep(rep_id)
        if rep is None:
            return {}
        subject = f"?{urlencode({'subject': about}, quote_via=quote)}" if about else ""
        return {
            "write_href": f"mailto:{quote(rep.email, safe='@')}{subject}",
            "write_label": self.reader.t("Write to %(name)s", name=rep.name),
        }

    def acting_at(self, customer: Customer, rep_id: str | None, about: str = "") -> dict[str, str]:
        """What can be done from a row of a list: write to `rep_id`, and give the owner something to do."""
        written, owner = self.writing_to(rep_id, about or customer.name), self._rep(customer.owner_id)
        if owner is None or not leads(self.reader.user, owner):
            return written
        return {
            **written,
            "give_href": f"/customers/{customer.id}/give?{urlencode({'back': self._here})}",
            "give_label": self.reader.t("Give %(name)s something to do", name=owner.name),
        }

    def done(self, told: Mapping[str, str]) -> dict[str, Any]:
        """That something was given from here."""
        rep = self._rep(told.get("id"))
        if told.get("done") != "given" or rep is None:
            return {}
        text = self.reader.t("Given to %(name)s", name=rep.name)
        return {"toast": {"text": text, "undo_href": "", "fields": []}}

    def _rep(self, rep_id: str | None) -> User | None:
        return next((one for one in self.reps if one.id == rep_id), None)

    def href(self, path: str = "/team", **other: Any) -> str:
        asked = {**self.chosen, **other}
        query = urlencode({name: value for name, value in asked.items() if value})
        return f"{path}?{query}" if query else path


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


def _text(typed: str) -> str:
    try:
        return str(CHECKS["text"](typed, KIND))
    except Wrong:
        return ""


def offset_of(query: Mapping[str, str]) -> int:
    text = query.get("offset", "")
    return int(text) if text.isdecimal() and len(text) < 7 else 0


def first_day(period: str, day: date) -> date:
    if period == "week":
        return monday_of(day)
    return day.replace(day=1, month=day.month if period == "month" else day.month - (day.month - 1) % 3)


def last_day(period: str, day: date) -> date:
    """Of the period that this day is in."""
    far = {"week": 7, "month": 31, "quarter": 92}[period]
    return first_day(period, first_day(period, day) + timedelta(days=far)) - DAY


def before(period: str, span: Span) -> Span:
    """As many days of the period before: half a month is not measured against a whole one."""
    first = first_day(period, span.first - DAY)
    return Span(first, min(first + (span.last - span.first), span.first - DAY))
