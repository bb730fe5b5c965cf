"""The ranking in the weekly report: where a manager wants it, by what they chose, of their own territory."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from html import unescape
from typing import Any

import pytest

from server.database import Database
from server.models import quota as quotas
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.opportunity import Opportunity
from server.models.reminder import TerritorySettings
from server.models.user import Role, User
from server.models.visit import Visit
from server.models.workspace import Territory
from tests.cast import NOW, Cast, person
from tests.routes.conftest import Browser
from tests.routes.test_territories import COMMON, address

WEEK = "/report/2026-11-16"
WEDNESDAY = datetime(2026, 11, 18, 10, 0, tzinfo=NOW.tzinfo)
Told = list[tuple[str, str, str, str]]


@pytest.fixture
def company(database: Database, cast: Cast) -> None:
    """Alice: 20 of 20 visits, one of two customers cold; Bob 10 of 10 and none cold; both a quarter of their quota in
    euros, Bob also yuan. Charlie, in the south, does better in everything; Bob made visits there too."""
    with database.writing() as session:
        for rep, visits, cents in ((cast.alice, 20, 100_000), (cast.bob, 10, 40_000), (cast.charlie, 5, 100)):
            kept = session.get_one(User, rep.id)
            kept.weekly_visits = visits
            quotas.keep(kept, date(2026, 10, 1), cents, "EUR", "UTC")
        for owner, silent, visits, won in (
            (cast.alice, 60, 0, []),
            (cast.alice, 1, 20, [(25_000, "EUR")]),
            (cast.bob, 1, 10, [(10_000, "EUR"), (700, "CNY")]),
            (cast.charlie, 1, 30, [(999_999, "EUR")]),
        ):
            customer = Customer(
                id=new_id(), name="Quay", sort_key="quay", owner_id=owner.id, territory_id=owner.territory_id,
                lifecycle="active", created_at=NOW - timedelta(days=90), last_touch_at=NOW - timedelta(days=silent),
            )  # fmt: skip
            session.add(customer)
            session.flush()
            of = {"customer_id": customer.id, "created_at": WEDNESDAY}
            makers = [owner.id] * visits + ([cast.bob.id] * 5 if owner == cast.charlie else [])
            session.add_all(Visit(id=new_id(), author_id=one, started_at=WEDNESDAY, **of) for one in makers)
            session.add_all(
                Opportunity(id=new_id(), owner_id=owner.id, name="Seals", amount_cents=cents, currency=currency,
                            stage="won", stage_since=WEDNESDAY, **of)
                for cents, currency in won
            )  # fmt: skip


def told(html: str) -> Told:
    """Place, name, detail and figure of each."""
    line = r'"initial"[^>]*>(\d+)</span>\s*<span class="text"><strong[^>]*>(\w+)</strong>'
    line += r'(?:</span></a><a class="score"[^>]*><span class="unseen">[^<]*</span>)?<small>([^<]*)</small>'
    return re.findall(line + r'(?:</span>)?\s*<span class="tag[^"]*">([^<]*)<', html)


@pytest.mark.parametrize(
    ("by", "ranked"),
    [
        ("", []),
        ("visits", [("1", "Alice", "20 of 20 visits", "100%"), ("1", "Bob", "10 of 10 visits", "100%")]),
        ("coverage", [("1", "Bob", "1 of 1 customer", "100%"), ("2", "Alice", "1 of 2 customers", "50%")]),
        ("attainment", [("1", "Alice", "€250 of €1,000", "25%"), ("1", "Bob", "€100 of €400", "25%")]),
        ("won_amount", [("1", "Alice", "", "€250"), ("2", "Bob", "", "€100")]),
    ],
)
def test_it_is_by_what_the_manager_chose_and_of_the_own_territory(
    screens: Browser, cast: Cast, company: None, by: str, ranked: Told
) -> None:
    manager = screens(cast.mei)
    assert manager.post(address(cast), {**COMMON, "ranked_by": by}).status_code == 303
    assert f'value="{by}" selected' in manager.get(address(cast)).text
    for who in (cast.mei, cast.alice):
        page = screens(who).get(WEEK).text
        assert told(page) == ranked
        assert "Charlie" not in page
    assert told(screens(cast.charlie).get(WEEK).text) == []


def test_a_rep_is_told_of_colleagues_and_led_nowhere(screens: Browser, cast: Cast, company: None) -> None:
    screens(cast.mei).post(address(cast), {**COMMON, "ranked_by": "visits"})
    assert f"{WEEK}?of={cast.bob.id}" in screens(cast.mei).get(WEEK).text
    page = screens(cast.alice).get(WEEK).text
    assert cast.bob.id not in page
    assert 'class="tag ok">100%' in page  # the own one


@pytest.mark.parametrize(
    ("by", "behind"),
    [
        ("visits", {"Alice": 20, "Bob": 10}),
        ("coverage", {"Alice": 1, "Bob": 1}),
        ("attainment", {"Alice": "€250", "Bob": "€100"}),
        ("won_amount", {"Alice": "€250", "Bob": "€100"}),
    ],
)
def test_each_figure_leads_to_what_it_is_counted_from(
    screens: Browser, database: Database, cast: Cast, company: None, by: str, behind: dict[str, Any]
) -> None:
    """For who leads the territory, and for who leads all and sees what Bob did in the south, too."""
    henrik = person("Henrik", Role.EXECUTIVE)
    with database.writing() as session:
        session.add(henrik)
        whose = {"owner_id": cast.bob.id, "territory_id": cast.south.id, "created_at": NOW}
        away = Customer(
            id=new_id(), name="Away", sort_key="away", lifecycle="active", last_touch_at=NOW, **whose
        )
        session.add(away)
        session.flush()
        of = {"customer_id": away.id, "owner_id": cast.bob.id, "created_at": NOW}
        for number, since in enumerate((WEDNESDAY, WEDNESDAY - timedelta(days=90), NOW)):
            at = {"stage": "won", "stage_since": since, "currency": "EUR", "amount_cents": number + 1}
            session.add(Opportunity(id=new_id(), name="Rings", **at, **of))
    screens(cast.mei).post(address(cast), {**COMMON, "ranked_by": by})
    for reader in (cast.mei, henrik):
        browser = screens(reader)
        scores = re.findall(
            r'class="score" href="([^"]*)"><span class="unseen">(\w+): <', browser.get(WEEK).text
        )
        assert sorted(name for _, name in scores) == ["Alice", "Bob"]
        for href, name in scores:
            listed = browser.get(unescape(href)).text
            rows = re.findall(r'<li><a class="row" href="/\w+/[^"]*"', listed)
            if by in ("visits", "coverage"):
                assert len(rows) == behind[name], (name, href)
            else:
                assert len(rows) == 1
                assert f"2026 Q4 · {behind[name]}<" in listed
            assert "mailto:" in listed
            assert "/give?" in listed
            assert f'href="{WEEK}"' in listed  # back


def test_what_somebody_is_ranked_by_is_read_by_who_leads_them_alone(
    screens: Browser, cast: Cast, company: None
) -> None:
    for what in ("ranked-visits", "ranked-customers", "ranked-won"):
        asked = [
            (cast.mei, f"?of={cast.bob.id}", 200), (cast.mei, f"?of={cast.charlie.id}", 404), (cast.mei, "", 404),
            (cast.dora, f"?of={cast.charlie.id}", 200), (cast.alice, f"?of={cast.bob.id}", 404), (cast.alice, "", 200),
        ]  # fmt: skip
        for reader, of, status in asked:
            assert screens(reader).get(f"{WEEK}/{what}{of}").status_code == status, (reader.name, what, of)


def test_figures_are_those_of_team_and_the_report(screens: Browser, cast: Cast, company: None) -> None:
    browser = screens(cast.mei)
    browser.post(address(cast), {**COMMON, "ranked_by": "attainment"})
    page, quota = browser.get(WEEK).text, browser.get("/team/quota").text
    assert ">25%<" in page
    assert all(f"{won}" in quota and f"{won}" in page for won in ("€250 of €1,000", "€100 of €400"))
    browser.post(address(cast), {**COMMON, "ranked_by": "visits"})
    assert browser.get(WEEK).text.count("20 of 20 visits") == 2  # among the reps, and in the ranking


def test_whoever_leads_all_has_each_territory_by_itself_with_as_many_statements(
    screens: Browser, database: Database, cast: Cast, company: None, count_queries: Callable[[], Any]
) -> None:
    henrik = person("Henrik", Role.EXECUTIVE)
    with database.writing() as session:
        session.add_all([henrik, person("Otto", Role.REP, cast.south)])
        places = [Territory(id=new_id(), name=f"Place {number}") for number in range(6)]
        session.add_all(places)
        session.flush()
        for place in (
            *places,
            session.get_one(Territory, cast.south.id),
            session.get_one(Territory, cast.north.id),
        ):
            session.add(TerritorySettings(territory_id=place.id, set_by=cast.dora.id, ranked_by="visits"))
    with count_queries() as asked:
        page = screens(henrik).get(WEEK).text
    assert len(asked) <= 40
    south, north = page.index("Ranking · South"), page.index("Ranking · North")
    assert north < south
    assert [name for _, name, *_ in told(page[south:])][:1] == ["Charlie"]
    assert "600%" in page[south:]
    assert "Place 0" not in page


def test_nonsense_ranks_nobody_and_an_empty_territory_shows_none(
    screens: Browser, database: Database, cast: Cast
) -> None:
    screens(cast.mei).post(address(cast), {**COMMON, "ranked_by": "height"})
    with database.reading() as session:
        assert session.get_one(TerritorySettings, cast.north.id).ranked_by is None
    for by in ("attainment", "coverage", "won_amount"):
        screens(cast.mei).post(address(cast), {**COMMON, "ranked_by": by})
        assert "Ranking" not in screens(cast.alice).get(WEEK).text
