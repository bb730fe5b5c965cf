"""Team narrowed to a product, or to a kind of customer: every figure is of that part, and leads to as many rows."""

import random
import re
from datetime import timedelta
from html import unescape
from typing import Any, NamedTuple

import pytest
from sqlmodel import select

from server.database import Database
from server.models.customer import Customer
from server.models.follow_up import FollowUp
from server.models.identity import new_id
from server.models.opportunity import Opportunity
from server.models.order import Order
from server.models.product import Product
from server.models.question import TeamView
from server.models.quote import Quote
from server.models.user import User
from server.models.visit import Visit
from tests.cast import NOW, Cast
from tests.routes.conftest import Browser, Screens
from tests.routes.numbers import tiles_of

TODAY = NOW.date()


class Company(NamedTuple):
    products: list[Product]
    customers: list[Customer]
    visits: list[Visit]
    sales: list[Opportunity]
    quoted: dict[str, set[str]]  # products, by opportunity
    ordered: dict[str, set[str]]  # by customer


@pytest.fixture
def company(database: Database, cast: Cast) -> Company:
    dice = random.Random(6)
    made = Company([Product(id=new_id(), name=name) for name in ("Shaft seal", "O-ring")], [], [], [], {}, {})
    with database.writing() as session:
        session.add_all(made.products)
        for number in range(24):
            owner = dice.choice([cast.alice, cast.bob, cast.charlie])
            customer = Customer(
                id=new_id(), name=f"Customer {number}", sort_key=f"customer {number:02}", owner_id=owner.id,
                territory_id=owner.territory_id, customer_type=dice.choice(["Workshop", "Plant & Co", None]),
                lifecycle="active", created_at=NOW - timedelta(days=dice.randint(1, 80)),
            )  # fmt: skip
            session.add(customer)
            session.flush()
            made.customers.append(customer)
            whose: dict[str, Any] = {"customer_id": customer.id, "created_at": NOW}
            for _ in range(dice.randint(0, 3)):
                about = [one.id for one in made.products if dice.random() < 0.4]
                at = NOW - timedelta(hours=dice.randint(1, 60 * 24))
                made.visits.append(
                    Visit(id=new_id(), author_id=owner.id, started_at=at, product_ids=about, **whose)
                )
            session.add_all(made.visits[-3:])
            session.add(FollowUp(id=new_id(), owner_id=owner.id, due_on=TODAY - timedelta(days=2), **whose))
            for stage in ("won", "quote"):
                sell(session, made, customer, stage, dice)
    return made


def sell(session: Any, made: Company, customer: Customer, stage: str, dice: random.Random) -> None:
    sale = Opportunity(
        id=new_id(), customer_id=customer.id, owner_id=str(customer.owner_id), name="Seals", currency="EUR",
        amount_cents=dice.randint(1, 9) * 10_000, stage=stage, created_at=NOW,
        stage_since=NOW - timedelta(days=dice.randint(1, 40)),
    )  # fmt: skip
    session.add(sale)
    session.flush()
    made.sales.append(sale)
    keys = {one.id for one in made.products if dice.random() < 0.5}
    made.quoted[sale.id] = keys
    if not keys:
        return
    lines = [{"product_id": key, "name": "Seal", "quantity": 1, "unit_price_cents": 100} for key in keys]
    same: dict[str, Any] = {
        "customer_id": customer.id, "opportunity_id": sale.id, "author_id": sale.owner_id, "currency": "EUR",
        "created_at": NOW, "lines": lines, "total_cents": 100 * len(lines),
    }  # fmt: skip
    quote = Quote(id=new_id(), **same)
    session.add(quote)
    session.flush()
    if stage == "won":
        session.add(Order(id=new_id(), quote_id=quote.id, placed_on=TODAY, **same))
        made.ordered.setdefault(customer.id, set()).update(keys)


def figures(html: str) -> dict[str, tuple[str, str]]:
    return {label: (tile.number, tile.href) for label, tile in tiles_of(html).items()}


def rows(browser: Screens, href: str) -> int:
    return len(re.findall(r'<li><a class="row" href="/', browser.get(href).text))


