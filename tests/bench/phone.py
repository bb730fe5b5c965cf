"""The app in Chromium, with its profile on the disk, and with page and service worker slowed to a quarter."""

import contextlib
import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from statistics import median
from threading import Event, Thread

from playwright.sync_api import BrowserContext, Page, Playwright, expect

from tests.bench.result import Result, at_most, ratio_at_most
from tests.browser.company import Company, Customer
from tests.browser.hand import COPY_IS_COMPLETE, sign_in
from tests.browser.network import Network
from tests.browser.phone import CHROMIUM_FLAGS, PHONE, main_processes, wait_until

CPU_RATE = 4
SLICE_S = 0.002
LOOK_EVERY_S = 0.25
SAVES = 48
STARTS = 7
QUERIES = ["meta", "bichler", "wasser", "北京", "技术", "müller"]
LOADING_MS = 180_000
# From the last key to the tap on Save. Nobody is quicker after typing a sentence; the draft has been kept by then.
FROM_KEYS_TO_BUTTON_MS = 500

# From the tap to the frame after the one in which the note stands on the page of the customer.
SAVE = """note => new Promise((resolve) => {
  const started = performance.now();
  const look = () => document.querySelector("[data-toast]") && document.querySelector("main").textContent.includes(note)
    ? requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - started)))
    : requestAnimationFrame(look);
  document.querySelector(".save-bar button").click();
  look();
})"""

# From the key to the frame after the one in which other rows stand in the list.
WATCH_KEYS = """() => {
  window.painted = [];
  document.querySelector("input[name=q]").addEventListener("input", ({ timeStamp }) => {
    const before = document.querySelector("#picker-list");
    const look = () => document.querySelector("#picker-list") !== before
      ? requestAnimationFrame(() => setTimeout(() => window.painted.push(performance.now() - timeStamp)))
      : requestAnimationFrame(look);
    look();
  });
}"""

# Milliseconds until the page is drawn and its scripts have run, so that every tap is answered; 0 before.
USABLE = """() => {
  const loaded = performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd;
  const painted = performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0;
  return loaded && painted ? Math.max(loaded, painted) : 0;
}"""

# Deletes the replica's rows but not the outbox, as when the phone finds that its rows have drifted.
FORGET_REPLICA = """() => new Promise((resolve, reject) => {
  const request = indexedDB.open(`legwork-${document.documentElement.dataset.user}`);
  request.onerror = () => reject(request.error);
  request.onsuccess = () => {
    const transaction = request.result.transaction(["meta", "replica"], "readwrite");
    transaction.objectStore("meta").delete("replica");
    transaction.objectStore("replica").clear();
    transaction.oncomplete = () => { request.result.close(); resolve(); };
  };
})"""
FETCH_REPLICA = """async () => {
  const complete = COPY_IS_COMPLETE;
  const started = performance.now();
  (await navigator.serviceWorker.ready).active.postMessage({type: "sync", why: "asked"});
  while (!(await complete())) await new Promise((resolve) => setTimeout(resolve, 20));
  return performance.now() - started;
}""".replace("COPY_IS_COMPLETE", COPY_IS_COMPLETE)


class Bench:
    def __init__(self, playwright: Playwright, company: Company, folder: Path) -> None:
        self.playwright, self.company, self.folder = playwright, company, folder
        self.network = Network(company.port)

    @contextmanager
    def browser(
        self, profile: str, *, worker: bool = True, slowed: bool = True
    ) -> Iterator[tuple[BrowserContext, Page]]:
        context = self.playwright.chromium.launch_persistent_context(
            self.folder / profile,
            executable_path="/usr/bin/chromium",
            args=CHROMIUM_FLAGS,
            viewport=PHONE,  # type: ignore[arg-type]
            locale="en-US",
            service_workers="allow" if worker else "block",
        )
        context.set_default_timeout(60_000)
        page = context.pages[0]
        with Quarter(self.folder / profile) if slowed else nullcontext():
            yield context, page
        context.close()

    def go(self, page: Page, path: str) -> None:
        page.goto(self.network.origin + path)

    def move_in(self, profile: str) -> None:
        with self.browser(profile, slowed=False) as (_, page):
            self.go(page, "/sign-in")
            sign_in(page)
            wait_until(lambda: page.evaluate(COPY_IS_COMPLETE), LOADING_MS, page)

    def saves(self, profile: str, customer: Customer, *, worker: bool) -> float:
        with self.browser(profile, worker=worker) as (_, page):
            taken = []
            for number in range(SAVES):
                note = f"Number {number} {'of the phone' if worker else 'of the server'}"
                self.go(page, f"/visits/new?customer={customer.id}")
                page.locator("#note").fill(note)
                page.locator("#outcome-field input").first.check(force=True)
                expect(page.locator("#note")).to_have_value(note)
                page.wait_for_timeout(FROM_KEYS_TO_BUTTON_MS)
                taken.append(page.evaluate(SAVE, note))
        return median(taken)

    def keys(self, profile: str) -> float:
        taken: list[float] = []
        with self.browser(profile) as (_, page):
            self.go(page, "/visits/new/customers")
            for query in QUERIES:
                page.locator("input[name=q]").fill("")
                page.wait_for_timeout(300)
                page.evaluate(WATCH_KEYS) if query == QUERIES[0] else page.evaluate(
                    "() => { window.painted = [] }"
                )
                for count, letter in enumerate(query, start=1):
                    page.keyboard.insert_text(letter)
                    page.wait_for_function("count => window.painted.length >= count", arg=count)
                taken += page.evaluate("window.painted")
        return median(taken)

    def cold_start(self, profile: str, *, worker: bool) -> float:
        taken = []
        for _ in range(STARTS):
            with self.browser(profile, worker=worker) as (_, page):
                self.go(page, "/today")
                wait_until(lambda page=page: page.evaluate(USABLE), page=page)  # type: ignore[misc]
                expect(page.locator("main.today .list").first).to_be_visible()
                taken.append(page.evaluate(USABLE))
        return median(taken)

    def replica_ready_s(self, profile: str) -> float:
        with self.browser(profile) as (_, page):
            self.go(page, "/more")
            taken = []
            for _ in range(3):
                page.evaluate(FORGET_REPLICA)
                taken.append(page.evaluate(FETCH_REPLICA))
        return median(taken) / 1000


