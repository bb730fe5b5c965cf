"""Does the work of reminders again and again: looks for what is due, sends what waits. As many may run as one likes."""

import asyncio
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import aiohttp
import structlog
from sqlmodel import col, select

from server.config import Settings
from server.database import Database
from server.models.reminder import Delivery
from server.reminders.delivery import ToSend, settle, take
from server.reminders.destination import Destinations
from server.reminders.encryption import BadKeys, Encrypted, Sealer, TooLarge, check_keys
from server.reminders.outbox import claim, sweep, waiting
from server.reminders.sending import Outcome, open_client, send
from server.secret_key import push_key

SWEPT_EVERY: Final = timedelta(seconds=30)
LOOKED_EVERY_SECONDS: Final = 3
AT_ONCE: Final = 100
NO_CONTACT: Final = "mailto:nobody@example.com"

log = structlog.get_logger("legwork.reminders")


class Worker:
    """`origin`: where phones find us, https://legwork.example.com."""

    def __init__(self, database: Database, settings: Settings, origin: str) -> None:
        self.database, self.settings, self.origin = database, settings, origin
        self.sealer = sealer_of(settings, origin)
        self.destinations = destinations_of(settings)
        self._dice = random.Random()  # noqa: S311  (spreads load, guards nothing)
        self._swept_at: datetime | None = None

    async def run(self) -> None:
        """Until it is cancelled. What it had claimed then is claimed by another when the claim ends."""
        async with open_client(self.destinations) as client:
            while True:
                await self._turn_or_complain(client)
                await asyncio.sleep(LOOKED_EVERY_SECONDS)

    async def _turn_or_complain(self, client: aiohttp.ClientSession) -> None:
        """Nobody would start it again: whatever goes wrong with one message, the others must come tomorrow."""
        try:
            await self.turn(client, datetime.now(UTC))
        except Exception:
            log.exception("reminders_broke_off")

    async def turn(self, client: aiohttp.ClientSession, now: datetime) -> None:
        if self._swept_at is None or not timedelta(0) <= now - self._swept_at < SWEPT_EVERY:
            await asyncio.to_thread(sweep, self.database, self.settings, now)
            self._swept_at = now
        while await self.deliver(client, now):
            pass

    async def deliver(self, client: aiohttp.ClientSession, now: datetime) -> int:
        """Sends a batch of what waits; how many it claimed and sent or gave up."""
        batch = await asyncio.to_thread(self._take, now)
        sealed = [(to_send, sealed) for to_send, sealed in batch if isinstance(sealed, Encrypted)]
        refused = [(to_send, outcome) for to_send, outcome in batch if isinstance(outcome, Outcome)]
        answers = await asyncio.gather(
            *(send(client, self.destinations, encrypted, now) for _, encrypted in sealed)
        )
        sent = [(to_send, answer) for (to_send, _), answer in zip(sealed, answers, strict=True)]
        if batch:
            await asyncio.to_thread(self._settle, sent + refused, now)
        return len(batch)

    def _take(self, now: datetime) -> list[tuple[ToSend, Encrypted | Outcome]]:
        if not self._anything_waits(now):
            return []
        with self.database.writing() as session:
            ids = claim(session, now, AT_ONCE)
        # The claim stands, so that what breaks here is not tried again at once.
        with self.database.writing() as session:
            taken = take(
                session, self.settings, ids, now, origin=self.origin, server_key=self.sealer.public_key
            )
        return [(to_send, self._seal(to_send, now)) for to_send in taken]

    def _anything_waits(self, now: datetime) -> bool:
        """Without the lock of a writer: mostly nothing does."""
        with self.database.reading() as session:
            return session.exec(select(col(Delivery.id)).where(*waiting(now)).limit(1)).first() is not None

    def _seal(self, to_send: ToSend, now: datetime) -> Encrypted | Outcome:
        try:
            check_keys(to_send.subscription.p256dh, to_send.subscription.auth)
            return self.sealer.seal(to_send.subscription, to_send.message, now)
        except TooLarge as error:
            return Outcome("wrong", f"too large: {error}")
        except BadKeys:
            return Outcome("gone", "its keys are none")

    def _settle(self, outcomes: Sequence[tuple[ToSend, Outcome]], now: datetime) -> None:
        with self.database.writing() as session:
            settle(session, outcomes, now, self._dice)
        for _, outcome in outcomes:
            if outcome.kind == "wrong":
                log.error("push_refused", answer=outcome.answer)


def sealer_of(settings: Settings, origin: str) -> Sealer:
    return Sealer(push_key(settings), origin if origin.startswith("https:") else NO_CONTACT)


def destinations_of(settings: Settings) -> Destinations:
    hosts = [host.strip() for host in settings.push_hosts.split(",") if host.strip()]
    return Destinations(hosts, loopback=settings.push_loopback)
