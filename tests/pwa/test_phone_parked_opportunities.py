"""What was done to an opportunity and could not be applied: edited and sent again, over what is there now."""

import json
from typing import Any

import pytest

from server.models.identity import new_id
from server.models.pipeline import DEFAULT_PIPELINE
from tests.pwa.test_phone_edited import Sent, post
from tests.pwa.test_phone_host import HARBOUR_CAFE, Alice, alice, company
from tests.pwa.test_phone_parked import parked, sent_anew
from tests.pwa.test_phone_pipeline import NEW, SERVICE, added, move, service

__all__ = ["alice", "company", "service"]

CHANGED = "Somebody changed this in the meantime."
KNOWN = {
    "name": "Seals “2027”",
    "currency": "EUR",
    "amount_cents": "0",
    "from_cents": "0",
    "from_currency": "EUR",
}


def untouched(alice: Alice, path: str, **touched: str) -> dict[str, Any]:
    return sent_anew(alice, path, {**Sent(alice.get(path)["text"]).fields, **touched})


@pytest.mark.parametrize("is_here", [True, False], ids=["on the phone", "gone"])
def test_an_untouched_form_sends_what_was_saved(alice: Alice, is_here: bool) -> None:
    sale = added(alice)
    path = f"/opportunities/{sale}"
    post(alice, path, {**KNOWN, "expected_close_on": "2026-12-24", "competitor": "Kestrel"})
    post(alice, path, {**KNOWN, "amount_cents": "48.200,50", "currency": "CNY"})
    told = {"lost_reason": "Too dear,\r\nthey say", "competitor": "Kestrel", "note": "By\r\nmail"}
    added(alice, pipeline_id=DEFAULT_PIPELINE, amount_cents="1234.50", expected_close_on="2027-01-31")
    entries = {entry["name"]: entry for entry in alice.outbox() if entry["args"]["opportunity_id"] == sale}
    for name in ("opportunity.edit", "opportunity.revalue"):
        alice.phone.park(alice.user.id, entries[name]["seq"], "deleted", "Look at this.")
    assert move(alice, sale, "lost", **told)["status"] == 200
    create, moved = alice.outbox()[-2:]
    alice.phone.park(alice.user.id, create["seq"], "deleted", "Look at this.")
    alice.phone.park(alice.user.id, moved["seq"], "deleted", "Look at this.")
    if not is_here:
        alice.phone.lose(alice.user.id, HARBOUR_CAFE)
    for entry in (entries["opportunity.edit"], entries["opportunity.revalue"], create, moved):
        again = untouched(alice, f"/outbox/{entry['seq']}/edit")
        assert (again["name"], again["args"]) == (entry["name"], entry["args"])
        assert (again["label"], again["customer_id"]) == (entry["label"], entry["customer_id"])


def test_an_edit_shows_what_was_edited_and_no_more(alice: Alice) -> None:
    sale = added(alice)
    post(alice, f"/opportunities/{sale}", {**KNOWN, "name": NEW["name"], "competitor": "Kestrel"})
    path = parked(alice, "opportunity.edit", "Look at this.")
    assert set(Sent(alice.get(path)["text"]).fields) == {"competitor"}
    wrong = alice.post(path, {"competitor": "K" * 201})
    assert wrong["status"] == 422
    assert "At most 200 characters, please." in wrong["text"]
    again = sent_anew(alice, path, {"competitor": ""})
    assert again["args"] == {"opportunity_id": sale, "fields": {"competitor": None}}


def test_an_amount_is_sent_again_from_the_one_there_is_now(alice: Alice) -> None:
    sale = added(alice)
    path = f"/opportunities/{sale}"
    post(alice, path, {**KNOWN, "name": NEW["name"], "amount_cents": "48200.50"})
    edit = parked(alice, "opportunity.revalue", CHANGED)
    post(alice, path, {**KNOWN, "name": NEW["name"], "amount_cents": "50000"})
    assert "Now €50,000" in alice.get(edit)["text"]
    again = untouched(alice, edit, amount_cents="51000")
    seen = {"from_cents": 5_000_000, "from_currency": "EUR"}
    assert again["args"] == {"opportunity_id": sale, **seen, "amount_cents": 5_100_000, "currency": "EUR"}


