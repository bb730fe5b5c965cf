"""The history of a customer's and its contacts' fields.
To restore a value, the page sends their ordinary edit forms."""

from typing import Final

from litestar import get

from server.database import Database
from server.routes.answers import AnyRequest, Page, RowId, routed, screen
from server.views.history import history
from server.views.reader import Reader


@get("/customers/{customer_id:str}/history", sync_to_thread=True)
def show(request: AnyRequest, database: Database, reader: Reader, customer_id: RowId) -> Page:
    with database.reading() as session:
        view = history(session, reader, customer_id)
        return screen(request, reader, "server_only/history.html", view, "customers")


routes: Final = routed([show])
