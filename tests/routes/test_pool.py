"""Customers that nobody looks after: found by who manages, and handed over together."""

from collections.abc import Callable

import pytest
from sqlmodel import col, select

from server.database import Database
from server.models import handing_over
from server.models.customer import Customer
from tests.cast import Cast
from tests.routes.conftest import Browser, Do
from tests.routes.test_customers import Add, names_in

Owned = Callable[[], dict[str, str | None]]


@pytest.fixture
def owned(database: Database) -> Owned:
    def read() -> dict[str, str | None]:
        with database.reading() as session:
            found = session.exec(select(Customer.name, Customer.owner_id).order_by(col(Customer.name)))
            return dict(found.all())

    return read


@pytest.fixture
def pool(cast: Cast, add_customer: Add, do: Do) -> None:
    """Two of the north, one of the south; and one of Alice's that is not in it."""
    for user, name in ((cast.alice, "Quay Bar"), (cast.alice, "Quay Inn"), (cast.charlie, "Quay South")):
        customer = add_customer(user, name)
        do(user, "customer.assign", {"customer_id": customer.id, "from": user.id, "to": None})
    add_customer(cast.alice, "Quay of Alice")


@pytest.mark.usefixtures("pool")
def test_who_manages_filters_those_of_nobody(screens: Browser, cast: Cast) -> None:
    page = screens(cast.mei).get("/customers?show=pool").text
    assert 'href="/customers?show=pool" aria-current="true">Pool' in page
    assert names_in(page) == ["Quay Bar", "Quay Inn"]
    assert 'href="/pool?q=&amp;show=pool' in page
    assert names_in(screens(cast.mei).get("/customers?show=pool&q=inn").text) == ["Quay Inn"]
    assert names_in(screens(cast.dora).get("/customers?show=pool").text) == [
        "Quay Bar",
        "Quay Inn",
        "Quay South",
    ]
    page = screens(cast.alice).get("/customers?show=pool").text
    assert "show=pool" not in page
    assert names_in(page) == ["Quay of Alice"], "a rep has no pool, and sees the own ones"


def test_where_there_are_none_that_is_said(screens: Browser, cast: Cast) -> None:
    page = screens(cast.mei).get("/customers?show=pool").text
    assert "Every customer is looked after by somebody." in page
    assert "/pool?" not in page
    assert "Every customer is looked after by somebody." in screens(cast.mei).get("/pool").text


@pytest.mark.usefixtures("pool")
def test_they_are_handed_over_together_to_whom_the_sheet_names(
    screens: Browser, cast: Cast, owned: Owned
) -> None:
    mei = screens(cast.mei)
    page = mei.get("/pool").text
    sheet = page.split('id="hand-over"')[1].split("</form>")[0]
    assert "Nobody looks after these 2 customers." in sheet
    assert [name for name in ("Alice", "Bob", "Charlie", "Mei") if f">{name}</option>" in sheet] == [
        "Alice",
        "Bob",
        "Mei",
    ], "those of the own territory who sell, oneself too"
    answer = mei.post("/pool", {"taker": cast.bob.id})
    assert "Handed over" in mei.get(answer.headers["location"]).text
    assert owned() == {
        "Quay Bar": cast.bob.id,
        "Quay Inn": cast.bob.id,
        "Quay South": None,
        "Quay of Alice": cast.alice.id,
    }


@pytest.mark.usefixtures("pool")
def test_those_that_a_search_finds_are_handed_over_alone(screens: Browser, cast: Cast, owned: Owned) -> None:
    mei = screens(cast.mei)
    page = mei.get("/pool?q=inn").text
    assert "Nobody looks after 1 customer. Found by “inn”." in page
    assert 'href="/customers?show=pool&amp;q=inn"' in page, "the way back leads to what was found"
    mei.post("/pool", {"taker": cast.mei.id, "q": "inn"})
    assert (owned()["Quay Bar"], owned()["Quay Inn"]) == (None, cast.mei.id)


@pytest.mark.usefixtures("pool")
def test_of_thousands_a_part_is_handed_over_and_then_the_rest(
    screens: Browser, cast: Cast, owned: Owned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handing_over, "MOST_AT_ONCE", 1)
    monkeypatch.setattr(handing_over, "MOST_PARTS", 1)
    mei = screens(cast.mei)
    answer = mei.post("/pool", {"taker": cast.bob.id, "q": "quay"})
    page = mei.get(answer.headers["location"]).text
    assert "Many are handed over. Do it again for the rest." in page
    assert "Nobody looks after 1 customer. Found by “quay”." in page
    assert [owner for owner in owned().values() if owner == cast.bob.id] == [cast.bob.id]


@pytest.mark.usefixtures("pool")
def test_only_who_sells_there_gets_them_and_only_who_manages_gives_them(
    screens: Browser, cast: Cast, owned: Owned
) -> None:
    before, mei = owned(), screens(cast.mei)
    for taker in ("", "nobody", cast.charlie.id, cast.dora.id):
        answer = mei.post("/pool", {"taker": taker})
        assert answer.status_code == 422, taker
        assert 'id="taker-error"' in answer.text
    alice = screens(cast.alice)
    assert alice.get("/pool").status_code == 404
    assert alice.post("/pool", {"taker": cast.alice.id}).status_code == 404
    assert owned() == before


@pytest.mark.usefixtures("pool")
def test_the_export_is_of_the_pool_as_it_is_shown(screens: Browser, cast: Cast) -> None:
    lines = screens(cast.mei).get("/export.csv?show=pool").text.strip().splitlines()
    assert [
        name for name in ("Quay Bar", "Quay Inn", "Quay South", "Quay of Alice") if name in str(lines)
    ] == [
        "Quay Bar",
        "Quay Inn",
    ]
