"""Customers and products: every figure is what counting orders by hand gives, and leads to as many rows."""

import random
import re
from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest

from server.database import Database
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.opportunity import Opportunity
from server.models.order import Order
from server.models.product import Product
from server.models.quote import Quote
from server.models.user import User
from server.rhythm import rhythm
from server.totals import totals
from server.words import money
from tests.cast import NOW, Cast
from tests.routes.conftest import Browser, Screens
from tests.routes.numbers import cents_listed

TODAY = NOW.date()
SINCE = date(2025, 12, 1)
SEGMENTS = ("Order for much, and lately", "Ordered for much, not lately", "Order often and lately, for less",
            "Order now and then", "Have not ordered for long")  # fmt: skip


@pytest.fixture
def place(database: Database) -> Callable[..., Order]:
    """`place(customer, 12, ("Seal", 3, 100), currency="EUR")`: so many days ago, lines at a price in cents."""

    def place(of: Customer, days: int, *lines: tuple[Product, int, int], currency: str = "EUR") -> Order:
        said = [
            {"product_id": p.id, "name": p.name, "unit": "box", "quantity": n, "unit_price_cents": c}
            for p, n, c in lines
        ]
        ids = {
            "customer_id": of.id,
            "currency": currency,
            "lines": said,
            "total_cents": totals(said).total_cents,
        }
        with database.writing() as session:
            sale = Opportunity(id=new_id(), customer_id=of.id, owner_id=str(of.owner_id), name="Seals", amount_cents=1,
                               currency=currency, stage="won", created_at=NOW, stage_since=NOW)  # fmt: skip
            session.add(sale)
            session.flush()
            more = {"opportunity_id": sale.id, "author_id": str(of.owner_id), "created_at": NOW}
            quote = Quote(id=new_id(), accepted_at=NOW, **ids, **more)
            session.add(quote)
            session.flush()
            order = Order(
                id=new_id(), quote_id=quote.id, placed_on=TODAY - timedelta(days=days), **ids, **more
            )
            session.add(order)
        return order

    return place


@pytest.fixture
def products(database: Database) -> list[Product]:
    made = [Product(id=new_id(), name=name) for name in ("Shaft seal", "O-ring", "Wiper")]
    with database.writing() as session:
        session.add_all(made)
    return made


def hire(database: Database, owner: User, name: str, **more: Any) -> Customer:
    customer = Customer(
        id=new_id(), name=name, sort_key=name, owner_id=owner.id, territory_id=owner.territory_id, lifecycle="active",
        created_at=NOW - timedelta(days=900), **more,
    )  # fmt: skip
    with database.writing() as session:
        session.add(customer)
    return customer


@pytest.fixture
def orders(
    database: Database, cast: Cast, products: list[Product], place: Any
) -> list[tuple[Order, Customer]]:
    """Two years of orders in two currencies, by customers of three reps in three regions."""
    dice, made = random.Random(8), []
    for number in range(14):
        owner, region = dice.choice([cast.alice, cast.bob, cast.charlie]), dice.choice(["East", "West", None])
        customer = hire(database, owner, f"Quay {number:02}", region=region)
        for _ in range(dice.randint(0, 6)):
            lines = [
                (dice.choice(products), dice.randint(1, 9), dice.choice([333, 12_500])) for _ in range(2)
            ]
            currency = dice.choice(["EUR", "EUR", "CNY"])
            made.append((place(customer, dice.randint(0, 700), *lines, currency=currency), customer))
    return made


def rows(browser: Screens, href: str) -> list[tuple[str, str]]:
    """Where each leads, and its text."""
    page = browser.get(href).text
    return [
        (where, unescape(text))
        for where, text in re.findall(r'(?s)<li><a class="row" href="(/[^"]+)"(.*?)</a></li>', page)
    ]


def segments(page: str) -> list[tuple[str, str, int, str]]:
    """Name, amount, number and address."""
    line = (
        r'<a class="row plain" href="([^"]+)"><span class="text"><strong>([^<]+)</strong><small>([^ <]+) · '
    )
    line += r'.*?"tag">(\d+)<'
    return [
        (name, cents, int(number), unescape(href))
        for href, name, cents, number in re.findall(line, page)
        if name in SEGMENTS
    ]


