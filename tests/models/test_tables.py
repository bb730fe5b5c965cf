"""The tables, as Alembic makes them, and that each test has them for itself."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import Session, SQLModel, select

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


def test_migrations_make_the_tables_that_the_models_describe(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []
