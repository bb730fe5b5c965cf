"""A phone whose browser cannot open any database: it is a browser at the server then, as on a computer."""

import shutil

import pytest
from playwright.sync_api import expect

from tests.browser.company import Company
from tests.browser.hand import move_in
from tests.browser.phone import Phone


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_a_phone_that_can_open_no_database_shows_the_pages_of_the_server(
    company: Company, phone: Phone
) -> None:
    customer = company.customer_of("alice")
    move_in(phone)
    phone.close()
    databases = phone.profile / "Default" / "IndexedDB"
    shutil.rmtree(databases)
    databases.write_text("No folder, so that none can be made in it.")
    page = phone.open(f"/customers/{customer.id}")
    expect(page.get_by_role("heading", level=1)).to_have_text(customer.name)
    page.locator("nav.dock a[href='/customers']").click()
    expect(page.locator("#q")).to_be_visible()
