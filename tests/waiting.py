"""Whether one transaction waits for another."""

from sqlalchemy import text
from sqlmodel import Session


def somebody_waits(session: Session) -> bool:
    """Whether another transaction waits for a lock. On SQLite always True: a second writer cannot begin before the
    first is done, so a test has nothing to wait for."""
    if session.get_bind().dialect.name == "sqlite":
        return True
    return bool(session.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one())
