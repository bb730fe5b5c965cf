"""Fixtures for every test: migrated databases of both kinds, the cast, the moment."""

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

# A slow moment of the machine is no defect of what is tested.
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
    """One server a pytest process: it starts in a second, and only when a test asks for it."""
    cluster = PostgresCluster().start()
    yield cluster
    cluster.remove()


@pytest.fixture(scope="session")
def postgres_databases(postgres_cluster: PostgresCluster) -> PostgresDatabases:
    return PostgresDatabases(postgres_cluster, migrate)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A migrated database of its own for each test, on SQLite and then again on PostgreSQL.

    One of the two only: `@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)`.
    """
    fixture = {"sqlite": "sqlite_files", "postgresql": "postgres_databases"}[request.param]
    databases: SqliteFiles | PostgresDatabases = request.getfixturevalue(fixture)
    url = databases.fresh()
    yield url
    databases.drop(url)


@pytest.fixture(scope="session")
def engines() -> dict[str, Engine]:
    """By the URL, which comes back for one test after another: an engine knows the statements that it has compiled."""
    return {}


@pytest.fixture
def database(database_url: str, engines: dict[str, Engine]) -> Iterator[Database]:
    """Really commits, so a test may open as many connections, threads and servers on it as it likes."""
    if database_url not in engines:
        engines[database_url] = open_database(database_url).engine
    database = Database(engines[database_url])
    yield database
    database.close()


@pytest.fixture(scope="module", params=["sqlite_files", "postgres_databases"])
def demo(request: pytest.FixtureRequest) -> Iterator[Database]:
    """The made-up company on a Tuesday, on SQLite and then again on PostgreSQL, for tests that only read it."""
    databases: SqliteFiles | PostgresDatabases = request.getfixturevalue(request.param)
    url = databases.fresh()
    demo = open_database(url)
    seed(demo, TUESDAY)
    yield demo
    demo.close()
    databases.drop(url)


@pytest.fixture
def asked(database: Database) -> Iterator[list[str]]:
    """Every statement since it was last cleared, but for those that begin a transaction."""
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
    """Files of which a test takes seconds come first, and then those of many tests: at the end both workers have
    something short left to do, and neither waits for the other."""
    of_file = Counter(item.path for item in items)
    items.sort(key=lambda item: (not is_long(item.path), -of_file[item.path], item.path))


def is_long(path: Path) -> bool:
    return bool(LONG & set(path.relative_to(TESTS).parts))


def pytest_collection_finish() -> None:
    """What is there by now stays to the end: the collector of garbage need not look at it again and again."""
    gc.freeze()
