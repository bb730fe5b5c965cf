"""Quotas: who sets whose, on a sheet that loses nothing typed; and what Team says of them, counted by hand."""

import random
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy import true
from sqlmodel import col, select

from server import words
from server.database import Database
from server.days import next_quarter, quarter_before, quarter_of
from server.forecast.reading import read
from server.forecast.won import by_currency
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.opportunity import Opportunity
from server.models.pipeline import DEFAULT_PIPELINE, Pipeline, pipelines
from server.models.quota import keep, quota_at, quota_of
from server.models.user import Role, User
from server.models.workspace import Territory
from tests.cast import NOW, Cast, person
from tests.routes.conftest import Browser, Do
from tests.routes.numbers import tiles_of

FIRST = date(2026, 10, 1)


def cell(row: User | Territory, quarter: date = FIRST) -> str:
    return f"amount-{row.id}-{quarter.isoformat()}"


def value_of(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, name
    return unescape(found[1])


def form(territory_id: str, year: int = 2026, **more: str) -> dict[str, str]:
    return {"territory": territory_id, "year": str(year), **more}


def quota(database: Database, row: User | Territory, quarter: date = FIRST) -> tuple[int, str] | None:
    with database.reading() as session:
        found = quota_of(session.get_one(type(row), row.id).quotas, quarter)
    return (found["amount_cents"], found["currency"]) if found else None


def test_a_manager_sets_those_of_the_territory_and_its_reps(
    screens: Browser, database: Database, cast: Cast
) -> None:
    browser = screens(cast.mei)
    page = browser.get("/quotas").text
    assert "Alice" in page
    assert "Charlie" not in page
    sent = form(
        cast.north.id,
        **{
            f"currency-{cast.alice.id}": "EUR",
            cell(cast.alice): "120,000",
            cell(cast.alice, date(2026, 1, 1)): "99.50",
            f"currency-{cast.north.id}": "CNY",
            cell(cast.north): "2 000 000",
            cell(cast.charlie): "1",
        },
    )
    answer = browser.post("/quotas", sent)
    assert answer.status_code == 303
    assert "Saved" in browser.get(answer.headers["location"]).text
    assert quota(database, cast.alice) == (12_000_000, "EUR")
    assert quota(database, cast.alice, date(2026, 1, 1)) == (9_950, "EUR")
    assert quota(database, cast.north) == (200_000_000, "CNY")
    assert quota(database, cast.charlie) is None
    assert quota(database, cast.bob) is None
    shown = browser.get("/quotas").text
    assert value_of(shown, cell(cast.alice)) == "120,000"
    taken_away = form(
        cast.north.id,
        **{f"currency-{cast.alice.id}": "EUR", f"was-currency-{cast.alice.id}": "EUR"},
        **{cell(cast.alice): "", f"was-{cell(cast.alice)}": "120000"},
    )
    browser.post("/quotas", taken_away)
    assert quota(database, cast.alice) is None


def test_a_quarter_in_other_money_than_its_row_says_so(
    screens: Browser, database: Database, cast: Cast
) -> None:
    """As when two save at once, one of them in another currency. The row's is that of the last quarter."""
    first, second = date(2026, 4, 1), date(2026, 7, 1)
    with database.writing() as session:
        alice = session.get_one(User, cast.alice.id)
        keep(alice, first, 10_000, "EUR", "UTC")
        keep(alice, second, 20_000, "USD", "UTC")
    browser = screens(cast.mei)
    page = browser.get("/quotas").text
    described = re.findall(r'aria-describedby="(amount-[^"]*-money)"', page)
    assert described == [f"{cell(cast.alice, first)}-money"]
    assert f'id="{described[0]}">in EUR<' in page
    assert "<option selected>USD</option>" in page

    sent = dict(re.findall(r'<input[^>]*name="([^"]*)" value="([^"]*)"', page))
    browser.post("/quotas", {**sent, f"currency-{cast.alice.id}": "USD", cell(cast.alice, second): "300"})
    assert quota(database, cast.alice, first) == (10_000, "EUR"), "it was not touched"
    assert quota(database, cast.alice, second) == (30_000, "USD")


def test_what_is_wrong_stands_beside_its_cell_and_nothing_typed_is_lost(
    screens: Browser, database: Database, cast: Cast
) -> None:
    browser = screens(cast.mei)
    typed = {
        f"currency-{cast.alice.id}": "EUR",
        cell(cast.alice): "a lot",
        cell(cast.alice, date(2026, 7, 1)): "0",
        cell(cast.alice, date(2026, 4, 1)): "10000000000001",
        f"currency-{cast.bob.id}": "CNY",
        cell(cast.bob): "77000",
    }
    answer = browser.post("/quotas", form(cast.north.id, **typed))
    assert answer.status_code == 422
    for name, value in typed.items():
        if name.startswith("amount"):
            assert value_of(answer.text, name) == value
    assert answer.text.count("This must be at most 10000000000000.") == 1
    for name in (cell(cast.alice), *(cell(cast.alice, date(2026, month, 1)) for month in (4, 7))):
        assert f'id="{name}-error"' in answer.text
    assert f'id="{cell(cast.bob)}-error"' not in answer.text
    assert "Nothing is saved yet" in answer.text
    assert quota(database, cast.bob) is None
    strange = browser.post("/quotas", form(cast.north.id, **{f"currency-{cast.alice.id}": "<b>"}))
    assert strange.status_code == 422


def test_an_amount_without_a_currency_is_none(screens: Browser, database: Database, cast: Cast) -> None:
    browser = screens(cast.mei)
    for currency in ({}, {f"currency-{cast.alice.id}": ""}):
        answer = browser.post("/quotas", form(cast.north.id, **{cell(cast.alice): "500"}, **currency))
        assert answer.status_code == 422
        assert value_of(answer.text, cell(cast.alice)) == "500"
    assert quota(database, cast.alice) is None


def test_a_stale_page_does_not_write_over_a_colleague(
    screens: Browser, database: Database, cast: Cast
) -> None:
    """Only what was changed since it was shown is written."""
    stale = {
        f"currency-{cast.alice.id}": "EUR",
        f"was-currency-{cast.alice.id}": "EUR",
        cell(cast.alice): "",
        f"was-{cell(cast.alice)}": "",
        cell(cast.bob): "5",
        f"was-{cell(cast.bob)}": "",
        f"currency-{cast.bob.id}": "EUR",
    }
    with database.writing() as session:
        keep(session.get_one(User, cast.alice.id), FIRST, 100, "EUR", "UTC")
    assert screens(cast.mei).post("/quotas", form(cast.north.id, **stale)).status_code == 303
    assert quota(database, cast.alice) == (100, "EUR")
    assert quota(database, cast.bob) == (500, "EUR")


def test_the_quarter_before_is_copied_into_what_is_empty(
    screens: Browser, database: Database, cast: Cast
) -> None:
    with database.writing() as session:
        keep(session.get_one(User, cast.bob.id), date(2026, 10, 1), 3_300, "EUR", "UTC")
    browser = screens(cast.mei)
    sent = form(
        cast.north.id,
        2026,
        copy="2026-10-01",
        **{cell(cast.alice, date(2026, 7, 1)): "41", cell(cast.bob): "5"},
    )
    page = browser.post("/quotas", sent)
    assert page.status_code == 200
    assert value_of(page.text, cell(cast.alice)) == "41"
    assert value_of(page.text, cell(cast.bob)) == "5"
    next_year = browser.post("/quotas", form(cast.north.id, 2027, copy="2027-01-01")).text
    assert value_of(next_year, cell(cast.bob, date(2027, 1, 1))) == "33"
    assert quota(database, cast.bob) == (3_300, "EUR")


def test_an_amount_is_copied_in_its_own_money_or_not_at_all(
    screens: Browser, database: Database, cast: Cast
) -> None:
    """Each row begins a year in the money of its own latest quota; one that changed its money since copies nothing."""
    first = date(2027, 1, 1)
    with database.writing() as session:
        keep(session.get_one(User, cast.alice.id), FIRST, 70_000, "CNY", "UTC")
        keep(session.get_one(User, cast.bob.id), FIRST, 3_300, "EUR", "UTC")
        keep(session.get_one(User, cast.bob.id), date(2027, 4, 1), 9_900, "CNY", "UTC")
    browser = screens(cast.mei)
    shown = browser.get(f"/quotas?territory={cast.north.id}&year=2027").text
    assert chosen_in(shown, cast.alice) == chosen_in(shown, cast.bob) == "CNY"
    page = browser.post("/quotas", form(cast.north.id, 2027, copy=first.isoformat())).text
    assert value_of(page, cell(cast.alice, first)) == "700"
    assert value_of(page, cell(cast.bob, first)) == ""
    # What is typed over an amount is in the money of its row, and so is its copy.
    april, july = date(2027, 4, 1), date(2027, 7, 1)
    typed = {
        f"currency-{cast.bob.id}": "EUR",
        cell(cast.bob, april): "44",
        f"was-{cell(cast.bob, april)}": "99",
    }
    page = browser.post("/quotas", form(cast.north.id, 2027, copy=july.isoformat(), **typed)).text
    assert value_of(page, cell(cast.bob, july)) == "44"


def chosen_in(html: str, row: User | Territory) -> str:
    found = re.search(rf'<select id="currency-{row.id}".*?<option selected>(\w+)', html, re.DOTALL)
    return found[1] if found else ""


def test_enter_in_a_cell_saves_and_does_not_copy(screens: Browser, cast: Cast) -> None:
    """Browsers press the first button of the form."""
    page = screens(cast.mei).get("/quotas").text
    buttons = re.findall(r"<button[^>]*>", page[page.index('action="/quotas"') :])
    assert "name=" not in buttons[0]
    assert any('name="copy"' in button for button in buttons)
    assert len([button for button in buttons if 'class="primary"' in button]) == 1


def test_an_executive_and_an_admin_set_any_and_others_none(
    screens: Browser, database: Database, cast: Cast, henrik: User
) -> None:
    for number, user in enumerate((henrik, cast.dora), 1):
        browser = screens(user)
        assert "Charlie" in browser.get(f"/quotas?territory={cast.south.id}").text
        sent = {f"currency-{cast.charlie.id}": "EUR", cell(cast.charlie): str(number)}
        assert browser.post("/quotas", form(cast.south.id, **sent)).status_code == 303
        assert quota(database, cast.charlie) == (100 * number, "EUR")
        assert browser.get("/quotas?territory=none").status_code == 200
    with database.writing() as session:
        session.get_one(User, cast.charlie.id).territory_id = None
    assert "Charlie" in screens(cast.dora).get("/quotas?territory=none").text
    assert screens(cast.mei).get("/quotas?territory=none").status_code == 404
    assert screens(cast.mei).post("/quotas", form(cast.south.id)).status_code == 404
    for user in (cast.alice, cast.charlie):
        assert screens(user).get("/quotas").status_code == 404
        assert screens(user).post("/quotas", form(cast.north.id)).status_code == 404


@pytest.mark.parametrize("query", ["year=%00", "year=99999", "year=1999", "territory=%00", "territory=x"])
def test_an_address_that_makes_no_sense_breaks_nothing(screens: Browser, cast: Cast, query: str) -> None:
    assert screens(cast.dora).get(f"/quotas?{query}").status_code in (200, 404)


@pytest.fixture
def sales(database: Database, cast: Cast) -> list[tuple[Opportunity, Customer]]:
    """Two years of them, at any hour and on both sides of quarters and clock changes, in two currencies; another
    pipeline has its own word for won; some customers and some sales are gone."""
    dice = random.Random(9)
    other = Pipeline(
        id=new_id(), name="Service", position=2,
        stages=[dict.fromkeys(("name", "stuck_after_days"), None) | rule | {"required": [], "probability": 50}
                for rule in ({"key": "won", "kind": "open", "skip": True, "back": True},
                             {"key": "signed", "kind": "won", "skip": False, "back": False})],
    )  # fmt: skip
    customers = [
        Customer(
            id=new_id(), name=f"Customer {number}", sort_key=f"customer {number}", owner_id=owner.id,
            territory_id=owner.territory_id, created_at=NOW - timedelta(days=900),
            deleted_at=NOW if number % 9 == 0 else None,
        )
        for number in range(40)
        for owner in [dice.choice([cast.alice, cast.bob, cast.charlie])]
    ]  # fmt: skip
    edges = [datetime(2026, 9, 30, 21, 59, 59, 999_000, UTC), datetime(2026, 9, 30, 22, tzinfo=UTC),
             datetime(2026, 9, 30, 23, 59, 59, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC),
             datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)]  # fmt: skip
    made = []
    for number in range(700):
        at = edges[number % 6] if number < 60 else NOW - timedelta(minutes=dice.randint(1, 1_000_000))
        customer = dice.choice(customers)
        pipeline_id, stage = dice.choice(
            [(DEFAULT_PIPELINE, "won"), (DEFAULT_PIPELINE, "lost"), (DEFAULT_PIPELINE, "quote"), (other.id, "won"),
             (other.id, "signed")]
        )  # fmt: skip
        row = Opportunity(
            id=new_id(), customer_id=customer.id, owner_id=str(customer.owner_id), name="Seals",
            amount_cents=dice.choice([0, 1, 99, 10**15, dice.randint(1, 10**7)]), currency=dice.choice(["EUR", "CNY"]),
            pipeline_id=pipeline_id, stage=stage, created_at=at - timedelta(days=dice.randint(1, 90)), stage_since=at,
            deleted_at=NOW if number % 11 == 0 else None,
        )  # fmt: skip
        made.append((row, customer))
    with database.writing() as session:
        session.add(other)
        session.add_all(customers)
        session.flush()
        session.add_all([row for row, _ in made])
        for user in (cast.alice, cast.bob):
            keep(session.get_one(User, user.id), FIRST, 50_000_000, "EUR", "UTC")
        keep(session.get_one(Territory, cast.south.id), FIRST, 70_000_000, "CNY", "UTC")
    return made


