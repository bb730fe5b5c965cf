"""Today."""

from litestar import Response, get

from server.database import Database
from server.routes.answers import AnyRequest, Page, routed, screen
from server.views.reader import Reader
from server.views.today import today


@get("/", sync_to_thread=False)
def begin() -> Response[bytes]:
    return Response(b"", status_code=303, headers={"Location": "/today"})


@get("/today", sync_to_thread=True)
def show(request: AnyRequest, database: Database, reader: Reader) -> Page:
    with database.reading() as session:
        return screen(request, reader, "today.html", today(session, reader), "today")


routes = routed([begin, show])
