"""One statement for many rows, without the work that SQLAlchemy repeats for each value of each row."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Delete, Dialect, Insert, Update
from sqlmodel import Session

STATEMENTS_KEPT: Final = 128

Statement = Insert | Update | Delete
Values = dict[str, Any]


class _Made(NamedTuple):
    sql: str
    parameters: Callable[[Values], Any]


def execute_many(session: Session, statement: Statement, rows: Sequence[Values]) -> None:
    """`rows`: at least one, all with the same names; else ValueError. `statement`: one that its caller keeps (such as
    by @cache), because what is compiled from it is cached by its identity."""
    made = _made(statement, tuple(rows[0]), session.get_bind().dialect)
    session.connection().exec_driver_sql(made.sql, [made.parameters(row) for row in rows])


@lru_cache(maxsize=STATEMENTS_KEPT)
def _made(statement: Statement, names: tuple[str, ...], dialect: Dialect) -> _Made:
    compiled = statement.compile(dialect=dialect, column_keys=names)
    typed = {
        name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in compiled.binds.items()
    }
    if set(typed) != set(names):
        raise ValueError(f"the statement takes {sorted(typed)}, the rows have {sorted(names)}")
    if compiled.positiontup is None:
        pairs = list(typed.items())
        return _Made(
            str(compiled), lambda row: {name: to(row[name]) if to else row[name] for name, to in pairs}
        )
    places = [(name, typed[name]) for name in compiled.positiontup]
    return _Made(
        str(compiled), lambda row: tuple([to(row[name]) if to else row[name] for name, to in places])
    )
