"""What became of reminders. For admins; all others get 404."""

from typing import Final

from litestar import Router, get
from litestar.datastructures import State

from server.database import Database
from server.routes.answers import AnyRequest, Page, routed, screen
from server.routes.for_whom import FOR_ADMINS
from server.views.deliveries import deliveries
from server.views.reader import Reader


@get("/", sync_to_thread=True)
def show(request: AnyRequest, database: Database, state: State, admin: Reader) -> Page:
    with database.reading() as session:
        view = deliveries(session, admin, state.server_key)
    return screen(request, admin, "server_only/deliveries.html", view, "more")


routes: Final = routed([Router("/deliveries", route_handlers=[show], dependencies=FOR_ADMINS)])
