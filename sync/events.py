"""Tells phones that listen that there is something to pull. Only a hint: a phone that misses it pulls by its timer.
Managers hear, under another event name, of what the people they lead have done: a screen of theirs may be out of date,
though there is nothing to pull.

In each process one task looks for whom there is news: when something was committed here, when PostgreSQL says that
another process has written, and every few seconds besides. The open streams of those people then say so. It also looks
for who has signed out, and ends their streams.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import psycopg
import structlog
from sqlalchemy import and_, exists, or_, select, union
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col

from server.database import Database
from server.models import session as sessions
from server.models.customer import Customer, CustomerShare
from server.models.revision import CHANNEL, RowRevision, ScopeRevision
from server.models.scope import ALL_SEEING_ROLES
from server.models.user import Role, User
from server.models.workspace import Workspace

LOOK_EVERY_S: Final = 5.0  # for what another process wrote to SQLite
KEEP_ALIVE_S: Final = 20.0
GATHER_S: Final = 0.2  # what is written within this time is told at once, so that phones pull once for it
LIFETIME_S: Final = 15 * 60.0  # of a stream. The phone connects again, and its session is checked again
RECONNECT_S: Final = 2.0
PULL: Final = ""
TEAM: Final = "event: team\n"
MOST_OF_ONE: Final = 50  # streams of one person, on all their devices: the next one ends the oldest
LISTEN_S: Final = 0.05  # how long one look at PostgreSQL's notifications may delay a stop

log = structlog.get_logger()


@dataclass(eq=False)
class _Stream:
    session_hash: str
    rev: int = 0
    is_over: bool = False
    names: set[str] = field(default_factory=set)  # of the events to be told: PULL, TEAM
    news: asyncio.Event = field(default_factory=asyncio.Event)


class Events:
    def __init__(
        self, database: Database, keep_alive_s: float = KEEP_ALIVE_S, look_every_s: float = LOOK_EVERY_S
    ) -> None:
        self.database, self.keep_alive_s, self.look_every_s = database, keep_alive_s, look_every_s
        self._streams: dict[str, dict[_Stream, None]] = {}  # the oldest first
        self._closed = False
        self._ended = threading.Event()
        self._listener: threading.Thread | None = None

    async def start(self) -> None:
        self._loop, self._woken = asyncio.get_running_loop(), asyncio.Event()
        self._rev, _ = await asyncio.to_thread(self._look, None)
        self._asked_at = self._loop.time()
        self._task = asyncio.create_task(self._watch())
        self.database.after_commit.append(self.wake)
        if not self.database.is_sqlite:
            self._listener = threading.Thread(target=self._listen, name="legwork-listen", daemon=True)
            self._listener.start()

    def wake(self) -> None:
        """Look for news soon. May be called from any thread."""
        with suppress(RuntimeError):  # the loop has ended: nobody is left to be told
            self._loop.call_soon_threadsafe(self._woken.set)

    def close(self) -> None:
        """Ends every stream now. A server that stops must not wait for phones to hang up."""
        self._closed = True
        self._ended.set()
        for stream in self._open():
            _end(stream)

    def _open(self) -> list[_Stream]:
        return [stream for streams in self._streams.values() for stream in streams]

    async def stop(self) -> None:
        self.close()
        self.database.after_commit.remove(self.wake)
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        if self._listener is not None:
            await asyncio.to_thread(self._listener.join)

    async def stream(self, user_id: str, session_hash: str) -> AsyncIterator[bytes]:
        """What one phone reads, until it hangs up, is signed out, or the server stops."""
        stream = _Stream(session_hash)
        mine = self._streams.setdefault(user_id, {})
        mine[stream] = None
        for oldest in list(mine)[:-MOST_OF_ONE]:
            _end(oldest)
        try:
            yield b"retry: 5000\n: listening\n\n"
            until = self._loop.time() + LIFETIME_S
            while not (self._closed or stream.is_over) and self._loop.time() < until:
                yield await self._next(stream)
        finally:
            self._streams[user_id].pop(stream, None)
            if not self._streams[user_id]:
                del self._streams[user_id]

    async def _next(self, stream: _Stream) -> bytes:
        try:
            await asyncio.wait_for(stream.news.wait(), self.keep_alive_s)
        except TimeoutError:
            return b": still here\n\n"
        stream.news.clear()
        if self._closed or stream.is_over:
            return b": goodbye\n\n"
        names, stream.names = sorted(stream.names), set()
        return "".join(f'{name}data: {{"rev": {stream.rev}}}\n\n' for name in names).encode()

    async def _watch(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), self.look_every_s)
                await asyncio.sleep(GATHER_S)
            self._woken.clear()
            if self._streams:
                await self._tell()
                await self._end_signed_out()

    async def _end_signed_out(self) -> None:
        """No event tells of a sign-out, so the database is asked, but not at every news: once in `look_every_s`."""
        if self._loop.time() < self._asked_at + self.look_every_s:
            return
        self._asked_at = self._loop.time()
        listening = self._open()
        try:
            hashes = {stream.session_hash for stream in listening}
            signed_in = await asyncio.to_thread(self._signed_in, hashes)
        except SQLAlchemyError as error:
            log.warning("events_blind", error=type(error).__name__)
            return
        for stream in listening:
            if stream.session_hash not in signed_in:
                _end(stream)

    def _signed_in(self, hashes: Iterable[str]) -> set[str]:
        with self.database.reading() as session:
            return sessions.still_signed_in(session, hashes)

    async def _tell(self) -> None:
        try:
            rev, told = await asyncio.to_thread(self._look, self._rev)
        except SQLAlchemyError as error:
            log.warning("events_blind", error=type(error).__name__)
            return
        self._rev = rev
        for name, users in told.items():
            for user_id in users & self._streams.keys():
                for stream in self._streams[user_id]:
                    stream.rev = rev
                    stream.names.add(name)
                    stream.news.set()

    def _look(self, after: int | None) -> tuple[int, dict[str, set[str]]]:
        """The latest revision, and by event whom to tell of what came after that one (None: nobody)."""
        with self.database.reading() as session:
            rev = session.execute(select(col(Workspace.rev))).scalar_one_or_none() or 0
            if after is None or rev <= after:
                return rev, {}
            return rev, {PULL: audience(session, after), TEAM: leaders(session, after)}

    def _listen(self) -> None:
        url = self.database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        while not self._ended.is_set():
            try:
                self._listen_once(url)
            except psycopg.Error as error:
                log.warning("events_deaf", error=type(error).__name__)
                self._ended.wait(RECONNECT_S)

    def _listen_once(self, url: str) -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            while not self._ended.is_set():
                for _ in connection.notifies(timeout=LISTEN_S, stop_after=1):
                    self.wake()


def _end(stream: _Stream) -> None:
    stream.is_over = True
    stream.news.set()


def audience(session: Session, after: int) -> set[str]:
    """Who may have something to pull since that revision."""
    changed = col(RowRevision.rev) > after
    customers = select(col(RowRevision.customer_id)).where(changed)
    of_all = select(col(RowRevision.row_id)).where(changed, col(RowRevision.customer_id).is_(None))
    if session.execute(of_all.where(col(RowRevision.collection) != "me").limit(1)).first():
        return set(session.scalars(select(col(User.id))))
    query: Any = union(
        select(col(Customer.owner_id)).where(col(Customer.id).in_(customers)),
        select(col(CustomerShare.user_id)).where(col(CustomerShare.customer_id).in_(customers)),
        select(col(ScopeRevision.user_id)).where(col(ScopeRevision.rev) > after),
        of_all.where(col(RowRevision.collection) == "me"),
    )
    return {user_id for user_id in session.scalars(query) if user_id}


def leaders(session: Session, after: int) -> set[str]:
    """Managers, executives and admins on whose page Team something about a customer was written since that revision."""
    changed = select(col(RowRevision.customer_id)).where(col(RowRevision.rev) > after)
    there = select(col(Customer.territory_id)).where(col(Customer.id).in_(changed))
    manages = and_(col(User.role) == Role.MANAGER, col(User.territory_id).in_(there))
    sees_all = and_(col(User.role).in_(ALL_SEEING_ROLES), exists(there))
    return set(session.scalars(select(col(User.id)).where(or_(manages, sees_all))))
