"""People at a customer, as the chain in which it decides."""

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
