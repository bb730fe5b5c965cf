"""What was won, as the database counts it: by span of time, who looks after the customer, territory and currency.

A sale counts for whoever looks after its customer now, and for that customer's territory: what a phone holds of it
decides the same, and every figure has a list that its reader may open.
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
    span: int
    owner_id: str | None
    territory_id: str | None
    currency: str
    number: int
    cents: int


def is_won(known: Sequence[Pipeline]) -> ColumnElement[bool]:
    """It stands at a stage that says so; when it came there is when it was won."""
    return at_stages(known, "won")


def at_stages(known: Sequence[Pipeline], *kinds: str) -> ColumnElement[bool]:
    """Named each by itself, so that nothing is read of those at others."""
    keys = [(one.id, [stage["key"] for stage in one.stages if stage["kind"] in kinds]) for one in known]
    return or_(
        false(),
        *(and_(col(Opportunity.pipeline_id) == id_, col(Opportunity.stage).in_(some)) for id_, some in keys),
    )


def stands() -> ColumnElement[bool]:
    return and_(col(Opportunity.deleted_at).is_(None), col(Customer.deleted_at).is_(None))


def won_between(
    session: Session, known: Sequence[Pipeline], moments: Sequence[datetime], *chosen: ColumnElement[bool]
) -> list[Won]:
    """`moments`: where spans begin, the last one where the last of them is over. Whatever there is, one statement."""
    since = col(Opportunity.stage_since)
    whose = col(Customer.owner_id), col(Customer.territory_id), col(Opportunity.currency)
    span = _span(tuple(moments), session.get_bind().dialect)
    query: Any = (
        select(span, *whose, func.count(), *halves(col(Opportunity.amount_cents)))
        .join(Customer, col(Customer.id) == col(Opportunity.customer_id))
        .where(stands(), is_won(known), since >= moments[0], since < moments[-1], *chosen)
        .group_by("span", *whose)
    )
    return [
        Won(int(number), owner, territory, currency, count, whole(millions, rest))
        for number, owner, territory, currency, count, millions, rest in read_rows(session, query)
    ]


def read_rows(session: Session, query: Any) -> Sequence[Any]:
    """Columns alone, and all at once: there are thousands of rows, and what makes objects of them would look at
    each."""
    return session.connection().execute(query).all()


@lru_cache(maxsize=8)
def _span(moments: tuple[datetime, ...], dialect: Dialect) -> Any:
    """Five years of months take longer to put into words than to count by, and as parameters they would be gone
    through each time; a day asks for the same again."""
    numbered = [(moment, literal(number)) for number, moment in enumerate(moments[:-1])]
    span = span_of(col(Opportunity.stage_since), numbered)
    said = span.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    return literal_column(str(said), Integer).label("span")


def halves(amount: Any) -> tuple[Any, Any]:
    """A sum in two, because SQLite's sum of many great numbers would not fit."""
    return func.sum(amount // MILLION), func.sum(amount % MILLION)


def whole(millions: Any, rest: Any) -> int:
    return int(millions) * MILLION + int(rest)


def by_currency(found: Sequence[Won]) -> dict[str, int]:
    """What is not the same money is never added."""
    sums: dict[str, int] = {}
    for one in sorted(found, key=lambda one: one.currency):
        sums[one.currency] = sums.get(one.currency, 0) + one.cents
    return sums
