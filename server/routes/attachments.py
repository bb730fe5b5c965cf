"""Attaching files to customers and opportunities, and taking files and photos off again. Bytes come by files.py."""

from typing import Any

from litestar import post
from litestar.datastructures import FormMultiDict

from server import forms
from server.database import Database
from server.models.attachment import Attachment
from server.models.opportunity import Opportunity
from server.models.refusal import NotAllowed
from server.routes.answers import Answer, RowId, back_of, routed, saved, typed_of
from server.views.reader import Reader
from sync.apply import apply


@post("/customers/{customer_id:str}/files", sync_to_thread=True)
def add_to_customer(database: Database, reader: Reader, customer_id: RowId, form: FormMultiDict) -> Answer:
    """Notes the attachment. The page has put the bytes into the phone's store, and its service worker sends them even
    if it could not answer this form itself."""
    return _added(database, reader, form, {"customer_id": customer_id}, f"/customers/{customer_id}")


@post("/opportunities/{opportunity_id:str}/files", sync_to_thread=True)
def add_to_opportunity(
    database: Database, reader: Reader, opportunity_id: RowId, form: FormMultiDict
) -> Answer:
    with database.reading() as session:
        row = session.get(Opportunity, opportunity_id)
    if row is None:
        raise NotAllowed
    whose = {"customer_id": row.customer_id, "opportunity_id": row.id}
    return _added(database, reader, form, whose, f"/opportunities/{row.id}")


def _added(
    database: Database, reader: Reader, form: FormMultiDict, whose: dict[str, Any], path: str
) -> Answer:
    args = forms.file(typed_of(form)) | whose
    with database.writing() as session:
        apply(session, reader.user, "file.attach", args, reader.now)
        return saved(path, "file", str(args.get("attachment_id", "")))


@post("/attachments/{attachment_id:str}/remove", sync_to_thread=True)
def remove(database: Database, reader: Reader, attachment_id: RowId, form: FormMultiDict) -> Answer:
    with database.writing() as session:
        row = session.get(Attachment, attachment_id)
        if row is None:
            raise NotAllowed
        name = "visit.detach" if row.visit_id else "file.detach"
        apply(session, reader.user, name, {"attachment_id": attachment_id}, reader.now)
        return saved(back_of(form, f"/customers/{row.customer_id}"), "removed", attachment_id)


@post("/attachments/{attachment_id:str}/restore", sync_to_thread=True)
def restore(database: Database, reader: Reader, attachment_id: RowId, form: FormMultiDict) -> Answer:
    with database.writing() as session:
        apply(session, reader.user, "file.reattach", {"attachment_id": attachment_id}, reader.now)
        return saved(back_of(form), "undone")


routes = routed([add_to_customer, add_to_opportunity, remove, restore])