def by_hand(
    sales: list[tuple[Opportunity, Customer]], accept: Callable[[Customer], bool], now: datetime = NOW
) -> dict[str, int]:
    first = datetime.combine(quarter_of(now.date()), datetime.min.time(), UTC)
    sums: dict[str, int] = {}
    for row, customer in sales:
        if is_sale(row, customer) and accept(customer) and row.stage_since >= first:
            sums[row.currency] = sums.get(row.currency, 0) + row.amount_cents
    return sums


def is_sale(row: Opportunity, customer: Customer) -> bool:
    is_won = (row.pipeline_id == DEFAULT_PIPELINE) == (row.stage == "won") and row.stage in ("won", "signed")
    return is_won and not row.deleted_at and not customer.deleted_at


def cents_of(text: str) -> int:
    whole, _, rest = text[1:].replace(",", "").partition(".")
    return int(whole) * 100 + int(rest or 0)


def details(html: str) -> dict[str, str]:
    return dict(re.findall(r'<strong dir="auto">([^<]*)</strong><small>([^<]*)</small>', html))


def test_won_against_quota_is_what_counting_by_hand_gives(
    screens: Browser, cast: Cast, henrik: User, sales: list[tuple[Opportunity, Customer]]
) -> None:
    told = details(screens(henrik).get("/team/quota").text)
    new = "0% of the working days since 24 Nov gone"
    for user in (cast.alice, cast.bob):
        won = by_hand(sales, lambda customer, of=user.id: customer.owner_id == of)  # type: ignore[misc]
        euros, yuan = words.money(won["EUR"], "EUR"), words.money(won["CNY"], "CNY")
        assert told[user.name] == f"{euros} of €500,000 · {yuan} more in other money · {new}"
    south = by_hand(sales, lambda customer: customer.territory_id == cast.south.id)
    assert told["South"].startswith(f"{words.money(south['CNY'], 'CNY')} of ¥700,000")
    north = by_hand(sales, lambda customer: customer.territory_id == cast.north.id)
    assert told["North"].startswith(
        f"{words.money(north['EUR'], 'EUR')} of €1,000,000"
    )  # of its reps together
    assert "no quota set" in told["Charlie"]


