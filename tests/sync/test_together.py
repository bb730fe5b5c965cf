"""Changes that come together in one push, or that meet what came before them: each has its own effect, and no other."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import col, select, update

from server.database import Database
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.receipt import Receipt
from server.models.user import Role, User
from server.models.visit import Visit
from sync import review
from sync.apply import apply
from tests.cast import NOW, Cast
from tests.sync.conftest import Do
from tests.sync.phone import Phone, Ring

LOGGED = {"started_at": "2026-11-23T07:41:12.000Z", "outcome": "interested"}


def visit_of(customer: Customer) -> dict[str, Any]:
    return {"visit_id": new_id(), "customer_id": customer.id, **LOGGED}


def statuses(receipts: list[dict[str, Any]]) -> list[str]:
    return [receipt["status"] for receipt in receipts]


def visits(database: Database) -> int:
    with database.reading() as session:
        return len(session.exec(select(Visit)).all())


@pytest.fixture
def bobs(ring: Ring, cast: Cast) -> Phone:
    return ring(cast.bob)


def test_of_two_settings_changed_in_one_push_both_stay(database: Database, cast: Cast, bobs: Phone) -> None:
    bobs.save("user.edit", {"fields": {"locale": "zh-Hans"}})
    bobs.save("user.edit", {"fields": {"weekly_visits": 30}})
    assert statuses(bobs.push()) == ["applied", "applied"]
    with database.reading() as session:
        bob = session.get_one(User, cast.bob.id)
        assert (bob.locale, bob.weekly_visits) == ("zh-Hans", 30)


def test_what_an_admin_changed_since_the_session_was_looked_up_stays(database: Database, cast: Cast) -> None:
    """As while the push waits for another one's transaction."""
    with database.writing() as session:
        session.execute(update(User).where(col(User.id) == cast.bob.id).values(role=Role.SUPPORT))
    with database.writing() as session:
        apply(session, cast.bob, "user.edit", {"fields": {"locale": "zh-Hans"}}, NOW)
    with database.reading() as session:
        bob = session.get_one(User, cast.bob.id)
        assert (bob.role, bob.locale) == (Role.SUPPORT, "zh-Hans")


@pytest.mark.parametrize("is_group", [False, True])
def test_a_plan_that_goes_to_the_new_owner_and_is_moved_afterwards_stays_theirs(
    database: Database, cast: Cast, ring: Ring, is_group: bool
) -> None:
    meis, customer_id, visit_id = ring(cast.mei), new_id(), new_id()
    meis.do("customer.create", {"customer_id": customer_id, "name": "Bakery", "owner_id": cast.mei.id})
    plan = {"visit_id": visit_id, "customer_id": customer_id, "planned_on": "2026-11-30"}
    group = {"group": "handed over"} if is_group else {}
    if is_group:
        meis.do("visit.plan", plan)
        meis.save("contact.remove", {"contact_id": new_id()})  # refused: what follows goes one by one
    else:
        meis.save("visit.plan", plan)
    meis.save(
        "customer.assign", {"customer_id": customer_id, "from": cast.mei.id, "to": cast.bob.id}, **group
    )
    meis.save("visit.plan", {**plan, "planned_on": "2026-12-01"}, **group)
    assert statuses(meis.push())[1:] == ["applied", "applied"]
    with database.reading() as session:
        planned = session.get_one(Visit, visit_id)
        assert (planned.author_id, planned.planned_on) == (cast.bob.id, date(2026, 12, 1))


def test_asked_about_in_the_push_that_brings_it_it_is_asked_about_once_it_is_here(
    cast: Cast, harbour_cafe: Customer, bobs: Phone
) -> None:
    """As after a restore, when the phone sends again all that it holds, the question before what it is about."""
    change_id = new_id()
    bobs.save("entry.ask", {"change_id": change_id})
    bobs.save("visit.log", visit_of(harbour_cafe), id=change_id)
    entries = bobs.outbox
    assert statuses(bobs.push()) == ["parked", "parked"]
    assert statuses(bobs.push(entries)) == ["applied", "parked"]
    [_, told] = bobs.push(entries)
    assert told["detail"]["asked"] is True


def test_what_is_taken_back_without_having_heard_that_it_was_parked_is_let_through_by_nobody(
    database: Database, cast: Cast, harbour_cafe: Customer, bobs: Phone, do: Do
) -> None:
    entry = bobs.save("visit.log", visit_of(harbour_cafe))
    assert statuses(bobs.push()) == ["parked"]  # this answer is lost, and its author discards the entry
    noop = {**entry, "name": "noop", "args": {}}
    do(cast.alice, "customer.share", {"customer_id": harbour_cafe.id, "user_id": cast.bob.id})
    for _ in range(2):
        [told] = bobs.push([noop])
        assert (told["status"], told["detail"]["dismissed"]) == ("parked", True)
    with database.writing() as session:
        assert review.count_to_decide(session, cast.mei) == 0
        review.let_through(session, cast.mei, entry["id"], NOW)
    assert visits(database) == 0


def test_taken_back_after_it_was_applied_it_stays_applied(
    database: Database, cast: Cast, harbour_cafe: Customer, ring: Ring
) -> None:
    alices = ring(cast.alice)
    entry = alices.save("visit.log", visit_of(harbour_cafe))
    alices.push()
    assert statuses(alices.push([{**entry, "name": "noop", "args": {}}])) == ["duplicate"]
    assert visits(database) == 1


def test_a_group_is_what_came_in_one_push_though_a_later_one_has_its_name(
    database: Database, cast: Cast, harbour_cafe: Customer, bobs: Phone
) -> None:
    pairs = []
    for minutes in (0, 1):
        bobs.line.now = NOW + timedelta(minutes=minutes)
        pairs.append([bobs.save("visit.log", visit_of(harbour_cafe), group="1") for _ in range(2)])
        assert statuses(bobs.push()) == ["parked", "parked"]
    with database.writing() as session:
        review.dismiss(session, cast.mei, pairs[0][0]["id"], NOW)
        assert review.let_through(session, cast.mei, pairs[1][0]["id"], NOW) == ""
    with database.reading() as session:
        applied = session.exec(select(Receipt.change_id).where(Receipt.status == "applied")).all()
    assert set(applied) == {entry["id"] for entry in pairs[1]}
