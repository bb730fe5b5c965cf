"""The outbox of a browser that has none: what it saves is on the server at once."""

from litestar import get

from server.routes.answers import AnyRequest, Page, routed, screen
from server.views.outbox import outbox
from server.views.reader import Reader


@get("/outbox", sync_to_thread=True)
def show(request: AnyRequest, reader: Reader) -> Page:
    return screen(request, reader, "outbox.html", outbox(reader), "more")


routes = routed([show])
