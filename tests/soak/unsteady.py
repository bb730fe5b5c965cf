"""A server that is stopped or killed at any moment, and comes back after a while."""

import random
import signal
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from types import TracebackType

from tests.browser.company import Company

UP_S, DOWN_S = (1.0, 8.0), (0.0, 5.0)
GENTLY = 0.3  # the share of ends at which it is stopped and not killed


class Unsteady:
    """Stops and starts the server within a `with` block. After the block the server runs."""

    def __init__(self, company: Company, dice: random.Random) -> None:
        self.company, self.dice = company, dice
        self.times = 0
        self._ended = Event()

    def __enter__(self) -> "Unsteady":
        self._thread = ThreadPoolExecutor(1)
        self._life: Future[None] = self._thread.submit(self._live)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._life.result()
        self._thread.shutdown()
        self.company.start()

    def _live(self) -> None:
        # The server is down when this returns: one that a thread has started is told to end when the thread ends.
        while True:
            self._ended.wait(self.dice.uniform(*UP_S))
            self._end()
            if self._ended.wait(self.dice.uniform(*DOWN_S)):
                return
            self.company.start()

    def _end(self) -> None:
        self.times += 1
        if self.dice.random() < GENTLY:
            self.company.stop()
            return
        self.company.signal_all(signal.SIGKILL)
        self.company.process.wait(10)
