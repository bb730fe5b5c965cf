"""The list of customers, a customer, and the forms that change one."""

from typing import Any

from litestar import get, post
from litestar.datastructures import FormMultiDict
from litestar.response import Redirect
from sqlmodel import Session

from server import forms
from server.config import Settings
from server.database import Database
from server.models.merging import alias_of
from server.models.refusal import NotAllowed
from server.models.scope import may_see, may_write, visible_customer
from server.routes.answers import (
    Answer,
    AnyRequest,
    Page,
    RowId,
    is_for,
    part,
    routed,
    saved,
    screen,
    typed_of,
    wrong_with,
)
from server.routes.deleting import page_of_deleted
from server.views.comparison_form import comparison_form
from server.views.customer import customer
from server.views.customer_form import edit_customer, new_customer
from server.views.customers import ListAsked, customers
from server.views.form import Form
from server.views.likely import elsewhere, likely
from server.views.reader import Reader
from server.views.rows import offset_of
from sync.apply import apply

OPENED_COOKIE = "legwork_opened"  # the customer that a browser without a service worker has opened last


@get("/customers", sync_to_thread=True)
def show_list(request: AnyRequest, database: Database, reader: Reader) -> Page:
    with database.reading() as session:
        view = customers(session, reader, asked_of(request))
        if is_for(request, "div#customer-list"):
            return part(reader, "customers/_list.html", view)
        return screen(request, reader, "customers/list.html", view, "customers")


def asked_of(request: AnyRequest) -> ListAsked:
    asked = request.query_params
    return ListAsked(
        q=asked.get("q", ""),
        show=asked.get("show", ""),
        offset=offset_of(asked),
        place=asked_place(request),
    )


def asked_place(request: AnyRequest) -> tuple[float, float] | None:
    asked = request.query_params
    try:
        north, east = float(asked.get("latitude", "")), float(asked.get("longitude", ""))
    except ValueError:
        return None  # the screen then says how to share one's position
    return (north, east) if abs(north) <= 90 and abs(east) <= 180 else None


@get("/customers/new", sync_to_thread=True)
def show_new(request: AnyRequest, database: Database, reader: Reader) -> Page:
    # Whoever was searched for and is not here need not be typed a second time.
    form = Form(reader.t, {"name": [request.query_params.get("q", "")]})
    with database.reading() as session:
        return screen(
            request, reader, "customers/form.html", new_customer(session, reader, form), "customers"
        )


@get("/customers/likely", sync_to_thread=True)
def show_likely(request: AnyRequest, database: Database, reader: Reader) -> Page:
    with database.reading() as session:
        return part(reader, "customers/_likely.html", {"rows": likely(session, reader, request.query_params)})


@get("/customers/elsewhere", sync_to_thread=True)
def show_elsewhere(request: AnyRequest, database: Database, reader: Reader) -> Page:
    with database.reading() as session:
        rows = elsewhere(session, reader, request.query_params)
        return part(reader, "server_only/elsewhere.html", {"rows": rows})


@post("/customers", sync_to_thread=True)
def create(request: AnyRequest, database: Database, reader: Reader, form: FormMultiDict) -> Answer:
    with database.writing() as session:
        typed = typed_of(form)
        told = {name: forms.value(typed, name) for name in typed}
        # Likely duplicates are shown once. Without a name the form is refused anyway.
        looks = forms.value(typed, "name").strip() and not told.get("likely_seen")
        rows = likely(session, reader, told) if looks else []
        if rows and may_write(reader.user):
            said = reader.t("Not saved yet: it may be here already. If it is another one, save again.")
            view = new_customer(session, reader, Form(reader.t, typed, {}, said), rows)
            return screen(request, reader, "customers/form.html", view, "customers", 422)
        # Whoever adds a customer owns it, as on the phone, until it is given to somebody else.
        args = {**forms.customer(typed), "owner_id": reader.user.id}
        wrong = wrong_with(session, reader, "customer.create", args, typed)
        if wrong:
            return screen(
                request, reader, "customers/form.html", new_customer(session, reader, wrong), "customers", 422
            )
        return saved(f"/customers/{forms.value(typed, 'customer_id')}", "customer")


@get("/customers/{customer_id:str}", sync_to_thread=True)
def show(
    request: AnyRequest,
    database: Database,
    settings: Settings,
    reader: Reader,
    customer_id: RowId,
) -> Answer:
    with database.reading() as session:
        now_id = alias_of(session, customer_id)
        if now_id is not None and may_see(session, reader.user, now_id):
            return Redirect(f"/customers/{now_id}")
        asked = request.query_params
        try:
            view = customer(
                session, reader, customer_id, all_of_it=asked.get("all") == "1", kind=asked.get("kind", "")
            )
        except NotAllowed:
            return page_of_deleted(session, request, reader, now_id or customer_id)
        page = screen(request, reader, "customers/page.html", view, "customers")
    page.set_cookie(
        key=OPENED_COOKIE, value=customer_id, httponly=True, samesite="lax", secure=settings.secure_cookies
    )
    return page


