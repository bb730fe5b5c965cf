"""A phone that is written from the contract alone, with the deadlines and the pauses of the app (sync/sender.js)."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp
import msgspec

from server.auth import SESSION_COOKIE
from server.auth_csrf import CSRF_COOKIE
from server.models.column import wire
from server.models.identity import new_id
from sync.envelope import CONTENT_TYPE, PROTOCOL
from tests.bench.pushes import change
from tests.storm.company import Rep

SHORT_S, LONG_S, LARGE_BYTES = 20, 60, 100 * 1024
FIRST_BACKOFF_S, LONGEST_BACKOFF_S = 1.0, 300.0


@dataclass
class Later:
    """A request that failed and has to be made again. `after_s`: after how long, if the server has said so."""

    after_s: float | None
    problem: str


@dataclass
class StormPhone:
    rep: Rep
    origin: Callable[[], str]  # which server the next request reaches
    device_id: str = field(default_factory=new_id)
    epoch: str | None = None
    cursor: str = ""
    outbox: list[dict[str, Any]] = field(default_factory=list)
    saved: list[str] = field(default_factory=list)  # the notes, each another one
    problems: Counter[str] = field(default_factory=Counter)  # what came instead of receipts
    flush_s: float = 0.0  # from coming online to the last receipt
    flushed_at: float = 0.0

    def save(self, entries: int, now: datetime) -> None:
        """Saves so many visits, as on many days without a signal."""
        customers = self.rep.customer_ids
        self.outbox = [change(seq, customers[seq % len(customers)], now) for seq in range(1, entries + 1)]
        self.saved = [entry["args"]["note"] for entry in self.outbox]

    async def move_in(self) -> None:
        """Fetches the replica, long before the storm."""
        async with self._session() as http:
            await self._patiently(lambda: self._pull(http))

    async def come_online(self) -> None:
        """Sends everything in the outbox, then fetches what is new."""
        started = time.monotonic()
        async with self._session() as http:
            while self.outbox:
                await self._patiently(lambda: self._push(http))
            self.flushed_at = time.monotonic()
            self.flush_s = self.flushed_at - started
            await self._patiently(lambda: self._pull(http))

    def _session(self) -> aiohttp.ClientSession:
        """The phone's own connection, kept open between requests."""
        cookies = f"{SESSION_COOKIE}={self.rep.secret}; {CSRF_COOKIE}={self.rep.csrf_token}"
        headers = {"Accept": CONTENT_TYPE, "Cookie": cookies}
        return aiohttp.ClientSession(headers=headers, cookie_jar=aiohttp.DummyCookieJar())

    async def _patiently(self, ask: Callable[[], Any]) -> None:
        """Repeats `ask` until it is answered. Each pause is random; its upper limit doubles each time."""
        failures = 0
        while (told := await ask()) is not None:
            self.problems[told.problem] += 1
            failures += 1
            longest = min(FIRST_BACKOFF_S * 2**failures, LONGEST_BACKOFF_S)
            backoff = random.uniform(FIRST_BACKOFF_S, longest)
            asked = (told.after_s or 0) * random.uniform(1, 1.5)
            await asyncio.sleep(max(backoff, asked))

    async def _push(self, http: aiohttp.ClientSession) -> Later | None:
        body = msgspec.json.encode(self._envelope())
        headers = {"Content-Type": "application/json", "X-CSRFToken": self.rep.csrf_token}
        deadline_s = LONG_S if len(body) > LARGE_BYTES else SHORT_S
        answer = await self._ask(http, "POST", "/sync/push", deadline_s, data=body, headers=headers)
        if isinstance(answer, Later):
            return answer
        self._settle(answer)
        return None

    def _envelope(self) -> dict[str, Any]:
        who = {"device_id": self.device_id, "user_id": self.rep.user_id}
        about = {"protocol": PROTOCOL, "epoch": self.epoch, "sent_at": wire(datetime.now(UTC))}
        return {**about, **who, "unsent": len(self.outbox), "changes": self.outbox}

    def _settle(self, answer: dict[str, Any]) -> None:
        receipts = {receipt["seq"]: receipt for receipt in answer["receipts"]}
        assert receipts, answer
        for entry in self.outbox:
            receipt = receipts[entry["seq"]]
            assert receipt["id"] == entry["id"]
            assert receipt["status"] in ("applied", "duplicate"), receipt
        self.outbox = [entry for entry in self.outbox if entry["seq"] not in receipts]

    async def _pull(self, http: aiohttp.ClientSession) -> Later | None:
        while True:
            asked = {"device_id": self.device_id, "cursor": self.cursor, "columns": "1"}
            page = await self._ask(
                http, "GET", "/sync/pull", SHORT_S if self.cursor else LONG_S, params=asked
            )
            if isinstance(page, Later):
                return page
            self.cursor, self.epoch = page["cursor"], page["epoch"]
            if not page["more"]:
                return None

    async def _ask(
        self, http: aiohttp.ClientSession, method: str, path: str, deadline_s: float, **more: Any
    ) -> dict[str, Any] | Later:
        timeout = aiohttp.ClientTimeout(total=deadline_s)
        try:
            async with http.request(
                method, self.origin() + path, timeout=timeout, allow_redirects=False, **more
            ) as answer:
                return understood(answer, await answer.read())
        except TimeoutError:
            return Later(None, "deadline")
        except aiohttp.ClientError as error:
            return Later(None, type(error).__name__)


def understood(answer: aiohttp.ClientResponse, body: bytes) -> dict[str, Any] | Later:
    if answer.status in (429, 503):
        return Later(float(answer.headers["Retry-After"]), str(answer.status))
    if answer.status == 500:
        return Later(None, "500")
    # Any other refusal would be a defect: of the phone, or of the server.
    assert (answer.status, answer.content_type) == (200, CONTENT_TYPE), (answer.status, body[:500])
    told: dict[str, Any] = msgspec.json.decode(body)
    return told
