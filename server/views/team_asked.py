"""The query string of Team: rep, territory, period and further filters."""

from collections.abc import Mapping
from datetime import date
from functools import cached_property, lru_cache
from typing import Any, Final
from urllib.parse import urlencode

from sqlmodel import Session

from server.days import DAY, Span, first_day
from server.models.identity import is_id
from server.models.product import Product
from server.models.scope import ALL_SEEING_ROLES
from server.translations import msgid
from server.views import activity
from server.views.acting import Acting
from server.views.activity import Team
from server.views.labels import OUTCOMES
from server.views.part import Part
from server.views.reader import Reader, joined
from server.views.rows import offset_of
from sync.changes import Arg
from sync.field_checks import CHECKS, Wrong

PERIODS: Final = {"week": msgid("This week"), "month": msgid("This month"), "quarter": msgid("This quarter")}
BEFORE: Final = {
    "week": msgid("last week by this day"),
    "month": msgid("last month by this day"),
    "quarter": msgid("last quarter by this day"),
}
KIND: Final = Arg("text", max=200)
DAY_TYPED: Final = Arg("date")
CHOSEN: Final = {"period", "territory", "rep", "of_product", "customer_type"}


class TeamAsked:
    """The query string, limited to what the reader may see."""

    def __init__(self, session: Session, reader: Reader, query: dict[str, str], here: str = "/team") -> None:
        self.reader, self._session, self.query = reader, session, query
        self.territories = activity.territories(session, reader)
        known = {territory.id for territory in self.territories}
        territory_id = query.get("territory", "")
        self.territory_id = territory_id if territory_id in known else ""
        led = Team(reader, territory_id=self.territory_id)
        self.reps, self.holidays = activity.reps_and_holidays(session, led)
        self.acting = Acting(reader, self.reps, here)
        self.rep = next((rep for rep in self.reps if rep.id == query.get("rep")), None)
        kept = {
            "territory": ("", self.territory_id, reader.user.territory_id),
            "rep": ("", self.rep.id if self.rep else ""),
        }
        self.leaves_out = any(query.get(name, "") not in keys for name, keys in kept.items())
        self.period = query["period"] if query.get("period") in PERIODS else "week"
        product_id = query.get("of_product", "")
        self.part = Part(product_id if is_id(product_id) else "", _text(query.get("customer_type", "")))
        self.outcome = query["outcome"] if query.get("outcome") in OUTCOMES else ""
        self.day = _day(query.get("day", ""))
        self.month = _day(f"{query.get('month', '')}-01")
        self.since = _day(f"{query.get('since', '')}-01")
        self.is_earlier = query.get("when") == "before"
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
        """The days of a list of visits: one day, the period, or the corresponding days of the period before."""
        if self.day:
            return Span(self.day, self.day)
        return before(self.period, self.span) if self.is_earlier else self.span

    @property
    def of_what(self) -> str:
        found = self._session.get(Product, self.part.product_id) if self.part.product_id else None
        return joined(found.name if found else "", self.part.customer_type)

    @property
    def of_whom(self) -> str:
        """The filters as a text, for the pages behind Team."""
        return joined(self.rep.name if self.rep else "", self.of_what)

    def told(self, query: Mapping[str, str]) -> dict[str, Any]:
        """Values for every page: the toast, and a sentence if a filter was left out. The sentence is the same for reps
        whom the reader may not see and for unknown ones."""
        text = self.reader.t(
            "The rep or territory of this filter is not among yours, or no longer. It is left out."
        )
        return {"left_out": text if self.leaves_out else "", **self.acting.done(query)}

    @cached_property
    def chosen(self) -> dict[str, str]:
        """The filters, as the query string names them and as Team remembers them."""
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
        """The filters as those of a question (Definition.only); questions have a period of their own."""
        named = {"of_product": "product"}
        return {named.get(name, name): key for name, key in self.chosen.items() if name != "period"}

    def href(self, path: str = "/team", **other: Any) -> str:
        asked = {**self.chosen, **other}
        query = "&".join(_said(name, value) for name, value in asked.items() if value)
        return f"{path}?{query}" if query else path


@lru_cache(maxsize=4096)
def _said(name: str, value: Any) -> str:
    """Cached: a page has hundreds of addresses made of the same few pairs."""
    return urlencode({name: value})


def leads_nowhere(reader: Reader) -> bool:
    """Whether the reader is a manager without a territory yet."""
    return reader.user.territory_id is None and reader.user.role not in ALL_SEEING_ROLES


def nobody_sells(reader: Reader) -> str:
    if leads_nowhere(reader):
        return reader.t("You lead no territory yet. An admin gives you one under More → People.")
    return reader.t("Nobody sells here yet. An admin adds reps under More → People.")


def won_href(asked: TeamAsked, currency: str, month: str = "", since: str = "") -> str:
    """The list of what was won in `month` (such as 2026-11), or from `since` to it; without both, in this quarter."""
    return asked.href("/team/won", currency=currency, month=month, since=since)


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(CHECKS["date"](typed, DAY_TYPED))
    except Wrong:
        return None


def _text(typed: str) -> str:
    try:
        return str(CHECKS["text"](typed, KIND))
    except Wrong:
        return ""


def before(period: str, span: Span) -> Span:
    """The first days of the period before, as many as `span` has: half a month is compared with half a month."""
    first = first_day(period, span.first - DAY)
    return Span(first, min(first + (span.last - span.first), span.first - DAY))
