"""A phone: a browser with a profile that outlives it, so that it can be opened, closed, killed and opened again."""

import contextlib
import os
import re
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal

import playwright
from playwright.sync_api import BrowserContext, Error, Page, Playwright, Response, expect

BrowserName = Literal["chromium", "firefox"]

PHONE: Final = {"width": 390, "height": 844}
TABLET: Final = {"width": 1180, "height": 820}
WITHIN_MS: Final = 60_000  # at most: two slow cores share everything
STEP_MS: Final = 50

# Popups of the address bar, which are pages of their own, and are loaded at each start though nobody sees them.
UNSEEN: Final = ["WebUIOmniboxPopup", "WebUIOmniboxAimPopup"]


def disabled_features() -> str:
    """UNSEEN and the features that Playwright itself disables: of two such switches Chromium follows only the last."""
    driver = Path(playwright.__file__).parent / "driver/package/lib/coreBundle.js"
    found = re.search(r"disabledFeatures = \[(.*?)\]", driver.read_text(), re.DOTALL)
    assert found, "Playwright keeps its list elsewhere now"
    its_own = re.findall(r'^\s*"(\w+)"', found[1], re.MULTILINE)
    assert "PaintHolding" in its_own, "Playwright writes its list otherwise now"
    return "--disable-features=" + ",".join([*its_own, *UNSEEN])


