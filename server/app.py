"""Puts the app together from all its parts.

Routes begin and commit their own transactions, in the thread they run in. So what was acknowledged is on the disk, and
no request holds the database's lock while it waits for a thread.
"""

from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final

from litestar import Litestar, Request
from litestar.config.compression import CompressionConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from server.auth import (
    SESSION_COOKIE,
    NotSignedIn,
    find_locale,
    find_translator,
    find_visitor,
    form_token,
    signed_in_browser,
    signed_in_user,
)
from server.auth_csrf import (
    CSRF_COOKIE,
    MOST_FORM_BYTES,
    Csrf,
    ForgedRequest,
    comes_from_here,
    form_of,
    is_same_origin,
    sent_token,
)
from server.config import Settings
from server.database import Database, open_database
from server.edge import Edge
from server.errors import ERROR_HANDLERS
from server.files.store import open_store
from server.log import set_up_log
from server.migrate import newest_version
from server.reminders.worker import sealer_of
from server.routes import (
    alerts,
    api,
    assets,
    attachments,
    calendar,
    contacts,
    contracts,
    custom_fields,
    customers,
    deleting,
    deliveries,
    devices,
    files,
    follow_ups,
    giving,
    health,
    history,
    letterhead,
    library,
    merging,
    metrics,
    more,
    opportunities,
    orders,
    outbox,
    parked,
    people,
    phones,
    pipeline,
    pipelines,
    places,
    pool,
    products,
    questions,
    quotas,
    quotes,
    reminders,
    report,
    setup,
    sign_in,
    tasks,
    team,
    territories,
    today,
    transfer,
    visits,
)
from server.secret_key import secret_key
from sync.crowd import MOST_WITH_FILES, Crowd
from sync.events import Events
from sync.http import sync_router
from sync.pace import Pace

SAFE_METHODS: Final = ("GET", "HEAD", "OPTIONS")
UNCOMPRESSED: Final = ["^/static/", "^/sync/events$", "^/files/"]

AnyRequest = Request[Any, Any, Any]


def create_app(settings: Settings, database: Database | None = None) -> Litestar:
    set_up_log(settings)
    newest_version()
    opened = database or open_database(settings.resolved_database_url)

    @asynccontextmanager
    async def lifespan(app: Litestar) -> Any:
        events: Events = app.state.sync_events
        await events.start()
        yield
        await events.stop()
        if database is None:
            opened.close()

    app = Litestar(
        route_handlers=route_handlers(),
        dependencies=dependencies(),
        before_request=refuse_forged,
        exception_handlers=ERROR_HANDLERS,
        lifespan=[lifespan],
        state=state_of(settings, opened),
        compression_config=CompressionConfig(
            backend="brotli", brotli_gzip_fallback=True, exclude=UNCOMPRESSED
        ),
        request_max_body_size=MOST_FORM_BYTES,
        openapi_config=None,
        logging_config=None,
    )
    app.asgi_handler = Edge(app.asgi_handler, settings, app.state.csrf)
    return app


def state_of(settings: Settings, database: Database) -> State:
    key = secret_key(settings)
    return State(
        {
            "settings": settings,
            "database": database,
            "files": open_store(settings),
            "csrf": Csrf(key),
            "secret_key": key,
            "server_key": sealer_of(settings, settings.address).public_key,
            "sync_events": Events(database),
            "sync_pace": Pace(),
            "sync_crowd": Crowd(),
            "file_crowd": Crowd(MOST_WITH_FILES),
            "calendar_pace": Pace(),
        }
    )


def route_handlers() -> list[ControllerRouterHandler]:
    screens = (
        today,
        customers,
        contacts,
        contracts,
        visits,
        attachments,
        follow_ups,
        giving,
        opportunities,
        quotes,
        orders,
        pipeline,
        outbox,
        library,
        more,
    )
    server_only = (
        health,
        metrics,
        api,
        assets,
        sign_in,
        setup,
        history,
        merging,
        deleting,
        parked,
        devices,
        phones,
        deliveries,
        people,
        pipelines,
        places,
        pool,
        products,
        letterhead,
        quotas,
        reminders,
        report,
        calendar,
        alerts,
        questions,
        tasks,
        team,
        territories,
        custom_fields,
        transfer,
        files,
    )
    return [*(route for module in (*screens, *server_only) for route in module.routes), sync_router()]


def dependencies() -> dict[str, Provide]:
    """What every route can have as a parameter, by name."""
    return {
        "settings": Provide(settings_of, sync_to_thread=False),
        "database": Provide(database_of, sync_to_thread=False),
        "now": Provide(moment_of_request, sync_to_thread=False),
        "visitor": Provide(find_visitor, sync_to_thread=True),
        "user": Provide(signed_in_user, sync_to_thread=False),
        "sign_in": Provide(signed_in_browser, sync_to_thread=False),
        "locale": Provide(find_locale, sync_to_thread=False),
        "t": Provide(find_translator, sync_to_thread=False),
        "form": Provide(form_of),
        "csrf": Provide(form_token, sync_to_thread=False),
    }


def settings_of(state: State) -> Settings:
    settings: Settings = state.settings
    return settings


def database_of(state: State) -> Database:
    database: Database = state.database
    return database


def moment_of_request() -> datetime:
    return datetime.now(UTC)


async def refuse_forged(request: AnyRequest) -> None:
    """Raises ForgedRequest for a write that does not come from a page of ours. A route may say `csrf="same_origin"`,
    which lets clients without a page sign in, `csrf="before_sign_in"`, because there is no session yet, or
    `csrf="harmless"`, because it writes nothing."""
    rule = request.route_handler.opt.get("csrf")
    if request.method in SAFE_METHODS or rule == "harmless":
        return
    settings, csrf = request.app.state.settings, request.app.state.csrf
    if rule == "same_origin" and comes_from_here(request, settings):
        return
    secret = request.cookies.get(SESSION_COOKIE)
    if not secret and rule is None:
        raise NotSignedIn
    if is_same_origin(request, settings):
        return
    if not csrf.accepts(await sent_token(request), request.cookies.get(CSRF_COOKIE), secret or None):
        raise ForgedRequest
