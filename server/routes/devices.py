"""The browsers in which one is signed in, signing them out, and changing one's password."""

from typing import Any, Final

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict, State

from server import forms, passwords
from server.account_form import PASSWORD_CHARACTERS, AccountForm, check_password, said, typed
from server.auth import go_to, signed_out_cookies
from server.config import Settings
from server.database import Database
from server.models import account, sign_in_attempt
from server.models import session as sessions
from server.models.sign_in_attempt import TOO_OFTEN, Subjects, TooManyAttempts
from server.models.user import SignInSession
from server.routes.answers import AnyRequest, Page, routed, saved, screen
from server.translations import Translator, msgid
from server.views import accounts
from server.views.frame import own_toast
from server.views.reader import Reader, joined
from sync.field_checks import Wrong

WRONG: Final = msgid("This is not your password.")


@get("/more/devices", sync_to_thread=True)
def show(
    request: AnyRequest,
    database: Database,
    settings: Settings,
    reader: Reader,
    sign_in: SignInSession,
) -> Page:
    with database.reading() as session:
        rows = sessions.signed_in(session, reader.user, reader.now, settings.session_days)
    view = {
        "title": reader.t("Devices"),
        **own_toast(reader, accounts.DONE, request.query_params.get("done")),
        "devices": [_device(reader, row, row.id_hash == sign_in.id_hash) for row in rows],
    }
    return screen(request, reader, "server_only/devices.html", view, "more")


def _device(reader: Reader, row: SignInSession, is_this: bool) -> dict[str, Any]:
    t = reader.t
    seen = t("In use now") if is_this else t("Last used: %(when)s", when=reader.moment(row.last_seen_at))
    return {
        "name": _name(t, row.user_agent),
        "detail": joined(seen, t("Signed in: %(when)s", when=reader.moment(row.created_at))),
        "is_this": is_this,
        "action": f"/more/devices/{row.public_id}/sign-out",
    }


def _name(t: Translator, user_agent: str) -> str:
    browser, system = sessions.browser_name(user_agent)
    if browser and system:
        return t("%(browser)s on %(system)s", browser=browser, system=system)
    return browser or system or t("Another program")


@post("/more/devices/{public_id:str}/sign-out", sync_to_thread=True)
def sign_out(
    request: AnyRequest,
    database: Database,
    settings: Settings,
    state: State,
    reader: Reader,
    sign_in: SignInSession,
    public_id: str,
) -> Response[Any]:
    with database.writing() as session:
        gone = sessions.sign_out(session, reader.user, public_id, reader.now)
    if gone.id_hash == sign_in.id_hash:
        return go_to(request, "/sign-in", signed_out_cookies(state.csrf, settings))
    return saved("/more/devices", "signed_out")


@get("/more/password", sync_to_thread=True)
def show_password(request: AnyRequest, reader: Reader) -> Page:
    return _password_page(request, reader, {})


@post("/more/password", sync_to_thread=True)
def change_password(
    request: AnyRequest,
    database: Database,
    state: State,
    reader: Reader,
    sign_in: SignInSession,
    form: FormMultiDict,
) -> Response[Any]:
    entered = typed(form, ("current", "password"))
    wrong = _wrong_current(database, state.secret_key, reader, entered)
    new, weak = check_password(entered, "password", reader.user.name, reader.user.email)
    if wrong or weak:
        return _password_page(request, reader, wrong | weak)
    hashed = passwords.hashed(new["password"])
    with database.writing() as session:
        if not account.is_still(session, reader.user):
            return _password_page(request, reader, {"current": said(WRONG)})
        user = account.account(session, reader.user.id)
        account.set_password(session, user, hashed, reader.now, but=sign_in.id_hash)
    return saved("/more/devices", "password")


def _wrong_current(
    database: Database, key: str, reader: Reader, entered: dict[str, list[str]]
) -> dict[str, Any]:
    """Attempts are counted as at sign-in, so that nobody can guess the password on a phone that was left unlocked."""
    password = forms.value(entered, "current")[:PASSWORD_CHARACTERS]
    if not password:
        return {"current": Wrong("required").error}
    subjects = Subjects.of(key, reader.user.email, f"signed in as {reader.user.id}")
    try:
        with database.writing() as session:
            sign_in_attempt.count(session, subjects, reader.now)
    except TooManyAttempts as refused:
        return {"current": said(TOO_OFTEN, minutes=refused.minutes)}
    if not passwords.is_right(password, reader.user.password_hash):
        return {"current": said(WRONG)}
    with database.writing() as session:
        sign_in_attempt.forgive(session, subjects, reader.now)
    return {}


def _password_page(request: AnyRequest, reader: Reader, errors: dict[str, Any]) -> Page:
    t = reader.t
    form = AccountForm(t, {}, errors)
    view = {
        "title": t("Change your password"),
        "email": reader.user.email,  # for whatever keeps the passwords of this browser
        "current_password": form.field("current", t("Your current password")),
        "password": form.field("password", t("Your new password")),
    }
    status = 422 if errors else 200
    return screen(request, reader, "server_only/password.html", view, "more", status)


routes: Final = routed([show, sign_out, show_password, change_password])
