"""A server process, a network that can be cut, and phones: Chromium and Firefox by Playwright, WebKit by WebDriver."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, sync_playwright

from tests.browser.company import Company, prepare, running_company
from tests.browser.network import Network
from tests.browser.phone import BrowserName, Phone
from tests.browser.webkit import WebKitPhone, display


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the demo company's data, which each server copies."""
    folder = tmp_path_factory.mktemp("company")
    prepare(folder)
    return folder


@pytest.fixture(scope="session")
def company(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """One server for all tests. Each test has a new phone, and looks only for what it wrote itself."""
    with running_company(template, tmp_path_factory.mktemp("running") / "data") as company:
        yield company


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    # Not for the session: its event loop would disturb other tests in this process.
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture
def network(company: Company) -> Iterator[Network]:
    network = Network(company.port)
    yield network
    network.close()


@pytest.fixture(params=["chromium", "firefox"])
def browser(request: pytest.FixtureRequest) -> BrowserName:
    """Both browsers, for what they do differently: disks, workers, kills, sound, cookies. What our own code decides is
    tested in Chromium."""
    name: BrowserName = request.param
    return name


@pytest.fixture
def phone(playwright: Playwright, browser: BrowserName, network: Network, tmp_path: Path) -> Iterator[Phone]:
    phone = Phone(playwright, browser, tmp_path / "profile", network.origin)
    yield phone
    phone.close()
    assert phone.complaints == []


@pytest.fixture
def webkit_phone(network: Network, tmp_path: Path) -> Iterator[WebKitPhone]:
    with display() as screen:
        phone = WebKitPhone(screen, tmp_path / "profile", network.origin)
        yield phone
        phone.close()
