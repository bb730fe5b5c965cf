"""The pipeline in a stairwell: added, refused, put right and moved without a server, and all of it said at once."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from server.database import Database
from server.models.identity import new_id
from server.models.opportunity import Opportunity
from server.models.pipeline import DEFAULT_PIPELINE, Pipeline
from server.models.product import Product
from sync.apply import apply
from tests.cast import NOW
from tests.pwa.test_phone_host import HARBOUR_CAFE, Alice, alice, company

__all__ = ["alice", "company"]

NEW = {
    "customer_id": HARBOUR_CAFE,
    "name": "Seals 2027",
    "amount_cents": "0",
    "currency": "EUR",
    "stage": "lead",
}


@pytest.fixture
def talks(company: Database) -> Iterator[None]:
    """First contact is made by telephone, while this lasts."""
    with company.writing() as session:
        pipeline = session.get_one(Pipeline, DEFAULT_PIPELINE)
        before = pipeline.stages
        pipeline.stages = [
            {**stage, **({"required": ["call"]} if stage["key"] == "first_contact" else {})}
            for stage in before
        ]
    yield
    with company.writing() as session:
        session.get_one(Pipeline, DEFAULT_PIPELINE).stages = before


SERVICE = "0197b5a0-0000-7000-8000-00000000005e"


@pytest.fixture
def service(company: Database) -> Iterator[None]:
    """Contracts are renewed through stages of their own, while this lasts."""
    with company.writing() as session:
        usual = session.get_one(Pipeline, DEFAULT_PIPELINE).stages
        due = {**usual[0], "key": "due", "name": "To renew"}
        stages = [due, *(stage for stage in usual if stage["key"] in ("quote", "won", "lost"))]
        session.add(Pipeline(id=SERVICE, name="Service", position=2, stages=stages))
    yield
    with company.writing() as session:
        session.delete(session.get_one(Pipeline, SERVICE))


@pytest.fixture
def priced(company: Database, priced_in: tuple[str, ...]) -> Iterator[None]:
    """What is sold has its price in these currencies, while this lasts."""
    ids = [new_id() for _ in priced_in]
    with company.writing() as session:
        for product_id, currency in zip(ids, priced_in, strict=True):
            session.add(Product(id=product_id, name=currency, price_cents=1, currency=currency))
    yield
    with company.writing() as session:
        for product_id in ids:
            session.delete(session.get_one(Product, product_id))


def added(alice: Alice, **more: str) -> str:
    opportunity_id = new_id()
    answer = alice.post("/opportunities", {**NEW, "opportunity_id": opportunity_id, **more})
    assert answer["headers"]["hx-replace-url"] == f"/opportunities/{opportunity_id}"
    assert "Opportunity saved" in answer["text"]
    return opportunity_id


def move(alice: Alice, opportunity_id: str, to: str, **more: str) -> dict[str, Any]:
    return alice.post(f"/opportunities/{opportunity_id}/move", {"from": "lead", "to": to, **more})


def names(alice: Alice) -> list[str]:
    return [entry["name"] for entry in alice.outbox()]


def test_a_new_one_is_on_its_page_on_the_customer_and_on_the_board_at_once(alice: Alice) -> None:
    opportunity_id = added(alice, amount_cents="48.200,50")
    for path in (f"/opportunities/{opportunity_id}", f"/customers/{HARBOUR_CAFE}", "/pipeline"):
        page = alice.get(path)["text"]
        assert "Seals 2027" in page, path
        assert "€48,200.50" in page, path
    [entry] = alice.outbox()
    assert (entry["name"], entry["args"]["amount_cents"]) == ("opportunity.create", 4_820_050)


@pytest.mark.parametrize("priced_in", [("USD",), ("EUR", "USD")])
def test_a_new_one_is_in_what_is_sold_in(priced: None, alice: Alice, priced_in: tuple[str, ...]) -> None:
    form = alice.get(f"/opportunities/new?customer={HARBOUR_CAFE}")["text"]
    assert f"selected>{priced_in[0]}<" in form, "the language's own, where there is a price in it"


@pytest.mark.usefixtures("service")
def test_another_pipeline_is_chosen_while_typing_worked_in_and_gone_back_to(alice: Alice) -> None:
    new = f"/opportunities/new?customer={HARBOUR_CAFE}"
    typed = {**NEW, "opportunity_id": new_id(), "pipeline_id": DEFAULT_PIPELINE, "stage": "lead"}
    alice.phone.draft(alice.user.id, new, {name: [value] for name, value in typed.items()})
    form = alice.get(f"{new}&pipeline={SERVICE}")["text"]
    assert 'value="Seals 2027"' in form
    assert f'name="pipeline_id" value="{SERVICE}"' in form
    assert '<option value="due" selected>To renew</option>' in form
    opportunity_id = added(alice, pipeline_id=SERVICE, stage="due")
    assert "Seals 2027" not in alice.get("/pipeline")["text"]
    page = alice.get(f"/opportunities/{opportunity_id}")["text"]
    assert f'href="/pipeline?pipeline={SERVICE}"' in page
    refused = alice.post(f"/opportunities/{opportunity_id}/move", {"from": "due", "to": "quote"})
    assert "Quote has to wait: the amount is missing." in refused["text"]
    told = {"from": "due", "to": "quote", "amount_cents": "2400"}
    assert "To renew → Quote" in alice.post(f"/opportunities/{opportunity_id}/move", told)["text"]
    board = alice.get(f"/pipeline?pipeline={SERVICE}&customer_type=Dealer")["text"]
    assert f'href="/pipeline?pipeline={DEFAULT_PIPELINE}&amp;customer_type=Dealer"' in board
    assert "Seals 2027" in alice.get(f"/pipeline?pipeline={SERVICE}")["text"]


def test_a_filter_that_finds_nothing_says_so_on_a_narrow_screen_too(alice: Alice) -> None:
    added(alice)
    found = alice.get("/pipeline?closing=past")["text"]
    assert "Nothing here" in found
    assert ' bare"' not in found
    assert ' bare"' in alice.get("/pipeline")["text"]


def test_where_a_file_is_asked_for_its_button_is_one_tap_away(alice: Alice) -> None:
    opportunity_id = added(alice, stage="quote", amount_cents="5")
    sheet = alice.get(f"/opportunities/{opportunity_id}/move?to=contract")["text"]
    assert "a quote signed on paper is missing" in sheet
    assert f'href="/opportunities/{opportunity_id}#files-title"' in sheet
    assert "/visits/new?customer" not in sheet
    assert 'id="files-title"' in alice.get(f"/opportunities/{opportunity_id}")["text"]


def test_an_amount_nobody_knows_yet_is_left_empty(alice: Alice) -> None:
    opportunity_id = added(alice, amount_cents=" ")
    assert alice.outbox()[0]["args"]["amount_cents"] == 0
    assert "€0" in alice.get(f"/opportunities/{opportunity_id}")["text"]


def test_an_amount_that_is_too_large_is_said_to_be_and_not_to_be_no_number(alice: Alice) -> None:
    """Of fourteen digits it is a number that is kept, of more it is one as well."""
    added(alice, amount_cents="10.000.000.000.000")
    assert alice.outbox()[0]["args"]["amount_cents"] == 10**15
    opportunity_id = added(alice)
    for typed in ("10,000,000,000,000.01", "123456789012345678"):
        wrong = move(alice, opportunity_id, "quote", amount_cents=typed)
        assert wrong["status"] == 422
        assert "This must be at most 10000000000000." in wrong["text"]
        assert f'value="{typed}"' in wrong["text"]


def test_a_move_is_refused_here_as_it_would_be_there_and_nothing_is_saved(alice: Alice) -> None:
    opportunity_id = added(alice)
    sheet = alice.get(f"/opportunities/{opportunity_id}/move?to=needs_confirmed")["text"]
    assert "a visit is missing" in sheet
    refused = move(alice, opportunity_id, "needs_confirmed", note="Was there in the morning")
    assert refused["status"] == 422
    assert "Needs confirmed has to wait: a visit is missing." in refused["text"]
    assert "Was there in the morning" in refused["text"]
    assert names(alice) == ["opportunity.create"]


def test_a_visit_that_still_waits_to_be_sent_counts_and_a_call_is_none(alice: Alice) -> None:
    opportunity_id = added(alice)
    call = {"visit_id": new_id(), "customer_id": HARBOUR_CAFE, "kind": "call", "outcome": "interested"}
    alice.post("/activities", {**call, "started_at": "2026-11-23T07:50:00.000Z", "next_step": "none"})
    assert move(alice, opportunity_id, "needs_confirmed")["status"] == 422
    alice.log_visit("Looked at line 2")
    moved = move(alice, opportunity_id, "needs_confirmed", note="They want two")
    assert moved["status"] == 200
    assert "Lead → Needs confirmed" in moved["text"]
    assert "They want two" in moved["text"]
    assert names(alice) == ["opportunity.create", "activity.log", "visit.log", "opportunity.move"]


def test_a_second_tap_moves_nothing_more(alice: Alice) -> None:
    opportunity_id = added(alice)
    for _ in range(2):
        assert move(alice, opportunity_id, "quote", amount_cents="5")["status"] == 200
    assert names(alice) == ["opportunity.create", "opportunity.move"]
    assert "Opportunity moved · Harbour Café · Seals 2027 → Quote" in alice.get("/outbox")["text"]


def test_a_page_from_before_a_move_does_not_overwrite_it(alice: Alice) -> None:
    opportunity_id = added(alice)
    move(alice, opportunity_id, "first_contact")
    late = move(alice, opportunity_id, "quote", amount_cents="5")
    assert late["status"] == 422
    assert "Somebody changed this in the meantime" in late["text"]


def test_a_move_that_somebody_was_faster_with_says_which_it_was_and_leads_there(alice: Alice) -> None:
    opportunity_id = added(alice)
    move(alice, opportunity_id, "first_contact")
    alice.phone.park(alice.user.id, alice.outbox()[-1]["seq"], "conflict", "Please look and decide.")
    page = alice.get("/outbox")["text"]
    assert "Opportunity moved · Harbour Café · Seals 2027" in page
    assert page.count(f'href="/opportunities/{opportunity_id}"') == 1


def test_an_edit_says_only_what_was_changed_and_guards_the_amount(alice: Alice) -> None:
    opportunity_id = added(alice)
    seen = {"name": "Seals 2027", "currency": "EUR", "from_cents": "0", "from_currency": "EUR"}
    path = f"/opportunities/{opportunity_id}"
    alice.post(path, {**seen, "amount_cents": "0", "expected_close_on": "2026-12-24"})
    alice.post(path, {**seen, "amount_cents": "7", "expected_close_on": "2026-12-24"})
    alice.post(path, {**seen, "amount_cents": "7", "from_cents": "700", "expected_close_on": "2026-12-24"})
    first, second = alice.outbox()[1:]
    assert (first["name"], first["args"]["fields"]) == (
        "opportunity.edit",
        {"expected_close_on": "2026-12-24"},
    )
    assert (second["name"], second["args"]["from_cents"], second["args"]["amount_cents"]) == (
        "opportunity.revalue", 0, 700,
    )  # fmt: skip
    stale = alice.post(path, {**seen, "amount_cents": "9", "from_cents": "0"})
    assert stale["status"] == 422


def test_what_the_phone_let_through_the_server_applies(alice: Alice, company: Database) -> None:
    opportunity_id = added(alice)
    alice.log_visit("Looked at line 2")
    move(alice, opportunity_id, "needs_confirmed")
    alice.post(
        f"/opportunities/{opportunity_id}/move",
        {"from": "needs_confirmed", "to": "lost", "lost_reason": "Price", "competitor": "Kestrel"},
    )
    for entry in alice.outbox():
        with company.writing() as session:
            apply(session, alice.user, entry["name"], entry["args"], NOW)
    with company.reading() as session:
        row = session.get_one(Opportunity, opportunity_id)
    assert (row.stage, row.lost_reason, row.competitor) == ("lost", "Price", "Kestrel")
    assert [one["to"] for one in row.moves] == ["needs_confirmed", "lost"]
    assert "Price" in alice.get(f"/opportunities/{opportunity_id}")["text"]


def test_why_it_was_lost_is_said_while_it_is_lost_and_asked_for_anew_with_what_was_said(alice: Alice) -> None:
    opportunity_id = added(alice)
    why = {"lost_reason": "Too dear", "competitor": "Kestrel"}
    alice.post(f"/opportunities/{opportunity_id}/move", {"from": "lead", "to": "lost", **why})
    page = alice.get(f"/opportunities/{opportunity_id}")["text"]
    assert "Too dear" in page
    assert re.findall(r'<li class="done"><a [^>]*>([^<]*)', page) == ["Lead"]
    alice.post(f"/opportunities/{opportunity_id}/move", {"from": "lost", "to": "lead"})
    page = alice.get(f"/opportunities/{opportunity_id}")["text"]
    assert "Too dear" not in page
    assert "Kestrel" in page
    sheet = alice.get(f"/opportunities/{opportunity_id}/move?to=lost")["text"]
    for name, said in why.items():
        assert re.search(f'name="{name}"[^>]* value="{said}"', sheet)


def test_a_sheet_says_which_of_its_fields_the_stage_does_not_insist_on(alice: Alice) -> None:
    sheet = alice.get(f"/opportunities/{added(alice)}/move?to=lost")["text"]
    assert '<label for="lost_reason">Why it was lost</label>' in sheet
    assert '<label for="competitor">Competitor <small>optional</small></label>' in sheet
    assert re.findall(r'name="(\w+)"[^>]* aria-required', sheet) == ["lost_reason"]


def test_a_call_that_a_stage_asks_for_is_one_tap_from_its_sheet(talks: None, alice: Alice) -> None:
    opportunity_id = added(alice)
    sheet = alice.get(f"/opportunities/{opportunity_id}/move?to=first_contact")["text"]
    assert "a call is missing" in sheet
    assert f'href="/activities/new?customer={HARBOUR_CAFE}&amp;kind=call"' in sheet
    assert move(alice, opportunity_id, "first_contact")["status"] == 422
    call = {"visit_id": new_id(), "customer_id": HARBOUR_CAFE, "kind": "call"}
    alice.post("/activities", {**call, "started_at": "2026-11-23T07:50:00.000Z"})
    assert "Moved" in move(alice, opportunity_id, "first_contact")["text"]
    assert names(alice) == ["opportunity.create", "activity.log", "opportunity.move"]
