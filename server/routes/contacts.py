"""People at a customer."""

from litestar import get, post
from litestar.datastructures import FormMultiDict

from server import forms
from server.database import Database
from server.models.contact import Contact
from server.models.refusal import NotAllowed
from server.routes.answers import Answer, AnyRequest, Page, routed, saved, screen, typed_of, wrong_with
from server.views.contact_form import edit_contact, new_contact
from server.views.form import Form
from server.views.reader import Reader


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


routes = routed([show_new, create, show_edit, edit])
