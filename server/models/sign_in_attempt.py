"""How often signing in failed lately, kept in the database so that every process counts alike.

An attempt is counted before the password is looked at and taken back when it was right: many at once cannot slip
through between the look and the count.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete
from sqlmodel import Session, col, select

from server.models.turns import wait_for_others
from server.models.user import SignInAttempt

WINDOW: Final = timedelta(minutes=15)
FORGOTTEN_AFTER: Final = timedelta(days=1)
PER_ACCOUNT: Final = 5
PER_ADDRESS: Final = 50
FIRST_WAIT: Final = timedelta(seconds=30)


@dataclass(frozen=True)
class Subjects:
    """Keyed hashes: the table tells nobody who tried to sign in, or from where."""

    account: str
    address: str

    @classmethod
    def of(cls, key: str, email: str, address: str) -> "Subjects":
        return cls(_keyed(key, f"account:{email}"), _keyed(key, f"address:{address}"))


class TooManyAttempts(Exception):  # noqa: N818  (an answer, not a failure)
    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def count(session: Session, subjects: Subjects, now: datetime) -> None:
    """Raises TooManyAttempts instead, when it is too early for another one."""
    wait_for_others(session, subjects.account, subjects.address)
    waits = (
        _wait(_lately(session, subjects.account, now), PER_ACCOUNT, now),
        _wait(_lately(session, subjects.address, now), PER_ADDRESS, now),
    )
    if max(waits) > timedelta(0):
        raise TooManyAttempts(int(max(waits).total_seconds()) + 1)
    session.add_all(
        SignInAttempt(subject=subject, at=now) for subject in (subjects.account, subjects.address)
    )
    session.execute(delete(SignInAttempt).where(col(SignInAttempt.at) < now - FORGOTTEN_AFTER))


def forgive(session: Session, subjects: Subjects, counted_at: datetime) -> None:
    """The password was right: the account starts afresh, the address only gets this attempt back."""
    session.execute(delete(SignInAttempt).where(col(SignInAttempt.subject) == subjects.account))
    this_one = col(SignInAttempt.subject) == subjects.address, col(SignInAttempt.at) == counted_at
    session.execute(delete(SignInAttempt).where(*this_one))


def _keyed(key: str, text: str) -> str:
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()


def _lately(session: Session, subject: str, now: datetime) -> Sequence[datetime]:
    """Also of a server whose clock is ahead; not of a clock that was wrong by days and was set right."""
    recent = SignInAttempt.subject == subject, col(SignInAttempt.at).between(now - WINDOW, now + WINDOW)
    return session.exec(select(SignInAttempt.at).where(*recent).order_by(col(SignInAttempt.at))).all()


def _wait(failures: Sequence[datetime], allowed: int, now: datetime) -> timedelta:
    """Half a minute after the last one allowed, then twice as long each time, up to the whole window."""
    if len(failures) < allowed:
        return timedelta(0)
    grown: timedelta = FIRST_WAIT * 2 ** min(len(failures) - allowed, 10)
    return min(failures[-1], now) + min(grown, WINDOW) - now
