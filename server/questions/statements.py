"""Questions as SELECTs with the same columns whatever they ask, so that UNION ALL makes one statement of them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import BigInteger, String, and_, cast, literal, null, union_all
from sqlalchemy import select as sql_select
from sqlmodel import col

from server.days import Span
from server.models.product import Product
from server.questions.lines import of_lines, refers_to_lines
from server.questions.shared_sums import SharedSums, added, adds_up

if TYPE_CHECKING:
    from server.questions.answering import Question

MOST_GROUPS: Final = 20_000
MOST_GROUPED: Final = 200_000  # for measures whose first figures are grouped by
MOST_APART: Final = 12  # SELECTs for one question, one each month: preparing more costs more than it saves
FIGURES: Final = 4  # columns
NAMES: Final = -1  # the `number` of rows that name products, in place of a question's
KEYS: Final = ("key_1", "key_2")


def product_names() -> Any:
    """A SELECT of product names (key_1: id, key_2: name), for the same statement, so that Team needs no second one."""
    what = literal(NAMES).label("number"), literal(0).label("is_total")
    texts: list[Any] = [col(Product.id), col(Product.name), cast(literal(""), String)]
    named = [text.label(name) for text, name in zip(texts, (*KEYS, "in_currency"), strict=True)]
    numbers = [cast(null(), BigInteger).label(name) for name in names()]
    return sql_select(sql_select(*what, *named, *numbers).limit(MOST_GROUPS).subquery())


class Part(NamedTuple):
    """One SELECT: a question's groups or, with `is_total`, its total. `columns`: the keys and the currency."""

    question: "Question"
    number: int
    is_total: bool
    columns: dict[str, Any]
    figures: dict[str, Any]

    @property
    def selected(self) -> list[Any]:
        return [*self.columns.values(), *self.figures.values()]

    @property
    def lines(self) -> Any:
        """Which order lines it reads; parts that are equal in this share one reading. None: it reads no lines."""
        question = self.question
        if not any(refers_to_lines(one) for one in [*self.selected, *question.narrowed()]):
            return None
        is_by_time = any(question.dimensions[name].is_time for name in question.definition.only)
        return tuple(question.definition.only.items()), question.span if is_by_time else None

    @property
    def time(self) -> int | None:
        """The number of the key that is a time, if it is cheaper to count each of its spans by itself: an index finds
        the rows by their moment, and no customer needs to be looked up. Else None."""
        question = self.question
        is_near = question.measure.subject.is_by_moment and not question.looks_up_customers(self.selected)
        if self.is_total or len(question.by) == 1 or not is_near:
            return None
        found = next((number for number, one in enumerate(question.by) if one.is_time), None)
        is_few = found is not None and len(question.by[found].spans(question.span)) <= MOST_APART
        return found if is_few else None


def part_of(question: "Question", number: int, is_total: bool) -> Part:
    columns = {} if is_total else dict(zip(KEYS, _keys(question), strict=False))
    apart = question.measure.unit_column()
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
    """Whether each group holds one product only."""
    by = () if is_total else question.definition.by
    return "product" in by or len(question.definition.only.get("product", ())) == 1


def statements_of(parts: Sequence[Part]) -> list[Any]:
    """A SELECT for each part, in their order. Parts that add up the same order lines share one CTE."""
    together: dict[Any, list[Part]] = defaultdict(list)
    for part in parts:
        if part.lines is not None and adds_up([*part.figures.values()]):
            together[part.lines].append(part)
    found: dict[tuple[int, bool], Any] = {}
    for number, some in enumerate(together.values()):
        if len(some) > 1:
            found |= _with_shared_sums(f"lines_{number}", some)
    return [
        found[key] if (key := (part.number, part.is_total)) in found else _statement(part) for part in parts
    ]


def _with_shared_sums(name: str, parts: Sequence[Part]) -> dict[tuple[int, bool], Any]:
    """Parts that read the same order lines, by (number, is_total). `name`: of their CTE."""
    first, spans, sums = parts[0].question, [part.question.span for part in parts], SharedSums()
    span = Span(min(one.first for one in spans), max(one.last for one in spans))
    asked = [
        (
            part,
            sums.span(of_lines(and_(*part.question.own()))),
            {key: sums.key(of_lines(one)) for key, one in part.columns.items()},
            {key: sums.sum(of_lines(one)) for key, one in part.figures.items()},
        )
        for part in parts
    ]
    found = sums.read(name, lambda query, selected: first.counted_lines(query, selected, first.within(span)))
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
        return _grouped(part, columns, figures, lambda query: question.counted(query, part.selected))
    columns, figures = ({key: of_lines(one) for key, one in some.items()} for some in (columns, figures))
    selected = [*columns.values(), *figures.values()]
    return _grouped(
        part, columns, figures, lambda query: question.counted_lines(query, selected, question.own())
    )


def _span_by_span(part: Part, time: int) -> Any:
    """A SELECT for each month, put together: SQLite sorts all that it groups, and twelve small sorts with one key less
    are faster than one of a million rows."""
    each = []
    for key, span in part.question.by[time].spans(part.question.span):
        within = replace(part.question, between=span)
        of_it = {**part.columns, KEYS[time]: cast(literal(key), String)}
        query = within.counted(_selected(part, of_it, part.figures), part.selected)
        each.append(query.group_by(*(name for name in part.columns if name != KEYS[time])))
    return _cut(part, sql_select(union_all(*each).subquery()))


def _grouped(part: Part, columns: Mapping[str, Any], figures: Mapping[str, Any], add_from: Any) -> Any:
    """`add_from`: adds FROM, joins and conditions to a query."""
    query = add_from(_selected(part, columns, figures))
    if grouped := [*columns, *list(figures)[: part.question.measure.grouped]]:
        query = query.group_by(*grouped)
    return _cut(part, query)


def _selected(part: Part, columns: Mapping[str, Any], figures: Mapping[str, Any]) -> Any:
    """The query with the columns that all parts have; those that this one does not need are empty."""
    texts = [columns.get(name, cast(literal(""), String)).label(name) for name in (*KEYS, "in_currency")]
    numbers = [figures.get(name, cast(null(), BigInteger)).label(name) for name in names()]
    which = literal(part.number).label("number"), literal(int(part.is_total)).label("is_total")
    return sql_select(*which, *texts, *numbers)


def _cut(part: Part, query: Any) -> Any:
    """The greatest groups, and one more than are shown, which tells that others were cut."""
    measure = part.question.measure
    greatest = measure.sort_keys(
        [query.selected_columns[name] for name in [*part.figures][measure.grouped :]]
    )
    in_order = query.order_by(*(one.desc() for one in greatest))
    return sql_select(in_order.limit(most_groups(part.question) + 1).subquery())


def most_groups(question: "Question") -> int:
    return MOST_GROUPED if question.measure.grouped else MOST_GROUPS


def names() -> list[str]:
    return [f"figure_{number}" for number in range(FIGURES)]


def _keys(question: "Question") -> list[Any]:
    return [dimension.column(question.asking, question.measure, question.span) for dimension in question.by]