class Quarter:
    """Slows a browser's page and service worker to a quarter: stops their processes, its renderers, for three quarters
    of the time. Chromium's own throttle slows pages only, not workers.
    """

    def __init__(self, profile: Path) -> None:
        self.profile, self.stopped = profile, Event()
        self.thread = Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Quarter":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        self.thread.join()

    def _run(self) -> None:
        pids: list[int] = []
        looked_at = stop_for_s = 0.0
        while not self.stopped.is_set():
            if time.monotonic() - looked_at > LOOK_EVERY_S:
                pids, looked_at = renderers(self.profile), time.monotonic()
            signal_all(pids, signal.SIGSTOP)
            stopped_at = time.monotonic()
            time.sleep(max(0, stop_for_s))
            signal_all(pids, signal.SIGCONT)
            resumed_at = time.monotonic()
            self.stopped.wait(SLICE_S)
            # This thread may wake late, above all on a busy machine. So the next stop is as long as it takes to make up
            # for all that the renderers ran and stood until now.
            ran, stood = time.monotonic() - resumed_at, resumed_at - stopped_at
            stop_for_s += ran * (CPU_RATE - 1) - stood


def renderers(profile: Path) -> list[int]:
    parents, renders = {}, set()
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if b"--type=renderer" in (folder / "cmdline").read_bytes():
                renders.add(int(folder.name))
    mains = set(main_processes(profile))

    def is_ours(pid: int) -> bool:
        while pid in parents:
            if pid in mains:
                return True
            pid = parents[pid]
        return False

    return [pid for pid in renders if is_ours(pid)]


def signal_all(pids: list[int], number: int) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def measure(playwright: Playwright, company: Company, large: Company, folder: Path) -> list[Result]:
    bench, customer = Bench(playwright, company, folder), company.customer_of("alice")
    bench.move_in("phone")
    shutil.copytree(folder / "phone", folder / "no-worker")  # signed in, its files in the browser's cache
    ready = bench.replica_ready_s("phone")
    bench.network.turn("down")
    saved, started, typed = (
        bench.saves("phone", customer, worker=True),
        bench.cold_start("phone", worker=True),
        bench.keys("phone"),
    )
    bench.network.turn("up")
    saved_online = bench.saves("no-worker", customer, worker=False)
    started_online = bench.cold_start("no-worker", worker=False)
    bench.network.close()
    crowded = Bench(playwright, large, folder)
    crowded.move_in("crowded")
    crowded.network.turn("down")
    typed_in_crowd = crowded.keys("crowded")
    crowded.network.close()
    return [
        at_most("Save tapped → visit on screen, offline", saved, 100, "ms"),
        ratio_at_most("The same save", saved, saved_online, 1, "ms", "answered by the server on loopback"),
        ratio_at_most(
            "Opened offline → Today usable",
            started,
            started_online,
            1.2,
            "ms",
            "the server's page on loopback",
        ),
        at_most("Keystroke → 20 rows painted, 5,000 customers", typed, 100, "ms"),
        at_most("Keystroke → 20 rows painted, 50,000 customers", typed_in_crowd, 200, "ms"),
        at_most("Replica of 5,000 customers with 25,000 visits, ready", ready, 3, "s", 2),
    ]
