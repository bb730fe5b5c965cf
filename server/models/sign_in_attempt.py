"""Failed sign-ins of the last minutes, kept in the database so that all server processes share the count.

An attempt is counted before its password is checked, and taken back if the password was right: so many attempts at once
cannot slip through between check and count.
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
from server.translations import msgid

WINDOW: Final = timedelta(minutes=15)
FORGOTTEN_AFTER: Final = timedelta(days=1)
PER_ACCOUNT: Final = 5
PER_ADDRESS: Final = 50
FIRST_WAIT: Final = timedelta(seconds=30)
TOO_OFTEN: Final = msgid("That was tried too often. Please wait %(minutes)s minutes and try again.")


@dataclass(frozen=True)
class Subjects:
    """Keyed hashes of an account and an address, so that the table does not tell who tried to sign in, or from
    where."""

    account: str
    address: str

    @classmethod
    def of(cls, key: str, email: str, address: str) -> "Subjects":
        return cls(_keyed(key, f"account:{email}"), _keyed(key, f"address:{address}"))


class TooManyAttempts(Exception):  # noqa: N818  (an answer, not a failure)
    """`seconds`: how long to wait before the next attempt."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds, self.minutes = seconds, -(-seconds // 60)


def count(session: Session, subjects: Subjects, now: datetime) -> None:
    """Counts an attempt. Raises TooManyAttempts instead if it is too early for another one."""
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
    """Call it if the password was right: forgets all attempts of the account, but of the address only this one, so that
    one right password does not free an address to guess others."""
    session.execute(delete(SignInAttempt).where(col(SignInAttempt.subject) == subjects.account))
    this_one = col(SignInAttempt.subject) == subjects.address, col(SignInAttempt.at) == counted_at
    session.execute(delete(SignInAttempt).where(*this_one))


def _keyed(key: str, text: str) -> str:
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()


def _lately(session: Session, subject: str, now: datetime) -> Sequence[datetime]:
    """The attempts within WINDOW of now. Those in the near future count, because another server's clock may be ahead;
    those further off do not, because they come from a clock that was set right since."""
    recent = SignInAttempt.subject == subject, col(SignInAttempt.at).between(now - WINDOW, now + WINDOW)
    return session.exec(select(SignInAttempt.at).where(*recent).order_by(col(SignInAttempt.at))).all()


def _wait(failures: Sequence[datetime], allowed: int, now: datetime) -> timedelta:
    """How long to wait still: FIRST_WAIT after the last allowed failure,
    then twice as long each time, at most WINDOW."""
    if len(failures) < allowed:
        return timedelta(0)
    grown: timedelta = FIRST_WAIT * 2 ** min(len(failures) - allowed, 10)
    return min(failures[-1], now) + min(grown, WINDOW) - now
