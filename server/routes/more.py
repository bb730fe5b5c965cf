"""More: language, installing, help."""

from typing import Any

from litestar import Response, get, post
from litestar.datastructures import Cookie, FormMultiDict

from server.auth import COOKIE_SECONDS, LOCALE_COOKIE, go_to
from server.config import Settings
from server.database import Database
from server.routes.answers import AnyRequest, Page, routed, screen
from server.translations import LOCALES
from server.views.more import help_page, install, more
from server.views.reader import Reader
from sync.apply import apply


@get("/more", sync_to_thread=True)
def show(request: AnyRequest, reader: Reader) -> Page:
    return screen(request, reader, "more/index.html", more(reader), "more")


@post("/more/language", sync_to_thread=True)
def choose_language(
    request: AnyRequest, database: Database, settings: Settings, reader: Reader, form: FormMultiDict
) -> Response[Any]:
    """Loads the whole page, because <html lang> is outside of what htmx swaps.
    By the cookie the sign-in page is in this language, too."""
    with database.writing() as session:
        locale = str(form.get("locale") or "")
        apply(session, reader.user, "user.edit", {"fields": {"locale": locale}}, reader.now)
        secure = settings.secure_cookies
        known = locale if locale in LOCALES else ""  # blank: as the browser asks
        cookie = Cookie(LOCALE_COOKIE, value=known, max_age=COOKIE_SECONDS, samesite="lax", secure=secure)
        return go_to(request, "/more?done=language", [cookie])


@get("/more/install", sync_to_thread=True)
def show_install(request: AnyRequest, reader: Reader) -> Page:
    return screen(request, reader, "server_only/install.html", install(reader), "more")


@get("/more/help", sync_to_thread=True)
def show_help(request: AnyRequest, reader: Reader) -> Page:
    return screen(request, reader, "more/help.html", help_page(reader), "more")


routes = routed([show, choose_language, show_install, show_help])
