"""A question as SQL: of the same columns whatever it asks, so that any number of them is one statement."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import BigInteger, String, and_, cast, literal, null, union_all
from sqlalchemy import select as sql_select
from sqlmodel import col

from server.models.product import Product
from server.questions.lines import of_lines, speaks_of_lines
from server.questions.together import Together, added, adds_up
from server.views.activity import Span

if TYPE_CHECKING:
    from server.questions.answering import Question

MOST_GROUPS: Final = 20_000
MOST_GROUPED: Final = 200_000  # of those from which a middle is taken here
MOST_APART: Final = 12  # months: to say each takes longer than to count it where there are a few hundred rows
FIGURES: Final = 4
NAMES: Final = -1  # in the place of a question's number
KEYS: Final = ("key_1", "key_2")


def product_names() -> Any:
    """In the same statement, so that Team takes no other one for them."""
    what = literal(NAMES).label("number"), literal(0).label("is_total")
    texts: list[Any] = [col(Product.id), col(Product.name), cast(literal(""), String)]
    named = [text.label(name) for text, name in zip(texts, (*KEYS, "in_currency"), strict=True)]
    numbers = [cast(null(), BigInteger).label(name) for name in names()]
    return sql_select(sql_select(*what, *named, *numbers).limit(MOST_GROUPS).subquery())


class Part(NamedTuple):
    """Of a statement: what a question asks for, by its groups or as a whole."""

    question: "Question"
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

    @property
    def time(self) -> int | None:
        """Which of its keys is a time, where what lies in a span of it is found without looking at anything else."""
        question = self.question
        is_near = question.measure.subject.is_by_moment and not question.looks_up_customers(self.spoken_of)
        if self.is_total or len(question.by) == 1 or not is_near:
            return None
        found = next((number for number, one in enumerate(question.by) if one.is_time), None)
        is_few = found is not None and len(question.by[found].spans(question.span)) <= MOST_APART
        return found if is_few else None


def part_of(question: "Question", number: int, is_total: bool) -> Part:
    columns = {} if is_total else dict(zip(KEYS, _keys(question), strict=False))
    apart = question.measure.apart()
    if apart is not None:
        columns["in_currency"] = apart
    told = (
        question.measure.figures_of_product
        if _is_of_product(question, is_total)
        else question.measure.figures
    )
    figures = dict(zip(names(), told(question.asking), strict=False))
    return Part(question, number, is_total, columns, figures)


def _is_of_product(question: "Question", is_total: bool) -> bool:
    """Whether all that is in one group is of one product."""
    by = () if is_total else question.definition.by
    return "product" in by or len(question.definition.only.get("product", ())) == 1


def statements_of(parts: Sequence[Part]) -> list[Any]:
    together: dict[Any, list[Part]] = defaultdict(list)
    for part in parts:
        if part.lines is not None and adds_up([*part.figures.values()]):
            together[part.lines].append(part)
    found: dict[tuple[int, bool], Any] = {}
    for number, some in enumerate(together.values()):
        if len(some) > 1:
            found |= _together(f"lines_{number}", some)
    return [
        found[key] if (key := (part.number, part.is_total)) in found else _statement(part) for part in parts
    ]


def _together(name: str, parts: Sequence[Part]) -> dict[tuple[int, bool], Any]:
    first, spans, all_of_it = parts[0].question, [part.question.span for part in parts], Together()
    span = Span(min(one.first for one in spans), max(one.last for one in spans))
    asked = [
        (
            part,
            all_of_it.span(of_lines(and_(*part.question.own()))),
            {key: all_of_it.key(of_lines(one)) for key, one in part.columns.items()},
            {key: all_of_it.sum(of_lines(one)) for key, one in part.figures.items()},
        )
        for part in parts
    ]
    found = all_of_it.read(
        name, lambda query, spoken_of: first.counted_lines(query, spoken_of, first.within(span))
    )
    return {
        (part.number, part.is_total): _grouped(
            part,
            {key: found.c[column] for key, column in columns.items()},
            {key: added(found, column) for key, column in figures.items()},
            lambda query, within=within: query.select_from(found).where(found.c[within] == 1),
        )
        for part, within, columns, figures in asked
    }


def _statement(part: Part) -> Any:
    question, columns, figures = part.question, part.columns, part.figures
    if part.lines is None:
        time = part.time
        if time is not None:
            return _span_by_span(part, time)
        return _grouped(part, columns, figures, lambda query: question.counted(query, part.spoken_of))
    columns, figures = ({key: of_lines(one) for key, one in some.items()} for some in (columns, figures))
    spoken_of = [*columns.values(), *figures.values()]
    return _grouped(
        part, columns, figures, lambda query: question.counted_lines(query, spoken_of, question.own())
    )


def _span_by_span(part: Part, time: int) -> Any:
    """Each month by itself: a million rows are sorted by whose they are alone, and few at a time."""
    each = []
    for key, span in part.question.by[time].spans(part.question.span):
        within = replace(part.question, between=span)
        of_it = {**part.columns, KEYS[time]: cast(literal(key), String)}
        query = within.counted(_selected(part, of_it, part.figures), part.spoken_of)
        each.append(query.group_by(*(name for name in part.columns if name != KEYS[time])))
    return _cut(part, sql_select(union_all(*each).subquery()))


def _grouped(part: Part, columns: Mapping[str, Any], figures: Mapping[str, Any], from_there: Any) -> Any:
    """`from_there`: what it is selected from, and which of it."""
    query = from_there(_selected(part, columns, figures))
    if grouped := [*columns, *list(figures)[: part.question.measure.grouped]]:
        query = query.group_by(*grouped)
    return _cut(part, query)


def _selected(part: Part, columns: Mapping[str, Any], figures: Mapping[str, Any]) -> Any:
    """The same columns, whatever is asked."""
    texts = [columns.get(name, cast(literal(""), String)).label(name) for name in (*KEYS, "in_currency")]
    numbers = [figures.get(name, cast(null(), BigInteger)).label(name) for name in names()]
    which = literal(part.number).label("number"), literal(int(part.is_total)).label("is_total")
    return sql_select(*which, *texts, *numbers)


def _cut(part: Part, query: Any) -> Any:
    measure = part.question.measure
    greatest = measure.greatest([query.selected_columns[name] for name in [*part.figures][measure.grouped :]])
    in_order = query.order_by(*(one.desc() for one in greatest))
    return sql_select(in_order.limit(most_groups(part.question) + 1).subquery())


def most_groups(question: "Question") -> int:
    return MOST_GROUPED if question.measure.grouped else MOST_GROUPS


def names() -> list[str]:
    return [f"figure_{number}" for number in range(FIGURES)]


def _keys(question: "Question") -> list[Any]:
    return [dimension.column(question.asking, question.measure, question.span) for dimension in question.by]
