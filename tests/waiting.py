"""Who waits for whom in a database."""

from sqlalchemy import text
from sqlmodel import Session


def somebody_waits(session: Session) -> bool:
    """For us. On SQLite who writes second has not begun, and need not be waited for."""
    if session.get_bind().dialect.name == "sqlite":
        return True
    return bool(session.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one())
