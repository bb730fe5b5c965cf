"""The funnel: every figure is what counting moves by hand gives, and leads to as many rows."""

import random
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest

from server.database import Database
from server.models.column import wire
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.opportunity import STAGES, Opportunity
from server.models.pipeline import DEFAULT_PIPELINE, Pipeline
from server.models.product import Product
from server.models.quote import Quote
from server.models.user import User
from server.models.visit import Visit
from server.questions.answering import Question
from server.questions.asking import Asking
from server.questions.definition import Definition
from server.questions.dimensions import dimensions_of
from server.questions.rows_behind import rows_behind
from server.translations import translator
from server.views.reader import Reader
from tests.cast import NOW, Cast
from tests.routes.conftest import Browser, Screens
from tests.routes.numbers import tiles_of

OPEN = STAGES[:6]
QUARTER = (datetime.fromisoformat("2026-10-01T00:00Z"), NOW)
EARLIER = (datetime.fromisoformat("2026-07-01T00:00Z"), datetime.fromisoformat("2026-08-24T00:00Z"))


@pytest.fixture
def sales(database: Database, cast: Cast) -> list[tuple[Opportunity, Customer]]:
    """Half a year of moves to and fro, in two currencies, at customers of three reps; one of them is gone."""
    dice = random.Random(5)
    made = []
    for number in range(24):
        owner = dice.choice([cast.alice, cast.bob, cast.charlie])
        customer = Customer(
            id=new_id(), name=f"Quay {number}", sort_key=f"quay {number:02}", owner_id=owner.id, lifecycle="active",
            territory_id=owner.territory_id, created_at=NOW - timedelta(days=400), region=dice.choice(["East", None]),
            last_touch_at=NOW - timedelta(days=dice.randint(0, 60)), deleted_at=NOW if number == 0 else None,
            price_sensitivity=dice.choice([None, "high", "low"]),
        )  # fmt: skip
        made += [(_walk(customer, dice), customer) for _ in range(dice.randint(1, 4))]
    with database.writing() as session:
        session.add_all({id(customer): customer for _, customer in made}.values())
        session.flush()
        session.add_all(row for row, _ in made)
    return [(row, customer) for row, customer in made if not row.deleted_at and not customer.deleted_at]


def _walk(customer: Customer, dice: random.Random) -> Opportunity:
    at = created = NOW - timedelta(days=dice.randint(20, 200), hours=dice.randint(0, 23))
    stage, moves = "lead", []
    while stage in OPEN and dice.random() < 0.85:
        after = at + timedelta(hours=dice.randint(1, 900))
        if after > NOW:
            break
        to = dice.choice([one for one in STAGES if one != stage])
        moves.append(
            {"by": str(customer.owner_id), "since": wire(at), "at": wire(after), "from": stage, "to": to}
        )
        stage, at = to, after
    return Opportunity(
        id=new_id(), customer_id=customer.id, owner_id=str(customer.owner_id), name="Seals", stage=stage, moves=moves,
        amount_cents=dice.choice([0, 5_000]), currency=dice.choice(["EUR", "CNY"]), created_at=created, stage_since=at,
        competitor=dice.choice([None, None, "SealPro"]), deleted_at=dice.choice([None] * 9 + [NOW]),
    )  # fmt: skip


def by_hand(
    sales: list[tuple[Opportunity, Customer]], stage: str, span: tuple[datetime, datetime]
) -> list[Any]:
    """The way each went and the days that it had stood."""
    found = []
    for row, _ in sales:
        for move in row.moves:
            since, at = (datetime.fromisoformat(move[name]) for name in ("since", "at"))
            if move["from"] == stage and span[0] <= at < span[1]:
                to = move["to"]
                back = to in OPEN and OPEN.index(to) < OPEN.index(stage)
                found.append(("lost" if to == "lost" else "back" if back else "on", (at - since).days))
    return found


