"""Half a year of a rep's working days: each day the rep visits the customers who have waited longest."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from server.demo.cast import COMPETITORS, Person
from server.demo.catalogue import was_current
from server.demo.customers import Account
from server.demo.dice import Dice
from server.demo.talk import language, note, promise
from server.models.follow_up import FollowUp
from server.models.visit import Visit

DAYS_BACK = 182
OUTCOMES = {
    "active": {"interested": 4, "ordered": 4, "needs_quote": 3, "not_now": 2, "nobody_there": 1},
    "prospect": {"interested": 5, "ordered": 0, "needs_quote": 4, "not_now": 3, "nobody_there": 2},
    "lead": {"interested": 4, "ordered": 0, "needs_quote": 2, "not_now": 4, "nobody_there": 3},
    "dormant": {"interested": 1, "ordered": 0, "needs_quote": 1, "not_now": 5, "nobody_there": 3},
    "lost": {"interested": 1, "ordered": 0, "needs_quote": 1, "not_now": 5, "nobody_there": 2},
}
PROMISED_AFTER = {
    "interested": 0.6,
    "ordered": 0.35,
    "needs_quote": 0.85,
    "not_now": 0.2,
    "nobody_there": 0.0,
}
SILENT_FOR = {"active": 0.06, "prospect": 0.08, "lead": 0.3, "dormant": 0.35, "lost": 1.0}


@dataclass
class Door:
    """A customer in the rep's diary, and when the next visit is due."""

    account: Account
    next_on: date
    silent_from: date  # nobody goes there from this day on
    visits: int = 0


