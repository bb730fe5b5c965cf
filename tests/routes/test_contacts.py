"""People at a customer, as the chain in which it decides."""

import re

from server.database import Database
from server.models.contact import Contact
from server.models.customer import Customer
from server.models.identity import new_id
from tests.cast import Cast
from tests.routes.conftest import Browser, Do
from tests.routes.test_visits import filled_in


def contact(do: Do, cast: Cast, customer: Customer, name: str, **fields: str) -> str:
    contact_id = new_id()
    args = {"contact_id": contact_id, "customer_id": customer.id, "name": name, **fields}
    do(cast.alice, "contact.create", args)
    return contact_id


def test_who_decides_comes_first_and_whom_one_reports_to_is_said(
    screens: Browser, cast: Cast, cafe: Customer, do: Do
) -> None:
    boss = contact(do, cast, cafe, "Frau Keller", role="decides")
    contact(
        do, cast, cafe, "Herr Adam", role="uses", reports_to=boss, phone="+49 40 1", email="adam@example.test"
    )
    page = screens(cast.alice).get(f"/customers/{cafe.id}").text.split('id="contacts-title"')[1]
    assert page.index("Frau Keller") < page.index("Herr Adam")
    assert '<ul aria-label="They report to Frau Keller">' in page.split("Herr Adam")[0]
    assert "mailto:adam@example.test" in page


def test_an_address_leads_to_a_letter_to_it_and_to_nobody_else(
    screens: Browser, cast: Cast, cafe: Customer, do: Do
) -> None:
    """A colleague, or a list that was imported, may have written more behind it."""
    contact(do, cast, cafe, "Eve", email="eve%2Cbob?bcc=x&body=y#z@example.test")
    page = screens(cast.alice).get(f"/customers/{cafe.id}").text
    assert 'href="mailto:eve%252Cbob%3Fbcc=x%26body=y%23z@example.test"' in page


def test_adding_and_editing(screens: Browser, cast: Cast, cafe: Customer, database: Database) -> None:
    browser = screens(cast.alice)
    data = filled_in(browser.get(f"/customers/{cafe.id}/contacts/new").text)
    answer = browser.post(
        f"/customers/{cafe.id}/contacts", {**data, "name": "Frau Keller", "role": "decides"}
    )
    assert "Contact saved" in browser.get(answer.headers["location"]).text
    assert 'value="Frau Keller"' in browser.get(f"/contacts/{data['contact_id']}/edit").text
    browser.post(f"/contacts/{data['contact_id']}", {"name": "Frau Dr. Keller", "role": ""})
    with database.reading() as session:
        row = session.get(Contact, data["contact_id"])
        assert row is not None
        assert (row.name, row.role) == ("Frau Dr. Keller", None)


def test_a_birthday_without_its_year_is_edited_as_it_is_typed(
    screens: Browser, cast: Cast, cafe: Customer
) -> None:
    browser = screens(cast.alice)
    data = filled_in(browser.get(f"/customers/{cafe.id}/contacts/new").text)
    browser.post(f"/customers/{cafe.id}/contacts", {**data, "name": "Frau Keller", "birthday": "05-17"})
    form = browser.get(f"/contacts/{data['contact_id']}/edit").text
    assert re.search(r'name="birthday"[^>]* value="05-17"', form)
    browser.post(f"/contacts/{data['contact_id']}", {"name": "Frau Keller", "birthday": "05-17"})
    assert "Birthday 17 May" in browser.get(f"/customers/{cafe.id}").text


def test_wrong_fields_are_said_and_kept(screens: Browser, cast: Cast, cafe: Customer, do: Do) -> None:
    contact_id = contact(do, cast, cafe, "Frau Keller")
    data = {"name": "", "email": "keller", "birthday": "May"}
    answer = screens(cast.alice).post(f"/contacts/{contact_id}", data)
    assert answer.status_code == 422
    assert "This is needed." in answer.text
    assert "This is not an email address." in answer.text
    assert 'value="keller"' in answer.text
    assert 'value="May"' in answer.text


