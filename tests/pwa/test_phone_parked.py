"""What was sold and could not be applied: edited in the form it came from, and sent again."""

from typing import Any

import pytest

from server.models.identity import new_id
from tests.pwa.test_phone_contracts import TEXTS, written
from tests.pwa.test_phone_edited import Sent, post
from tests.pwa.test_phone_host import HARBOUR_CAFE, Alice, alice, company
from tests.pwa.test_phone_pipeline import added
from tests.pwa.test_phone_quotes import GRINDER, answer, grinder, lines, save

__all__ = ["alice", "company", "grinder"]


def parked(alice: Alice, name: str, why: str) -> str:
    """The latest of this name, with the path of its form."""
    seq = [entry["seq"] for entry in alice.outbox() if entry["name"] == name][-1]
    alice.phone.park(alice.user.id, seq, "conflict", why)
    path = f"/outbox/{seq}/edit"
    assert path in alice.get("/outbox")["text"]
    form = alice.get(path)
    assert why in form["text"]
    return path


def sent_anew(alice: Alice, path: str, form: dict[str, Any]) -> dict[str, Any]:
    post(alice, path, form)
    changes = [change for change in alice.outbox() if change["name"] not in ("entry.withdraw", "noop")]
    return max(changes, key=lambda change: int(change["seq"]))


def test_a_quote_is_edited_over_the_edition_there_is(alice: Alice) -> None:
    sale, quote_id = added(alice), new_id()
    save(alice, sale, quote_id)
    save(alice, sale, quote_id, edition=1, quantity="3")
    path = parked(alice, "quote.save", "Somebody changed this in the meantime.")
    form = alice.get(path)["text"]
    assert all(
        text in form for text in ('name="line_quantity" value="3"', 'name="edition" value="1"', "Grinder")
    )
    told = {"quote_id": quote_id, "edition": "1", "currency": "EUR"}
    wrong = alice.post(path, {**told, **lines(quantity="many")})
    assert wrong["status"] == 422
    assert "This must be a number." in wrong["text"]
    again = sent_anew(alice, path, {**told, **lines(quantity="4")})
    assert (again["name"], again["args"]["edition"], again["args"]["lines"][0]["quantity"]) == (
        "quote.save",
        1,
        4,
    )


def test_what_was_sent_meanwhile_stays_and_this_becomes_another_quote(alice: Alice) -> None:
    sale, quote_id = added(alice), new_id()
    save(alice, sale, quote_id)
    save(alice, sale, quote_id, edition=1, quantity="3")
    path = parked(alice, "quote.save", "This was sent in the meantime.")
    answer(alice, sale, quote_id, "sent")
    form = alice.get(path)["text"]
    assert 'name="edition" value="0"' in form
    assert quote_id not in form


def test_a_contract_an_order_and_a_payment_are_edited_too(alice: Alice) -> None:
    sale, quote_id, order_id = added(alice), new_id(), new_id()
    save(alice, sale, quote_id)
    answer(alice, sale, quote_id, "accepted")
    order = f"/opportunities/{sale}/orders"
    alice.post(order, {"order_id": order_id, "quote_id": quote_id, "placed_on": "2026-11-20"})
    paid = {"payment_id": new_id(), "kind": "received", "on": "2026-11-22", "amount_cents": "500"}
    alice.post(f"{order}/{order_id}/payments", paid)
    path = parked(alice, "payment.receive", "An order keeps at most 200 payments.")
    assert 'name="amount_cents" type="text" value="500"' in alice.get(path)["text"]
    again = sent_anew(alice, path, {"received_on": "2026-11-21", "amount_cents": "400", "note": "Cash"})
    of = {"payment_id": paid["payment_id"], "order_id": order_id}
    assert again["args"] == {**of, "received_on": "2026-11-21", "amount_cents": 40_000, "note": "Cash"}
    path = parked(alice, "order.place", "There is an order of this quote.")
    again = sent_anew(alice, path, {"placed_on": "2026-11-24", "note": ""})
    assert again["args"] == {"order_id": order_id, "quote_id": quote_id, "placed_on": "2026-11-24"}
    contract_id = written(alice, sale)
    path = parked(alice, "contract.draft", "Only an accepted quote becomes a contract.")
    form = {"contract_id": contract_id, "edition": "0", "amount_cents": "7", "currency": "EUR", **TEXTS}
    assert sent_anew(alice, path, form)["args"]["total_cents"] == 700


SOLD = {"quote.save", "quote.decline", "contract.draft", "contract.cancel"}
SOLD |= {"order.place", "payment.expect", "payment.receive"}
QUOTE = {
    "currency": "EUR",
    "line_product": [GRINDER, ""],
    "line_name": ["Grinder", "Setting it up, “once”"],
    "line_unit": ["piece", ""],
    "line_quantity": ["3", "100000"],
    "line_price": ["1234.50", "0"],
    "line_discount": ["12.5", ""],
    "note": "Two\r\nlines",
    "valid_until": "2026-12-24",
}


def all_sold(alice: Alice) -> list[dict[str, Any]]:
    """The entries: one of each kind, changes of a draft, and a contract of a quote besides one for an amount."""
    sale, quote_id, changed_id, declined_id, order_id = added(alice), *(new_id() for _ in range(4))
    path = f"/opportunities/{sale}"
    save(alice, sale, quote_id)
    answer(alice, sale, quote_id, "accepted")
    save(alice, sale, changed_id)
    before = len(alice.outbox())
    post(alice, f"{path}/quotes", {**QUOTE, "quote_id": changed_id, "edition": "1"})
    post(alice, f"{path}/quotes", {**QUOTE, "quote_id": "{new}", "edition": "0"})
    written(alice, sale, quote_id=quote_id, amount_cents="1800")
    written(alice, sale, amount_cents="9999999999.99", currency="CNY")
    placed = {"order_id": order_id, "quote_id": quote_id, "placed_on": "2026-11-20", "note": "By ship"}
    post(alice, f"{path}/orders", placed)
    for kind in ("expected", "received"):
        paid = {"payment_id": "{new}", "kind": kind, "on": "2026-11-22", "amount_cents": "1234567.89"}
        post(alice, f"{path}/orders/{order_id}/payments", {**paid, "note": "“Half” of\r\nit"})
    save(alice, sale, declined_id)
    answer(alice, sale, declined_id, "sent")
    post(alice, f"{path}/quotes/{declined_id}/answer", {"to": "declined", "reason": "Too\r\ndear"})
    contract = f"{path}/contracts/{written(alice, sale)}"
    for told in ({"to": "sent"}, {"to": "cancelled", "reason": "They merged"}):
        post(alice, f"{contract}/answer", told)
    return alice.outbox()[before:]


@pytest.mark.parametrize("is_here", [True, False], ids=["on the phone", "gone"])
def test_an_untouched_form_sends_what_was_sold_as_it_was_saved(alice: Alice, is_here: bool) -> None:
    entries = all_sold(alice)
    entries = [entry for entry in entries if entry["name"] in SOLD]
    assert {entry["name"] for entry in entries} == SOLD
    for entry in entries:
        alice.phone.park(alice.user.id, entry["seq"], "invalid", "Look at this.")
    if not is_here:
        alice.phone.lose(alice.user.id, HARBOUR_CAFE)
    for entry in entries:
        path = f"/outbox/{entry['seq']}/edit"
        again = sent_anew(alice, path, Sent(alice.get(path)["text"]).fields)
        assert again["args"] == entry["args"], entry["name"]
