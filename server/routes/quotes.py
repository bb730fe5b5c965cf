"""Quotes of an opportunity: building one, showing it as its customer sees it, saying what became of it."""

from typing import Any, Final

from litestar import get, post
from litestar.datastructures import FormMultiDict
from sqlmodel import Session

from server import forms
from server.database import Database
from server.models.identity import is_id
from server.models.quote import Quote, state_of
from server.models.refusal import NotAllowed
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
from server.views.form import Form
from server.views.opportunity import Sale, sale_of
from server.views.quote import one_of, quote_page
from server.views.quote_form import found, lines_view, quote_form, reworked, written
from server.views.reader import Reader

ANSWERS: Final = {
    "sent": "quote.send",
    "accepted": "quote.accept",
    "declined": "quote.decline",
    "withdrawn": "quote.withdraw",
}
FORM: Final = "quotes/form.html"


@get("/opportunities/{opportunity_id:str}/quotes/new", sync_to_thread=True)
def show_new(request: AnyRequest, database: Database, reader: Reader, opportunity_id: RowId) -> Page:
    """The form of a new quote, empty or like another one (`from`), or of a draft (`quote`)."""
    asked = request.query_params
    with database.reading() as session:
        sale = sale_of(session, reader, opportunity_id)
        draft = _draft(sale, asked.get("quote", ""))
        like = draft or (one_of(sale.quotes, asked["from"]) if asked.get("from") else None)
        form = Form(reader.t, written(like) if like else {})
        view = quote_form(session, reader, sale, form, draft, asked.get("q", ""))
        return screen(request, reader, FORM, view, "pipeline")


def _draft(sale: Sale, quote_id: str) -> Quote | None:
    """The draft with this id; None if it was sent meanwhile, because then it cannot be changed any more."""
    found = (one for one in sale.quotes if one.id == quote_id and state_of(one) == "draft")
    return next(found, None)


@post("/opportunities/{opportunity_id:str}/quotes/lines", sync_to_thread=True, status_code=200)
def rework(
    request: AnyRequest, database: Database, reader: Reader, opportunity_id: RowId, form: FormMultiDict
) -> Page:
    """The form after a tap that adds, removes or changes a line. Nothing is saved."""
    with database.reading() as session:
        sale = sale_of(session, reader, opportunity_id)
        typed = reworked(session, sale, typed_of(form))
        shown = Form(reader.t, typed)
        if is_for(request, "div#lines"):
            view = lines_view(session, reader, sale, shown)
            return part(reader, "quotes/_lines.html", view)
        draft = _draft(sale, forms.value(typed, "quote_id"))
        view = quote_form(session, reader, sale, shown, draft, forms.value(typed, "q"))
        return screen(request, reader, FORM, view, "pipeline")


@get("/opportunities/{opportunity_id:str}/products", sync_to_thread=True)
def find_products(request: AnyRequest, database: Database, reader: Reader, opportunity_id: RowId) -> Page:
    with database.reading() as session:
        sale = sale_of(session, reader, opportunity_id)
        asked = request.query_params
        view = found(session, reader, sale, asked.get("currency") or sale.row.currency, asked.get("q", ""))
        return part(reader, "quotes/_found.html", view)


@post("/opportunities/{opportunity_id:str}/quotes", sync_to_thread=True)
def save(
    request: AnyRequest, database: Database, reader: Reader, opportunity_id: RowId, form: FormMultiDict
) -> Answer:
    with database.writing() as session:
        typed = typed_of(form)
        args = forms.quote(typed, opportunity_id)
        wrong = wrong_with(session, reader, "quote.save", args, typed)
        if wrong:
            sale = sale_of(session, reader, opportunity_id)
            draft = _draft(sale, args.get("quote_id") or "")
            view = quote_form(session, reader, sale, wrong, draft, forms.value(typed, "q"))
            return screen(request, reader, FORM, view, "pipeline", 422)
        new = args["quote_id"] if args.get("edition") == "0" else ""
        return saved(f"/opportunities/{opportunity_id}/quotes/{args['quote_id']}", "quote", new)


@get("/opportunities/{opportunity_id:str}/quotes/{quote_id:str}", sync_to_thread=True)
def show(
    request: AnyRequest, database: Database, reader: Reader, opportunity_id: RowId, quote_id: RowId
) -> Page:
    with database.reading() as session:
        return show_quote(request, session, reader, opportunity_id, quote_id)


def show_quote(
    request: AnyRequest,
    session: Session,
    reader: Reader,
    opportunity_id: str,
    quote_id: str,
    refused: str = "",
) -> Page:
    sale = sale_of(session, reader, opportunity_id)
    view = quote_page(session, reader, sale, one_of(sale.quotes, quote_id), refused)
    return screen(request, reader, "quotes/page.html", view, "pipeline", 422 if refused else 200)


@post("/opportunities/{opportunity_id:str}/quotes/{quote_id:str}/answer", sync_to_thread=True)
def answer(
    request: AnyRequest,
    database: Database,
    reader: Reader,
    opportunity_id: RowId,
    quote_id: RowId,
    form: FormMultiDict,
) -> Answer:
    """Says what became of it: sent, accepted, declined or withdrawn."""
    typed = typed_of(form)
    to = forms.value(typed, "to")
    if to not in ANSWERS:
        raise NotAllowed
    args: dict[str, Any] = {"quote_id": quote_id}
    if to == "declined":
        args["reason"] = forms.value(typed, "reason")
    with database.writing() as session:
        one_of(sale_of(session, reader, opportunity_id).quotes, quote_id)
        wrong = wrong_with(session, reader, ANSWERS[to], args, typed)
        if wrong:
            refused = wrong.refused or wrong.error("reason")
            return show_quote(request, session, reader, opportunity_id, quote_id, refused)
        if to == "withdrawn":
            return saved(f"/opportunities/{opportunity_id}", "taken_back")
        return saved(f"/opportunities/{opportunity_id}/quotes/{quote_id}", f"quote_{to}")


@post("/quotes/{quote_id:str}/withdraw", sync_to_thread=True)
def withdraw(request: AnyRequest, database: Database, reader: Reader, quote_id: RowId) -> Answer:
    """Undoes a new quote."""
    with database.writing() as session:
        quote = session.get(Quote, quote_id) if is_id(quote_id) else None
        if quote is None:
            raise NotAllowed
        back = f"/opportunities/{quote.opportunity_id}"
        wrong = wrong_with(session, reader, "quote.withdraw", {"quote_id": quote_id}, {})
        if wrong:
            return show_quote(request, session, reader, quote.opportunity_id, quote_id, wrong.refused)
        return saved(back, "taken_back")


routes = routed([show_new, rework, find_products, save, show, answer, withdraw])
