"""The worker: looks for what is due and sends what waits, again and again. Any number of workers may run at once."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any, Final

import aiohttp
import structlog
from sqlmodel import col, select

from server.config import Settings
from server.database import Database
from server.models import session as sessions
from server.models.reminder import Delivery
from server.reminders.delivery import settle, take
from server.reminders.desk import ToMail, ToPush, ToSend
from server.reminders.destination import Destinations
from server.reminders.encryption import BadKeys, Encrypted, Sealer, TooLarge
from server.reminders.handing_back import hand_back
from server.reminders.mail_server import MailServer
from server.reminders.outbox import CLAIMED_FOR, claim, forget_old, sweep, waiting
from server.reminders.sending import MOST_AT_ONCE, MOST_SECONDS, NOT_SENT, Outcome, open_client, send
from server.secret_key import push_key

SWEPT_EVERY: Final = timedelta(seconds=30)
TIDIED_EVERY: Final = timedelta(hours=1)
LOOKED_EVERY_SECONDS: Final = 3
PUSHES_CLAIMED: Final = 500  # in a batch
LETTERS_AT_ONCE: Final = 20  # in a batch
NO_CONTACT: Final = "mailto:nobody@example.com"  # a push message must name a contact

log = structlog.get_logger("legwork.reminders")


@dataclass(frozen=True)
class Batch:
    messages: list[tuple[ToPush, Encrypted | Outcome]]
    claimed_at: float  # by the monotonic clock

    def is_ours(self) -> bool:
        """Whether a message that is sent now has its answer before the claim ends. While push services hang, the last
        messages of a batch would be too late."""
        return monotonic() - self.claimed_at + MOST_SECONDS < CLAIMED_FOR.total_seconds()


def going_on_from(now: datetime) -> Callable[[], datetime]:
    """A clock. Sending everything that waits may take minutes, while other workers go by the time that it is: claims
    that began by the time when the sending began would have ended before anything is sent."""
    began = monotonic()
    return lambda: now + timedelta(seconds=monotonic() - began)


class Worker:
    """`origin`: where phones find us, https://legwork.example.com."""

    def __init__(self, database: Database, settings: Settings, origin: str) -> None:
        self.database, self.settings, self.origin = database, settings, origin
        self.sealer = sealer_of(settings, origin)
        self.destinations = destinations_of(settings)
        self._dice = random.Random()  # noqa: S311  (spreads load, guards nothing)
        self._swept_at: datetime | None = None
        self._tidied_at: datetime | None = None
        self.mail_server = MailServer(settings)

    async def run(self) -> None:
        """Runs until it is cancelled. Deliveries that are claimed then can be claimed again when the claim ends."""
        async with open_client(self.destinations) as client:
            await asyncio.gather(
                self._again_and_again(lambda now: self.turn(client, now)), self._again_and_again(self.post)
            )

    async def _again_and_again(self, work: Callable[[datetime], Awaitable[None]]) -> None:
        """Goes on after any error, because nobody would start the loop again."""
        while True:
            try:
                await work(datetime.now(UTC))
            except Exception:
                log.exception("reminders_broke_off")
            await asyncio.sleep(LOOKED_EVERY_SECONDS)

    async def turn(self, client: aiohttp.ClientSession, now: datetime) -> None:
        """Sweeps and tidies when it is time to, and sends the pushes that wait, also where one of the others breaks."""
        if self._swept_at is None or not timedelta(0) <= now - self._swept_at < SWEPT_EVERY:
            self._swept_at = now
            await self._aside(sweep, self.database, self.settings, now)
        if self._tidied_at is None or not timedelta(0) <= now - self._tidied_at < TIDIED_EVERY:
            self._tidied_at = now
            await self._aside(self.tidy, now)
        await self.deliver(client, now)

    async def _aside(self, work: Callable[..., object], *about: Any) -> None:
        try:
            await asyncio.to_thread(work, *about)
        except Exception:
            log.exception("reminders_broke_off")

    async def post(self, now: datetime) -> None:
        """Sends the e-mails that wait. It runs beside `turn`, so that a slow mail server does not hold up pushes."""
        clock = going_on_from(now)
        while self.settings.sends_mail and await self.deliver_mail(clock):
            pass

    async def deliver(self, client: aiohttp.ClientSession, now: datetime) -> None:
        """Sends the pushes that wait, MOST_AT_ONCE at a time: each answer makes room for the next. Meanwhile the next
        batch is claimed and encrypted, and the answers of the one before are noted. It ends in time for the next sweep;
        what waits then is sent after that."""
        clock, room = going_on_from(now), asyncio.Semaphore(MOST_AT_ONCE)
        answered: list[tuple[ToSend, Outcome]] = []

        async def push(batch: Batch, to_push: ToPush, sealed: Encrypted | Outcome) -> None:
            outcome = await self._push(client, sealed, clock()) if batch.is_ours() else NOT_SENT
            answered.append((to_push, outcome))
            room.release()

        async def next_batch() -> Batch | None:
            ends = clock() - now >= SWEPT_EVERY
            return None if ends else await asyncio.to_thread(self._take_sealed, clock())

        async with asyncio.TaskGroup() as under_way:
            ahead = under_way.create_task(next_batch())
            while (batch := await ahead) is not None:
                ahead = under_way.create_task(next_batch())
                for one in batch.messages:
                    await room.acquire()
                    under_way.create_task(push(batch, *one))
                noted, answered = answered, []
                under_way.create_task(self._settle(noted, clock()))
        await self._settle(answered, clock())

    async def _push(
        self, client: aiohttp.ClientSession, sealed: Encrypted | Outcome, now: datetime
    ) -> Outcome:
        if isinstance(sealed, Outcome):
            return sealed
        return await send(client, self.destinations, sealed, now)

    async def deliver_mail(self, clock: Callable[[], datetime]) -> bool:
        """Sends a batch of e-mails. Returns whether any were claimed: then there may be more."""
        taken = await asyncio.to_thread(self._take, clock(), LETTERS_AT_ONCE, True)
        if taken is None:
            return False
        letters = [to_mail for to_mail in taken if isinstance(to_mail, ToMail)]
        if letters:
            outcomes = await self.mail_server.deliver([to_mail.letter for to_mail in letters])
            await self._settle(list(zip(letters, outcomes, strict=True)), clock())
        return True

    def _take_sealed(self, now: datetime) -> Batch | None:
        began = monotonic()
        taken = self._take(now, PUSHES_CLAIMED)
        if taken is None:
            return None
        return Batch(
            [(to_push, self._seal(to_push, now)) for to_push in taken if isinstance(to_push, ToPush)], began
        )

    def _take(self, now: datetime, count: int, by_mail: bool = False) -> list[ToSend] | None:
        """Claims deliveries and returns what is to be sent of them, perhaps nothing;
        None if there was nothing to claim."""
        if not self._anything_waits(now, by_mail):
            return None
        with self.database.writing() as session:
            ids = claim(session, now, count, by_mail)
        if not ids:
            return None
        # In a transaction of its own: if this fails, the claim stands, and nobody tries the same again at once.
        with self.database.writing() as session:
            return take(
                session, self.settings, ids, now, origin=self.origin, server_key=self.sealer.public_key
            )

    def _anything_waits(self, now: datetime, by_mail: bool) -> bool:
        """Only reads, because mostly nothing waits and writers would queue."""
        with self.database.reading() as session:
            return (
                session.exec(select(col(Delivery.id)).where(*waiting(now, by_mail)).limit(1)).first()
                is not None
            )

    def _seal(self, to_push: ToPush, now: datetime) -> Encrypted | Outcome:
        try:
            return self.sealer.seal(to_push.subscription, to_push.message, now)
        except TooLarge as error:
            return Outcome("wrong", f"too large: {error}")
        except BadKeys:
            return Outcome("gone", "the browser's keys are invalid")

    async def _settle(self, outcomes: Sequence[tuple[ToSend, Outcome]], now: datetime) -> None:
        if outcomes:
            await asyncio.to_thread(self._settled, outcomes, now)

    def _settled(self, outcomes: Sequence[tuple[ToSend, Outcome]], now: datetime) -> None:
        with self.database.writing() as session:
            settle(session, self.settings, outcomes, now, self._dice)
        for sent, outcome in outcomes:
            if outcome.kind == "wrong" and isinstance(sent, ToPush):
                log.error("push_refused", answer=outcome.answer)
            elif outcome.kind == "wrong":  # the rest of the answer may quote somebody's address
                log.error("mail_refused", code=outcome.answer[:3])

    def tidy(self, now: datetime) -> None:
        with self.database.writing() as session:
            hand_back(session, now)
            forget_old(session, now)
            sessions.forget_unused(session, now, self.settings.session_days)


def sealer_of(settings: Settings, origin: str) -> Sealer:
    return Sealer(push_key(settings), origin if origin.startswith("https:") else NO_CONTACT)


def destinations_of(settings: Settings) -> Destinations:
    hosts = [host.strip() for host in settings.push_hosts.split(",") if host.strip()]
    return Destinations(hosts, loopback=settings.push_loopback)
