"""The sales figures of Team: won and forecast, of this quarter by the company's calendar."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from sqlmodel import Session

from server import words
from server.days import DAY, next_quarter, quarter_of, working_days
from server.forecast.outlook import EVERYWHERE, Forecasting, Outlook, SalesOf
from server.forecast.reading import read
from server.models.pipeline import Pipeline
from server.models.quota import Quotas, quota_of
from server.models.user import User
from server.models.workspace import Territory
from server.questions.pace import days_gone, joined_on
from server.views.activity import Team
from server.views.team_asked import TeamAsked


@dataclass(frozen=True)
class Whose:
    """A rep, a territory or all of them, with their quota."""

    name: str
    of: SalesOf
    targets: dict[str, int]  # by currency
    href_of: dict[str, str]  # the query parameters that select them
    since: date | None = None  # the first day that counts, of a rep who joined in this quarter


class Sales:
    """The sales figures of one page, read once."""

    def __init__(
        self,
        session: Session,
        asked: TeamAsked,
        all_pipelines: Sequence[Pipeline],
        *,
        with_forecast: bool = True,
    ) -> None:
        self.asked, self.all_pipelines = asked, all_pipelines
        reader = asked.reader
        self.today = reader.company_today
        chosen = Team(reader, part=asked.part).sees_each(), *asked.part.opportunities
        self.facts = read(
            session,
            all_pipelines,
            reader.now,
            self.today,
            reader.company_zone,
            *chosen,
            with_forecast=with_forecast,
        )
        self.forecasting = Forecasting(self.facts, self.today)
        self.territories = _territories(session, asked)

    @property
    def starts_on(self) -> date:
        return quarter_of(self.today)

    @property
    def ends_on(self) -> date:
        return next_quarter(self.starts_on) - DAY

    def days_gone(self, whose: Whose) -> int:
        """Percent of the quarter's working days that are over, counted from `whose.since` on."""
        return days_gone(self.asked.reader, whose.since, self._holidays(whose))

    def _holidays(self, whose: Whose) -> Container[date]:
        """Those of the territory; of several together, the days that all with reps have in common."""
        home = whose.of.home
        places = {rep.territory_id for rep in self.asked.reps} if home == EVERYWHERE else {home}
        each = [self.asked.holidays.get(place, frozenset[date]()) for place in places]
        return frozenset[date].intersection(*each) if each else frozenset()

    def gone(self, whose: Whose) -> str:
        t, share = self.asked.reader.t, self.days_gone(whose)
        if whose.since is None:
            return t("%(share)s%% of the working days gone", share=share)
        since = words.short_date(whose.since, self.today, t.locale)
        return t("%(share)s%% of the working days since %(day)s gone", share=share, day=since)

    @property
    def days_left(self) -> int:
        return working_days(self.today, self.ends_on, self._holidays(self.asked_for))

    @cached_property
    def reps(self) -> list[Whose]:
        return [self.of_rep(rep) for rep in self.asked.reps]

    def of_rep(self, rep: User) -> Whose:
        home = rep.territory_id
        of, since = SalesOf(owner_id=rep.id, home=home), joined_on(rep, self.asked.reader)
        return Whose(rep.name, of, self._targets(rep.quotas), {"rep": rep.id}, since)

    def of_territory(self, territory: Territory) -> Whose:
        """A territory's quota; if it has none of its own, the sum of its reps'."""
        targets = self._targets(territory.quotas)
        if not targets:
            reps = [rep for rep in self.asked.reps if rep.territory_id == territory.id]
            targets = _together(self._targets(rep.quotas) for rep in reps)
        of = SalesOf(territory_id=territory.id, home=territory.id)
        return Whose(territory.name, of, targets, {"territory": territory.id, "rep": ""})

    @cached_property
    def asked_for(self) -> Whose:
        if self.asked.rep:
            return self.of_rep(self.asked.rep)
        is_one = self.asked.territory_id or not self.asked.territories
        if self.territories and is_one:
            return self.of_territory(self.territories[0])
        wandering = [rep for rep in self.asked.reps if rep.territory_id is None]
        targets = _together(
            [
                *(self.of_territory(one).targets for one in self.territories),
                *(self._targets(rep.quotas) for rep in wandering),
            ]
        )
        return Whose("", SalesOf(), targets, {})

    def won(self, whose: Whose) -> dict[str, int]:
        return self.forecasting.won_in_quarter(whose.of)

    def currency(self, whose: Whose) -> str:
        """The quota's currency if there is one only; else that of most sales."""
        if len(whose.targets) == 1:
            return next(iter(whose.targets))
        return self.forecasting.currency_of(whose.of)

    def outlook(self, whose: Whose, currency: str = "") -> Outlook:
        return self.forecasting.outlook(whose.of, currency or self.currency(whose))

    def _targets(self, quotas: Quotas) -> dict[str, int]:
        """The targets; none if a filter by product or type of customer is set, since quotas are for all sales."""
        if self.asked.part:
            return {}
        found = quota_of(quotas, self.starts_on)
        return {found["currency"]: found["amount_cents"]} if found else {}


def _territories(session: Session, asked: TeamAsked) -> list[Territory]:
    """The territories to show; managers have their own only."""
    if asked.territories:
        return [one for one in asked.territories if asked.territory_id in ("", one.id)]
    own = asked.reader.user.territory_id if asked.reader.user.role == "manager" else None
    found = session.get(Territory, own) if own else None
    return [found] if found else []


def _together(targets: Any) -> dict[str, int]:
    sums: dict[str, int] = {}
    for one in targets:
        for currency, cents in one.items():
            sums[currency] = sums.get(currency, 0) + cents
    return dict(sorted(sums.items()))
