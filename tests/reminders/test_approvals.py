"""The manager hears who asks for an approval, and who asked hears the answer: each once, on the way they chose."""

from datetime import timedelta
from typing import Any

import pytest

from server.database import Database
from server.models.customer import Customer
from server.reminders.due import KINDS, find_due
from server.reminders.person import reachable
from server.reminders.wording import said
from tests.cast import Cast
from tests.models.test_opportunity import LATER, deal
from tests.reminders.test_due import MORNING

DAY = timedelta(days=1)


@pytest.fixture
def wanted(cast: Cast, do: Any, harbour_cafe: Customer, listens: Any) -> dict[str, Any]:
    listens(cast.alice)
    listens(cast.mei)
    deal_id = deal(do, cast.alice, harbour_cafe, amount_cents=5000)
    return {"opportunity_id": deal_id, "stage": "contract", "amount_cents": 5000, "currency": "EUR"}


def heard(database: Database, settings: Any) -> list[tuple[str, str, str, str]]:
    with database.reading() as session:
        found = find_due(session, reachable(session, settings, MORNING), MORNING)
        spoken = [(one.person.user.name, said(one.kind.name, one.rows, one.person, MORNING)) for one in found]
    return [(name, message.title, message.body, message.path) for name, message in spoken]


def test_the_manager_hears_and_then_who_asked(
    cast: Cast, do: Any, wanted: dict[str, Any], told_at: Any, database: Database, settings: Any
) -> None:
    path = f"/opportunities/{wanted['opportunity_id']}"
    do(cast.alice, "opportunity.ask", wanted)
    assert heard(database, settings) == [("Mei", "Grinder", "Alice asks for approval · Harbour Café", path)]
    assert told_at(MORNING) == [("Mei", "approval", (wanted["opportunity_id"],))]
    assert told_at(MORNING) == []
    do(cast.mei, "opportunity.decline", {**wanted, "note": "Less discount"})
    assert heard(database, settings) == [("Alice", "Grinder", "Not approved · Less discount", path)]
    assert told_at(MORNING) == [("Alice", "answered", (wanted["opportunity_id"],))]
    do(cast.alice, "opportunity.ask", wanted, LATER)
    assert told_at(MORNING) == [("Mei", "approval", (wanted["opportunity_id"],))]
    do(cast.mei, "opportunity.approve", wanted, LATER)
    assert [(name, body) for name, _, body, _ in heard(database, settings)] == [("Alice", "Approved")]


def test_who_was_away_for_weeks_hears_the_answer(
    cast: Cast, do: Any, wanted: dict[str, Any], told_at: Any
) -> None:
    """No list says it."""
    do(cast.alice, "opportunity.ask", wanted)
    do(cast.mei, "opportunity.approve", wanted)
    told = [kind for _, kind, _ in told_at(MORNING + 28 * DAY)]
    assert "answered" not in told
    told = [(name, kind) for name, kind, _ in told_at(MORNING + 25 * DAY)]
    assert ("Alice", "answered") in told


def test_no_push_service_is_asked_to_keep_a_message_for_longer_than_any_does() -> None:
    """That of Chrome refuses a message that is to be kept for more than four weeks."""
    assert max(kind.useful_days for kind in KINDS) + 1 <= 28


def test_what_lapsed_is_not_told(cast: Cast, do: Any, wanted: dict[str, Any], told_at: Any) -> None:
    do(cast.alice, "opportunity.ask", wanted)
    moved = {"opportunity_id": wanted["opportunity_id"], "from": "lead", "to": "lost", "lost_reason": "Price"}
    do(cast.alice, "opportunity.move", moved)
    assert told_at(MORNING) == []


def test_who_no_longer_sees_the_customer_does_not_hear_the_answer(
    cast: Cast, do: Any, wanted: dict[str, Any], told_at: Any, harbour_cafe: Customer
) -> None:
    do(cast.alice, "opportunity.ask", wanted)
    do(cast.mei, "opportunity.approve", wanted)
    do(
        cast.mei,
        "customer.assign",
        {"customer_id": harbour_cafe.id, "from": cast.alice.id, "to": cast.bob.id},
    )
    assert told_at(MORNING) == []
    do(cast.bob, "customer.share", {"customer_id": harbour_cafe.id, "user_id": cast.alice.id})
    told = {kind: what for _, kind, what in told_at(MORNING)}
    assert told == {"access": (harbour_cafe.id,), "answered": (wanted["opportunity_id"],)}
