"""What Chromium thinks of the app as one to be put on the home screen."""

import json
import urllib.request

import pytest

from tests.browser.company import Company
from tests.browser.hand import move_in
from tests.browser.phone import Phone

pytestmark = pytest.mark.xdist_group("browsers")


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


def fetched(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return bytes(answer.read())
