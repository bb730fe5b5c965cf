"""The board: whose opportunities, in which order, at what totals, and at how few statements."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from server.database import Database
from server.models.bulk import insert_rows
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.opportunity import Opportunity
from server.models.pipeline import Pipeline
from server.models.product import Product
from server.models.quote import Quote
from server.models.user import User
from tests.cast import NOW, Cast
from tests.routes.conftest import Browser

Add = Callable[..., list[str]]


@pytest.fixture
def add(database: Database) -> Add:
    """`add(alice, 3, stage="quote")`: opportunities of a new customer of hers, and their ids."""

    def add(owner: User, count: int = 1, days: int = 1, customer: str = "Bar", **more: Any) -> list[str]:
        made = {"sort_key": "bar", "owner_id": owner.id, "territory_id": owner.territory_id}
        of = Customer(id=new_id(), name=customer, created_at=NOW, **made)
        values = {
            "customer_id": of.id,
            "owner_id": owner.id,
            "name": "Seals",
            "amount_cents": 100,
            "currency": "EUR",
        }
        values |= {
            "stage": "lead",
            "created_at": NOW - timedelta(days=90),
            "stage_since": NOW - timedelta(days=days),
        }
        rows = [Opportunity(id=new_id(), **{**values, **more}) for _ in range(count)]
        with database.writing() as session:
            list(insert_rows(session, [of, *rows]))
        return [row.id for row in rows]

    return add


def shown(page: str) -> list[str]:
    return re.findall(r'href="/opportunities/([0-9a-f-]{36})"', page)


def column(page: str, stage: str) -> str:
    return page.partition(f'id="stage-{stage}"')[2].partition("</section>")[0]


def test_ten_or_ten_thousand_cost_the_same_few_statements(
    screens: Browser, cast: Cast, add: Add, count_queries: Callable[[], Any]
) -> None:
    filtered = f"/pipeline?customer_type=Dealer&product={new_id()}"
    paths = ("/pipeline", "/pipeline?stage=lead&offset=20", "/pipeline?closing=2026-12", filtered)
    browsers = [screens(user) for user in (cast.alice, cast.mei, cast.dora)]
    counts: list[list[int]] = []
    for number in (10, 3_333):
        for stage in ("lead", "quote", "won"):
            add(cast.alice, number, stage=stage, expected_close_on=date(2026, 12, 4))
        counts.append([])
        for browser in browsers:
            for path in paths:
                with count_queries() as asked:
                    page = browser.get(path)
                counts[-1].append(len(asked))
                assert (page.status_code, len(shown(page.text)) <= 60) == (200, True)
    assert counts[0] == counts[1]
    assert max(counts[1]) <= 20


def test_what_has_stood_longest_comes_first_and_says_so(screens: Browser, cast: Cast, add: Add) -> None:
    (fresh,), (stuck,), (edge,) = (add(cast.alice, days=days, stage="quote") for days in (2, 15, 14))
    quote = column(screens(cast.alice).get("/pipeline").text, "quote")
    assert shown(quote) == [stuck, edge, fresh]
    assert quote.count('class="tag due">€1<') == 1
    assert "1 stuck" in quote


def test_different_money_is_never_added(screens: Browser, cast: Cast, add: Add) -> None:
    add(cast.alice, 3, amount_cents=1_000_01, stage="quote")
    add(cast.alice, 2, amount_cents=5, currency="CNY", stage="quote")
    add(cast.alice, amount_cents=7, currency="CNY", stage="lead")
    page = screens(cast.alice).get("/pipeline").text
    assert "¥0.10 · €3,000.03" in column(page, "quote")
    assert "¥0.06 · €1,800.01 weighted" in column(page, "quote")  # of 60 percent, rounded down
    assert "<dd>¥0.17 · €3,000.03</dd>" in page
    assert "<dd>¥0.06 · €1,800.01</dd>" in page


def test_totals_are_exact_beyond_what_a_float_or_the_database_holds(
    screens: Browser, cast: Cast, add: Add
) -> None:
    add(cast.alice, 10_000, amount_cents=10**15 - 1, stage="won")
    assert "€99,999,999,999,999,900" in column(screens(cast.alice).get("/pipeline").text, "won")


def test_everybody_sees_their_own_and_managers_those_of_the_territory(
    screens: Browser, cast: Cast, add: Add
) -> None:
    (alices,), (bobs,), (charlies,) = (add(user) for user in (cast.alice, cast.bob, cast.charlie))
    for user, theirs in (
        (cast.alice, {alices}), (cast.mei, {alices, bobs}), (cast.charlie, {charlies}),
        (cast.dora, {alices, bobs, charlies}),
    ):  # fmt: skip
        assert set(shown(screens(user).get("/pipeline").text)) == theirs


def test_it_is_filtered_by_rep_territory_and_month(screens: Browser, cast: Cast, add: Add) -> None:
    (alices,) = add(cast.alice, expected_close_on=date(2026, 12, 31))
    (bobs,) = add(cast.bob, expected_close_on=date(2027, 1, 1))
    (charlies,) = add(cast.charlie, expected_close_on=date(2026, 11, 22))
    (undated,) = add(cast.charlie)
    dora = screens(cast.dora)
    for query, found in (
        (f"owner={cast.bob.id}", {bobs}), (f"territory={cast.south.id}", {charlies, undated}),
        ("closing=2026-12", {alices}),
        ("closing=2027-01", {bobs}), ("closing=past", {charlies}), ("closing=none", {undated}),
        (f"owner={cast.bob.id}&closing=2026-12", set()),
    ):  # fmt: skip
        assert set(shown(dora.get(f"/pipeline?{query}").text)) == found, query
    assert "Looked after by" not in screens(cast.alice).get("/pipeline").text
    assert "Charlie" not in screens(cast.mei).get("/pipeline").text


def test_what_is_over_is_not_overdue(screens: Browser, cast: Cast, add: Add) -> None:
    """A sale that was won or lost keeps the day on which it was expected to close."""
    (late,), *_ = (
        add(cast.alice, stage=stage, expected_close_on=date(2026, 10, 1))
        for stage in ("quote", "won", "lost")
    )
    assert shown(screens(cast.alice).get("/pipeline?closing=past").text) == [late]


def test_it_is_filtered_by_product_and_kind_of_customer(
    screens: Browser, cast: Cast, add: Add, database: Database
) -> None:
    (quoted,), (dropped,), (bare,) = (add(cast.alice, customer=name) for name in ("Bar", "Inn", "Pub"))
    (bobs,) = add(cast.bob)
    seal, wiper = (Product(id=new_id(), name=name) for name in ("Seal", "Wiper"))
    with database.writing() as session:
        session.add_all([seal, wiper])
        for sale_id, withdrawn_at in ((quoted, None), (dropped, NOW), (bobs, None)):
            sale = session.get_one(Opportunity, sale_id)
            of = {"customer_id": sale.customer_id, "opportunity_id": sale.id, "author_id": sale.owner_id}
            line = {"product_id": seal.id, "name": "Seal", "quantity": 1, "unit_price_cents": 100}
            made = {"currency": "EUR", "total_cents": 100, "created_at": NOW, "withdrawn_at": withdrawn_at}
            session.add(Quote(id=new_id(), lines=[line], **of, **made))
            kind = {quoted: "Dealer", bobs: "Plant"}.get(sale_id)
            session.get_one(Customer, sale.customer_id).customer_type = kind
    alice, mei = screens(cast.alice), screens(cast.mei)
    for browser, query, found in (
        (alice, f"product={seal.id}", {quoted}), (mei, f"product={seal.id}", {quoted, bobs}),
        (alice, f"product={wiper.id}", set()), (alice, "customer_type=Dealer", {quoted}),
        (mei, "customer_type=Plant", {bobs}),
        (mei, f"customer_type=Plant&product={seal.id}&owner={cast.alice.id}", set()),
        (alice, "product=none", {quoted, dropped, bare}),
    ):  # fmt: skip
        assert set(shown(browser.get(f"/pipeline?{query}").text)) == found, query
    page = alice.get(f"/pipeline?product={seal.id}&customer_type=Dealer").text
    assert f'<option value="{seal.id}" selected>Seal</option>' in page
    assert '<option value="Dealer" selected>Dealer</option>' in page
    assert "Plant" not in page  # which only a customer of Bob's is


def test_a_stage_is_read_page_by_page(screens: Browser, cast: Cast, add: Add) -> None:
    made = set(add(cast.alice, 45, stage="quote"))
    alice, met, path = screens(cast.alice), [], "/pipeline?closing=none"
    while path:
        page = column(alice.get(path).text, "quote")
        met += shown(page) if "stage=" in path else []
        more = re.search(r'href="(/pipeline\?[^"]+)">Show more', page)
        path = more[1].replace("&amp;", "&") if more else ""
    assert len(met) == 45
    assert set(met) == made


def test_each_pipeline_has_its_board(screens: Browser, database: Database, cast: Cast, add: Add) -> None:
    stage = {"key": "a", "name": "Scouting", "kind": "open", "probability": 5, "stuck_after_days": None}
    service = Pipeline(
        id=new_id(),
        name="Service",
        position=2,
        stages=[{**stage, "skip": True, "back": True, "required": []}],
    )
    with database.writing() as session:
        session.add(service)
    (sale,) = add(cast.alice)
    (repair,) = add(cast.alice, pipeline_id=service.id, stage="a")
    alice = screens(cast.alice)
    assert shown(alice.get("/pipeline").text) == [sale]
    page = alice.get(f"/pipeline?pipeline={service.id}").text
    assert shown(page) == [repair]
    assert "Scouting" in page


def test_it_is_moved_on_its_page_and_the_move_is_told(screens: Browser, cast: Cast, add: Add) -> None:
    (sale,) = add(cast.alice, amount_cents=0, days=12)
    alice = screens(cast.alice)
    page = alice.get(f"/opportunities/{sale}").text
    assert "Move to First contact" in page
    sheet = alice.get(f"/opportunities/{sale}/move?to=quote").text
    assert "Amount in EUR" in sheet
    form = {"from": "lead", "to": "quote", "amount_cents": "", "note": "Sent it"}
    refused = alice.post(f"/opportunities/{sale}/move", data=form)
    assert refused.status_code == 422
    assert "Quote has to wait: the amount is missing." in refused.text
    assert "Sent it" in refused.text
    alice.post(f"/opportunities/{sale}/move", data={**form, "amount_cents": "48.200,50"})
    page = alice.get(f"/opportunities/{sale}").text
    assert "€48,200.50" in page
    assert "Lead → Quote" in page
    assert re.search(r"Today \d\d:00 · Alice · after 12 days", page)
    assert "Sent it" in page


def test_two_who_move_it_at_once_do_not_overwrite_each_other(screens: Browser, cast: Cast, add: Add) -> None:
    (sale,) = add(cast.alice)
    screens(cast.alice).post(f"/opportunities/{sale}/move", data={"from": "lead", "to": "first_contact"})
    late = screens(cast.mei).post(f"/opportunities/{sale}/move", data={"from": "lead", "to": "quote"})
    assert late.status_code == 422
    assert "Somebody changed this in the meantime" in late.text


def test_what_was_lost_came_as_far_as_it_stood_before(screens: Browser, cast: Cast, add: Add) -> None:
    at = NOW.isoformat()
    move = {"from": "first_contact", "to": "lost", "since": at, "at": at, "by": cast.alice.id}
    for moves, passed in (([move], ["Lead", "First contact"]), ([], [])):
        (sale,) = add(cast.alice, stage="lost", moves=moves)
        page = screens(cast.alice).get(f"/opportunities/{sale}").text
        assert re.findall(r'<li class="done"><a [^>]*>([^<]*)', page) == passed


def insist_on_approval(database: Database) -> None:
    with database.writing() as session:
        pipeline = session.get_one(Pipeline, "00000000-0000-7000-8000-000000000001")
        stages = [dict(stage) for stage in pipeline.stages]
        stages[1]["required"] = ["approval"]
        pipeline.stages = stages


def test_a_rep_asks_and_the_manager_answers_in_a_sentence(
    screens: Browser, database: Database, cast: Cast, add: Add
) -> None:
    insist_on_approval(database)
    (sale,) = add(cast.alice)
    alice, mei = screens(cast.alice), screens(cast.mei)
    wanted = {"stage": "first_contact", "amount_cents": "100", "currency": "EUR"}
    assert "Do not approve" not in mei.get(f"/opportunities/{sale}").text
    assert "asks for approval" not in mei.get("/team").text
    assert alice.post(f"/opportunities/{sale}/ask", data=wanted).status_code == 303
    page = alice.get(f"/opportunities/{sale}").text
    assert "Approval asked for · Alice" in page
    assert "Ask for approval" not in page
    assert "1 asks for approval" in mei.get("/team").text
    assert "Seals" in mei.get("/team/approvals").text
    wordless = mei.post(f"/opportunities/{sale}/approve", data={**wanted, "answer": "declined", "note": ""})
    assert wordless.status_code == 422
    assert "This is needed." in wordless.text
    told = {**wanted, "answer": "declined", "note": "Less discount"}
    assert mei.post(f"/opportunities/{sale}/approve", data=told).status_code == 303
    page = alice.get(f"/opportunities/{sale}").text
    assert all(text in page for text in ("Not approved · Mei", "Less discount", "Ask for approval"))
    assert "asks for approval" not in mei.get("/team").text
    assert "Seals" not in screens(cast.charlie).get("/pipeline").text


def test_approval_is_asked_for_and_given_on_the_sheet_of_the_move(
    screens: Browser, database: Database, cast: Cast, add: Add
) -> None:
    insist_on_approval(database)
    (sale,) = add(cast.alice)
    sheet = f"/opportunities/{sale}/move?to=first_contact"
    alice, mei = screens(cast.alice), screens(cast.mei)

    def sent(page: str) -> tuple[str, dict[str, str]]:
        """By the button of the form behind the sheet's own."""
        assert page.count('<button class="button" type="submit" form="approval">') == 1
        form = r'<form id="approval" method="post" action="([^"]*)">(.*?)</form>'
        [(action, inside)] = re.findall(form, page, re.DOTALL)
        return action, dict(re.findall(r'name="([^"]*)" value="([^"]*)"', inside))

    action, asked = sent(alice.get(sheet).text)
    assert alice.post(action, data=asked).status_code == 303
    page = alice.get(sheet).text
    assert "Approval asked for · Alice" in page
    assert 'form="approval"' not in page
    refused = alice.post(f"/opportunities/{sale}/move", data={"from": "lead", "to": "first_contact"})
    assert refused.status_code == 422

    page = mei.get(sheet).text
    assert "Approve First contact at €1" in page
    action, given = sent(page)
    assert mei.post(action, data=given).status_code == 303
    assert 'form="approval"' not in alice.get(sheet).text
    moved = alice.post(f"/opportunities/{sale}/move", data={"from": "lead", "to": "first_contact"})
    assert moved.status_code == 303


