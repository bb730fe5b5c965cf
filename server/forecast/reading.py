"""Reads what forecasts are made of: sales by month, open opportunities, and the moves of past ones. The number of
statements is the same however much there is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np
from sqlalchemy import ColumnElement, Text, case, cast, func, select
from sqlmodel import Session, col

from server.days import DAY, next_quarter, quarter_before, quarter_of, start_of
from server.forecast.tracks import (
    AGES,
    NO_HISTORIES,
    Cell,
    Histories,
    Numbers,
    PastStages,
    microsecond,
    microseconds,
)
from server.forecast.won import Won, at_stages, joined_sum, read_rows, split_sum, stands, won_between
from server.models.column import written
from server.models.customer import Customer
from server.models.opportunity import Opportunity
from server.models.pipeline import Pipeline

MONTHS_BACK: Final = 60
MOST_TRACKS: Final = 3_000  # the latest: enough to measure by, and no more to read however many there are


class Move(msgspec.Struct, gc=False, rename={"stage": "from"}):
    """The parts of a move that are needed. Decoding only these takes half the time of decoding whole moves."""

    since: datetime
    at: datetime
    stage: str


moves_in = msgspec.json.Decoder(list[Move]).decode


@lru_cache(maxsize=2 * MOST_TRACKS)
def _stood(pipeline_id: str, moves: str) -> PastStages:
    """Cached, since past moves do not change and every refresh of a page asks again. `moves`: JSON."""
    told = [
        ((pipeline_id, move.stage), microsecond(move.since), microsecond(move.at)) for move in moves_in(moves)
    ]
    return PastStages(*zip(*told, strict=True)) if told else PastStages()


class Open(NamedTuple):
    """Open opportunities of one owner, territory, currency and cell, summed up."""

    owner_id: str | None
    territory_id: str | None
    currency: str
    number: int
    cents: int
    cell: Cell


@dataclass(frozen=True)
class Facts:
    months: list[date]  # first days; the last one is of today's month
    moments: list[datetime]  # when each of `months` begins
    won: list[Won]  # `span`: the index of its month
    standing: list[Open]
    histories: Histories
    tracked_from: int  # the index of the first month all of whose opportunities are in `histories`
    earlier: Sequence[Won] = ()  # sales of the last quarter until the day that corresponds to today


def read(
    session: Session,
    all_pipelines: Sequence[Pipeline],
    now: datetime,
    today: date,
    company_zone: str,
    *conditions: ColumnElement[bool],
    with_forecast: bool = True,
) -> Facts:
    """`today`: in the company's zone. `conditions`: what the reader may see. Without `with_forecast`, only `won` and
    `earlier` are read."""
    months = months_until(today)
    moments = [start_of(month, company_zone) for month in months]
    ends = start_of(next_quarter(quarter_of(today)), company_zone)
    won, earlier = _won(session, all_pipelines, today, company_zone, [*moments, ends], *conditions)
    if not with_forecast:
        return Facts(months, moments, won, [], NO_HISTORIES, 0, earlier)
    histories = _histories(session, all_pipelines, moments[0], *conditions)
    is_cut = len(histories.cents) == MOST_TRACKS
    tracked_from = int(np.searchsorted(microseconds(moments), histories.created[-1])) if is_cut else 0
    tracked_from = min(tracked_from, len(moments) - 1)  # where all that is read was made this month
    standing = _open(session, all_pipelines, now, *conditions)
    return Facts(months, moments, won, standing, histories, tracked_from, earlier)


def _won(
    session: Session,
    all_pipelines: Sequence[Pipeline],
    today: date,
    company_zone: str,
    moments: Sequence[datetime],
    *conditions: ColumnElement[bool],
) -> tuple[list[Won], list[Won]]:
    """Sales by month, and `Facts.earlier`. The month in which the latter end is read in two parts and joined again."""
    began, over = (start_of(day, company_zone) for day in last_quarter(today))
    begun = sum(1 for moment in moments if moment < began)
    cut = sum(1 for moment in moments if moment < over)
    is_within = over not in moments
    parts = [*moments[:cut], over, *moments[cut:]] if is_within else moments
    found = won_between(session, all_pipelines, parts, *conditions)
    earlier = [one for one in found if begun <= one.span < cut]
    whole_months = [
        one._replace(span=one.span - 1) if is_within and one.span >= cut else one for one in found
    ]
    return whole_months, earlier


def last_quarter(today: date) -> tuple[date, date]:
    """The first day of the last quarter, and the day after the one that corresponds to today. At most the whole
    quarter."""
    first = quarter_of(today)
    before = quarter_before(first)
    return before, min(before + (today - first) + DAY, first)


def months_until(today: date) -> list[date]:
    """The first days of MONTHS_BACK past months and of this one."""
    first = today.replace(day=1)
    found = [first]
    while len(found) <= MONTHS_BACK:
        found.append((found[-1] - DAY).replace(day=1))
    return found[::-1]


def _open(
    session: Session, all_pipelines: Sequence[Pipeline], now: datetime, *conditions: ColumnElement[bool]
) -> list[Open]:
    since = col(Opportunity.stage_since)
    age = case(*((since > now - limit, number) for number, limit in enumerate(AGES)), else_=len(AGES))
    place: tuple[Any, ...] = col(Opportunity.pipeline_id), col(Opportunity.stage)
    whose: tuple[Any, ...] = col(Customer.owner_id), col(Customer.territory_id), col(Opportunity.currency)
    query: Any = (
        select(*place, age.label("age"), *whose, func.count(), *split_sum(col(Opportunity.amount_cents)))
        .join(Customer, col(Customer.id) == col(Opportunity.customer_id))
        .where(stands(), at_stages(all_pipelines, "open"), *conditions)
        .group_by(*place, "age", *whose)
    )
    found = read_rows(session, query)
    return [
        Open(owner_id, territory_id, currency, number, joined_sum(millions, rest), (pipeline_id, stage, age))
        for pipeline_id, stage, age, owner_id, territory_id, currency, number, millions, rest in found
    ]


def _histories(
    session: Session, all_pipelines: Sequence[Pipeline], since: datetime, *conditions: ColumnElement[bool]
) -> Histories:
    row = Opportunity
    query: Any = (
        select(
            col(row.pipeline_id), col(Customer.owner_id), col(Customer.territory_id), col(row.currency),
            col(row.amount_cents), written(col(row.created_at)), col(row.stage), written(col(row.stage_since)),
            cast(col(row.moves), Text),
        )
        .join(Customer, col(Customer.id) == col(row.customer_id))
        .where(stands(), col(row.created_at) >= since, *conditions)
        .order_by(col(row.created_at).desc(), col(row.id))
        .limit(MOST_TRACKS)
    )  # fmt: skip
    found = read_rows(session, query)
    if not found:
        return NO_HISTORIES
    pipeline_ids, owner_ids, territory_ids, currencies, cents, created, stages, arrived, moves = zip(
        *found, strict=True
    )
    return Histories(
        owner_ids,
        territory_ids,
        currencies,
        cents,
        _moments(created),
        pipeline_ids,
        stages,
        _moments(arrived),
        stood=[*map(_stood, pipeline_ids, moves)],
        kinds={(one.id, stage["key"]): stage["kind"] for one in all_pipelines for stage in one.stages},
    )


def _moments(texts: Sequence[str]) -> Numbers:
    return np.array(texts, dtype="datetime64[us]").astype(np.int64)
