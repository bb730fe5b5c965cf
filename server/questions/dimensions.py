"""The dimensions: what figures are grouped and filtered by. A new one is a small class here and an entry in ALWAYS."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, String, cast, func, literal
from sqlmodel import col

from server import words
from server.days import DAY, Span
from server.models.column import each_text, span_of
from server.models.custom_field import CustomField
from server.models.customer import Customer
from server.models.opportunity import Opportunity
from server.models.order import Order
from server.models.pipeline import Pipeline
from server.models.visit import Visit
from server.pipeline.rulebook import stage_name
from server.questions.asking import MOST_OFFERED, Asking
from server.questions.dimension import Dimension
from server.questions.lines import LINE_PRODUCT, QUOTED, was_quoted
from server.questions.measures import Measure
from server.questions.mentions import mentions_competitor, mentions_product
from server.questions.periods import months_in, weeks_in
from server.translations import Translator, msgid
from server.views.labels import LIFECYCLES, said
from server.views.opportunity_form import pipeline_name
from server.views.reader import Reader

SEEN: Final = each_text(col(Visit.competitors)).table_valued("value", joins_implicitly=True, name="seen")
TALKED: Final = each_text(col(Visit.product_ids)).table_valued("value", joins_implicitly=True, name="talked")


class Rep(Dimension):
    name, label = "rep", msgid("Rep")

    def column(self, asking: Asking, measure: Measure, span: Span) -> Any:
        rep = measure.subject.rep
        return func.coalesce(rep, "") if rep.expression.nullable else rep

    def said(self, asking: Asking, keys: Iterable[str]) -> Mapping[str, str]:
        asking.learn_names(keys)
        return asking.names

    def choices(self, asking: Asking) -> Sequence[tuple[str, str]]:
        return [(rep.id, rep.name) for rep in asking.reps]

    def none(self, asking: Asking) -> str:
        return asking.reader.t("Nobody")


class InTerritory(Rep):
    name, label = "territory", msgid("Territory")

    def column(self, asking: Asking, measure: Measure, span: Span) -> Any:
        return func.coalesce(measure.subject.territory, "")

    def choices(self, asking: Asking) -> Sequence[tuple[str, str]]:
        return [(one.id, one.name) for one in asking.territories]

    def none(self, asking: Asking) -> str:
        return asking.reader.t("None")


class OfCustomer(Dimension):
    """A text column of the customer."""

    def __init__(self, name: str, label: str, column: Any) -> None:
        self.name, self.label, self._column = name, label, column

    def column(self, asking: Asking, measure: Measure, span: Span) -> Any:
        return func.coalesce(self._column, "")

    def choices(self, asking: Asking) -> Sequence[tuple[str, str]]:
        return [(value, value) for value in asking.values_of(self._column)]


class Lifecycle(OfCustomer):
    def said(self, asking: Asking, keys: Iterable[str]) -> Mapping[str, str]:
        return {key: said(asking.reader.t, LIFECYCLES, key) for key in keys}

    def order(self, asking: Asking, span: Span) -> Sequence[str]:
        return list(LIFECYCLES)

    def choices(self, asking: Asking) -> Sequence[tuple[str, str]]:
        return [(key, asking.reader.t(label)) for key, label in LIFECYCLES.items()]


class OfCustomField(OfCustomer):
    """A custom field of customers."""

    def __init__(self, field: CustomField) -> None:
        column = func.coalesce(col(Customer.custom)[field.id].as_string(), "")
        super().__init__(f"custom.{field.id}", field.name, column)
        self.field = field

    def title(self, t: Translator) -> str:
        return self.field.name

    def said(self, asking: Asking, keys: Iterable[str]) -> Mapping[str, str]:
        if self.field.kind != "yes_no":
            return {key: key for key in keys}
        t = asking.reader.t
        return {key: t("Yes") if key == "yes" else t("No") for key in keys}

    def choices(self, asking: Asking) -> Sequence[tuple[str, str]]:
        if self.field.kind == "yes_no":
            return list(self.said(asking, ("yes", "no")).items())
        return [(choice, choice) for choice in self.field.choices]


class AtStage(Dimension):
    name, label = "stage", msgid("Stage")

    def fits(self, measure: Measure) -> bool:
        """Open opportunities only: a closed one keeps nothing but its final stage."""
        return measure.subject.table is Opportunity and measure.is_now

    def column(self, asking: Asking, measure: Measure, span: Span) -> Any:
        return col(Opportunity.pipeline_id) + ":" + col(Opportunity.stage)

    def said(self, asking: Asking, keys: Iterable[str]) -> Mapping[str, str]:
        return dict(self._all(asking))

    def order(self, asking: Asking, span: Span) -> Sequence[str]:
        return [key for key, _ in self._all(asking)]

    def choices(self, asking: Asking) -> Sequence[tuple[str, str]]:
        return self._all(asking)

    def _all(self, asking: Asking) -> list[tuple[str, str]]:
        several = len(asking.company.pipelines) > 1
        return [
            (f"{pipeline.id}:{stage['key']}", _name(asking, pipeline, stage["key"], several))
            for pipeline in asking.company.pipelines
            for stage in pipeline.stages
            if stage["kind"] == "open"
        ]


def _name(asking: Asking, pipeline: Pipeline, key: str, several: bool) -> str:
    named = stage_name(asking.reader.t, pipeline.stages, key)
    return f"{pipeline_name(pipeline, asking.reader)}: {named}" if several else named


class Competitor(Dimension):
    """The competitor that an opportunity names; each competitor seen at a visit."""

    name, label = "competitor", msgid("Competitor")

    def fits(self, measure: Measure) -> bool:
        return measure.subject.table in (Opportunity, Visit)

    def overlaps(self, measure: Measure) -> bool:
        return measure.subject.table is Visit

    def column(self, asking: Asking, measure: Measure, span: Span) -> Any:
        if measure.subject.table is Visit:
            return cast(SEEN.c.value, String)
        return func.coalesce(col(Opportunity.competitor), "")

    def is_any_of(
        self, asking: Asking, measure: Measure, span: Span, values: Sequence[str]
    ) -> ColumnElement[bool]:
        return (
            mentions_competitor(values)
            if measure.subject.table is Visit
            else super().is_any_of(asking, measure, span, values)
        )


class OfProduct(Rep):
    """Each product of an order's lines, of an opportunity's quotes, or talked about at a visit."""

    name, label, needs_product_names = "product", msgid("Product"), True

    def fits(self, measure: Measure) -> bool:
        return measure.subject.table in (Order, Opportunity, Visit)

    def overlaps(self, measure: Measure) -> bool:
        return not measure.of_lines

    def column(self, asking: Asking, measure: Measure, span: Span) -> Any:
        if measure.subject.table is Order:
            return LINE_PRODUCT
        return cast((TALKED if measure.subject.table is Visit else QUOTED).c.value, String)

    def is_any_of(
        self, asking: Asking, measure: Measure, span: Span, values: Sequence[str]
    ) -> ColumnElement[bool]:
        """Of orders, the condition is on the lines that are counted, so that other products' lines are not."""
        if measure.subject.table is Visit:
            return mentions_product(values)
        if measure.subject.table is Opportunity:
            return was_quoted(values)
        chosen: ColumnElement[bool] = LINE_PRODUCT.in_(values)
        return chosen

    def choices(self, asking: Asking) -> Sequence[tuple[str, str]]:
        return [(one.id, one.name) for one in asking.company.products[:MOST_OFFERED]]

    def none(self, asking: Asking) -> str:
        return asking.reader.t("No product of the catalogue")


