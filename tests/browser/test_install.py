"""What Chromium thinks of the app as one to be put on the home screen."""

import json
import urllib.request

import pytest
from playwright.sync_api import expect

from tests.browser.company import Company
from tests.browser.hand import move_in
from tests.browser.network import Network
from tests.browser.phone import Phone


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_chromium_finds_nothing_that_stands_in_the_way_of_installing(phone: Phone) -> None:
    move_in(phone)
    page = phone.open("/today")
    assert phone.context is not None
    devtools = phone.context.new_cdp_session(page)
    manifest = devtools.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert devtools.send("Page.getInstallabilityErrors")["installabilityErrors"] == []


@pytest.mark.parametrize("locale", ["en", "zh-Hans"])
def test_the_manifest_names_only_what_is_there(company: Company, locale: str) -> None:
    manifest = json.loads(fetched(f"{company.origin}/manifest.webmanifest?lang={locale}"))
    pictures = [*manifest["icons"], *manifest["screenshots"], *(s["icons"][0] for s in manifest["shortcuts"])]
    assert {(icon["sizes"], icon["purpose"]) for icon in manifest["icons"]} >= {
        ("192x192", "any"),
        ("512x512", "any"),
    }
    for picture in pictures:
        assert fetched(company.origin + picture["src"]).startswith(b"\x89PNG")
    assert [shortcut["url"] for shortcut in manifest["shortcuts"]] == ["/visits/new", "/today"]


# Chromium's own offer comes when it likes, and its prompt would wait for somebody: here it is kept from the page …
NO_REAL_OFFER = """addEventListener("beforeinstallprompt", (event) => {
  if (event.isTrusted) event.stopImmediatePropagation();
}, true)"""
# … and one of the same shape takes its place.
OFFER = """() => {
  const offer = new Event("beforeinstallprompt", { cancelable: true });
  offer.prompt = async () => { document.documentElement.dataset.prompted = "yes"; return { outcome: "dismissed" }; };
  dispatchEvent(offer);
  return offer.defaultPrevented;
}"""


def test_install_is_offered_once_where_the_browser_offers_it_and_else_the_steps_are_told(
    phone: Phone,
) -> None:
    move_in(phone)
    page = phone.open("/more/help")
    page.add_init_script(NO_REAL_OFFER)
    page.goto(f"{phone.origin}/more/install")
    button = page.locator("button[data-install]")
    expect(button).to_be_hidden()
    for title in ("iPhone and iPad, in Safari", "Android, in Chrome", "Computer, in Chrome or Edge"):
        expect(page.get_by_role("heading", name=title)).to_be_visible()
    assert page.evaluate(OFFER) is True  # so that the browser shows no bar of its own
    expect(button).to_be_visible()
    page.locator("nav.dock a[href='/customers']").click()
    page.locator("nav.dock a[href='/more']").click()
    expect(button).to_be_visible()
    page.locator("a[href='/more/install']").click()
    expect(page.get_by_role("heading", name="Android, in Chrome")).to_be_visible()
    button.click()
    expect(button).to_be_hidden()
    assert page.evaluate("document.documentElement.dataset.prompted") == "yes"
    page.locator("nav.dock a[href='/more']").click()
    expect(page.locator("a[href='/more/install']")).to_be_visible()
    expect(button).to_be_hidden()


def test_what_the_shortcuts_name_opens_without_a_signal(
    company: Company, network: Network, phone: Phone
) -> None:
    shortcuts = json.loads(fetched(f"{company.origin}/manifest.webmanifest"))["shortcuts"]
    move_in(phone)
    network.turn("down")
    page = phone.open("/more")
    for shortcut in shortcuts:
        page.goto(phone.origin + shortcut["url"])
        expect(page).to_have_title(f"{shortcut['name']} · Legwork")


def fetched(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return bytes(answer.read())
