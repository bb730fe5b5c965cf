"""Competitors seen at a customer, gathered from its visits: how often, when last, what was noted."""

import re
from html import unescape

from sqlmodel import select

from server.database import Database
from server.models.customer import Customer
from server.models.field_history import FieldHistory
from server.models.identity import new_id
from server.models.product import Product
from tests.cast import NOW, Cast
from tests.routes.conftest import Browser, Do, Screens
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
    seen = re.findall(
        r'<a class="inline" href="[^"]*">([^<]*)</a></dt><dd class="text" dir="auto"><strong>([^<]*)</strong>',
        about,
    )
    assert seen == [
        ("Dichtwerk", "seen 2 times · 21 Nov · Dichtwerk is 4 % cheaper"),
        ("Nordring", "seen once · 14 Nov · Dichtwerk is 4 % cheaper"),
    ]


def test_where_nobody_was_seen_nothing_is_said(screens: Browser, cast: Cast, cafe: Customer, do: Do) -> None:
    log(do, cast.alice, cafe)
    assert "<h3>Competitors" not in screens(cast.alice).get(f"/customers/{cafe.id}").text


def test_a_comparison_is_shown_edited_and_taken_away_and_stands_in_the_history(
    screens: Browser, cast: Cast, cafe: Customer
) -> None:
    alice, path = screens(cast.alice), f"/customers/{cafe.id}/comparison"
    told = {"competitor": "Kestrel & Co", "note": "4 % cheaper", "tags": "cheap, slow delivery, cheap"}
    assert alice.post(path, told).status_code == 303
    page = alice.get(f"/customers/{cafe.id}").text
    assert f'href="{path}?competitor=Kestrel+%26+Co"' in page
    assert '<span class="tag">cheap</span> <span class="tag">slow delivery</span> 4 % cheaper' in page
    form = alice.get(f"{path}?competitor=Kestrel+%26+Co").text
    assert 'value="cheap, slow delivery"' in form
    assert "4 % cheaper</textarea>" in form
    assert alice.post(path, {**told, "note": "", "tags": ""}).status_code == 303
    assert "Kestrel" not in alice.get(f"/customers/{cafe.id}").text
    history = screens(cast.mei).get(f"/customers/{cafe.id}/history").text
    assert "Competitor · Kestrel &amp; Co" in history
    assert "[cheap, slow delivery] 4 % cheaper" in history
    assert alice.post(path, {"competitor": "", "note": "x" * 501}).status_code == 422


def restoring(browser: Screens, cafe: Customer) -> list[dict[str, str]]:
    """What each Restore on the page would send, the latest change first."""
    page = browser.get(f"/customers/{cafe.id}/history").text
    forms = page.split(f'<form method="post" action="/customers/{cafe.id}/comparison">')[1:]
    found = [re.findall(r'<input type="hidden" name="([a-z]+)" value="([^"]*)">', form) for form in forms]
    return [{name: unescape(value) for name, value in one} for one in found]


def test_a_comparison_is_restored_note_and_tags(
    screens: Browser, cast: Cast, cafe: Customer, database: Database
) -> None:
    alice, path = screens(cast.alice), f"/customers/{cafe.id}/comparison"
    first = {"competitor": "Kestrel & Co", "note": "[old] 4 % cheaper", "tags": "cheap, slow delivery"}
    for told in (first, {**first, "note": "Dearer now", "tags": ""}):
        assert alice.post(path, told).status_code == 303
    of_second, of_first = restoring(alice, cafe)
    assert of_second == first
    assert of_first == {**first, "note": "", "tags": ""}
    assert alice.post(path, of_second).status_code == 303
    with database.reading() as session:
        kept = session.get_one(Customer, cafe.id).comparisons
    assert kept == {"Kestrel & Co": {"note": "[old] 4 % cheaper", "tags": ["cheap", "slow delivery"]}}
    assert [one["note"] for one in restoring(alice, cafe)] == ["Dearer now", ""]  # as it is, it needs none
    assert alice.post(path, of_first).status_code == 303
    assert "Kestrel" not in alice.get(f"/customers/{cafe.id}").text
    with database.writing() as session:
        for row in session.exec(select(FieldHistory)):
            row.before = row.before and "[cheap] as histories said it"
    assert restoring(alice, cafe) == []


def test_what_they_like_stands_where_it_is_read_before_the_door_opens(
    screens: Browser, cast: Cast, cafe: Customer, do: Do
) -> None:
    likings = {"preferred_products": "40 mm seals", "preferred_times": "Tuesday before 11"}
    do(cast.alice, "customer.edit", {"customer_id": cafe.id, "fields": likings})
    facts = screens(cast.alice).get(f"/customers/{cafe.id}").text.split('class="facts"')[1].split("</dl>")[0]
    assert '<dt>Likes to buy</dt><dd dir="auto">40 mm seals</dd>' in facts
    assert '<dt>Best time</dt><dd dir="auto">Tuesday before 11</dd>' in facts
    assert "preferred_times" in screens(cast.alice).get(f"/customers/{cafe.id}/edit").text


def test_what_they_like_is_chosen_of_what_is_sold_and_said_in_words_besides(
    screens: Browser, cast: Cast, cafe: Customer, database: Database
) -> None:
    sold = [Product(id=new_id(), name=name) for name in ("Seal 65", "Seal 40", "Wiper")]
    sold[0].retired_at = NOW
    with database.writing() as session:
        session.add_all(sold)
    seal_65, seal_40, wiper = (one.id for one in sold)
    browser, path = screens(cast.alice), f"/customers/{cafe.id}"
    form = browser.get(f"{path}/edit").text
    assert ticks(form) == {seal_40: False, wiper: False}  # what is sold no more is not offered
    told = {"name": cafe.name, "lifecycle": "active", "cadence_days": "30", "preferred_products": "soft ones"}
    boxes = {"preferred_product_ids": [wiper, seal_40, seal_65, ""]}
    assert browser.post(path, {**told, **boxes}).status_code == 303
    assert "Seal 40, Seal 65, Wiper, soft ones" in browser.get(path).text
    assert ticks(browser.get(f"{path}/edit").text) == dict.fromkeys((seal_40, seal_65, wiper), True)
    refused = browser.post(path, {**told, "name": "", **boxes}).text
    assert all(ticks(refused).values())
    assert browser.post(path, {**told, "preferred_product_ids": [""]}).status_code == 303
    assert '<dt>Likes to buy</dt><dd dir="auto">soft ones</dd>' in browser.get(path).text
    history = browser.get(f"{path}/history").text
    assert "Preferred products" in history
    assert "Wiper, Seal 40, Seal 65" in history
    restore = {"preferred_product_ids": f"{wiper},{seal_40},{seal_65}"}
    assert f'value="{restore["preferred_product_ids"]}"' in history
    assert browser.post(path, restore).status_code == 303
    assert "Seal 40, Seal 65, Wiper, soft ones" in browser.get(path).text


def ticks(form: str) -> dict[str, bool]:
    found = re.findall(r'name="preferred_product_ids" value="([^"]+)"( checked)?', form)
    return {key: bool(checked) for key, checked in found}
