"""The one way to the database, where the database itself fails."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from server.database import Database
from server.log import place_of_failure
from server.models.workspace import the_workspace


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_commit_that_fails_leaves_no_lock_behind(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_connection: sqlite3.Connection) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(database.engine.dialect, "do_commit", full)
        with pytest.raises(OperationalError), database.writing() as session:
            session.execute(text("UPDATE workspace SET name = 'lost'"))
    other = sqlite3.connect(database.engine.url.database or "", timeout=0)
    other.execute("BEGIN IMMEDIATE")
    other.rollback()
    other.close()
    with database.writing() as session:
        assert the_workspace(session).name != "lost"


WRONG = {  # SQLite's file is not allowed to grow, which fails like a full disk
    "sqlite": "CREATE TABLE filler AS SELECT randomblob(100000000)",
    "postgresql": "SELECT 1 / 0",
}


def test_the_log_has_the_databases_word_for_what_went_wrong(database: Database) -> None:
    dialect = database.engine.dialect.name
    if dialect == "sqlite":
        with database.engine.connect() as connection:
            # The file keeps the pages that it has, and gets no more.
            connection.exec_driver_sql("PRAGMA max_page_count = 1")
    with pytest.raises(DBAPIError) as caught, database.writing() as session:
        session.execute(text(WRONG[dialect]))
    line = place_of_failure(None, "error", {"exc_info": caught.value})
    assert line["code"] == {"sqlite": "SQLITE_FULL", "postgresql": "22012"}[dialect]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nobody_waits_in_line_for_ever(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.database.LONGEST_WAIT_S", 0.01)

    def write() -> None:
        with database.writing():
            pass

    with ThreadPoolExecutor(1) as others, database.writing(), pytest.raises(PoolTimeout):
        others.submit(write).result()
    write()
