"""A contact taken off a customer in a stairwell: offered no more, still named, and put back by Undo."""

import re

import pytest
from sqlmodel import select

from server.database import Database
from server.models.identity import new_id
from server.models.user import User
from sync.apply import apply
from tests.cast import NOW
from tests.pwa.test_phone_host import HARBOUR_CAFE, Alice, alice, company

__all__ = ["alice", "company", "people"]

WU, CHEF = new_id(), new_id()
PAGE = f"/customers/{HARBOUR_CAFE}"


@pytest.fixture(scope="module", autouse=True)
def people(company: Database) -> None:
    with company.writing() as session:
        user = session.exec(select(User).where(User.name == "Alice")).one()
        for contact_id, name, more in (
            (WU, "Frau Wu", {}),
            (CHEF, "Chef", {"reports_to": WU, "email": "a%2Cb?bcc=x&c#d@e.test"}),
        ):
            told = {"contact_id": contact_id, "customer_id": HARBOUR_CAFE, "name": name, **more}
            apply(session, user, "contact.create", told, NOW)


def test_an_address_leads_to_a_letter_to_it_and_to_nobody_else(alice: Alice) -> None:
    assert 'href="mailto:a%252Cb%3Fbcc=x%26c%23d@e.test"' in alice.get(PAGE)["text"]


def test_it_is_offered_no_more_and_still_named_where_one_met_them(alice: Alice) -> None:
    alice.log_visit("Saw the line", contact_ids=WU)
    assert "They report to Frau Wu" in alice.get(PAGE)["text"]
    page = alice.post(f"/contacts/{WU}/remove", {})["text"]
    assert "Contact removed" in page
    assert page.count("Frau Wu") == 1
    assert "Met Frau Wu" in page
    assert "Frau Wu" not in alice.get(f"/visits/new?customer={HARBOUR_CAFE}")["text"]
    assert "Frau Wu" not in alice.get(f"{PAGE}/contacts/new")["text"]
    assert "No longer here" in alice.get(f"/contacts/{CHEF}/edit")["text"]
    assert "Contact removed" in alice.get("/outbox")["text"]
    page = alice.post(f"/contacts/{WU}/restore", {"back": PAGE})["text"]
    assert "Undone" in page
    assert "They report to Frau Wu" in page
    names = [change["name"] for change in alice.outbox()]
    assert names == ["visit.log", "contact.remove", "contact.restore"]


def test_an_edit_of_one_that_was_removed_meanwhile_offers_to_bring_it_back(alice: Alice) -> None:
    alice.post(f"/contacts/{WU}", {"name": "Frau Dr. Wu"})
    [entry] = alice.outbox()
    alice.phone.park(alice.user.id, entry["seq"], "deleted", "Removed meanwhile.", contact_id=WU)
    page = alice.get("/outbox")["text"]
    assert "Removed meanwhile." in page
    assert f'action="/outbox/{entry["seq"]}/restore"' in page
    alice.post(f"/outbox/{entry['seq']}/restore", {})
    assert [(change["name"], change["args"]) for change in alice.outbox()][-1] == (
        "contact.restore",
        {"contact_id": WU},
    )
    alice.phone.park(alice.user.id, entry["seq"], "deleted", "The customer was deleted.")
    assert "/restore" not in alice.get("/outbox")["text"], "a customer is brought back by a manager"


def test_a_birthday_without_its_year_is_edited_as_it_is_typed(alice: Alice) -> None:
    contact_id = new_id()
    alice.post(f"{PAGE}/contacts", {"contact_id": contact_id, "name": "Lin", "birthday": "05-17"})
    assert re.search(r'name="birthday"[^>]* value="05-17"', alice.get(f"/contacts/{contact_id}/edit")["text"])
    alice.post(f"/contacts/{contact_id}", {"name": "Lin", "birthday": "05-17"})
    assert [change["name"] for change in alice.outbox()] == ["contact.create"]
