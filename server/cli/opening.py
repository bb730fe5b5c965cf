"""The database, for commands: what is wrong with it is said in a sentence."""

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
    "A newer one has made them. Install that one again, or put back a backup from before it: legwork restore FILE "
    "--replace"
)
MAKE_ONE = "Set LEGWORK_DATA_DIR to the folder where it is, or make one with: legwork db upgrade"
DAMAGED = "SQLite cannot read its file: {}. legwork restore FILE --replace puts a backup in its place."


@contextmanager
def opened(settings: Settings, *, current: bool = True) -> Iterator[Database]:
    """`current`: refuse a database whose tables are older than this version. Newer ones are always refused."""
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
            raise click.ClickException("The database is not of this version yet. Run: legwork db upgrade")
        yield database
    except BrokenReferences as error:
        raise click.ClickException(
            f"The tables were left as they were: {error}. A backup may be whole."
        ) from None
    except OperationalError as error:
        raise click.ClickException(f"The database does not answer: {error.orig}") from None
    except DatabaseError as error:
        if type(error.orig) is not sqlite3.DatabaseError:
            raise
        raise click.ClickException(DAMAGED.format(error.orig)) from None
    finally:
        database.close()


def missing(url: str) -> Path | None:
    """SQLite's file, if it is missing where one could be: SQLite would make an empty one where a name is mistyped."""
    path = Path(url.removeprefix("sqlite:///"))
    if not url.startswith("sqlite:///") or path.exists():
        return None
    around = next(folder for folder in path.parents if folder.exists())
    return path if around.is_dir() else None  # else nothing can be kept there, which is said more clearly


def _open(settings: Settings) -> Database:
    try:
        return open_database(settings.resolved_database_url)
    except ArgumentError:
        raise click.ClickException("LEGWORK_DATABASE_URL is not an address of a database.") from None
    except OSError as error:
        raise click.ClickException(
            f"Nothing can be kept in {settings.data_dir}: {error.strerror}. Give the folder to the user who runs "
            "legwork, or set LEGWORK_DATA_DIR to another one."
        ) from None