def test_charlie_neither_reads_nor_edits_one(screens: Browser, cast: Cast, cafe: Customer, do: Do) -> None:
    contact_id = contact(do, cast, cafe, "Frau Keller")
    charlie = screens(cast.charlie)
    assert charlie.get(f"/contacts/{contact_id}/edit").status_code == 404
    assert charlie.post(f"/contacts/{contact_id}", {"name": "Mole"}).status_code == 404
    assert charlie.get(f"/contacts/{new_id()}/edit").status_code == 404


def met(do: Do, cast: Cast, customer: Customer, *contact_ids: str) -> str:
    visit_id = new_id()
    told = {"started_at": "2026-11-20T09:00:00.000Z", "outcome": "interested", "contact_ids": [*contact_ids]}
    do(cast.alice, "visit.log", {"visit_id": visit_id, "customer_id": customer.id, **told})
    return visit_id


def test_one_who_was_removed_is_offered_nowhere_and_goes_on_to_be_named_where_one_met_them(
    screens: Browser, cast: Cast, cafe: Customer, do: Do
) -> None:
    boss = contact(do, cast, cafe, "Frau Keller", role="decides", phone="+49 30 777")
    below = contact(do, cast, cafe, "Herr Adam", reports_to=boss)
    visit_id = met(do, cast, cafe, boss)
    browser = screens(cast.alice)
    assert f'action="/contacts/{boss}/remove"' in browser.get(f"/contacts/{boss}/edit").text
    answer = browser.post(f"/contacts/{boss}/remove")
    page = browser.get(answer.headers["location"]).text
    assert "Contact removed" in page
    assert f'action="/contacts/{boss}/restore"' in page
    assert "Met Frau Keller" in page
    assert page.count("Frau Keller") == 1, "neither among the contacts nor as who decides"
    assert "+49 30 777" not in page, "and nobody calls there"
    assert "Herr Adam" in page.split('id="contacts-title"')[1], "who reported to them stands by himself"
    assert "Frau Keller" not in browser.get(f"/visits/new?customer={cafe.id}").text
    assert "Frau Keller" not in browser.get(f"/customers/{cafe.id}/contacts/new").text
    assert "No longer here" in browser.get(f"/contacts/{below}/edit").text
    assert browser.post(f"/contacts/{below}", {"name": "Herr Adam", "reports_to": boss}).status_code == 303
    assert browser.get(f"/contacts/{boss}/edit").status_code == 404
    correcting = browser.get(f"/visits/{visit_id}/correct").text
    assert f'value="{boss}" checked><span>Frau Keller' in correcting


def test_undo_puts_them_back_with_whom_they_lead(
    screens: Browser, cast: Cast, cafe: Customer, do: Do
) -> None:
    boss = contact(do, cast, cafe, "Frau Keller")
    contact(do, cast, cafe, "Herr Adam", reports_to=boss)
    browser = screens(cast.alice)
    for _ in range(2):  # twice is once
        browser.post(f"/contacts/{boss}/remove")
    for _ in range(2):
        answer = browser.post(f"/contacts/{boss}/restore", {"back": f"/customers/{cafe.id}"})
        page = browser.get(answer.headers["location"]).text
        assert "Undone" in page
        assert '<ul aria-label="They report to Frau Keller">' in page


def test_who_edits_one_that_was_removed_meanwhile_is_told_so_and_keeps_what_was_typed(
    screens: Browser, cast: Cast, cafe: Customer, do: Do
) -> None:
    contact_id = contact(do, cast, cafe, "Frau Keller")
    do(cast.mei, "contact.remove", {"contact_id": contact_id})
    answer = screens(cast.alice).post(f"/contacts/{contact_id}", {"name": "Frau Dr. Keller"})
    assert answer.status_code == 422
    assert "This contact was removed in the meantime. The customer’s history brings it back." in answer.text
    assert 'value="Frau Dr. Keller"' in answer.text
