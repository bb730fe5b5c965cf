"""Sales that were won, summed up by the database: by span of time, owner of the customer, territory and currency.

A sale counts for the present owner of its customer, and for that customer's territory: phones count the same, and every
figure has a list that its reader may open.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Dialect,
    Integer,
    and_,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
)
from sqlmodel import Session, col

from server.models.column import span_of
from server.models.customer import Customer
from server.models.opportunity import Opportunity
from server.models.pipeline import Pipeline

MILLION: Final = 1_000_000


class Won(NamedTuple):
    span: int  # the index of its span
    owner_id: str | None
    territory_id: str | None
    currency: str
    number: int
    cents: int


def is_won(all_pipelines: Sequence[Pipeline]) -> ColumnElement[bool]:
    """It is at a stage of the kind "won"; `stage_since` is when it was won."""
    return at_stages(all_pipelines, "won")


def at_stages(all_pipelines: Sequence[Pipeline], *kinds: str) -> ColumnElement[bool]:
    """Opportunities at a stage of one of these kinds ("open", "won", "lost"). The condition names each stage, so that
    an index finds them and no others are read."""
    keys = [
        (one.id, [stage["key"] for stage in one.stages if stage["kind"] in kinds]) for one in all_pipelines
    ]
    return or_(
        false(),
        *(and_(col(Opportunity.pipeline_id) == id_, col(Opportunity.stage).in_(some)) for id_, some in keys),
    )


def stands() -> ColumnElement[bool]:
    """Neither the opportunity nor its customer is deleted."""
    return and_(col(Opportunity.deleted_at).is_(None), col(Customer.deleted_at).is_(None))


def won_between(
    session: Session,
    all_pipelines: Sequence[Pipeline],
    moments: Sequence[datetime],
    *conditions: ColumnElement[bool],
) -> list[Won]:
    """One statement. `moments`: the beginning of each span, then the end of the last one."""
    since = col(Opportunity.stage_since)
    whose = col(Customer.owner_id), col(Customer.territory_id), col(Opportunity.currency)
    span = _span(tuple(moments), session.get_bind().dialect)
    query: Any = (
        select(span, *whose, func.count(), *split_sum(col(Opportunity.amount_cents)))
        .join(Customer, col(Customer.id) == col(Opportunity.customer_id))
        .where(stands(), is_won(all_pipelines), since >= moments[0], since < moments[-1], *conditions)
        .group_by("span", *whose)
    )
    return [
        Won(int(number), owner, territory, currency, count, joined_sum(millions, rest))
        for number, owner, territory, currency, count, millions, rest in read_rows(session, query)
    ]


def read_rows(session: Session, query: Any) -> Sequence[Any]:
    """Plain rows past the ORM, which would handle each of thousands."""
    return session.connection().execute(query).all()


@lru_cache(maxsize=8)
def _span(moments: tuple[datetime, ...], dialect: Dialect) -> Any:
    """The number of the span that an opportunity was won in. Compiled once for a day's requests, with literal values:
    compiling sixty months takes longer than counting by them."""
    numbered = [(moment, literal(number)) for number, moment in enumerate(moments[:-1])]
    span = span_of(col(Opportunity.stage_since), numbered)
    said = span.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    return literal_column(str(said), Integer).label("span")


def split_sum(amount: Any) -> tuple[Any, Any]:
    """A sum of amounts as two: of millions and of the rest, because one might not fit into SQLite's 64 bits."""
    return func.sum(amount // MILLION), func.sum(amount % MILLION)


def joined_sum(millions: Any, rest: Any) -> int:
    return int(millions) * MILLION + int(rest)


def by_currency(found: Sequence[Won]) -> dict[str, int]:
    """Cents by currency."""
    sums: dict[str, int] = {}
    for one in sorted(found, key=lambda one: one.currency):
        sums[one.currency] = sums.get(one.currency, 0) + one.cents
    return sums
