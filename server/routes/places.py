"""Renaming and removing territories and teams, and moving a team to another territory.
For admins; all others get 404."""

from collections.abc import Callable
from typing import Any, Final

from litestar import Response, Router, get, post
from litestar.datastructures import FormMultiDict
from sqlmodel import Session

from server.account_form import NAME_OF, NAME_TAKEN, check, said, typed
from server.database import Database
from server.models import account, place_kept, workspace
from server.models import territory as territories
from server.models.identity import is_id
from server.models.refusal import NotAllowed, Refused
from server.models.turns import wait_for_others
from server.models.workspace import NAMES, Place, Team, Territory
from server.routes.answers import AnyRequest, Page, routed, saved, screen
from server.routes.for_whom import FOR_ADMINS
from server.views.accounts import TEAMS, TERRITORIES, TERRITORY, place
from server.views.reader import Reader
from sync.field_checks import Wrong

Named = Territory | Team


@get("/territories/{territory_id:str}", sync_to_thread=True)
def show_territory(request: AnyRequest, database: Database, admin: Reader, territory_id: str) -> Page:
    with database.reading() as session:
        return _page(request, session, admin, TERRITORIES, _one(session, Territory, territory_id))


@post("/territories/{territory_id:str}", sync_to_thread=True)
def rename_territory(
    request: AnyRequest, database: Database, admin: Reader, territory_id: str, form: FormMultiDict
) -> Response[Any]:
    with database.writing() as session:
        wait_for_others(session, NAMES)
        one = _one(session, Territory, territory_id)
        entered = typed(form, NAME_OF)
        name, errors = _checked(entered, one, lambda name: workspace.territory_named(session, name))
        if errors:
            return _page(request, session, admin, TERRITORIES, one, entered, errors)
        territories.rename(session, one, name)
        return saved("/people", "person")


@get("/teams/{team_id:str}", sync_to_thread=True)
def show_team(request: AnyRequest, database: Database, admin: Reader, team_id: str) -> Page:
    with database.reading() as session:
        return _page(request, session, admin, TEAMS, _one(session, Team, team_id))


@post("/teams/{team_id:str}", sync_to_thread=True)
def edit_team(
    request: AnyRequest, database: Database, admin: Reader, team_id: str, form: FormMultiDict
) -> Response[Any]:
    with database.writing() as session:
        wait_for_others(session, NAMES)
        one = _one(session, Team, team_id)
        entered = typed(form, (*NAME_OF, TERRITORY))
        name, errors = _checked(entered, one, lambda name: workspace.team_named(session, name))
        chosen = (entered.get(TERRITORY) or [one.territory_id])[0]
        territory = session.get(Territory, chosen) if is_id(chosen) else None
        if territory is None:
            errors[TERRITORY] = Wrong("unknown_choice").error
        if errors or territory is None:
            return _page(request, session, admin, TEAMS, one, entered, errors)
        one.name = name
        account.move_team(session, one, territory)
        return saved("/people", "person")


@post("/territories/{territory_id:str}/remove", sync_to_thread=True)
def remove_territory(
    request: AnyRequest, database: Database, admin: Reader, territory_id: str
) -> Response[Any]:
    with database.writing() as session:
        return _remove(request, session, admin, TERRITORIES, _one(session, Territory, territory_id))


@post("/teams/{team_id:str}/remove", sync_to_thread=True)
def remove_team(request: AnyRequest, database: Database, admin: Reader, team_id: str) -> Response[Any]:
    with database.writing() as session:
        return _remove(request, session, admin, TEAMS, _one(session, Team, team_id))


def _remove(request: AnyRequest, session: Session, admin: Reader, path: str, one: Named) -> Response[Any]:
    try:
        place_kept.remove(session, one)
    except Refused:
        page = _page(request, session, admin, path, one)
        page.status_code = 422
        return page
    return saved("/people", "removed")


def _one(session: Session, kind: type[Place], place_id: str) -> Place:
    found = session.get(kind, place_id) if is_id(place_id) else None
    if found is None:
        raise NotAllowed
    return found


def _checked(
    entered: dict[str, list[str]], one: Named, called: Callable[[str], Named | None]
) -> tuple[str, dict[str, Any]]:
    clean, errors = check(NAME_OF, entered)
    name = clean.get("name") or ""
    holder = called(name) if name else None
    taken = holder is not None and holder.id != one.id
    return name, {**errors, **({"name": said(NAME_TAKEN)} if taken else {})}


def _page(
    request: AnyRequest,
    session: Session,
    admin: Reader,
    path: str,
    one: Named,
    entered: dict[str, list[str]] | None = None,
    errors: dict[str, Any] | None = None,
) -> Page:
    view = place(session, admin, path, one, entered, errors)
    return screen(request, admin, "server_only/place.html", view, "more", 422 if errors else 200)


PAGES: Final = [show_territory, rename_territory, remove_territory, show_team, edit_team, remove_team]
routes: Final = routed([Router("/people", route_handlers=PAGES, dependencies=FOR_ADMINS)])
