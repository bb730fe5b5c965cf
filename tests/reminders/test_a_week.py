"""A week of many people in many zones, hour by hour, against somebody who looks at every row by hand."""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from sqlalchemy import insert, update
from sqlmodel import col, select

from server.config import Settings
from server.database import Database
from server.models.customer import Customer
from server.models.follow_up import FollowUp
from server.models.identity import new_id
from server.models.push_subscription import PushSubscription
from server.models.reminder import Notification, NotificationItem, ReminderSettings
from server.models.user import Role, SignInSession, User
from server.models.visit import Visit
from server.reminders.outbox import sweep
from tests.cast import Cast

# A thousand where a statement is no journey; fewer where only the statements are others.
PEOPLE = {True: 1_000, False: 150}
HOURS = 7 * 24
DAY = timedelta(days=1)
BEGIN = datetime(2027, 3, 25, 0, 7, tzinfo=UTC)  # clocks change on the 28th in Europe
ZONES = (
    "UTC", "Europe/Berlin", "Asia/Shanghai", "Asia/Kathmandu", "America/New_York", "America/St_Johns",
    "Pacific/Kiritimati", "Pacific/Pago_Pago", "Australia/Lord_Howe", "Africa/Casablanca",
)  # fmt: skip

KNOWN = {zone: ZoneInfo(zone) for zone in ZONES}

Told = tuple[str, str, str, str]  # user, kind, subject, occasion


@dataclass
class Human:
    id: str
    zone: str
    hour: str
    quiet: tuple[str, str]
    days: str
    muted: list[str]
    follow_ups: dict[str, date] = field(default_factory=dict)
    plans: dict[str, date] = field(default_factory=dict)
    customers: dict[str, tuple[datetime, int]] = field(default_factory=dict)  # silent since, cadence

    def clock(self, now: datetime) -> datetime:
        return now.astimezone(KNOWN[self.zone])

    def is_quiet(self, now: datetime) -> bool:
        local = self.clock(now)
        return local.hour * 60 + local.minute in quiet_minutes(*self.quiet)

    def works(self, day: date) -> bool:
        return self.days[day.weekday()] != "-"

    def morning_of(self, day: date) -> date:
        while not self.works(day):
            day += DAY
        return day

    def due(self, now: datetime) -> set[Told]:
        local = self.clock(now)
        if local.strftime("%H:%M") < self.hour or self.is_quiet(now):
            return set()
        today = local.date()
        due = {(self.id, "planned", id_, str(day)) for id_, day in self.plans.items() if day == today}
        if self.works(today):
            due |= {told for id_, day in self.follow_ups.items() for told in self._promised(id_, day, today)}
            due |= {told for id_ in self.customers for told in self._cold(id_, today)}
            due |= self._week_over(today)
        return {told for told in due if told[1] not in self.muted}

    def _promised(self, id_: str, day: date, today: date) -> list[Told]:
        morning = self.morning_of(day)
        if today == morning:
            return [(self.id, "due", id_, str(day))]
        return [(self.id, "late", id_, str(day))] if morning < today <= morning + 14 * DAY else []

    def _cold(self, id_: str, today: date) -> list[Told]:
        since, cadence = self.customers[id_]
        cold_on = self.clock(since).date() + (cadence + 1) * DAY
        is_cold = cold_on <= today < self.morning_of(cold_on) + 14 * DAY
        return [(self.id, "cold", id_, str(int(since.timestamp())))] if is_cold else []

    def _week_over(self, today: date) -> set[Told]:
        monday = today - today.weekday() * DAY
        is_time = timedelta() <= today - self.morning_of(monday) <= 3 * DAY
        return {(self.id, "week", self.id, str(monday - 7 * DAY))} if is_time else set()


@cache
def quiet_minutes(since: str, until: str) -> set[int]:
    """Of a day, one by one from the beginning of the quiet hours."""
    minute, end = (int(at[:2]) * 60 + int(at[3:]) for at in (since, until))
    quiet = set()
    while minute != end:
        quiet.add(minute)
        minute = (minute + 1) % 1440
    return quiet


def test_nobody_is_missed_nobody_is_told_twice_and_quiet_hours_are_quiet(
    database: Database, cast: Cast, settings: Settings
) -> None:
    dice = random.Random(20270325)
    people = [human(dice) for _ in range(PEOPLE[database.is_sqlite])]
    write(database, people)
    told: set[Told] = set()
    notifications = 0
    for hour in range(HOURS):
        now = BEGIN + hour * timedelta(hours=1)
        live_on(database, dice, people, now)
        expected = {due for person in people for due in person.due(now)} - told
        count = sweep(database, settings, now)
        heard = told_at(database, now)
        assert len(heard) == len(set(heard)), "somebody was told twice at once"
        assert set(heard) == expected
        assert count == len({(user, kind) for user, kind, _, _ in expected})
        told |= expected
        notifications += count
    kinds = {
        kind: sum(1 for _, found, _, _ in told if found == kind)
        for kind in ("due", "late", "planned", "cold", "week")
    }
    assert min(kinds.values()) > len(people) / 3, kinds  # else the week was too quiet to prove anything
    assert notifications < len(told)


