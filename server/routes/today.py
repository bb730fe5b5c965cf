"""The page Today, and the address "/" that leads to it."""

from litestar import get

from server.database import Database
from server.routes.answers import Answer, AnyRequest, Page, redirect, routed, screen
from server.views.reader import Reader
from server.views.today import today


@get("/", sync_to_thread=False)
def begin() -> Answer:
    return redirect("/today")


@get("/today", sync_to_thread=True)
def show(request: AnyRequest, database: Database, reader: Reader) -> Page:
    with database.reading() as session:
        return screen(request, reader, "today.html", today(session, reader), "today")


routes = routed([begin, show])