def test_segments_are_all_who_ordered_and_amounts_are_those_of_a_question(
    screens: Browser, henrik: User, orders: list[tuple[Order, Customer]]
) -> None:
    browser = screens(henrik)
    page = browser.get("/team/buying").text
    bought: dict[tuple[str, str], int] = defaultdict(int)
    for order, customer in orders:
        if order.placed_on >= SINCE:
            bought[order.currency, customer.id] += order.total_cents
    told = segments(page)
    assert len(told) == 10
    by_segment = {}
    for name, amount, number, href in told:
        found = [where.removeprefix("/customers/") for where, _ in rows(browser, href)]
        currency = "CNY" if "currency=CNY" in href else "EUR"
        assert len(found) == number
        assert amount == money(sum(bought[currency, one] for one in found), currency)
        by_segment[currency, name] = found
    for currency in ("CNY", "EUR"):
        mine = sorted(one for (other, _), some in by_segment.items() if other == currency for one in some)
        assert mine == sorted(customer for other, customer in bought if other == currency)
        much = by_segment[currency, SEGMENTS[0]] + by_segment[currency, SEGMENTS[1]]
        least = min(bought[currency, one] for one in much)
        assert all(bought[currency, one] < least for one in mine if one not in much)
    asked = browser.get("/team/questions/new?measure=order_amount&period=twelve_months").text
    whole = {
        currency: sum(cents for (other, _), cents in bought.items() if other == currency)
        for currency in ("CNY", "EUR")
    }
    for currency, cents in whole.items():
        for told in (page, asked):
            [href] = re.findall(rf'href="([^"]*)">{re.escape(money(cents, currency))}</a>', told)
            pages = [browser.get(f"{unescape(href)}&offset={offset}").text for offset in (0, 50)]
            assert cents_listed(pages, "¥" if currency == "CNY" else "€") == cents


def test_of_a_product_amounts_are_those_of_its_lines_and_the_rhythm_is_its_own(
    screens: Browser, henrik: User, orders: list[tuple[Order, Customer]], products: list[Product], place: Any,
    database: Database, cast: Cast,
) -> None:  # fmt: skip
    seal, ring, _ = products
    regular = hire(database, cast.alice, "Regular")
    for days in range(5, 46, 10):  # the ring every ten days, the seal every twenty; twice in one order
        more = [(seal, 1, 900_000), (seal, 2, 900_000)] if days % 20 == 5 else []
        orders.append((place(regular, days, (ring, 1, 100), *more), regular))
    browser = screens(henrik)
    page = browser.get(f"/team/buying?of_product={seal.id}").text
    assert "Shaft seal · Orders of twelve months" in page
    assert "Sold in one region only" not in page  # which says nothing where no other is asked for
    bought: dict[tuple[str, str], int] = defaultdict(int)
    for order, customer in orders:
        for line in order.lines:
            if order.placed_on >= SINCE and line["product_id"] == seal.id:
                bought[order.currency, customer.id] += line["quantity"] * line["unit_price_cents"]
    for name, amount, number, href in segments(page):
        found = [where.removeprefix("/customers/") for where, _ in rows(browser, href)]
        currency = "CNY" if "currency=CNY" in href else "EUR"
        told = sum(bought[currency, one] for one in found)
        assert (name, len(found), amount) == (name, number, money(told, currency))
    asked = browser.get(
        f"/team/questions/new?measure=order_amount&period=twelve_months&only.product={seal.id}"
    )
    for currency in ("CNY", "EUR"):
        cents = sum(one for (other, _), one in bought.items() if other == currency)
        assert f">{money(cents, currency)}</a>" in page
        assert f">{money(cents, currency)}</a>" in asked.text
    due = dict(rows(browser, f"/team/buying/customers?segment=next&of_product={seal.id}"))
    assert "every 20 days" in due[f"/customers/{regular.id}"]
    due = dict(rows(browser, "/team/buying/customers?segment=next"))
    assert "every 10 days" in due[f"/customers/{regular.id}"]