def test_where_no_quota_is_set_the_amount_is_told_once(
    screens: Browser, cast: Cast, database: Database, sales: list[tuple[Opportunity, Customer]]
) -> None:
    with database.writing() as session:
        session.get_one(User, cast.alice.id).quotas = []
    tile = tiles_of(screens(cast.mei).get(f"/team?rep={cast.alice.id}").text)["Won against quota"]
    assert tile.number.count("€") == 1
    assert tile.said[0] == "no quota set"


@pytest.mark.parametrize(
    "day", [NOW.date(), date(2026, 7, 31), date(2026, 8, 1), date(2026, 12, 31), date(2026, 10, 1)]
)
def test_beside_it_stands_what_was_won_of_the_quarter_before_by_that_day(
    database: Database, sales: list[tuple[Opportunity, Customer]], day: date
) -> None:
    """And the months that forecasts are made of are whole, though one of them is read in two parts."""
    first = quarter_of(day)
    before = quarter_before(first)
    over = min(before + (day - first), first - timedelta(days=1))
    by_month: Counter[date] = Counter()
    earlier: Counter[str] = Counter()
    for row, customer in sales:
        came = row.stage_since.date()
        if is_sale(row, customer):
            by_month[came.replace(day=1)] += row.amount_cents
            earlier[row.currency] += row.amount_cents if before <= came <= over else 0
    with database.reading() as session:
        facts = read(session, pipelines(session), NOW, day, "UTC", true(), with_forecast=False)
    found = Counter(dict.fromkeys(facts.months, 0))
    for one in facts.won:
        found[facts.months[one.span]] += one.cents
    last = facts.months[-1]
    ends = next_quarter(first)
    assert {month: cents for month, cents in found.items() if month < last} == {
        month: by_month[month] for month in facts.months[:-1]
    }
    assert found[last] == sum(cents for month, cents in by_month.items() if last <= month < ends)
    assert by_currency(facts.earlier) == {name: cents for name, cents in sorted(earlier.items()) if cents}
    assert day != NOW.date() or earlier


