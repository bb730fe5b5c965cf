"""A phone that saves as fast as it can, through the form of its own page, until it is killed."""

import os
import random
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Timer

from playwright.sync_api import Error, Page

from tests.browser.company import Customer
from tests.browser.phone import Phone, main_processes

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


@dataclass
class Tally:
    kills: int = 0
    acknowledged: list[str] = field(default_factory=list)  # the notes
    refused: list[str] = field(default_factory=list)  # what came instead


def live_and_die(phone: Phone, customers: Sequence[Customer], dice: random.Random, tally: Tally) -> None:
    page = phone.open(f"/visits/new?customer={customers[0].id}")
    assert page.evaluate("navigator.serviceWorker.controller !== null"), "the server must not answer for it"
    page.expose_function("acknowledged", lambda note: tally.acknowledged.append(note))
    page.expose_function("refused", lambda problem: tally.refused.append(problem))
    ids = [customer.id for customer in customers]
    with killed_after(phone, dice.uniform(*LIVES_S)), suppress(Error):
        page.evaluate(SAVE_ON, {"life": tally.kills, "customers": ids})
        listen(page)
    phone.bury()
    tally.kills += 1


def listen(page: Page) -> None:
    """Until the browser is gone, which is an Error."""
    while True:
        page.wait_for_timeout(20)


@contextmanager
def killed_after(phone: Phone, seconds: float) -> Iterator[None]:
    """By the clock and from another thread: whatever the browser is doing at that moment."""
    timer = Timer(seconds, kill_group, [phone])
    timer.start()
    yield
    timer.join()


def kill_group(phone: Phone) -> None:
    """The main process and all that it has started, at once, so that no child can bring anything to an end."""
    [main] = main_processes(phone.profile)
    group = os.getpgid(main)
    assert group != os.getpgrp(), "that would be us"
    os.killpg(group, signal.SIGKILL)
