"""The periods that a question can be about, and their days."""

from datetime import date
from typing import Final

from server.days import DAY, WEEK, Span, first_day, monday_of, next_month
from server.translations import msgid

PERIODS: Final = {
    "week": msgid("This week"),
    "month": msgid("This month"),
    "quarter": msgid("This quarter"),
    "year": msgid("This year"),
    "last_month": msgid("Last month"),
    "last_quarter": msgid("Last quarter"),
    "last_year": msgid("Last year"),
    "twelve_months": msgid("Twelve months"),
}


def span_of(period: str, today: date) -> Span:
    """`period`: a key of PERIODS. Current periods end today."""
    if period in ("week", "month", "quarter"):
        return Span(first_day(period, today), today)
    if period in ("last_month", "last_quarter"):
        last = first_day(period.removeprefix("last_"), today) - DAY
        return Span(first_day(period.removeprefix("last_"), last), last)
    if period == "last_year":
        return Span(date(today.year - 1, 1, 1), date(today.year - 1, 12, 31))
    if period == "twelve_months":
        return Span(_months_before(today, 11), today)
    return Span(date(today.year, 1, 1), today)


def _months_before(day: date, months: int) -> date:
    number = day.year * 12 + day.month - 1 - months
    return date(number // 12, number % 12 + 1, 1)


def months_in(span: Span) -> list[date]:
    """The first day of each month that has a day in the span."""
    found, first = [], span.first.replace(day=1)
    while first <= span.last:
        found.append(first)
        first = next_month(first)
    return found


def weeks_in(span: Span) -> list[date]:
    """The Monday of each week that has a day in the span."""
    found, monday = [], monday_of(span.first)
    while monday <= span.last:
        found.append(monday)
        monday += WEEK
    return found
