"""Orders of accepted quotes, and the payments that are expected and received for them."""

from typing import Any

from litestar import get, post
from litestar.datastructures import FormMultiDict
from sqlmodel import Session

from server import forms
from server.database import Database
from server.models.order import Order
from server.models.refusal import NotAllowed
from server.routes.answers import Answer, AnyRequest, Page, RowId, routed, saved, screen, typed_of, wrong_with
from server.routes.quotes import show_quote
from server.views.form import Form
from server.views.opportunity import sale_of
from server.views.order import order_page
from server.views.quote import one_of
from server.views.reader import Reader
from sync.apply import apply
from sync.validation import validate


@post("/opportunities/{opportunity_id:str}/orders", sync_to_thread=True)
def place(
    request: AnyRequest, database: Database, reader: Reader, opportunity_id: RowId, form: FormMultiDict
) -> Answer:
    typed = typed_of(form)
    args = forms.order(typed)
    with database.writing() as session:
        wrong = wrong_with(session, reader, "order.place", args, typed)
        if wrong:
            refused = wrong.refused or wrong.error("placed_on", "quote_id", "order_id")
            return show_quote(request, session, reader, opportunity_id, args.get("quote_id") or "", refused)
        return saved(f"/opportunities/{opportunity_id}/orders/{args['order_id']}", "order", args["order_id"])


@get("/opportunities/{opportunity_id:str}/orders/{order_id:str}", sync_to_thread=True)
def show(
    request: AnyRequest, database: Database, reader: Reader, opportunity_id: RowId, order_id: RowId
) -> Page:
    with database.reading() as session:
        return _page(request, session, reader, opportunity_id, order_id, Form(reader.t))


def _page(
    request: AnyRequest, session: Session, reader: Reader, opportunity_id: str, order_id: str, form: Form
) -> Page:
    sale = sale_of(session, reader, opportunity_id)
    view = order_page(session, reader, sale, one_of(sale.orders, order_id), form)
    wrong = form.errors or form.refused
    return screen(request, reader, "orders/page.html", view, "pipeline", 422 if wrong else 200)


@post("/opportunities/{opportunity_id:str}/orders/{order_id:str}/payments", sync_to_thread=True)
def pay(
    request: AnyRequest,
    database: Database,
    reader: Reader,
    opportunity_id: RowId,
    order_id: RowId,
    form: FormMultiDict,
) -> Answer:
    typed = typed_of(form)
    with database.writing() as session:
        one_of(sale_of(session, reader, opportunity_id).orders, order_id)
        name = "payment.receive" if forms.value(typed, "kind") == "received" else "payment.expect"
        args = forms.payment(typed, order_id)
        wrong = _in_future(reader, name, args, typed) or wrong_with(session, reader, name, args, typed)
        if wrong:
            return _page(request, session, reader, opportunity_id, order_id, wrong)
        return saved(f"/opportunities/{opportunity_id}/orders/{order_id}", "payment")


def _in_future(reader: Reader, name: str, args: dict[str, Any], typed: dict[str, list[str]]) -> Form | None:
    """Refuses a payment that was received on a day still to come. Only forms are checked, and not changes that phones
    send: a payment must not be lost because a phone's clock was wrong."""
    clean, errors = validate(name, args)
    if errors or clean.get("received_on", "") <= reader.today.isoformat():
        return None
    return Form(reader.t, typed, {"received_on": {"code": "date_too_late", "params": {}}})


@post("/opportunities/{opportunity_id:str}/orders/{order_id:str}/payments/remove", sync_to_thread=True)
def take_back_payment(
    database: Database, reader: Reader, opportunity_id: RowId, order_id: RowId, form: FormMultiDict
) -> Answer:
    with database.writing() as session:
        one_of(sale_of(session, reader, opportunity_id).orders, order_id)
        args = {"order_id": order_id, "payment_id": form.get("payment_id")}
        apply(session, reader.user, "payment.withdraw", args, reader.now)
        return saved(f"/opportunities/{opportunity_id}/orders/{order_id}", "taken_back")


@post("/orders/{order_id:str}/withdraw", sync_to_thread=True)
def withdraw(database: Database, reader: Reader, order_id: RowId) -> Answer:
    """Undoes an order, at once or later."""
    with database.writing() as session:
        apply(session, reader.user, "order.withdraw", {"order_id": order_id}, reader.now)
        order = session.get(Order, order_id)
        if order is None:
            raise NotAllowed
        return saved(f"/opportunities/{order.opportunity_id}/quotes/{order.quote_id}", "taken_back")


routes = routed([place, show, pay, take_back_payment, withdraw])
