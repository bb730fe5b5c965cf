"""The server of a history: its real routes over a real database, asked as ASGI servers ask them."""

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, Final

from litestar import Litestar, Request
from litestar.datastructures import State
from litestar.di import Provide
from sqlmodel import select

import sync.pull
from server.auth import SESSION_COOKIE, NotSignedIn, Visitor
from server.database import Database, open_database
from server.models import device as devices
from server.models.session import hash_of
from server.models.user import Device, SignInSession, User
from server.models.workspace import the_workspace
from sync import outbox_file, review
from sync.apply import Refused, apply
from sync.crowd import Crowd
from sync.http import sync_router
from sync.pace import Pace
from tests.sync.simulation import ledger, oracle
from tests.sync.simulation.cast import USERS
from tests.sync.simulation.interruption import Interruption, Killed, Turn, interrupted, watch_statements
from tests.sync.simulation.stages import Stage

PAGE: Final = sync.pull.ROOM
LOOK_S: Final = 0.002  # how often a request that may be waiting for a held one is looked at

AnyRequest = Request[Any, Any, Any]
Answer = dict[str, Any]


def user_of(request: AnyRequest) -> User:
    user: User | None = request.scope["asking"]  # type: ignore[typeddict-item]
    if user is None:
        raise NotSignedIn
    return user


def now_of(request: AnyRequest) -> datetime:
    now: datetime = request.scope["now"]  # type: ignore[typeddict-item]
    return now


def visitor_of(request: AnyRequest) -> Visitor | None:
    user: User | None = request.scope["asking"]  # type: ignore[typeddict-item]
    return user and Visitor(sign_in_of(request), user)


def sign_in_of(request: AnyRequest) -> SignInSession:
    return SignInSession(id_hash="simulated", public_id="simulated", user_id=user_of(request).id)


def database_of(state: State) -> Database:
    database: Database = state.database
    return database


class Threads(ThreadPoolExecutor):
    """Handlers need a thread of their own only while another request is held."""

    is_needed = False

    def submit(self, work: Any, /, *args: Any, **named: Any) -> Future[Any]:
        if self.is_needed:
            return super().submit(work, *args, **named)
        done: Future[Any] = Future()
        try:
            done.set_result(work(*args, **named))
        except BaseException as error:  # noqa: BLE001  (as the pool itself does)
            done.set_exception(error)
        return done


