"""An app that stays open over night, in the background or in front, shows the new day."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hand import PUT_AWAY, move_in, wait_for_what_comes_later
from tests.browser.network import Network
from tests.browser.phone import Phone, wait_until

A_DAY_LATER = """() => {
  const real = Date, later = () => real.now() + 86_400_000;
  globalThis.Date = new Proxy(real, {
    apply: () => new real(later()).toString(),
    construct: (_, given) => new real(...(given.length ? given : [later()])),
    get: (_, name) => (name === "now" ? later : real[name]),
  });
}"""
TAKEN_OUT = "() => void document.dispatchEvent(new Event('visibilitychange'))"


@pytest.fixture
def today(network: Network, phone: Phone) -> Page:
    """Without a signal, so nothing changes but the day."""
    move_in(phone)
    network.turn("down")
    page = phone.open("/today")
    wait_for_what_comes_later(page)
    wait_until(lambda: phone.context and phone.context.service_workers, page=page)
    return page


def let_a_day_pass_for_the_worker(phone: Phone) -> None:
    """The worker draws the page."""
    assert phone.context is not None
    phone.context.service_workers[0].evaluate(A_DAY_LATER)


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_in_the_morning_today_is_today(phone: Phone, today: Page) -> None:
    weekday = today.get_by_role("heading", level=1)
    yesterday = weekday.inner_text()
    today.evaluate(PUT_AWAY)
    let_a_day_pass_for_the_worker(phone)
    today.evaluate(A_DAY_LATER)
    today.evaluate(TAKEN_OUT)
    expect(weekday).not_to_have_text(yesterday)
    expect(weekday).to_have_text(re.compile("day$"))


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_a_tablet_that_nobody_puts_away_shows_the_new_day(phone: Phone, today: Page) -> None:
    today.clock.install()
    today.reload()
    weekday = today.get_by_role("heading", level=1)
    yesterday = weekday.inner_text()
    let_a_day_pass_for_the_worker(phone)
    today.clock.fast_forward("24:00:00")
    expect(weekday).not_to_have_text(yesterday)
    expect(weekday).to_have_text(re.compile("day$"))