def test_every_figure_leads_to_its_sales(
    screens: Browser, cast: Cast, henrik: User, sales: list[tuple[Opportunity, Customer]]
) -> None:
    """All of them, page by page, and they add up."""
    for reader, query, accept in (
        (henrik, "", lambda customer: True),
        (henrik, f"territory={cast.south.id}", lambda customer: customer.territory_id == cast.south.id),
        (cast.mei, "", lambda customer: customer.territory_id == cast.north.id),
        (cast.mei, f"rep={cast.bob.id}", lambda customer: customer.owner_id == cast.bob.id),
    ):
        browser, amounts, offset = screens(reader), [], 0
        while True:
            page = browser.get(f"/team/won?offset={offset}&{query}").text
            found = re.findall(r'class="tag">([^<]*)<', page)
            amounts += found[:50]
            offset += 50
            if "offset=" not in page:
                break
        won = by_hand(sales, accept)
        sums = {"EUR": 0, "CNY": 0}
        for text in amounts:
            sums["EUR" if text[0] == "€" else "CNY"] += cents_of(text)
        assert sums == won


def test_a_rep_sees_the_same_figure_on_today(
    screens: Browser, cast: Cast, sales: list[tuple[Opportunity, Customer]]
) -> None:
    won = by_hand(sales, lambda customer: customer.owner_id == cast.alice.id)
    expected = f"{words.money(won['EUR'], 'EUR')} of €500,000 won this quarter"
    for path in ("/today", "/pipeline"):
        assert expected in screens(cast.alice).get(path).text
    assert "won this quarter" not in screens(cast.charlie).get("/today").text


