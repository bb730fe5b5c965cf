"""A contract in a stairwell: written, signed and sealed without a server, which then finds that the seal holds."""

from typing import Any

from server.database import Database
from server.models.contract import Contract, holds
from server.models.identity import new_id
from sync.apply import apply
from tests.cast import NOW
from tests.pwa.test_phone_host import Alice, alice, company
from tests.pwa.test_phone_pipeline import added, names

__all__ = ["alice", "company"]

STROKES = "m10 20 0 0 30 -40"
TEXTS = {
    "title": "Twelve “grinders”",
    "seller": "Zebra Ltd\nQuay 1",
    "buyer": "Harbour Café 港",
    "terms": "1.\n2.",
}


def written(alice: Alice, sale: str, **more: str) -> str:
    contract_id = new_id()
    form = {
        "contract_id": contract_id,
        "edition": "0",
        "amount_cents": "1575",
        "currency": "EUR",
        **TEXTS,
        **more,
    }
    answer = alice.post(f"/opportunities/{sale}/contracts", form)
    assert answer["headers"]["hx-replace-url"] == f"/opportunities/{sale}/contracts/{contract_id}"
    return contract_id


def sign(alice: Alice, sale: str, contract_id: str, **more: str) -> dict[str, Any]:
    form = {"edition": "1", "signer": "Ilse Ömer", "strokes": STROKES, **more}
    return alice.post(f"/opportunities/{sale}/contracts/{contract_id}/signature", form)


def test_it_is_signed_offline_and_the_server_finds_the_seal_to_hold(alice: Alice, company: Database) -> None:
    sale = added(alice)
    alice.post(f"/opportunities/{sale}/quotes", {
        "quote_id": (quote_id := new_id()), "edition": "0", "currency": "EUR", "line_product": "", "line_unit": "",
        "line_name": "Grinder", "line_quantity": "3", "line_price": "9.99", "line_discount": "12.5",
    })  # fmt: skip
    alice.post(f"/opportunities/{sale}/quotes/{quote_id}/answer", {"to": "accepted"})
    form = alice.get(f"/opportunities/{sale}/contracts/new?quote={quote_id}")["text"]
    assert 'name="amount_cents" value="26.22"' in form
    contract_id = written(alice, sale, quote_id=quote_id, amount_cents="26.22")
    place = {"latitude": "53.541301", "longitude": "-0.084100", "accuracy_m": "8"}
    signed = sign(alice, sale, contract_id, **place)
    assert all(
        text in signed["text"] for text in (STROKES, "The seal holds", "53.541301, −0.084100", "Grinder")
    )
    assert sign(alice, sale, contract_id)["status"] == 200, "a second tap"
    entries = alice.outbox()
    customer_id = entries[0]["args"]["customer_id"]
    assert "Signed by Ilse Ömer" in alice.get(f"/customers/{customer_id}?kind=contract")["text"]
    assert names(alice)[-2:] == ["contract.draft", "contract.sign"]
    for entry in entries:
        with company.writing() as session:
            apply(session, alice.user, entry["name"], entry["args"], NOW)
    with company.reading() as session:
        contract = session.get_one(Contract, contract_id)
    assert holds(contract)
    assert (contract.total_cents, contract.longitude_e6, contract.strokes) == (2622, -84100, STROKES)


def test_what_is_missing_is_said_here(alice: Alice) -> None:
    sale = added(alice)
    contract_id = written(alice, sale)
    wrong = sign(alice, sale, contract_id, signer="", strokes="")
    assert wrong["status"] == 422
    assert "Please sign in the field, or tick the line below it." in wrong["text"]
    assert "This is needed." in wrong["text"]
    stale = sign(alice, sale, contract_id, edition="2")
    assert "Somebody changed this in the meantime" in stale["text"]
    by_name = sign(alice, sale, contract_id, strokes="", by_name="yes")
    assert "The seal holds" in by_name["text"]
    assert names(alice) == ["opportunity.create", "contract.draft", "contract.sign"]


def test_a_draft_is_changed_cancelled_and_undone(alice: Alice) -> None:
    sale = added(alice)
    contract_id = written(alice, sale)
    form = alice.get(f"/opportunities/{sale}/contracts/new?contract={contract_id}")["text"]
    assert 'name="edition" value="1"' in form
    changed = {"contract_id": contract_id, "edition": "1", "amount_cents": "7", "currency": "EUR", **TEXTS}
    assert "€7" in alice.post(f"/opportunities/{sale}/contracts", changed)["text"]
    answer = f"/opportunities/{sale}/contracts/{contract_id}/answer"
    assert "Marked as sent" in alice.post(answer, {"to": "sent"})["text"]
    cancelled = alice.post(answer, {"to": "cancelled", "reason": "Sold"})["text"]
    assert all(text in cancelled for text in ("Contract cancelled", "Sold"))
    other = written(alice, sale)
    assert "Taken back" in alice.post(f"/contracts/{other}/withdraw", {"back": "/today"})["text"]
    assert names(alice)[-1] == "noop"