def cells(page: str, title: str) -> dict[str, list[tuple[str, str]]]:
    """Of the table with this title: by the name of its row, each number with its address."""
    table = page[page.index(title) :]
    body = table[table.index("<tbody>") : table.index("</tbody>")]
    found = {}
    for row in body.split("<tr>")[1:]:
        name = re.sub(r"<[^>]+>", "", row[: row.index("</th>")]).strip()
        numbers = re.findall(r'<td><a href="([^"]*)">(.*?)</a></td>', row)
        found[name] = [(re.sub(r"<small>.*", "", text), unescape(href)) for href, text in numbers]
    return found


def rows(browser: Screens, href: str) -> list[str]:
    """Of all pages."""
    found: list[str] = []
    while href:
        page = browser.get(href).text
        found += re.findall(r'<a class="row" href="(/opportunities/[^"]+)"', page)
        more = re.search(r'class="more-row"><a class="row" href="([^"]+)"', page)
        href = unescape(more[1]) if more else ""
    return found


def quantile(values: list[int], share: float) -> int | None:
    """The least that so many are not above."""
    return next((one for one in sorted(values) if sum(v <= one for v in values) >= share * len(values)), None)


def days(count: int | None) -> str:
    return "–" if count is None else f"{count} day" if count == 1 else f"{count} days"


NAMES = {"lead": "Lead", "first_contact": "First contact", "needs_confirmed": "Needs confirmed", "quote": "Quote",
         "contract": "Contract", "payment": "Payment"}  # fmt: skip


def test_shares_and_days_are_what_counting_moves_by_hand_gives(
    screens: Browser, henrik: User, sales: list[tuple[Opportunity, Customer]]
) -> None:
    told = cells(screens(henrik).get("/team/funnel").text, "Stage by stage")
    for stage in OPEN:
        now, then = (by_hand(sales, stage, span) for span in (QUARTER, EARLIER))
        went = {way: sum(one == way for one, _ in now) for way in ("on", "back", "lost")}
        shares = [
            f"{int(100 * sum(w == 'on' for w, _ in one) / len(one) + 0.5)}%" if one else "–"
            for one in (now, then)
        ]
        stood = [count for _, count in now]
        assert [text for text, _ in told[NAMES[stage]]][:8] == [
            str(len(now)), shares[0], shares[1], str(went["back"]), str(went["lost"]), days(quantile(stood, 0.5)),
            days(quantile(stood, 0.9)), days(quantile([count for _, count in then], 0.5)),
        ]  # fmt: skip
        assert int(told[NAMES[stage]][8][0]) == sum(row.stage == stage for row, _ in sales)
    assert sum(len(by_hand(sales, stage, EARLIER)) for stage in OPEN) > 10


def test_every_number_leads_to_as_many_rows(
    screens: Browser, henrik: User, sales: list[tuple[Opportunity, Customer]]
) -> None:
    browser = screens(henrik)
    page = browser.get("/team/funnel").text
    for name, row in cells(page, "Stage by stage").items():
        stage = next(key for key, said in NAMES.items() if said == name)
        for place in (0, 3, 4, 8, 9):
            assert len(rows(browser, row[place][1])) == int(row[place][0]), (name, place)
        went_on = sum(way == "on" for way, _ in by_hand(sales, stage, QUARTER))
        assert len(rows(browser, row[1][1])) == went_on
        assert len(rows(browser, row[2][1])) == sum(way == "on" for way, _ in by_hand(sales, stage, EARLIER))
    whole = re.search(r'class="total" href="([^"]+)">(\d+)<', page)
    assert whole
    assert len(rows(browser, unescape(whole[1]))) == int(whole[2]) > 0
    reasons = re.findall(r'<a class="row plain" href="([^"]+)">.*?class="tag due">(\d+)<', page)
    assert len(reasons) >= 3
    for href, number in reasons:
        assert len(rows(browser, unescape(href))) == int(number)


