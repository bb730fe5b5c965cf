"""What an admin sets up, on a phone: as easy to read and to reach as what a rep has in the hand."""

from typing import Final

import pytest
from playwright.sync_api import Page

from tests.browser.hand import move_in
from tests.browser.phone import Phone

# What leads on stands at the end of the row's first line, however much there is to read before it.
BESIDE: Final = """() => [...document.querySelectorAll("main .list > li > a.row:has(> .icon:last-child)")]
  .filter((row) => row.lastElementChild.getBoundingClientRect().top
    > row.querySelector(".text").getBoundingClientRect().bottom)
  .map((row) => row.textContent.trim())"""


@pytest.fixture
def page(phone: Phone) -> Page:
    move_in(phone, "dora")
    return phone.open("/more")


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
@pytest.mark.parametrize("path", ["/products", "/people", "/custom-fields", "/pipelines"])
def test_what_leads_on_stands_beside_what_is_read(page: Page, phone: Phone, path: str) -> None:
    page.goto(phone.origin + path)
    assert page.evaluate(BESIDE) == []
