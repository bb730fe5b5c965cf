"""The moment that a page's figures are as of: a kept copy may be read later without a signal."""

from server import words
from server.views.reader import Reader


def as_of(reader: Reader) -> str:
    local = words.local_datetime(reader.now, reader.time_zone)
    when = f"{words.weekday_and_date(local.date(), reader.locale)} {words.clock(local)}"
    return reader.t("As of %(clock)s", clock=when)
