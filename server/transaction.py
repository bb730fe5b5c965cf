"""One request, one transaction, in one thread: begun, committed and given back before its answer leaves.

In one thread, because who holds the database's lock must never have to wait for another thread to let it go: those may
all be waiting for the lock.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Final, TypeVar

from litestar import Router
from litestar.handlers import HTTPRouteHandler
from litestar.types import ControllerRouterHandler
from sqlmodel import Session

from server.database import Database

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})

Handler = TypeVar("Handler", bound=ControllerRouterHandler)


def promised_session(database: Database) -> Session:
    """What a route's parameter `session` holds until the route runs."""
    return Session(info={"database": database})


def routes_of(*handlers: HTTPRouteHandler) -> list[ControllerRouterHandler]:
    """A router of their own: Litestar registers twice, and breaks, two of one address that come to an app singly."""
    return [Router("/", route_handlers=in_one_transaction(handlers))]


def in_one_transaction(handlers: Sequence[Handler]) -> list[Handler]:
    """Gives routes that ask for `session` one that reads, or one whose writes are committed when they return."""
    for handler in handlers:
        if isinstance(handler, HTTPRouteHandler) and "session" in handler.fn.__annotations__:
            handler._fn = _in_transaction(handler.fn, handler.http_methods <= SAFE_METHODS)  # noqa: SLF001
    return list(handlers)


def _in_transaction(route: Callable[..., Any], only_reads: bool) -> Callable[..., Any]:
    @wraps(route)
    def run(**values: Any) -> Any:
        database: Database = values["session"].info["database"]
        with database.reading() if only_reads else database.writing() as session:
            return route(**{**values, "session": session})

    return run
