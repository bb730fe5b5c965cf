"""Deleting a customer, and bringing one back."""

from typing import Final

from litestar import get, post
from litestar.datastructures import FormMultiDict
from sqlmodel import Session

from server.database import Database
from server.models.refusal import NotAllowed
from server.routes.answers import Answer, AnyRequest, Page, RowId, back_of, routed, saved, screen
from server.views.deleting import deleted_ones, to_delete, was_deleted
from server.views.reader import Reader
from sync.apply import apply


@get("/customers/{customer_id:str}/delete", sync_to_thread=True)
def show(request: AnyRequest, database: Database, reader: Reader, customer_id: RowId) -> Page:
    with database.reading() as session:
        try:
            view = to_delete(session, reader, customer_id)
        except NotAllowed:
            return page_of_deleted(session, request, reader, customer_id)
        return screen(request, reader, "server_only/delete.html", view, "customers")


def page_of_deleted(session: Session, request: AnyRequest, reader: Reader, customer_id: str) -> Page:
    """Says that the customer was deleted, in place of any of its pages.
    Raises NotAllowed for those who would not see it if it were restored."""
    view = was_deleted(session, reader, customer_id)
    return screen(request, reader, "server_only/deleted.html", view, "customers", 410)


@post("/customers/{customer_id:str}/delete", sync_to_thread=True)
def delete(database: Database, reader: Reader, customer_id: RowId) -> Answer:
    with database.writing() as session:
        apply(session, reader.user, "customer.delete", {"customer_id": customer_id}, reader.now)
        return saved("/customers", "deleted", customer_id)


@post("/customers/{customer_id:str}/restore", sync_to_thread=True)
def restore(database: Database, reader: Reader, customer_id: RowId, form: FormMultiDict) -> Answer:
    with database.writing() as session:
        apply(session, reader.user, "customer.restore", {"customer_id": customer_id}, reader.now)
        return saved(back_of(form, f"/customers/{customer_id}"), "restored")


@get("/deleted-customers", sync_to_thread=True)
def show_deleted(request: AnyRequest, database: Database, reader: Reader) -> Page:
    with database.reading() as session:
        view = deleted_ones(session, reader)
        return screen(request, reader, "server_only/deleted_customers.html", view, "customers")


routes: Final = routed([show, delete, restore, show_deleted])