@get("/customers/{customer_id:str}/edit", sync_to_thread=True)
def show_edit(request: AnyRequest, database: Database, reader: Reader, customer_id: RowId) -> Page:
    with database.reading() as session:
        view = edit_customer(session, reader, customer_id, Form(reader.t))
        return screen(request, reader, "customers/form.html", view, "customers")


@post("/customers/{customer_id:str}", sync_to_thread=True)
def edit(
    request: AnyRequest, database: Database, reader: Reader, customer_id: RowId, form: FormMultiDict
) -> Answer:
    with database.writing() as session:
        typed = typed_of(form)
        wrong = wrong_with(session, reader, "customer.edit", forms.customer_edit(typed, customer_id), typed)
        if wrong:
            view = edit_customer(session, reader, customer_id, wrong)
            return screen(request, reader, "customers/form.html", view, "customers", 422)
        return saved(f"/customers/{customer_id}", "customer")


@post("/customers/{customer_id:str}/tags", sync_to_thread=True)
def add_tag(
    request: AnyRequest, database: Database, reader: Reader, customer_id: RowId, form: FormMultiDict
) -> Answer:
    with database.writing() as session:
        typed = typed_of(form)
        args = {"customer_id": customer_id, "tag": forms.value(typed, "tag")}
        wrong = wrong_with(session, reader, "customer.add_tag", args, typed)
        if wrong:
            view = customer(
                session, reader, customer_id, tag=args["tag"], tag_error=wrong.error("tag") or wrong.refused
            )
            return screen(request, reader, "customers/page.html", view, "customers", 422)
        return saved(f"/customers/{customer_id}", "customer")


@post("/customers/{customer_id:str}/tags/remove", sync_to_thread=True)
def remove_tag(database: Database, reader: Reader, customer_id: RowId, form: FormMultiDict) -> Answer:
    with database.writing() as session:
        return _done(session, reader, "customer.remove_tag", customer_id, "customer", tag=form.get("tag"))


@get("/customers/{customer_id:str}/comparison", sync_to_thread=True)
def show_comparison(request: AnyRequest, database: Database, reader: Reader, customer_id: RowId) -> Page:
    with database.reading() as session:
        row = visible_customer(session, reader.user, customer_id)
        view = comparison_form(reader, row, request.query_params.get("competitor", ""), Form(reader.t))
        return screen(request, reader, "customers/comparison.html", view, "customers")


@post("/customers/{customer_id:str}/comparison", sync_to_thread=True)
def compare(
    request: AnyRequest, database: Database, reader: Reader, customer_id: RowId, form: FormMultiDict
) -> Answer:
    with database.writing() as session:
        typed = typed_of(form)
        args = forms.comparison(typed, customer_id)
        wrong = wrong_with(session, reader, "customer.compare", args, typed)
        if wrong:
            view = comparison_form(reader, visible_customer(session, reader.user, customer_id), "", wrong)
            return screen(request, reader, "customers/comparison.html", view, "customers", 422)
        return saved(f"/customers/{customer_id}", "customer")


@post("/customers/{customer_id:str}/owner", sync_to_thread=True)
def assign(database: Database, reader: Reader, customer_id: RowId, form: FormMultiDict) -> Answer:
    with database.writing() as session:
        args = {"customer_id": customer_id, "from": form.get("from"), "to": form.get("to")}
        apply(session, reader.user, "customer.assign", args, reader.now)
        # Not to the customer's page, which a rep who gave it away does not see any more.
        return saved("/customers", "owner")


@post("/customers/{customer_id:str}/shares", sync_to_thread=True)
def share(database: Database, reader: Reader, customer_id: RowId, form: FormMultiDict) -> Answer:
    with database.writing() as session:
        return _done(session, reader, "customer.share", customer_id, "share", user_id=form.get("user_id"))


@post("/customers/{customer_id:str}/ask", status_code=200, sync_to_thread=True)
def ask(database: Database, reader: Reader, customer_id: RowId) -> Page:
    with database.writing() as session:
        apply(session, reader.user, "customer.ask", {"customer_id": customer_id}, reader.now)
        return part(reader, "server_only/asked.html", {})


@post("/customers/{customer_id:str}/asks/decline", sync_to_thread=True)
def decline(database: Database, reader: Reader, customer_id: RowId, form: FormMultiDict) -> Answer:
    with database.writing() as session:
        return _done(session, reader, "customer.decline", customer_id, "decline", user_id=form.get("user_id"))


@post("/customers/{customer_id:str}/shares/remove", sync_to_thread=True)
def unshare(database: Database, reader: Reader, customer_id: RowId, form: FormMultiDict) -> Answer:
    with database.writing() as session:
        return _done(session, reader, "customer.unshare", customer_id, "unshare", user_id=form.get("user_id"))


def _done(session: Session, reader: Reader, name: str, customer_id: str, done: str, **args: Any) -> Answer:
    """Applies the change `name` to a customer and leads back to its page."""
    apply(session, reader.user, name, {"customer_id": customer_id, **args}, reader.now)
    return saved(f"/customers/{customer_id}", done)


routes = routed([
    show_list, show_new, show_likely, show_elsewhere, create, ask, decline, show, show_edit, edit, add_tag, remove_tag,
    show_comparison, compare, assign, share, unshare,
])  # fmt: skip
