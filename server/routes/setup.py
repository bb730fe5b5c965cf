"""The first start: whoever has the link from the terminal names the company and becomes its first admin."""

from datetime import datetime
from typing import Any, Final

from litestar import Response, Router, get, post
from litestar.datastructures import FormMultiDict, State

from server import passwords
from server.account_form import SETUP, AccountForm, check, check_password, typed
from server.auth import AnyRequest, asked_locale, browser_of, go_to, signed_in_cookies
from server.config import Settings
from server.database import Database
from server.models import account
from server.models import session as sessions
from server.models.letterhead import write_letterhead
from server.models.user import Role
from server.models.workspace import finish_setup, opens_setup
from server.render import render
from server.translations import translator
from server.views.form import options_of
from server.views.labels import LANGUAGES

# Where a link leads that was used, or is of an earlier start: it says that a newer one is in the terminal, or lets the
# admin sign in.
WHAT_TO_DO: Final = "/sign-in"
FIELDS: Final = ("company", "name", "email", "password", "locale")


@get("/setup/{token:str}", sync_to_thread=True)
def show(request: AnyRequest, database: Database, csrf: str, token: str) -> Response[Any]:
    if not _opens(database, token):
        return go_to(request, WHAT_TO_DO)
    return _page(request, {"locale": [asked_locale(request)]}, {}, csrf)


@post("/setup/{token:str}", sync_to_thread=True, opt={"csrf": "before_sign_in"})
def set_up(
    request: AnyRequest,
    database: Database,
    settings: Settings,
    state: State,
    now: datetime,
    form: FormMultiDict,
    csrf: str,
    token: str,
) -> Response[Any]:
    if not _opens(database, token):
        return go_to(request, WHAT_TO_DO)
    entered = typed(form, FIELDS)
    clean, errors = check(SETUP, entered)
    password, weak = check_password(entered, "password", clean.get("name"), clean.get("email"))
    if errors | weak:
        return _page(request, {**entered, "password": [""]}, errors | weak, csrf)
    hashed = passwords.hashed(password["password"])
    with database.writing() as session:
        finish_setup(session, clean["company"], now)
        write_letterhead(session, clean["company"])
        details = account.Details(clean["email"], clean["name"], Role.ADMIN)
        admin = account.create(session, details, hashed, now, locale=clean["locale"])
        session.flush()  # the sign-in points at the new admin
        secret = sessions.start(session, admin, now, **browser_of(request))
    return go_to(request, "/people", signed_in_cookies(secret, state.csrf, settings))


def _opens(database: Database, token: str) -> bool:
    with database.reading() as session:
        return opens_setup(session, token)


def _page(
    request: AnyRequest, entered: dict[str, list[str]], errors: dict[str, Any], csrf: str
) -> Response[Any]:
    locale = asked_locale(request)
    t = translator(locale)
    form = AccountForm(t, entered, errors)
    view = {
        "locale": locale,
        "title": t("Set up Legwork"),
        "csrf": csrf,
        "is_fresh": not errors,
        "company": form.field("company", t("Your company")),
        "name": form.field("name", t("Your name")),
        "email": form.field("email", t("Email")),
        "password": form.field("password", t("Password")),
        "language": form.choices(
            "locale", t("Language"), options_of(LANGUAGES.items(), form.value("locale"))
        ),
    }
    page = render("server_only/setup.html", view, locale)
    return Response(page, status_code=422 if errors else 200, media_type="text/html")


routes: Final = [Router("/", route_handlers=[show, set_up])]
