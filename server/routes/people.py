"""Accounts, territories and teams. For admins; all others get 404."""

from typing import Any, Final

from litestar import Response, Router, get, post
from litestar.datastructures import FormMultiDict
from sqlmodel import Session

from server import forms, passwords
from server.account_form import NAME_OF, NAME_TAKEN, PERSON, check, check_person, said, typed
from server.config import Settings
from server.database import Database
from server.edited import CHANGED, SEEN, is_stale
from server.models import account, handing_over, workspace
from server.models import territory as territories
from server.models.identity import is_id
from server.models.refusal import Refused
from server.models.turns import wait_for_others
from server.models.user import User
from server.models.workspace import NAMES, Territory
from server.routes.answers import AnyRequest, Page, routed, saved, screen
from server.routes.for_whom import FOR_ADMINS
from server.routes.pool import all_handed_over
from server.views import accounts
from server.views.form import Typed
from server.views.frame import own_toast
from server.views.reader import Reader
from sync.field_checks import Wrong

Errors = dict[str, Any]


@get("/", sync_to_thread=True)
def show_all(request: AnyRequest, database: Database, admin: Reader) -> Page:
    with database.reading() as session:
        return _list(request, session, admin)


@get("/new", sync_to_thread=True)
def show_new(request: AnyRequest, database: Database, admin: Reader) -> Page:
    with database.reading() as session:
        return _form(request, session, admin, None)


@post("/", sync_to_thread=True)
def create(
    request: AnyRequest,
    database: Database,
    settings: Settings,
    admin: Reader,
    form: FormMultiDict,
) -> Response[Any]:
    password = passwords.temporary()
    hashed = passwords.hashed(password)
    with database.writing() as session:
        entered = typed(form, PERSON)
        clean, errors = check_person(session, entered)
        if errors:
            return _form(request, session, admin, None, entered, errors)
        # Until their own browser tells a language, they are written to in the admin's.
        details = account.Details(**clean)
        user = account.create(session, details, hashed, admin.now, read_locale=admin.locale)
        session.flush()
        return _once(request, settings, admin, user, password)


@get("/{user_id:str}", sync_to_thread=True)
def show(request: AnyRequest, database: Database, admin: Reader, user_id: str) -> Page:
    with database.reading() as session:
        return _form(request, session, admin, account.account(session, user_id))


@post("/{user_id:str}", sync_to_thread=True)
def edit(
    request: AnyRequest,
    database: Database,
    admin: Reader,
    user_id: str,
    form: FormMultiDict,
) -> Response[Any]:
    with database.writing() as session:
        user = account.account(session, user_id, lock=True)
        entered = typed(form, (*PERSON, SEEN))
        clean, errors = check_person(session, entered, user)
        if errors:
            return _form(request, session, admin, user, entered, errors)
        details = account.Details(**clean)
        if is_stale(entered, accounts.typed_of(user)) and not account.holds_already(session, user, details):
            return _form(request, session, admin, user, entered, {}, CHANGED)
        sold = handing_over.sells(user)
        try:
            account.edit(session, user, details)
        except Refused as refused:
            return _form(request, session, admin, user, entered, {}, refused)
        stopped = sold and not handing_over.sells(user)
        left = _left(session, user) if stopped else 0
        return saved(f"/people/{user.id}" if left else "/people", "person")


@post("/{user_id:str}/password", sync_to_thread=True)
def reset_password(
    request: AnyRequest, database: Database, settings: Settings, admin: Reader, user_id: str
) -> Page:
    password = passwords.temporary()
    hashed = passwords.hashed(password)
    with database.writing() as session:
        user = account.account(session, user_id)
        account.set_password(session, user, hashed, admin.now)
        return _once(request, settings, admin, user, password)


@post("/{user_id:str}/deactivate", sync_to_thread=True)
def deactivate(request: AnyRequest, database: Database, admin: Reader, user_id: str) -> Response[Any]:
    with database.writing() as session:
        user = account.account(session, user_id)
        try:
            account.deactivate(session, user, admin.now)
        except Refused as refused:
            return _form(request, session, admin, user, None, {}, refused)
        left = _left(session, user)
        return saved(f"/people/{user.id}" if left else "/people", "deactivated")


def _left(session: Session, user: User) -> int:
    """How many customers are to be handed over."""
    return handing_over.count_of(session, handing_over.held_by(user.id))


