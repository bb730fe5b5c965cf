"""Rankings of the reps of a territory, for the weekly report, if its managers chose a figure to rank by.

Reps are measured by what is theirs (plan, quota, customers) and compared within their territory only; amounts are
compared within one currency (docs/decisions/0025).
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from sqlmodel import Session, col, func, select

from server import words
from server.days import DAY, WEEK, Span, next_quarter, quarter_of, start_of
from server.forecast.won import won_between
from server.models.customer import Customer
from server.models.pipeline import Pipeline
from server.models.quota import quota_of
from server.models.reminder import RANKED_BY, TerritorySettings
from server.models.scope import ALL_SEEING_ROLES
from server.models.user import Role, User
from server.models.visit import Visit
from server.models.workspace import Territory
from server.search_text import by_name
from server.translations import msgid
from server.views.activity import STANDS, cadences, cold_among, within
from server.views.attainment import percent_of
from server.views.quotas import quarter_name
from server.views.reader import Reader, joined

LABELS: Final = {
    "attainment": msgid("Won against quota"),
    "coverage": msgid("Customers in touch"),
    "visits": msgid("Visits against the plan"),
    "won_amount": msgid("Won amount"),
}
# By figure: the list of server/views/report_lists.py that shows what was counted.
BEHIND: Final = {
    "attainment": "ranked-won",
    "coverage": "ranked-customers",
    "visits": "ranked-visits",
    "won_amount": "ranked-won",
}
FEWEST: Final = 2  # reps; one alone is not ranked


class Score(NamedTuple):
    """`value`: more is better; only values of the same `unit` are compared. `currency`: of the amount won, if any."""

    value: int
    unit: str
    detail: str
    tag: str
    currency: str = ""


Scores = Mapping[str, Sequence[Score]]  # by rep id


@dataclass(frozen=True)
class Week:
    """What rankings are made from. `places`: ids of the territories that are ranked by the same figure."""

    session: Session
    reader: Reader
    span: Span
    all_pipelines: Sequence[Pipeline]
    places: Sequence[str]
    reps: Sequence[User]

    @property
    def there(self) -> Sequence[Any]:
        return col(Customer.deleted_at).is_(None), col(Customer.territory_id).in_(self.places)

    def home(self, rep_id: str | None, territory_id: str | None) -> bool:
        return any(rep.id == rep_id and rep.territory_id == territory_id for rep in self.reps)


def rankings(
    session: Session,
    reader: Reader,
    monday: Any,
    all_pipelines: Sequence[Pipeline],
    href: Callable[[str, str, str], str],
    around: Callable[[], AbstractContextManager[Any]] = nullcontext,
) -> list[dict[str, Any]]:
    """`href`: (rep id, list, currency) -> address for leaders; with an empty list, that of the rep's report. `around`:
    a context that the rankings of each figure are made in."""
    chosen = _chosen(session, reader)
    selling = select(User).where(User.role == Role.REP, col(User.deactivated_at).is_(None))
    there = selling.where(col(User.territory_id).in_([place.id for place, _ in chosen]))
    reps = sorted(session.exec(there), key=by_name)
    span = Span(monday, monday + WEEK - DAY)
    found = []
    for name in LABELS:
        places = [place for place, by in chosen if by == name]
        mine = [rep for rep in reps if rep.territory_id in {place.id for place in places}]
        if mine:
            week = Week(session, reader, span, all_pipelines, [place.id for place in places], mine)
            with around():
                scores = SCORES[name](week)
                found += [_ranking(week, place, name, scores, href) for place in places]
    return sorted((one for one in found if one["groups"]), key=lambda one: str(one["title"]))


def _chosen(session: Session, reader: Reader) -> list[tuple[Territory, str]]:
    query = select(Territory, TerritorySettings.ranked_by).join(
        TerritorySettings, col(TerritorySettings.territory_id) == col(Territory.id)
    )
    if reader.user.role not in ALL_SEEING_ROLES:
        query = query.where(Territory.id == (reader.user.territory_id or ""))
    return [(place, by) for place, by in session.exec(query).all() if by and by in RANKED_BY]


def _ranking(
    week: Week, place: Territory, name: str, scores: Scores, href: Callable[[str, str, str], str]
) -> dict[str, Any]:
    """Equal values share a place; reps without a value have none."""
    t, leads = week.reader.t, week.reader.user.role != Role.REP
    mine = [rep for rep in week.reps if rep.territory_id == place.id]
    groups = []
    for unit in sorted({score.unit for rep in mine for score in scores.get(rep.id, ())}):
        told = [(rep, score) for rep in mine for score in scores.get(rep.id, ()) if score.unit == unit]
        if len(told) < FEWEST:
            continue
        told.sort(key=lambda pair: -pair[1].value)
        rows = [
            {
                "place": 1 + sum(other.value > score.value for _, other in told),
                "name": rep.name,
                "detail": score.detail,
                "tag": score.tag,
                "kind": "ok" if rep.id == week.reader.user.id else "",
                "rep_id": rep.id,
                "href": href(rep.id, "", "") if leads else "",
                "list_href": href(rep.id, BEHIND[name], score.currency) if leads else "",
            }
            for rep, score in told
        ]
        groups.append(rows)
    return {
        "title": joined(t("Ranking"), place.name if leads else ""),
        "place": place.name if week.reader.user.role in ALL_SEEING_ROLES else "",
        "line": joined(t(LABELS[name]), _days(week, name)),
        "groups": groups,
    }


def _days(week: Week, name: str) -> str:
    if name == "coverage":
        return week.reader.t("As it stands now")
    return "" if name == "visits" else quarter_name(quarter_in(week.span))


def quarter_in(span: Span) -> date:
    """The first day of the quarter in which the week began, so that the final state of each quarter is ranked too."""
    return quarter_of(span.first)


def moments_of_quarter(span: Span, reader: Reader) -> tuple[datetime, datetime]:
    """The beginning of that quarter, and the end of the week or, if earlier, of the quarter."""
    first = quarter_in(span)
    began, over = (start_of(day, reader.company_zone) for day in (first, next_quarter(first)))
    return began, min(over, reader.start_of(span.last + DAY))


def _visits(week: Week) -> Scores:
    query = (
        select(Visit.author_id, Customer.territory_id, func.count())
        .join(Customer, col(Customer.id) == col(Visit.customer_id))
        .where(*week.there, *STANDS, *within(col(Visit.started_at), week.span, week.reader))
        .group_by(col(Visit.author_id), col(Customer.territory_id))
    )
    done = {author: count for author, place, count in week.session.exec(query) if week.home(author, place)}
    t = week.reader.t
    return {
        rep.id: [
            _share(
                done.get(rep.id, 0),
                rep.weekly_visits,
                t("%(done)s of %(plan)s visits", done=done.get(rep.id, 0), plan=rep.weekly_visits),
            )
        ]
        for rep in week.reps
        if rep.weekly_visits
    }


def _share(of: int, whole: int, detail: str) -> Score:
    share = percent_of(of, whole)
    return Score(share, "", detail, f"{share}%")


def _coverage(week: Week) -> Scores:
    held = col(Customer.owner_id), col(Customer.territory_id)
    is_cold = cold_among(cadences(week.session, col(Customer.deleted_at).is_(None)), week.reader)
    of_all = select(*held, func.count()).where(*week.there, col(Customer.lifecycle) != "lost").group_by(*held)
    counted = {owner: count for owner, place, count in week.session.exec(of_all) if week.home(owner, place)}
    cold = {
        owner: count
        for owner, place, count in week.session.exec(of_all.where(is_cold))
        if week.home(owner, place)
    }
    t = week.reader.t
    return {
        str(owner): [
            _share(
                count - cold.get(owner, 0),
                count,
                t.n(
                    "%(n)s of %(all)s customer",
                    "%(n)s of %(all)s customers",
                    count,
                    n=count - cold.get(owner, 0),
                    all=count,
                ),
            )
        ]
        for owner, count in counted.items()
    }


def _won(week: Week) -> dict[str, dict[str, int]]:
    """Cents won, by rep id and currency."""
    moments = moments_of_quarter(week.span, week.reader)
    sums: dict[str, dict[str, int]] = {}
    for one in won_between(week.session, week.all_pipelines, moments, *week.there):
        if week.home(one.owner_id, one.territory_id):
            mine = sums.setdefault(str(one.owner_id), {})
            mine[one.currency] = mine.get(one.currency, 0) + one.cents
    return sums


def _attainment(week: Week) -> Scores:
    won, found = _won(week), {}
    for rep in week.reps:
        quota = quota_of(rep.quotas, quarter_in(week.span))
        if quota:
            cents, currency = won.get(rep.id, {}).get(quota["currency"], 0), quota["currency"]
            said = week.reader.t(
                "%(won)s of %(quota)s",
                won=words.money(cents, currency),
                quota=words.money(quota["amount_cents"], currency),
            )
            found[rep.id] = [_share(cents, quota["amount_cents"], said)._replace(currency=currency)]
    return found


def _won_amount(week: Week) -> Scores:
    return {
        rep_id: [
            Score(cents, currency, "", words.money(cents, currency), currency)
            for currency, cents in sums.items()
        ]
        for rep_id, sums in _won(week).items()
    }


SCORES: Final[Mapping[str, Callable[[Week], Scores]]] = {
    "attainment": _attainment,
    "coverage": _coverage,
    "visits": _visits,
    "won_amount": _won_amount,
}
