"""The hours in which a quarter has begun by the company's calendar, and not yet where its reader is."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
from sqlmodel import col, update

from server.database import Database
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.opportunity import Opportunity
from server.models.quota import keep
from server.models.user import User
from tests.cast import Cast
from tests.routes.conftest import Browser, Screens
from tests.routes.numbers import tiles_of
from tests.routes.test_alerts import ALERTS
from tests.routes.test_quotas import cell, value_of
from tests.routes.test_ranking import told
from tests.routes.test_territories import COMMON, address

TURN = datetime(2027, 1, 1, 2, tzinfo=UTC)


@pytest.fixture
def far_west(screens: Browser, database: Database, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Screens:
    """Mei's browser, where the old year has an hour and a half to go."""
    with database.writing() as session:
        session.get_one(User, cast.mei.id).time_zone = "America/St_Johns"
    browser = screens(cast.mei)
    monkeypatch.setattr("server.app.moment_of_request", lambda: TURN)
    return browser


def test_the_sheet_of_quotas_opens_where_team_counts(
    far_west: Screens, database: Database, cast: Cast
) -> None:
    with database.writing() as session:
        keep(session.get_one(User, cast.alice.id), date(2027, 1, 1), 100_000, "EUR", "UTC")
    assert "2027 Q1" in far_west.get("/team/quota").text
    assert value_of(far_west.get("/quotas").text, cell(cast.alice, date(2027, 1, 1))) == "1,000"


def test_what_was_won_this_month_leads_to_the_sales_of_the_month(
    far_west: Screens, database: Database, cast: Cast, add_customer: Callable[..., Customer]
) -> None:
    customer = add_customer(cast.alice, "Kelder")
    with database.writing() as session:
        for cents, at in ((400, TURN), (7_700, TURN - timedelta(hours=3))):
            session.add(
                Opportunity(
                    id=new_id(), customer_id=customer.id, owner_id=cast.alice.id, name="Seals", currency="EUR",
                    amount_cents=cents, stage="won", created_at=at, stage_since=at,
                )
            )  # fmt: skip
    [so_far] = tiles_of(far_west.get("/team/forecast").text)["This month"].more
    assert so_far.text == "€4 won so far"
    assert "Jan 2027 · 1 opportunity · €4" in far_west.get(so_far.href).text


def test_in_the_week_that_a_quarter_ends_in_it_is_ranked_by_what_it_came_to(
    screens: Browser, database: Database, cast: Cast, add_customer: Callable[..., Customer]
) -> None:
    """From Monday 28 September: what was won in October is of the quarter that the next report ranks."""
    for rep, cents in ((cast.alice, (300, 4_000)), (cast.bob, (500, 60))):
        customer = add_customer(rep, f"Quay of {rep.name}")
        with database.writing() as session:
            keep(session.get_one(User, rep.id), date(2026, 7, 1), 1_000, "EUR", "UTC")
            keep(session.get_one(User, rep.id), date(2026, 10, 1), 10_000, "EUR", "UTC")
            for amount, day in zip(cents, (date(2026, 9, 30), date(2026, 10, 1)), strict=True):
                at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
                session.add(
                    Opportunity(
                        id=new_id(), customer_id=customer.id, owner_id=rep.id, name="Seals", currency="EUR",
                        amount_cents=amount, stage="won", created_at=at, stage_since=at,
                    )
                )  # fmt: skip
    manager = screens(cast.mei)
    manager.post(address(cast), {**COMMON, "ranked_by": "attainment"})
    ended, next_one = (manager.get(f"/report/2026-{monday}").text for monday in ("09-28", "10-05"))
    assert told(ended) == [("1", "Bob", "€5 of €10", "50%"), ("2", "Alice", "€3 of €10", "30%")]
    assert told(next_one) == [("1", "Alice", "€40 of €100", "40%"), ("2", "Bob", "€0.60 of €100", "0%")]
    listed = re.findall(r'href="(/report/2026-09-28/ranked-won[^"]*)"', ended)
    lists = [manager.get(unescape(one)).text for one in listed]
    assert [re.findall(r"2026 Q3[^<]*", one) for one in lists] == [["2026 Q3 · €5"], ["2026 Q3 · €3"]]


@pytest.mark.parametrize(("day", "lags"), [(date(2027, 1, 8), False), (date(2027, 1, 22), True)])
def test_in_the_first_days_of_a_quarter_nobody_is_behind_its_quota(
    screens: Browser,
    database: Database,
    cast: Cast,
    monkeypatch: pytest.MonkeyPatch,
    day: date,
    lags: bool,
) -> None:
    with database.writing() as session:
        keep(session.get_one(User, cast.alice.id), date(2027, 1, 1), 1_000_000, "EUR", "UTC")
    manager = screens(cast.mei)
    monkeypatch.setattr(
        "server.app.moment_of_request", lambda: datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    )
    assert ("Behind the quota" in manager.get("/team").text) == lags
    assert ('class="tag late">0%' in manager.get("/team/quota").text) == lags


@pytest.mark.parametrize(
    ("made_on", "day", "gone", "since"),
    [
        (date(2026, 12, 31), date(2027, 2, 4), 37, ""),
        (date(2027, 1, 1), date(2027, 2, 4), 36, "2 Jan"),
        (date(2027, 1, 31), date(2027, 2, 4), 6, "1 Feb"),
        (date(2027, 2, 1), date(2027, 2, 4), 4, "2 Feb"),
        (date(2027, 1, 15), date(2027, 2, 18), 43, "16 Jan"),
        (date(2027, 2, 4), date(2027, 2, 4), 0, "5 Feb"),
    ],
)
def test_whoever_joined_in_the_quarter_is_measured_by_its_days_since_then(
    screens: Browser,
    database: Database,
    cast: Cast,
    monkeypatch: pytest.MonkeyPatch,
    made_on: date,
    day: date,
    gone: int,
    since: str,
) -> None:
    """Nothing is won, so that so many points behind is as much as is gone: on Team, and to the point in an alert."""
    made_at = datetime(made_on.year, made_on.month, made_on.day, 23, 30, tzinfo=UTC)
    with database.writing() as session:
        session.execute(update(User).where(col(User.id) == cast.alice.id).values(created_at=made_at))
        keep(session.get_one(User, cast.alice.id), date(2027, 1, 1), 1_000_000, "EUR", "UTC")
    monkeypatch.setattr(
        "server.app.moment_of_request", lambda: datetime(day.year, day.month, day.day, 23, 45, tzinfo=UTC)
    )
    manager = screens(cast.mei)
    assert ("Behind the quota" in manager.get("/team").text) == (gone >= 10)
    said = f" · {gone}% of the working days since {since} gone" if since else ""
    assert re.findall(r"<small[^>]*>(€0 of €10,000[^<]*)</small>", manager.get("/team/quota").text)[-1] == (
        f"€0 of €10,000{said}"
    )
    for points, so in ((max(gone, 1), bool(gone)), (gone + 1, False)):
        manager.post(ALERTS, {"kind": "behind", "limit": "1", "points": str(points)})
        said = f"1 rep is {points} points or more behind the days gone"
        assert (said in manager.get(ALERTS).text) == so