@pytest.mark.parametrize("by", ["product", "kind", "both"])
def test_every_figure_is_of_the_part_and_leads_to_as_many_rows(
    screens: Browser, henrik: User, company: Company, by: str
) -> None:
    seal, kind = company.products[0].id, "Plant & Co"
    narrowed = "" if by == "kind" else f"&of_product={seal}"
    narrowed += "" if by == "product" else "&customer_type=Plant+%26+Co"
    mine = {one.id: one for one in company.customers if by == "product" or one.customer_type == kind}
    visits = [
        one for one in company.visits if one.customer_id in mine and (by == "kind" or seal in one.product_ids)
    ]
    buyers = [id_ for id_ in mine if by == "kind" or seal in company.ordered.get(id_, ())]
    sales = [
        one
        for one in company.sales
        if one.customer_id in mine and (by == "kind" or seal in company.quoted[one.id])
    ]
    won = sum(one.amount_cents for one in sales if one.stage == "won")

    browser = screens(henrik)
    page = browser.get(f"/team?period=quarter{narrowed}").text
    told = figures(page)
    first = TODAY.replace(month=10, day=1)
    assert told["Visits"][0] == str(sum(one.started_at.date() >= first for one in visits if one.started_at))
    assert told["Late follow-ups"][0] == str(len(buyers))
    assert f"of {len(buyers)} customers" in page
    assert told["Won this quarter"][0] == f"€{won // 100:,}"
    assert "Quotas are for all that is sold." in page
    for label in ("Visits", "Going cold", "Late follow-ups"):
        number, href = told[label]
        assert int(number), label
        assert rows(browser, href) == int(number), label
    assert rows(browser, told["Won this quarter"][1]) == sum(one.stage == "won" for one in sales)
    at_quote = re.findall(r'href="([^"]*stage=quote[^"]*)"', page)[0]
    open_ones = sum(one.stage == "quote" for one in sales)
    assert rows(browser, unescape(at_quote)) == open_ones


def test_visits_are_those_that_a_question_by_product_counts(
    screens: Browser, henrik: User, company: Company
) -> None:
    seal, browser = company.products[0].id, screens(henrik)
    asked = browser.get(f"/team/questions/new?measure=visits&period=month&only.product={seal}").text
    total = re.findall(r'class="total" href="[^"]*">([^<]*)<', asked)
    assert [figures(browser.get(f"/team?period=month&of_product={seal}").text)["Visits"][0]] == total


def test_what_is_chosen_is_offered_named_remembered_and_taken_off(
    screens: Browser, database: Database, cast: Cast, henrik: User, company: Company
) -> None:
    browser, seal = screens(cast.mei), company.products[0].id
    offered = browser.get("/team/filter").text
    assert ">Shaft seal<" in offered
    assert ">Plant &amp; Co<" in offered
    assert "Charlie" not in offered
    browser.get(f"/team?period=month&territory=&rep=&of_product={seal}&customer_type=Workshop")
    page = browser.get("/team").text
    assert ">Shaft seal<" in page
    assert "customers who have ordered it" in page
    with database.reading() as session:
        kept = session.exec(select(TeamView)).one().asked
    assert kept == {"period": "month", "of_product": seal, "customer_type": "Workshop"}
    off = re.findall(
        r'class="chip part-chip" href="([^"]*)" aria-current="true" aria-label="Without the filter Shaft seal"',
        page,
    )
    assert ">Shaft seal<" not in browser.get(unescape(off[0])).text
    for nonsense in ("of_product=x", "of_product=%00", f"of_product={new_id()}", "customer_type=%00"):
        assert browser.get(f"/team?period=week&{nonsense}").status_code == 200


def test_a_part_of_visits_is_measured_against_no_plan(
    screens: Browser, henrik: User, company: Company
) -> None:
    page = screens(henrik).get("/team?period=month&customer_type=Workshop").text
    assert "planned<" not in page
    assert ">behind<" not in page
    assert "Behind the plan" not in page


def tiles(page: str) -> dict[str, tuple[str, str]]:
    """Where each pinned question leads, and what it says."""
    found = re.findall(r'(?s)class="pinned" href="([^"]*)".*?</svg>([^<]+)</a>(.*?)</section>', page)
    return {name: (unescape(href), told) for href, name, told in found}


def test_pinned_questions_are_of_the_part_or_say_that_they_are_not(
    screens: Browser, cast: Cast, henrik: User, company: Company
) -> None:
    seal, ring = (one.id for one in company.products)
    browser = screens(henrik)
    asked = {
        "Of the team": {"measure": "visits", "by": "rep"},
        "In both": {"measure": "visits", "only.customer_type": ["Workshop", "Plant & Co"]},
        "Of a product": {"measure": "visits", "only.product": ring},
        "Customers": {"measure": "cold"},
    }
    for name, one in asked.items():
        kept = browser.post("/team/questions", {"name": name, "period": "quarter", **one})
        browser.post(f"{kept.headers['location'].partition('?')[0]}/pin", {"pinned": "yes"})
    assert "Not narrowed" not in browser.get("/team?period=quarter").text
    team = f"territory={cast.north.id}&rep={cast.alice.id}&of_product={seal}&customer_type=Workshop"
    page = browser.get(f"/team?period=quarter&{team}").text
    told, made = tiles(page), figures(page)["Visits"][0]
    assert int(made)
    for name in ("Of the team", "In both"):
        itself, tile = told[name]
        [(href, total)] = re.findall(r'class="total" href="([^"]*)">([^<]*)<', tile)
        assert ("Shaft seal" in tile, "Not narrowed" in tile) == (True, False)
        assert (total, rows(browser, unescape(href))) == (made, int(made))
        assert f">{made}</a>" in browser.get(itself).text  # opened, it is still of the part
    for name in ("Of a product", "Customers"):
        assert "Not narrowed by product<" in told[name][1]
        assert "Alice · " in told[name][1]
