"""Parked changes of a territory: its managers, and admins, let them through,
restore a customer for them, or dismiss them."""

from typing import Any, Final

from litestar import Response, Router, get, post
from litestar.datastructures import FormMultiDict

from server.database import Database
from server.models.identity import is_id
from server.models.refusal import NotAllowed
from server.routes.answers import AnyRequest, Page, routed, saved, screen
from server.routes.for_whom import FOR_LEADERS
from server.views.frame import own_toast
from server.views.parked import DONE, parked
from server.views.reader import Reader
from sync import review


@get("/", sync_to_thread=True)
def show(request: AnyRequest, database: Database, leader: Reader) -> Page:
    with database.reading() as session:
        done = own_toast(leader, DONE, request.query_params.get("done"))
        view = {**parked(session, leader), **done}
        return screen(request, leader, "server_only/parked.html", view, "more")


@get("/count", sync_to_thread=True)
def count(database: Database, leader: Reader) -> Page:
    """The number that the page More shows. It is fetched, because on a phone that page comes from the service worker,
    which does not know it."""
    with database.reading() as session:
        parked_now = review.count_to_decide(session, leader.user)
    return Response(str(parked_now) if parked_now else "", media_type="text/html")


@post("/{change_id:str}/apply", sync_to_thread=True)
def let_through(request: AnyRequest, database: Database, leader: Reader, change_id: str) -> Response[Any]:
    with database.writing() as session:
        refused = review.let_through(session, leader.user, change_id, leader.now)
    return _answer(request, database, leader, change_id, refused)


@post("/{change_id:str}/restore", sync_to_thread=True)
def restore(
    request: AnyRequest,
    database: Database,
    leader: Reader,
    change_id: str,
    form: FormMultiDict,
) -> Response[Any]:
    customer_id = form.get("customer_id")
    if not isinstance(customer_id, str) or not is_id(customer_id):
        raise NotAllowed
    with database.writing() as session:
        refused = review.restore(session, leader.user, change_id, customer_id, leader.now)
    return _answer(request, database, leader, change_id, refused)


@post("/{change_id:str}/dismiss", sync_to_thread=True)
def dismiss(database: Database, leader: Reader, change_id: str) -> Response[Any]:
    with database.writing() as session:
        review.dismiss(session, leader.user, change_id, leader.now)
    return saved("/parked", "dismissed")


def _answer(
    request: AnyRequest, database: Database, leader: Reader, change_id: str, refused: str
) -> Response[Any]:
    """`refused`: why the change was refused again; it stays parked, and the page says so. "": it was applied."""
    if not refused:
        return saved("/parked", "applied")
    with database.reading() as session:
        view = parked(session, leader, leader.t.text(refused), change_id)
        return screen(request, leader, "server_only/parked.html", view, "more", 422)


routes: Final = routed(
    [
        Router(
            "/parked",
            route_handlers=[show, count, let_through, restore, dismiss],
            dependencies=FOR_LEADERS,
        )
    ]
)
