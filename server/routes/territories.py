"""The settings of a territory, for its managers, executives and admins. This page comes only from the server."""

from typing import Final

from litestar import get, post
from litestar.datastructures import FormMultiDict
from sqlmodel import Session

from server.config import Settings
from server.database import Database
from server.models import territory as territories
from server.models.identity import is_id
from server.models.refusal import NotAllowed
from server.models.reminder import TerritorySettings
from server.models.user import User
from server.models.workspace import Territory
from server.routes.answers import Answer, AnyRequest, Page, routed, saved, screen, typed_of
from server.views.frame import own_toast
from server.views.reader import Reader
from server.views.territory import DONE, check_territory, territory, typed_of_territory
from server.views.wishes import WishForm


@get("/territories/{territory_id:str}/reminders", sync_to_thread=True)
def show(
    request: AnyRequest, database: Database, settings: Settings, reader: Reader, territory_id: str
) -> Page:
    with database.reading() as session:
        one = _settable(session, reader.user, territory_id)
        kept = territories.settings_of(session, one.id)
        set_by = session.get_one(User, kept.set_by).name if kept else ""
    known = kept or TerritorySettings(territory_id=one.id, set_by=reader.user.id)
    form = WishForm(reader.t, typed_of_territory(known))
    view = territory(reader, one, form, set_by=set_by, by_mail=settings.sends_mail)
    done = own_toast(reader, DONE, request.query_params.get("done"))
    return screen(request, reader, "server_only/territory.html", {**view, **done}, "more")


@post("/territories/{territory_id:str}/reminders", sync_to_thread=True)
def save(
    request: AnyRequest,
    database: Database,
    settings: Settings,
    reader: Reader,
    territory_id: str,
    form: FormMultiDict,
) -> Answer:
    typed = typed_of(form)
    clean, errors = check_territory(typed)
    with database.writing() as session:
        one = _settable(session, reader.user, territory_id)
        if not errors:
            territories.keep(session, one.id, reader.user, clean)
            return saved(f"/territories/{one.id}/reminders", "saved")
    shown = WishForm(reader.t, typed, errors)
    view = territory(reader, one, shown, set_by="", by_mail=settings.sends_mail)
    return screen(request, reader, "server_only/territory.html", view, "more", 422)


def _settable(session: Session, user: User, territory_id: str) -> Territory:
    one = session.get(Territory, territory_id) if is_id(territory_id) else None
    if one is None or not territories.may_set(user, one.id):
        raise NotAllowed
    return one


routes: Final = routed([show, save])
