"""Custom fields. For admins; all others get 404."""

from collections.abc import Sequence
from typing import Any, Final

from litestar import Router, get, post
from litestar.datastructures import FormMultiDict

from server.account_form import NAME_TAKEN, AccountForm, said
from server.database import Database
from server.models.custom_field import MOST_FIELDS, CustomField, custom_fields, define, field_of
from server.models.turns import wait_for_others
from server.routes.answers import Answer, AnyRequest, Page, routed, saved, screen, typed_of
from server.routes.for_whom import FOR_ADMINS
from server.translations import msgid
from server.views.custom_fields import FULL, check_field, custom_field_page, custom_fields_page
from server.views.form import Form
from server.views.frame import own_toast
from server.views.reader import Reader

NAMES: Final = "names of custom fields"
DONE: Final = {"saved": msgid("Saved. Phones have it with their next sync.")}


@get("/", sync_to_thread=True)
def show_all(request: AnyRequest, database: Database, admin: Reader) -> Page:
    with database.reading() as session:
        return _list(request, custom_fields(session), admin)


@post("/", sync_to_thread=True)
def create(request: AnyRequest, database: Database, admin: Reader, form: FormMultiDict) -> Answer:
    typed = typed_of(form)
    kind = str(form.get("kind") or "")
    name, choices, errors = check_field(typed, kind)
    with database.writing() as session:
        wait_for_others(session, NAMES)
        fields = custom_fields(session)
        full = admin.t(FULL) if len(fields) >= MOST_FIELDS else ""
        errors = {**_taken(fields, name), **errors}
        if errors or full:
            return _list(request, fields, admin, AccountForm(admin.t, typed, errors, full))
        define(session, name, kind, choices, admin.now)
        return saved("/custom-fields", "saved")


def _taken(fields: Sequence[CustomField], name: str) -> dict[str, Any]:
    """Refuses the name of another field, retired or not: neither people nor an import could tell them apart, and a
    retired field can be brought back."""
    taken = any(field.name.casefold() == name.casefold() for field in fields)
    return {"name": said(NAME_TAKEN)} if taken else {}


def _list(
    request: AnyRequest, fields: Sequence[CustomField], admin: Reader, form: Form | None = None
) -> Page:
    view = custom_fields_page(admin, fields, form)
    done = own_toast(admin, DONE, request.query_params.get("done"))
    return screen(
        request, admin, "server_only/custom_fields.html", {**view, **done}, "more", 422 if form else 200
    )


@get("/{field_id:str}", sync_to_thread=True)
def show(request: AnyRequest, database: Database, admin: Reader, field_id: str) -> Page:
    with database.reading() as session:
        return _one(request, field_of(session, field_id), admin)


@post("/{field_id:str}", sync_to_thread=True)
def edit(
    request: AnyRequest, database: Database, admin: Reader, field_id: str, form: FormMultiDict
) -> Answer:
    typed = typed_of(form)
    with database.writing() as session:
        wait_for_others(session, NAMES)
        field = field_of(session, field_id)
        name, choices, errors = check_field(typed, field.kind)
        if name.casefold() != field.name.casefold():
            errors = {**_taken(custom_fields(session), name), **errors}
        if errors:
            return _one(request, field, admin, AccountForm(admin.t, typed, errors))
        field.name, field.choices = name, choices
        return saved("/custom-fields", "saved")


def _one(request: AnyRequest, field: CustomField, admin: Reader, form: Form | None = None) -> Page:
    view = custom_field_page(admin, field, form)
    return screen(request, admin, "server_only/custom_field.html", view, "more", 422 if form else 200)


@post("/{field_id:str}/retired", sync_to_thread=True)
def retire(database: Database, admin: Reader, field_id: str, form: FormMultiDict) -> Answer:
    """Retires a field, or brings it back. Retired, it is shown nowhere, but its values are kept."""
    with database.writing() as session:
        field_of(session, field_id).retired_at = admin.now if form.get("retired") == "yes" else None
        return saved("/custom-fields", "saved")


_handlers: Final[list[Any]] = [show_all, create, show, edit, retire]
routes = routed([Router("/custom-fields", route_handlers=_handlers, dependencies=FOR_ADMINS)])