@dataclass
class Diary:
    person: Person
    user_id: str
    today: date
    product_ids: dict[str, str]
    dice: Dice
    visits: list[Visit] = field(default_factory=list)
    follow_ups: list[FollowUp] = field(default_factory=list)

    def live_through(self, accounts: list[Account]) -> None:
        doors = [self._door(account) for account in accounts]
        for back in range(DAYS_BACK, 0, -1):
            day = self.today - timedelta(days=back)
            if day.weekday() < 5:
                self._work(day, doors)
        self._settle_follow_ups()
        self._plan([door for door in doors if door.silent_from > self.today])
        for account in accounts:
            account.customer.last_touch_at = max(
                (
                    visit.started_at
                    for visit in self.visits
                    if visit.customer_id == account.customer.id and visit.started_at
                ),
                default=None,
            )

    def _door(self, account: Account) -> Door:
        cadence, dice = account.customer.cadence_days, self.dice
        silent_from = self.today + timedelta(days=1000)
        if dice.chance(SILENT_FOR[account.customer.lifecycle]):
            silent_from = self.today - timedelta(days=cadence + dice.choice((2, 4, 5, 7, 9, 12, 16, 21, 30)))
        if account.customer.lifecycle == "lead" and dice.chance(0.4):
            silent_from = date.min
        begins = self.today - timedelta(days=DAYS_BACK - dice.randint(0, cadence))
        return Door(account, begins, silent_from)

    def _work(self, day: date, doors: list[Door]) -> None:
        open_doors = [door for door in doors if day < door.silent_from]
        open_doors.sort(key=lambda door: door.next_on)
        at = datetime.combine(day, time(8, 30)) + timedelta(minutes=self.dice.randint(0, 40))
        for door in open_doors[: self.dice.choice((3, 3, 4, 4, 5))]:
            minutes = self.dice.randint(12, 50)
            self._visit(door, at, minutes)
            at += timedelta(minutes=minutes + self.dice.randint(30, 80))
            rhythm = door.account.customer.cadence_days * self.dice.uniform(0.7, 1.0)
            door.next_on = day + timedelta(days=round(rhythm))

    def _visit(self, door: Door, at: datetime, minutes: int) -> None:
        dice, account = self.dice, door.account
        outcome = dice.weighted(OUTCOMES[account.customer.lifecycle])
        started_at = self._utc(at)
        met = dice.choice(account.contacts)
        product = dice.choice(self._products_they_name((self.today - at.date()).days))
        alone = outcome == "nobody_there"
        visit = Visit(
            id=dice.id_at(started_at),
            customer_id=account.customer.id,
            author_id=self.user_id,
            started_at=started_at,
            ended_at=started_at + timedelta(minutes=4 if alone else minutes),
            outcome=outcome,
            note=note(outcome, self.person.writes_chinese, met.name, product, dice)
            if dice.chance(0.85)
            else None,
            pain_point=dice.choice(language(self.person.writes_chinese).pains)
            if not alone and dice.chance(0.3)
            else None,
            contact_ids=[] if alone else [met.id],
            product_ids=[] if alone or dice.chance(0.4) else [self.product_ids[product]],
            competitors=[dice.choice(COMPETITORS)] if not alone and dice.chance(0.12) else [],
            latitude=_near(account.customer.latitude, dice),
            longitude=_near(account.customer.longitude, dice),
            accuracy_m=float(dice.randint(6, 40)),
            created_at=started_at + timedelta(minutes=minutes),
        )
        door.visits += 1
        self.visits.append(visit)
        if dice.chance(PROMISED_AFTER[outcome]):
            self._promise(
                visit, at.date(), promise(outcome, self.person.writes_chinese, met.name, product, dice)
            )

    def _products_they_name(self, days_ago: int) -> list[str]:
        theirs = (name for name in self.product_ids if name.isascii() != self.person.writes_chinese)
        return [name for name in theirs if was_current(name, days_ago)]

    def _promise(self, visit: Visit, day: date, text: str) -> None:
        self.follow_ups.append(
            FollowUp(
                id=self.dice.id_at(visit.created_at),
                customer_id=visit.customer_id,
                visit_id=visit.id,
                owner_id=self.user_id,
                due_on=_on_a_weekday(day + timedelta(days=self.dice.choice((1, 3, 7, 7, 14, 30)))),
                note=text,
                created_at=visit.created_at,
            )
        )

    def _settle_follow_ups(self) -> None:
        """Completes what was due, except for two that are late and three that are due today."""
        waiting = [row for row in self.follow_ups if self.today - row.created_at.date() > timedelta(days=6)]
        for row, days_late in zip(waiting[-5:], (0, 2, 0, 1, 0), strict=False):
            row.due_on = self.today - timedelta(days=days_late)
        kept = {row.id for row in waiting[-5:]}
        for row in self.follow_ups:
            if row.due_on < self.today and row.id not in kept:
                done_at = self._utc(datetime.combine(row.due_on, time(17, self.dice.randint(0, 59))))
                row.completed_at = max(done_at, row.created_at)

    def _plan(self, doors: list[Door]) -> None:
        doors.sort(key=lambda door: door.next_on)
        clocks = {0: ("09:30", "11:00", "14:00", None)}
        for ahead in range(10):
            day = self.today + timedelta(days=ahead)
            for planned_time in clocks.get(ahead, ("10:30", None, "15:00")[: self.dice.randint(1, 3)]):
                if doors and (ahead == 0 or day.weekday() < 5):
                    self._planned(doors.pop(0).account, day, planned_time)

    def _planned(self, account: Account, day: date, planned_time: str | None) -> None:
        made_at = self._utc(
            datetime.combine(self.today - timedelta(days=self.dice.randint(1, 5)), time(17, 30))
        )
        self.visits.append(
            Visit(
                id=self.dice.id_at(made_at),
                customer_id=account.customer.id,
                author_id=self.user_id,
                planned_on=day,
                planned_time=planned_time,
                created_at=made_at,
            )
        )

    def _utc(self, local: datetime) -> datetime:
        return local.replace(tzinfo=ZoneInfo(self.person.time_zone)).astimezone(UTC)


def _near(degrees: float | None, dice: Dice) -> float | None:
    return None if degrees is None else round(degrees + dice.gauss(0, 0.0002), 6)


def _on_a_weekday(day: date) -> date:
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)
