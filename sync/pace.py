"""Limits how often one device may push. Counted in each process's memory: it protects the machine, not a secret."""

from collections import deque
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from sync.envelope import Declined

PUSHES: Final = 120
WINDOW: Final = timedelta(minutes=1)
MOST_DEVICES: Final = 10_000


class Pace:
    def __init__(self) -> None:
        self._recent: dict[str, deque[datetime]] = {}
        self._lock = Lock()

    def check(self, device_id: str, now: datetime) -> None:
        """Counts a push; raises Declined if it is one too many."""
        with self._lock:
            if len(self._recent) > MOST_DEVICES:
                self._recent.clear()
            recent = self._recent.setdefault(device_id, deque(maxlen=PUSHES))
            if len(recent) == PUSHES and timedelta(0) <= now - recent[0] < WINDOW:  # a clock may be set back
                wait = WINDOW - (now - recent[0])
                raise Declined(429, "too_often", retry_after=wait.seconds + 1)
            recent.append(now)
