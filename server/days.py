"""Days of the calendar: weeks, months and quarters, and when a day begins somewhere."""

from collections.abc import Container
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(weeks=1)
DAY_SECONDS: Final = 86_400
WORKING_DAYS: Final = 5  # of a week, where nobody has said which


@dataclass(frozen=True)
class Span:
    """Days from `first` to `last`, both included."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


def start_of(day: date, time_zone: str) -> datetime:
    return datetime.combine(day, time.min, ZoneInfo(time_zone))


def monday_of(day: date) -> date:
    return day - day.weekday() * DAY


def next_month(day: date) -> date:
    """The first day of the month after the one that `day` is in."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def quarter_of(day: date) -> date:
    """The first day of the quarter."""
    return day.replace(day=1, month=day.month - (day.month - 1) % 3)


def next_quarter(first: date) -> date:
    return quarter_of(first + timedelta(days=100))


def quarter_before(first: date) -> date:
    return quarter_of(first - DAY)


def first_day(period: str, day: date) -> date:
    """Of the week, month or quarter that `day` is in."""
    if period == "week":
        return monday_of(day)
    return day.replace(day=1) if period == "month" else quarter_of(day)


def last_day(period: str, day: date) -> date:
    first = first_day(period, day)
    if period == "week":
        return first + WEEK - DAY
    return (next_month(first) if period == "month" else next_quarter(first)) - DAY


def working_days(first: date, last: date, holidays: Container[date] = ()) -> int:
    """Mondays to Fridays that are no holidays."""
    days = (first + number * DAY for number in range((last - first).days + 1))
    return sum(1 for day in days if day.weekday() < WORKING_DAYS and day not in holidays)