def human(dice: random.Random) -> Human:
    hour = dice.choice(("08:30", "08:30", "07:00", "12:15", "00:00", "02:30"))
    quiet = dice.choice((("20:00", "07:00"), ("00:00", "00:00"), ("22:00", "06:30"), ("12:00", "14:00")))
    days = dice.choice(("12345--", "12345--", "1234567", "-23456-", "-----67"))
    muted = dice.choice(([], [], [], ["cold"], ["due", "late"]))
    person = Human(new_id(), dice.choice(ZONES), hour, quiet, days, list(muted))
    today = BEGIN.date()
    for _ in range(dice.randint(0, 6)):
        person.follow_ups[new_id()] = today + dice.randint(-20, 9) * DAY
    for _ in range(dice.randint(0, 4)):
        person.plans[new_id()] = today + dice.randint(-2, 9) * DAY
    for _ in range(dice.randint(1, 6)):
        cadence = dice.choice((1, 7, 30, 90))
        since = BEGIN - (cadence + dice.randint(-8, 18)) * DAY + dice.random() * DAY
        person.customers[new_id()] = since, cadence
    return person


def live_on(database: Database, dice: random.Random, people: list[Human], now: datetime) -> None:
    """What happens between two hours: promises kept and moved, visits made, flights taken."""
    with database.writing() as session:
        for person in dice.sample(people, 25):
            if person.follow_ups and dice.random() < 0.5:
                id_ = dice.choice(sorted(person.follow_ups))
                moved = now.date() + dice.randint(0, 5) * DAY
                done = dice.random() < 0.5
                change = {"completed_at": now} if done else {"due_on": moved}
                session.execute(update(FollowUp).where(col(FollowUp.id) == id_).values(**change))
                person.follow_ups.pop(id_)
                if not done:
                    person.follow_ups[id_] = moved
            id_ = dice.choice(sorted(person.customers))
            if dice.random() < 0.5:
                person.customers[id_] = now, person.customers[id_][1]
                session.execute(update(Customer).where(col(Customer.id) == id_).values(last_touch_at=now))
            if dice.random() < 0.3:
                person.zone = dice.choice(ZONES)
                session.execute(update(User).where(col(User.id) == person.id).values(time_zone=person.zone))


def told_at(database: Database, now: datetime) -> list[Told]:
    items = NotificationItem
    columns = items.user_id, items.kind, items.subject_id, items.occasion, Notification.user_id
    with database.reading() as session:
        rows = session.exec(
            select(*columns)  # type: ignore[call-overload]
            .join(Notification, Notification.id == items.notification_id)
            .where(items.told_at == now)
        ).all()
    assert all(row[0] == row[4] for row in rows)
    return [tuple(row[:4]) for row in rows]


def write(database: Database, people: list[Human]) -> None:
    with database.writing() as session:
        for model, rows in rows_of(people).items():
            session.execute(insert(model), rows)


def rows_of(people: list[Human]) -> dict[type, list[dict[str, object]]]:
    made = {"created_at": BEGIN - 400 * DAY}
    signed_in = {"created_at": BEGIN, "last_seen_at": BEGIN, "user_agent": ""}
    rows: dict[type, list[dict[str, object]]] = {
        model: []
        for model in (User, ReminderSettings, SignInSession, PushSubscription, Customer, FollowUp, Visit)
    }
    for number, person in enumerate(people):
        me = {"user_id": person.id}
        rows[User].append(
            {"id": person.id, "email": f"{number}@example.test", "name": str(number), "role": Role.REP,
             "password_hash": "", "time_zone": person.zone, "weekly_visits": 20, **made}
        )  # fmt: skip
        rows[ReminderSettings].append(
            {**me, "hour": person.hour, "quiet_from": person.quiet[0], "quiet_until": person.quiet[1],
             "working_days": person.days.replace("-", ""), "muted": person.muted, "discreet": False}
        )  # fmt: skip
        rows[SignInSession].append({**me, "id_hash": person.id, "public_id": person.id, **signed_in})
        rows[PushSubscription].append(
            {**me, "id": person.id, "session_id": person.id, "endpoint": person.id, "p256dh": "", "auth": "",
             "server_key": "", "created_at": BEGIN}
        )  # fmt: skip
        for id_, (since, cadence) in person.customers.items():
            rows[Customer].append(
                {"id": id_, "name": id_, "lifecycle": "active", "cadence_days": cadence, "owner_id": person.id,
                 "sort_key": id_, "search_text": "", "last_touch_at": since, **made}
            )  # fmt: skip
        customer = {"customer_id": next(iter(person.customers)), **made}
        for id_, day in person.follow_ups.items():
            rows[FollowUp].append({"id": id_, "owner_id": person.id, "due_on": day, **customer})
        lists: dict[str, object] = {"contact_ids": [], "product_ids": [], "competitors": []}
        for id_, day in person.plans.items():
            rows[Visit].append({"id": id_, "author_id": person.id, "planned_on": day, **lists, **customer})
    return rows
