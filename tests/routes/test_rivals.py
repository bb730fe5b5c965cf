"""Competitors seen at a customer, gathered from its visits: how often, when last, what was noted."""

import re

from server.models.customer import Customer
from tests.cast import Cast
from tests.routes.conftest import Browser, Do
from tests.routes.test_customer import log


def test_they_are_gathered_with_what_was_noted_last(
    screens: Browser, cast: Cast, cafe: Customer, do: Do
) -> None:
    log(
        do,
        cast.alice,
        cafe,
        9,
        competitors=["Dichtwerk", "Nordring"],
        note="Dichtwerk is 4 % cheaper\nbut late",
    )
    log(do, cast.alice, cafe, 2, competitors=["Dichtwerk"])
    log(do, cast.alice, cafe, 1)
    about = screens(cast.alice).get(f"/customers/{cafe.id}").text.split('id="about-title"')[1]
    seen = re.findall(r'<dt dir="auto">([^<]*)</dt><dd dir="auto">([^<]*)</dd>', about)
    assert seen == [
        ("Dichtwerk", "seen 2 times · 21 Nov · Dichtwerk is 4 % cheaper"),
        ("Nordring", "seen once · 14 Nov · Dichtwerk is 4 % cheaper"),
    ]


def test_where_nobody_was_seen_nothing_is_said(screens: Browser, cast: Cast, cafe: Customer, do: Do) -> None:
    log(do, cast.alice, cafe)
    assert "Competitors seen" not in screens(cast.alice).get(f"/customers/{cafe.id}").text