def test_groups_together_are_the_whole_and_one_alone_is_its_row(
    screens: Browser, henrik: User, sales: list[tuple[Opportunity, Customer]], cast: Cast
) -> None:
    browser = screens(henrik)
    for by in ("rep", "region"):
        page = browser.get(f"/team/funnel?by={by}").text
        groups, whole = cells(page, "Went on, by"), cells(page, "Stage by stage")
        left = {
            name: sum(len(rows(browser, row[n][1])) for row in groups.values())
            for n, name in enumerate(whole)
        }
        assert left == {name: int(row[0][0]) for name, row in whole.items()}, by
        stuck = sum(int(row[-1][0]) for row in groups.values())
        assert stuck == sum(int(row[9][0]) for row in whole.values())
    alone = browser.get(f"/team/funnel?by=rep&key={cast.bob.id}").text
    mine = [(row, customer) for row, customer in sales if customer.owner_id == cast.bob.id]
    assert cells(alone, "Stage by stage")["Lead"][0][0] == str(len(by_hand(mine, "lead", QUARTER)))
    same = browser.get(f"/team/funnel?rep={cast.bob.id}").text
    assert [t for t, _ in cells(same, "Stage by stage")["Lead"]] == [
        t for t, _ in cells(alone, "Stage by stage")["Lead"]
    ]
    nobody = cells(browser.get("/team/funnel?by=region&key=").text, "Stage by stage")
    west = [(row, customer) for row, customer in sales if customer.region is None]
    assert nobody["Lead"][0][0] == str(len(by_hand(west, "lead", QUARTER)))


@pytest.fixture
def quoted(
    database: Database, sales: list[tuple[Opportunity, Customer]]
) -> tuple[Product, dict[str, set[str]]]:
    """By opportunity what its quotes are about: nothing, a product twice, two of them, or what is in no catalogue."""
    dice, products = random.Random(7), [Product(id=new_id(), name=name) for name in ("Shaft seal", "O-ring")]
    about: dict[str, set[str]] = {}
    with database.writing() as session:
        session.add_all(products)
        session.flush()
        for row, customer in sales:
            about[row.id] = set()
            for _ in range(dice.randint(0, 3)):
                keys = [dice.choice([*(one.id for one in products), ""]) for _ in range(dice.randint(1, 3))]
                is_withdrawn, is_declined = dice.random() < 0.3, dice.random() < 0.3
                lines = [
                    {**({"product_id": key} if key else {}), "name": "Seal", "quantity": 1} for key in keys
                ]
                session.add(
                    Quote(id=new_id(), customer_id=customer.id, opportunity_id=row.id, author_id=row.owner_id,
                          currency="EUR", total_cents=1, created_at=NOW, lines=lines,
                          withdrawn_at=NOW if is_withdrawn else None, declined_at=NOW if is_declined else None)
                )  # fmt: skip
                about[row.id] |= set() if is_withdrawn else set(keys)
    return products[0], about


def test_by_product_each_is_in_every_group_of_its_quotes_and_once_in_the_whole(
    screens: Browser, henrik: User, database: Database, sales: list[tuple[Opportunity, Customer]], quoted: Any
) -> None:
    (seal, about), browser = quoted, screens(henrik)
    page = browser.get("/team/funnel?by=product").text
    assert "with several products counts in each" in page
    as_by_rep = cells(browser.get("/team/funnel").text, "Stage by stage")
    told, groups = cells(page, "Stage by stage"), cells(page, "Went on, by product")
    assert [[text for text, _ in row] for row in told.values()] == [
        [text for text, _ in row] for row in as_by_rep.values()
    ]
    for name, key in (("Shaft seal", seal.id), ("No product of the catalogue", "")):
        mine = [one for one in sales if key in (about[one[0].id] or {""})]
        alone = browser.get(f"/team/funnel?by=product&key={key}").text
        for n, stage in enumerate(OPEN):
            left = by_hand(mine, stage, QUARTER)
            assert len(rows(browser, groups[name][n][1])) == len(left)
            row = cells(alone, "Stage by stage")[NAMES[stage]]
            assert [int(row[place][0]) for place in (0, 8)] == [
                len(left),
                sum(one.stage == stage for one, _ in mine),
            ]
            assert len(rows(browser, row[8][1])) == int(row[8][0])
        assert len(rows(browser, groups[name][-1][1])) == int(groups[name][-1][0])
    whole = re.search(r'class="total" href="([^"]+)">(\d+)<', page)
    assert whole
    found = rows(browser, unescape(whole[1]))
    assert len(found) == len(set(found)) == int(whole[2]) > 0


