"""Promises: made from a customer's page."""

import pytest
from sqlmodel import select

from server.database import Database
from server.models.customer import Customer
from server.models.follow_up import FollowUp
from server.models.identity import new_id
from tests.cast import Cast
from tests.routes.conftest import Browser
from tests.routes.test_visits import filled_in


def test_a_promise_stands_on_the_customers_page(screens: Browser, cast: Cast, cafe: Customer) -> None:
    browser = screens(cast.alice)
    page = browser.get(f"/follow-ups/new?customer={cafe.id}").text
    data = {**filled_in(page), "note": "Call back", "next_step": "1"}
    answer = browser.post("/follow-ups", data)
    page = browser.get(answer.headers["location"]).text
    assert "Follow-up saved" in page
    assert "Call back" in page
    assert "Tomorrow" in page


@pytest.mark.parametrize("wrong", [{"due_on": ""}, {"due_on": "soon"}, {"due_on": "1900-01-01"}])
def test_a_day_that_is_none_is_said(
    screens: Browser, cast: Cast, cafe: Customer, database: Database, wrong: dict[str, str]
) -> None:
    data = {"follow_up_id": new_id(), "customer_id": cafe.id, "note": "Call", "next_step": "pick", **wrong}
    answer = screens(cast.alice).post("/follow-ups", data)
    assert answer.status_code == 422
    assert 'id="due_on-error"' in answer.text
    assert "Call</textarea>" in answer.text
    with database.reading() as session:
        assert session.exec(select(FollowUp)).all() == []
