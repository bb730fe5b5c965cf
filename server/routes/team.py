"""Team and the lists behind its numbers: for managers, executives and admins; to everybody else they do not exist."""

from collections.abc import Callable
from typing import Any, Final

from litestar import Router, get
from litestar.di import Provide
from sqlmodel import Session

from server.database import Database
from server.models.question import look_of, remember
from server.models.refusal import NotAllowed
from server.models.scope import ALL_SEEING_ROLES, manages
from server.routes.answers import AnyRequest, Page, routed, screen
from server.views.reader import Reader
from server.views.team import team
from server.views.team_asked import CHOSEN, Asked
from server.views.team_forecast import forecast_page
from server.views.team_lists import approval_list, cold_list, late_list, visit_list
from server.views.team_quota import quota_page, won_list


def reader_of_leader(reader: Reader) -> Reader:
    if not manages(reader.user) and reader.user.role not in ALL_SEEING_ROLES:
        raise NotAllowed
    return reader


@get("/", sync_to_thread=True)
def show(request: AnyRequest, database: Database, leader: Reader) -> Page:
    """As one last looked at it, unless the address says how."""
    query = dict(request.query_params)
    with database.reading() as session:
        known, pinned = look_of(session, leader.user)
        asked = Asked(session, leader, query if CHOSEN & query.keys() else known)
        page = screen(request, leader, "server_only/team.html", team(session, asked, pinned), "team")
    if CHOSEN & query.keys() and asked.chosen != known:
        with database.writing() as session:
            remember(session, leader.user, asked.chosen)
    return page


@get("/visits", sync_to_thread=True)
def visits(request: AnyRequest, database: Database, leader: Reader) -> Page:
    return _answer(request, database, leader, "server_only/team_list.html", visit_list)


@get("/cold", sync_to_thread=True)
def cold(request: AnyRequest, database: Database, leader: Reader) -> Page:
    return _answer(request, database, leader, "server_only/team_list.html", cold_list)


@get("/late", sync_to_thread=True)
def late(request: AnyRequest, database: Database, leader: Reader) -> Page:
    return _answer(request, database, leader, "server_only/team_list.html", late_list)


@get("/approvals", sync_to_thread=True)
def approvals(request: AnyRequest, database: Database, leader: Reader) -> Page:
    return _answer(request, database, leader, "server_only/team_list.html", approval_list)


@get("/quota", sync_to_thread=True)
def quota(request: AnyRequest, database: Database, leader: Reader) -> Page:
    return _answer(request, database, leader, "server_only/team_quota.html", quota_page)


@get("/won", sync_to_thread=True)
def won(request: AnyRequest, database: Database, leader: Reader) -> Page:
    return _answer(request, database, leader, "server_only/team_list.html", won_list)


@get("/forecast", sync_to_thread=True)
def forecast(request: AnyRequest, database: Database, leader: Reader) -> Page:
    return _answer(request, database, leader, "server_only/team_forecast.html", forecast_page)


def _answer(
    request: AnyRequest,
    database: Database,
    leader: Reader,
    template: str,
    view: Callable[[Session, Asked], dict[str, Any]],
) -> Page:
    with database.reading() as session:
        asked = Asked(session, leader, dict(request.query_params))
        return screen(request, leader, template, view(session, asked), "team")


FOR_LEADERS: Final = {"leader": Provide(reader_of_leader, sync_to_thread=False)}
PAGES: Final = [show, visits, cold, late, approvals, quota, won, forecast]
routes: Final = routed([Router("/team", route_handlers=PAGES, dependencies=FOR_LEADERS)])