class Company:
    def __init__(self, stage: Stage) -> None:
        self.stage, self.loop, self.threads = stage, asyncio.new_event_loop(), Threads(4)
        self.loop.set_default_executor(self.threads)
        self.app = Litestar(
            route_handlers=[sync_router()],
            dependencies={
                "database": Provide(database_of, sync_to_thread=False),
                "user": Provide(user_of, sync_to_thread=False),
                "sign_in": Provide(sign_in_of, sync_to_thread=False),
                "visitor": Provide(visitor_of, sync_to_thread=False),
                "now": Provide(now_of, sync_to_thread=False),
            },
            state=State({"sync_events": None}),
            openapi_config=None,
            logging_config=None,
        )
        self.database: Database | None = None
        self.held: tuple[Interruption, asyncio.Task[Answer]] | None = None

    def begin(self, page_bytes: int | None) -> None:
        self._stop()
        ledger.deploy("current")
        sync.pull.ROOM = page_bytes or PAGE  # type: ignore[misc]
        self.epochs = 0
        self._start(self.stage.begin())

    def _start(self, url: str) -> None:
        """Always at the same address: one engine serves all histories, and keeps what it has compiled."""
        if self.database is None:
            self.url, self.database = url, open_database(url)
            watch_statements(self.database.engine)
        self.database.turn = Turn()  # type: ignore[assignment]
        self.app.state.update({"database": self.database, "sync_pace": Pace(), "sync_crowd": Crowd()})

    def ask(self, asked: dict[str, Any]) -> Answer:
        """{user, secret, method, path, body, now, interrupt: [kind, at]} to {status, headers, body}, {held}, {killed}.

        `user`: who signed in on that phone; nobody is, once it was lost.
        """
        with self._open().reading() as session:
            user = session.exec(select(User).where(User.id == asked["user"])).one()
            sign_in = session.get(SignInSession, hash_of(asked["secret"]))
            asking = user if sign_in is None or sign_in.signed_out_at is None else None
        kind, at = asked.get("interrupt") or (None, 0)
        if self.held and kind:
            kind = None  # one at a time
        interruption = Interruption(kind, at)
        self.threads.is_needed = kind == "hold" or self.held is not None
        with interrupted(interruption):
            task = self.loop.create_task(self._answer(asked, asking))
        self._wait(task, interruption)
        if not task.done():
            self.held = interruption, task
            return {"held": True}
        return self._ended(task, interruption, user)

    def _wait(self, task: "asyncio.Task[Answer]", interruption: Interruption) -> None:
        while not task.done() and not interruption.held.is_set():
            timeout = LOOK_S if self.threads.is_needed else None
            self.loop.run_until_complete(asyncio.wait([task], timeout=timeout))
            if self.held and not task.done() and self._is_blocked():
                self.held[0].resume()  # what stood in the way goes on, and its answer is fetched later

    def _is_blocked(self) -> bool:
        turn: Any = self._open().turn
        return turn.waiting > 0 or self.stage.is_anybody_blocked()

    def _ended(self, task: "asyncio.Task[Answer]", interruption: Interruption, user: User) -> Answer:
        if isinstance(task.exception(), Killed) or interruption.kind == "kill":
            self.restart()
            return {"killed": True}
        answer = task.result()
        if answer["status"] == 200 and answer["is_pull"] and "of " in answer["body"]:
            with self._open().reading() as session:
                answer["leaks"] = oracle.leaks(session, user.id, answer["body"].encode())
        return answer

    async def _answer(self, asked: dict[str, Any], user: User | None) -> Answer:
        path, _, query = asked["path"].partition("?")
        body = asked["body"].encode()
        told: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            told.append(message)

        headers = [(b"host", b"legwork.test"), (b"content-type", b"application/json")]
        headers.append((b"content-length", str(len(body)).encode()))
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
        """What was held goes on, and its answer comes."""
        if self.held is None:
            return {"killed": True}
        (interruption, task), self.held = self.held, None
        interruption.resume(kill)
        self.loop.run_until_complete(asyncio.wait([task]))
        return {"killed": True} if isinstance(task.exception(), Killed) else task.result()

    def restart(self) -> None:
        """As after a crash: what was under way is rolled back, what was in memory is gone."""
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
        """Somebody at a desk, through a form."""
        self.release()
        try:
            with self._open().writing() as session:
                user = session.get(User, USERS[name])
                assert user is not None
                apply(session, user, change, args, moment(now))
        except Refused as refused:
            return refused.code
        return "done"

    def review(self, name: str, chance: float, lets_through: bool, now: int) -> str:
        """A manager decides on one of those that wait; which one, chance says."""
        self.release()
        with self._open().writing() as session:
            user = session.get(User, USERS[name])
            assert user is not None
            waiting = [receipt.change_id for receipt, _ in review.parked_for(session, user)]
            if not waiting:
                return ""
            decide = review.let_through if lets_through else review.dismiss
            change_id = waiting[int(chance * len(waiting))]
            decide(session, user, change_id, moment(now))
            return change_id

    def lose(self, device_id: str, user_id: str, secret: str, now: int) -> bool:
        """An admin is told that this phone is lost."""
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
        """What a phone has exported, brought in at the server. How many changes it held."""
        self.release()
        with self._open().reading() as session:
            author = session.get_one(User, user_id)
        return len(
            outbox_file.bring_in(self._open(), author, outbox_file.read_outbox(text.encode()), moment(now))
        )

    def back_up(self) -> None:
        """As `legwork backup` does: the copy first, then the word that phones may forget what it holds."""
        self.release()
        with self._open().reading() as session:
            covered = the_workspace(session).rev
        self._stop()
        self.stage.back_up()
        self._start(self.url)
        with self._open().writing() as session:
            the_workspace(session).durable_rev = covered

    def restore(self) -> None:
        self._stop()
        self.stage.restore()
        self._start(self.url)
        self.epochs += 1
        with self._open().writing() as session:
            the_workspace(session).epoch = f"epoch-{self.epochs}"

    def deploy(self, version: str) -> None:
        ledger.deploy(version)
        self.restart()

    def customers(self) -> list[list[str | None]]:
        """[id, owner] of each that stands."""
        self.release()
        with self._open().reading() as session:
            return oracle.customers(session)

    def look(self) -> dict[str, Any]:
        """What every phone should show, and what every change has come to."""
        self.release()
        with self._open().reading() as session:
            rows = oracle.shown_to(session, list(USERS.values()))
            return {"rows": rows, **oracle.accounts(session)}

    def close(self) -> None:
        self._stop()
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()
        self.stage.close()


def moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
