"""An empty list says what that means: good news of what is late, none of what was not sold."""

import re

import pytest

from tests.cast import Cast
from tests.routes.conftest import Browser

GOOD_NEWS = "Nothing here, and that is good news."


@pytest.mark.parametrize("path", ["cold", "late", "funnel/stuck"])
def test_that_nobody_waits_is_good_news(screens: Browser, cast: Cast, path: str) -> None:
    assert GOOD_NEWS in screens(cast.mei).get(f"/team/{path}").text


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("visits", "Another period or fewer limits may have more."),
        ("funnel/moves", "Another period or fewer limits may have more."),
        ("questions/list?measure=orders", "Another period or fewer limits may have more."),
        ("won", "There is nothing in this list."),
        ("open", "There is nothing in this list."),
        ("in-touch", "There is nothing in this list."),
    ],
)
def test_that_nothing_was_sold_is_none(screens: Browser, cast: Cast, path: str, said: str) -> None:
    page = screens(cast.mei).get(f"/team/{path}").text
    assert said in page
    assert "good news" not in page


@pytest.mark.parametrize(("pipeline", "back"), [("every", "Team"), ("", "Funnel")])
def test_from_what_is_stuck_one_gets_back_to_where_it_was_counted(
    screens: Browser, cast: Cast, pipeline: str, back: str
) -> None:
    page = screens(cast.mei).get(f"/team/funnel/stuck?pipeline={pipeline}").text
    assert re.search(rf'<a class="back" href="/team[^"]*">.*?{back}</a>', page, re.DOTALL)
