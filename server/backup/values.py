"""How values are written in a backup; the same for both databases.

| kind    | in the file                                    |
| ------- | ---------------------------------------------- |
| moment  | "2026-11-23T07:41:12.000000Z"                  |
| date    | "2026-11-23"                                   |
| yes_no  | 1 or 0                                         |
| json    | JSON as text                                   |
| bytes   | hexadecimal digits                             |
| integer, float, text | as they are                       |

null is null in all of them.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from sqlalchemy import JSON, Boolean, Column, Date, DateTime, Float, Integer, LargeBinary, String
from sqlalchemy.types import TypeDecorator, TypeEngine

Row = Sequence[Any]
Convert = Callable[[Any], Any]

KINDS: Final[tuple[tuple[type[TypeEngine[Any]], str], ...]] = (
    (DateTime, "moment"),
    (Date, "date"),
    (JSON, "json"),
    (LargeBinary, "bytes"),
    (Boolean, "yes_no"),
    (Integer, "integer"),
    (Float, "float"),
    (String, "text"),
)
READ: Final[dict[str, dict[str, str]]] = {
    "sqlite": {
        "moment": "replace({0}, ' ', 'T') || 'Z'",
        "bytes": "CASE WHEN {0} IS NOT NULL THEN hex({0}) END",
    },
    "postgresql": {
        "moment": """to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""",
        "date": "to_char({0}, 'YYYY-MM-DD')",
        "json": "CAST({0} AS text)",
        "bytes": "encode({0}, 'hex')",
        "yes_no": "CAST({0} AS integer)",
    },
}
WRITE: Final[dict[str, dict[str, Convert]]] = {
    "sqlite": {
        "moment": lambda text: text.rstrip("Z").replace("T", " "),  # as SQLAlchemy keeps moments there
        "bytes": bytes.fromhex,
    },
    "postgresql": {"bytes": lambda digits: f"\\x{digits}"},
}


def kind_of(column: "Column[Any]") -> str:
    plain: Any = column.type
    while isinstance(plain, TypeDecorator):
        plain = plain.impl
    return next(kind for kinds, kind in KINDS if isinstance(plain, kinds))


def reads(dialect: str, kind: str, quoted: str) -> str:
    """The SQL expression that reads a column as the file has it. `quoted`: the column's quoted name."""
    return READ[dialect].get(kind, "{0}").format(quoted)


def writer(dialect: str, kinds: Sequence[str]) -> Callable[[list[Any]], Row]:
    """A function that turns a row of the file into one for the database's driver, in place."""
    converts = [(at, WRITE[dialect][kind]) for at, kind in enumerate(kinds) if kind in WRITE[dialect]]

    def write(row: list[Any]) -> Row:
        for at, convert in converts:
            if row[at] is not None:
                row[at] = convert(row[at])
        return row

    return write
