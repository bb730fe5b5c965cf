"""The one way to the database, where the database itself fails."""

import sqlite3

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from server.database import Database
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
