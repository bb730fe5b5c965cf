"""What was said of a customer before, and the way back to it."""

from typing import Any

from sqlmodel import select

from server.database import Database
from server.models.customer import Customer
from server.models.field_history import FieldHistory
from server.models.identity import new_id
from server.views.history import FIELDS
from sync.changes import CUSTOMER_FIELDS
from sync.fields import CONTACT_FIELDS, OPPORTUNITY_FIELDS
from tests.cast import Cast
from tests.routes.conftest import Browser, Do


def edit(do: Do, user: Any, customer: Customer, **fields: Any) -> None:
    do(user, "customer.edit", {"customer_id": customer.id, "fields": fields})


def test_the_history_says_what_it_was_and_who_changed_it(
    screens: Browser, cast: Cast, cafe: Customer, do: Do
) -> None:
    edit(do, cast.mei, cafe, phone="+49 40 999", lifecycle="active")
    page = screens(cast.alice).get(f"/customers/{cafe.id}/history").text
    assert "<s>+49 40 123456</s> → +49 40 999" in page
    assert "<s>Lead</s> → Active" in page
    assert page.count("<small>Mei · ") == 2


def test_every_field_that_can_be_edited_has_a_name_there() -> None:
    editable = {*CUSTOMER_FIELDS, *CONTACT_FIELDS, *OPPORTUNITY_FIELDS}
    assert editable - FIELDS.keys() == {"custom"}, "custom fields have names of their own"


def test_the_page_leads_to_it(screens: Browser, cast: Cast, cafe: Customer) -> None:
    assert f'href="/customers/{cafe.id}/history"' in screens(cast.alice).get(f"/customers/{cafe.id}").text


def test_restore_is_an_ordinary_edit_of_that_one_field(
    screens: Browser, cast: Cast, cafe: Customer, do: Do, database: Database
) -> None:
    edit(do, cast.mei, cafe, phone="+49 40 999", region="West")
    browser = screens(cast.alice)
    page = browser.get(f"/customers/{cafe.id}/history").text
    assert '<input type="hidden" name="phone" value="+49 40 123456">' in page
    browser.post(f"/customers/{cafe.id}", {"phone": "+49 40 123456"})
    with database.reading() as session:
        row = session.get_one(Customer, cafe.id)
        assert (row.phone, row.region) == ("+49 40 123456", "West")
        changes = session.exec(select(FieldHistory).where(FieldHistory.field == "phone")).all()
    assert [change.changed_by for change in changes] == [cast.mei.id, cast.alice.id]
    assert 'name="phone"' in browser.get(f"/customers/{cafe.id}/history").text, (
        "what Mei said can come back too"
    )


def test_a_contact_can_be_restored_too(screens: Browser, cast: Cast, cafe: Customer, do: Do) -> None:
    contact_id = new_id()
    do(cast.alice, "contact.create", {"contact_id": contact_id, "customer_id": cafe.id, "name": "Wu"})
    do(cast.mei, "contact.edit", {"contact_id": contact_id, "fields": {"role": "decides"}})
    browser = screens(cast.alice)
    page = browser.get(f"/customers/{cafe.id}/history").text
    assert "<s>(empty)</s> → Decides" in page
    assert f'action="/contacts/{contact_id}"' in page
    browser.post(f"/contacts/{contact_id}", {"role": ""})
    assert "<s>Decides</s> → (empty)" in browser.get(f"/customers/{cafe.id}/history").text


def test_a_contact_that_was_removed_is_put_back_from_here(
    screens: Browser, cast: Cast, cafe: Customer, do: Do
) -> None:
    contact_id = new_id()
    do(cast.alice, "contact.create", {"contact_id": contact_id, "customer_id": cafe.id, "name": "Wu"})
    do(cast.alice, "contact.edit", {"contact_id": contact_id, "fields": {"role": "decides"}})
    do(cast.mei, "contact.remove", {"contact_id": contact_id})
    browser = screens(cast.alice)
    page = browser.get(f"/customers/{cafe.id}/history").text
    assert "Contact removed" in page
    assert "<small>Mei · " in page
    assert page.count(">Restore<") == 1, "one who is not there has no field to restore"
    assert f'action="/contacts/{contact_id}/restore"' in page
    answer = browser.post(f"/contacts/{contact_id}/restore")
    assert answer.headers["location"].startswith(f"/customers/{cafe.id}?")
    page = browser.get(f"/customers/{cafe.id}/history").text
    assert page.index("Contact put back") < page.index("Contact removed")
    assert f'action="/contacts/{contact_id}/restore"' not in page


def test_what_stands_now_needs_no_restoring(screens: Browser, cast: Cast, cafe: Customer, do: Do) -> None:
    edit(do, cast.alice, cafe, phone="+49 40 999")
    edit(do, cast.alice, cafe, phone="+49 40 123456")
    page = screens(cast.alice).get(f"/customers/{cafe.id}/history").text
    assert page.count(">Restore<") == 1


def test_nothing_changed_is_said(screens: Browser, cast: Cast, cafe: Customer) -> None:
    assert "Nothing has been changed since" in screens(cast.alice).get(f"/customers/{cafe.id}/history").text