WITHOUT_UNSEEN: Final = disabled_features()
CHROMIUM_FLAGS: Final = [
    "--no-sandbox",
    WITHOUT_UNSEEN,
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# A microphone that gives a tone, and asks for no permission.
CHROMIUM_MICROPHONE: Final = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
FIREFOX_MICROPHONE: Final = {
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
}
FIREFOX_PREFERENCES: Final = {
    "intl.accept_languages": "en-US",
    "toolkit.startup.max_resumed_crashes": -1,  # no safe mode after the kills that we mean
    "browser.sessionstore.resume_from_crash": False,
}
# Errors that Firefox reports of a page, and that are none of the app's.
NO_COMPLAINTS: Final = (
    # The stream of events was cut off; at times Firefox does not say its address.
    "/sync/events|Failed to load ‘’",
    # The page was left while the tab was fetching its icon. If an answer of the worker fails, the message is another.
    r"/icon\.\w+\.svg’\. A ServiceWorker intercepted the request and encountered an unexpected error",
)

STARTED_ONCE: Final = TemporaryDirectory(prefix="legwork-firefox-")

expect.set_options(timeout=WITHIN_MS)


class Phone:
    def __init__(
        self, playwright: Playwright, browser: BrowserName, profile: Path, origin: str, scripts: bool = True
    ) -> None:
        self.playwright, self.browser, self.profile, self.origin = playwright, browser, profile, origin
        self.scripts = scripts
        self.size = PHONE
        self.flags = CHROMIUM_FLAGS
        self.preferences = FIREFOX_PREFERENCES
        self.may_notify = False
        self.has_microphone = False
        self.context: BrowserContext | None = None
        self.complaints: list[str] = []

    def open(self, path: str = "/") -> Page:
        """Shows the page in the first tab. The browser is started for it, unless it is running."""
        if self.context is None:
            self.context = self._launch()
            self.context.set_default_timeout(WITHIN_MS)
            if self.may_notify:
                self.context.grant_permissions(["notifications"], origin=self.origin)
            self._listen_to(self.context.pages[0])
        page = self.context.pages[0]
        page.goto(self.origin + path)
        return page

    def _launch(self) -> BrowserContext:
        common: dict[str, Any] = {"viewport": self.size, "locale": "en-US", "timezone_id": "Europe/Berlin"}
        if self.browser == "chromium":
            return self.playwright.chromium.launch_persistent_context(
                self.profile,
                executable_path="/usr/bin/chromium",
                args=[*self.flags, *(CHROMIUM_MICROPHONE if self.has_microphone else ())],
                has_touch=True,
                java_script_enabled=self.scripts,
                **common,
            )
        if not self.profile.exists():
            locks = shutil.ignore_patterns("lock", ".parentlock")
            shutil.copytree(started_once(self.playwright), self.profile, ignore=locks)
        preferences = self.preferences | (FIREFOX_MICROPHONE if self.has_microphone else {})
        context = launch_firefox(self.playwright, self.profile, preferences, viewport=self.size)
        if not self.scripts:  # with its switch for scripts off nothing could be read from the page either
            context.route("**/*.js", lambda route: route.abort())
        return context

    def another_tab(self, path: str) -> Page:
        assert self.context is not None
        page = self.context.new_page()
        self._listen_to(page)
        page.goto(self.origin + path)
        return page

    def _listen_to(self, page: Page) -> None:
        page.on("pageerror", self._complain)
        follow_a_second_start(page)

    def _complain(self, error: Error) -> None:
        if not any(re.search(sign, str(error)) for sign in NO_COMPLAINTS):
            self.complaints.append(str(error))

    def close(self) -> None:
        """Closes the browser as a person does, so that everything is written to the disk."""
        if self.context is not None:
            self.context.close()
        self.context = None

    def kill(self) -> None:
        """Kills the browser as a system short of memory does. Its children die with the main process."""
        assert self.context is not None
        pids = list(main_processes(self.profile))
        assert pids, "the browser is not there"
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        self.bury()

    def bury(self) -> None:
        """Tidies up after the browser was killed."""
        assert self.context is not None
        with contextlib.suppress(Error):  # it was dead before it could answer, which is the point
            self.context.close()
        self.context = None
        wait_until(lambda: not any(processes(self.profile)))


def started_once(playwright: Playwright) -> Path:
    """A new profile of Firefox, to be copied. The first start with a profile takes a second longer than any other,
    because it makes what is the same in all of them."""
    profile = Path(STARTED_ONCE.name) / "profile"
    if not profile.exists():
        launch_firefox(playwright, profile, FIREFOX_PREFERENCES).close()
        wait_until(lambda: not any(processes(profile)))
    return profile


def launch_firefox(
    playwright: Playwright, profile: Path, preferences: dict[str, Any], **more: Any
) -> BrowserContext:
    return playwright.firefox.launch_persistent_context(
        profile,
        channel="moz-firefox",
        executable_path="/usr/bin/firefox-esr",
        firefox_user_prefs=preferences,
        **more,
    )


def follow_a_second_start(page: Page) -> None:
    """Firefox at times starts a navigation anew by itself, under another id. Playwright then reports that it was
    interrupted by one to the same address, which is the page that was asked for. Chromium at times lets a page go that
    is asked for in the second in which another version of the worker takes over: then it is asked for again."""
    start = page.goto

    def goto(url: str, **options: Any) -> Response | None:
        try:
            return start(url, **options)
        except Error as error:
            if f"net::ERR_ABORTED at {url}\n" in str(error):
                return start(url, **options)
            if f'is interrupted by another navigation to "{url}"' not in str(error):
                raise
            page.wait_for_url(url)
            return None

    page.goto = goto  # type: ignore[method-assign]


def main_processes(profile: Path) -> Iterator[int]:
    for pid, arguments in processes(profile):
        if not any(argument.startswith("--type=") or argument == "-contentproc" for argument in arguments):
            yield pid


def processes(profile: Path) -> Iterator[tuple[int, list[str]]]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue  # it ended while we looked
        if any(str(profile) in argument for argument in arguments[1:]):
            yield int(folder.name), arguments


def wait_until(true: Callable[[], Any], within_ms: int = WITHIN_MS, page: Page | None = None) -> None:
    """Waits until the function returns something true. With a page, Playwright's events are handled meanwhile, which a
    plain sleep does not do."""
    deadline = time.monotonic() + within_ms / 1000
    while not true():
        assert time.monotonic() < deadline, "it never came true"
        if page is None:
            time.sleep(STEP_MS / 1000)
        else:
            page.wait_for_timeout(STEP_MS)
