"""Fixtures for every test: migrated SQLite and PostgreSQL databases, the cast, the time."""

import gc
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from sqlalchemy import Engine, event

from server.database import Database, open_database
from server.demo import seed
from server.migrate import upgrade
from tests.cast import NOW, TUESDAY, Cast, hire
from tests.databases import PostgresCluster, PostgresDatabases, SqliteFiles

TESTS = Path(__file__).parent
LONG = {"browser", "simulation", "storm", "test_a_week.py", "test_many_workers.py"}

# No deadline for an example: a machine that is busy for a moment must not fail a test.
settings.register_profile("legwork", deadline=None)
settings.load_profile("legwork")


def migrate(url: str) -> None:
    database = open_database(url)
    upgrade(database)
    database.close()


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def sqlite_files() -> Iterator[SqliteFiles]:
    files = SqliteFiles(migrate)
    yield files
    files.close()


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[PostgresCluster]:
    """One server for each pytest process. It takes a second to start, so it starts only when a test asks for it."""
    cluster = PostgresCluster().start()
    yield cluster
    cluster.remove()


@pytest.fixture(scope="session")
def postgres_databases(postgres_cluster: PostgresCluster) -> PostgresDatabases:
    return PostgresDatabases(postgres_cluster, migrate)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A migrated database of its own for each test, on SQLite and then again on PostgreSQL.

    For one of them only: `@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)`.
    """
    fixture = {"sqlite": "sqlite_files", "postgresql": "postgres_databases"}[request.param]
    databases: SqliteFiles | PostgresDatabases = request.getfixturevalue(fixture)
    url = databases.fresh()
    yield url
    databases.drop(url)


@pytest.fixture(scope="session")
def engines() -> dict[str, Engine]:
    """By URL. Tests use the same URLs one after another, and an engine that is kept compiles each statement once."""
    return {}


@pytest.fixture
def database(database_url: str, engines: dict[str, Engine]) -> Iterator[Database]:
    """The test's database. Sessions really commit, so other connections, threads and servers see what was written."""
    if database_url not in engines:
        engines[database_url] = open_database(database_url).engine
    database = Database(engines[database_url])
    yield database
    database.close()


@pytest.fixture(scope="module", params=["sqlite_files", "postgres_databases"])
def demo(request: pytest.FixtureRequest) -> Iterator[Database]:
    """The demo company at TUESDAY, on SQLite and then again on PostgreSQL. A module shares it: tests may only read."""
    databases: SqliteFiles | PostgresDatabases = request.getfixturevalue(request.param)
    url = databases.fresh()
    demo = open_database(url)
    seed(demo, TUESDAY)
    yield demo
    demo.close()
    databases.drop(url)


@pytest.fixture
def asked(database: Database) -> Iterator[list[str]]:
    """The SQL statements that were executed, without BEGIN. A test clears the list where it begins to count."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("BEGIN"):
            statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield statements
    event.remove(database.engine, "before_cursor_execute", note)


@pytest.fixture
def cast(database: Database) -> Cast:
    with database.writing() as session:
        return hire(session)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sorts files so that those in LONG come first, and then those with the most tests. What is left for the end is
    short, so that no worker waits long for another."""
    of_file = Counter(item.path for item in items)
    items.sort(key=lambda item: (not is_long(item.path), -of_file[item.path], item.path))


def is_long(path: Path) -> bool:
    return bool(LONG & set(path.relative_to(TESTS).parts))


def pytest_collection_finish() -> None:
    """Takes what was imported out of garbage collection: it stays until the end, and looking at it takes time."""
    gc.freeze()
