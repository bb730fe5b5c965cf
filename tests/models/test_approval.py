"""Asking for an approval, the answer, and what becomes of a question that nobody needs answered any more."""

from typing import Any

import pytest

from server.database import Database
from server.models.approval import open_request
from server.models.customer import Customer
from server.models.opportunity import Opportunity
from server.models.refusal import NotAllowed
from tests.cast import NOW, Cast
from tests.models.test_opportunity import deal, move
from tests.models.test_quote import refusal
from tests.sync.conftest import Do


@pytest.fixture
def wanted(cast: Cast, do: Do, harbour_cafe: Customer) -> dict[str, Any]:
    deal_id = deal(do, cast.alice, harbour_cafe, amount_cents=5000)
    return {"opportunity_id": deal_id, "stage": "contract", "amount_cents": 5000, "currency": "EUR"}


def kept(database: Database, wanted: dict[str, Any]) -> Opportunity:
    with database.reading() as session:
        return session.get_one(Opportunity, wanted["opportunity_id"])


def test_a_question_is_asked_once_and_answered_by_a_manager(
    database: Database, cast: Cast, do: Do, wanted: dict[str, Any]
) -> None:
    for _ in range(2):
        do(cast.alice, "opportunity.ask", wanted)
    [asked] = kept(database, wanted).approval_requests
    assert (asked["by"], asked["stage"]) == (cast.alice.id, "contract")
    with pytest.raises(NotAllowed):
        do(cast.alice, "opportunity.decline", {**wanted, "note": "No"})
    for _ in range(2):
        do(cast.mei, "opportunity.decline", {**wanted, "note": "Less discount"})
    declined = kept(database, wanted)
    assert (declined.approval_answered_at, declined.approvals) == (NOW, [])
    assert declined.approval_requests[0]["note"] == "Less discount"
    assert refusal(do, cast.mei, "opportunity.decline", {**wanted, "note": "Other words"}).code == "conflict"
    do(cast.alice, "opportunity.ask", wanted)
    do(cast.mei, "opportunity.approve", {**wanted, "note": "Well done"})
    answers = [one["answer"] for one in kept(database, wanted).approval_requests]
    assert answers == ["declined", "given"]
    assert kept(database, wanted).approvals[0]["note"] == "Well done"
    do(cast.alice, "opportunity.ask", wanted)
    assert len(kept(database, wanted).approval_requests) == 2, "it is approved"


def test_a_question_lapses_with_its_amount_and_its_stage(
    database: Database, cast: Cast, do: Do, wanted: dict[str, Any]
) -> None:
    do(cast.alice, "opportunity.ask", wanted)
    other = {"opportunity_id": wanted["opportunity_id"], "from_cents": 5000, "from_currency": "EUR"}
    do(cast.alice, "opportunity.revalue", {**other, "amount_cents": 9000, "currency": "EUR"})
    assert open_request(kept(database, wanted)) is None
    assert refusal(do, cast.alice, "opportunity.ask", wanted).detail["current"] == [9000, "EUR"]
    do(cast.alice, "opportunity.ask", {**wanted, "amount_cents": 9000})
    assert open_request(kept(database, wanted)) is not None
    do(cast.alice, "opportunity.move", move(wanted["opportunity_id"], "lead", "lost", lost_reason="Price"))
    assert open_request(kept(database, wanted)) is None