@post("/{user_id:str}/reactivate", sync_to_thread=True)
def reactivate(database: Database, admin: Reader, user_id: str) -> Response[Any]:  # noqa: ARG001 (asks who it is)
    with database.writing() as session:
        account.reactivate(account.account(session, user_id))
        return saved("/people", "reactivated")


@post("/{user_id:str}/customers", sync_to_thread=True)
def hand_over(
    request: AnyRequest,
    database: Database,
    admin: Reader,
    user_id: str,
    form: FormMultiDict,
) -> Response[Any]:
    entered = typed(form, ("taker",))
    to = forms.value(entered, "taker")
    with database.reading() as session:
        user = account.account(session, user_id)
        if to not in {person.id for person in handing_over.who_may_have_them(session, user.id)}:
            shown, wrong = {**accounts.typed_of(user), **entered}, Wrong("unknown_choice").error
            return _form(request, session, admin, user, shown, {"taker": wrong})
    is_all = all_handed_over(database, admin, handing_over.held_by(user_id), user_id, to)
    return saved(f"/people/{user_id}", "handed_over" if is_all else "handed_over_in_part")


@post("/territories", sync_to_thread=True)
def add_territory(
    request: AnyRequest, database: Database, admin: Reader, form: FormMultiDict
) -> Response[Any]:
    with database.writing() as session:
        wait_for_others(session, NAMES)
        entered = typed(form, ("territory",))
        name, errors = _name(entered, "territory")
        if name and workspace.territory_named(session, name):
            errors = {"territory": said(NAME_TAKEN)}
        if errors:
            return _list(request, session, admin, entered, errors)
        territories.add(session, name)
        return saved("/people", "territory")


@post("/teams", sync_to_thread=True)
def add_team(request: AnyRequest, database: Database, admin: Reader, form: FormMultiDict) -> Response[Any]:
    with database.writing() as session:
        wait_for_others(session, NAMES)
        entered = typed(form, ("team", "team_territory"))
        name, errors = _name(entered, "team")
        chosen = forms.value(entered, "team_territory")
        territory = session.get(Territory, chosen) if is_id(chosen) else None
        if territory is None:
            errors["team_territory"] = Wrong("unknown_choice").error
        if name and workspace.team_named(session, name):
            errors["team"] = said(NAME_TAKEN)
        if errors or territory is None:
            return _list(request, session, admin, entered, errors)
        workspace.add_team(session, name, territory)
        return saved("/people", "team")


def _name(entered: dict[str, list[str]], field: str) -> tuple[str, Errors]:
    clean, errors = check(NAME_OF, {"name": entered.get(field, [])})
    return clean.get("name") or "", {field: errors["name"]} if errors else {}


def _list(
    request: AnyRequest,
    session: Session,
    reader: Reader,
    entered: dict[str, list[str]] | None = None,
    errors: Errors | None = None,
) -> Page:
    done = own_toast(reader, accounts.DONE, request.query_params.get("done"))
    view = {**accounts.people(session, reader, entered, errors), **done}
    return screen(request, reader, "server_only/people.html", view, "more", 422 if errors else 200)


def _form(
    request: AnyRequest,
    session: Session,
    reader: Reader,
    user: User | None,
    entered: Typed | None = None,
    errors: Errors | None = None,
    refused: Refused | None = None,
) -> Page:
    why = refused.said(reader.t) if refused else ""
    done = own_toast(reader, accounts.DONE, request.query_params.get("done"))
    view = {**accounts.person(session, reader, user, entered, errors or {}, why), **done}
    status = 422 if errors or refused else 200
    return screen(request, reader, "server_only/person.html", view, "more", status)


def _once(request: AnyRequest, settings: Settings, reader: Reader, user: User, password: str) -> Page:
    """Shows the password this once; it is kept nowhere.
    It does not redirect, because then the password would be in an address."""
    address = settings.public_url or str(request.base_url)
    view = {
        "title": reader.t("A password for %(name)s", name=user.name),
        "name": user.name,
        "address": address,
        "is_for_phones": address.startswith("https:"),
        "email": user.email,
        "password": password,
    }
    page = screen(request, reader, "server_only/new_password.html", view, "more")
    page.headers["HX-Push-Url"] = "/people"
    return page


PAGES: Final = [show_all, show_new, create, add_territory, add_team, show, edit]
ACTIONS: Final = [reset_password, deactivate, reactivate, hand_over]
routes: Final = routed([Router("/people", route_handlers=[*PAGES, *ACTIONS], dependencies=FOR_ADMINS)])
