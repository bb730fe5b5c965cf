"""What protocol tests share: a customer of Alice's, and doing one change."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from server.database import Database
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.user import User
from sync.apply import apply
from tests.cast import NOW, Cast
from tests.sync.phone import Line, Phone, Ring

Do = Callable[..., None]


@pytest.fixture
def do(database: Database) -> Do:
    """`do(alice, "visit.log", {...})` in a transaction of its own."""

    def do(
        user: User, name: str, args: dict[str, Any], now: datetime = NOW, base_rev: int | None = None
    ) -> None:
        with database.writing() as session:
            apply(session, user, name, args, now, base_rev=base_rev)

    return do


@pytest.fixture
def harbour_cafe(database: Database, cast: Cast, do: Do) -> Customer:
    """Alice's customer."""
    customer_id = new_id()
    do(
        cast.alice,
        "customer.create",
        {"customer_id": customer_id, "name": "Harbour Café", "region": "East Side"},
    )
    with database.reading() as session:
        found = session.get(Customer, customer_id)
        assert found is not None
        return found


@pytest.fixture
def ring(database: Database) -> Ring:
    """`ring(alice)`: a phone of hers, fresh from the box."""
    return lambda user: Phone(user, Line(database, user))
