"""What several questions ask of the same lines of orders, added up once, grouped by all that any of them asks for. Each
question then adds up a few thousand sums, because sorting half a million lines anew for each is what takes longest."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import CTE, Function, case, func
from sqlalchemy import select as sql_select


@dataclass
class Together:
    """`keys` and `sums`: said once each, however many questions say it. `within`: 1 for what lies in some days."""

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
        """`query`: makes a statement that selects these columns from all the lines that are meant."""
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
    return all(isinstance(figure, Function) and figure.name == "sum" for figure in figures)


def added(found: CTE, name: str) -> Any:
    return func.sum(found.c[name])


def _place(known: list[Any], expression: Any) -> int:
    for number, one in enumerate(known):
        if one.compare(expression):
            return number
    known.append(expression)
    return len(known) - 1
