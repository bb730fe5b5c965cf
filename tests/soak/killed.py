"""A phone that saves as fast as it can, through the form of its own page, until it is killed."""

import os
import random
import re
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Timer
from typing import Any, Protocol

from playwright.sync_api import Error, Page

from tests.browser.company import Customer
from tests.browser.hand import move_in
from tests.browser.held import READ, held
from tests.browser.phone import Phone, main_processes, wait_until
from tests.browser.webkit import WebKitPhone

ALL_SENT_MS = 300_000
LIVES_S = (0.0, 5.0)  # from the moment it begins to save

# Sends the form as htmx does and tells of each answer that says that it is saved. Stops only with the browser.
SAVE_ON = """({ life, customers }) => {
  const form = document.querySelector("form[action='/visits']");
  const headers = {
    "HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "div#app", "HX-Current-URL": location.href,
  };
  const uuid7 = () => {
    const digits = Date.now().toString(16).padStart(12, "0") + "7" + crypto.randomUUID().replaceAll("-", "").slice(13);
    return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  };
  const save = async (note, customer_id) => {
    const body = new URLSearchParams(new FormData(form));
    const entered = { visit_id: uuid7(), customer_id, outcome: "interested", note };
    for (const [name, value] of Object.entries(entered)) body.set(name, value);
    const answer = await fetch(form.action, { method: "POST", headers, body });
    const text = await answer.text();
    return answer.ok && text.includes("data-toast") ? "" : `${answer.status} ${text.slice(0, 200)}`;
  };
  void (async () => {
    for (let number = 0; ; number += 1) {
      const note = `Life ${life}, visit ${number}`;
      const problem = await save(note, customers[number % customers.length]).catch((error) => error.message);
      if (problem) window.refused(problem);
      else window.acknowledged(note);
      if (problem) await new Promise((resolve) => setTimeout(resolve, 200));
    }
  })();
}"""

IS_THE_WORKERS = "navigator.serviceWorker.controller !== null"
# The full stop tells a line that was written to its end.
SAY_IT_IN_THE_LOG = """() => {
  window.acknowledged = (note) => console.log(`acknowledged ${note}.`);
  window.refused = (problem) => console.log(`refused ${problem}`);
}"""


@dataclass
class Tally:
    kills: int = 0
    acknowledged: list[str] = field(default_factory=list)  # the notes
    refused: list[str] = field(default_factory=list)  # what came instead


class Lives(Protocol):
    def move_in(self) -> None: ...

    def live_and_die(self, customers: Sequence[Customer], dice: random.Random, tally: Tally) -> None:
        """Opens the browser, lets it save with SAVE_ON until it is killed, and adds what it said to the tally."""

    def outbox_at_last(self) -> list[str]:
        """What the outbox still holds after it had time to send everything."""


class PlaywrightLives:
    def __init__(self, phone: Phone) -> None:
        self.phone = phone

    def move_in(self) -> None:
        move_in(self.phone)
        self.phone.close()  # which is when a browser writes down that it is signed in

    def live_and_die(self, customers: Sequence[Customer], dice: random.Random, tally: Tally) -> None:
        page = self.phone.open(form_path(customers))
        assert page.evaluate(IS_THE_WORKERS), "the server must not answer for it"
        page.expose_function("acknowledged", lambda note: tally.acknowledged.append(note))
        page.expose_function("refused", lambda problem: tally.refused.append(problem))
        with killed_after(self.phone, dice.uniform(*LIVES_S)), suppress(Error):
            page.evaluate(SAVE_ON, told(customers, tally))
            listen(page)
        self.phone.bury()
        tally.kills += 1

    def outbox_at_last(self) -> list[str]:
        page = self.phone.open("/outbox")
        wait_until(lambda: held(page).outbox == [], ALL_SENT_MS, page)
        left = held(page).outbox
        self.phone.close()
        return left


class WebKitLives:
    """The page writes what it says to the console, because the log of that is still there after the kill."""

    def __init__(self, phone: WebKitPhone) -> None:
        self.phone = phone

    def move_in(self) -> None:
        self.phone.move_in("alice")

    def live_and_die(self, customers: Sequence[Customer], dice: random.Random, tally: Tally) -> None:
        self.phone.open(form_path(customers))
        assert self.phone.run(f"() => {IS_THE_WORKERS}"), "the server must not answer for it"
        self.phone.run(SAY_IT_IN_THE_LOG)
        self.phone.run(SAVE_ON, told(customers, tally))
        time.sleep(dice.uniform(*LIVES_S))
        self.phone.kill()
        said = self.phone.log.read_text(errors="replace")
        tally.acknowledged = re.findall(r"CONSOLE LOG acknowledged (.*)\.$", said, re.MULTILINE)
        tally.refused = re.findall(r"CONSOLE LOG refused (.*)", said)
        tally.kills += 1

    def outbox_at_last(self) -> list[str]:
        self.phone.open("/outbox")
        wait_until(lambda: self.phone.run(READ)["outbox"] == [], ALL_SENT_MS)
        left: list[str] = self.phone.run(READ)["outbox"]
        self.phone.close()
        return left


def form_path(customers: Sequence[Customer]) -> str:
    return f"/visits/new?customer={customers[0].id}"


def told(customers: Sequence[Customer], tally: Tally) -> dict[str, Any]:
    return {"life": tally.kills, "customers": [customer.id for customer in customers]}


def listen(page: Page) -> None:
    """Lets Playwright take calls from the page. Raises Error when the browser is gone."""
    while True:
        page.wait_for_timeout(20)


@contextmanager
def killed_after(phone: Phone, seconds: float) -> Iterator[None]:
    """Kills the browser after so many seconds, from another thread, whatever it is doing at that moment."""
    timer = Timer(seconds, kill_group, [phone])
    timer.start()
    yield
    timer.join()


def kill_group(phone: Phone) -> None:
    """Kills the main process and all that it has started at the same time, so that no child can finish a write."""
    [main] = main_processes(phone.profile)
    group = os.getpgid(main)
    assert group != os.getpgrp(), "that would be us"
    os.killpg(group, signal.SIGKILL)
