"""The lines of orders, taken out of their JSON once for all that a statement asks of them: that takes longest."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import CTE, ColumnClause, and_
from sqlalchemy import select as sql_select
from sqlalchemy.sql import visitors
from sqlmodel import col

from server.models.customer import Customer
from server.models.order import Order
from server.questions.lines import PARTS

TABLES: Final = (Order.__tablename__, Customer.__tablename__)


@dataclass(frozen=True)
class Lines:
    """`found`: the rows of a statement, with the columns that were named in it."""

    found: CTE

    def of(self, expression: Any) -> Any:
        """The same, said of what was read."""
        return visitors.replacement_traverse(_plain(expression), {}, self._column)

    def _column(self, element: Any, **_: Any) -> Any:
        name = _name_of(element)
        return None if name is None else self.found.c[name]


def read(name: str, spoken_of: Iterable[Any], conditions: Sequence[Any]) -> Lines:
    """`spoken_of`: all expressions that will be asked for. `conditions`: of all that is read."""
    named: dict[str, Any] = {}
    for expression in spoken_of:
        _collect(_plain(expression), named)
    query: Any = sql_select(*(element.label(key) for key, element in named.items()))
    query = query.select_from(Order).join(Customer, col(Customer.id) == col(Order.customer_id))
    return Lines(query.where(and_(*conditions)).cte(name).prefix_with("MATERIALIZED"))


def _plain(expression: Any) -> Any:
    """A column of a model is none of a statement yet."""
    return expression.__clause_element__() if hasattr(expression, "__clause_element__") else expression


def _collect(expression: Any, named: dict[str, Any]) -> None:
    name = _name_of(expression)
    if name is not None:
        named.setdefault(name, expression)
        return
    for child in expression.get_children():
        _collect(child, named)


def _name_of(element: Any) -> str | None:
    for name, part in PARTS.items():
        if element is part:
            return name
    table = element.table if isinstance(element, ColumnClause) else None
    of = getattr(table, "name", None)
    return f"{of}_{element.name}" if of in TABLES else None


def speaks_of_lines(expression: Any) -> bool:
    return any(element is part for element in visitors.iterate(_plain(expression)) for part in PARTS.values())


def speaks_of(model: Any, expression: Any) -> bool:
    name = model.__tablename__
    return any(
        getattr(getattr(element, "table", None), "name", None) == name
        for element in visitors.iterate(_plain(expression))
    )