def test_a_manager_approves_where_it_is_asked_for(
    screens: Browser, database: Database, cast: Cast, add: Add
) -> None:
    insist_on_approval(database)
    (sale,) = add(cast.alice)
    assert "Approve First contact" not in screens(cast.alice).get(f"/opportunities/{sale}").text
    assert "Approve First contact at €1" in screens(cast.mei).get(f"/opportunities/{sale}").text
    form = {"stage": "first_contact", "amount_cents": "100", "currency": "EUR"}
    assert screens(cast.mei).post(f"/opportunities/{sale}/approve", data=form).status_code == 303
    page = screens(cast.alice).get(f"/opportunities/{sale}").text
    assert "Everything it needs is there." in page
    assert "Approved: First contact" in page


def test_an_edit_is_all_or_nothing(screens: Browser, cast: Cast, add: Add) -> None:
    (sale,) = add(cast.alice)
    seen = {"from_cents": "100", "from_currency": "EUR", "currency": "EUR", "name": "Seals"}
    alice = screens(cast.alice)
    stale = {**seen, "from_cents": "99", "amount_cents": "7", "name": "Other"}
    assert alice.post(f"/opportunities/{sale}", data=stale).status_code == 422
    assert '<h1 dir="auto">Seals</h1>' in alice.get(f"/opportunities/{sale}").text
    assert (
        alice.post(f"/opportunities/{sale}", data={**seen, "amount_cents": "7", "name": "Two"}).status_code
        == 303
    )
    page = alice.get(f"/opportunities/{sale}").text
    assert '<h1 dir="auto">Two</h1>' in page
    assert "€7" in page


