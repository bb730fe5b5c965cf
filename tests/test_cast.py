"""The test databases themselves: real, migrated, and each test's own."""

from sqlmodel import Session, select

from server.database import Database
from server.models.user import User
from tests.cast import Cast


def names(session: Session) -> list[str]:
    return sorted(session.exec(select(User.name)).all())


def test_what_one_connection_commits_another_one_sees(database: Database, cast: Cast) -> None:
    with database.reading() as session:
        assert names(session) == ["Alice", "Bob", "Charlie", "Dora", "Mei"]


def test_no_test_sees_what_another_one_wrote(database: Database) -> None:
    with database.reading() as session:
        assert names(session) == []