def test_a_move_goes_from_where_it_stands_now_and_says_what_it_lacks(alice: Alice) -> None:
    sale = added(alice)
    move(alice, sale, "first_contact")
    edit = parked(alice, "opportunity.move", CHANGED)
    alice.log_visit("Looked at line 2")
    move(alice, sale, "needs_confirmed")
    assert "Seals 2027 · Now Needs confirmed" in alice.get(edit)["text"]
    again = untouched(alice, edit, note="They rang")
    of = {"opportunity_id": sale, "from": "needs_confirmed", "to": "first_contact"}
    assert again["args"] == {**of, "note": "They rang"}
    alice.post(f"/opportunities/{sale}/move", {"from": "first_contact", "to": "quote", "amount_cents": "5"})
    edit = parked(alice, "opportunity.move", CHANGED)
    form = alice.get(edit)["text"]
    assert 'name="amount_cents"' in form
    refused = alice.post(
        edit, {**{name: values[0] for name, values in Sent(form).fields.items()}, "amount_cents": ""}
    )
    assert refused["status"] == 422
    assert "the amount is missing" in refused["text"]
    assert untouched(alice, edit)["args"]["amount_cents"] == 500


def test_where_the_stage_is_no_more_another_is_chosen(alice: Alice) -> None:
    sale = added(alice, name="Pump → valve")
    move(alice, sale, "lost", lost_reason="Price", competitor="Kestrel")
    file = json.loads(alice.get("/outbox/export")["text"])
    before = file["changes"].pop()
    gone = {**before, "id": new_id(), "args": {**before["args"], "to": "trial"}}
    alice.post("/outbox/import", {"file": json.dumps({**file, "changes": [gone]})})
    edit = parked(alice, "opportunity.move", "There is no such stage.")
    assert '<option value="first_contact">First contact</option>' in alice.get(edit)["text"]
    assert "Price" in alice.get(edit)["text"]
    fields = Sent(alice.get(edit)["text"]).fields
    refused = alice.post(edit, {name: values[0] for name, values in fields.items()})
    assert (refused["status"], "This is needed." in refused["text"]) == (422, True)
    [told] = (entry["label"] for entry in alice.outbox() if entry["args"].get("to") == "trial")
    again = untouched(alice, edit, to="first_contact")
    assert (again["args"]["to"], again["args"]["lost_reason"]) == ("first_contact", "Price")
    assert told.endswith("Pump → valve → Lost")
    assert again["label"] == told.removesuffix(" → Lost"), "it goes elsewhere now"


def test_a_new_one_may_go_into_another_pipeline(service: None, alice: Alice) -> None:
    sale = new_id()
    alice.post("/opportunities", {**NEW, "opportunity_id": sale, "pipeline_id": DEFAULT_PIPELINE})
    edit = parked(alice, "opportunity.create", "You may not do this.")
    form = alice.get(edit)["text"]
    assert f'href="{edit}?pipeline={SERVICE}"' in form
    again = sent_anew(alice, edit, Sent(alice.get(f"{edit}?pipeline={SERVICE}")["text"]).fields)
    assert (again["args"]["opportunity_id"], again["args"]["pipeline_id"]) == (sale, SERVICE)
    assert again["args"]["stage"] == "due"
    assert "Seals 2027" in alice.get(f"/opportunities/{sale}")["text"]


def test_a_new_one_is_refused_here_as_it_would_be_there(alice: Alice) -> None:
    added(alice)
    edit = parked(alice, "opportunity.create", "You may not do this.")
    wrong = alice.post(edit, {"name": "Seals", "amount_cents": "", "currency": "EUR", "stage": "quote"})
    assert wrong["status"] == 422
    assert "Quote has to wait" in wrong["text"]
