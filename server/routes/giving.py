"""A manager gives the owner of a customer something to do:
a follow-up or a planned visit, which is then the owner's own."""

from typing import Any, Final
from urllib.parse import urlencode

from litestar import get, post
from litestar.datastructures import FormMultiDict
from sqlmodel import Session

from server import forms
from server.auth import local_path
from server.database import Database
from server.models.customer import Customer
from server.models.follow_up import FollowUp
from server.models.giving import gave, give
from server.models.identity import is_id
from server.models.refusal import NotAllowed, Refused
from server.models.revision import take_back
from server.models.user import User
from server.models.visit import Visit
from server.routes.answers import Answer, AnyRequest, Page, RowId, redirect, routed, screen, typed_of
from server.views.form import Form
from server.views.giving import KINDS, MOVED, Giving, give_page, giving_at
from server.views.reader import Reader
from sync.apply import apply
from sync.field_checks import Wrong, is_blank
from sync.validation import validate

Given = list[tuple[str, dict[str, Any]]]
MADE_BY: Final[dict[str, tuple[type[FollowUp | Visit], str]]] = {
    "follow_up.create": (FollowUp, "follow_up_id"),
    "visit.plan": (Visit, "visit_id"),
}
TEMPLATE: Final = "server_only/give.html"


@get("/customers/{customer_id:str}/give", sync_to_thread=True)
def show(request: AnyRequest, database: Database, reader: Reader, customer_id: RowId) -> Page:
    with database.reading() as session:
        back = _back(request.query_params.get("back"))
        return _page(session, request, reader, customer_id, back, Form(reader.t), 200)


@post("/customers/{customer_id:str}/give", sync_to_thread=True)
def hand_out(
    request: AnyRequest,
    database: Database,
    reader: Reader,
    customer_id: RowId,
    form: FormMultiDict,
) -> Answer:
    with database.writing() as session:
        typed = typed_of(form)
        back = _back(forms.value(typed, "back"))
        giving = giving_at(session, reader, customer_id)
        if giving.to is None and typed.get("hand_over"):
            _hand_over(session, reader, giving.customer, typed)
            if not forms.value(typed, "note"):
                return redirect(f"/customers/{customer_id}/give?{urlencode({'back': back})}")
            return _page(session, request, reader, customer_id, back, Form(reader.t, typed), 200)
        if giving.to is None:
            return _page(session, request, reader, customer_id, back, Form(reader.t, typed), 422)
        wrong = _wrong_with(session, reader, giving, giving.to, typed)
        if wrong is not None:
            return _page(session, request, reader, customer_id, back, wrong, 422)
        told = urlencode({"done": "given", "id": giving.to.id})
        return redirect(f"{back}{'&' if '?' in back else '?'}{told}")


def _back(asked: str | None) -> str:
    return local_path(asked, "/team")


def _page(
    session: Session,
    request: AnyRequest,
    reader: Reader,
    customer_id: str,
    back: str,
    form: Form,
    status: int,
) -> Page:
    view = give_page(session, reader, giving_at(session, reader, customer_id), back, form)
    return screen(request, reader, TEMPLATE, view, "team", status)


def _hand_over(session: Session, reader: Reader, customer: Customer, typed: forms.Typed) -> None:
    args = {"customer_id": customer.id, "from": customer.owner_id, "to": forms.value(typed, "to")}
    apply(session, reader.user, "customer.assign", args, reader.now)


def _wrong_with(
    session: Session, reader: Reader, giving: Giving, to: User, typed: forms.Typed
) -> Form | None:
    """Gives it. None if that worked; otherwise the form, with what was typed and what is wrong with it."""
    if forms.value(typed, "to") != to.id:
        return Form(reader.t, typed, {}, reader.t(MOVED, name=to.name))
    changes = _changes(reader, giving.customer.id, typed)
    errors = {name: error for change, args in changes for name, error in validate(change, args)[1].items()}
    if forms.value(typed, "kind") not in KINDS:
        errors["kind"] = Wrong("unknown_choice").error
    if is_blank(forms.value(typed, "note")) and forms.value(typed, "kind") != "visit":
        errors["note"] = Wrong("required").error
    if errors:
        return Form(reader.t, typed, errors)
    if _is_given_already(session, reader, changes):
        return None
    try:
        for change, args in changes:
            apply(session, reader.user, change, args, reader.now)
            give(session, reader.user, _row(session, change, args), to, reader.now)
    except NotAllowed:
        raise
    except Refused as refused:
        take_back(session)
        return Form(reader.t, typed, {}, refused.said(reader.t))
    return None


def _changes(reader: Reader, customer_id: str, typed: forms.Typed) -> Given:
    """The changes that the form stands for. A planned visit has no note:
    what is to be done there becomes a follow-up of the same day."""
    typed = {**typed, "customer_id": [customer_id]}
    if forms.value(typed, "kind") != "visit":
        return [("follow_up.create", forms.follow_up(typed, reader.today))]
    plan = forms.plan(typed)
    if is_blank(forms.value(typed, "note")):
        return [("visit.plan", plan)]
    promised = {
        **forms.given(typed, ("follow_up_id", "customer_id", "note")),
        "due_on": plan.get("planned_on"),
    }
    return [("visit.plan", plan), ("follow_up.create", promised)]


def _is_given_already(session: Session, reader: Reader, changes: Given) -> bool:
    """Whether the form was sent before. Raises NotAllowed if its ids are those of rows that the manager has not
    given."""
    rows = [row for row in (_found(session, *change) for change in changes) if row is not None]
    if not all(gave(session, reader.user, row) for row in rows):
        raise NotAllowed
    return bool(rows)


def _found(session: Session, change: str, args: dict[str, Any]) -> FollowUp | Visit | None:
    model, key = MADE_BY[change]
    row: Any = session.get(model, args[key]) if is_id(args[key]) else None
    found: FollowUp | Visit | None = row
    return found


def _row(session: Session, change: str, args: dict[str, Any]) -> FollowUp | Visit:
    row = _found(session, change, args)
    assert row is not None  # noqa: S101  (it has just been made)
    return row


routes: Final = routed([show, hand_out])
