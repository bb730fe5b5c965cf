"""Contracts: what is signed is what was shown, once, and a stage that asks for one is content with it."""

from typing import Any

import pytest

from server.database import Database
from server.models.contract import CONTRACT_SENTENCES, Contract
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.pipeline import DEFAULT_PIPELINE, Pipeline, as_wire
from server.models.refusal import Invalid
from server.seal import seal_of
from server.translations import translator
from tests.cast import NOW, Cast
from tests.models.test_opportunity import deal, missing, move
from tests.models.test_quote import refusal
from tests.sync.conftest import Do

SIGNED = {"signer": "Ilse", "signed_at": "2026-11-23T08:00:00.000Z", "strokes": "m1 2 3 4"}
TEXTS = {"title": "Grinders", "seller": "Zebra Ltd", "buyer": "Café", "terms": "As agreed"}


@pytest.fixture
def deal_id(cast: Cast, do: Do, harbour_cafe: Customer) -> str:
    return deal(do, cast.alice, harbour_cafe)


def draft(deal_id: str, **more: Any) -> dict[str, Any]:
    told = {"contract_id": new_id(), "opportunity_id": deal_id, "edition": 0, **TEXTS}
    return {**told, "total_cents": 500, "currency": "EUR", **more}


def kept(database: Database, contract_id: str) -> Contract:
    with database.reading() as session:
        return session.get_one(Contract, contract_id)


def signature(database: Database, contract_id: str, **more: Any) -> dict[str, Any]:
    said = {**SIGNED, **more}
    seal = seal_of(as_wire(kept(database, contract_id)) | said)
    return {"contract_id": contract_id, "edition": 1, **said, "seal": seal}


def test_a_signature_is_for_what_was_on_the_screen(
    database: Database, cast: Cast, do: Do, deal_id: str
) -> None:
    made = draft(deal_id)
    do(cast.alice, "contract.draft", made)
    args = signature(database, made["contract_id"])
    for tampered in ({"signer": "Otto"}, {"strokes": "m1 2 3 5"}, {"seal": "0" * 64}):
        refused = refusal(do, cast.alice, "contract.sign", {**args, **tampered})
        assert refused.code == "conflict"
        assert refused.said(translator("en")) == CONTRACT_SENTENCES["other_text"]
    do(cast.alice, "contract.sign", args)
    do(cast.alice, "contract.sign", args)
    assert kept(database, made["contract_id"]).sent_at == NOW
    again = signature(database, made["contract_id"], signer="Otto")
    assert refusal(do, cast.alice, "contract.sign", again).detail["current"] == "signed"
    late = {**made, "edition": 1, "terms": "Ours"}
    assert refusal(do, cast.alice, "contract.draft", late).detail["current"] == "signed"


def test_who_draws_nothing_says_that_the_name_stands_for_it(
    database: Database, cast: Cast, do: Do, deal_id: str
) -> None:
    made = draft(deal_id)
    do(cast.alice, "contract.draft", made)
    args = signature(database, made["contract_id"], strokes=None)
    with pytest.raises(Invalid):
        do(cast.alice, "contract.sign", args)
    do(cast.alice, "contract.sign", {**args, "by_name": "yes"})
    assert kept(database, made["contract_id"]).strokes is None


def test_a_stage_that_asks_for_a_signed_contract_has_it(
    database: Database, cast: Cast, do: Do, deal_id: str
) -> None:
    with database.writing() as session:
        pipeline = session.get_one(Pipeline, DEFAULT_PIPELINE)
        asks = {"quote": ["signed_contract"]}
        pipeline.stages = [stage | {"required": asks.get(stage["key"], [])} for stage in pipeline.stages]
    to_quote = move(deal_id, "lead", "quote")
    made = draft(deal_id)
    do(cast.alice, "contract.draft", made)
    assert missing(do, cast.alice, to_quote) == ["signed_contract"]
    do(cast.alice, "contract.sign", signature(database, made["contract_id"]))
    do(cast.alice, "contract.cancel", {"contract_id": made["contract_id"], "reason": "Sold"})
    assert missing(do, cast.alice, to_quote) == ["signed_contract"]
    other = draft(deal_id)
    do(cast.alice, "contract.draft", other)
    do(cast.alice, "contract.sign", signature(database, other["contract_id"]))
    do(cast.alice, "opportunity.move", to_quote)


def test_only_an_accepted_quote_of_the_same_opportunity_becomes_one(
    cast: Cast, do: Do, harbour_cafe: Customer, deal_id: str
) -> None:
    quote_id, other = new_id(), deal(do, cast.alice, harbour_cafe)
    line = {"name": "Grinder", "quantity": 5, "unit_price_cents": 100}
    offer = {
        "quote_id": quote_id,
        "opportunity_id": deal_id,
        "edition": 0,
        "currency": "EUR",
        "lines": [line],
    }
    do(cast.alice, "quote.save", offer)
    args = draft(deal_id, quote_id=quote_id)
    assert refusal(do, cast.alice, "contract.draft", args).code == "conflict"
    do(cast.alice, "quote.accept", {"quote_id": quote_id})
    assert refusal(do, cast.alice, "contract.draft", draft(other, quote_id=quote_id)).code == "not_allowed"
    do(cast.alice, "contract.draft", args)
    do(cast.alice, "contract.draft", args)
