"""Stops a request of the server between two of its statements: killed there, held there, or told the disk is full."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Event, RLock
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError


class Killed(BaseException):
    """The process is gone. Nothing may catch this, so nothing of the transaction is left."""


class Interruption:
    """Strikes at the statement number `at`, from 1, or with 0 at the first commit. `kind`: kill, hold, disk."""

    def __init__(self, kind: str | None = None, at: int = 0) -> None:
        self.kind, self.at, self.count = kind, at, 0
        self.held, self.resumed, self.is_killed = Event(), Event(), False

    def statement(self) -> None:
        self.count += 1
        if self.count == self.at:
            self._strike()

    def commit(self) -> None:
        if self.at == 0:
            self.at = -1
            self._strike()

    def _strike(self) -> None:
        if self.kind == "kill":
            raise Killed
        if self.kind == "disk":
            raise OperationalError("simulated", {}, Exception("disk I/O error"))
        if self.kind == "hold":
            self.held.set()
            self.resumed.wait()
            if self.is_killed:
                raise Killed

    def resume(self, kill: bool = False) -> None:
        self.is_killed = kill
        self.resumed.set()


CURRENT: ContextVar[Interruption | None] = ContextVar("interruption", default=None)


@contextmanager
def interrupted(interruption: Interruption) -> Iterator[None]:
    """Interrupts the requests that begin in this block, in whatever thread they go on."""
    token = CURRENT.set(interruption)
    try:
        yield
    finally:
        CURRENT.reset(token)


def watch_statements(engine: Engine) -> None:
    def before_statement(*_: Any) -> None:
        if interruption := CURRENT.get():
            interruption.statement()

    def before_commit(_: Any) -> None:
        interruption = CURRENT.get()
        # When a commit fails, PostgreSQL ends the transaction. A failure before it hears of it would be no real fault.
        if interruption and (engine.dialect.name == "sqlite" or interruption.kind != "disk"):
            interruption.commit()

    event.listen(engine, "before_cursor_execute", before_statement)
    event.listen(engine, "commit", before_commit)


class Turn:
    """SQLite's queue of writers. `waiting`: how many stand in it."""

    def __init__(self) -> None:
        self.lock, self.waiting = RLock(), 0

    def acquire(self, timeout: float) -> bool:
        """Whatever the timeout: a history must not hang on how fast the machine is."""
        if not self.lock.acquire(blocking=False):
            self.waiting += 1
            self.lock.acquire()
            self.waiting -= 1
        return True

    def release(self) -> None:
        self.lock.release()
