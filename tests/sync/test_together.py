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
