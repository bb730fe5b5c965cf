"""Merging a customer into another one that it duplicates."""

from typing import Final

from litestar import get, post
from litestar.datastructures import FormMultiDict

from server.database import Database
from server.models.merging import alias_of
from server.models.refusal import Invalid, NotAllowed, Refused
from server.models.revision import take_back
from server.routes.answers import Answer, AnyRequest, Page, RowId, routed, saved, screen
from server.views.merging import duplicate_of
from server.views.reader import Reader
from sync.apply import apply


@get("/customers/{customer_id:str}/merge", sync_to_thread=True)
def show(request: AnyRequest, database: Database, reader: Reader, customer_id: RowId) -> Page:
    with database.reading() as session:
        view = duplicate_of(session, reader, customer_id, request.query_params.get("q", ""))
        return screen(request, reader, "server_only/merge.html", view, "customers")


@post("/customers/{customer_id:str}/merge", sync_to_thread=True)
def merge(
    request: AnyRequest,
    database: Database,
    reader: Reader,
    customer_id: RowId,
    form: FormMultiDict,
) -> Answer:
    with database.writing() as session:
        args = {"customer_id": customer_id, "into_id": form.get("into_id")}
        try:
            apply(session, reader.user, "customer.merge", args, reader.now)
        except (Invalid, NotAllowed):
            raise
        except Refused as refused:
            take_back(session)
            why = refused.said(reader.t)
            view = duplicate_of(session, reader, customer_id, "", why)
            return screen(request, reader, "server_only/merge.html", view, "customers", 422)
        return saved(f"/customers/{alias_of(session, customer_id)}", "merged")


routes: Final = routed([show, merge])
