"""Alerts as one sets them: forms, reasons, and the list behind each."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import select, update

from server.database import Database
from server.models import quota as quotas
from server.models.alert import MOST_ALERTS, Alert
from server.models.customer import Customer
from server.models.follow_up import FollowUp
from server.models.identity import new_id
from server.models.opportunity import Opportunity
from server.models.order import Order
from server.models.pipeline import DEFAULT_PIPELINE
from server.models.quote import Quote
from server.models.reminder import TerritorySettings
from server.models.user import Role, User
from server.models.visit import Visit
from tests.cast import NOW, Cast, person
from tests.routes.conftest import Browser

ALERTS = "/team/alerts"


@pytest.fixture
def company(database: Database, cast: Cast) -> None:
    """Three cold customers of four in the north, each with what else there can be; one in the south."""
    with database.writing() as session:
        for rep, cents in ((cast.alice, 10_000), (cast.bob, 100), (cast.charlie, 10_000)):
            quotas.keep(session.merge(rep), date(2026, 10, 1), cents, "EUR", "UTC")
        session.execute(update(User).values(created_at=NOW - timedelta(days=400)))
        for number, owner in enumerate([cast.alice, cast.alice, cast.bob, cast.bob, cast.charlie]):
            id_, since = new_id(), NOW - timedelta(days=2 if number == 0 else 60)
            session.add(Customer(
                id=id_, name=f"Quay {number}", sort_key=id_, lifecycle="active", owner_id=owner.id,
                created_at=NOW - timedelta(days=400), territory_id=owner.territory_id, last_touch_at=since,
            ))  # fmt: skip
            session.flush()
            session.add(Visit(id=new_id(), customer_id=id_, author_id=owner.id, started_at=since, created_at=since,
                              competitors=["SealPro", "Ölfrei"]))  # fmt: skip
            sale = Opportunity(
                id=new_id(), customer_id=id_, owner_id=owner.id, name="Seals", amount_cents=1, currency="EUR",
                stage="quote", created_at=since, stage_since=since,
            )  # fmt: skip
            session.add(sale)
            session.flush()
            quote = Quote(
                id=new_id(),
                customer_id=id_,
                opportunity_id=sale.id,
                author_id=owner.id,
                currency="EUR",
                total_cents=900,
                discount_bp=1000 + number % 2,
                created_at=since,
                sent_at=NOW - timedelta(days=5 + number % 4),
            )
            session.add(quote)
            session.flush()
            session.add_all([*_orders(quote, number), *_won(id_, owner, number)])
            session.add(FollowUp(id=new_id(), customer_id=id_, owner_id=owner.id, created_at=since,
                                 due_on=(since + timedelta(days=1)).date()))  # fmt: skip


def _orders(quote: Quote, number: int) -> list[Order]:
    """For 75 a month of late. In the last thirty days nothing, a bit less than half of it, a bit more; the next one has
    nothing that is usual. What is in other money, or was taken back, changes nothing."""
    usually, lately = [(30, 100), (60, 100), (149, 100)][number == 3 :], [0, 37, 38, 0, 0][number]
    placed = [*usually, (29, lately), (150, 999)]
    rows = [(days, units, "EUR", None) for days, units in placed if units]
    return [
        Order(
            id=new_id(), customer_id=quote.customer_id, opportunity_id=quote.opportunity_id, quote_id=quote.id,
            author_id=quote.author_id, created_at=NOW, placed_on=NOW.date() - timedelta(days=days),
            currency=currency, total_cents=100 * units, withdrawn_at=withdrawn_at,
        )
        for days, units, currency, withdrawn_at in [*rows, (1, 500, "CNY", None), (1, 500, "EUR", NOW)]
    ]  # fmt: skip


def _won(customer_id: str, owner: User, number: int) -> list[Opportunity]:
    """In this quarter 16 percent of Alice's quota and 17 of Bob's; besides in the one before, and in other money."""
    amounts = {0: [(1, 1_699, "EUR"), (60, 9_999, "EUR"), (1, 9_999, "CNY")], 2: [(1, 17, "EUR")]}
    return [
        Opportunity(
            id=new_id(), customer_id=customer_id, owner_id=owner.id, name="Seals", amount_cents=cents, stage="won",
            currency=currency, created_at=NOW - timedelta(days=90), stage_since=NOW - timedelta(days=days),
        )
        for days, cents, currency in amounts.get(number, [])
    ]  # fmt: skip


def alert_of(database: Database, user: User) -> Alert:
    with database.reading() as session:
        return session.exec(select(Alert).where(Alert.user_id == user.id)).one()


@pytest.mark.parametrize(
    ("form", "reason", "rows"),
    [
        ({"kind": "cold", "limit": "2"}, "3 customers are going cold", 3),
        ({"kind": "cold_share", "limit": "75"}, "75% of the customers are going cold", 3),
        ({"kind": "stuck", "limit": "3"}, "3 opportunities are stuck", 3),
        ({"kind": "stuck", "limit": "4", "days": "1"}, "4 opportunities have stood for more than 1 day", 4),
        ({"kind": "competitor", "limit": "1", "days": "90", "competitor": "sealpro"},
         "sealpro was seen 4 times within 90 days", 4),
        ({"kind": "competitor", "limit": "1", "days": "90", "competitor": "ölFREI"},
         "ölFREI was seen 4 times within 90 days", 4),
        ({"kind": "quiet", "limit": "3", "days": "30", "stage": f"{DEFAULT_PIPELINE}:quote"},
         "3 opportunities at Quote without activity for more than 30 days", 3),
        ({"kind": "late", "limit": "4"}, "4 follow-ups are late", 4),
        ({"kind": "behind", "limit": "1", "points": "40"}, "1 rep is 40 points or more behind the days gone", 1),
        ({"kind": "orders_less", "limit": "2", "percent": "50", "days": "30"},
         "2 customers ordered 50% less than usual within 30 days", 2),
        ({"kind": "discount", "limit": "1", "percent": "10", "days": "7"},
         "1 quote sent with more than 10% discount within 7 days", 1),
    ],
)  # fmt: skip
def test_each_says_its_reason_and_has_the_list_behind_it(
    screens: Browser,
    database: Database,
    cast: Cast,
    company: None,
    form: dict[str, str],
    reason: str,
    rows: int,
) -> None:
    browser = screens(cast.mei)
    assert browser.get(f"{ALERTS}/new?kind={form['kind']}").status_code == 200
    assert browser.post(ALERTS, form).headers["location"] == f"{ALERTS}?done=saved"
    listed = browser.get(ALERTS).text
    assert reason in listed
    assert ">Holds now</span>" in listed
    page = browser.get(f"{ALERTS}/{alert_of(database, cast.mei).id}").text
    assert reason in page
    assert len(re.findall(r'<a class="row" href="/(?:customers|opportunities|team/won)', page)) == rows
    assert "Quay 4" not in page


def test_a_quote_says_its_discount_once(
    screens: Browser, database: Database, cast: Cast, company: None
) -> None:
    browser = screens(cast.mei)
    browser.post(ALERTS, {"kind": "discount", "limit": "1", "percent": "10", "days": "7"})
    assert ">10.01% discount · " in browser.get(f"{ALERTS}/{alert_of(database, cast.mei).id}").text


def test_the_same_alert_set_twice_is_one(screens: Browser, cast: Cast, company: None) -> None:
    browser = screens(cast.mei)
    for limit in ("1", "1", "2", "1"):
        assert browser.post(ALERTS, {"kind": "stuck", "limit": limit}).status_code == 303
    assert browser.get(ALERTS).text.count(f'href="{ALERTS}/0') == 2


def test_who_is_behind_is_so_as_team_tells_it(
    screens: Browser, database: Database, cast: Cast, company: None
) -> None:
    browser = screens(cast.mei)
    browser.post(ALERTS, {"kind": "behind", "limit": "1", "points": "39"})
    page = browser.get(f"{ALERTS}/{alert_of(database, cast.mei).id}").text
    line = r"<strong[^>]*>(Alice|Bob|Charlie)</strong><small[^>]*>([^<]*)</small>.*?(\d+%)"
    told = re.findall(line, page)
    assert told == [("Alice", "€16.99 of €100", "16%"), ("Bob", "€0.17 of €1", "17%")]
    assert {(name, share) for name, _, share in told} <= {
        (name, share) for name, _, share in re.findall(line, browser.get("/team/quota").text)
    }


def test_holidays_of_the_territory_are_no_days_gone_for_an_alert_nor_for_team(
    screens: Browser, database: Database, cast: Cast, company: None
) -> None:
    browser = screens(cast.mei)
    browser.post(ALERTS, {"kind": "behind", "limit": "1", "points": "39"})
    path = f"{ALERTS}/{alert_of(database, cast.mei).id}"
    gone = re.compile(r"(\d+)% of the working days gone")
    of_all = int(gone.findall(browser.get("/team/quota").text)[0])
    assert ">Alice</strong>" in browser.get(path).text
    days = [str(date(2026, 10, 1) + timedelta(days=number)) for number in range(32)]
    with database.writing() as session:
        session.add(TerritorySettings(territory_id=cast.north.id, set_by=cast.mei.id, holidays=days))
    page = browser.get("/team/quota").text
    # Of 44 working days that are left in the quarter, 15 are over.
    assert (of_all, gone.findall(page)) == (56, ["34"])
    assert ">Alice</strong>" not in browser.get(path).text
    # 34 less 16 are 18 points.
    for points, is_behind in (("18", True), ("19", False)):
        browser.post(f"{path}/edit", {"limit": "1", "points": points})
        assert (">Alice</strong>" in browser.get(path).text) == is_behind
    # Of territories together, holidays are those of all of them; one whose share is another says so.
    assert gone.findall(screens(cast.dora).get("/team/quota").text) == ["56", "34", "34", "34"]
    with database.writing() as session:
        session.add(TerritorySettings(territory_id=cast.south.id, set_by=cast.mei.id, holidays=days))
    assert gone.findall(screens(cast.dora).get("/team/quota").text) == ["34"]


def test_what_is_not_so_yet_says_how_far_it_is(screens: Browser, cast: Cast, company: None) -> None:
    browser = screens(cast.mei)
    browser.post(ALERTS, {"kind": "cold", "limit": "9"})
    page = browser.get(ALERTS).text
    assert "3 customers are going cold" in page
    assert "You asked to hear of it at 9 or more." in page
    assert ">Holds now</span>" not in page


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"kind": "cold", "limit": ""}, "This is needed."),
        ({"kind": "cold", "limit": "0"}, "This must be at least 1."),
        ({"kind": "cold_share", "limit": "101"}, "This must be at most 100."),
        ({"kind": "stuck", "limit": "two"}, "This must be a number."),
        ({"kind": "competitor", "limit": "2", "days": "9", "competitor": " "}, "This is needed."),
        ({"kind": "discount", "limit": "2", "days": "9", "percent": "100"}, "This must be at most 99."),
        ({"kind": "behind", "limit": "1", "points": ""}, "This is needed."),
        ({"kind": "competitor", "limit": "2", "days": "366", "competitor": "X"}, "This must be at most 365."),
        ({"kind": "quiet", "limit": "2", "days": "9", "stage": "1:quote"}, "Please choose one of the list."),
        (
            {"kind": "quiet", "limit": "2", "days": "9", "stage": f"{DEFAULT_PIPELINE}:won"},
            "one of the list.",
        ),
    ],
)
def test_nonsense_gets_a_sentence_and_what_was_typed_stays(
    screens: Browser, database: Database, cast: Cast, form: dict[str, str], sentence: str
) -> None:
    page = screens(cast.mei).post(ALERTS, form)
    assert page.status_code == 422
    assert sentence in page.text
    for name in form.keys() & {"limit", "days", "competitor", "percent", "points"}:
        assert re.search(rf'name="{name}"[^>]* value="{form[name]}"', page.text)
    with database.reading() as session:
        assert session.exec(select(Alert)).all() == []


def test_a_manager_has_the_own_territory_and_others_choose_one(
    screens: Browser, database: Database, cast: Cast, company: None
) -> None:
    henrik = person("Henrik", Role.EXECUTIVE)
    with database.writing() as session:
        session.add(henrik)
    form = {"kind": "cold", "limit": "1", "territory_id": cast.south.id}
    assert screens(cast.mei).post(ALERTS, form).status_code == 422
    assert screens(henrik).post(ALERTS, form).status_code == 303
    page = screens(henrik).get(f"{ALERTS}/{alert_of(database, henrik).id}").text
    assert "1 customer is going cold" in page
    assert "South · You asked" in page
    assert "Quay 4" in page
    assert "Quay 3" not in page


def test_it_is_changed_and_deleted_and_is_another_one_then(
    screens: Browser, database: Database, cast: Cast, company: None
) -> None:
    browser = screens(cast.mei)
    browser.post(ALERTS, {"kind": "stuck", "limit": "3", "days": "5"})
    alert = alert_of(database, cast.mei)
    with database.writing() as session:
        kept = session.get_one(Alert, alert.id)
        kept.risen_on, kept.risen_number = NOW.date(), 3
    form = browser.get(f"{ALERTS}/{alert.id}/edit").text
    assert re.search(r'name="days"[^>]* value="5"', form)
    assert browser.post(f"{ALERTS}/{alert.id}/edit", {"limit": "", "days": "5"}).status_code == 422
    assert browser.post(f"{ALERTS}/{alert.id}/edit", {"limit": "4", "days": ""}).status_code == 303
    changed = alert_of(database, cast.mei)
    assert (changed.terms, changed.risen_on) == ({"limit": 4, "days": None}, None)
    assert browser.post(f"{ALERTS}/{alert.id}/delete").status_code == 303
    assert browser.get(f"{ALERTS}/{alert.id}").status_code == 404


def test_saved_as_it_was_it_is_not_told_again(
    screens: Browser, database: Database, cast: Cast, company: None
) -> None:
    browser = screens(cast.mei)
    browser.post(ALERTS, {"kind": "stuck", "limit": "3", "days": "5"})
    alert = alert_of(database, cast.mei)
    with database.writing() as session:
        kept = session.get_one(Alert, alert.id)
        kept.risen_on, kept.risen_number = NOW.date(), 3
    assert browser.post(f"{ALERTS}/{alert.id}/edit", {"limit": "3", "days": "5"}).status_code == 303
    same = alert_of(database, cast.mei)
    assert (same.risen_on, same.risen_number) == (NOW.date(), 3)


def test_changed_into_another_it_is_that_one(
    screens: Browser, database: Database, cast: Cast, company: None
) -> None:
    browser = screens(cast.mei)
    browser.post(ALERTS, {"kind": "stuck", "limit": "3"})
    first = alert_of(database, cast.mei)
    browser.post(ALERTS, {"kind": "stuck", "limit": "4"})
    with database.reading() as session:
        second = session.exec(select(Alert).where(Alert.id != first.id)).one()
    assert browser.post(f"{ALERTS}/{second.id}/edit", {"limit": "3", "days": ""}).status_code == 303
    assert alert_of(database, cast.mei).id == first.id


def test_there_are_at_most_so_many_of_one_person(screens: Browser, database: Database, cast: Cast) -> None:
    browser = screens(cast.mei)
    for limit in range(1, MOST_ALERTS + 1):
        assert browser.post(ALERTS, {"kind": "cold", "limit": str(limit)}).status_code == 303
    answer = browser.post(ALERTS, {"kind": "cold", "limit": "99"})
    assert answer.status_code == 422
    assert "Delete one that you do not need" in answer.text
    assert "Delete one that you do not need" in browser.get(ALERTS).text


def test_of_an_unknown_kind_there_is_nothing(screens: Browser, database: Database, cast: Cast) -> None:
    browser = screens(cast.mei)
    assert browser.get(f"{ALERTS}/new?kind=profit").status_code == 404
    assert browser.post(ALERTS, {"kind": "profit", "limit": "1"}).status_code == 404
    with database.writing() as session:
        later = Alert(id=new_id(), user_id=cast.mei.id, kind="attainment", terms={}, created_at=NOW)
        session.add(later)
    assert browser.get(ALERTS).status_code == 200
    assert browser.get(f"{ALERTS}/{later.id}").status_code == 404


def test_an_empty_company_has_no_share_of_anything(screens: Browser, database: Database, cast: Cast) -> None:
    browser = screens(cast.mei)
    browser.post(ALERTS, {"kind": "cold_share", "limit": "1"})
    page: Any = browser.get(f"{ALERTS}/{alert_of(database, cast.mei).id}")
    assert page.status_code == 200
    assert "0% of the customers" in page.text
