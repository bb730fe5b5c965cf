"""When one is reminded, of what, and on which devices. These pages come only from the server, which also sends."""

from typing import Any, Final

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict, State
from sqlmodel import Session

from server import forms
from server.database import Database
from server.models import calendar_feed, push_subscription, territory
from server.models.push_subscription import LONGEST_ENDPOINT
from server.models.refusal import NotAllowed
from server.models.reminder import ReminderSettings
from server.models.turns import wait_for_others
from server.models.user import SignInSession
from server.reminders.destination import Forbidden
from server.reminders.encryption import BadKeys, check_keys
from server.reminders.outbox import note_trial
from server.reminders.worker import destinations_of
from server.routes.answers import Answer, AnyRequest, Page, routed, saved, screen, typed_of
from server.views import reminders as views
from server.views.frame import own_toast
from server.views.reader import Reader
from server.views.told import LISTED, told
from server.views.wishes import WishForm, check

KEYS: Final = ("endpoint", "p256dh", "auth")


@get("/more/reminders", sync_to_thread=True)
def show(
    request: AnyRequest, database: Database, state: State, reader: Reader, sign_in: SignInSession
) -> Page:
    with database.reading() as session:
        view = page(session, reader, sign_in, state)
    done = own_toast(reader, views.DONE, request.query_params.get("done"))
    return screen(request, reader, "server_only/reminders.html", {**view, **done}, "more")


def page(
    session: Session,
    reader: Reader,
    sign_in: SignInSession,
    state: State,
    form: WishForm | None = None,
) -> dict[str, Any]:
    """The view. `form`: with what was typed; None: the saved wishes."""
    known = views.Known(
        browser=push_subscription.of_browser(session, sign_in),
        own=session.get(ReminderSettings, reader.user.id),
        common=territory.settings_of(session, reader.user.territory_id),
        calendar=calendar_feed.of(session, reader.user),
        territories=list(territory.settable_by(session, reader.user)),
    )
    by_mail = state.settings.sends_mail
    return views.reminders(reader, known, form, server_key=state.server_key, by_mail=by_mail)


@get("/more/reminders/{kind:str}", sync_to_thread=True)
def show_told(request: AnyRequest, database: Database, reader: Reader, kind: str) -> Page:
    if kind not in LISTED:
        raise NotAllowed
    with database.reading() as session:
        return screen(request, reader, "server_only/told.html", told(session, reader, kind), "more")


@post("/more/reminders", sync_to_thread=True)
def save(
    request: AnyRequest,
    database: Database,
    state: State,
    reader: Reader,
    sign_in: SignInSession,
    form: FormMultiDict,
) -> Answer:
    typed = typed_of(form)
    clean, errors = check(typed)
    with database.writing() as session:
        if not errors:
            wait_for_others(session, f"reminders of {reader.user.id}")
            session.merge(ReminderSettings(user_id=reader.user.id, **clean))
            return saved("/more/reminders", "saved")
        view = page(session, reader, sign_in, state, WishForm(reader.t, typed, errors))
    return screen(request, reader, "server_only/reminders.html", view, "more", 422)


@post("/more/reminders/default", sync_to_thread=True)
def go_with_territory(database: Database, reader: Reader) -> Answer:
    """Forgets one's own wishes, so that those of the territory hold, now and after they change."""
    with database.writing() as session:
        own = session.get(ReminderSettings, reader.user.id)
        if own is not None:
            session.delete(own)
    return saved("/more/reminders", "default")


@post("/more/reminders/subscription", sync_to_thread=True)
def subscribe(
    database: Database, state: State, reader: Reader, sign_in: SignInSession, form: FormMultiDict
) -> Response[dict[str, Any]]:
    """Keeps the subscription that the browser got from its push service. The answer always has the server's key, for
    which a subscription must be made; `taken` says whether this one can be used."""
    typed = typed_of(form)
    given = {name: forms.value(typed, name) for name in KEYS}
    taken = _is_usable(given, state)
    if taken:
        with database.writing() as session:
            push_subscription.subscribe(
                session, reader.user, sign_in, reader.now, server_key=state.server_key, **given
            )
    return Response({"key": state.server_key, "taken": taken}, status_code=200)


def _is_usable(given: dict[str, str], state: State) -> bool:
    if len(given["endpoint"]) > LONGEST_ENDPOINT:
        return False
    try:
        destinations_of(state.settings).check(given["endpoint"])
        check_keys(given["p256dh"], given["auth"])
    except (Forbidden, BadKeys):
        return False
    return True


@post("/more/reminders/unsubscribe", sync_to_thread=True)
def unsubscribe(database: Database, sign_in: SignInSession) -> Answer:
    with database.writing() as session:
        push_subscription.unsubscribe(session, sign_in)
    return saved("/more/reminders", "off")


@post("/more/reminders/trial", sync_to_thread=True)
def try_out(database: Database, reader: Reader, sign_in: SignInSession) -> Answer:
    with database.writing() as session:
        browser = push_subscription.of_browser(session, sign_in)
        if browser is not None:
            note_trial(session, browser, reader.now)
    return saved("/more/reminders", "trial" if browser is not None else "")


routes: Final = routed([show, show_told, save, go_with_territory, subscribe, unsubscribe, try_out])
