"""The server of a history: its real routes over a real database, asked as ASGI servers ask them."""

import asyncio
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

from litestar import Litestar
from litestar.datastructures import State
from sqlalchemy import bindparam
from sqlmodel import col, select

import sync.pull
from server.auth import SESSION_COOKIE
from server.database import Database, open_database
from server.models import device as devices
from server.models.refusal import Refused
from server.models.scope import may_manage
from server.models.session import hash_of
from server.models.user import Device, SignInSession, User
from server.models.workspace import the_workspace
from server.routes import files
from sync import outbox_file, review
from sync.crowd import Crowd
from sync.http import sync_router
from sync.pace import Pace
from tests.sync.simulation import desk, ledger, oracle
from tests.sync.simulation.asking import DEPENDENCIES, Threads
from tests.sync.simulation.cast import USERS, hire_newcomers
from tests.sync.simulation.interruption import Interruption, Killed, Turn, interrupted, watch_statements
from tests.sync.simulation.stages import open_stage
from tests.sync.simulation.trespass import Sight, Watch

PAGE: Final = sync.pull.ROOM
LOOK_S: Final = 0.002  # how often it is checked whether a request waits for the one that is held

ASKING: Final = (
    select(User, col(SignInSession.signed_out_at))
    .outerjoin(SignInSession, col(SignInSession.id_hash) == bindparam("id_hash"))
    .where(User.id == bindparam("user_id"))
)

Answer = dict[str, Any]