def test_who_is_overdue_by_the_own_rhythm_comes_first(
    screens: Browser, database: Database, cast: Cast, products: list[Product], place: Any
) -> None:
    seal = products[0]
    for name, days in {
        "Late": (50, 60, 70),
        "Later": (90, 105, 120),
        "Soon": (5, 35, 65),
        "Twice": (10, 20),
    }.items():
        customer = hire(database, cast.alice, name)
        for day in days:
            place(customer, day, (seal, 1, 90_000 // len(days)))
    page = screens(cast.mei).get("/team/buying/customers?segment=next").text
    assert re.findall(r'<strong dir="auto">(\w+)</strong>', page) == ["Later", "Late", "Soon", "Twice"]
    found = rhythm([TODAY - timedelta(days=days) for days in (90, 105, 120)])
    assert found
    assert f"every {found.usual_days} days, {(TODAY - found.next_on).days} days over" in page
    assert page.count('class="tag late"') == 2
    for acted_from in (page, screens(cast.mei).get("/team/buying").text):
        assert [acted_from.count(act) for act in ('href="mailto:', "/give?back=")] == [4, 4]


def test_what_slows_down_and_what_sells_in_one_region(
    screens: Browser, database: Database, cast: Cast, products: list[Product], place: Any
) -> None:
    seal, ring, wiper = products
    east, west = hire(database, cast.alice, "E", region="East"), hire(database, cast.bob, "W", region="West")
    for days in (90, 200, 300, 449):  # ten of each in ninety days
        place(east, days, (seal, 10, 100), (ring, 10, 100))
        place(west, days, (seal, 0, 100), (wiper, 1, 100))
    place(west, 89, (ring, 7, 100))
    place(west, 0, (seal, 8, 100), (wiper, 1, 100))
    browser = screens(cast.mei)
    page = browser.get("/team/buying").text
    slow = page[page.index("Products that slow down") : page.index("Sold in one region only")]
    assert re.findall(r'<th scope="row" dir="auto">([^<]+)</th>', slow) == ["O-ring"]
    assert re.findall(r">(\d+ box|−\d+%)<", slow) == ["7 box", "10 box", "−30%"]
    lately, usual, less = (unescape(href) for href in re.findall(r'href="(/team/buying/orders[^"]+)"', slow))
    assert len(rows(browser, lately)) == 1
    assert len(rows(browser, usual)) == 4
    compared = [where for href in (lately, usual) for where, _ in rows(browser, href)]
    assert [where for where, _ in rows(browser, less)] == compared
    alone = page[page.index("Sold in one region only") : page.index("Products by region")]
    told = re.findall(
        r'href="([^"]+)"><span class="text"><strong dir="auto">([^<]+)</strong><small dir="auto">([^<]+)<',
        alone,
    )
    assert [(name, region) for _, name, region in told] == [("Wiper", "West")]
    assert len(rows(browser, unescape(told[0][0]))) == 4  # those of twelve months
    assert "4 orders" in alone
    with database.writing() as session:
        session.get_one(Product, ring.id).retired_at = NOW
    later = browser.get("/team/buying").text
    assert "O-ring" not in later[: later.index("Sold in one region only")]  # nobody can order it


def test_a_manager_has_the_territory_and_cannot_ask_for_another(
    screens: Browser, cast: Cast, orders: list[tuple[Order, Customer]]
) -> None:
    browser = screens(cast.mei)
    told = segments(browser.get(f"/team/buying?territory={cast.south.id}&rep={cast.charlie.id}").text)
    found = {where.removeprefix("/customers/") for *_, href in told for where, _ in rows(browser, href)}
    near = {c.id for order, c in orders if c.territory_id == cast.north.id and order.placed_on >= SINCE}
    assert found == near != set()
    for when in ("lately", "before"):
        for where, _ in rows(browser, f"/team/buying/orders?when={when}&product="):
            assert where.split("/")[2] in {
                order.opportunity_id for order, c in orders if c.territory_id == cast.north.id
            }


def test_as_many_statements_whatever_there_is(
    screens: Browser, henrik: User, orders: list[tuple[Order, Customer]], count_queries: Callable[[], Any]
) -> None:
    browser = screens(henrik)
    for path in ("", "/customers?segment=next", "/orders?when=before"):
        with count_queries() as asked:
            assert browser.get(f"/team/buying{path}").status_code == 200
        assert len(asked) <= 12


def test_an_empty_company_one_customer_and_nonsense_get_sensible_pages(
    screens: Browser, cast: Cast, database: Database, products: list[Product], place: Any
) -> None:
    browser = screens(cast.mei)
    assert "Nothing was ordered in twelve months." in browser.get("/team/buying").text
    for path in (
        "/customers",
        "/customers?segment=x&currency=y&offset=-1",
        "/orders",
        "/orders?product=x&when=y",
    ):
        assert browser.get(f"/team/buying{path}").status_code == 200
    place(hire(database, cast.alice, "Only"), 3, (products[0], 1, 500))
    page = browser.get("/team/buying").text
    assert [number for *_, number, _ in segments(page)] == [1, 0, 0, 0, 0]
    assert "last on 20 Nov" in page


def test_shares_are_the_nearest_per_cent(
    screens: Browser, cast: Cast, database: Database, products: list[Product], place: Any
) -> None:
    """Cut off, they came to less than a hundred the more parts there were."""
    for name, days, cents in (("Much", 3, 25_950), ("Little", 4, 12_050), ("Long ago", 300, 12_000)):
        place(hire(database, cast.alice, name), days, (products[0], 1, cents))
    page = screens(cast.mei).get("/team/buying").text
    told = re.findall(r"(\d+)% of the amount", page)
    assert sorted(map(int, told), reverse=True) == [52, 24, 24, 0, 0]


def test_what_was_credited_is_no_share_of_anything(
    screens: Browser, cast: Cast, database: Database, products: list[Product], place: Any
) -> None:
    for name, cents in (("Buys", 9_007_199_254_740_991), ("Returned", -500_000)):
        place(hire(database, cast.alice, name), 3, (products[0], 1, cents))
    page = screens(cast.mei).get("/team/buying").text
    assert "€90,071,992,542,409.91" in page
    assert "-€5,000" in page
    assert "of the amount" not in page
    assert not re.search(r'width="-', page)
