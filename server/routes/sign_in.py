"""Signing in and out."""

from datetime import datetime
from typing import Any, Final

from litestar import Response, Router, get, post
from litestar.datastructures import FormMultiDict, State

from server import forms, passwords
from server.account_form import PASSWORD_CHARACTERS, AccountForm, typed
from server.auth import (
    AnyRequest,
    Visitor,
    asked_locale,
    browser_of,
    client_address,
    go_to,
    local_path,
    signed_in_cookies,
    signed_out_cookies,
)
from server.config import Settings
from server.database import Database
from server.models import account, sign_in_attempt
from server.models import session as sessions
from server.models.sign_in_attempt import TOO_OFTEN, Subjects, TooManyAttempts
from server.models.user import Role, User
from server.render import render
from server.translations import msgid, translator
from sync.field_checks import Wrong

WRONG: Final = msgid("The email address and the password do not match.")


@get("/sign-in", sync_to_thread=True)
def show(
    request: AnyRequest,
    database: Database,
    visitor: Visitor | None,
    csrf: str,
) -> Response[Any]:
    target = local_path(request.query_params.get("next"))
    if visitor is not None:
        return go_to(request, target)
    with database.reading() as session:
        if not account.is_anybody_here(session):
            return not_set_up(request)
    return _page(request, {"next": [target]}, csrf)


@post("/sign-in", sync_to_thread=True, opt={"csrf": "same_origin"})
def sign_in(
    request: AnyRequest,
    database: Database,
    settings: Settings,
    state: State,
    now: datetime,
    form: FormMultiDict,
    csrf: str,
) -> Response[Any]:
    entered = typed(form, ("email", "password", "next"))
    email = forms.value(entered, "email").strip().lower()
    password = forms.value(entered, "password")[:PASSWORD_CHARACTERS]
    entered.pop("password", None)
    empty = {
        name: Wrong("required").error
        for name, value in (("email", email), ("password", password))
        if not value
    }
    if empty:
        return _page(request, entered, csrf, errors=empty)
    subjects = Subjects.of(state.secret_key, email, client_address(request, settings))
    try:
        user = _recognised(database, subjects, email, password, now)
    except TooManyAttempts as refused:
        return _too_often(request, entered, csrf, refused)
    if user is None:
        return _page(request, entered, csrf, WRONG)
    with database.writing() as session:
        if not account.is_still(session, user):
            return _page(request, entered, csrf, WRONG)
        sign_in_attempt.forgive(session, subjects, now)
        account.rehash(account.account(session, user.id), password)
        secret = sessions.start(session, user, now, **browser_of(request))
    cookies = signed_in_cookies(secret, state.csrf, settings)
    target = local_path(forms.value(entered, "next"))
    return go_to(request, home_of(user.role) if target == "/today" else target, cookies)


def home_of(role: str) -> str:
    """The first page after signing in, unless another one was asked for."""
    if role == Role.SUPPORT:
        return "/tasks"
    return "/team" if role in (Role.MANAGER, Role.EXECUTIVE) else "/today"


def _recognised(
    database: Database, subjects: Subjects, email: str, password: str, now: datetime
) -> User | None:
    """The user, if the password is right. Raises TooManyAttempts. The password is checked outside of the transaction,
    because that is slow on purpose and would keep others from writing."""
    with database.writing() as session:
        sign_in_attempt.count(session, subjects, now)
        user = account.by_email(session, email)
    known = user if user is not None and user.deactivated_at is None else None
    return user if passwords.is_right(password, known.password_hash if known else None) else None


@post("/sign-out", sync_to_thread=True)
def sign_out(
    request: AnyRequest,
    database: Database,
    settings: Settings,
    state: State,
    visitor: Visitor | None,
    now: datetime,
) -> Response[Any]:
    if visitor is not None:
        with database.writing() as session:
            sessions.sign_out(session, visitor.user, visitor.sign_in.public_id, now)
    return go_to(request, "/sign-in", signed_out_cookies(state.csrf, settings))


def not_set_up(request: AnyRequest) -> Response[Any]:
    locale = asked_locale(request)
    t = translator(locale)
    view = {
        "title": t("Almost there"),
        "text": t(
            "This Legwork has not been set up yet. Open the link that its server printed in the terminal. Each start "
            "prints a new one, and ends the one before."
        ),
        "partial": False,
        "locale": locale,
        "request_id": "",
        "leads_on": False,
    }
    return Response(render("server_only/error.html", view, locale), status_code=200, media_type="text/html")


def _too_often(
    request: AnyRequest, entered: dict[str, list[str]], csrf: str, refused: TooManyAttempts
) -> Response[Any]:
    answer = _page(request, entered, csrf, TOO_OFTEN, status=429, minutes=refused.minutes)
    answer.headers["Retry-After"] = str(refused.seconds)
    return answer


def _page(
    request: AnyRequest,
    entered: dict[str, list[str]],
    csrf: str,
    refused: str = "",
    status: int = 422,
    errors: dict[str, Any] | None = None,
    **values: int,
) -> Response[Any]:
    locale = asked_locale(request)
    t = translator(locale)
    form = AccountForm(t, entered, errors or {})
    view = {
        "locale": locale,
        "title": t("Sign in"),
        "csrf": csrf,
        "next": form.value("next"),
        "email": form.field("email", t("Email")),
        "password": form.field("password", t("Password")),
        "refused": t(refused, **values) if refused else "",
    }
    page = render("server_only/sign_in.html", view, locale)
    return Response(page, status_code=status if refused or errors else 200, media_type="text/html")


routes: Final = [Router("/", route_handlers=[show, sign_in, sign_out])]
