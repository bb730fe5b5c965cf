"""Requests made to use up the server: far more fields, words or bytes than any page sends. Most need no account."""

import pytest
from litestar._parsers import parse_cookie_string, parse_query_string, parse_url_encoded_form_data

from server.auth_csrf import MOST_FIELDS, MOST_FORM_BYTES
from server.views.search import LONGEST, question
from tests.cast import Cast
from tests.routes.conftest import Browser
from tests.routes.doorstep import Doorstep, sign_in

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SOMEBODYS = {"Cookie": "legwork_session=made-up"}


@pytest.mark.parametrize("path", ["/sign-in", "/library", "/import", "/outbox/import"])
@pytest.mark.parametrize(
    "body", [b"&" * MOST_FIELDS, b"a=" + b"x" * MOST_FORM_BYTES], ids=["fields", "bytes"]
)
def test_a_form_with_far_too_much_is_not_taken_apart(doorstep: Doorstep, path: str, body: bytes) -> None:
    browser = doorstep.browser()
    assert browser.post(path, content=body, headers={**FORM, **SOMEBODYS}).status_code == 413


def test_a_form_with_as_much_as_a_page_sends_is_read(screens: Browser, cast: Cast) -> None:
    body = "name=Quay+Bar" + "&custom.x=" * (MOST_FIELDS - 10)
    assert screens(cast.alice).client.post("/customers", content=body, headers=FORM).status_code == 422


def test_of_what_was_sent_nothing_stays_in_memory(doorstep: Doorstep, cast: Cast) -> None:
    sign_in(doorstep.browser(), cast.alice.email, "not this one")
    doorstep.browser().get("/sign-in?next=/customers", headers={"Cookie": "a=b"})
    for parser in (parse_cookie_string, parse_query_string, parse_url_encoded_form_data):
        assert parser.cache_info().currsize == 0


@pytest.mark.parametrize("q", ["a " * 30_000, "1" * 60_000 + "x"])
def test_a_search_for_very_many_words_is_for_the_first_of_them(q: str) -> None:
    asked = question(q)
    assert asked is not None
    assert len(asked.whole) <= LONGEST


def test_what_stands_behind_is_not_looked_for() -> None:
    """As on phones: tests/sync/search.test.js."""
    asked = question("huber" + " " * LONGEST + "zzz")
    assert asked is not None
    assert asked.words == ("huber",)
