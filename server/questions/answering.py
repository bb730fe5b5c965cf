"""Answers questions: any number of them with one statement. Every statement is limited to what the reader may see,
whoever made the question."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

from sqlalchemy import Row, union_all
from sqlmodel import col

from server.days import Span
from server.models.customer import Customer
from server.models.order import Order
from server.models.order_line import ORDER_LINES
from server.models.product import Product
from server.models.user import User
from server.questions.asking import Asking
from server.questions.definition import Definition
from server.questions.dimension import Dimension
from server.questions.lines import IS_PRODUCT, of_lines, refers_to, refers_to_lines
from server.questions.measures import MEASURES, Measure
from server.questions.periods import span_of
from server.questions.statements import FIGURES, NAMES, most_groups, part_of, product_names, statements_of

MOST_AT_ONCE: Final = 200  # SQLite takes 500

Keys = tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """A definition with the objects that it names. `measured` and `between` replace the definition's measure and period
    with ones that users cannot choose. `currency`: limits the rows behind the number, not the number."""

    asking: Asking
    definition: Definition
    dimensions: Mapping[str, Dimension]
    measured: Measure | None = None
    between: Span | None = None
    currency: str = ""

    @property
    def measure(self) -> Measure:
        return self.measured or MEASURES[self.definition.measure]

    @property
    def by(self) -> list[Dimension]:
        return [self.dimensions[name] for name in self.definition.by]

    @cached_property
    def span(self) -> Span:
        return self.between or span_of(self.definition.period, self.asking.reader.today)

    def conditions(self) -> list[Any]:
        return [*self.standing(), *self.narrowed(), *self.own()]

    def standing(self) -> list[Any]:
        """Rows that the reader may see and that count at all: not withdrawn, corrected or deleted."""
        sees = self.asking.leads if self.measure.subject.table is User else self.asking.sees
        return [sees, *self.measure.subject.standing]

    def narrowed(self) -> list[Any]:
        """The filters of the definition."""
        return [
            self.dimensions[name].is_any_of(self.asking, self.measure, self.span, values)
            for name, values in self.definition.only.items()
        ]

    def own(self) -> list[Any]:
        """The measure's own conditions and, unless it is as of now, the period."""
        asked = list(self.measure.where(self.asking))
        return asked if self.measure.is_now else [*asked, *self.within(self.span)]

    def within(self, span: Span) -> Sequence[Any]:
        return self.measure.subject.within(span, self.asking.reader)

    def from_tables(self, query: Any) -> Any:
        """`query` with its FROM and joins, for `conditions()`."""
        table = self.measure.subject.table
        if table in (Customer, User):
            return query.select_from(table)
        found = query.select_from(table).join(Customer, col(Customer.id) == col(table.customer_id))
        if table is Order and any(refers_to_lines(one) for one in self.narrowed()):
            return found.join(ORDER_LINES, ORDER_LINES.c.order_id == col(Order.id))
        return found

    def counted(self, query: Any, selected: Sequence[Any]) -> Any:
        """`query` with its FROM, joins and conditions. `selected`: the expressions that it selects."""
        table = self.measure.subject.table
        if table in (Customer, User):
            return self.from_tables(query).where(*self.conditions())
        return self._among(table, col(table.customer_id), query, selected, self._asked())

    def counted_lines(self, query: Any, selected: Sequence[Any], within: Sequence[Any]) -> Any:
        """As `counted`, over order lines instead of orders. Withdrawn orders have no rows there. `within`: the
        conditions on the period."""
        asked = [of_lines(one) for one in (*self.narrowed(), *within)]
        return self._among(ORDER_LINES, ORDER_LINES.c.customer_id, query, selected, asked)

    def looks_up_customers(self, selected: Sequence[Any]) -> bool:
        return not self.asking.sees_all or _refer_to_customers([*selected, *self._asked()])

    def _asked(self) -> list[Any]:
        return [*self.measure.subject.standing, *self.narrowed(), *self.own()]

    def _among(
        self, table: Any, customer_id: Any, query: Any, selected: Sequence[Any], asked: Sequence[Any]
    ) -> Any:
        """Joins customers and products only where an expression refers to them, or the reader does not see all."""
        query = query.select_from(table)
        if self.asking.sees_all and not _refer_to_customers([*selected, *asked]):
            query = query.where(self.asking.is_there(customer_id), *asked)
        else:
            query = query.join(Customer, col(Customer.id) == customer_id).where(self.asking.sees, *asked)
        # The outer join comes last: SQLite does not reorder tables across it.
        is_of_products = any(refers_to(str(Product.__tablename__), one) for one in selected)
        return query.outerjoin(Product, IS_PRODUCT) if is_of_products else query


