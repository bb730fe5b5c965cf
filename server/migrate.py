"""Brings a database to the tables this version needs, and tells whether it is there. Alembic, without its ini file."""

from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from server.database import Database

MIGRATIONS: Final = Path(__file__).parent.parent / "migrations"
LOCK: Final = 0x1E6_0042  # any number, as long as it stays the same


def upgrade(database: Database) -> None:
    """All or nothing: the tables change in one transaction, and two upgrades at once wait for each other."""
    with database.engine.execution_options(writes=True).connect() as connection:
        _enforce_foreign_keys(database, connection, False)  # SQLite changes a table by making it anew
        with connection.begin():
            if not database.is_sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            command.upgrade(alembic_config(connection), "head")
            _check_foreign_keys(database, connection)
        _enforce_foreign_keys(database, connection, True)


def alembic_config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def newest_version() -> str:
    head = ScriptDirectory.from_config(alembic_config()).get_current_head()
    if head is None:
        raise LookupError(f"{MIGRATIONS} holds no migrations")
    return head


def version_of(database: Database) -> str | None:
    """None: no tables yet."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def is_current(database: Database) -> bool:
    return version_of(database) == newest_version()


def _enforce_foreign_keys(database: Database, connection: Connection, on: bool) -> None:
    if database.is_sqlite:
        driver: Any = connection.connection.driver_connection  # within a transaction this pragma does nothing
        driver.execute(f"PRAGMA foreign_keys={'ON' if on else 'OFF'}")


def _check_foreign_keys(database: Database, connection: Connection) -> None:
    if database.is_sqlite and (broken := connection.execute(text("PRAGMA foreign_key_check")).all()):
        raise RuntimeError(f"{len(broken)} rows would point at nothing, first in {broken[0][0]}")
