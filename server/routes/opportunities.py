"""Opportunities: adding one, showing it, moving it, editing it, asking for approval and answering."""

from litestar import get, post
from litestar.datastructures import FormMultiDict
from sqlmodel import Session

from server import forms
from server.database import Database
from server.routes.answers import Answer, AnyRequest, Page, RowId, routed, saved, screen, typed_of, wrong_with
from server.views.form import Form
from server.views.opportunity import opportunity, sale_of
from server.views.opportunity_form import edit_opportunity, move_sheet, new_opportunity
from server.views.reader import Reader
from sync.validation import validate


@get("/opportunities/new", sync_to_thread=True)
def show_new(request: AnyRequest, database: Database, reader: Reader) -> Page:
    asked = request.query_params
    with database.reading() as session:
        customer_id, pipeline_id = asked.get("customer", ""), asked.get("pipeline", "")
        view = new_opportunity(session, reader, customer_id, pipeline_id, Form(reader.t))
        return screen(request, reader, "opportunities/form.html", view, "pipeline")


@post("/opportunities", sync_to_thread=True)
def create(request: AnyRequest, database: Database, reader: Reader, form: FormMultiDict) -> Answer:
    with database.writing() as session:
        typed = typed_of(form)
        args = forms.opportunity(typed)
        wrong = wrong_with(session, reader, "opportunity.create", args, typed)
        if wrong:
            view = new_opportunity(session, reader, "", "", wrong)
            return screen(request, reader, "opportunities/form.html", view, "pipeline", 422)
        return saved(f"/opportunities/{args['opportunity_id']}", "opportunity")


@get("/opportunities/{opportunity_id:str}", sync_to_thread=True)
def show(request: AnyRequest, database: Database, reader: Reader, opportunity_id: RowId) -> Page:
    with database.reading() as session:
        view = opportunity(reader, sale_of(session, reader, opportunity_id))
        return screen(request, reader, "opportunities/page.html", view, "pipeline")


@get("/opportunities/{opportunity_id:str}/edit", sync_to_thread=True)
def show_edit(request: AnyRequest, database: Database, reader: Reader, opportunity_id: RowId) -> Page:
    with database.reading() as session:
        view = edit_opportunity(reader, sale_of(session, reader, opportunity_id), Form(reader.t))
        return screen(request, reader, "opportunities/form.html", view, "pipeline")


@post("/opportunities/{opportunity_id:str}", sync_to_thread=True)
def edit(
    request: AnyRequest,
    database: Database,
    reader: Reader,
    opportunity_id: RowId,
    form: FormMultiDict,
) -> Answer:
    with database.writing() as session:
        typed = typed_of(form)
        wrong = _wrong_with_edit(session, reader, opportunity_id, typed)
        if wrong:
            view = edit_opportunity(reader, sale_of(session, reader, opportunity_id), wrong)
            return screen(request, reader, "opportunities/form.html", view, "pipeline", 422)
        return saved(f"/opportunities/{opportunity_id}", "opportunity")


def _wrong_with_edit(
    session: Session, reader: Reader, opportunity_id: str, typed: dict[str, list[str]]
) -> Form | None:
    """Applies both changes or none. The amount is a change of its own, which is refused if it is not the one that was
    seen any more; all else is edited field by field."""
    changes = {"opportunity.edit": forms.opportunity_edit(typed, opportunity_id)}
    if "amount_cents" in typed:  # a field restored from the history comes alone
        changes = {"opportunity.revalue": forms.opportunity_revalue(typed, opportunity_id), **changes}
    errors = {
        field: error for name, args in changes.items() for field, error in validate(name, args)[1].items()
    }
    if errors:
        return Form(reader.t, typed, errors)
    found = (wrong_with(session, reader, name, args, typed) for name, args in changes.items())
    return next(filter(None, found), None)


@get("/opportunities/{opportunity_id:str}/move", sync_to_thread=True)
def show_move(request: AnyRequest, database: Database, reader: Reader, opportunity_id: RowId) -> Page:
    with database.reading() as session:
        sale = sale_of(session, reader, opportunity_id)
        view = move_sheet(reader, sale, request.query_params.get("to", ""), Form(reader.t))
        return screen(request, reader, "opportunities/move.html", view, "pipeline")


@post("/opportunities/{opportunity_id:str}/move", sync_to_thread=True)
def move(
    request: AnyRequest,
    database: Database,
    reader: Reader,
    opportunity_id: RowId,
    form: FormMultiDict,
) -> Answer:
    with database.writing() as session:
        typed = typed_of(form)
        args = forms.opportunity_move(typed, opportunity_id)
        wrong = wrong_with(session, reader, "opportunity.move", args, typed)
        if wrong:
            view = move_sheet(
                reader, sale_of(session, reader, opportunity_id), forms.value(typed, "to"), wrong
            )
            return screen(request, reader, "opportunities/move.html", view, "pipeline", 422)
        return saved(f"/opportunities/{opportunity_id}", "move")


@post("/opportunities/{opportunity_id:str}/ask", sync_to_thread=True)
def ask(
    request: AnyRequest,
    database: Database,
    reader: Reader,
    opportunity_id: RowId,
    form: FormMultiDict,
) -> Answer:
    typed = typed_of(form)
    return _approval(request, database, reader, "opportunity.ask", opportunity_id, typed, "approval_asked")


@post("/opportunities/{opportunity_id:str}/approve", sync_to_thread=True)
def approve(
    request: AnyRequest,
    database: Database,
    reader: Reader,
    opportunity_id: RowId,
    form: FormMultiDict,
) -> Answer:
    """Approves, or declines with a note."""
    typed = typed_of(form)
    is_declined = forms.value(typed, "answer") == "declined"
    name, done = ("decline", "approval_declined") if is_declined else ("approve", "approve")
    return _approval(request, database, reader, f"opportunity.{name}", opportunity_id, typed, done)


def _approval(
    request: AnyRequest,
    database: Database,
    reader: Reader,
    name: str,
    opportunity_id: str,
    typed: dict[str, list[str]],
    done: str,
) -> Answer:
    with database.writing() as session:
        wrong = wrong_with(session, reader, name, forms.approval(typed, opportunity_id), typed)
        if wrong:
            view = opportunity(reader, sale_of(session, reader, opportunity_id), wrong)
            return screen(request, reader, "opportunities/page.html", view, "pipeline", 422)
        return saved(f"/opportunities/{opportunity_id}", done)


routes = routed([show_new, create, show, show_edit, edit, show_move, move, ask, approve])
