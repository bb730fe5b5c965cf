"""Parked changes of a territory: its managers, and admins, let them through,
restore a customer for them, or dismiss them."""

from typing import Any, Final

from litestar import Response, Router, get, post
from litestar.datastructures import FormMultiDict
from litestar.di import Provide

from server.database import Database
from server.models.identity import is_id
from server.models.refusal import NotAllowed
from server.routes.answers import AnyRequest, Page, routed, saved, screen
from server.views.frame import own_toast
from server.views.parked import DONE, parked
from server.views.reader import Reader
from sync import review


def reader_of_manager(reader: Reader) -> Reader:
    """All others get 404."""
    if not review.may_review(reader.user):
        raise NotAllowed
    return reader


@get("/", sync_to_thread=True)
def show(request: AnyRequest, database: Database, manager: Reader) -> Page:
    with database.reading() as session:
        done = own_toast(manager, DONE, request.query_params.get("done"))
        view = {**parked(session, manager), **done}
        return screen(request, manager, "server_only/parked.html", view, "more")


@get("/count", sync_to_thread=True)
def count(database: Database, manager: Reader) -> Page:
    """The number that the page More shows. It is fetched, because on a phone that page comes from the service worker,
    which does not know it."""
    with database.reading() as session:
        parked_now = review.count_to_decide(session, manager.user)
    return Response(str(parked_now) if parked_now else "", media_type="text/html")


@post("/{change_id:str}/apply", sync_to_thread=True)
def let_through(request: AnyRequest, database: Database, manager: Reader, change_id: str) -> Response[Any]:
    with database.writing() as session:
        refused = review.let_through(session, manager.user, change_id, manager.now)
    return _answer(request, database, manager, change_id, refused)


@post("/{change_id:str}/restore", sync_to_thread=True)
def restore(
    request: AnyRequest,
    database: Database,
    manager: Reader,
    change_id: str,
    form: FormMultiDict,
) -> Response[Any]:
    customer_id = form.get("customer_id")
    if not isinstance(customer_id, str) or not is_id(customer_id):
        raise NotAllowed
    with database.writing() as session:
        refused = review.restore(session, manager.user, change_id, customer_id, manager.now)
    return _answer(request, database, manager, change_id, refused)


@post("/{change_id:str}/dismiss", sync_to_thread=True)
def dismiss(database: Database, manager: Reader, change_id: str) -> Response[Any]:
    with database.writing() as session:
        review.dismiss(session, manager.user, change_id, manager.now)
    return saved("/parked", "dismissed")


def _answer(
    request: AnyRequest, database: Database, manager: Reader, change_id: str, refused: str
) -> Response[Any]:
    """`refused`: why the change was refused again; it stays parked, and the page says so. "": it was applied."""
    if not refused:
        return saved("/parked", "applied")
    with database.reading() as session:
        view = parked(session, manager, manager.t.text(refused), change_id)
        return screen(request, manager, "server_only/parked.html", view, "more", 422)


FOR_MANAGERS: Final = {"manager": Provide(reader_of_manager, sync_to_thread=False)}
routes: Final = routed(
    [
        Router(
            "/parked",
            route_handlers=[show, count, let_through, restore, dismiss],
            dependencies=FOR_MANAGERS,
        )
    ]
)
