"""The board's queries: the totals of all stages, and a page of rows of each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import and_, case, func, select, union_all
from sqlmodel import Session, col

from server.days import DAY, next_month
from server.forecast.won import at_stages, joined_sum, split_sum
from server.models.customer import Customer
from server.models.opportunity import Opportunity
from server.models.pipeline import Pipeline
from server.models.scope import among_all_in_sight_of, in_sight_of
from server.pipeline.rulebook import Stage
from server.questions.lines import was_quoted
from server.views.reader import Reader

PER_STAGE: Final = 20
MONTHS: Final = 6
MOST_OFFERED: Final = 100


@dataclass(frozen=True)
class BoardAsked:
    """The query string of the board."""

    pipeline: str = ""
    stage: str = ""  # this stage only, page by page
    offset: int = 0
    owner: str = ""
    territory: str = ""
    closing: str = (
        ""  # when it is expected to close: a month such as 2026-11, "past" if it should have, or "none"
    )
    product: str = ""  # the id of a product that was quoted
    customer_type: str = ""


class Line(NamedTuple):
    id: str
    name: str
    amount_cents: int
    currency: str
    stage: str
    stage_since: datetime
    customer_name: str
    owner_id: str | None


class Sum(NamedTuple):
    """The opportunities of one stage in one currency."""

    pipeline_id: str
    stage: str
    currency: str
    number: int
    stuck: int
    cents: int
    owner_id: str | None = None  # only if sums are grouped by owner of the customer


OF_OPPORTUNITY: Final = Line._fields[:6]


def chosen_by(asked: BoardAsked, reader: Reader, all_pipelines: Sequence[Pipeline]) -> list[Any]:
    there = col(Opportunity.deleted_at).is_(None) & col(Customer.deleted_at).is_(None)
    mine = [there, in_sight_of(reader.user)]
    if asked.pipeline:
        mine.append(col(Opportunity.pipeline_id) == asked.pipeline)
    return [*mine, *_filtered(asked, reader, all_pipelines)]


def _filtered(asked: BoardAsked, reader: Reader, all_pipelines: Sequence[Pipeline]) -> Iterable[Any]:
    closes = col(Opportunity.expected_close_on)
    if asked.owner:
        yield col(Customer.owner_id) == asked.owner
    if asked.territory:
        yield col(Customer.territory_id) == asked.territory
    if asked.customer_type:
        yield col(Customer.customer_type) == asked.customer_type
    if asked.product:
        yield was_quoted([asked.product])
    if asked.closing == "none":
        yield closes.is_(None)
    elif asked.closing == "past":
        yield closes < reader.today
        yield at_stages(all_pipelines, "open")
    elif asked.closing in months(reader.today):
        first = date.fromisoformat(f"{asked.closing}-01")
        yield closes.between(first, next_month(first) - DAY)


def months(today: date) -> list[str]:
    """This month and the next ones, such as 2026-11."""
    found, first = [], today.replace(day=1)
    for _ in range(MONTHS):
        found.append(first.isoformat()[:7])
        first = next_month(first)
    return found


def customer_types(session: Session, reader: Reader) -> list[str]:
    """The types of customers in use, for the filter; as many as fit a list."""
    kind = col(Customer.customer_type)
    seen = select(kind).where(col(Customer.deleted_at).is_(None), among_all_in_sight_of(reader.user))
    return sorted(session.execute(seen.where(kind.is_not(None)).distinct()).scalars())[:MOST_OFFERED]


def sums(
    session: Session,
    reader: Reader,
    all_pipelines: Sequence[Pipeline],
    chosen: Sequence[Any],
    *,
    by_owner: bool = False,
) -> list[Sum]:
    of = col(Opportunity.pipeline_id), col(Opportunity.stage), col(Opportunity.currency)
    whose = [col(Customer.owner_id)] if by_owner else []
    amounts = split_sum(col(Opportunity.amount_cents))
    query: Any = select(*of, func.count(), func.sum(_is_stuck(all_pipelines, reader)), *amounts, *whose)
    found = session.execute(_of_customers(query).where(*chosen).group_by(*of, *whose)).all()
    return [
        Sum(pipeline_id, stage, currency, count, int(stuck), joined_sum(millions, rest), *owner)
        for pipeline_id, stage, currency, count, stuck, millions, rest, *owner in found
    ]


def standing(
    session: Session,
    reader: Reader,
    all_pipelines: Sequence[Pipeline],
    chosen: Sequence[Any],
    *,
    by_owner: bool = False,
) -> list[Sum]:
    """The sums of open stages; closed ones are not read, as most opportunities are closed."""
    return sums(
        session, reader, all_pipelines, [*chosen, at_stages(all_pipelines, "open")], by_owner=by_owner
    )


def _of_customers(query: Any) -> Any:
    return query.join(Customer, col(Customer.id) == col(Opportunity.customer_id))


def _is_stuck(all_pipelines: Sequence[Pipeline], reader: Reader) -> Any:
    """SQL: 1 if it has been at its stage longer than allowed, in days of the reader's calendar, else 0."""
    stage, since = col(Opportunity.stage), col(Opportunity.stage_since)
    stuck = [
        (
            and_(
                col(Opportunity.pipeline_id) == pipeline.id,
                stage == one["key"],
                since < reader.start_of(reader.in_days(-one["stuck_after_days"])),
            ),
            1,
        )
        for pipeline in all_pipelines
        for one in pipeline.stages
        if one["stuck_after_days"] is not None
    ]
    return case(*stuck, else_=0) if stuck else case((col(Opportunity.id).is_(None), 1), else_=0)


def lines(session: Session, pipeline: Pipeline, asked: BoardAsked, chosen: Sequence[Any]) -> list[Line]:
    """A page of rows of each stage, with one statement that reads no more rows than it shows. Open stages: the longest
    standing first; closed ones: the latest first."""
    shown = [stage for stage in pipeline.stages if asked.stage in ("", stage["key"])]
    if not shown:
        return []
    pages = [select(_page(stage, asked, chosen)) for stage in shown]
    found = session.execute(union_all(*pages) if len(pages) > 1 else pages[0]).all()
    rows = sorted((Line(*row) for row in found), key=lambda line: (line.stage_since, line.id))
    closed = {stage["key"] for stage in shown if stage["kind"] != "open"}
    return [
        *(row for row in rows if row.stage not in closed),
        *(row for row in reversed(rows) if row.stage in closed),
    ]


def _page(stage: Stage, asked: BoardAsked, chosen: Sequence[Any]) -> Any:
    order: Sequence[Any] = (col(Opportunity.stage_since), col(Opportunity.id))
    if stage["kind"] != "open":
        order = [column.desc() for column in order]
    columns = [getattr(Opportunity, name) for name in OF_OPPORTUNITY]
    query: Any = select(*columns, col(Customer.name).label("customer_name"), col(Customer.owner_id))
    there = _of_customers(query).where(*chosen, col(Opportunity.stage) == stage["key"])
    return there.order_by(*order).offset(asked.offset if asked.stage else 0).limit(PER_STAGE).subquery()