class Month(Dimension):
    name, label, is_time = "month", msgid("Month"), True

    def fits(self, measure: Measure) -> bool:
        return not measure.is_now or measure.subject.table is Opportunity

    def column(self, asking: Asking, measure: Measure, span: Span) -> Any:
        if measure.is_now:
            month = func.substr(cast(col(Opportunity.expected_close_on), String), 1, 7) + "-01"
            return func.coalesce(month, "")
        subject = measure.subject
        named = [
            (subject.begins(first, asking.reader), cast(literal(first.isoformat()), String))
            for first in self._firsts(span)
        ]
        return span_of(subject.happened_at, named)

    def spans(self, span: Span) -> Sequence[tuple[str, Span]]:
        firsts = self._firsts(span)
        lasts = [*(first - DAY for first in firsts[1:]), span.last]
        return [
            (first.isoformat(), Span(max(first, span.first), last))
            for first, last in zip(firsts, lasts, strict=True)
        ]

    def _firsts(self, span: Span) -> list[date]:
        return months_in(span)

    def said(self, asking: Asking, keys: Iterable[str]) -> Mapping[str, str]:
        return {key: self._title(day, asking.reader) for key in keys if (day := _day(key))}

    def _title(self, day: date, reader: Reader) -> str:
        return words.month(day, reader.locale)

    def order(self, asking: Asking, span: Span) -> Sequence[str]:
        return [first.isoformat() for first in self._firsts(span)]

    def none(self, asking: Asking) -> str:
        return asking.reader.t("No date")


class Week(Month):
    name, label = "week", msgid("Week")

    def fits(self, measure: Measure) -> bool:
        return not measure.is_now

    def _firsts(self, span: Span) -> list[date]:
        return weeks_in(span)

    def _title(self, day: date, reader: Reader) -> str:
        return words.short_date(day, reader.today, reader.locale)


def _day(key: str) -> date | None:
    """None if the key, which may come from an address, is no day."""
    try:
        return date.fromisoformat(key)
    except ValueError:
        return None


ALWAYS: Final[tuple[Dimension, ...]] = (
    Rep(),
    InTerritory(),
    OfCustomer("region", msgid("Region"), col(Customer.region)),
    OfCustomer("customer_type", msgid("Customer type"), col(Customer.customer_type)),
    Lifecycle("lifecycle", msgid("Lifecycle of the customer"), col(Customer.lifecycle)),
    AtStage(),
    Competitor(),
    OfProduct(),
    Month(),
    Week(),
)


def dimensions_of(asking: Asking, with_own: bool = True) -> dict[str, Dimension]:
    own = [OfCustomField(field) for field in asking.company.custom_fields.values()] if with_own else []
    return {dimension.name: dimension for dimension in (*ALWAYS, *own)}
