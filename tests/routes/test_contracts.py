"""A contract is written, signed on the screen and sealed, without a phone's help."""

from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from server.database import Database
from server.models.contract import Contract, holds
from server.models.customer import Customer
from server.models.identity import new_id
from tests.cast import Cast
from tests.models.test_opportunity import deal
from tests.routes.around import Visitor
from tests.sync.conftest import Do

STROKES = "m10 20 0 0 30 -40 5 5m-5 6 0 0"
TEXTS = {
    "title": "Twelve grinders",
    "seller": "Zebra Ltd\nQuay 1",
    "buyer": "Harbour Café",
    "terms": "Paid within 30 days.",
}


@pytest.fixture
def deal_id(cast: Cast, do: Do, cafe: Customer) -> str:
    return deal(do, cast.alice, cafe)


@pytest.fixture
def alice(app: Litestar, database: Database, cast: Cast) -> TestClient[Any]:
    return Visitor(app, database, cast.alice).client


def written(alice: TestClient[Any], deal_id: str, **more: str) -> str:
    told = {
        "contract_id": new_id(),
        "edition": "0",
        "amount_cents": "1575",
        "currency": "EUR",
        **TEXTS,
        **more,
    }
    answer = alice.post(f"/opportunities/{deal_id}/contracts", data=told)
    assert answer.status_code == 303, answer.text
    return f"/opportunities/{deal_id}/contracts/{told['contract_id']}"


def kept(database: Database, path: str) -> Contract:
    with database.reading() as session:
        return session.get_one(Contract, path.rpartition("/")[2])


def test_a_contract_is_signed_and_its_page_shows_the_seal(
    alice: TestClient[Any], database: Database, cafe: Customer, deal_id: str
) -> None:
    path = written(alice, deal_id)
    page = alice.get(path).text
    assert all(text in page for text in ("Twelve grinders", "Quay 1", "Paid within 30 days.", "€1,575"))
    place = {"latitude": "53.55", "longitude": "-9.993682", "accuracy_m": "12"}
    form = {"edition": "1", "signer": "Ilse Ömer", "strokes": STROKES, **place}
    for _ in range(2):
        assert alice.post(f"{path}/signature", data=form).status_code == 303
    contract = kept(database, path)
    assert holds(contract)
    signed = alice.get(path).text
    told = (
        STROKES,
        "Ilse Ömer",
        "53.550000, −9.993682, to within 12 m",
        contract.seal or "?",
        "The seal holds",
    )
    assert all(text in signed for text in told)
    assert "Sign here" not in signed
    assert "Signed by Ilse Ömer" in alice.get(f"/customers/{cafe.id}?kind=contract").text
    assert "€1,575" in alice.get(f"/opportunities/{deal_id}").text


def test_what_was_changed_afterwards_breaks_the_seal(
    alice: TestClient[Any], database: Database, deal_id: str
) -> None:
    path = written(alice, deal_id)
    alice.post(f"{path}/signature", data={"edition": "1", "signer": "Ilse", "by_name": "yes"})
    with database.writing() as session:
        session.get_one(Contract, kept(database, path).id).total_cents += 1
    assert "The seal does not hold" in alice.get(path).text


def test_what_is_missing_is_said_where_one_signs_and_nothing_is_lost(
    alice: TestClient[Any], database: Database, deal_id: str
) -> None:
    path = written(alice, deal_id)
    empty = alice.post(f"{path}/signature", data={"edition": "1", "signer": "", "strokes": ""})
    assert empty.status_code == 422
    assert "Please sign in the field, or tick the line below it." in empty.text
    assert "This is needed." in empty.text
    nameless = alice.post(f"{path}/signature", data={"edition": "1", "signer": "", "strokes": STROKES})
    assert f'value="{STROKES}"' in nameless.text
    assert kept(database, path).signed_at is None
    wrong = alice.post(
        f"/opportunities/{deal_id}/contracts", data={"contract_id": new_id(), "edition": "0", "buyer": "Us"}
    )
    assert wrong.status_code == 422
    assert "Us</textarea>" in wrong.text


