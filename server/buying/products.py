"""Which products are ordered less than usual, and which of them sell in one region only: as questions, so that each
figure is that of a question of one's own and has its list."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final, NamedTuple

from server.questions.answering import Answer, Question
from server.questions.asking import Asking
from server.questions.definition import Definition
from server.questions.dimension import Dimension
from server.views.activity import Span

LATELY_DAYS: Final = 90
USUAL_SPANS: Final = 4  # of as many days before
FEWEST: Final = 3  # orders in those: before that nothing is usual
SLOWS_AT: Final = 25  # percent less


class Slowing(NamedTuple):
    product: str
    unit: str
    lately: int
    usually: int  # in as many days, of USUAL_SPANS: what they were together
    percent: int  # less

    @property
    def usual(self) -> int:
        return (2 * self.usually + USUAL_SPANS) // (2 * USUAL_SPANS)


def spans(asking: Asking) -> tuple[Span, Span]:
    """The latest, and all that it is measured against."""
    today = asking.reader.today
    first = today - timedelta(days=LATELY_DAYS - 1)
    before = first - timedelta(days=1)
    return Span(first, today), Span(first - timedelta(days=USUAL_SPANS * LATELY_DAYS), before)


def questions(
    asking: Asking, dimensions: Mapping[str, Dimension], only: Mapping[str, tuple[str, ...]]
) -> list[Question]:
    """Quantities of late, before, how often before; the matrix by amount, and by number."""
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
    """Those of the catalogue, by each unit; what fell most comes first."""
    found = []
    for unit, cells in before.cells.items():
        for (product,), usually in cells.items():
            now = lately.cells.get(unit, {}).get((product,), 0)
            fallen = 100 - -(-100 * USUAL_SPANS * now // usually) if usually else 0
            if product and fallen >= SLOWS_AT and often.cells.get("", {}).get((product,), 0) >= FEWEST:
                found.append(Slowing(product, unit, now, usually, fallen))
    return sorted(found, key=lambda one: (-one.percent, -one.usually, one.product, one.unit))


def in_one_region(by_region: Answer) -> Sequence[tuple[str, str, int]]:
    """Product, region and its orders, where others sell in more; the most ordered first."""
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
    """What is behind a quantity."""
    return replace(question, definition=question.definition.narrowed(product=product), between=between)
