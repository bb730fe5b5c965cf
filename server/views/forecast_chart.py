"""Months won, the forecast with its interval, and the quota, as a chart and as a table."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from unicodedata import east_asian_width

from server import words
from server.days import quarter_of
from server.forecast.outlook import Outlook, Range
from server.views.amounts import about
from server.views.reader import Reader
from server.views.sales_lists import open_href
from server.views.team_asked import TeamAsked, won_href

WIDTH, HEIGHT = 520, 240
LEFT, RIGHT, TOP, BOTTOM = 78, 8, 14, 34
# Widths of a letter (Latin, Chinese) on a phone, where they are largest, and their distance from the bars.
NARROW, WIDE, BESIDE = 13, 21, 10
SHOWN: Final = 12  # past months
STEPS: Final = (1, 2, 5)
EVERY: Final = 3  # every third month is labelled, and the last one
FEW: Final = 5  # up to so many months are all labelled


def chart(asked: TeamAsked, found: Outlook, target: int | None, starts_on: date) -> dict[str, Any]:
    """A month's quota is drawn as a third of the quarter's. `target`: cents of the quarter, if there is a quota."""
    reader, past = asked.reader, found.months[-SHOWN:]
    months = [month for month, _ in past] + [month for month, _ in found.ahead]
    monthly = None if target is None else target // 3
    most = max([1, monthly or 0, *(cents for _, cents in past), *(_top(span) for _, span in found.ahead)])
    step = _step(most)
    lines = -(-most // step)
    amounts = [about(number * step, found.currency, reader.locale) for number in range(lines + 1)]
    left = max(LEFT, *(BESIDE + _width(amount) for amount in amounts))
    every = 1 if len(months) <= FEW else EVERY
    across = (WIDTH - left - RIGHT) / len(months)

    def x(number: float) -> int:
        return round(left + across * number)

    def y(cents: int) -> int:
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * max(cents, 0) / (lines * step))

    bars = [_bar(number, cents, x, y) for number, (_, cents) in enumerate(past)]
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "left": left,
        "right": WIDTH - RIGHT,
        "lines": [{"y": y(number * step), "text": amount} for number, amount in enumerate(amounts)],
        "months": [
            {"x": x(number + 0.5), "text": _short(months[number], reader, is_first=number < every)}
            for number in range((len(months) - 1) % every, len(months), every)
        ],
        "bars": bars,
        "ahead": [_ahead(len(past) + number, span, x, y) for number, (_, span) in enumerate(found.ahead)],
        "band": _band(len(past), [span for _, span in found.ahead], x, y),
        "quota_href": won_href(asked, found.currency),
        "quota": _quota(months, monthly, starts_on, x, y),
        "rows": _table(asked, found, past, monthly, starts_on),
        "open_href": open_href(asked, found.currency),
        "has_quota": monthly is not None,
    }


def _width(text: str) -> int:
    return sum(WIDE if east_asian_width(letter) in "WF" else NARROW for letter in text)


def _top(span: Range) -> int:
    return span.middle if span.high is None else span.high


def _step(most: int) -> int:
    """The distance of about four grid lines, a round amount."""
    unit = 100
    while True:
        for step in STEPS:
            if most <= 4 * step * unit:
                return step * unit
        unit *= 10


def _bar(number: int, cents: int, x: Any, y: Any) -> dict[str, int]:
    left, right, top = x(number + 0.14), x(number + 0.86), y(cents)
    return {"x": left, "width": right - left, "y": top, "height": y(0) - top}


def _ahead(number: int, span: Range, x: Any, y: Any) -> dict[str, Any]:
    has_span = span.low is not None and span.high is not None
    return {
        **_bar(number, span.middle, x, y),
        "middle": x(number + 0.5),
        "has_span": has_span,
        "low": y(span.low) if has_span else 0,
        "high": y(span.high) if has_span else 0,
    }


def _band(first: int, spans: Sequence[Range], x: Any, y: Any) -> str:
    if any(span.low is None or span.high is None for span in spans):
        return ""
    upper = [f"{x(first + number + 0.5)},{y(span.high)}" for number, span in enumerate(spans)]
    lower = [f"{x(first + number + 0.5)},{y(span.low)}" for number, span in enumerate(spans)]
    return " ".join([*upper, *reversed(lower)])


def _quota(
    months: Sequence[date], monthly: int | None, starts_on: date, x: Any, y: Any
) -> dict[str, int] | None:
    inside = [number for number, month in enumerate(months) if quarter_of(month) == starts_on]
    if monthly is None or not inside:
        return None
    return {"from": x(inside[0]), "to": x(inside[-1] + 1), "y": y(monthly)}


def _short(month: date, reader: Reader, *, is_first: bool) -> str:
    """A month's label; the year is added to the first one and to January only, for lack of space."""
    has_year = is_first or month.month == 1
    if reader.locale == "zh-Hans":
        return f"{month.year % 100:02}年{month.month}月" if has_year else f"{month.month}月"
    name = words.MONTHS[month.month - 1]
    return f"{name} {month.year % 100:02}" if has_year else name


def _table(
    asked: TeamAsked,
    found: Outlook,
    past: Sequence[tuple[date, int]],
    monthly: int | None,
    starts_on: date,
) -> list[dict[str, Any]]:
    """`foreseen`: the forecast, then its interval's ends."""
    reader = asked.reader

    def won(month: date, cents: int) -> dict[str, str]:
        href = won_href(asked, found.currency, month=f"{month:%Y-%m}")
        return {"won": words.money(cents, found.currency), "won_href": href}

    def about_whole(cents: int | None) -> str:
        return "" if cents is None else words.money((cents + 50) // 100 * 100, found.currency)

    def quota(month: date) -> str:
        return about_whole(monthly) if quarter_of(month) == starts_on else ""

    rows = [
        {"month": words.month(month, reader.locale), **won(month, cents), "foreseen": [""] * 3, "quota": quota(month)}
        for month, cents in past
    ]  # fmt: skip
    now = found.ahead[0][0]
    rows += [
        {
            "month": words.month(month, reader.locale),
            **(won(month, found.won_in_month) if month == now else {"won": "", "won_href": ""}),
            "foreseen": [about_whole(cents) for cents in span],
            "quota": quota(month),
        }
        for month, span in found.ahead
    ]
    return rows
