"""Upgrades a database's tables to this version, and tells which version they are at. Alembic, without its ini file."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from server.database import Database

MIGRATIONS: Final = Path(__file__).parent.parent / "migrations"
LOCK: Final = 0x1E6_0042  # any number, as long as it stays the same


class BrokenReferences(RuntimeError):  # noqa: N818
    """Rows would point at rows that are not there. Nothing was changed."""


def upgrade(database: Database, tell: Callable[[str], None] = lambda _step: None) -> None:
    """Upgrades to the newest version, all or nothing. Raises BrokenReferences.

    `tell` is called with each step once it is done, such as "0010 Calls and messages".
    """
    with changing_tables(database) as connection:
        upgrade_within(connection, tell=tell)
        check_references(connection)


@contextmanager
def changing_tables(database: Database) -> Iterator[Connection]:
    """A transaction that may change tables. Two at once wait for each other. SQLite does not check foreign keys
    meanwhile: call check_references."""
    with database.engine.execution_options(writes=True).connect() as connection:
        _enforce_foreign_keys(database, connection, False)  # SQLite changes a table by making it anew
        with connection.begin():
            if not database.is_sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            yield connection
        _enforce_foreign_keys(database, connection, True)


def upgrade_within(
    connection: Connection, version: str = "head", tell: Callable[[str], None] = lambda _step: None
) -> None:
    config = alembic_config(connection)
    config.attributes["done"] = lambda step, **_: tell(f"{step.up_revision_id} {step.up_revision.doc}")
    command.upgrade(config, version)


def alembic_config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


@cache
def newest_version() -> str:
    """As it was when a server asked at its start: under one that runs on, an upgrade puts newer files into place."""
    head = ScriptDirectory.from_config(alembic_config()).get_current_head()
    if head is None:
        raise LookupError(f"{MIGRATIONS} holds no migrations")
    return head


def knows(version: str) -> bool:
    """Whether this version of Legwork has a migration of that name; otherwise the tables are of a newer one."""
    try:
        return ScriptDirectory.from_config(alembic_config()).get_revision(version) is not None
    except CommandError:
        return False


def version_of(database: Database) -> str | None:
    """The version that the tables are at, such as "0032"; None if there are none yet."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def is_current(database: Database) -> bool:
    return version_of(database) == newest_version()


def check_version(connection: Connection) -> None:
    """Raises OperationalError, as a database that cannot be used: its tables are not those this program knows."""
    if (version := MigrationContext.configure(connection).get_current_revision()) != newest_version():
        told = f"the tables are at {version}, and this server knows {newest_version()}: start it anew"
        raise OperationalError(None, None, RuntimeError(told))


def _enforce_foreign_keys(database: Database, connection: Connection, on: bool) -> None:
    if database.is_sqlite:
        # Outside of a transaction, where the pragma has an effect.
        driver: Any = connection.connection.driver_connection
        driver.execute(f"PRAGMA foreign_keys={'ON' if on else 'OFF'}")


def check_references(connection: Connection) -> None:
    """Raises BrokenReferences. PostgreSQL has checked its foreign keys already."""
    is_sqlite = connection.dialect.name == "sqlite"
    if is_sqlite and (broken := connection.execute(text("PRAGMA foreign_key_check")).all()):
        raise BrokenReferences(f"{len(broken)} rows would point at nothing, first in {broken[0][0]}")