def test_a_reassigned_customer_takes_its_sales_along(
    screens: Browser, do: Do, cast: Cast, database: Database, sales: list[tuple[Opportunity, Customer]]
) -> None:
    with database.reading() as session:
        standing = select(Customer).where(
            Customer.owner_id == cast.alice.id, col(Customer.deleted_at).is_(None)
        )
        moved = [row.id for row in session.exec(standing)][:4]
    for customer_id in moved:
        do(
            cast.mei,
            "customer.assign",
            {"customer_id": customer_id, "from": cast.alice.id, "to": cast.bob.id},
        )
    won = by_hand(sales, lambda customer: customer.owner_id == cast.bob.id or customer.id in moved)
    told = details(screens(cast.mei).get("/team/quota").text)
    assert told["Bob"].startswith(f"{words.money(won['EUR'], 'EUR')} of €500,000")


@pytest.mark.parametrize("path", ["/team/quota", "/team/won", "/team/forecast"])
def test_no_figure_is_of_another_territory(
    screens: Browser, cast: Cast, sales: list[tuple[Opportunity, Customer]], path: str
) -> None:
    browser = screens(cast.mei)
    own = browser.get(path).text
    assert "Charlie" not in own
    assert "South" not in own
    asked = browser.get(f"{path}?territory={cast.south.id}&rep={cast.charlie.id}").text
    assert details(asked) == details(own)
    assert browser.get(f"/quotas?territory={cast.south.id}").status_code == 404


