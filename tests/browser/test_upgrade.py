"""A profile that an earlier version has left, opened by the app as it is now: nothing is lost, all is sent once."""

from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Page, expect

from server.models.identity import new_id
from tests.browser.company import Company
from tests.browser.hand import pill, sign_in, wait_until_ready_for_offline
from tests.browser.phone import Phone, wait_until

EARLIER: Final = Path(__file__).parents[1] / "sync" / "earlier_schemas.js"
# A page of ours without a script of ours.
BARE: Final = "/healthz"


def leave(page: Page, version: int, about: dict[str, Any]) -> None:
    source = EARLIER.read_text().replace("export ", "")
    page.evaluate(
        f"async ([version, about]) => {{ {source}; await leave(indexedDB, version, about); }}",
        [version, about],
    )


@pytest.mark.parametrize("version", [1])
def test_what_an_earlier_version_had_unsent_is_sent_once_by_this_one(
    company: Company, phone: Phone, version: int
) -> None:
    [user_id] = company.ask("SELECT id FROM users WHERE email = 'alice@demo.test'")
    visit_ids = [new_id() for _ in range(3)]
    customer = company.customer_of("alice")
    page = phone.open(BARE)
    leave(page, version, {"user_id": user_id, "customer_id": customer.id, "visit_ids": visit_ids})
    phone.close()

    page = phone.open()
    sign_in(page)
    wait_until_ready_for_offline(page)
    expect(pill(page)).to_have_text("2 need you")  # what it knew to be lost
    wait_until(lambda: all(count(company, visit_id) == 1 for visit_id in visit_ids), page=page)
    page.goto(f"{phone.origin}/visits/new?customer={customer.id}")
    expect(page.locator("#note")).to_have_value("Half a sentence")
    page.goto(f"{phone.origin}/outbox")
    page.get_by_role("button", name="I have read what was lost").click()
    expect(pill(page)).to_have_text("All sent")
    wait_until(lambda: company.ask("SELECT lost FROM devices WHERE lost IS NOT NULL") != [], page=page)
    assert [count(company, visit_id) for visit_id in visit_ids] == [1, 1, 1]


def count(company: Company, visit_id: str) -> int:
    return int(company.ask("SELECT count(*) FROM visits WHERE id = :id", id=visit_id)[0])
