"""Which opportunities left a stage in a span of days, where they went, and how long they had stood. The database counts
them from the history of moves.

An opportunity that still stands in its stage is not counted, because nobody knows yet where it will go: shares are of
those that left.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from functools import cache, cached_property
from typing import Any, Final, NamedTuple

from sqlalchemy import and_, case, false, literal, or_
from sqlalchemy import select as sql_select
from sqlmodel import col, func

from server.days import DAY, DAY_SECONDS, Span
from server.models.column import each_item, seconds, text_of, wire
from server.models.customer import Customer
from server.models.opportunity import Opportunity
from server.models.pipeline import Pipeline
from server.models.user import User
from server.pipeline.rulebook import Stage, stage_of
from server.questions.asking import Asking
from server.questions.dimension import Dimension
from server.questions.measures import Measure, quantile
from server.questions.subjects import OPPORTUNITIES

MOVE: Final = each_item(col(Opportunity.moves)).table_valued("value", joins_implicitly=True, name="move")
LEFT, TO, SINCE, AT = (text_of(MOVE.c.value, name) for name in ("from", "to", "since", "at"))
DAYS: Final = (seconds(AT) - seconds(SINCE)) // DAY_SECONDS
ON, BACK, LOST = "on", "back", "lost"
WAYS: Final = (ON, BACK, LOST)


class OfOpportunities(Measure):
    """Tells a dimension to split by opportunity; it has no figures of its own."""

    name, subject = "moves", OPPORTUNITIES


class All(Dimension):
    """One group of everything."""

    name = "all"

    def column(self, asking: Asking, measure: Measure, span: Span) -> Any:
        return literal("")


ALL: Final = All()


def way(stages: Sequence[Stage], stage: str, to: str) -> str:
    """ON, BACK or LOST. A move to a stage that is no more is ON: an admin removed that stage, and moved what stood
    there along. So is one from such a stage, and one of what was lost."""
    left, found = stage_of(stages, stage), stage_of(stages, to)
    if found is None:
        return ON
    if found["kind"] == "lost":
        return LOST
    is_before = left is not None and left["kind"] != "lost" and stages.index(found) < stages.index(left)
    return BACK if is_before else ON


@dataclass(frozen=True)
class Funnel:
    """Which moves are counted. `of`: the SQL conditions of Team's filters; `earlier`: the span to compare `span` with;
    `by`: the dimension that splits the counts; `key`: the one group of it to count, None for all of them."""

    asking: Asking
    pipeline: Pipeline
    of: Sequence[Any]
    span: Span
    earlier: Span
    by: Dimension
    key: str | None = None
    others: Sequence[Pipeline] = ()  # counted too, where a list covers several pipelines

    @property
    def pipelines(self) -> Sequence[Pipeline]:
        return self.pipeline, *self.others

    @property
    def stages(self) -> list[Stage]:
        return [stage for stage in self.pipeline.stages if stage["kind"] == "open"]

    @property
    def whole(self) -> "Funnel":
        """The same with each opportunity counted once: not split, if one could be in several groups."""
        return replace(self, by=ALL) if self.is_multiplied else self

    @property
    def is_multiplied(self) -> bool:
        """Whether one opportunity can be in several groups, as it can by product."""
        return self.key is None and self.by.overlaps(OfOpportunities())

    @cached_property
    def group(self) -> Any:
        if self.key is not None:
            return literal(self.key)  # `by.column` would also give the other groups of these opportunities
        return self.by.column(self.asking, OfOpportunities(), self.span)

    @cached_property
    def conditions(self) -> list[Any]:
        """SQL conditions on the opportunities whose moves count; these may be open, won or lost by now."""
        of_key = (
            [self.by.is_any_of(self.asking, OfOpportunities(), self.span, (self.key,))]
            if self.key is not None
            else []
        )
        ids = [pipeline.id for pipeline in self.pipelines]
        there = col(Opportunity.pipeline_id).in_(ids), col(Opportunity.deleted_at).is_(None)
        return [self.asking.sees, *there, *self.of, *of_key]

    def way(self, stage: str, to: str) -> str:
        return way(self.pipeline.stages, stage, to)

    def moments(self, span: Span) -> tuple[Any, Any]:
        """When the span begins, and when it is over, in the reader's time zone."""
        return self.asking.reader.start_of(span.first), self.asking.reader.start_of(span.last + DAY)


class Left(NamedTuple):
    """`number` opportunities of the group `key` that left `stage` by one of WAYS, after standing there for `days`."""

    is_earlier: bool
    key: str
    stage: str
    way: str
    days: int
    number: int


