"""A phone with the engine of iPhones: WebKit, as GTK has it, driven by the W3C's WebDriver.

Playwright drives only a WebKit of its own, which is no package of Debian. Here is as much of
https://www.w3.org/TR/webdriver2/ as the tests need, with the waiting that Playwright does by itself.
"""

import base64
import contextlib
import io
import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import httpx
from PIL import Image

from server.demo.cast import PASSWORD
from tests.browser.hand import COPY_IS_COMPLETE
from tests.browser.phone import PHONE, WITHIN_MS, wait_until
from tests.databases import free_port

WINDOW: Final = Path(__file__).with_name("webkit_window.py")
WITHOUT_A_CARD: Final = {"LIBGL_ALWAYS_SOFTWARE": "1", "GDK_BACKEND": "x11", "NO_AT_BRIDGE": "1"}
ELEMENT: Final = "element-6066-11e4-a52e-4f735466cecf"  # how WebDriver names a reference to an element
CORNER_OF: Final = """(selector) => {
  const drawn = document.querySelector(selector);
  drawn.scrollIntoView({ block: "center", behavior: "instant" });
  const { left, top } = drawn.getBoundingClientRect();
  return [left, top];
}"""
NOT_YET: Final = (
    "no such element",
    "stale element reference",
    "element not interactable",
    "element click intercepted",
    "javascript error",
)


class WebDriverError(Exception):
    """What WebDriver could not do. The args: the error's code, and its message."""