def test_nobody_signs_what_somebody_changed_meanwhile(
    alice: TestClient[Any], database: Database, cast: Cast, do: Do, deal_id: str
) -> None:
    path = written(alice, deal_id)
    contract_id = kept(database, path).id
    other = {
        "contract_id": contract_id,
        "opportunity_id": deal_id,
        "edition": 1,
        **TEXTS,
        "terms": "Paid today.",
    }
    do(cast.mei, "contract.draft", {**other, "total_cents": 1, "currency": "EUR"})
    answer = alice.post(f"{path}/signature", data={"edition": "1", "signer": "Ilse", "strokes": STROKES})
    assert answer.status_code == 422
    assert "Somebody changed this in the meantime" in answer.text
    stale = alice.post(
        f"/opportunities/{deal_id}/contracts",
        data={"contract_id": contract_id, "edition": "1", "amount_cents": "5", "currency": "EUR", **TEXTS},
    )
    assert stale.status_code == 422
    assert kept(database, path).signed_at is None


def test_a_contract_of_a_quote_has_its_lines_and_its_amount(
    alice: TestClient[Any], database: Database, cast: Cast, do: Do, deal_id: str
) -> None:
    quote_id = new_id()
    line = {"name": "Grinder", "quantity": 2, "unit_price_cents": 90_000}
    offer = {
        "quote_id": quote_id,
        "opportunity_id": deal_id,
        "edition": 0,
        "currency": "EUR",
        "lines": [line],
    }
    do(cast.alice, "quote.save", offer)
    do(cast.alice, "quote.accept", {"quote_id": quote_id})
    form = alice.get(f"/opportunities/{deal_id}/contracts/new?quote={quote_id}").text
    assert "Grinder" in form
    assert 'name="amount_cents" value="1800"' in form
    path = written(alice, deal_id, quote_id=quote_id, amount_cents="1800")
    assert kept(database, path).lines[0]["name"] == "Grinder"
    told = {
        "contract_id": new_id(),
        "edition": "0",
        "quote_id": quote_id,
        "amount_cents": "5",
        "currency": "EUR",
    }
    other = alice.post(f"/opportunities/{deal_id}/contracts", data={**told, **TEXTS})
    assert "The quote comes to another amount" in other.text


def test_a_draft_goes_and_what_the_customer_has_is_cancelled(
    alice: TestClient[Any], database: Database, deal_id: str
) -> None:
    gone, sent = written(alice, deal_id), written(alice, deal_id)
    assert alice.post(f"{gone}/answer", data={"to": "cancelled"}).status_code == 303
    assert alice.get(gone).status_code == 404
    assert alice.post(f"{sent}/answer", data={"to": "sent"}).status_code == 303
    assert "Take it back" not in alice.get(sent).text
    assert alice.post(f"{sent}/answer", data={"to": "cancelled", "reason": "Sold"}).status_code == 303
    assert all(text in alice.get(sent).text for text in ("Cancelled", "Sold"))
    refused = alice.post(f"{sent}/answer", data={"to": "sent"})
    assert "This contract was cancelled in the meantime." in refused.text


def test_the_terms_of_the_company_are_what_a_contract_begins_with(
    app: Litestar, alice: TestClient[Any], database: Database, cast: Cast, deal_id: str
) -> None:
    dora = Visitor(app, database, cast.dora).client
    form = {"name": "Zebra Ltd", "lines": "Quay 1", "terms": "Zebras are not returned."}
    assert dora.post("/letterhead", data=form).status_code == 303
    page = alice.get(f"/opportunities/{deal_id}/contracts/new").text
    assert all(text in page for text in ("Zebra Ltd\nQuay 1", "Zebras are not returned."))
