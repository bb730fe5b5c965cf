"""A finger on the glass of Chromium, as the screen reports it: x and y in the window."""

import time

from playwright.sync_api import Locator, Page

STEPS = 8


class Finger:
    def __init__(self, page: Page) -> None:
        self.devtools = page.context.new_cdp_session(page)
        self.at = (0.0, 0.0)

    def touch(self, x: float, y: float) -> None:
        self.at = (x, y)
        self._report("touchStart", [self.at])

    def move(self, x: float, y: float) -> None:
        (from_x, from_y), self.at = self.at, (x, y)
        for step in range(1, STEPS + 1):
            share = step / STEPS
            self._report("touchMove", [(from_x + (x - from_x) * share, from_y + (y - from_y) * share)])

    def leave(self) -> None:
        self._report("touchEnd", [])

    def lose(self) -> None:
        """The touch is cancelled, as when the system takes the gesture for itself."""
        self._report("touchCancel", [])

    def tap_twice(self, x: float, y: float) -> None:
        """Two taps a tenth of a second apart by their timestamps, however slow the machine is."""
        began_at = time.time()
        for after in (0.0, 0.1):
            self._report("touchStart", [(x, y)], began_at + after)
            self._report("touchEnd", [], began_at + after + 0.02)

    def _report(self, kind: str, points: list[tuple[float, float]], at: float | None = None) -> None:
        told = [{"x": x, "y": y} for x, y in points]
        when = {} if at is None else {"timestamp": at}
        self.devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": told, **when})


def middle_of(part: Locator) -> tuple[float, float]:
    box = part.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
