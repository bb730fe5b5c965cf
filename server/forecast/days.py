"""Working days, Monday to Friday. Holidays are not left out."""

from datetime import date, timedelta
from typing import Final

WORKING_DAYS: Final = 5


def working_days(first: date, last: date) -> int:
    days = (last - first).days + 1
    return sum(1 for number in range(days) if (first + timedelta(days=number)).weekday() < WORKING_DAYS)
