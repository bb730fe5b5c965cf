"""A customer's page: what one must know before the door opens, and nothing that is not known."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from server.models.column import wire
from server.models.customer import Customer, CustomerShare
from server.models.identity import new_id
from server.models.user import User
from tests.cast import NOW, Cast
from tests.routes.conftest import Browser, Do


def log(do: Do, user: User, customer: Customer, days_ago: int = 0, **facts: Any) -> str:
    visit_id = new_id()
    args = {"visit_id": visit_id, "customer_id": customer.id, "outcome": "interested", **facts}
    do(user, "visit.log", {"started_at": wire(NOW - timedelta(days=days_ago)), **args})
    return visit_id


def test_missing_facts_are_no_empty_boxes(screens: Browser, cast: Cast, cafe: Customer) -> None:
    page = screens(cast.alice).get(f"/customers/{cafe.id}").text
    for label in (
        "Last pain point",
        "Price",
        "Last visit",
        "Competitor",
        "Who decides",
        "Open opportunities",
    ):
        assert label not in page
    assert "Nobody has been here yet" in page


def test_the_facts_are_the_latest(screens: Browser, cast: Cast, cafe: Customer, do: Do) -> None:
    log(do, cast.alice, cafe, 9, pain_point="Seals fail", competitors=["Dichtwerk"], outcome="needs_quote")
    log(do, cast.alice, cafe, 2, note="Asked for a sample")
    page = screens(cast.alice).get(f"/customers/{cafe.id}").text
    assert "Seals fail" in page
    assert "Dichtwerk, seen 14 Nov" in page
    assert "2 days ago · Interested" in page
    assert page.index("Asked for a sample") < page.index("Needs quote")


def test_the_doors_are_those_there_are(screens: Browser, cast: Cast, cafe: Customer) -> None:
    page = screens(cast.alice).get(f"/customers/{cafe.id}").text
    assert 'href="tel:+4940123456"' in page
    assert 'href="sms:+4940123456"' in page
    assert "Navigate" not in page


def test_a_correction_stands_above_what_it_corrects(
    screens: Browser, cast: Cast, cafe: Customer, do: Do
) -> None:
    visit_id = log(do, cast.alice, cafe, note="First version")
    args = {"visit_id": new_id(), "corrects": visit_id, "customer_id": cafe.id, "started_at": wire(NOW)}
    do(cast.alice, "visit.correct", {**args, "outcome": "ordered", "note": "Second version"})
    page = screens(cast.alice).get(f"/customers/{cafe.id}").text
    assert page.index("Second version") < page.index("<s>First version</s>")


def test_only_the_author_is_offered_to_correct(screens: Browser, cast: Cast, cafe: Customer, do: Do) -> None:
    visit_id = log(do, cast.alice, cafe)
    assert f"/visits/{visit_id}/correct" in screens(cast.alice).get(f"/customers/{cafe.id}").text
    page = screens(cast.mei).get(f"/customers/{cafe.id}").text
    assert f"/visits/{visit_id}/correct" not in page
    assert "Alice" in page


def test_thirty_entries_and_the_rest_on_request(screens: Browser, cast: Cast, cafe: Customer, do: Do) -> None:
    for number in range(32):
        log(do, cast.alice, cafe, number, note=f"Visit number {number:02}")
    browser = screens(cast.alice)
    assert "Visit number 31" not in browser.get(f"/customers/{cafe.id}").text
    assert "Visit number 31" in browser.get(f"/customers/{cafe.id}?all=1").text


def test_who_may_not_write_is_offered_nothing_to_write(
    screens: Browser, cast: Cast, cafe: Customer, database: Any
) -> None:
    with database.writing() as session:
        user = session.get(User, cast.bob.id)
        user.role = "support"
        session.add(CustomerShare(customer_id=cafe.id, user_id=user.id))
    page = screens(user).get(f"/customers/{cafe.id}").text
    assert "Harbour Café" in page
    for offer in ("/edit", "/visits/new?customer", "/tags", "/follow-ups/new"):
        assert f"{offer}" not in page.split("<article")[1].split("</article>")[0]


def test_a_hundred_visits_ask_no_more_of_the_database_than_one(
    screens: Browser, cast: Cast, cafe: Customer, do: Do, count_queries: Callable[[], Any]
) -> None:
    browser = screens(cast.alice)
    log(do, cast.alice, cafe)
    with count_queries() as asked_for_one:
        browser.get(f"/customers/{cafe.id}")
    for number in range(20):
        log(do, cast.alice, cafe, number)
    with count_queries() as asked_for_many:
        browser.get(f"/customers/{cafe.id}")
    assert len(asked_for_many) == len(asked_for_one)
