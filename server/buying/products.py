"""Which products are ordered less than usual, and which sell in one region only. Questions answer both, so that each
figure is one that a reader can ask for and has a list."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from server.days import DAY, Span
from server.questions.answering import Answer, Question
from server.questions.asking import Asking
from server.questions.definition import Definition
from server.questions.dimension import Dimension

LATELY_DAYS: Final = 90
USUAL_SPANS: Final = 4  # spans of LATELY_DAYS before that one, whose mean is what is usual
FEWEST: Final = 3  # orders in those spans; with fewer, no quantity is usual
SLOWS_AT: Final = 25  # percent less than usual


class Slowing(NamedTuple):
    product: str
    unit: str
    lately: int  # the quantity in the latest LATELY_DAYS
    before: int  # the quantity in all USUAL_SPANS together
    percent: int  # how much less `lately` is than usual

    @property
    def usual(self) -> int:
        """The mean quantity of the spans before, rounded."""
        return (2 * self.before + USUAL_SPANS) // (2 * USUAL_SPANS)


def spans(asking: Asking) -> tuple[Span, Span]:
    """The latest LATELY_DAYS, and the days of all USUAL_SPANS before them."""
    today = asking.reader.today
    first = today - (LATELY_DAYS - 1) * DAY
    return Span(first, today), Span(first - USUAL_SPANS * LATELY_DAYS * DAY, first - DAY)


def questions(
    asking: Asking, dimensions: Mapping[str, Dimension], only: Mapping[str, tuple[str, ...]]
) -> list[Question]:
    """Quantities by product lately, quantities before, orders before; then amounts and orders by product and region."""
    lately, before = spans(asking)

    def question(measure: str, by: tuple[str, ...], between: Span | None = None) -> Question:
        return Question(asking, Definition(measure, by, "twelve_months", only), dimensions, between=between)

    return [
        question("quantity", ("product",), lately),
        question("quantity", ("product",), before),
        question("orders", ("product",), before),
        question("order_amount", ("product", "region")),
        question("orders", ("product", "region")),
    ]


def slowing(lately: Answer, before: Answer, often: Answer) -> list[Slowing]:
    """Products of the catalogue, those that fell most first; one that is ordered in two units is judged in each."""
    found = []
    for unit, cells in before.cells.items():
        for (product,), in_spans in cells.items():
            now = lately.cells.get(unit, {}).get((product,), 0)
            fallen = 100 - -(-100 * USUAL_SPANS * now // in_spans) if in_spans else 0
            if product and fallen >= SLOWS_AT and often.cells.get("", {}).get((product,), 0) >= FEWEST:
                found.append(Slowing(product, unit, now, in_spans, fallen))
    return sorted(found, key=lambda one: (-one.percent, -one.before, one.product, one.unit))


def in_one_region(by_region: Answer) -> Sequence[tuple[str, str, int]]:
    """Each product that sells in one region only: product, region and number of orders, the most ordered first. None
    where all orders are from the same region."""
    cells = by_region.cells.get("", {})
    regions: dict[str, set[str]] = {}
    for product, region in cells:
        regions.setdefault(product, set()).add(region)
    if len({region for found in regions.values() for region in found}) < 2:
        return []
    alone = [
        (product, next(iter(found)), cells[product, next(iter(found))])
        for product, found in regions.items()
        if product and len(found) == 1
    ]
    return sorted(alone, key=lambda one: (-one[2], one[0]))


def orders_of(question: Question, product: str, between: Span) -> Question:
    """The question whose list is behind a product's quantity."""
    return replace(question, definition=question.definition.narrowed(product=product), between=between)
