"""What forecasts are made of, read in as many statements whatever there is: sales by month, what is open, and the ways
that opportunities went."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np
from sqlalchemy import ColumnElement, Text, case, cast, func, select
from sqlmodel import Session, col

from server.forecast.standing import AGES, NO_WAYS, Cell, Numbers, Stood, Ways, microsecond, microseconds
from server.forecast.won import Won, at_stages, halves, read_rows, stands, whole, won_between
from server.models.column import written
from server.models.customer import Customer
from server.models.opportunity import Opportunity
from server.models.pipeline import Pipeline
from server.models.quota import begins_at, next_quarter, quarter_before, quarter_of

MONTHS_BACK: Final = 60
MOST_TRACKS: Final = 3_000  # the latest: enough to measure by, and no more to read however many there are


class Move(msgspec.Struct, gc=False, rename={"stage": "from"}):
    """What is asked of a move: read so from its text, thousands take half as long as by objects of all that it has."""

    since: datetime
    at: datetime
    stage: str


moves_in = msgspec.json.Decoder(list[Move]).decode


@lru_cache(maxsize=2 * MOST_TRACKS)
def _stood(pipeline_id: str, moves: str) -> Stood:
    """What is written of the past stays, and every refreshed page asks for it again."""
    told = [
        ((pipeline_id, move.stage), microsecond(move.since), microsecond(move.at)) for move in moves_in(moves)
    ]
    return Stood(*zip(*told, strict=True)) if told else Stood()


class Open(NamedTuple):
    """What stands at one stage for about as long."""

    owner_id: str | None
    territory_id: str | None
    currency: str
    number: int
    cents: int
    cell: Cell


@dataclass(frozen=True)
class Facts:
    """`months`: the first days of those whose sales are in `won`, by span; the last one is today's. `earlier`: of these
    sales those of the last quarter until the day in it that today is in this one."""

    months: list[date]
    moments: list[datetime]
    won: list[Won]
    standing: list[Open]
    ways: Ways
    tracked_from: int  # the first month that all ways of are there
    earlier: Sequence[Won] = ()


def read(
    session: Session,
    known: Sequence[Pipeline],
    now: datetime,
    today: date,
    company_zone: str,
    *chosen: ColumnElement[bool],
    foresees: bool = True,
) -> Facts:
    """`today`: in the company's zone. `chosen`: what of it one may see. `foresees`: else what is won is enough."""
    months = months_until(today)
    moments = [begins_at(month, company_zone) for month in months]
    ends = begins_at(next_quarter(quarter_of(today)), company_zone)
    won, earlier = _won(session, known, today, company_zone, [*moments, ends], *chosen)
    if not foresees:
        return Facts(months, moments, won, [], NO_WAYS, 0, earlier)
    ways = _ways(session, known, moments[0], *chosen)
    is_cut = len(ways.cents) == MOST_TRACKS
    tracked_from = int(np.searchsorted(microseconds(moments), ways.created[-1])) if is_cut else 0
    tracked_from = min(tracked_from, len(moments) - 1)  # where all that is read was made this month
    standing = _open(session, known, now, *chosen)
    return Facts(months, moments, won, standing, ways, tracked_from, earlier)


def _won(
    session: Session,
    known: Sequence[Pipeline],
    today: date,
    company_zone: str,
    moments: Sequence[datetime],
    *chosen: ColumnElement[bool],
) -> tuple[list[Won], list[Won]]:
    """The month in which the earlier ones end is read in two parts, and is one span again."""
    began, over = (begins_at(day, company_zone) for day in last_quarter(today))
    begun = sum(1 for moment in moments if moment < began)
    cut = sum(1 for moment in moments if moment < over)
    is_within = over not in moments
    parts = [*moments[:cut], over, *moments[cut:]] if is_within else moments
    found = won_between(session, known, parts, *chosen)
    earlier = [one for one in found if begun <= one.span < cut]
    whole_months = [
        one._replace(span=one.span - 1) if is_within and one.span >= cut else one for one in found
    ]
    return whole_months, earlier


def last_quarter(today: date) -> tuple[date, date]:
    """Its first day, and the first of it that comes after the one in it that today is in this quarter."""
    first = quarter_of(today)
    before = quarter_before(first)
    return before, min(before + (today - first) + timedelta(days=1), first)


def months_until(today: date) -> list[date]:
    """First days, up to this month's."""
    first = today.replace(day=1)
    found = [first]
    while len(found) <= MONTHS_BACK:
        found.append((found[-1] - timedelta(days=1)).replace(day=1))
    return found[::-1]


def _open(
    session: Session, known: Sequence[Pipeline], now: datetime, *chosen: ColumnElement[bool]
) -> list[Open]:
    since = col(Opportunity.stage_since)
    age = case(*((since > now - limit, number) for number, limit in enumerate(AGES)), else_=len(AGES))
    place: tuple[Any, ...] = col(Opportunity.pipeline_id), col(Opportunity.stage)
    whose: tuple[Any, ...] = col(Customer.owner_id), col(Customer.territory_id), col(Opportunity.currency)
    query: Any = (
        select(*place, age.label("age"), *whose, func.count(), *halves(col(Opportunity.amount_cents)))
        .join(Customer, col(Customer.id) == col(Opportunity.customer_id))
        .where(stands(), at_stages(known, "open"), *chosen)
        .group_by(*place, "age", *whose)
    )
    found = read_rows(session, query)
    return [
        Open(owner_id, territory_id, currency, number, whole(millions, rest), (pipeline_id, stage, age))
        for pipeline_id, stage, age, owner_id, territory_id, currency, number, millions, rest in found
    ]


def _ways(session: Session, known: Sequence[Pipeline], since: datetime, *chosen: ColumnElement[bool]) -> Ways:
    row = Opportunity
    query: Any = (
        select(
            col(row.pipeline_id), col(Customer.owner_id), col(Customer.territory_id), col(row.currency),
            col(row.amount_cents), written(col(row.created_at)), col(row.stage), written(col(row.stage_since)),
            cast(col(row.moves), Text),
        )
        .join(Customer, col(Customer.id) == col(row.customer_id))
        .where(stands(), col(row.created_at) >= since, *chosen)
        .order_by(col(row.created_at).desc(), col(row.id))
        .limit(MOST_TRACKS)
    )  # fmt: skip
    found = read_rows(session, query)
    if not found:
        return NO_WAYS
    pipeline_ids, owner_ids, territory_ids, currencies, cents, created, stages, arrived, moves = zip(
        *found, strict=True
    )
    return Ways(
        owner_ids,
        territory_ids,
        currencies,
        cents,
        _moments(created),
        pipeline_ids,
        stages,
        _moments(arrived),
        stood=[*map(_stood, pipeline_ids, moves)],
        kinds={(one.id, stage["key"]): stage["kind"] for one in known for stage in one.stages},
    )


def _moments(texts: Sequence[str]) -> Numbers:
    return np.array(texts, dtype="datetime64[us]").astype(np.int64)
