"""An app that stays open is in the background at night, and in front again in the morning."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hand import PUT_AWAY, move_in, wait_for_what_comes_later
from tests.browser.network import Network
from tests.browser.phone import Phone, wait_until

A_DAY_LATER = """() => {
  const now = Date.now;
  Date.now = () => now.call(Date) + 86_400_000;
}"""
TAKEN_OUT = "() => void document.dispatchEvent(new Event('visibilitychange'))"


def sleep(phone: Phone, page: Page) -> None:
    """The clock of the page and that of the worker, which draws it."""
    assert phone.context is not None
    page.evaluate(PUT_AWAY)
    for clock in (page, phone.context.service_workers[0]):
        clock.evaluate(A_DAY_LATER)
    page.evaluate(TAKEN_OUT)


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_in_the_morning_today_is_today(network: Network, phone: Phone) -> None:
    """Nothing has changed but the day, and there is no signal."""
    move_in(phone)
    network.turn("down")
    page = phone.open("/today")
    weekday = page.get_by_role("heading", level=1)
    yesterday = weekday.inner_text()
    wait_for_what_comes_later(page)
    wait_until(lambda: phone.context and phone.context.service_workers, page=page)
    sleep(phone, page)
    expect(weekday).not_to_have_text(yesterday)
    expect(weekday).to_have_text(re.compile("day$"))
