"""Contacts of a customer."""

from litestar import get, post
from litestar.datastructures import FormMultiDict
from sqlmodel import Session

from server import forms
from server.database import Database
from server.models.contact import Contact
from server.models.refusal import NotAllowed
from server.routes.answers import (
    Answer,
    AnyRequest,
    Page,
    back_of,
    routed,
    saved,
    screen,
    typed_of,
    wrong_with,
)
from server.views.contact_form import edit_contact, new_contact
from server.views.form import Form
from server.views.reader import Reader
from sync.apply import apply


@get("/customers/{customer_id:str}/contacts/new", sync_to_thread=True)
def show_new(request: AnyRequest, database: Database, reader: Reader, customer_id: str) -> Page:
    with database.reading() as session:
        view = new_contact(session, reader, customer_id, Form(reader.t))
        return screen(request, reader, "contacts/form.html", view, "customers")


@post("/customers/{customer_id:str}/contacts", sync_to_thread=True)
def create(
    request: AnyRequest, database: Database, reader: Reader, customer_id: str, form: FormMultiDict
) -> Answer:
    with database.writing() as session:
        typed = typed_of(form)
        wrong = wrong_with(session, reader, "contact.create", forms.contact(typed, customer_id), typed)
        if wrong:
            view = new_contact(session, reader, customer_id, wrong)
            return screen(request, reader, "contacts/form.html", view, "customers", 422)
        return saved(f"/customers/{customer_id}", "contact")


@get("/contacts/{contact_id:str}/edit", sync_to_thread=True)
def show_edit(request: AnyRequest, database: Database, reader: Reader, contact_id: str) -> Page:
    with database.reading() as session:
        view = edit_contact(session, reader, contact_id, Form(reader.t))
        return screen(request, reader, "contacts/form.html", view, "customers")


@post("/contacts/{contact_id:str}", sync_to_thread=True)
def edit(
    request: AnyRequest, database: Database, reader: Reader, contact_id: str, form: FormMultiDict
) -> Answer:
    with database.writing() as session:
        typed = typed_of(form)
        wrong = wrong_with(session, reader, "contact.edit", forms.contact_edit(typed, contact_id), typed)
        if wrong:
            view = edit_contact(session, reader, contact_id, wrong)
            return screen(request, reader, "contacts/form.html", view, "customers", 422)
        contact = session.get(Contact, contact_id)
        if contact is None:
            raise NotAllowed
        return saved(f"/customers/{contact.customer_id}", "contact")


@post("/contacts/{contact_id:str}/remove", sync_to_thread=True)
def remove(database: Database, reader: Reader, contact_id: str) -> Answer:
    with database.writing() as session:
        return saved(_changed(session, reader, "contact.remove", contact_id), "contact_removed", contact_id)


@post("/contacts/{contact_id:str}/restore", sync_to_thread=True)
def restore(database: Database, reader: Reader, contact_id: str, form: FormMultiDict) -> Answer:
    with database.writing() as session:
        return saved(back_of(form, _changed(session, reader, "contact.restore", contact_id)), "undone")


def _changed(session: Session, reader: Reader, change: str, contact_id: str) -> str:
    """Applies a change to a contact and returns the path of its customer's page."""
    apply(session, reader.user, change, {"contact_id": contact_id}, reader.now)
    return f"/customers/{session.get_one(Contact, contact_id).customer_id}"


routes = routed([show_new, create, show_edit, edit, remove, restore])
