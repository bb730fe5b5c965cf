"""Browsers that nobody has signed in yet, and a clock that can be moved."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
from litestar import Litestar
from litestar.testing import TestClient

from tests.cast import NOW, PASSWORD

TOKEN = re.compile(r'name="_csrf" value="([^"]+)"')


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def wait(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class Doorstep:
    app: Litestar
    clock: Clock
    database: Any

    def browser(self, user_agent: str = "") -> TestClient[Any]:
        client = TestClient(self.app, raise_server_exceptions=False)
        client.follow_redirects = False
        client.headers["User-Agent"] = user_agent
        return client

    def signed_in(self, email: str, password: str = PASSWORD, user_agent: str = "") -> TestClient[Any]:
        client = self.browser(user_agent)
        answer = sign_in(client, email, password)
        assert answer.status_code == 303, answer.text
        client.headers["X-CSRFToken"] = client.cookies["csrftoken"]
        return client


def sign_in(client: TestClient[Any], email: str, password: str = PASSWORD, **more: str) -> httpx.Response:
    """As the form does it."""
    token = token_in(client.get("/sign-in"))
    return client.post("/sign-in", data={"email": email, "password": password, "_csrf": token, **more})


def token_in(page: httpx.Response) -> str:
    found = TOKEN.search(page.text)
    assert found, page.text
    return found[1]
