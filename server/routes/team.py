"""Team and the lists behind its numbers, for managers, executives and admins; all others get 404."""

from collections.abc import Callable
from typing import Any, Final

from litestar import Router, get
from litestar.handlers import HTTPRouteHandler
from litestar.types import ControllerRouterHandler
from sqlmodel import Session

from server.database import Database
from server.models.question import look_of, remember
from server.routes.answers import AnyRequest, Page, routed, screen, without_done
from server.routes.for_whom import FOR_LEADERS
from server.views.buying import Buying, buying_page, customers_list, orders_list
from server.views.funnel import FunnelAsked, funnel_page
from server.views.funnel_lists import moves_list, standing_list, stuck_list
from server.views.reader import Reader
from server.views.sales_lists import open_list, won_list
from server.views.team import team
from server.views.team_asked import CHOSEN, TeamAsked
from server.views.team_filter import filter_page
from server.views.team_forecast import forecast_page
from server.views.team_lists import approval_list, cold_list, late_list, planned_list, touch_list, visit_list
from server.views.team_quota import quota_page


@get("/", sync_to_thread=True)
def show(request: AnyRequest, database: Database, leader: Reader) -> Page:
    """Team as the reader last chose to see it, unless the address says otherwise. Choices that no longer make sense are
    left out; the page says so, and they are forgotten."""
    query = dict(request.query_params)
    with database.reading() as session:
        known, pinned = look_of(session, leader.user)
        asked = TeamAsked(session, leader, query if CHOSEN & query.keys() else known, without_done(request))
        view = {**team(session, asked, pinned), **asked.told(query)}
        page = screen(request, leader, "server_only/team.html", view, "team")
    if (CHOSEN & query.keys() or asked.leaves_out) and asked.chosen != known:
        with database.writing() as session:
            remember(session, leader.user, asked.chosen)
    return page


def _page(
    path: str, template: str, view: Callable[[Session, TeamAsked], dict[str, Any]], period: str = "week"
) -> HTTPRouteHandler:
    """`period`: of which it is unless the address names another."""

    @get(path, sync_to_thread=True)
    def answer(request: AnyRequest, database: Database, leader: Reader) -> Page:
        query = {"period": period, **request.query_params}
        with database.reading() as session:
            asked = TeamAsked(session, leader, query, without_done(request))
            told = {**view(session, asked), **asked.told(request.query_params)}
            return screen(request, leader, template, told, "team")

    return answer


def _of_funnel(path: str, template: str, view: Callable[[FunnelAsked], dict[str, Any]]) -> HTTPRouteHandler:
    # Of a quarter: opportunities take longer than a week to move.
    return _page(path, template, lambda session, asked: view(FunnelAsked(session, asked)), "quarter")


def _of_buying(path: str, template: str, view: Callable[[Buying], dict[str, Any]]) -> HTTPRouteHandler:
    return _page(path, template, lambda session, asked: view(Buying(session, asked)))


LIST: Final = "server_only/team_list.html"
PAGES: Final[list[ControllerRouterHandler]] = [
    show,
    _page("/filter", "server_only/team_filter.html", filter_page),
    _page("/visits", LIST, visit_list),
    _page("/planned", LIST, planned_list),
    _page("/cold", LIST, cold_list),
    _page("/in-touch", LIST, touch_list),
    _page("/late", LIST, late_list),
    _page("/approvals", LIST, approval_list),
    _page("/quota", "server_only/team_quota.html", quota_page),
    _page("/won", LIST, won_list),
    _page("/open", LIST, open_list),
    _page("/forecast", "server_only/team_forecast.html", forecast_page),
    _of_funnel("/funnel", "server_only/funnel.html", funnel_page),
    _of_funnel("/funnel/moves", LIST, moves_list),
    _of_funnel("/funnel/standing", LIST, standing_list),
    _of_funnel("/funnel/stuck", LIST, stuck_list),
    _of_buying("/buying", "server_only/buying.html", buying_page),
    _of_buying("/buying/customers", LIST, customers_list),
    _of_buying("/buying/orders", LIST, orders_list),
]
routes: Final = routed([Router("/team", route_handlers=PAGES, dependencies=FOR_LEADERS)])
