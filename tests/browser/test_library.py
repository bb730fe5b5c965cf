"""A document pinned with a signal: there after the kill and without a server, and gone when told so."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from server.demo.cast import PASSWORD
from tests.browser.company import Company
from tests.browser.hand import move_in
from tests.browser.network import Network
from tests.browser.phone import Phone, wait_until
from tests.files.office import PDF


def row(page: Page, title: str) -> Any:
    return page.locator("#library-list li").filter(has_text=title)


def keep_document(company: Company, title: str, content: bytes, path: str = "") -> None:
    """By an admin, at another device."""
    with httpx.Client(base_url=company.origin, follow_redirects=True) as admin:
        admin.get("/sign-in")
        token = {"X-CSRFToken": admin.cookies["csrftoken"]}
        admin.post("/sign-in", data={"email": "dora@demo.test", "password": PASSWORD}, headers=token)
        token = {"X-CSRFToken": admin.cookies["csrftoken"]}
        told = {"title": title, "kind": "manual", "territory_id": ""}
        saved = admin.post(
            path or "/library", data=told, files={"file": ("Pump.pdf", content)}, headers=token
        )
        assert saved.status_code == 200, saved.text


def opened(page: Page, title: str) -> bytes:
    with page.expect_download() as download:
        row(page, title).locator("a.text").click()
    assert download.value.suggested_filename in ("Pump.pdf", "Pump-1.pdf")  # Firefox counts them
    return Path(download.value.path()).read_bytes()


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_a_pinned_document_opens_after_the_kill_with_the_server_away(
    company: Company, network: Network, phone: Phone
) -> None:
    title, other = f"Pump manual {phone.browser}", f"Not pinned {phone.browser}"
    keep_document(company, title, PDF)
    keep_document(company, other, PDF + b"%")
    move_in(phone)
    phone.close()
    page = phone.open("/library")
    expect(row(page, title)).to_contain_text("needs a signal")
    row(page, title).get_by_role("button").click()
    expect(row(page, title)).to_contain_text("on this phone")
    network.turn("down")
    phone.kill()

    page = phone.open("/library")
    expect(row(page, title)).to_contain_text("on this phone")
    expect(row(page, other)).to_contain_text("needs a signal")
    assert opened(page, title) == PDF
    row(page, other).locator("a.text").click()
    expect(page.locator("main")).to_contain_text("No signal")

    network.turn("up")
    [document_id] = company.ask("SELECT id FROM library_documents WHERE title = :title", title=title)
    newer = PDF + b"% of December\n"
    keep_document(company, title, newer, f"/library/{document_id}")
    page.goto(network.origin + "/library")
    wait_until(lambda: is_second(page, title), page=page)
    wait_until(lambda: kept(page) == [sha_of(company, title)], page=page)
    network.turn("down")
    page.goto(network.origin + "/library")
    assert opened(page, title) == newer

    row(page, title).get_by_role("button").click()
    expect(row(page, title)).to_contain_text("needs a signal")
    wait_until(lambda: kept(page) == [], page=page)

    network.turn("up")
    page.goto(network.origin + "/library")
    row(page, other).get_by_role("button").click()
    expect(row(page, other)).to_contain_text("on this phone")
    page.goto(network.origin + "/more")
    page.locator(".sign-out").click()
    page.locator("#sign-out form button").first.click()
    expect(page.locator("input[name=email]")).to_be_visible()
    wait_until(lambda: kept(page) == [], page=page)


def is_second(page: Page, title: str) -> bool:
    page.reload()
    return "version 2" in row(page, title).inner_text()


def kept(page: Page) -> list[str]:
    script = """async () => {
      if (!(await caches.has("legwork-library"))) return [];
      const keys = await (await caches.open("legwork-library")).keys();
      return keys.map(({ url }) => new URL(url).pathname.split("/")[2]);
    }"""
    found: list[str] = page.evaluate(script)
    return found


def sha_of(company: Company, title: str) -> str:
    return str(company.ask("SELECT sha256 FROM library_documents WHERE title = :title", title=title)[0])