def test_a_question_by_product_says_what_the_funnel_says(
    screens: Browser, henrik: User, database: Database, sales: list[tuple[Opportunity, Customer]], quoted: Any
) -> None:
    seal, _ = quoted
    page = screens(henrik).get(f"/team/funnel?by=product&key={seal.id}").text
    open_now = {name: int(row[8][0]) for name, row in cells(page, "Stage by stage").items()}
    with database.reading() as session:
        asking = Asking(session, Reader(henrik, NOW, "UTC", translator("en")))
        known, standing = dimensions_of(asking), Definition("days_standing", ("product", "stage"))
        behind = {
            NAMES[stage]: rows_behind(
                Question(
                    asking, standing.narrowed(product=seal.id, stage=f"{DEFAULT_PIPELINE}:{stage}"), known
                ),
                0,
                1000,
            )
            for stage in OPEN
        }
    assert {name: len(found) for name, found in behind.items()} == open_now
    assert sum(open_now.values()) > 3


def test_what_is_stuck_says_why(
    screens: Browser, database: Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def customer(name: str, **more: Any) -> Customer:
        return Customer(
            id=new_id(), name=name, sort_key=name, owner_id=cast.alice.id, territory_id=cast.north.id,
            created_at=NOW - timedelta(days=400), lifecycle="active",
            **{"last_touch_at": NOW - timedelta(days=1), **more},
        )  # fmt: skip

    def sale(of: Customer, days: int = 90) -> Opportunity:
        return Opportunity(
            id=new_id(), customer_id=of.id, owner_id=cast.alice.id, name="Seals", currency="EUR", amount_cents=100,
            stage="quote", created_at=NOW - timedelta(days=100), stage_since=NOW - timedelta(days=days),
        )  # fmt: skip

    silent, dear, rival = customer("Silent", last_touch_at=None), customer("Dear"), customer("Rival")
    cheap = customer("Cheap", price_sensitivity="high")
    cases = [sale(silent), sale(dear), sale(rival), sale(cheap), sale(dear, 0)]
    with database.writing() as session:
        session.add_all([silent, dear, rival, cheap])
        session.flush()
        session.add_all(cases)
        session.flush()
        session.add(
            Quote(id=new_id(), customer_id=dear.id, opportunity_id=cases[1].id, author_id=cast.alice.id, currency="EUR",
                  total_cents=1, created_at=NOW, declined_at=NOW)
        )  # fmt: skip
        seen = NOW - timedelta(days=5)
        session.add(Visit(id=new_id(), customer_id=rival.id, author_id=cast.alice.id, started_at=seen, created_at=seen,
                          competitors=["SealPro"]))  # fmt: skip
        pipeline = session.get_one(Pipeline, DEFAULT_PIPELINE)
        pipeline.stages = [
            {
                **stage,
                "required": ["closing_date", "approval"] if stage["key"] == "contract" else stage["required"],
            }
            for stage in pipeline.stages
        ]
    page = unescape(screens(cast.mei).get("/team/funnel/stuck").text)
    line = r'<strong dir="auto">(\w+) · Seals</strong><small dir="auto">.*?</small><small dir="auto">(.*?)</small>'
    told = {name: set(said.split(" · ")) for name, said in re.findall(line, page)}
    missing = {"A required action is missing", "Waits for approval"}
    assert told == {
        "Silent": {*missing, "Nobody was in touch"},
        "Dear": {*missing, "The price"},
        "Rival": {*missing, "A competitor"},
        "Cheap": {*missing, "The price"},
    }
    monkeypatch.setattr("server.views.funnel.MOST_STUCK", 3)  # instead of thousands of rows
    browser = screens(cast.mei)
    assert "several reasons. Of the 3 that" in browser.get("/team/funnel").text
    browser.post("/more/language", {"locale": "zh-Hans"})
    assert "一个商机可能有多个原因。只统计停留最久的 3 个。" in browser.get("/team/funnel").text


def test_a_manager_has_the_territory_and_cannot_ask_for_another(
    screens: Browser, cast: Cast, sales: list[tuple[Opportunity, Customer]]
) -> None:
    browser, near = screens(cast.mei), [one for one in sales if one[1].territory_id == cast.north.id]
    assert 0 < len(near) < len(sales)
    own = browser.get("/team/funnel").text
    assert "Charlie" not in own
    for query in (f"?territory={cast.south.id}", f"?rep={cast.charlie.id}"):
        told = cells(browser.get(f"/team/funnel{query}").text, "Stage by stage")
        assert [text for text, _ in told["Lead"]] == [
            text for text, _ in cells(own, "Stage by stage")["Lead"]
        ]
    assert rows(browser, f"/team/funnel/moves?by=rep&key={cast.charlie.id}") == []
    assert rows(browser, f"/team/funnel/standing?by=territory&key={cast.south.id}") == []


def test_as_many_statements_whatever_there_is(
    screens: Browser,
    henrik: User,
    sales: list[tuple[Opportunity, Customer]],
    count_queries: Callable[[], Any],
) -> None:
    browser = screens(henrik)
    for path in ("", "/moves", "/standing", "/stuck"):
        with count_queries() as asked:
            assert browser.get(f"/team/funnel{path}?by=region").status_code == 200
        assert len(asked) <= 12
        with count_queries() as asked:
            assert browser.get(f"/team/funnel{path}?by=product").status_code == 200
        assert len(asked) <= 14


def test_an_empty_company_and_nonsense_get_sensible_pages(screens: Browser, cast: Cast, henrik: User) -> None:
    for who in (cast.mei, henrik):
        page = screens(who).get("/team/funnel").text
        assert "No opportunity has stood in this pipeline yet." in page
        for query in (
            "pipeline=1",
            "by=stage",
            "by=profit&key=1",
            "period=%00",
            "stage=x&way=y&when=z",
            "reason=x",
        ):
            for path in ("", "/moves", "/standing", "/stuck"):
                assert screens(who).get(f"/team/funnel{path}?{query}").status_code == 200


def test_what_team_calls_stuck_is_of_every_pipeline_as_an_alert_has_it(
    screens: Browser, database: Database, cast: Cast, sales: list[tuple[Opportunity, Customer]]
) -> None:
    browser = screens(cast.mei)
    alone = browser.get("/team").text
    stage = {"key": "lead", "name": "Lead", "kind": "open", "probability": 5, "stuck_after_days": 3}
    ahead = {**stage, "key": "due", "name": "Due", "stuck_after_days": None}
    rules = {"skip": True, "back": True, "required": ["visit"]}
    service = Pipeline(
        id=new_id(), name="Service", position=2, stages=[{**stage, **rules}, {**ahead, **rules}]
    )
    near = next(customer for _, customer in sales if customer.territory_id == cast.north.id)
    with database.writing() as session:
        session.add(service)
        session.flush()
        session.add_all(
            Opportunity(id=new_id(), customer_id=near.id, owner_id=str(near.owner_id), name="Repair", currency="EUR",
                        amount_cents=7, pipeline_id=service.id, stage="lead", created_at=NOW,
                        stage_since=NOW - timedelta(days=days))
            for days in (400, 2)
        )  # fmt: skip
    page = browser.get("/team").text
    was, (href, now) = stuck_of(alone)[1], stuck_of(page)
    assert int(now) == int(was) + 1
    listed = rows(browser, href)
    assert len(listed) == int(now)
    assert "Lead · 400 days" in browser.get(href).text  # and stands first
    browser.post("/team/alerts", {"kind": "stuck", "limit": "1"})
    assert f"{now} opportunities are stuck" in browser.get("/team/alerts").text
    assert "Pipeline · Sales" in page
    stages = re.findall(r"<small dir=\"auto\">([^·<]*) · \d+ days?", browser.get(href).text)
    most = max(stages, key=stages.count)
    assert f"{stages.count(most)} of them at {most}" in page
    assert "Pipeline · " not in alone


def stuck_of(html: str) -> tuple[str, str]:
    tile = tiles_of(html)["Stuck"]
    return tile.href, tile.number
