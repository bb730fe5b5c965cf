"""Loads a backup into a database without tables, and upgrades it to this version."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any, Final

from sqlalchemy import Connection, func, select, update
from sqlmodel import SQLModel, col

from server.backup.archive import Manifest, Reader, TablePart, Tell
from server.backup.refusal import Refused
from server.backup.values import Row, writer
from server.files.store import FileStore, kept_as
from server.migrate import knows, upgrade_within
from server.models.identity import new_id
from server.models.user import SignInSession
from server.models.workspace import Workspace

# How far a restore moves the counter on, so that no revision that phones have seen after the backup is given again.
JUMP: Final = 1_000_000_000
BATCH: Final = 2000


def check_schema(manifest: Manifest) -> None:
    """Raises Refused if the backup comes from a newer version than this one."""
    if not knows(manifest.schema):
        made = f"The backup was made by Legwork {manifest.legwork} with tables {manifest.schema}"
        raise Refused(f"{made}, which this version does not know. Install that version or a newer one.")


def load(connection: Connection, file: Reader, tell: Tell, files: FileStore | None = None) -> None:
    """Within the caller's transaction: makes the tables of the backup's version, fills them, and then upgrades them.
    Files go into the store."""
    upgrade_within(connection, file.manifest.schema)
    for part in reversed(file.manifest.tables):
        connection.exec_driver_sql(f"DELETE FROM {_quoted(connection, part.name)}")  # noqa: S608  (of migrations)
    done = 0
    fill = _copy if connection.dialect.name == "postgresql" else _insert
    for part in file.manifest.tables:
        fill(connection, part, _told(_rows(connection, file, part), done, file.manifest.rows, tell))
        done += part.rows
    upgrade_within(connection)
    if connection.dialect.name == "postgresql":
        _go_on_counting(connection)
    if files is not None:
        for photo in file.manifest.files:
            files.put(kept_as(photo.name), file.content(photo))


def begin_history(connection: Connection, manifest: Manifest, now: datetime, *, sign_out: bool) -> None:
    """Begins a new epoch, by which phones notice the restore and send again what the backup does not hold."""
    workspace = {
        "epoch": new_id(),
        "rev": col(Workspace.rev) + JUMP,
        "durable_rev": manifest.rev,
        "durable_at": datetime.fromisoformat(manifest.made_at),
    }
    connection.execute(update(Workspace).values(workspace))
    if sign_out:
        still = col(SignInSession.signed_out_at).is_(None)
        connection.execute(update(SignInSession).where(still).values(signed_out_at=now))


def _quoted(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote_identifier(name)


def _rows(connection: Connection, file: Reader, part: TablePart) -> Iterator[Row]:
    write, count = writer(connection.dialect.name, list(part.columns.values())), 0
    for row in file.rows(part):
        yield write(row)
        count += 1
    if count != part.rows:
        raise Refused(f"{file.path} is damaged: {part.member} holds {count} rows and not {part.rows}.")


def _told(rows: Iterator[Row], done: int, total: int, tell: Tell) -> Iterator[Row]:
    for number, row in enumerate(rows, done + 1):
        yield row
        if number % BATCH == 0 or number == total:
            tell(number, total)


def _insert(connection: Connection, part: TablePart, rows: Iterator[Row]) -> None:
    names = ", ".join(_quoted(connection, name) for name in part.columns)
    marks = ", ".join("?" * len(part.columns))
    statement = f"INSERT INTO {_quoted(connection, part.name)} ({names}) VALUES ({marks})"  # noqa: S608
    driver: Any = connection.connection.driver_connection
    while batch := list(islice(rows, BATCH)):
        driver.executemany(statement, batch)


def _copy(connection: Connection, part: TablePart, rows: Iterator[Row]) -> None:
    """A single COPY, because a row may point at a later row of its own table:
    PostgreSQL checks that at the statement's end."""
    names = ", ".join(_quoted(connection, name) for name in part.columns)
    driver: Any = connection.connection.driver_connection
    with (
        driver.cursor() as cursor,
        cursor.copy(f"COPY {_quoted(connection, part.name)} ({names}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)


def _go_on_counting(connection: Connection) -> None:
    """Sets PostgreSQL's sequences past the rows that were loaded with their numbers."""
    for table in SQLModel.metadata.sorted_tables:
        key = table.autoincrement_column
        if key is not None:
            sequence = func.pg_get_serial_sequence(table.name, key.name)
            connection.execute(select(func.setval(sequence, select(func.max(key)).scalar_subquery())))
