"""The badge on the app's icon counts what is due: heard where the worker says it, because a test has no home screen."""

import pytest
from playwright.sync_api import Worker, expect

from tests.browser.hand import move_in
from tests.browser.network import Network
from tests.browser.phone import Phone, wait_until

pytestmark = [
    pytest.mark.parametrize("browser", ["chromium"], indirect=True),  # Firefox has no badges on this system
]

LISTEN = """() => {
  self.badges = [];
  const real = navigator.setAppBadge.bind(navigator);
  const heard = (count) => (self.badges.push(count), real(count));
  Object.defineProperty(navigator, "setAppBadge", { value: heard });
}"""


def worker_of(phone: Phone) -> Worker:
    assert phone.context is not None
    return phone.context.service_workers[0]


def test_the_badge_counts_what_is_due_and_follows_what_is_done(network: Network, phone: Phone) -> None:
    move_in(phone, "bob")
    network.turn("down")
    page = phone.open("/today")
    wait_until(lambda: phone.context and phone.context.service_workers, page=page)
    worker_of(phone).evaluate(LISTEN)
    due = int(page.locator("#due-title b").inner_text())
    assert due > 1
    page.locator(".due-row .tick").first.click()
    expect(page.locator("#due-title b")).to_have_text(str(due - 1))
    wait_until(lambda: worker_of(phone).evaluate("self.badges.at(-1)") == due - 1, page=page)
    page.locator("[data-toast] button").click()
    expect(page.locator("#due-title b")).to_have_text(str(due))
    wait_until(lambda: worker_of(phone).evaluate("self.badges.at(-1)") == due, page=page)