@pytest.mark.parametrize("path", ["/team", "/team/quota", "/team/won", "/team/forecast", "/quotas"])
def test_as_many_statements_whatever_is_sold(
    screens: Browser,
    cast: Cast,
    henrik: User,
    sales: list[tuple[Opportunity, Customer]],
    count_queries: Callable[[], Any],
    path: str,
) -> None:
    for leader in (henrik, cast.mei):
        browser = screens(leader)
        with count_queries() as asked:
            assert browser.get(path).status_code == 200
        assert len(asked) <= 15


def test_a_quarter_is_by_the_company_s_calendar() -> None:
    """Also where the clock is put back within it, and with zones far from Greenwich."""
    row = Territory(id=new_id(), name="x", quotas=[])
    for zone, began in (("Europe/Berlin", "2026-09-30T22:00"), ("Asia/Shanghai", "2026-09-30T16:00"),
                        ("America/Los_Angeles", "2026-10-01T07:00"), ("UTC", "2026-10-01T00:00")):  # fmt: skip
        keep(row, FIRST, 5, "EUR", zone)
        assert [one["from_at"] for one in row.quotas] == [f"{began}:00.000Z"]
        moment = datetime.fromisoformat(f"{began}+00:00")
        assert quota_at(row.quotas, moment)
        assert quota_at(row.quotas, moment - timedelta(milliseconds=1)) is None
        assert row.quotas[0]["until_at"] > "2026-12-31T"
    assert [quarter_of(date(2026, month, 28)).month for month in range(1, 13)] == [1] * 3 + [4] * 3 + [
        7
    ] * 3 + [10] * 3
    assert next_quarter(FIRST) == date(2027, 1, 1)
    assert quarter_before(date(2027, 1, 1)) == FIRST


def test_a_manager_sees_that_of_the_territory_where_there_is_no_own(
    screens: Browser, cast: Cast, database: Database, sales: list[tuple[Opportunity, Customer]]
) -> None:
    with database.writing() as session:
        keep(session.get_one(Territory, cast.north.id), FIRST, 90_000_000, "EUR", "UTC")
    won = by_hand(sales, lambda customer: customer.territory_id == cast.north.id)
    expected = f"{cast.north.name} · {words.money(won['EUR'], 'EUR')} of €900,000 won this quarter"
    for path in ("/today", "/pipeline"):
        assert expected in screens(cast.mei).get(path).text
    with database.writing() as session:
        keep(session.get_one(User, cast.mei.id), FIRST, 100, "EUR", "UTC")
    assert "of €1 won this quarter" in screens(cast.mei).get("/pipeline").text


def test_a_manager_without_a_territory_is_told_so_and_led_to_no_page_that_is_not_there(
    screens: Browser, database: Database
) -> None:
    ned = person("Ned", Role.MANAGER)
    with database.writing() as session:
        session.add(ned)
    for path in ("/team", "/team/quota"):
        page = screens(ned).get(path).text
        assert "You lead no territory yet. An admin gives you one under More → People." in page
        assert 'href="/quotas"' not in page
