"""Opening the database, and sessions that read or write. SQLite and PostgreSQL behave alike behind it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock
from typing import Any

import msgspec
from sqlalchemy import Connection, DateTime, Engine, TypeDecorator, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session, SQLModel

from server.config import PRIVATE

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = NAMING


LONGEST_WAIT_S = 30  # for a turn to write to SQLite, and then for another program that has locked the file

ENGINE: dict[str, Any] = {
    "pool_size": 16,
    "max_overflow": 32,
    "hide_parameters": True,  # parameters are people's data, and must not get into exceptions and logs
    # Faster: every visit has three lists, and a pull reads thousands of visits.
    "json_deserializer": msgspec.json.decode,
}


class UtcMoment(TypeDecorator[datetime]):
    """A moment in UTC. SQLite does not keep time zones, so the zone is removed on writing and added on reading. Raises
    ValueError for a datetime without a zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        return None if value is None else _in_utc(value)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    # For speed, because every row has moments: SQLAlchemy's own conversions take five times as long.
    def bind_processor(self, dialect: Any) -> Any:
        return _as_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Any, coltype: Any) -> Any:
        return _from_text if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


def _in_utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return value.astimezone(UTC)


def _as_text(value: datetime | None) -> str | None:
    """2026-11-23 07:41:12.000000"""
    return None if value is None else _in_utc(value).isoformat(" ", "microseconds")[:26]


def _from_text(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(f"{text}+00:00")


class Database:
    """`reading()` gives a session on a snapshot, `writing()` one in a transaction that is committed at its end."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._writer = engine.execution_options(writes=True)
        # PostgreSQL: one snapshot for all statements; SQLite in WAL mode gives the same to any transaction.
        snapshot: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        self._reader = engine if self.is_sqlite else engine.execution_options(**snapshot)
        # Called after each commit that phones may have to hear of.
        self.after_commit: list[Callable[[], None]] = []
        # SQLite has one writer at a time; others would sleep and try again. This lock makes them queue instead.
        self.turn = RLock()

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with Session(self._reader, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Commits when the block ends, with a revision for what it changed; rolls back when it raises."""
        from server.models.revision import stamp  # the models need UtcMoment from here

        with self._turn(), Session(self._writer, expire_on_commit=False) as session:
            yield session
            stamp(session)
            session.commit()
            if session.info.pop("rev", None) is not None:
                for tell in self.after_commit:
                    tell()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Waits for the turn to write. Raises PoolTimeout after LONGEST_WAIT_S: otherwise, while another program has
        locked the file, all threads would wait here, and none would be left for requests that only read."""
        if not self.is_sqlite:
            yield
        elif self.turn.acquire(timeout=LONGEST_WAIT_S):
            try:
                yield
            finally:
                self.turn.release()
        else:
            raise PoolTimeout("no turn to write")

    def close(self) -> None:
        self.engine.dispose()


def open_database(url: str) -> Database:
    """`url`: `sqlite:///file` or `postgresql://…`. Makes the folder of a SQLite file, but no tables:
    server/migrate.py."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return Database(_sqlite(url, parsed.database))
    return Database(create_engine(parsed.set(drivername="postgresql+psycopg"), **ENGINE, pool_pre_ping=True))


def _sqlite(url: str, path: str | None) -> Engine:
    if path and path != ":memory:":
        Path(path).parent.mkdir(PRIVATE, parents=True, exist_ok=True)
        # SQLite would make a file that everybody can read; its logs get the same mode.
        if not Path(path).exists():
            Path(path).touch(0o600)
    engine = create_engine(
        url, connect_args={"timeout": LONGEST_WAIT_S, "check_same_thread": False}, **ENGINE
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "checkin", _leave_nothing_begun)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver begins no transactions: _begin_sqlite does
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={LONGEST_WAIT_S * 1000}",
        "cache_size=-32000",
    ):
        connection.execute(f"PRAGMA {pragma}")
    # SQLite's own knows only ASCII.
    connection.create_function("lower", 1, _in_lower_case, deterministic=True)


def _in_lower_case(text: str | None) -> str | None:
    return None if text is None else text.lower()


def _begin_sqlite(connection: Connection) -> None:
    if connection.get_execution_options().get("writes"):
        # Takes the write lock at once. Upgrading a read transaction later fails if somebody wrote meanwhile.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        # Waits for nothing and cannot fail, so it goes past SQLAlchemy, which takes longer than many a page's query.
        connection.connection.driver_connection.execute("BEGIN")


def _leave_nothing_begun(connection: Any, _record: Any) -> None:
    # A commit that failed, as on a full disk, leaves its transaction open, and so keeps the lock from all writers.
    if connection is not None and connection.in_transaction:
        connection.rollback()
