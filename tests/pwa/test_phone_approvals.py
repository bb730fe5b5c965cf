"""Asking a manager for approval in a stairwell."""

import pytest

from server.database import Database
from server.models.pipeline import DEFAULT_PIPELINE, Pipeline
from tests.pwa.test_phone_host import Alice, alice, company
from tests.pwa.test_phone_pipeline import added, names

__all__ = ["alice", "company", "insisting"]


@pytest.fixture(scope="module", autouse=True)
def insisting(company: Database) -> None:
    with company.writing() as session:
        pipeline = session.get_one(Pipeline, DEFAULT_PIPELINE)
        asks = {"first_contact": ["approval"]}
        pipeline.stages = [
            one | {"required": asks.get(one["key"], one["required"])} for one in pipeline.stages
        ]


def test_an_approval_is_asked_for_without_a_signal_and_lapses_with_its_amount(alice: Alice) -> None:
    opportunity_id = added(alice, amount_cents="50")
    wanted = {"stage": "first_contact", "amount_cents": "5000", "currency": "EUR"}
    stale = alice.post(f"/opportunities/{opportunity_id}/ask", {**wanted, "amount_cents": "1"})
    assert "Somebody changed this in the meantime" in stale["text"]
    asked = alice.post(f"/opportunities/{opportunity_id}/ask", wanted)["text"]
    assert all(text in asked for text in ("<span>Approval asked for</span>", "Approval asked for · Alice"))
    assert "Ask for approval" not in asked
    assert names(alice) == ["opportunity.create", "opportunity.ask"]
    edit = {
        "name": "Seals",
        "from_cents": "5000",
        "from_currency": "EUR",
        "amount_cents": "70",
        "currency": "EUR",
    }
    alice.post(f"/opportunities/{opportunity_id}", edit)
    lapsed = alice.get(f"/opportunities/{opportunity_id}")["text"]
    assert "Approval was asked for at €50, which has changed." in lapsed
    assert "Ask for approval" in lapsed
    again = {**wanted, "amount_cents": "7000"}
    assert "which has changed" not in alice.post(f"/opportunities/{opportunity_id}/ask", again)["text"]
