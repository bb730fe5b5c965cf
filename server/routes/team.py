"""Team and the lists behind its numbers: for managers, executives and admins; to everybody else they do not exist."""

from collections.abc import Callable
from typing import Any, Final

from litestar import Router, get
from litestar.di import Provide
from sqlmodel import Session

from server.database import Database
from server.models.question import look_of, remember
from server.models.refusal import NotAllowed
from server.models.scope import manages
from server.routes.answers import AnyRequest, Page, routed, screen, without_done
from server.views.buying import Buying, buying_page, customers_list, orders_list
from server.views.funnel import FunnelAsked, funnel_page
from server.views.funnel_lists import moves_list, standing_list, stuck_list
from server.views.reader import Reader
from server.views.sales_lists import open_list, won_list
from server.views.team import team
from server.views.team_asked import CHOSEN, Asked
from server.views.team_filter import filter_page
from server.views.team_forecast import forecast_page
from server.views.team_lists import approval_list, cold_list, late_list, planned_list, touch_list, visit_list
from server.views.team_quota import quota_page


def reader_of_leader(reader: Reader) -> Reader:
    if not manages(reader.user):
        raise NotAllowed
    return reader


@get("/", sync_to_thread=True)
def show(request: AnyRequest, database: Database, leader: Reader) -> Page:
    """As one last looked at it, unless the address says how. What is left out of it now is said once."""
    query = dict(request.query_params)
    with database.reading() as session:
        known, pinned = look_of(session, leader.user)
        asked = Asked(session, leader, query if CHOSEN & query.keys() else known, without_done(request))
        view = {**team(session, asked, pinned), **asked.told(query)}
        page = screen(request, leader, "server_only/team.html", view, "team")
    if (CHOSEN & query.keys() or asked.leaves_out) and asked.chosen != known:
        with database.writing() as session:
            remember(session, leader.user, asked.chosen)
    return page


@get("/filter", sync_to_thread=True)
def choose(request: AnyRequest, database: Database, leader: Reader) -> Page:
    return _answer(request, database, leader, "server_only/team_filter.html", filter_page)


@get("/visits", sync_to_thread=True)
def visits(request: AnyRequest, database: Database, leader: Reader) -> Page:
    return _answer(request, database, leader, "server_only/team_list.html", visit_list)


@get("/planned", sync_to_thread=True)
def planned(request: AnyRequest, database: Database, leader: Reader) -> Page:
    return _answer(request, database, leader, "server_only/team_list.html", planned_list)


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


@get("/open", sync_to_thread=True)
def open_now(request: AnyRequest, database: Database, leader: Reader) -> Page:
    return _answer(request, database, leader, "server_only/team_list.html", open_list)


@get("/in-touch", sync_to_thread=True)
def in_touch(request: AnyRequest, database: Database, leader: Reader) -> Page:
    return _answer(request, database, leader, "server_only/team_list.html", touch_list)


@get("/forecast", sync_to_thread=True)
def forecast(request: AnyRequest, database: Database, leader: Reader) -> Page:
    return _answer(request, database, leader, "server_only/team_forecast.html", forecast_page)


@get("/funnel", sync_to_thread=True)
def funnel(request: AnyRequest, database: Database, leader: Reader) -> Page:
    return _of_funnel(request, database, leader, "server_only/funnel.html", funnel_page)


@get("/funnel/moves", sync_to_thread=True)
def funnel_moves(request: AnyRequest, database: Database, leader: Reader) -> Page:
    return _of_funnel(request, database, leader, "server_only/team_list.html", moves_list)


@get("/funnel/standing", sync_to_thread=True)
def funnel_standing(request: AnyRequest, database: Database, leader: Reader) -> Page:
    return _of_funnel(request, database, leader, "server_only/team_list.html", standing_list)


@get("/funnel/stuck", sync_to_thread=True)
def funnel_stuck(request: AnyRequest, database: Database, leader: Reader) -> Page:
    return _of_funnel(request, database, leader, "server_only/team_list.html", stuck_list)


def _of_funnel(
    request: AnyRequest,
    database: Database,
    leader: Reader,
    template: str,
    view: Callable[[FunnelAsked], dict[str, Any]],
) -> Page:
    """A week is too short for what takes weeks."""
    query = {"period": "quarter", **request.query_params}
    with database.reading() as session:
        asked = FunnelAsked(session, Asked(session, leader, query, without_done(request)), query)
        told = {**view(asked), **asked.of_team.told(request.query_params)}
        return screen(request, leader, template, told, "team")


@get("/buying", sync_to_thread=True)
def buying(request: AnyRequest, database: Database, leader: Reader) -> Page:
    return _of_buying(request, database, leader, "server_only/buying.html", buying_page)


@get("/buying/customers", sync_to_thread=True)
def buying_customers(request: AnyRequest, database: Database, leader: Reader) -> Page:
    return _of_buying(request, database, leader, "server_only/team_list.html", customers_list)


@get("/buying/orders", sync_to_thread=True)
def buying_orders(request: AnyRequest, database: Database, leader: Reader) -> Page:
    return _of_buying(request, database, leader, "server_only/team_list.html", orders_list)


def _of_buying(
    request: AnyRequest,
    database: Database,
    leader: Reader,
    template: str,
    view: Callable[[Buying], dict[str, Any]],
) -> Page:
    query = dict(request.query_params)
    with database.reading() as session:
        asked = Buying(session, Asked(session, leader, query, without_done(request)), query)
        return screen(
            request,
            leader,
            template,
            {**view(asked), **asked.asked.told(request.query_params)},
            "team",
        )


def _answer(
    request: AnyRequest,
    database: Database,
    leader: Reader,
    template: str,
    view: Callable[[Session, Asked], dict[str, Any]],
) -> Page:
    with database.reading() as session:
        asked = Asked(session, leader, dict(request.query_params), without_done(request))
        return screen(
            request,
            leader,
            template,
            {**view(session, asked), **asked.told(request.query_params)},
            "team",
        )


FOR_LEADERS: Final = {"leader": Provide(reader_of_leader, sync_to_thread=False)}
PAGES: Final = [
    show, choose, visits, planned, cold, in_touch, late, approvals, quota, won, open_now, forecast, funnel,
    funnel_moves, funnel_standing, funnel_stuck, buying, buying_customers, buying_orders,
]  # fmt: skip
routes: Final = routed([Router("/team", route_handlers=PAGES, dependencies=FOR_LEADERS)])
