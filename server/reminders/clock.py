"""Whether the server's clock can be believed: before a time server has set it, it may be months ahead.

What is due goes by the clock, and so does what is handed back to the pool or forgotten; none of it can be taken back.
So the worker keeps when it last tidied. A clock that is further on than a long weekend explains has leapt, or the
server was switched off. It is believed as soon as a time server has set it, or a phone by the same clock made an
entry, and in any case once it has gone on for a day. A clock that is behind finds nothing new, and does no harm.
"""

import ctypes
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import update
from sqlmodel import Session, col, select

from server.database import Database
from server.models.identity import new_id
from server.models.receipt import Receipt
from server.models.workspace import Workspace, the_workspace

LEAP: Final = timedelta(days=4)
NEAR: Final = timedelta(days=1)
STEADY_FOR: Final = timedelta(days=1)
UNSET: Final = 5  # TIME_ERROR of adjtimex(2)

log = structlog.get_logger("legwork.reminders")


def is_set_by_time_server() -> bool:
    """What the kernel says; only Linux does."""
    try:
        return bool(0 <= ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512)) != UNSET)
    except (AttributeError, OSError, TypeError):
        return False


def last_sure(session: Session, now: datetime) -> datetime | None:
    """When the clock was last believed, if it cannot be now; else None."""
    kept_at = the_workspace(session).tidied_at
    sure = (
        kept_at is None or now - kept_at <= LEAP or is_set_by_time_server() or _a_phone_agrees(session, now)
    )
    return None if sure else kept_at


def keep(session: Session, now: datetime) -> None:
    session.execute(update(Workspace).values(tidied_at=now).execution_options(synchronize_session=False))


def _a_phone_agrees(session: Session, now: datetime) -> bool:
    """The first half of an entry's id is the moment at which its phone made it."""
    first, last = (new_id(int(moment.timestamp() * 1000), 0) for moment in (now - NEAR, now + NEAR))
    made = select(Receipt.change_id).where(col(Receipt.change_id).between(first, last)).limit(1)
    return session.exec(made).first() is not None


class Clock:
    """A worker's. It asks the database once, and again after a leap."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._believed_at: datetime | None = None
        self._doubted_since: datetime | None = None
        self._doubted_at: datetime | None = None

    def is_believed(self, now: datetime) -> bool:
        if self._believed_at is None or now - self._believed_at > LEAP:
            with self.database.reading() as session:
                kept_at = last_sure(session, now)
            if kept_at is not None and not self._is_steady(now, kept_at):
                return False
        if self._doubted_since is not None:
            log.info("clock_believed")
        self._believed_at, self._doubted_since = now, None
        return True

    def _is_steady(self, now: datetime, kept_at: datetime) -> bool:
        if self._doubted_since is None or self._doubted_at is None or abs(now - self._doubted_at) > LEAP:
            log.warning("clock_leapt", now=f"{now:%Y-%m-%d %H:%M}", last_seen=f"{kept_at:%Y-%m-%d %H:%M}")
            self._doubted_since = now
        self._doubted_at = now
        return now - self._doubted_since >= STEADY_FOR