def left(funnel: Funnel) -> list[Left]:
    """What left a stage in `funnel.span` or `funnel.earlier`, found by one statement."""
    is_earlier = case((_within(funnel, funnel.span), 0), else_=1).label("is_earlier")
    columns = (
        is_earlier,
        funnel.group.label("left_key"),
        LEFT.label("left_from"),
        TO.label("left_to"),
        DAYS.label("left_days"),
    )
    query = (
        _of(sql_select(*columns, func.count().label("number")))
        .where(*funnel.conditions, col(Opportunity.stage_since) >= funnel.moments(funnel.earlier)[0])
        .where(or_(_within(funnel, funnel.span), _within(funnel, funnel.earlier)))
        .group_by(*(column.name for column in columns))
    )
    known = {stage["key"] for stage in funnel.stages}
    way = cache(funnel.way)
    found = funnel.asking.session.connection().execute(query)
    return [
        Left(bool(is_earlier), key, stage, way(stage, to), int(days), number)
        for is_earlier, key, stage, to, days, number in found
        if stage in known
    ]


def is_untouched(funnel: Funnel) -> bool:
    """Whether there is no opportunity, open or closed, whose moves could count."""
    query = _of(sql_select(col(Opportunity.id))).where(*funnel.conditions).limit(1)
    return funnel.asking.session.execute(query).first() is None


def _of(query: Any) -> Any:
    return query.select_from(Opportunity).join(Customer, col(Customer.id) == col(Opportunity.customer_id))


def _within(funnel: Funnel, span: Span) -> Any:
    """Moments are kept as texts of one form, which sort like the moments that they name."""
    begins, ends = (wire(moment.astimezone(UTC)) for moment in funnel.moments(span))
    return and_(begins <= AT, ends > AT)


def rows_left(
    funnel: Funnel, stage: str, way: str, *, earlier: bool, offset: int, limit: int
) -> Sequence[Any]:
    """The rows behind a number, latest move first: opportunity, customer, the name of the customer's owner or None, the
    stage it went to, when, and after how many days. `stage` and `way`: empty for any."""
    span = funnel.earlier if earlier else funnel.span
    query: Any = _of(sql_select(Opportunity, Customer, col(User.name), TO, AT, DAYS))
    query = query.outerjoin(User, col(User.id) == col(Customer.owner_id))
    query = query.where(*funnel.conditions, col(Opportunity.stage_since) >= funnel.moments(span)[0])
    query = query.where(_within(funnel, span), LEFT.in_([one["key"] for one in funnel.stages]))
    if stage:
        query = query.where(stage == LEFT)
    if way:
        query = query.where(_goes(funnel, way, stage))
    found = funnel.asking.session.execute(
        query.order_by(AT.desc(), col(Opportunity.id).desc()).offset(offset).limit(limit)
    )
    return found.all()


def _goes(funnel: Funnel, way: str, stage: str) -> Any:
    ways: Mapping[tuple[str, str], str] = {
        (one["key"], to["key"]): funnel.way(one["key"], to["key"])
        for one in funnel.stages
        for to in funnel.pipeline.stages
    }
    known = [pair for pair in ways if stage in ("", pair[0])]
    if way == ON:
        # Every move that is not of another way: moves to stages that are no more are ON, and not among `ways`.
        return ~or_(false(), *(_pair(pair) for pair in known if ways[pair] != ON))
    return or_(false(), *(_pair(pair) for pair in known if ways[pair] == way))


def _pair(pair: tuple[str, str]) -> Any:
    return and_(pair[0] == LEFT, pair[1] == TO)


@dataclass(frozen=True)
class Told:
    """How many left, by each of WAYS, and how long they had stood: pairs of days and a count."""

    ways: Mapping[str, int]
    days: Sequence[tuple[int, int]]

    @property
    def number(self) -> int:
        return sum(self.ways.values())

    @property
    def share(self) -> int | None:
        """Percent of those that left which went on; None where none left."""
        return (200 * self.ways[ON] + self.number) // (2 * self.number) if self.number else None

    def within(self, percent: int) -> int | None:
        """The days within which `percent` of them left; None where none left."""
        return quantile(self.days, percent)


def gathered(found: Sequence[Left], by: Callable[[Left], Hashable]) -> Mapping[Any, list[Left]]:
    """By group, in one pass: there can be thousands."""
    groups: dict[Any, list[Left]] = {}
    for one in found:
        groups.setdefault(by(one), []).append(one)
    return groups


def told(found: Sequence[Left]) -> Told:
    ways, days = dict.fromkeys(WAYS, 0), Counter[int]()
    for one in found:
        ways[one.way] += one.number
        days[one.days] += one.number
    return Told(ways, [*days.items()])
