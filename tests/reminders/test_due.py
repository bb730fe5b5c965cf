"""Who hears of what, and when. The cast's Monday is 23 November 2026."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, update
from sqlmodel import col, select

from server.config import Settings
from server.database import Database
from server.models.contact import Contact
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.receipt import Receipt
from server.models.reminder import Delivery, Notification, NotificationItem
from server.models.user import Device, User
from server.reminders.due import KINDS, Kind, find_due, still_due
from server.reminders.outbox import forget_old, note, sweep
from server.reminders.person import reachable
from tests.cast import NOW, Cast

MONDAY = date(2026, 11, 23)
MORNING = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def promise(do: Any) -> Any:
    def promise(user: User, customer: Customer, due_on: date, note: str = "") -> str:
        args = {
            "follow_up_id": new_id(),
            "customer_id": customer.id,
            "due_on": due_on.isoformat(),
            "note": note,
        }
        do(user, "follow_up.create", args)
        return str(args["follow_up_id"])

    return promise


@pytest.fixture
def customers(do: Any, cast: Cast, database: Database) -> Any:
    def customers(user: User, count: int, silent_since: datetime) -> list[str]:
        ids = [new_id() for _ in range(count)]
        for number, id_ in enumerate(ids):
            do(user, "customer.create", {"customer_id": id_, "name": f"Customer {number}"})
        with database.writing() as session:
            session.execute(update(Customer).where(col(Customer.id).in_(ids)).values(created_at=silent_since))
        return ids

    return customers


def test_what_was_promised_comes_back_on_its_morning(
    cast: Cast, harbour_cafe: Customer, listens: Any, promise: Any, told_at: Any
) -> None:
    listens(cast.alice)
    follow_up = promise(cast.alice, harbour_cafe, MONDAY)
    assert told_at(MORNING - timedelta(minutes=1)) == []
    assert told_at(MORNING) == [("Alice", "due", (follow_up,))]


def test_nobody_is_told_twice(
    cast: Cast, harbour_cafe: Customer, listens: Any, promise: Any, told_at: Any
) -> None:
    listens(cast.alice)
    promise(cast.alice, harbour_cafe, MONDAY)
    assert len(told_at(MORNING)) == 1
    assert told_at(MORNING) == []
    assert told_at(MORNING + timedelta(hours=5)) == []


def test_what_was_left_undone_comes_once_more_on_the_next_working_day(
    cast: Cast, harbour_cafe: Customer, listens: Any, promise: Any, told_at: Any
) -> None:
    listens(cast.alice)
    follow_up = promise(cast.alice, harbour_cafe, MONDAY + 4 * DAY)
    assert [told_at(MORNING + days * DAY) for days in (4, 5, 6, 7, 8)] == [
        [("Alice", "due", (follow_up,))],
        [],
        [],
        [("Alice", "late", (follow_up,))],
        [],
    ]


def test_a_promise_for_a_sunday_comes_on_monday(
    cast: Cast, harbour_cafe: Customer, listens: Any, promise: Any, told_at: Any
) -> None:
    listens(cast.alice)
    follow_up = promise(cast.alice, harbour_cafe, MONDAY + 6 * DAY)
    assert told_at(MORNING + 6 * DAY) == []
    assert told_at(MORNING + 7 * DAY) == [("Alice", "due", (follow_up,))]


def test_what_is_done_moved_or_taken_back_is_not_told(
    cast: Cast, harbour_cafe: Customer, listens: Any, promise: Any, told_at: Any, do: Any
) -> None:
    listens(cast.alice)
    done, moved, taken_back = (promise(cast.alice, harbour_cafe, MONDAY) for _ in range(3))
    do(cast.alice, "follow_up.complete", {"follow_up_id": done})
    do(cast.alice, "follow_up.snooze", {"follow_up_id": moved, "due_on": "2026-11-24"})
    do(cast.alice, "follow_up.withdraw", {"follow_up_id": taken_back})
    assert told_at(MORNING) == []
    assert told_at(MORNING + DAY) == [("Alice", "due", (moved,))]


def test_what_was_moved_after_it_was_told_comes_back_on_its_new_day(
    cast: Cast, harbour_cafe: Customer, listens: Any, promise: Any, told_at: Any, do: Any
) -> None:
    listens(cast.alice)
    follow_up = promise(cast.alice, harbour_cafe, MONDAY)
    told_at(MORNING)
    do(cast.alice, "follow_up.snooze", {"follow_up_id": follow_up, "due_on": "2026-11-25"})
    assert told_at(MORNING + DAY) == []
    assert told_at(MORNING + 2 * DAY) == [("Alice", "due", (follow_up,))]


def test_seven_cold_customers_are_one_notification(
    cast: Cast, listens: Any, customers: Any, told_at: Any
) -> None:
    listens(cast.alice)
    cold = customers(cast.alice, 7, NOW - 31 * DAY)
    customers(cast.alice, 2, NOW - 30 * DAY)
    assert told_at(MORNING) == [("Alice", "cold", tuple(sorted(cold)))]


def test_a_customer_goes_cold_anew_after_the_next_visit(
    cast: Cast, listens: Any, customers: Any, told_at: Any, do: Any
) -> None:
    listens(cast.alice)
    [cold] = customers(cast.alice, 1, NOW - 31 * DAY)
    assert told_at(MORNING) == [("Alice", "cold", (cold,))]
    visit = {"visit_id": new_id(), "customer_id": cold, "started_at": "2026-11-23T07:59:59.900Z"}
    do(cast.alice, "visit.log", {**visit, "outcome": "ordered"}, now=NOW)
    assert told_at(MORNING + 30 * DAY) == []
    assert told_at(MORNING + 31 * DAY) == [("Alice", "cold", (cold,))]


def test_the_manager_hears_once_of_who_is_silent_a_week_after_the_rep_was_told(
    cast: Cast, listens: Any, customers: Any, told_at: Any, do: Any
) -> None:
    listens(cast.alice)
    listens(cast.mei)
    silent, visited = customers(cast.alice, 2, NOW - 31 * DAY)
    assert told_at(MORNING)[0][:2] == ("Alice", "cold")
    visit = {"visit_id": new_id(), "customer_id": visited, "started_at": "2026-11-23T08:00:00.000Z"}
    do(cast.alice, "visit.log", {**visit, "outcome": "ordered"})
    assert told_at(MORNING + 4 * DAY) == []
    assert told_at(MORNING + 7 * DAY) == [("Mei", "unheeded", (silent,))]
    assert told_at(MORNING + 8 * DAY) == []


def test_planned_visits_come_on_their_day_also_on_a_sunday(
    cast: Cast, harbour_cafe: Customer, listens: Any, told_at: Any, do: Any
) -> None:
    listens(cast.alice)
    plan = {"visit_id": new_id(), "customer_id": harbour_cafe.id, "planned_on": "2026-11-29"}
    do(cast.alice, "visit.plan", plan)
    assert told_at(MORNING + 5 * DAY) == []
    assert told_at(MORNING + 6 * DAY) == [("Alice", "planned", (plan["visit_id"],))]


@pytest.mark.parametrize(
    ("since", "is_told"),
    [
        ({}, True),
        ({"asked_at": NOW}, False),
        ({"dismissed_at": NOW, "dismissed_by": "alice"}, False),
        ({"dismissed_at": NOW, "dismissed_by": "mei"}, True),
        ({"asked_at": NOW, "dismissed_at": NOW, "dismissed_by": "mei"}, True),
    ],
)
def test_a_parked_entry_is_told_to_its_author_while_nobody_else_goes_on_with_it(
    cast: Cast, listens: Any, told_at: Any, database: Database, since: dict[str, Any], is_told: bool
) -> None:
    listens(cast.alice)
    listens(cast.bob)
    device, change = new_id(), new_id()
    if "dismissed_by" in since:
        since = {**since, "dismissed_by": getattr(cast, since["dismissed_by"]).id}
    with database.writing() as session:
        session.add(Device(id=device, user_id=cast.alice.id, created_at=NOW, last_seen_at=NOW))
        session.flush()
        parked = {"name": "visit.log", "status": "parked", "code": "conflict", **since}
        at = {"happened_at": NOW, "received_at": NOW}
        session.add(Receipt(change_id=change, device_id=device, seq=1, user_id=cast.alice.id, **parked, **at))
    assert told_at(MORNING) == ([("Alice", "parked", (change,))] if is_told else [])


def test_only_who_may_see_the_customer_hears_of_the_promise(
    cast: Cast, harbour_cafe: Customer, listens: Any, promise: Any, told_at: Any, do: Any
) -> None:
    for user in (cast.alice, cast.bob, cast.charlie):
        listens(user)
    do(cast.alice, "customer.share", {"customer_id": harbour_cafe.id, "user_id": cast.bob.id})
    follow_up = promise(cast.bob, harbour_cafe, MONDAY)
    do(cast.alice, "customer.unshare", {"customer_id": harbour_cafe.id, "user_id": cast.bob.id})
    assert told_at(MORNING) == [("Alice", "due", (follow_up,))]  # it is hers now


def test_nothing_comes_of_a_deleted_customer(
    cast: Cast, harbour_cafe: Customer, listens: Any, promise: Any, told_at: Any, do: Any
) -> None:
    listens(cast.alice)
    promise(cast.alice, harbour_cafe, MONDAY)
    do(cast.mei, "customer.delete", {"customer_id": harbour_cafe.id})
    assert told_at(MORNING) == []


def test_a_kind_that_is_not_wanted_is_not_told(
    cast: Cast, harbour_cafe: Customer, listens: Any, promise: Any, told_at: Any
) -> None:
    listens(cast.alice, muted=["due"])
    promise(cast.alice, harbour_cafe, MONDAY)
    assert told_at(MORNING) == []


def test_quiet_hours_go_over_midnight(
    cast: Cast, harbour_cafe: Customer, listens: Any, promise: Any, told_at: Any
) -> None:
    listens(cast.alice, hour="00:00", quiet_from="22:00", quiet_until="06:00")
    follow_up = promise(cast.alice, harbour_cafe, MONDAY)
    midnight = datetime(2026, 11, 23, tzinfo=UTC)
    assert told_at(midnight) == []
    assert told_at(midnight + timedelta(hours=5, minutes=59)) == []
    assert told_at(midnight + timedelta(hours=6)) == [("Alice", "due", (follow_up,))]


def test_the_hour_is_the_one_on_the_wall_on_both_sides_of_daylight_saving(
    cast: Cast, harbour_cafe: Customer, listens: Any, promise: Any, told_at: Any, do: Any
) -> None:
    listens(cast.alice, working_days="1234567")
    do(cast.alice, "user.edit", {"fields": {"time_zone": "Europe/Berlin"}})
    zone = ZoneInfo("Europe/Berlin")
    for day in (date(2027, 3, 27), date(2027, 3, 28), date(2027, 10, 30), date(2027, 10, 31)):
        follow_up = promise(cast.alice, harbour_cafe, day)
        at = datetime(day.year, day.month, day.day, 8, 30, tzinfo=zone).astimezone(UTC)
        early = told_at(at - timedelta(minutes=1))
        assert ("Alice", "due", (follow_up,)) not in early
        assert ("Alice", "due", (follow_up,)) in told_at(at)
        do(cast.alice, "follow_up.complete", {"follow_up_id": follow_up})


def test_an_hour_that_the_clock_leaves_out_comes_when_it_goes_on(
    cast: Cast, harbour_cafe: Customer, listens: Any, promise: Any, told_at: Any, do: Any
) -> None:
    listens(cast.alice, hour="02:30", quiet_from="00:00", quiet_until="00:00", working_days="1234567")
    do(cast.alice, "user.edit", {"fields": {"time_zone": "Europe/Berlin"}})
    follow_up = promise(cast.alice, harbour_cafe, date(2027, 3, 28))
    assert told_at(datetime(2027, 3, 28, 0, 59, tzinfo=UTC)) == []
    assert told_at(datetime(2027, 3, 28, 1, 0, tzinfo=UTC)) == [("Alice", "due", (follow_up,))]


def test_an_hour_that_comes_twice_tells_once(
    cast: Cast, harbour_cafe: Customer, listens: Any, promise: Any, told_at: Any, do: Any
) -> None:
    listens(cast.alice, hour="02:30", quiet_from="00:00", quiet_until="00:00", working_days="1234567")
    do(cast.alice, "user.edit", {"fields": {"time_zone": "Europe/Berlin"}})
    promise(cast.alice, harbour_cafe, date(2027, 10, 31))
    half_hours = [
        datetime(2027, 10, 31, 0, 0, tzinfo=UTC) + count * timedelta(minutes=30) for count in range(6)
    ]
    assert [len(told_at(moment)) for moment in half_hours] == [0, 1, 0, 0, 0, 0]


def test_a_traveller_hears_in_the_morning_of_where_she_is_and_once(
    cast: Cast, harbour_cafe: Customer, listens: Any, promise: Any, told_at: Any, do: Any
) -> None:
    listens(cast.alice)
    do(cast.alice, "user.edit", {"fields": {"time_zone": "Asia/Shanghai"}})
    follow_up = promise(cast.alice, harbour_cafe, MONDAY + DAY)
    assert told_at(datetime(2026, 11, 24, 0, 29, tzinfo=UTC)) == []
    assert told_at(datetime(2026, 11, 24, 0, 30, tzinfo=UTC)) == [("Alice", "due", (follow_up,))]
    do(cast.alice, "user.edit", {"fields": {"time_zone": "America/Los_Angeles"}})
    assert told_at(datetime(2026, 11, 24, 16, 30, tzinfo=UTC)) == []
    assert told_at(datetime(2026, 11, 25, 16, 30, tzinfo=UTC)) == [("Alice", "late", (follow_up,))]


@pytest.mark.parametrize(
    ("birthday", "year", "told"),
    [
        ("1990-11-24", 2026, date(2026, 11, 24)),
        ("--11-24", 2026, date(2026, 11, 24)),
        ("--11-28", 2026, date(2026, 11, 27)),  # a Saturday: on the Friday before
        ("--11-29", 2026, date(2026, 11, 27)),
        ("--02-29", 2027, date(2027, 2, 26)),  # the 28th is a Sunday
        ("--02-29", 2028, date(2028, 2, 29)),
        ("1988-02-29", 2029, date(2029, 2, 28)),
        ("--01-01", 2028, date(2027, 12, 31)),  # a Saturday of the next year
    ],
)
def test_birthdays_come_on_the_day_or_on_the_last_working_day_before(
    cast: Cast,
    harbour_cafe: Customer,
    listens: Any,
    told_at: Any,
    database: Database,
    birthday: str,
    year: int,
    told: date,
) -> None:
    listens(cast.alice, muted=["cold"])
    contact = new_id()
    with database.writing() as session:
        common = {"customer_id": harbour_cafe.id, "name": "Wu", "created_at": NOW}
        session.add(Contact(id=contact, birthday=birthday, **common))
    days = [told + count * DAY for count in range(-3, 4)]
    heard = [day for day in days if told_at(datetime(day.year, day.month, day.day, 9, tzinfo=UTC))]
    assert heard == [told]


def test_of_two_that_look_at_once_only_one_tells(
    cast: Cast, harbour_cafe: Customer, listens: Any, promise: Any, database: Database, settings: Settings
) -> None:
    listens(cast.alice)
    promise(cast.alice, harbour_cafe, MONDAY)
    with database.reading() as session:
        found = find_due(session, reachable(session, settings, MORNING), MORNING)
    noted = []
    for _ in range(2):
        with database.writing() as session:
            noted.append(note(session, found, settings, MORNING))
    assert noted == [1, 0]
    with database.reading() as session:
        assert len(session.exec(select(Notification)).all()) == 1
        assert len(session.exec(select(Delivery)).all()) == 1


def test_who_signed_out_is_not_looked_for(
    cast: Cast, harbour_cafe: Customer, listens: Any, promise: Any, told_at: Any, database: Database
) -> None:
    listens(cast.alice)
    promise(cast.alice, harbour_cafe, MONDAY)
    with database.writing() as session:
        session.execute(update(User).where(col(User.id) == cast.alice.id).values(deactivated_at=NOW))
    assert told_at(MORNING) == []


@pytest.mark.parametrize("smtp_host", [None, "127.0.0.1"])
def test_a_sweep_takes_ten_statements_however_many_it_tells(
    cast: Cast, listens: Any, customers: Any, database: Database, settings: Settings, smtp_host: str | None
) -> None:
    """What it writes is counted too."""
    settings = settings.model_copy(update={"smtp_host": smtp_host})
    counts = []
    for users, count in (([cast.alice], 1), ([cast.bob, cast.charlie], 40)):
        for user in users:
            listens(user)
            customers(user, count, NOW - 31 * DAY)
        statements: list[str] = []

        def count_statement(*arguments: Any, into: list[str] = statements) -> None:
            into.append(arguments[2])

        event.listen(database.engine, "before_cursor_execute", count_statement)
        assert sweep(database, settings, MORNING) == len(users)
        event.remove(database.engine, "before_cursor_execute", count_statement)
        counts.append(len(statements))
    assert counts[0] == counts[1]
    assert counts[0] <= 10


def test_what_was_told_long_ago_is_forgotten(
    cast: Cast, harbour_cafe: Customer, listens: Any, promise: Any, told_at: Any, database: Database
) -> None:
    listens(cast.alice, muted=["cold", "week"])
    promise(cast.alice, harbour_cafe, MONDAY)
    told_at(MORNING)
    later = MONDAY + 63 * DAY
    follow_up = promise(cast.alice, harbour_cafe, later)
    told_at(MORNING + 63 * DAY)
    with database.writing() as session:
        forget_old(session, MORNING + 63 * DAY)
    with database.reading() as session:
        assert session.exec(select(NotificationItem.subject_id)).all() == [follow_up]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_each_kind_is_looked_at_again_before_it_is_told(
    kind: Kind, cast: Cast, listens: Any, database: Database, settings: Settings
) -> None:
    listens(cast.alice)
    with database.reading() as session:
        people = {person.user.id: person for person in reachable(session, settings, MORNING)}
        assert still_due(session, kind, people, ["none of these"], MORNING) == {}
