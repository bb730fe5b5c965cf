"""From a definition to one statement, and from its rows to an answer. Every statement begins with what the reader may
see: who made the question does not matter."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, NamedTuple

from sqlalchemy import BigInteger, Row, String, cast, literal, null, union_all
from sqlalchemy import select as sql_select
from sqlmodel import col

from server.models.customer import Customer
from server.models.product import Product
from server.models.user import User
from server.questions.asking import Asking
from server.questions.definition import Definition
from server.questions.dimension import Dimension
from server.questions.measures import MEASURES, Measure
from server.questions.periods import span_of
from server.questions.read_once import Lines, speaks_of, speaks_of_lines
from server.questions.read_once import read as read_lines
from server.views.activity import Span

MOST_GROUPS: Final = 20_000
MOST_GROUPED: Final = 200_000  # of those from which a middle is taken here
FIGURES: Final = 3
MOST_AT_ONCE: Final = 200  # SQLite takes 500
NAMES: Final = -1  # in the place of a question's number
KEYS: Final = ("key_1", "key_2")

Keys = tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """A definition with what it names at hand. `measured`: by what, where it is none of those that can be asked for;
    `between`: the same of its days."""

    asking: Asking
    definition: Definition
    dimensions: Mapping[str, Dimension]
    measured: Measure | None = None
    between: Span | None = None

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
        sees = self.asking.leads if self.measure.subject.table is User else self.asking.sees
        return [sees, *self.measure.subject.standing]

    def narrowed(self) -> list[Any]:
        return [
            self.dimensions[name].holds(self.asking, self.measure, self.span, values)
            for name, values in self.definition.only.items()
        ]

    def own(self) -> list[Any]:
        """What its measure asks for, and when."""
        asked = list(self.measure.where(self.asking))
        return asked if self.measure.is_now else [*asked, *self.within(self.span)]

    def within(self, span: Span) -> Sequence[Any]:
        return self.measure.subject.within(span, self.asking.reader)

    def from_there(self, query: Any) -> Any:
        table = self.measure.subject.table
        if table in (Customer, User):
            return query.select_from(table)
        return query.select_from(table).join(Customer, col(Customer.id) == col(table.customer_id))

    def counted(self, query: Any, spoken_of: Sequence[Any]) -> Any:
        """`spoken_of`: all that the query asks for. Where that is nothing of customers, none is looked up."""
        table, asked = (
            self.measure.subject.table,
            [*self.measure.subject.standing, *self.narrowed(), *self.own()],
        )
        if table not in (Customer, User) and not any(
            speaks_of(Customer, one) for one in [*spoken_of, *asked]
        ):
            sees = self.asking.sees_by_id(col(table.customer_id))
            if sees is not None:
                return query.select_from(table).where(sees, *asked)
        return self.from_there(query).where(*self.conditions())


@dataclass(frozen=True)
class Answer:
    """`cells`: by currency, then by the keys of the group. `totals`: by currency. What is no money but has units that
    cannot be added has these in the place of currencies; where there are none, "" is all there is of them."""

    question: Question
    cells: Mapping[str, Mapping[Keys, int]]
    totals: Mapping[str, int]
    is_cut: bool
    has_greatest: bool  # of what was cut, those that are there are the greatest

    @property
    def currencies(self) -> list[str]:
        return sorted(self.totals)


def answers(asking: Asking, questions: Sequence[Question], *, with_wholes: bool = True) -> list[Answer]:
    """However many are asked: one statement. `with_wholes`: also totals of what is more, or less, than its groups."""
    if not questions:
        return []
    asked = [
        (number, is_total)
        for number, question in enumerate(questions)
        for is_total in (False, True)
        if (with_wholes and _needs_whole(question) if is_total else question.by)
    ]
    rows = _rows(asking, questions, asked)
    asking.names |= {row.key_1: row.key_2 for row in rows.pop((NAMES, False), ())}
    cut = [
        (number, True)
        for number, question in enumerate(questions)
        if len(rows[number, False]) > _most(question) and not _needs_whole(question)
    ]
    rows |= _rows(asking, questions, cut) if cut else {}
    found = [_answer(one, rows[number, False], rows[number, True]) for number, one in enumerate(questions)]
    return [
        one if with_wholes or not _needs_whole(one.question) else replace(one, totals={}) for one in found
    ]


def _needs_whole(question: Question) -> bool:
    """Whether the total is more, or less, than its groups together: who was met by two reps is one customer."""
    measure = question.measure
    return not question.by or not measure.adds_up or any(one.multiplies(measure) for one in question.by)


def _rows(
    asking: Asking, questions: Sequence[Question], asked: Sequence[tuple[int, bool]]
) -> dict[tuple[int, bool], list[Row[Any]]]:
    statements = _statements([_part(questions[number], number, is_total) for number, is_total in asked])
    if any(one.named_along for question in questions for one in question.by):
        statements.append(_product_names())
    made = union_all(*statements)
    rows: dict[tuple[int, bool], list[Row[Any]]] = defaultdict(list)
    for row in asking.session.connection().execute(made).all():
        rows[row.number, bool(row.is_total)].append(row)
    return rows


def _product_names() -> Any:
    """In the same statement, so that Team takes no other one for them."""
    what = literal(NAMES).label("number"), literal(0).label("is_total")
    texts: list[Any] = [col(Product.id), col(Product.name), cast(literal(""), String)]
    named = [text.label(name) for text, name in zip(texts, (*KEYS, "in_currency"), strict=True)]
    numbers = [cast(null(), BigInteger).label(name) for name in _names()]
    return sql_select(sql_select(*what, *named, *numbers).limit(MOST_GROUPS).subquery())


def wholes(asking: Asking, questions: Sequence[Question]) -> list[int]:
    """The number that each comes to, of questions that are not about money."""
    if not questions:
        return []
    asked = _statements([_part(question, number, True) for number, question in enumerate(questions)])
    rows: dict[int, list[list[int]]] = defaultdict(list)
    for start in range(0, len(asked), MOST_AT_ONCE):
        some = union_all(*asked[start : start + MOST_AT_ONCE])
        for row in asking.session.connection().execute(some).all():
            rows[row.number].append(_figures(row))
    return [one.measure.told(rows[number]) or 0 for number, one in enumerate(questions)]


class Part(NamedTuple):
    """Of a statement: what a question asks for, by its groups or as a whole."""

    question: Question
    number: int
    is_total: bool
    columns: dict[str, Any]
    figures: dict[str, Any]

    @property
    def spoken_of(self) -> list[Any]:
        return [*self.columns.values(), *self.figures.values()]

    @property
    def lines(self) -> Any:
        """Whose lines of orders: those that ask for the same read them together. None: it does not speak of lines."""
        question = self.question
        if not any(speaks_of_lines(one) for one in [*self.spoken_of, *question.narrowed()]):
            return None
        is_by_time = any(question.dimensions[name].is_time for name in question.definition.only)
        return tuple(question.definition.only.items()), question.span if is_by_time else None


def _part(question: Question, number: int, is_total: bool) -> Part:
    columns = {} if is_total else dict(zip(KEYS, _keys(question), strict=False))
    apart = question.measure.apart()
    if apart is not None:
        columns["in_currency"] = apart
    figures = dict(zip(_names(), question.measure.figures(question.asking), strict=False))
    return Part(question, number, is_total, columns, figures)


def _statements(parts: Sequence[Part]) -> list[Any]:
    together: dict[Any, list[Part]] = defaultdict(list)
    for part in parts:
        if part.lines is not None:
            together[part.lines].append(part)
    read = {whose: _lines(f"lines_{number}", some) for number, (whose, some) in enumerate(together.items())}
    return [_statement(part, read.get(part.lines)) for part in parts]


def _lines(name: str, parts: Sequence[Part]) -> Lines:
    first, spans = parts[0].question, [part.question.span for part in parts]
    span = Span(min(one.first for one in spans), max(one.last for one in spans))
    conditions = [*first.standing(), *first.narrowed(), *first.within(span)]
    spoken_of = [one for part in parts for one in (*part.spoken_of, *part.question.own())]
    return read_lines(name, spoken_of, conditions)


def _statement(part: Part, lines: Lines | None) -> Any:
    """Of the same columns, whatever is asked."""
    question, measure, columns, figures = part.question, part.question.measure, part.columns, part.figures
    if lines is not None:
        columns, figures = (
            {name: lines.of(one) for name, one in some.items()} for some in (columns, figures)
        )
    grouped = [*columns, *list(figures)[: measure.grouped]]
    texts = [columns.get(name, cast(literal(""), String)).label(name) for name in (*KEYS, "in_currency")]
    numbers = [figures.get(name, cast(null(), BigInteger)).label(name) for name in _names()]
    which = literal(part.number).label("number"), literal(int(part.is_total)).label("is_total")
    query: Any = sql_select(*which, *texts, *numbers)
    if lines is not None:
        query = query.select_from(lines.found).where(*(lines.of(one) for one in question.own()))
    else:
        query = question.counted(query, part.spoken_of)
    if grouped:
        query = query.group_by(*grouped)
    order = [query.selected_columns[name].desc() for name in list(figures)[measure.grouped :]]
    return sql_select(query.order_by(*order).limit(_most(question) + 1).subquery())


def _most(question: Question) -> int:
    return MOST_GROUPED if question.measure.grouped else MOST_GROUPS


def _names() -> list[str]:
    return [f"figure_{number}" for number in range(FIGURES)]


def _keys(question: Question) -> list[Any]:
    return [dimension.column(question.asking, question.measure, question.span) for dimension in question.by]


def _answer(question: Question, rows: Sequence[Row[Any]], totals: Sequence[Row[Any]]) -> Answer:
    measure, depth, most = question.measure, len(question.by), _most(question)
    gathered: dict[tuple[str, Keys], list[list[int]]] = defaultdict(list)
    for row in rows[:most]:
        gathered[row.in_currency, tuple(row[2 : 2 + depth])].append(_figures(row))
    cells: dict[str, dict[Keys, int]] = defaultdict(dict)
    for (currency, keys), figures in gathered.items():
        told = measure.told(figures)
        if told is not None:
            cells[currency][keys] = told
    by_currency: dict[str, list[list[int]]] = defaultdict(list)
    for row in totals or rows:
        by_currency[row.in_currency].append(_figures(row))
    whole = {currency: measure.told(figures) for currency, figures in by_currency.items()}
    is_cut = len(rows) > most
    return Answer(
        question,
        cells,
        {currency: told for currency, told in whole.items() if told is not None},
        is_cut,
        has_greatest=not is_cut or (depth == 1 and measure.is_sum),
    )


def _figures(row: Row[Any]) -> list[int]:
    return [int(figure or 0) for figure in row[-FIGURES:]]
