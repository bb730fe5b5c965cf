"""The tables, as Alembic makes them, and that each test has them for itself."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Constraint, Index, PrimaryKeyConstraint, Table, UniqueConstraint
from sqlalchemy.exc import StatementError
from sqlmodel import Session, SQLModel, col, select, update

from server.database import Database
from server.migrate import alembic_config, changing_tables, upgrade
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.reminder import Delivery, Notification, ReminderSettings
from server.models.user import User
from tests.cast import Cast

MOMENTS = [
    datetime(2026, 11, 23, 8, 0, tzinfo=UTC),
    datetime(2026, 11, 23, 8, 0, 0, 1, tzinfo=timezone(timedelta(hours=5, minutes=30))),
    datetime(1901, 2, 3, 23, 59, 59, 999_999, tzinfo=timezone(-timedelta(hours=11))),
]


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


def columns_of(key: Index | Constraint) -> tuple[str, ...]:
    return (
        tuple(key.columns.keys()) if isinstance(key, Index | PrimaryKeyConstraint | UniqueConstraint) else ()
    )


def is_of_all_rows(index: Index) -> bool:
    return index.dialect_options["sqlite"]["where"] is None


@pytest.mark.parametrize("table", SQLModel.metadata.sorted_tables, ids=str)
def test_no_index_is_the_beginning_of_another(table: Table) -> None:
    """Every write would have to keep both."""
    others = [*table.constraints, *filter(is_of_all_rows, table.indexes)]
    twice = {
        index.name
        for index in table.indexes
        for other in others
        if other is not index and columns_of(other)[: len(index.columns)] == columns_of(index)
    }
    assert twice == set()


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_moment_comes_back_as_the_same_moment_in_utc(
    database: Database, cast: Cast, moment: datetime
) -> None:
    with database.writing() as session:
        session.exec(update(User).values(deactivated_at=moment))
    with database.reading() as session:
        found = session.exec(select(User.deactivated_at).where(col(User.deactivated_at) == moment)).first()
        assert found == moment
        assert found.tzinfo is UTC
        assert session.exec(select(User.id).where(col(User.deactivated_at) > moment)).first() is None


def test_a_moment_without_its_zone_is_refused(database: Database, cast: Cast) -> None:
    with database.writing() as session, pytest.raises(StatementError):
        session.exec(update(User).values(deactivated_at=datetime(2026, 11, 23)))  # noqa: DTZ001


def test_other_ways_of_reminding_can_be_taken_back_and_brought_again(database: Database, cast: Cast) -> None:
    """With rows in what it changes: one that only the newer version knows, and one that both do."""
    notification = Notification(id=new_id(), user_id=cast.alice.id, kind="due", due_at=MOMENTS[0])
    with database.writing() as session:
        session.add(ReminderSettings(user_id=cast.alice.id, muted=["cold"], emailed=["due"]))
        session.add(notification)
        session.flush()
        common = {"notification_id": notification.id, "next_try_at": MOMENTS[0]}
        session.add(Delivery(id=new_id(), **common))
        session.add(Delivery(id=new_id(), subscription_id="browser", **common))
    with changing_tables(database) as connection:
        command.downgrade(alembic_config(connection), "0006")
    upgrade(database)
    with database.reading() as session:
        assert session.exec(select(Delivery.subscription_id)).all() == ["browser"]
        kept = session.get_one(ReminderSettings, cast.alice.id)
        assert (kept.muted, kept.emailed) == (["cold"], [])
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_names_with_dotted_legal_forms_get_their_new_keys(database: Database) -> None:
    before = {"Škoda s.r.o.": "skodasro", "Hahn e. K.": "hahnek", "Nord SE": "nordse", "Bar": "as it was"}
    with database.writing() as session:
        for name, key in before.items():
            session.add(Customer(id=new_id(), name=name, sort_key=name, created_at=MOMENTS[0]))
            session.flush()
            session.exec(update(Customer).where(col(Customer.name) == name).values(name_key=key))
    with changing_tables(database) as connection:
        command.downgrade(alembic_config(connection), "0032")
    upgrade(database)
    with database.reading() as session:
        found = dict(session.exec(select(Customer.name, Customer.name_key)).all())
    assert found == {"Škoda s.r.o.": "skoda", "Hahn e. K.": "hahn", "Nord SE": "nord", "Bar": "as it was"}
