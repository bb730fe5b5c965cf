"""Fields that a company defines itself: made by an admin without code, then like any other field of a customer."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import select

from server.database import Database
from server.models.custom_field import CustomField, custom_fields
from server.models.customer import Customer
from tests.cast import Cast
from tests.routes.conftest import Browser

FIELDS = (
    {"name": "Fleet size", "kind": "number"},
    {"name": "Next fair", "kind": "date"},
    {"name": "Pays by", "kind": "choice", "choices": "Bank, 卡"},
    {"name": "Has a ramp", "kind": "yes_no"},
    {"name": "Sells to", "kind": "text"},
)


@pytest.fixture
def ids(screens: Browser, cast: Cast, database: Database) -> dict[str, str]:
    dora = screens(cast.dora)
    for field in FIELDS:
        assert dora.post("/custom-fields", field).status_code == 303
    with database.reading() as session:
        return {field.name: field.id for field in custom_fields(session)}


def field_of(page: str, name: str) -> str:
    """A field of a form with what is said beside it."""
    return page.split(f'name="{name}"', 1)[1].split("</div>\n", 1)[0]


def test_a_field_is_shown_and_edited_like_any_other(
    screens: Browser, cast: Cast, cafe: Customer, ids: dict[str, str]
) -> None:
    alice = screens(cast.alice)
    form = alice.get(f"/customers/{cafe.id}/edit").text
    assert form.index("Fleet size") < form.index("Next fair") < form.index("Sells to")
    told = ("40", "2026-12-24", "卡", "yes", "Shipyards")
    sent = {f"custom.{field_id}": value for field_id, value in zip(ids.values(), told, strict=True)}
    assert alice.post(f"/customers/{cafe.id}", sent).status_code == 303
    about = alice.get(f"/customers/{cafe.id}").text.split('id="about-title"')[1]
    pairs = re.findall(r'<dt>([^<]*)</dt><dd dir="auto">([^<]*)</dd>', about)
    assert pairs[1:6] == [
        ("Fleet size", "40"),
        ("Next fair", "24 Dec"),
        ("Pays by", "卡"),
        ("Has a ramp", "Yes"),
        ("Sells to", "Shipyards"),
    ]
    again = alice.get(f"/customers/{cafe.id}/edit").text
    assert f'name="custom.{ids["Fleet size"]}" type="text" value="40"' in again
    assert '<option value="卡" selected>' in again


def test_what_is_wrong_is_said_beside_the_field(
    screens: Browser, cast: Cast, cafe: Customer, ids: dict[str, str]
) -> None:
    name = f"custom.{ids['Fleet size']}"
    answer = screens(cast.alice).post(f"/customers/{cafe.id}", {name: "many", "region": "Pier"})
    assert answer.status_code == 422
    assert "This must be a number." in field_of(answer.text, name)
    assert 'value="many"' in answer.text


def test_history_says_what_was_before_and_restores_it(
    screens: Browser, cast: Cast, cafe: Customer, ids: dict[str, str], database: Database
) -> None:
    alice, name = screens(cast.alice), f"custom.{ids['Has a ramp']}"
    alice.post(f"/customers/{cafe.id}", {name: "yes"})
    alice.post(f"/customers/{cafe.id}", {name: "no"})
    page = alice.get(f"/customers/{cafe.id}/history").text
    assert "Has a ramp" in page
    assert "<s>Yes</s> → No" in page
    assert f'name="{name}" value="yes"' in page
    alice.post(f"/customers/{cafe.id}", {name: "yes"})
    with database.reading() as session:
        assert session.exec(select(Customer.custom)).one() == {ids["Has a ramp"]: "yes"}


def test_search_finds_a_customer_by_it(
    screens: Browser, cast: Cast, cafe: Customer, ids: dict[str, str]
) -> None:
    alice = screens(cast.alice)
    alice.post(f"/customers/{cafe.id}", {f"custom.{ids['Sells to']}": "Shipyards"})
    assert "Harbour Café" in alice.get("/customers?q=shipy").text


def test_a_retired_field_is_shown_nowhere_and_loses_nothing(
    screens: Browser, cast: Cast, cafe: Customer, ids: dict[str, str]
) -> None:
    alice, dora, field_id = screens(cast.alice), screens(cast.dora), ids["Sells to"]
    alice.post(f"/customers/{cafe.id}", {f"custom.{field_id}": "Shipyards"})
    dora.post(f"/custom-fields/{field_id}/retired", {"retired": "yes"})
    assert "Retired" in dora.get("/custom-fields").text
    for path in ("", "/edit"):
        assert "Sells to" not in alice.get(f"/customers/{cafe.id}{path}").text
    dora.post(f"/custom-fields/{field_id}/retired")
    assert "Shipyards" in alice.get(f"/customers/{cafe.id}").text


def test_a_choice_taken_away_stays_with_who_has_it(
    screens: Browser, cast: Cast, cafe: Customer, ids: dict[str, str]
) -> None:
    alice, name = screens(cast.alice), f"custom.{ids['Pays by']}"
    alice.post(f"/customers/{cafe.id}", {name: "卡"})
    renamed = {"name": "Pays with", "choices": "Bank，Cash"}
    assert screens(cast.dora).post(f"/custom-fields/{ids['Pays by']}", renamed).status_code == 303
    form = alice.get(f"/customers/{cafe.id}/edit").text
    assert re.findall(r'<option value="([^"]*)"', form.split("Pays with")[1].split("</select>", 1)[0]) == [
        "", "Bank", "Cash", "卡",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"name": " ", "kind": "text"}, "This is needed."),
        ({"name": "x" * 61, "kind": "text"}, "At most 60 characters, please."),
        ({"name": "Pays by", "kind": "choice"}, "This is needed."),
        (
            {"name": "Pays by", "kind": "choice", "choices": ", ".join(map(str, range(51)))},
            "At most 50, please.",
        ),
        ({"name": "Pays by", "kind": "colour"}, "Please choose one of the list."),
    ],
)
def test_a_field_that_cannot_be_is_not_defined(
    screens: Browser, cast: Cast, database: Database, sent: dict[str, str], said: str
) -> None:
    answer = screens(cast.dora).post("/custom-fields", sent)
    assert (answer.status_code, said in answer.text) == (422, True)
    with database.reading() as session:
        assert session.exec(select(CustomField)).all() == []


def test_what_was_exported_is_imported_again(
    screens: Browser, cast: Cast, cafe: Customer, ids: dict[str, str], database: Database
) -> None:
    alice = screens(cast.alice)
    told = {
        "Fleet size": "40",
        "Next fair": "2026-12-24",
        "Pays by": "卡",
        "Has a ramp": "no",
        "Sells to": "Yards",
    }
    alice.post(f"/customers/{cafe.id}", {f"custom.{ids[name]}": value for name, value in told.items()})
    file = alice.get("/export.csv").text
    assert "Fleet size,Next fair,Pays by,Has a ramp,Sells to" in file
    renamed = file.replace("Harbour Café", "Pier Café").replace("123456", "998877").encode()
    uploaded = alice.client.post("/import", files={"file": ("a.csv", renamed)})
    preview = alice.client.get(uploaded.headers["location"])
    columns = re.findall(r'<select[^>]* name="(column_\d+)".*?</select>', preview.text, re.DOTALL)
    chosen = re.findall(r'<option value="([^"]*)" selected>', preview.text)
    sent = dict(zip(columns, chosen, strict=False)) | {"do": "import"}
    alice.post(uploaded.headers["location"], sent)
    while alice.get(f"{uploaded.headers['location']}/progress").status_code == 200:
        pass  # it is at work in a thread of its own
    with database.reading() as session:
        made = session.exec(select(Customer).where(Customer.name == "Pier Café")).one()
    assert made.custom == {ids[name]: value for name, value in told.items()}


def test_forty_fields_ask_no_more_of_the_database_than_one(
    screens: Browser, cast: Cast, cafe: Customer, count_queries: Callable[[], Any]
) -> None:
    dora, alice, costs = screens(cast.dora), screens(cast.alice), []
    for count in (1, 39):
        for number in range(count):
            dora.post("/custom-fields", {"name": f"Field {number} of {count}", "kind": "text"})
        with count_queries() as asked:
            for path in (f"/customers/{cafe.id}", f"/customers/{cafe.id}/edit", "/customers/new"):
                alice.get(path)
        costs.append(len(asked))
    assert costs[0] == costs[1]
    full = dora.post("/custom-fields", {"name": "One more", "kind": "text"})
    assert (full.status_code, "No form has room for more fields" in full.text) == (422, True)


def test_a_name_is_taken_once_also_by_who_taps_twice(
    screens: Browser, cast: Cast, ids: dict[str, str]
) -> None:
    dora = screens(cast.dora)
    answer = dora.post("/custom-fields", {"name": "fleet SIZE", "kind": "text"})
    assert answer.status_code == 422
    assert "There is already one of this name." in field_of(answer.text, "name")
    assert 'value="fleet SIZE"' in answer.text
    path = f"/custom-fields/{ids['Next fair']}"
    answer = dora.post(path, {"name": "Sells to"})
    assert answer.status_code == 422
    assert "There is already one of this name." in field_of(answer.text, "name")
    assert dora.post(path, {"name": "next fair"}).status_code == 303, "the same one, written otherwise"