def test_what_an_edit_replaced_is_in_the_customers_history_and_can_be_restored(
    screens: Browser, database: Database, cast: Cast, add: Add
) -> None:
    (sale,) = add(cast.alice)
    alice = screens(cast.alice)
    seen = {"from_cents": "100", "from_currency": "EUR", "currency": "EUR", "amount_cents": "7.50"}
    alice.post(f"/opportunities/{sale}", data={**seen, "name": "Two", "competitor": "Kestrel"})
    alice.post(f"/opportunities/{sale}", data={"competitor": ""})
    with database.reading() as session:
        customer_id = session.get_one(Opportunity, sale).customer_id
    history = alice.get(f"/customers/{customer_id}/history").text
    assert "Name · Two" in history
    assert "<s>1</s> → 7.50" in history
    restore = history[history.index("Restore: Competitor") - 400 :]
    assert f'action="/opportunities/{sale}"' in history
    assert 'name="competitor" value="Kestrel"' in restore
    assert 'name="amount_cents"' not in history
    assert alice.post(f"/opportunities/{sale}", data={"competitor": "Kestrel"}).status_code == 303
    assert "Kestrel" in alice.get(f"/opportunities/{sale}").text


def test_an_amount_nobody_knows_yet_is_left_empty(
    screens: Browser, database: Database, cast: Cast, cafe: Customer
) -> None:
    new = {
        "opportunity_id": new_id(),
        "customer_id": cafe.id,
        "name": "Seals",
        "currency": "EUR",
        "stage": "lead",
    }
    assert screens(cast.alice).post("/opportunities", data={**new, "amount_cents": ""}).status_code == 303
    with database.reading() as session:
        assert session.get_one(Opportunity, new["opportunity_id"]).amount_cents == 0
