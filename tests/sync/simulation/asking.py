"""Dependencies of the routes: who asks, and when. A real server finds this out by itself, here the history says it."""

from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from litestar import Request
from litestar.datastructures import State
from litestar.di import Provide

from server.auth import NotSignedIn, Visitor
from server.database import Database
from server.models.user import SignInSession, User

AnyRequest = Request[Any, Any, Any]


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
    return user and Visitor(_signed_in(user.id, request.query_params.get("device_id")), user)


def sign_in_of(request: AnyRequest) -> SignInSession:
    return _signed_in(user_of(request).id, None)


@lru_cache
def _signed_in(user_id: str, device_id: str | None) -> SignInSession:
    """The session of this device, so that a pull need not note that it is."""
    return SignInSession(id_hash="simulated", public_id="simulated", user_id=user_id, device_id=device_id)


def database_of(state: State) -> Database:
    database: Database = state.database
    return database


DEPENDENCIES: Final = {
    "database": Provide(database_of, sync_to_thread=False),
    "user": Provide(user_of, sync_to_thread=False),
    "sign_in": Provide(sign_in_of, sync_to_thread=False),
    "visitor": Provide(visitor_of, sync_to_thread=False),
    "now": Provide(now_of, sync_to_thread=False),
}


class Threads(ThreadPoolExecutor):
    """Runs handlers at once in this thread; in threads of their own only while a request is held (`is_needed`)."""

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