class Company:
    """`database`: sqlite or postgresql."""

    def __init__(self, database: str) -> None:
        self.stage = stage = open_stage(database)
        self.loop, self.threads = asyncio.new_event_loop(), Threads(4)
        self.loop.set_default_executor(self.threads)
        self.app = Litestar(
            route_handlers=[sync_router(), *files.routes],
            dependencies=DEPENDENCIES,
            state=State({"sync_events": None, "files": stage.files}),
            openapi_config=None,
            logging_config=None,
        )
        self.database: Database | None = None
        self.held: tuple[Interruption, asyncio.Task[Answer]] | None = None

    def begin(self, page_bytes: int | None, newcomers: bool) -> None:
        """Starts a history. `newcomers`: people come and go in it, and `trespass.py` watches who does what."""
        self._stop()
        ledger.deploy("current")
        sync.pull.ROOM = page_bytes or PAGE  # type: ignore[misc]
        self.epochs = 0
        self.merged_once: set[tuple[str, str]] = set()  # merges that a restored backup has undone
        self._start(self.stage.begin())
        self.watch = Watch() if newcomers else None
        if newcomers:
            with self._open().writing() as session:
                hire_newcomers(session)

    def _start(self, url: str) -> None:
        """One engine serves all histories, always at the same address, so that it keeps its compiled statements."""
        if self.database is None:
            self.url, self.database = url, open_database(url)
            watch_statements(self.database.engine)
        self.database.turn = Turn()  # type: ignore[assignment]
        self.app.state.update(
            {"database": self.database, "sync_pace": Pace(), "sync_crowd": Crowd(), "file_crowd": Crowd()}
        )

    def ask(self, asked: dict[str, Any]) -> Answer:
        """{user, secret, method, path, body, now, interrupt: [kind, at]} to {status, headers, body}, {held}, {killed}.

        `user`: who signed in on that phone; nobody is, once it was lost. `offset`: the body is a piece of a file.
        """
        with self._open().reading() as session:
            params = {"id_hash": hash_of(asked["secret"]), "user_id": asked["user"]}
            user, signed_out_at = session.exec(ASKING, params=params).one()
            asking = user if signed_out_at is None and user.deactivated_at is None else None
        kind, at = asked.get("interrupt") or (None, 0)
        if self.held and kind:
            kind = None  # one at a time
        before = self._sight() if asked["path"] == "/sync/push" else None
        if kind == "hold" or self.held or before is None:
            return self._asked(asked, user, asking, Interruption(kind, at))
        with self._judging(before):
            return self._asked(asked, user, asking, Interruption(kind, at))

    def _asked(
        self, asked: dict[str, Any], user: User, asking: User | None, interruption: Interruption
    ) -> Answer:
        self.threads.is_needed = interruption.kind == "hold" or self.held is not None
        with interrupted(interruption):
            task = self.loop.create_task(self._answer(asked, asking))
        self._wait(task, interruption)
        if not task.done():
            self.held = interruption, task
            return {"held": True}
        return self._ended(task, interruption, user)

    @contextmanager
    def _judging(self, before: Sight | None) -> Iterator[None]:
        """Judges what is done within the block by who might do what before it, in histories that are watched."""
        ledger.done.clear()
        yield
        if self.watch and before:
            self.tell(self.watch.judge, before=before, did=ledger.done)

    def _sight(self) -> Sight | None:
        if self.watch is None:
            return None
        with self._open().reading() as session:
            return self.watch.look(session)

    def _wait(self, task: "asyncio.Task[Answer]", interruption: Interruption) -> None:
        while not task.done() and not interruption.held.is_set():
            timeout = LOOK_S if self.threads.is_needed else None
            self.loop.run_until_complete(asyncio.wait([task], timeout=timeout))
            if self.held and not task.done() and self._is_blocked():
                self.held[0].resume()  # the held request stands in the way: it goes on, and is answered later

    def _is_blocked(self) -> bool:
        turn: Any = self._open().turn
        return turn.waiting > 0 or self.stage.is_anybody_blocked()

    def _ended(self, task: "asyncio.Task[Answer]", interruption: Interruption, user: User) -> Answer:
        if isinstance(task.exception(), Killed) or interruption.kind == "kill":
            self.restart()
            return {"killed": True}
        answer = task.result()
        if (
            answer["status"] == 200
            and answer["is_pull"]
            and ("of " in answer["body"] or "shelf " in answer["body"])
        ):
            with self._open().reading() as session:
                answer["leaks"] = oracle.leaks(session, user.id, answer["body"].encode(), self.merged_once)
        return answer

    async def _answer(self, asked: dict[str, Any], user: User | None) -> Answer:
        path, _, query = asked["path"].partition("?")
        offset = asked.get("offset")
        body = asked["body"].encode() if offset is None else b64decode(asked["body"])
        told: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            told.append(message)

        headers = [(b"host", b"legwork.test"), (b"content-type", b"application/json")]
        headers.append((b"content-length", str(len(body)).encode()))
        headers += [] if offset is None else [(b"upload-offset", offset.encode())]
        headers.append((b"cookie", f"{SESSION_COOKIE}={asked['secret']}".encode()))
        scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "https"}
        scope |= {"method": asked["method"], "path": path, "raw_path": path.encode(), "root_path": ""}
        scope |= {"query_string": query.encode(), "headers": headers, "client": None, "server": None}
        scope |= {"asking": user, "now": moment(asked["now"])}
        await self.app(scope, receive, send)  # type: ignore[arg-type]
        parts = [message.get("body", b"") for message in told[1:]]
        told_headers = [(name.decode(), value.decode()) for name, value in told[0]["headers"]]
        answer = {"status": told[0]["status"], "headers": told_headers, "body": b"".join(parts).decode()}
        return {**answer, "is_pull": path == "/sync/pull"}

    def release(self, kill: bool = False) -> Answer:
        """Lets the held request go on, and returns its answer. `kill`: its process is killed instead."""
        if self.held is None:
            return {"killed": True}
        (interruption, task), self.held = self.held, None
        interruption.resume(kill)
        self.loop.run_until_complete(asyncio.wait([task]))
        return {"killed": True} if isinstance(task.exception(), Killed) else task.result()

    def restart(self) -> None:
        """The server starts again after a crash: what was under way is rolled back, what was in memory is gone."""
        self._stop()
        self._start(self.url)

    def _stop(self) -> None:
        self.release(kill=True)
        if self.database is not None:
            self.database.close()

    def _open(self) -> Database:
        assert self.database is not None
        return self.database

    def do(self, name: str, change: str, args: dict[str, Any], now: int) -> str:
        """Somebody at a desk sends a form. Returns "done", or the code of the refusal."""
        self.release()
        try:
            with self._judging(self._sight()), self._open().writing() as session:
                desk.act(session, name, change, args, moment(now))
        except Refused as refused:
            return refused.code
        return "done"

    def review(self, name: str, chance: float, lets_through: bool, now: int) -> str:
        """A manager decides on one of the parked changes; `chance`, from 0 to 1, says which. Returns its id or ""."""
        self.release()
        with self._judging(self._sight()), self._open().writing() as session:
            user = session.get_one(User, USERS[name])
            if not may_manage(user):
                return ""
            waiting = desk.waiting_for(session, user)
            if not waiting:
                return ""
            decide = review.let_through if lets_through else review.dismiss
            chosen = desk.offered(waiting[int(chance * len(waiting))], waiting)
            decide(session, user, chosen.change_id, moment(now))
            return chosen.change_id

    def lose(self, device_id: str, user_id: str, secret: str, now: int) -> bool:
        """An admin wants this phone wiped. False: the server does not know it, or it is to be wiped already."""
        self.release()
        with self._open().writing() as session:
            if session.get(Device, device_id) is None or session.get(SignInSession, hash_of(secret)):
                return False
            told: dict[str, Any] = {"created_at": moment(now), "last_seen_at": moment(now)}
            told |= {"user_id": user_id, "device_id": device_id, "public_id": device_id}
            session.add(SignInSession(id_hash=hash_of(secret), **told))
            session.flush()
            devices.wipe(session, device_id, moment(now))
            return True

    def bring_in(self, text: str, user_id: str, now: int) -> int:
        """Brings the exported outbox of a phone in at the server. Returns how many changes it held."""
        self.release()
        with self._open().reading() as session:
            author = session.get_one(User, user_id)
        told = outbox_file.read_outbox(text.encode())
        with self._judging(self._sight()):
            return len(outbox_file.bring_in(self._open(), author, told, moment(now)))

    def back_up(self) -> None:
        """As `legwork backup` does: first the copy, then `durable_rev`, by which phones may forget what it holds."""
        self.release()
        with self._open().reading() as session:
            covered = the_workspace(session).rev
        self._stop()
        self.stage.back_up()
        self._start(self.url)
        with self._open().writing() as session:
            the_workspace(session).durable_rev = covered

    def restore(self) -> None:
        with self._open().reading() as session:
            self.merged_once |= oracle.merged(session)
        self._stop()
        self.stage.restore()
        self._start(self.url)
        self.epochs += 1
        with self._open().writing() as session:
            the_workspace(session).epoch = f"epoch-{self.epochs}"

    def deploy(self, version: str) -> None:
        ledger.deploy(version)
        self.restart()

    def tell(self, of: Callable[..., Any], **told: Any) -> Any:
        """Returns what this function finds in the database."""
        self.release()
        with self._open().reading() as session:
            return of(session, **told)

    def account(self) -> dict[str, Any]:
        """What every change has come to, and what was attached, sold and asked."""
        self.release()
        with self._open().reading() as session:
            found = {**oracle.accounts(session), **oracle.closely(session, self.stage.files)}
        return {**found, "trespasses": self.watch.found if self.watch else []}

    def close(self) -> None:
        self._stop()
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()
        self.stage.close()


def moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
