"""The kinds of columns that tables share, and functions of SQL that both databases lack or spell differently. Each
column is made by a function, because SQLModel cannot use the same column object in two tables."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, String, case, literal_column
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlmodel import Field

from server.database import UtcMoment


def key() -> Any:
    """A UUIDv7 in its 36 characters, made by whoever creates the row: the same on the wire, on the phone and here."""
    return Field(primary_key=True, max_length=36)


def link(target: str, **options: Any) -> Any:
    """A reference to another row, such as `link("customers.id")`."""
    return Field(foreign_key=target, max_length=36, **{"index": True, **options})


def maybe_link(target: str, **options: Any) -> Any:
    return link(target, default=None, **options)


def moment(**options: Any) -> Any:
    return Field(sa_type=UtcMoment, **options)


def maybe_moment(**options: Any) -> Any:
    return moment(default=None, **options)


def json_list() -> Any:
    return Field(default_factory=_empty_list, sa_type=JSON().with_variant(JSONB(), "postgresql"))


def _empty_list() -> list[Any]:
    return []  # pydantic inspects the signature of `list` for each row, which takes ten times as long


def maybe_json_list() -> Any:
    """A list that may be NULL."""
    kept = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
    return Field(default=None, sa_type=kept)


def json_object() -> Any:
    return Field(default_factory=_empty_object, sa_type=JSON().with_variant(JSONB(), "postgresql"))


def _empty_object() -> dict[str, Any]:
    return {}


def json_value(**options: Any) -> Any:
    return Field(sa_type=JSON().with_variant(JSONB(), "postgresql"), **options)


def counter(**options: Any) -> Any:
    return Field(sa_type=BigInteger, **options)


def maybe_counter() -> Any:
    return counter(default=None)


def text_key(**options: Any) -> Any:
    """Text compared code point by code point on both databases, so that lists sort as they do on the phone."""
    return Field(sa_type=String().with_variant(String(collation="C"), "postgresql"), **options)


def wire(value: Any) -> Any:
    """A value as JSON for phones: moments as 2026-11-23T07:41:12.000Z, dates as 2026-11-23, all else as it is."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")[:23] + "Z"
    return value.isoformat() if hasattr(value, "isoformat") else value


def insert_into(table: Any, dialect_name: str) -> Any:
    """An INSERT that can take ON CONFLICT, for which SQLAlchemy has no word that both databases share."""
    dialect = postgresql if dialect_name == "postgresql" else sqlite
    return dialect.insert(table)


class seconds(FunctionElement[int]):  # noqa: N801  (a function of SQL)
    """Whole seconds since 1970 of a moment, whether a column holds it or a text inside JSON."""

    inherit_cache = True
    type = BigInteger()


@compiles(seconds, "sqlite")
def _sqlite_seconds(element: Any, compiler: Any, **options: Any) -> str:
    return f"CAST(strftime('%s', {compiler.process(element.clauses, **options)}) AS INTEGER)"


@compiles(seconds, "postgresql")
def _postgres_seconds(element: Any, compiler: Any, **options: Any) -> str:
    moment = f"CAST({compiler.process(element.clauses, **options)} AS timestamptz)"
    return f"CAST(floor(extract(epoch FROM {moment})) AS BIGINT)"


def span_of(moment: Any, spans: Sequence[tuple[Any, Any]]) -> Any:
    """SQL: the label of the span that a moment lies in. `spans`: `(beginning, label)` in order; a moment before the
    second beginning counts as in the first. A binary search, because a statement does this for a million rows."""
    if len(spans) == 1:
        return spans[0][1]
    middle = len(spans) // 2
    early, late = (span_of(moment, half) for half in (spans[:middle], spans[middle:]))
    return case((moment < spans[middle][0], early), else_=late)


class written(FunctionElement[str]):  # noqa: N801  (a function of SQL)
    """A moment as text in UTC, 2026-11-23 07:41:12.000000:
    NumPy parses thousands of these faster than SQLAlchemy makes datetimes of them."""

    inherit_cache = True
    type = String()


@compiles(written, "sqlite")
def _sqlite_written(element: Any, compiler: Any, **options: Any) -> str:
    """SQLite holds moments as this text already."""
    return str(compiler.process(element.clauses, **options))


@compiles(written, "postgresql")
def _postgres_written(element: Any, compiler: Any, **options: Any) -> str:
    moment = compiler.process(element.clauses, **options)
    return f"to_char({moment} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"


class each_text(FunctionElement[str]):  # noqa: N801  (a function of SQL)
    """A row for each text of a JSON list: `each_text(Visit.competitors).table_valued("value")`."""

    inherit_cache = True
    name = "each_text"


@compiles(each_text, "postgresql")
def _postgres_each(element: Any, compiler: Any, **options: Any) -> str:
    return f"jsonb_array_elements_text({compiler.process(element.clauses, **options)})"


class each_item(FunctionElement[Any]):  # noqa: N801  (a function of SQL)
    """A row for each object of a JSON list: `each_item(Order.lines).table_valued("value")`."""

    inherit_cache = True
    name = "each_item"


@compiles(each_text, "sqlite")
@compiles(each_item, "sqlite")
def _sqlite_each(element: Any, compiler: Any, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(each_item, "postgresql")
def _postgres_items(element: Any, compiler: Any, **options: Any) -> str:
    return f"jsonb_array_elements({compiler.process(element.clauses, **options)})"


def text_of(item: Any, name: str) -> Any:
    """What an item of `each_item` has under a name, as text. The name goes into the SQL as a literal, so that a GROUP
    BY can repeat the expression: it must never come from a user."""
    return _text_of(item, literal_column(f"'{name}'"))


class _text_of(FunctionElement[str]):  # noqa: N801  (a function of SQL)
    inherit_cache = True
    type = String()


@compiles(_text_of, "sqlite")
def _sqlite_text_of(element: Any, compiler: Any, **options: Any) -> str:
    item, name = (compiler.process(clause, **options) for clause in element.clauses)
    return f"json_extract({item}, '$.' || {name})"


@compiles(_text_of, "postgresql")
def _postgres_text_of(element: Any, compiler: Any, **options: Any) -> str:
    item, name = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({item} ->> {name})"
