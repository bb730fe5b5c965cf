"""Restores a backup as a whole or not at all. The database that was there before is kept under another name."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine import make_url

from server.backup.archive import Reader, Tell, sync_folder
from server.backup.loading import begin_history, check_schema, load
from server.backup.refusal import Refused
from server.config import PRIVATE
from server.database import Database, open_database
from server.files.store import FileStore
from server.migrate import changing_tables, check_references

ASIDE: Final = "before_restore_%Y%m%d_%H%M%S_%f"  # two restores within a second keep both
MAGIC: Final = b"SQLite format 3\0"
LOGS: Final = ("-wal", "-shm")  # what SQLite keeps beside its file
IN_USE: Final = "The database is in use by {}. Stop every `legwork run` and `legwork worker`, then restore."
LIVE: Final = (
    "There are people in this database already. Add --replace to put the backup in its place; it is kept under another "
    "name."
)


def restore(
    url: str,
    file: Reader,
    now: datetime,
    tell: Tell,
    *,
    files: FileStore | None = None,
    replace: bool = False,
    sign_out: bool = False,
) -> str | None:
    """Returns where the database that was there is kept now: a file, or a schema of PostgreSQL;
    None if there was none. Raises Refused."""
    check_schema(file.manifest)
    file.check()
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return _into_postgres(url, file, now, tell, files, replace=replace, sign_out=sign_out)
    if not parsed.database or parsed.database == ":memory:":
        raise Refused("A backup is restored into a file, not into memory.")
    return _into_sqlite(Path(parsed.database), file, now, tell, files, replace=replace, sign_out=sign_out)


def _into_sqlite(
    path: Path,
    file: Reader,
    now: datetime,
    tell: Tell,
    files: FileStore | None,
    *,
    replace: bool,
    sign_out: bool,
) -> str | None:
    """Fills a new file beside the old one and gives it the old one's name when it is complete and on the disk."""
    _check_sqlite(path, replace)
    path.parent.mkdir(PRIVATE, parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.restoring")
    _remove(fresh)
    try:
        _fill(open_database(f"sqlite:///{fresh}"), file, now, tell, files, sign_out=sign_out)
        _sync(fresh)
        _check_sqlite(path, replace)  # again: a server may have been started meanwhile
        return _swap(path, fresh, now)
    finally:
        _remove(fresh)


def _check_sqlite(path: Path, replace: bool) -> None:
    if not path.exists():
        return None
    if not _looks_like_sqlite(path):
        return _check_ruin(path, replace)
    try:
        with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
            if _has_people(connection) and not replace:
                raise Refused(LIVE)
            connection.execute("PRAGMA journal_mode=DELETE")  # refused while others have the file open
    except sqlite3.DatabaseError as error:
        if "locked" in str(error):
            raise Refused(IN_USE.format("another process")) from None
        _check_ruin(path, replace)


def _looks_like_sqlite(path: Path) -> bool:
    """Looks at the first bytes, because SQLite, if it opened a file that is no database,
    would delete the log beside it."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) in (MAGIC, b"")


def _check_ruin(path: Path, replace: bool) -> None:
    """A file that is no readable database is only replaced if that was asked for."""
    if not replace:
        raise Refused(
            f"{path} cannot be read. Add --replace to restore all the same; it is kept under another name."
        )


def _has_people(connection: sqlite3.Connection) -> bool:
    made = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'users'").fetchone()
    return bool(made and connection.execute("SELECT 1 FROM users LIMIT 1").fetchone())


def _fill(
    database: Database,
    file: Reader,
    now: datetime,
    tell: Tell,
    files: FileStore | None,
    *,
    sign_out: bool,
) -> None:
    try:
        with changing_tables(database) as connection:
            load(connection, file, tell, files)
            check_references(connection)
            begin_history(connection, file.manifest, now, sign_out=sign_out)
    finally:
        database.close()  # closing the last connection writes the log into the file


@contextmanager
def loaded(file: Reader, tell: Tell) -> Iterator[Database]:
    """The backup as a temporary database, to be checked. Raises Refused."""
    check_schema(file.manifest)
    file.check()
    with TemporaryDirectory(prefix="legwork-verify-") as folder:
        database = open_database(f"sqlite:///{folder}/legwork.db")
        try:
            with changing_tables(database) as connection:
                load(connection, file, tell)
            yield database
        finally:
            database.close()


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _swap(path: Path, fresh: Path, now: datetime) -> str | None:
    """Puts the fresh file in the old one's place and returns the old one's new name; None if there was none. At every
    moment there is a database under the name."""
    aside = path.with_name(f"{path.name}.{now.strftime(ASIDE)}")
    for log in LOGS:  # left by a file that was lost or broken: SQLite would take them for the new one's
        if path.with_name(path.name + log).exists():
            path.with_name(path.name + log).rename(aside.with_name(aside.name + log))
    existed = path.exists()
    if existed:
        aside.hardlink_to(path)
    fresh.replace(path)
    sync_folder(path.parent)
    return str(aside) if existed else None


def _remove(path: Path) -> None:
    for ending in ("", *LOGS):
        path.with_name(path.name + ending).unlink(missing_ok=True)


def _into_postgres(
    url: str,
    file: Reader,
    now: datetime,
    tell: Tell,
    files: FileStore | None,
    *,
    replace: bool,
    sign_out: bool,
) -> str | None:
    """All in one transaction. The tables that were there are moved into a schema of their own."""
    database = open_database(url)
    try:
        with changing_tables(database) as connection:
            aside = _clear_postgres(connection, now, replace=replace)
            load(connection, file, tell, files)
            begin_history(connection, file.manifest, now, sign_out=sign_out)
        return aside
    finally:
        database.close()


def _clear_postgres(connection: Connection, now: datetime, *, replace: bool) -> str | None:
    tables = inspect(connection).get_table_names()
    if not tables:
        return None
    if "alembic_version" not in tables:
        raise Refused("The database holds tables that are not Legwork's. Give Legwork a database of its own.")
    if not replace and "users" in tables and connection.execute(text("SELECT 1 FROM users LIMIT 1")).first():
        raise Refused(LIVE)
    _check_alone(connection)
    return _put_aside(connection, tables, now.strftime(ASIDE))


def _check_alone(connection: Connection) -> None:
    others = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )
    if count := connection.execute(text(others)).scalar_one():
        raise Refused(IN_USE.format(f"{count} other connection{'s' * (count > 1)}"))


def _put_aside(connection: Connection, tables: Sequence[str], schema: str) -> str:
    quote = connection.dialect.identifier_preparer.quote_identifier
    connection.execute(text(f"CREATE SCHEMA {quote(schema)}"))
    for table in tables:
        connection.execute(text(f"ALTER TABLE {quote(table)} SET SCHEMA {quote(schema)}"))
    return schema
