"""What was said of a customer before. Restore is a form of the customer's or the contact's own address."""

from typing import Annotated, Final

from litestar import get
from litestar.params import Parameter

from server.database import Database
from server.routes.answers import AnyRequest, Page, routed, screen
from server.views.history import history
from server.views.reader import Reader

CustomerId = Annotated[str, Parameter(max_length=36)]


@get("/customers/{customer_id:str}/history", sync_to_thread=True)
def show(request: AnyRequest, database: Database, reader: Reader, customer_id: CustomerId, csrf: str) -> Page:
    with database.reading() as session:
        view = {**history(session, reader, customer_id), "csrf": csrf}
        return screen(request, reader, "server_only/history.html", view, "customers")


routes: Final = routed([show])
