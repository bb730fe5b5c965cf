"""Sums over order lines that several questions of a statement share. One CTE groups the lines by every key that any of
the questions has; each question then adds up its few thousand rows, instead of sorting half a million lines itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import CTE, Function, case, func
from sqlalchemy import select as sql_select


@dataclass
class SharedSums:
    """Collects what questions need from the CTE; equal expressions get one column. `key`, `sum` and `span` return the
    name of a column; that of a span is 1 for lines in those days, else 0."""

    keys: list[Any] = field(default_factory=list)
    sums: list[Any] = field(default_factory=list)
    within: list[Any] = field(default_factory=list)

    def key(self, expression: Any) -> str:
        return f"by_{_place(self.keys, expression)}"

    def sum(self, figure: Any) -> str:
        return f"sum_{_place(self.sums, figure)}"

    def span(self, condition: Any) -> str:
        return f"within_{_place(self.within, condition)}"

    def read(self, name: str, query: Any) -> CTE:
        """The CTE. `query(select, expressions)`: adds FROM and conditions to the select."""
        grouped = [
            *(case((one, 1), else_=0).label(f"within_{n}") for n, one in enumerate(self.within)),
            *(one.label(f"by_{n}") for n, one in reversed([*enumerate(self.keys)])),
        ]
        sums = [one.label(f"sum_{n}") for n, one in enumerate(self.sums)]
        found: CTE = (
            query(sql_select(*grouped, *sums), [*self.keys, *self.sums])
            .group_by(*(one.name for one in grouped))
            .cte(name)
            .prefix_with("MATERIALIZED")
        )
        return found


def adds_up(figures: Sequence[Any]) -> bool:
    """Whether all are sums, so that sums of groups can be added."""
    return all(isinstance(figure, Function) and figure.name == "sum" for figure in figures)


def added(found: CTE, name: str) -> Any:
    return func.sum(found.c[name])


def _place(known: list[Any], expression: Any) -> int:
    for number, one in enumerate(known):
        if one.compare(expression):
            return number
    known.append(expression)
    return len(known) - 1
