"""A browser that runs no scripts, as on the first visit of an old one: the server alone answers, and its forms save."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, expect

from tests.browser.company import Company
from tests.browser.hand import sign_in
from tests.browser.network import Network
from tests.browser.phone import BrowserName, Phone


@pytest.fixture
def phone(playwright: Playwright, browser: BrowserName, network: Network, tmp_path: Path) -> Iterator[Phone]:
    phone = Phone(playwright, browser, tmp_path / "profile", network.origin, scripts=False)
    yield phone
    phone.close()


def signed_in(phone: Phone) -> Page:
    page = phone.open()
    sign_in(page)
    return page


def test_a_visit_is_logged_shown_and_taken_back(company: Company, phone: Phone) -> None:
    note = f"Logged without a script, {phone.browser}"
    page = signed_in(phone)
    page.goto(f"{phone.origin}/customers/{company.customer_of('alice').id}")
    page.locator(".doors a.main").click()
    page.locator("#outcome-field label").filter(has_text="Interested").click()
    page.locator("#note").fill(note)
    page.locator(".save-bar button").click()
    expect(page.locator("[data-toast]")).to_contain_text("Visit saved")
    expect(page.locator("main")).to_contain_text(note)
    assert company.visits_noting(note) == 1

    page.locator("[data-toast] button").click()
    expect(page.locator("[data-toast]")).to_contain_text("Undone")
    expect(page.locator("main")).not_to_contain_text(note)


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_a_customer_is_added_and_what_is_wrong_is_said(phone: Phone) -> None:
    name, number = "Without a script", "+49 40 123456"
    page = signed_in(phone)
    page.goto(f"{phone.origin}/customers/new")
    page.locator("#phone").fill(number)
    page.locator(".save-bar button").click()
    expect(page.locator("#name-error")).to_be_visible()
    expect(page.locator("#phone")).to_have_value(number)
    page.locator("#name").fill(name)
    page.locator(".save-bar button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


EVIL = """<!doctype html><title>A prize</title>
<form method="post" action="{action}"><input type="hidden" name="name" value="{name}">
<input type="hidden" name="customer_id" value="01938b88-8400-7306-b74d-7d557f9d7799"><button>Take it</button></form>"""


@pytest.fixture
def evil() -> Iterator[ThreadingHTTPServer]:
    """Another port of the same machine: the same site, so that the browser sends its cookies along."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(self.server.page)  # type: ignore[attr-defined]

        def log_message(self, *_args: object) -> None:
            """To nobody."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_form_of_another_origin_changes_nothing(
    company: Company, phone: Phone, evil: ThreadingHTTPServer
) -> None:
    name = f"From elsewhere, {phone.browser}"
    page = signed_in(phone)
    evil.page = EVIL.format(action=f"{phone.origin}/customers", name=name).encode()  # type: ignore[attr-defined]
    page.goto(f"http://127.0.0.1:{evil.server_port}/")
    page.get_by_role("button", name="Take it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This page has grown old")
    assert company.ask("SELECT count(*) FROM customers WHERE name = :name", name=name) == [0]