@contextlib.contextmanager
def display() -> Iterator[str]:
    """A virtual screen. Yields its name, such as ":1"."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x900x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL) as server:
        os.close(write)
        with os.fdopen(read) as told:
            number = told.readline().strip()
        try:
            yield f":{number}"
        finally:
            server.terminate()


class WebKitPhone:
    def __init__(self, display: str, profile: Path, origin: str) -> None:
        self.display, self.profile, self.origin = display, profile, origin
        self.lacks: tuple[str, ...] = ()  # what an older one does not have; see webkit_window.py
        self.driver: subprocess.Popen[bytes] | None = None
        self.session: httpx.Client | None = None

    @property
    def log(self) -> Path:
        """The console of all its pages, since the first start."""
        return self.profile / "log"

    def open(self, path: str = "/") -> None:
        self.profile.mkdir(exist_ok=True)
        port = free_port()
        environment = {
            **os.environ,
            **WITHOUT_A_CARD,
            "DISPLAY": self.display,
            "HOME": str(self.profile),
            "TZ": "Europe/Berlin",
            "LEGWORK_TEST_PROFILE": str(self.profile),
            "LEGWORK_TEST_LACKS": " ".join(self.lacks),
            "LEGWORK_TEST_SIZE": f"{PHONE['width']}x{PHONE['height']}",
        }
        with self.log.open("ab") as log:
            # A session of its own, so that a kill takes all of WebKit's processes at once, and nobody else's.
            self.driver = subprocess.Popen(
                ["WebKitWebDriver", f"--port={port}"],
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_until(lambda: is_listening(port))
        started = httpx.post(
            f"http://127.0.0.1:{port}/session",
            json={"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": {"binary": str(WINDOW)}}}},
            timeout=WITHIN_MS / 1000,
        )
        address = f"http://127.0.0.1:{port}/session/{started.json()['value']['sessionId']}"
        self.session = httpx.Client(base_url=address, timeout=WITHIN_MS / 1000)
        self.go(path)

    def close(self) -> None:
        """Closes the browser as a person does, so that everything is written to the disk."""
        if self.session is not None:
            self.session.delete("")
        self._bury(signal.SIGTERM)

    def kill(self) -> None:
        """Kills the browser as a system short of memory does."""
        self._bury(signal.SIGKILL)

    def _bury(self, how: signal.Signals) -> None:
        if self.driver is None or self.session is None:
            return
        group = self.driver.pid
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, how)
        self.driver.wait()
        self.session.close()
        self.driver = self.session = None
        wait_until(lambda: not is_alive(group))

    def go(self, path: str) -> None:
        """Loads the page. WebKit's driver may be done while the page before is still there, on a busy machine."""
        self.run("() => void (window.isOfBefore = true)")
        self._command("POST", "/url", {"url": self.origin + path})
        self.waits_for("() => !window.isOfBefore")

    def run(self, script: str, *arguments: Any) -> Any:
        """Calls a function in JavaScript. Returns what it returns, or what its promise resolves to."""
        body = "const done = arguments[arguments.length - 1]; Promise.resolve((%s)(...arguments)).then(done)"
        return self._command("POST", "/execute/async", {"script": body % script, "args": arguments})

    def click(self, selector: str) -> None:
        self._at(selector, "click", {})

    def write(self, selector: str, text: str) -> None:
        """Types the text into a field; into a field for files, the path of one."""
        self._at(selector, "value", {"text": text})

    def draw(self, selector: str) -> None:
        """Draws a zigzag by touch."""
        left, top = self.run(CORNER_OF, selector)
        points = [(left + 20 + 12 * step, top + 30 + 40 * (step % 2)) for step in range(8)]
        moves = [{"type": "pointerMove", "duration": 20, "x": int(x), "y": int(y)} for x, y in points]
        down, up = ({"type": f"pointer{way}", "button": 0} for way in ("Down", "Up"))
        finger = {"type": "pointer", "id": "finger", "parameters": {"pointerType": "touch"}}
        self._command(
            "POST", "/actions", {"actions": [{**finger, "actions": [moves[0], down, *moves[1:], up]}]}
        )

    def text(self, selector: str) -> str:
        """The visible text of the last such element on the page; "" if there is none."""
        script = "(selector) => [...document.querySelectorAll(selector)].at(-1)?.innerText.trim() ?? ''"
        return str(self.run(script, selector))

    def picture(self) -> Image.Image:
        """The screen, in shades of grey."""
        png = base64.b64decode(self._command("GET", "/screenshot", None))
        return Image.open(io.BytesIO(png)).convert("L")

    def waits_for(self, script: str, *arguments: Any) -> None:
        wait_until(lambda: self._try(lambda: self.run(script, *arguments)))

    def waits_to_read(self, selector: str, text: str) -> None:
        try:
            wait_until(lambda: self._try(lambda: text in self.text(selector)))
        except AssertionError as error:
            error.add_note(f"it reads {self.text(selector)!r}, and not {text!r}, on a page that says:")
            error.add_note(self.text("main"))
            raise

    def move_in(self, who: str) -> None:
        """Signs in, waits for the first replica, and closes the browser."""
        self.open()
        self.write("input[name=email]", f"{who}@demo.test")
        self.write("input[name=password]", PASSWORD)
        self.click("main button[type=submit]")
        self.waits_for("() => document.querySelector('nav.dock') !== null")
        self.waits_for(COPY_IS_COMPLETE)
        self.close()

    def _at(self, selector: str, what: str, body: dict[str, Any]) -> None:
        """Does it as soon as it can be done: the page may still be loading."""

        def do() -> bool:
            # To the middle of the screen: what WebDriver scrolls to by itself may lie below the dock.
            self.run(CORNER_OF, selector)
            found = self._command("POST", "/element", {"using": "css selector", "value": selector})
            self._command("POST", f"/element/{found[ELEMENT]}/{what}", body)
            return True

        wait_until(lambda: self._try(do))

    @staticmethod
    def _try(what: Callable[[], Any]) -> Any:
        try:
            return what()
        except WebDriverError as error:
            if error.args[0] in NOT_YET:
                return False
            raise

    def _command(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        assert self.session is not None, "the browser is not there"
        answer = self.session.request(method, path, json=body)
        value = answer.json()["value"]
        if answer.is_error:
            raise WebDriverError(value["error"], value["message"])
        return value


def is_listening(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def is_alive(group: int) -> bool:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, _, its_group = (folder / "stat").read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue  # it ended while we looked
        if int(its_group) == group and state != "Z":
            return True
    return False
