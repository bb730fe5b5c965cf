"""Everybody's phones, for admins: which of them hold entries but are silent, and wiping a lost one."""

from typing import Any, Final

from litestar import Response, Router, get, post

from server.database import Database
from server.models import device
from server.routes.answers import AnyRequest, Page, routed, saved, screen
from server.routes.for_whom import FOR_ADMINS
from server.views.frame import own_toast
from server.views.phones import DONE, phones
from server.views.reader import Reader


@get("/", sync_to_thread=True)
def show(request: AnyRequest, database: Database, admin: Reader) -> Page:
    with database.reading() as session:
        done = own_toast(admin, DONE, request.query_params.get("done"))
        view = {**phones(session, admin), **done}
        return screen(request, admin, "server_only/phones.html", view, "more")


@post("/{device_id:str}/wipe", sync_to_thread=True)
def wipe(database: Database, admin: Reader, device_id: str) -> Response[Any]:
    with database.writing() as session:
        device.wipe(session, device_id, admin.now)
    return saved("/devices", "wipe")


routes: Final = routed([Router("/devices", route_handlers=[show, wipe], dependencies=FOR_ADMINS)])
