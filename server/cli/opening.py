"""Opening the database for a command; what is wrong with it is said in a sentence."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError

from server.config import Settings
from server.database import Database, open_database
from server.migrate import BrokenReferences, knows, newest_version, version_of

TO_GO_BACK = (
    "A newer version has upgraded them. Install that version again, or restore a backup from before it: "
    "legwork restore FILE --replace"
)
MAKE_ONE = "Set LEGWORK_DATA_DIR to the folder where it is, or make one with: legwork db upgrade"
DAMAGED = "SQLite cannot read its file: {}. legwork restore FILE --replace puts a backup in its place."


@contextmanager
def opened(settings: Settings, *, current: bool = True) -> Iterator[Database]:
    """The database. Raises ClickException if it is missing or damaged, or if its tables are of a newer version; with
    `current` also if they are of an older one."""
    if current and (path := missing(settings.resolved_database_url)):
        raise click.ClickException(f"There is no database {path}. {MAKE_ONE}")
    database = _open(settings)
    try:
        version = version_of(database)
        if version is not None and not knows(version):
            raise click.ClickException(
                f"The tables are at {version}, which this version does not know. {TO_GO_BACK}"
            )
        if current and version != newest_version():
            raise click.ClickException("The tables are from an older version. Run: legwork db upgrade")
        yield database
    except BrokenReferences as error:
        raise click.ClickException(
            f"The tables were left as they were: {error}. Restore a backup: legwork restore FILE --replace"
        ) from None
    except OperationalError as error:
        raise click.ClickException(
            f"The database does not answer: {error.orig}. legwork doctor says what to check."
        ) from None
    except DatabaseError as error:
        if type(error.orig) is not sqlite3.DatabaseError:
            raise
        raise click.ClickException(DAMAGED.format(error.orig)) from None
    finally:
        database.close()


def missing(url: str) -> Path | None:
    """The path of SQLite's file if there is none, because SQLite would make an empty one where a name is mistyped.
    None if there is one, or for PostgreSQL."""
    path = Path(url.removeprefix("sqlite:///"))
    if not url.startswith("sqlite:///") or path.exists():
        return None
    around = next(folder for folder in path.parents if folder.exists())
    return path if around.is_dir() else None  # no folder can be made there: `_open` then says so


def _open(settings: Settings) -> Database:
    try:
        return open_database(settings.resolved_database_url)
    except ArgumentError:
        raise click.ClickException(
            "LEGWORK_DATABASE_URL is not the address of a database. It looks like postgresql://user:password@host/name"
        ) from None
    except OSError as error:
        raise click.ClickException(
            f"Nothing can be kept in {settings.data_dir}: {error.strerror}. Give the folder to the user who runs "
            "legwork, or set LEGWORK_DATA_DIR to another one."
        ) from None
