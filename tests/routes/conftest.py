"""The screens as a browser gets them, on a Monday morning that never ends."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import event

import server.app
from server.config import Settings
from server.database import Database
from server.models import session as sessions
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.user import Role, User
from tests.apps import app_of
from tests.cast import NOW, Cast, person
from tests.routes.around import World, around, keep_photo
from tests.routes.doorstep import Clock, Doorstep
from tests.sync.conftest import Do, do

__all__ = ["Do", "do"]

AS_HTMX = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "div#app"}


@dataclass
class Screens:
    """Somebody's browser. Writes carry the token of its own cookie, as the page's scripts do it."""

    client: TestClient[Any]

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.client.get(path, headers=headers)

    def part(self, path: str, target: str = "div#app") -> httpx.Response:
        return self.client.get(path, headers={**AS_HTMX, "HX-Target": target})

    def post(self, path: str, data: dict[str, Any] | None = None, **headers: str) -> httpx.Response:
        return self.client.post(path, data=data or {}, headers=headers)


Browser = Callable[[User], Screens]


@pytest.fixture
def henrik(database: Database) -> User:
    executive = person("Henrik", Role.EXECUTIVE)
    with database.writing() as session:
        session.add(executive)
    return executive


@pytest.fixture
def app(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Litestar:
    monkeypatch.setattr(server.app, "moment_of_request", lambda: NOW)
    return app_of(Settings(data_dir=tmp_path, secret_key="k" * 40), database)


@pytest.fixture
def screens(app: Litestar, database: Database, cast: Cast) -> Iterator[Browser]:
    def signed_in(user: User) -> Screens:
        client = TestClient(app, raise_server_exceptions=False)
        with database.writing() as session:
            client.cookies["legwork_session"] = sessions.start(session, user, NOW)
        client.get("/more/help")
        client.headers["X-CSRFToken"] = client.cookies["csrftoken"]
        client.follow_redirects = False
        return Screens(client)

    with TestClient(app):  # which starts the app and stops it, once for all of them
        yield signed_in


@pytest.fixture
def world(app: Litestar, database: Database, cast: Cast, do: Do) -> World:
    world = around(database, cast, do)
    keep_photo(app, database, world)
    return world


@pytest.fixture
def add_customer(do: Do, database: Database) -> Callable[..., Customer]:
    def add(user: User, name: str, **fields: Any) -> Customer:
        customer_id = new_id()
        do(user, "customer.create", {"customer_id": customer_id, "name": name, **fields})
        with database.reading() as session:
            found = session.get(Customer, customer_id)
            assert found is not None
            return found

    return add


@pytest.fixture
def cafe(add_customer: Callable[..., Customer], cast: Cast) -> Customer:
    """Alice's customer."""
    return add_customer(cast.alice, "Harbour Café", region="East Side", phone="+49 40 123456")


@pytest.fixture
def count_queries(database: Database) -> Callable[[], Any]:
    """`with count_queries() as asked: …` then len(asked): reads of tables, whoever asked for them."""

    @contextmanager
    def count() -> Iterator[list[str]]:
        asked: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if statement.lstrip().upper().startswith(("SELECT", "WITH")):
                asked.append(statement)

        event.listen(database.engine, "before_cursor_execute", note)
        try:
            yield asked
        finally:
            event.remove(database.engine, "before_cursor_execute", note)

    return count


@pytest.fixture
def doorstep(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Doorstep:
    clock = Clock()
    monkeypatch.setattr(server.app, "moment_of_request", lambda: clock.now)
    app = app_of(Settings(data_dir=tmp_path, secret_key="k" * 40), database)
    return Doorstep(app, clock, database)
