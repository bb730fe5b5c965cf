"""Many phones that come back to servers within a minute, and how much memory the servers take meanwhile."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tests.served import Server
from tests.storm.company import Rep
from tests.storm.phone import StormPhone

WITHIN_S = 60
MOVING_IN_AT_ONCE = 8
LOOK_EVERY_S = 0.5


@dataclass
class Storm:
    phones: list[StormPhone]
    servers: Sequence[Server]
    within_s: float = WITHIN_S
    took_s: float = 0.0  # from the first phone that came to the last receipt
    memory: list[tuple[int, float]] = field(default_factory=list)  # phones that were done, MB of the servers

    async def move_in(self) -> None:
        """Before the storm: every phone fetches its replica."""
        room = asyncio.Semaphore(MOVING_IN_AT_ONCE)

        async def one(phone: StormPhone) -> None:
            async with room:
                await phone.move_in()

        await asyncio.gather(*(one(phone) for phone in self.phones))

    async def rage(self) -> None:
        watch = asyncio.create_task(self._watch_memory())
        started = time.monotonic()
        await asyncio.gather(*(self._come(phone) for phone in self.phones))
        self.took_s = max(phone.flushed_at for phone in self.phones) - started
        watch.cancel()
        self._look_at_memory()

    async def _come(self, phone: StormPhone) -> None:
        # As when a mobile network comes back: half of the phones come in the first eighth of the time.
        await asyncio.sleep(self.within_s * random.random() ** 3)
        await phone.come_online()

    async def _watch_memory(self) -> None:
        while True:
            self._look_at_memory()
            await asyncio.sleep(LOOK_EVERY_S)

    def _look_at_memory(self) -> None:
        self.memory.append((self.done, sum(memory_of(server) for server in self.servers)))

    @property
    def done(self) -> int:
        """How many phones have sent everything."""
        return sum(not phone.outbox for phone in self.phones)

    @property
    def flushes_s(self) -> list[float]:
        return sorted(phone.flush_s for phone in self.phones)

    @property
    def problems(self) -> Counter[str]:
        return sum((phone.problems for phone in self.phones), Counter())


def phones_of(reps: Sequence[Rep], servers: Sequence[Server], entries: int) -> list[StormPhone]:
    """A phone for each rep, with so many entries to send. Each of its requests goes to a random server."""
    phones = [StormPhone(rep, lambda: random.choice(servers).url) for rep in reps]
    for phone in phones:
        phone.save(entries, datetime.now(UTC))
    return phones


@contextmanager
def serving(folders: Sequence[Path], **settings: str) -> Iterator[list[Server]]:
    with ExitStack() as stack:
        servers = [Server(folder, **settings) for folder in folders]
        for server in servers:
            stack.callback(stop, server)
        yield servers


def stop(server: Server) -> None:
    if server.process.poll() is None:
        server.stop()


def memory_of(server: Server) -> float:
    """Resident memory of the server's processes, in MB."""
    return sum(resident_kb(pid) for pid in server.pids) / 1000


def resident_kb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])
