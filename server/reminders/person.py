"""Whom a reminder is for, with the time zone, working days and hours in which they want to hear."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache, cached_property
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import true
from sqlmodel import Session, col, select

from server.config import Settings
from server.days import DAY
from server.models.push_subscription import PushSubscription, live
from server.models.reminder import ReminderSettings, TerritorySettings, Wishes
from server.models.user import User
from server.translations import Translator, translator

LONGEST_FREE: Final = 120  # days: two of the longest holidays that a territory can enter at once
AS_USUAL = Wishes()


@dataclass(frozen=True)
class Person:
    user: User
    wishes: Wishes
    time_zone: str
    holidays: frozenset[str] = frozenset()  # of the territory: 2026-12-25
    company_zone: str = "UTC"
    ranked: str = ""  # the ranking in the weekly report's message; see ranked.py

    @cached_property
    def zone(self) -> ZoneInfo:
        return _zone(self.time_zone)

    @property
    def t(self) -> Translator:
        return translator(self.user.language)

    def day_of(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def hears(self, now: datetime, any_day: bool = False) -> bool:
        """Whether they want to be told anything now: after their hour, not in their quiet hours, on a working day.
        `any_day`: also on a day off."""
        clock = f"{now.astimezone(self.zone):%H:%M}"
        awake = clock >= self.wishes.hour and not is_quiet(clock, self.wishes)
        return awake and (any_day or self.works_on(self.day_of(now)))

    def wants(self, kind: str) -> bool:
        return kind not in self.wishes.muted

    def prefers_mail(self, kind: str) -> bool:
        return kind in self.wishes.emailed

    def works_on(self, day: date) -> bool:
        return str(day.isoweekday()) in self.wishes.working_days and day.isoformat() not in self.holidays

    def working_day_from(self, day: date) -> date:
        """The first working day from this day on; the day itself if there is none within LONGEST_FREE days."""
        days = (day + count * DAY for count in range(LONGEST_FREE))
        return next((day for day in days if self.works_on(day)), day)

    def free_since(self, day: date) -> date:
        """The first of the days off in a row that end on this day or the day before; without any, the day itself."""
        days = (day - count * DAY for count in range(LONGEST_FREE))
        return next((day for day in days if self.works_on(day - DAY)), day)

    def start_of(self, day: date) -> datetime:
        return datetime.combine(day, time.min, self.zone)


@cache
def _zone(name: str) -> ZoneInfo:
    """Python caches only eight zones, and would read the files of further ones again and again."""
    return ZoneInfo(name)


def is_quiet(clock: str, wishes: Wishes) -> bool:
    """`clock`: such as 21:45. Quiet hours may go past midnight."""
    since, until = wishes.quiet_from, wishes.quiet_until
    if since <= until:
        return since <= clock < until
    return clock >= since or clock < until


def reachable(session: Session, settings: Settings, now: datetime) -> list[Person]:
    """Everybody who can be told: whoever has a subscribed browser, or everybody if there is a mail server."""
    return _people(session, is_reached(settings, now), settings.time_zone)


def is_reached(settings: Settings, now: datetime) -> Any:
    """SQL on User: whether somebody is `reachable`."""
    if settings.sends_mail:
        return true()
    told = live(now, settings.session_days).with_only_columns(col(PushSubscription.user_id))
    return col(User.id).in_(told)


def people_named(session: Session, user_ids: Iterable[str], time_zone: str) -> list[Person]:
    """These people, reachable or not, without those who have left."""
    return _people(session, col(User.id).in_(list(user_ids)), time_zone)


def _people(session: Session, which: Any, time_zone: str) -> list[Person]:
    query = (
        select(User, ReminderSettings, TerritorySettings)
        .outerjoin(ReminderSettings, col(ReminderSettings.user_id) == col(User.id))
        .outerjoin(TerritorySettings, col(TerritorySettings.territory_id) == col(User.territory_id))
        .where(which, col(User.deactivated_at).is_(None))
        .order_by(col(User.id))
    )
    return [
        Person(user, own or common or AS_USUAL, user.zone(time_zone), _holidays(common), time_zone)
        for user, own, common in session.exec(query)
    ]


def _holidays(common: TerritorySettings | None) -> frozenset[str]:
    return frozenset(common.holidays) if common is not None else frozenset()
