"""The reader of a screen: user, moment, language and time zone. Twin of pwa/views/reader.js."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from server import words
from server.days import start_of
from server.models.identity import new_id
from server.models.user import User
from server.translations import Translator


@dataclass(frozen=True)
class Reader:
    user: User
    now: datetime
    time_zone: str
    t: Translator
    # Forms carry the ids of the rows that they will make, so that sending one twice makes nothing twice.
    new_id: Callable[[], str] = new_id
    company_zone: str = "UTC"  # of quarters and quotas

    @property
    def locale(self) -> str:
        return self.t.locale

    @cached_property
    def today(self) -> date:
        return self.day_of(self.now)

    @cached_property
    def company_today(self) -> date:
        """Today in the company's zone, by which quarters and quotas are counted for everybody."""
        return words.local_date(self.now, self.company_zone)

    def day_of(self, moment: datetime) -> date:
        return words.local_date(moment, self.time_zone)

    def in_days(self, count: int) -> date:
        return self.today + timedelta(days=count)

    def start_of(self, day: date) -> datetime:
        return start_of(day, self.time_zone)

    def moment(self, moment: datetime) -> str:
        return words.moment(words.local_datetime(moment, self.time_zone), self.today, self.locale)

    def ago(self, moment: datetime | None) -> str:
        return words.ago(self.day_of(moment) if moment else None, self.today, self.locale)


def joined(*parts: str | None) -> str:
    return " · ".join(filter(None, parts))


def sentences(*texts: str) -> str:
    """Sentences joined by spaces, without one after a Chinese full stop."""
    return " ".join(filter(None, texts)).replace("。 ", "。")
