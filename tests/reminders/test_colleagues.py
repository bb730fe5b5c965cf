"""What an owner hears of colleagues: who asks for a customer, and who was in touch with one."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, update

from server.database import Database
from server.models.column import wire
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.receipt import Receipt
from server.models.user import Device
from server.reminders.due import all_due, find_due
from server.reminders.person import reachable
from server.reminders.wording import said
from tests.cast import NOW, Cast
from tests.reminders.test_due import MORNING

HOUR = timedelta(hours=1)


def test_the_owner_hears_who_asks_once(
    cast: Cast, harbour_cafe: Customer, listens: Any, do: Any, told_at: Any
) -> None:
    listens(cast.alice)
    do(cast.charlie, "customer.ask", {"customer_id": harbour_cafe.id})
    assert told_at(MORNING) == [("Alice", "asked", (harbour_cafe.id,))]
    assert told_at(MORNING + HOUR) == []


def test_who_is_answered_asks_no_more(
    cast: Cast, harbour_cafe: Customer, listens: Any, do: Any, told_at: Any
) -> None:
    listens(cast.alice)
    for answer in ("customer.decline", "customer.share"):
        do(cast.charlie, "customer.ask", {"customer_id": harbour_cafe.id})
        do(cast.alice, answer, {"customer_id": harbour_cafe.id, "user_id": cast.charlie.id})
    assert told_at(MORNING) == []


@pytest.mark.parametrize(
    ("answer", "body", "has_it"),
    [
        ("decline", "Alice gives no access for now", False),
        ("share", "Alice shares this customer with you", True),
        ("assign", "Alice gave you this customer", True),
    ],
)
def test_who_asked_hears_the_answer_once(
    cast: Cast,
    harbour_cafe: Customer,
    listens: Any,
    do: Any,
    told_at: Any,
    database: Database,
    settings: Any,
    answer: str,
    body: str,
    has_it: bool,
) -> None:
    listens(cast.bob)
    do(cast.bob, "customer.ask", {"customer_id": harbour_cafe.id})
    assert told_at(MORNING) == []
    whom = {"from": cast.alice.id, "to": cast.bob.id} if answer == "assign" else {"user_id": cast.bob.id}
    do(cast.alice, f"customer.{answer}", {"customer_id": harbour_cafe.id, **whom})
    with database.reading() as session:
        [found] = find_due(session, reachable(session, settings, MORNING), MORNING)
    message = said("access", found.rows, found.person, MORNING)
    path = f"/customers/{harbour_cafe.id}" if has_it else "/customers"
    assert (message.title, message.body, message.path) == (harbour_cafe.name, body, path)
    assert told_at(MORNING) == [("Bob", "access", (harbour_cafe.id,))]
    assert told_at(MORNING + HOUR) == []


def test_who_asks_again_is_heard_and_answered_again(
    cast: Cast, harbour_cafe: Customer, listens: Any, do: Any, told_at: Any
) -> None:
    listens(cast.alice)
    listens(cast.bob)
    customer = {"customer_id": harbour_cafe.id}
    for hours in range(2):
        at = MORNING + hours * HOUR
        do(cast.bob, "customer.ask", customer, now=at)
        assert told_at(at) == [("Alice", "asked", (harbour_cafe.id,))]
        do(cast.alice, "customer.decline", {**customer, "user_id": cast.bob.id}, now=at)
        assert told_at(at) == [("Bob", "access", (harbour_cafe.id,))]


def test_who_owns_it_by_now_is_not_told_of_having_asked(
    cast: Cast, harbour_cafe: Customer, listens: Any, do: Any, told_at: Any
) -> None:
    listens(cast.mei)
    listens(cast.bob)
    do(cast.bob, "customer.ask", {"customer_id": harbour_cafe.id})
    do(
        cast.mei,
        "customer.assign",
        {"customer_id": harbour_cafe.id, "from": cast.alice.id, "to": cast.bob.id},
    )
    assert told_at(MORNING) == [("Bob", "access", (harbour_cafe.id,))]


def test_who_is_given_customers_hears_of_it_and_who_takes_one_does_not(
    cast: Cast, harbour_cafe: Customer, listens: Any, do: Any, told_at: Any, database: Database, settings: Any
) -> None:
    listens(cast.bob)
    listens(cast.mei)
    pier, quay = new_id(), new_id()
    for customer_id, name in ((pier, "Pier"), (quay, "Quay")):
        do(cast.alice, "customer.create", {"customer_id": customer_id, "name": name})
    do(cast.alice, "customer.share", {"customer_id": pier, "user_id": cast.bob.id})
    for customer_id, to in ((harbour_cafe.id, cast.bob), (pier, cast.bob), (quay, cast.mei)):
        given = {"customer_id": customer_id, "from": cast.alice.id, "to": to.id}
        do(cast.mei, "customer.assign", given)
    with database.reading() as session:
        [found] = find_due(session, reachable(session, settings, MORNING), MORNING)
    message = said("access", found.rows, found.person, MORNING)
    assert message.title == "2 customers were given to you"
    assert told_at(MORNING) == [("Bob", "access", tuple(sorted((harbour_cafe.id, pier))))]


@pytest.mark.parametrize("answer", ["share", "assign"])
def test_what_was_given_and_taken_again_is_not_told(
    cast: Cast, harbour_cafe: Customer, listens: Any, do: Any, told_at: Any, answer: str
) -> None:
    listens(cast.bob)
    customer, alice, bob = {"customer_id": harbour_cafe.id}, cast.alice.id, cast.bob.id
    if answer == "share":
        do(cast.alice, "customer.share", {**customer, "user_id": bob})
        do(cast.alice, "customer.unshare", {**customer, "user_id": bob})
    else:
        do(cast.alice, "customer.assign", {**customer, "from": alice, "to": bob})
        do(cast.mei, "customer.assign", {**customer, "from": bob, "to": alice})
    assert told_at(MORNING) == []


def test_a_refusal_is_not_told_to_whoever_sees_the_customer_by_now(
    cast: Cast, harbour_cafe: Customer, listens: Any, do: Any, told_at: Any
) -> None:
    listens(cast.bob)
    about = {"customer_id": harbour_cafe.id, "user_id": cast.bob.id}
    do(cast.bob, "customer.ask", {"customer_id": harbour_cafe.id})
    do(cast.alice, "customer.decline", about)
    do(cast.alice, "customer.share", about, now=NOW + HOUR)
    assert [told for _, kind, told in told_at(NOW + 2 * HOUR) if kind == "access"] == [(harbour_cafe.id,)]


def test_of_one_in_the_pool_the_manager_hears(
    cast: Cast, harbour_cafe: Customer, listens: Any, do: Any, told_at: Any, database: Database
) -> None:
    listens(cast.alice)
    listens(cast.mei)
    with database.writing() as session:
        session.execute(update(Customer).where(col(Customer.id) == harbour_cafe.id).values(owner_id=None))
    do(cast.charlie, "customer.ask", {"customer_id": harbour_cafe.id})
    assert told_at(MORNING) == [("Mei", "asked", (harbour_cafe.id,))]


def log(do: Any, by: Any, customer: Customer, **more: Any) -> str:
    visit_id = new_id()
    args = {"visit_id": visit_id, "customer_id": customer.id, "started_at": wire(NOW), **more}
    do(by, "activity.log", {"kind": "call", **args})
    return visit_id


def test_the_owner_hears_of_a_colleagues_call_and_not_of_ones_own(
    cast: Cast, harbour_cafe: Customer, listens: Any, do: Any, told_at: Any, database: Database, settings: Any
) -> None:
    listens(cast.alice)
    listens(cast.bob)
    do(cast.alice, "customer.share", {"customer_id": harbour_cafe.id, "user_id": cast.bob.id})
    assert told_at(MORNING) == [("Bob", "access", (harbour_cafe.id,))]
    log(do, cast.alice, harbour_cafe)
    call = log(do, cast.bob, harbour_cafe, note="They want the big one")
    with database.reading() as session:
        [found] = find_due(session, reachable(session, settings, MORNING + HOUR), MORNING + HOUR)
    message = said("colleague", found.rows, found.person, MORNING + HOUR)
    assert (message.title, message.body) == ("Harbour Café", "Bob was in touch · They want the big one")
    assert told_at(MORNING + HOUR) == [("Alice", "colleague", (call,))]
    assert told_at(MORNING + 2 * HOUR) == []


def test_a_correction_a_withdrawal_and_what_is_old_are_no_news(
    cast: Cast, harbour_cafe: Customer, listens: Any, do: Any, told_at: Any
) -> None:
    listens(cast.alice)
    do(cast.alice, "customer.share", {"customer_id": harbour_cafe.id, "user_id": cast.bob.id})
    do(cast.bob, "visit.withdraw", {"visit_id": log(do, cast.bob, harbour_cafe)})
    log(do, cast.bob, harbour_cafe, started_at=wire(NOW - timedelta(days=4)))
    corrected = log(do, cast.bob, harbour_cafe)
    args = {
        "visit_id": new_id(),
        "corrects": corrected,
        "customer_id": harbour_cafe.id,
        "started_at": wire(NOW),
    }
    do(cast.bob, "activity.correct", {**args, "kind": "message"})
    assert told_at(MORNING) == [("Alice", "colleague", (corrected,))]


def test_the_manager_hears_which_entry_they_are_asked_about_until_it_is_decided(
    cast: Cast, listens: Any, told_at: Any, database: Database, settings: Any
) -> None:
    for user in (cast.alice, cast.mei, cast.charlie):
        listens(user)
    device, change = new_id(), new_id()
    with database.writing() as session:
        session.add(Device(id=device, user_id=cast.alice.id, created_at=NOW, last_seen_at=NOW))
        session.flush()
        parked: dict[str, Any] = {
            "name": "quote.accept",
            "status": "parked",
            "code": "deleted",
            "asked_at": NOW,
        }
        parked |= {"happened_at": NOW, "received_at": NOW, "user_id": cast.alice.id}
        session.add(Receipt(change_id=change, device_id=device, seq=1, **parked))
    with database.reading() as session:
        [found] = find_due(session, reachable(session, settings, MORNING), MORNING)
        spoken = said(found.kind.name, found.rows, found.person, MORNING)
    assert (spoken.title, spoken.path) == ("Alice", "/parked")
    assert spoken.body == "Quote accepted could not be applied: you are asked what to do"
    assert told_at(MORNING) == [("Mei", "entry", (change,))]
    assert told_at(MORNING + HOUR) == []
    with database.reading() as session:
        person = next(one for one in reachable(session, settings, MORNING) if one.user.id == cast.mei.id)
        assert all_due(session, found.kind, person, MORNING)
    with database.writing() as session:
        session.get_one(Receipt, change).dismissed_at = NOW
    with database.reading() as session:
        assert not all_due(session, found.kind, person, MORNING)
