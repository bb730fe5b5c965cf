"""Contracts of an opportunity: writing one, showing it, signing it on the screen."""

from typing import Any, Final

from litestar import get, post
from litestar.datastructures import FormMultiDict
from sqlmodel import Session

from server import forms
from server.database import Database
from server.models.contract import Contract, state_of
from server.models.identity import is_id
from server.models.pipeline import as_wire
from server.models.quote import Quote
from server.models.refusal import NotAllowed
from server.routes.answers import Answer, AnyRequest, Page, RowId, routed, saved, screen, typed_of, wrong_with
from server.seal import seal_of
from server.views.contract import contract_page
from server.views.contract_form import contract_form
from server.views.form import Form
from server.views.opportunity import Sale, sale_of
from server.views.quote import one_of
from server.views.reader import Reader
from sync.validation import validate

ANSWERS: Final = {"sent": "contract.send", "cancelled": "contract.cancel"}
FORM: Final = "contracts/form.html"


@get("/opportunities/{opportunity_id:str}/contracts/new", sync_to_thread=True)
def show_new(request: AnyRequest, database: Database, reader: Reader, opportunity_id: RowId) -> Page:
    """The form of a new contract, empty or made from a quote (`quote`), or of a draft (`contract`)."""
    asked = request.query_params
    with database.reading() as session:
        sale = sale_of(session, reader, opportunity_id)
        of = _draft(sale, asked.get("contract", ""))
        quote = _quote(sale, of.quote_id if of else asked.get("quote"))
        view = contract_form(session, reader, sale, Form(reader.t), of, quote)
        return screen(request, reader, FORM, view, "pipeline")


def _draft(sale: Sale, contract_id: str) -> Contract | None:
    """The draft with this id; None if it was sent meanwhile, because then it cannot be changed any more."""
    found = (one for one in sale.contracts if one.id == contract_id and state_of(one) == "draft")
    return next(found, None)


def _quote(sale: Sale, quote_id: str | None) -> Quote | None:
    return next((one for one in sale.quotes if one.id == quote_id and one.accepted_at), None)


@post("/opportunities/{opportunity_id:str}/contracts", sync_to_thread=True)
def save(
    request: AnyRequest, database: Database, reader: Reader, opportunity_id: RowId, form: FormMultiDict
) -> Answer:
    with database.writing() as session:
        typed = typed_of(form)
        args = forms.contract(typed, opportunity_id)
        wrong = wrong_with(session, reader, "contract.draft", args, typed)
        if wrong:
            sale = sale_of(session, reader, opportunity_id)
            of, quote = _draft(sale, args.get("contract_id") or ""), _quote(sale, args.get("quote_id"))
            view = contract_form(session, reader, sale, wrong, of, quote)
            return screen(request, reader, FORM, view, "pipeline", 422)
        new = args["contract_id"] if args.get("edition") == "0" else ""
        path = f"/opportunities/{opportunity_id}/contracts/{args['contract_id']}"
        return saved(path, "contract", new)


@get("/opportunities/{opportunity_id:str}/contracts/{contract_id:str}", sync_to_thread=True)
def show(
    request: AnyRequest, database: Database, reader: Reader, opportunity_id: RowId, contract_id: RowId
) -> Page:
    with database.reading() as session:
        return _page(request, session, reader, opportunity_id, contract_id, Form(reader.t))


def _page(
    request: AnyRequest, session: Session, reader: Reader, opportunity_id: str, contract_id: str, form: Form
) -> Page:
    sale = sale_of(session, reader, opportunity_id)
    view = contract_page(reader, sale, one_of(sale.contracts, contract_id), form)
    wrong = form.errors or form.refused
    return screen(request, reader, "contracts/page.html", view, "pipeline", 422 if wrong else 200)


@post("/opportunities/{opportunity_id:str}/contracts/{contract_id:str}/signature", sync_to_thread=True)
def sign(
    request: AnyRequest,
    database: Database,
    reader: Reader,
    opportunity_id: RowId,
    contract_id: RowId,
    form: FormMultiDict,
) -> Answer:
    """Seals the contract as it is in the database, because that is what this page has shown."""
    typed = typed_of(form)
    path = f"/opportunities/{opportunity_id}/contracts/{contract_id}"
    with database.writing() as session:
        contract = one_of(sale_of(session, reader, opportunity_id).contracts, contract_id)
        if contract.signed_at is not None:
            return saved(path, "contract_signed")
        args = forms.signature(typed, contract_id, reader.now)
        clean, errors = validate("contract.sign", {**args, "seal": "0" * 64})
        if "strokes" not in clean and "by_name" not in clean:
            errors.setdefault("strokes", {"code": "required", "params": {}})
        if errors:
            form_again = Form(reader.t, typed, errors)
            return _page(request, session, reader, opportunity_id, contract_id, form_again)
        seal = seal_of(as_wire(contract) | clean | clean.get("place", {}))
        wrong = wrong_with(session, reader, "contract.sign", {**args, "seal": seal}, typed)
        if wrong:
            return _page(request, session, reader, opportunity_id, contract_id, wrong)
        return saved(path, "contract_signed")


@post("/opportunities/{opportunity_id:str}/contracts/{contract_id:str}/answer", sync_to_thread=True)
def answer(
    request: AnyRequest,
    database: Database,
    reader: Reader,
    opportunity_id: RowId,
    contract_id: RowId,
    form: FormMultiDict,
) -> Answer:
    """Says what became of it: sent or cancelled."""
    typed = typed_of(form)
    to = forms.value(typed, "to")
    if to not in ANSWERS:
        raise NotAllowed
    args: dict[str, Any] = {"contract_id": contract_id}
    if to == "cancelled":
        args["reason"] = forms.value(typed, "reason")
    href = f"/opportunities/{opportunity_id}"
    with database.writing() as session:
        contract = one_of(sale_of(session, reader, opportunity_id).contracts, contract_id)
        gone = to == "cancelled" and contract.sent_at is None
        wrong = wrong_with(session, reader, ANSWERS[to], args, typed)
        if wrong:
            said = Form(reader.t, {}, {}, wrong.refused or wrong.error("reason"))
            return _page(request, session, reader, opportunity_id, contract_id, said)
        return (
            saved(href, "taken_back") if gone else saved(f"{href}/contracts/{contract_id}", f"contract_{to}")
        )


@post("/contracts/{contract_id:str}/withdraw", sync_to_thread=True)
def withdraw(request: AnyRequest, database: Database, reader: Reader, contract_id: RowId) -> Answer:
    """Undoes a new contract."""
    with database.writing() as session:
        contract = session.get(Contract, contract_id) if is_id(contract_id) else None
        if contract is None:
            raise NotAllowed
        opportunity_id = contract.opportunity_id
        wrong = wrong_with(session, reader, "contract.cancel", {"contract_id": contract_id}, {})
        if wrong:
            return _page(request, session, reader, opportunity_id, contract_id, wrong)
        return saved(f"/opportunities/{opportunity_id}", "taken_back")


routes = routed([show_new, save, show, sign, answer, withdraw])
