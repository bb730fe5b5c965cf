"""A newer build is served while somebody types: it waits, interrupts nothing, then takes over; the outbox stays."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from server.render import ROOT
from tests.browser.company import Company, prepare
from tests.browser.hand import log_visit, move_in, pill, write_note
from tests.browser.network import Network
from tests.browser.phone import Phone, wait_until

pytestmark = pytest.mark.xdist_group("browsers")

SOURCES = ("server", "sync", "pwa", "templates", "migrations", "build")
LOOK_FOR_IT = (
    "navigator.serviceWorker.getRegistration().then((registration) => registration.update()).then(() => true)"
)
IT_WAITS = "navigator.serviceWorker.getRegistration().then(({ waiting }) => waiting?.state === 'installed')"
IT_RULES = """navigator.serviceWorker.getRegistration()
  .then(({ waiting, active }) => !waiting && active.state === 'activated')"""
CACHES = "caches.keys().then((names) => names.filter((name) => name.startsWith('legwork-assets-')))"
# A page in a test is never out of sight by itself.
PUT_AWAY = """() => {
  Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
  delete document.visibilityState;
}"""


class Deployed(Company):
    """A copy of the program, so that a newer one can be put in its place."""

    def __init__(self, data: Path, program: Path) -> None:
        super().__init__(data)
        self.program = program
        for name in SOURCES:
            shutil.copytree(ROOT / name, program / name)
        (program / "node_modules").symlink_to(ROOT / "node_modules")

    def start(self) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PYTHONPATH", str(self.program))
            super().start()

    def deploy_newer(self) -> None:
        with (self.program / "pwa" / "app.css").open("a") as css:
            css.write("\n.newer { color: inherit; }\n")
        environment = os.environ | {"PYTHONPATH": str(self.program)}
        subprocess.run([sys.executable, "-m", "pwa.build"], cwd=self.program, env=environment, check=True)
        self.stop()
        self.start()


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Deployed]:
    (tmp_path / "data").mkdir()
    prepare(tmp_path / "data")
    company = Deployed(tmp_path / "data", tmp_path / "program")
    company.start()
    yield company
    company.database.close()
    company.stop()


def style(page: Page) -> str | None:
    return page.locator("link[rel=stylesheet]").get_attribute("href")


def test_an_update_waits_for_who_types_takes_over_after_and_leaves_the_outbox_alone(
    company: Deployed, network: Network, phone: Phone
) -> None:
    note, typing = f"Saved under the old version, {phone.browser}", "Half a sen"
    customer, other = company.customers_of("alice", 2)
    move_in(phone)
    company.end_newest_session()  # so that the entry stays where it is
    page = phone.open(f"/customers/{customer.id}")
    log_visit(page, "Interested", note)
    expect(pill(page)).to_have_text("Sign in to send")
    page.goto(f"{network.origin}/visits/new?customer={other.id}")
    before, cached = style(page), page.evaluate(CACHES)

    company.deploy_newer()
    write_note(page, typing)
    assert page.evaluate(LOOK_FOR_IT)
    wait_until(lambda: page.evaluate(IT_WAITS), page=page)
    write_note(page, "tence")
    expect(page.locator("#note")).to_have_value(f"{typing}tence")
    expect(page.locator("[data-draft-kept][data-all]")).to_be_visible()
    assert page.evaluate(IT_WAITS)

    page.goto(f"{network.origin}/visits/new?customer={other.id}")
    expect(page.locator("#note")).to_have_value(f"{typing}tence")
    assert style(page) == before
    page.evaluate(PUT_AWAY)
    wait_until(lambda: page.evaluate(IT_RULES), page=page)
    page.locator(".bar .back").click()
    expect(page.locator(f"link[rel=stylesheet]:not([href='{before}'])")).to_have_count(1)
    wait_until(lambda: len(page.evaluate(CACHES)) == 1 and page.evaluate(CACHES) != cached, page=page)

    page.goto(f"{network.origin}/outbox")
    expect(page.locator(".outbox-row")).to_contain_text(note)
    page.goto(f"{network.origin}/visits/new?customer={other.id}")
    expect(page.locator("#note")).to_have_value(f"{typing}tence")
