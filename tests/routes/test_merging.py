"""Saying that a customer is a duplicate: who is proposed, and where the old address leads."""

from collections.abc import Callable

from server.database import Database
from server.models.customer import Customer
from server.models.reminder import HandBack
from tests.cast import NOW, Cast
from tests.routes.conftest import Browser


def test_those_that_look_alike_are_proposed(
    screens: Browser, cast: Cast, cafe: Customer, add_customer: Callable[..., Customer]
) -> None:
    add_customer(cast.bob, "HARBOUR CAFE Ltd.")
    add_customer(cast.bob, "Kontor", phone="0049 (0)40 123456")
    add_customer(cast.bob, "Quay Bar")
    add_customer(cast.charlie, "Harbour Café")
    mei = screens(cast.mei)
    page = mei.get(f"/customers/{cafe.id}/merge").text
    assert page.count('name="into_id"') == 2
    assert page.count("Everything moves there: contacts, visits, follow-ups, sales") == 2
    assert "HARBOUR CAFE Ltd." in page
    assert "Kontor" in page
    found = mei.get(f"/customers/{cafe.id}/merge?q=quay").text
    assert (found.count('name="into_id"'), "Quay Bar" in found) == (1, True)


def test_managers_are_led_to_it_from_the_page_and_nobody_else(
    screens: Browser, cast: Cast, cafe: Customer
) -> None:
    assert "Duplicate of…" in screens(cast.mei).get(f"/customers/{cafe.id}").text
    assert "Duplicate of…" not in screens(cast.alice).get(f"/customers/{cafe.id}").text


def test_merged_the_old_address_leads_to_the_new_one(
    screens: Browser, cast: Cast, cafe: Customer, add_customer: Callable[..., Customer]
) -> None:
    into = add_customer(cast.bob, "Harbour Cafe")
    mei = screens(cast.mei)
    answer = mei.post(f"/customers/{cafe.id}/merge", {"into_id": into.id})
    assert answer.headers["location"] == f"/customers/{into.id}?done=merged"
    assert "Customer merged" in mei.get(answer.headers["location"]).text
    for user in (cast.mei, cast.alice, cast.bob):
        assert screens(user).get(f"/customers/{cafe.id}").headers["location"] == f"/customers/{into.id}"
    assert screens(cast.charlie).get(f"/customers/{cafe.id}").status_code == 404, (
        "who may not see it hears of nothing"
    )


def test_two_that_one_rep_lost_by_silence_are_merged_as_any_others(
    screens: Browser, cast: Cast, cafe: Customer, add_customer: Callable[..., Customer], database: Database
) -> None:
    into = add_customer(cast.alice, "Harbour Cafe")
    with database.writing() as session:
        for customer in (cafe, into):
            session.add(HandBack(user_id=cast.alice.id, customer_id=customer.id, at=NOW))
    answer = screens(cast.mei).post(f"/customers/{cafe.id}/merge", {"into_id": into.id})
    assert answer.headers["location"] == f"/customers/{into.id}?done=merged"


def test_a_customer_is_no_duplicate_of_itself(screens: Browser, cast: Cast, cafe: Customer) -> None:
    answer = screens(cast.mei).post(f"/customers/{cafe.id}/merge", {"into_id": cafe.id})
    assert (answer.status_code, "one customer already" in answer.text) == (422, True)
