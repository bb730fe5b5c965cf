"""Alice with a visit on her phone, a line to the server, and pictures of every kind."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from litestar import Litestar

from server.database import Database
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.user import User
from tests.cast import Cast
from tests.routes.around import Visitor
from tests.routes.conftest import app
from tests.sync.conftest import do

__all__ = ["app", "do"]

PIECE = 256 * 1024


def hash_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@dataclass
class Sender:
    """A phone's lane of files, spoken by hand."""

    client: Any

    def begin(self, content: bytes, size: int | None = None) -> Any:
        return self.client.post("/files", json={"sha256": hash_of(content), "size": size or len(content)})

    def piece(self, content: bytes, offset: int, length: int = PIECE) -> Any:
        path, headers = f"/files/{hash_of(content)}", {"Upload-Offset": str(offset)}
        return self.client.patch(path, content=content[offset : offset + length], headers=headers)

    def send(self, content: bytes) -> Any:
        """All of it; the last answer."""
        told = self.begin(content)
        while told.status_code == 200 and not told.json()["complete"]:
            told = self.piece(content, told.json()["offset"])
        return told

    def fetch(self, content: bytes, more: str = "", **headers: str) -> Any:
        return self.client.get(f"/files/{hash_of(content)}{more}", headers=headers)


@pytest.fixture
def sender(app: Litestar, database: Database) -> Callable[[User], Sender]:
    return lambda user: Sender(Visitor(app, database, user).client)


@dataclass
class Visits:
    """Of Alice to her café, which Bob sees too if it is shared."""

    do: Callable[..., None]
    cast: Cast
    customer_id: str

    def log(self, user: User, customer_id: str | None = None) -> str:
        visit_id = new_id()
        args = {"visit_id": visit_id, "customer_id": customer_id or self.customer_id}
        self.do(user, "visit.log", {**args, "started_at": "2026-11-23T07:41:12Z", "outcome": "ordered"})
        return visit_id

    def attach(
        self, user: User, visit_id: str, content: bytes, media_type: str = "image/jpeg", **more: Any
    ) -> str:
        attachment_id = new_id()
        args = {"attachment_id": attachment_id, "visit_id": visit_id, "customer_id": self.customer_id}
        told = {"sha256": hash_of(content), "size": len(content), "media_type": media_type}
        self.do(user, "visit.attach", {**args, **told, **more})
        return attachment_id


@pytest.fixture
def visits(do: Callable[..., None], cast: Cast) -> Visits:
    customer_id = new_id()
    do(cast.alice, "customer.create", {"customer_id": customer_id, "name": "Harbour Café"})
    return Visits(do, cast, customer_id)


@pytest.fixture
def cafe(visits: Visits, database: Database) -> Customer:
    with database.reading() as session:
        found = session.get(Customer, visits.customer_id)
        assert found is not None
        return found