def _refer_to_customers(expressions: Sequence[Any]) -> bool:
    return any(refers_to(str(Customer.__tablename__), one) for one in expressions)


@dataclass(frozen=True)
class Answer:
    """`cells`: the values, by currency, then by the keys of the group. `totals`: by currency. Quantities have a unit in
    place of the currency; other measures have "". Money is in cents."""

    question: Question
    cells: Mapping[str, Mapping[Keys, int]]
    totals: Mapping[str, int]
    is_cut: bool  # there were more groups than most_groups()
    has_greatest: bool  # `cells` holds the greatest groups, even if others were cut
    left_out: Mapping[str, tuple[int, int]]  # by currency: how many rows cannot be counted, of how many

    @property
    def currencies(self) -> list[str]:
        return sorted(self.totals)


def answers(asking: Asking, questions: Sequence[Question], *, with_totals: bool = True) -> list[Answer]:
    """With one statement, and a second one where groups were cut and a total must be counted by itself. Without
    `with_totals`, totals that are not the sum of their groups are left empty."""
    if not questions:
        return []
    asked = [
        (number, is_total)
        for number, question in enumerate(questions)
        for is_total in (False, True)
        if (with_totals and _needs_own_total(question) if is_total else question.by)
    ]
    rows = _rows(asking, questions, asked)
    asking.names |= {row.key_1: row.key_2 for row in rows.pop((NAMES, False), ())}
    cut = [
        (number, True)
        for number, question in enumerate(questions)
        if len(rows[number, False]) > most_groups(question) and not _needs_own_total(question)
    ]
    rows |= _rows(asking, questions, cut) if cut else {}
    found = [_answer(one, rows[number, False], rows[number, True]) for number, one in enumerate(questions)]
    return [
        one if with_totals or not _needs_own_total(one.question) else replace(one, totals={}) for one in found
    ]


def _needs_own_total(question: Question) -> bool:
    """Whether its total is not the sum of its groups: a customer met by two reps is one customer."""
    measure = question.measure
    return not question.by or not measure.adds_up or any(one.overlaps(measure) for one in question.by)


def _rows(
    asking: Asking, questions: Sequence[Question], asked: Sequence[tuple[int, bool]]
) -> dict[tuple[int, bool], list[Row[Any]]]:
    statements = statements_of([part_of(questions[number], number, is_total) for number, is_total in asked])
    if any(one.needs_product_names for question in questions for one in question.by):
        statements.append(product_names())
    made = union_all(*statements)
    rows: dict[tuple[int, bool], list[Row[Any]]] = defaultdict(list)
    for row in asking.session.connection().execute(made).all():
        rows[row.number, bool(row.is_total)].append(row)
    return rows


def totals_of(asking: Asking, questions: Sequence[Question]) -> list[int]:
    """The total of each question, 0 where it has no value. For measures without a currency or unit."""
    if not questions:
        return []
    asked = statements_of([part_of(question, number, True) for number, question in enumerate(questions)])
    rows: dict[int, list[list[int]]] = defaultdict(list)
    for start in range(0, len(asked), MOST_AT_ONCE):
        some = union_all(*asked[start : start + MOST_AT_ONCE])
        for row in asking.session.connection().execute(some).all():
            rows[row.number].append(_figures(row))
    return [one.measure.value(rows[number]) or 0 for number, one in enumerate(questions)]


def _answer(question: Question, rows: Sequence[Row[Any]], totals: Sequence[Row[Any]]) -> Answer:
    measure, depth, most = question.measure, len(question.by), most_groups(question)
    gathered: dict[tuple[str, Keys], list[list[int]]] = defaultdict(list)
    for row in rows[:most]:
        gathered[row.in_currency, tuple(row[2 : 2 + depth])].append(_figures(row))
    cells: dict[str, dict[Keys, int]] = defaultdict(dict)
    for (currency, keys), figures in gathered.items():
        told = measure.value(figures)
        if told is not None:
            cells[currency][keys] = told
    by_currency: dict[str, list[list[int]]] = defaultdict(list)
    for row in totals or rows:
        by_currency[row.in_currency].append(_figures(row))
    whole = {currency: measure.value(figures) for currency, figures in by_currency.items()}
    left_out = {currency: measure.left_out(figures) for currency, figures in sorted(by_currency.items())}
    is_cut = len(rows) > most
    return Answer(
        question,
        cells,
        {currency: told for currency, told in whole.items() if told is not None},
        is_cut,
        has_greatest=not is_cut or (depth == 1 and measure.is_sum),
        left_out={currency: few for currency, few in left_out.items() if few[0]},
    )


def _figures(row: Row[Any]) -> list[int]:
    return [int(figure or 0) for figure in row[-FIGURES:]]
