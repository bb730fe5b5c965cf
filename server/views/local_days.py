"""Days in the reader's time zone, computed by the database."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import case

from server.days import DAY_SECONDS
from server.models.column import seconds
from server.views.reader import Reader

# No time zone changes its offset twice within this time.
LOOKED_AT_EVERY: Final = timedelta(days=20)


def day_number(moment: Any, since: date, reader: Reader) -> Any:
    """SQL: the reader's local day, in days since 1970, of a moment between `since` and now."""
    now = reader.now
    whole, changes = seconds(moment), _changes(reader.start_of(since).astimezone(UTC), now, reader)
    if not changes:
        return (whole + _offset(now, reader)) // DAY_SECONDS
    before = [(moment < change, offset) for change, offset in changes]
    return (whole + case(*before, else_=_offset(now, reader))) // DAY_SECONDS


def _changes(first: datetime, last: datetime, reader: Reader) -> list[tuple[datetime, int]]:
    """Changes of the offset from UTC: the moment, and the offset (seconds) until then."""
    found, early = [], first
    while early < last:
        late = min(early + LOOKED_AT_EVERY, last)
        if _offset(early, reader) != _offset(late, reader):
            found.append((_change(early, late, reader), _offset(early, reader)))
        early = late
    return found


def _offset(moment: datetime, reader: Reader) -> int:
    offset = moment.astimezone(ZoneInfo(reader.time_zone)).utcoffset()
    return int(offset.total_seconds()) if offset else 0


def _change(early: datetime, late: datetime, reader: Reader) -> datetime:
    """The moment of the only change of the offset between these two, to the second."""
    before = _offset(early, reader)
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) / 2
        early, late = (middle, late) if _offset(middle, reader) == before else (early, middle)
    return late
