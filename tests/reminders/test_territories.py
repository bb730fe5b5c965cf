"""What a territory has set: hours until people choose, holidays for all, customers handed back to the pool."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text, update
from sqlmodel import col, select

from server.database import Database
from server.models import territory
from server.models.contact import Contact
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.reminder import HandBack, Notification
from server.models.revision import ScopeRevision
from server.models.user import Role, User
from server.reminders.due import still_due
from server.reminders.handing_back import hand_back
from server.reminders.kinds import HandedBack
from server.reminders.outbox import sweep
from server.reminders.person import people_named
from server.reminders.wording import lines
from sync.apply import apply
from tests.cast import NOW, Cast

MORNING = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def set_for_north(database: Database, cast: Cast) -> Any:
    def set_for_north(**values: Any) -> None:
        with database.writing() as session:
            territory.keep(session, cast.north.id, values.pop("by", cast.mei), values)

    return set_for_north


@pytest.fixture
def promise(do: Any, cast: Cast, harbour_cafe: Customer) -> Any:
    def promise(due_on: str) -> str:
        args = {"follow_up_id": new_id(), "customer_id": harbour_cafe.id, "due_on": due_on}
        do(cast.alice, "follow_up.create", args)
        return args["follow_up_id"]

    return promise


def test_who_has_not_chosen_hears_at_the_hour_of_the_territory(
    cast: Cast, listens: Any, promise: Any, told_at: Any, set_for_north: Any
) -> None:
    listens(cast.alice)
    set_for_north(hour="10:00")
    follow_up = promise("2026-11-23")
    assert told_at(MORNING) == []
    assert told_at(MORNING + timedelta(minutes=90)) == [("Alice", "due", (follow_up,))]


def test_what_one_chose_wins_over_the_territory(
    cast: Cast, listens: Any, promise: Any, told_at: Any, set_for_north: Any
) -> None:
    listens(cast.alice, hour="08:00")
    set_for_north(hour="10:00", muted=["due"])
    follow_up = promise("2026-11-23")
    assert told_at(MORNING) == [("Alice", "due", (follow_up,))]


def test_on_a_holiday_nobody_is_reminded_but_of_what_they_planned_for_it(
    cast: Cast, listens: Any, promise: Any, told_at: Any, set_for_north: Any, do: Any, harbour_cafe: Customer
) -> None:
    listens(cast.alice, muted=["cold"])  # her own choice, and the holidays hold all the same
    set_for_north(holidays=["2026-11-23", "2026-11-24"])
    follow_up = promise("2026-11-23")
    plan = {"visit_id": new_id(), "customer_id": harbour_cafe.id, "planned_on": "2026-11-24"}
    do(cast.alice, "visit.plan", plan)
    told = [told_at(MORNING + days * DAY) for days in range(4)]
    assert told == [[], [("Alice", "planned", (plan["visit_id"],))], [("Alice", "due", (follow_up,))],
                    [("Alice", "late", (follow_up,))]]  # fmt: skip


@pytest.mark.parametrize("weeks", [2, 3, 8, 12])
def test_a_promise_for_the_first_day_of_a_closing_comes_when_it_is_over(
    cast: Cast, listens: Any, promise: Any, told_at: Any, set_for_north: Any, weeks: int
) -> None:
    """However long the closing is. Back at work is everybody on a Monday."""
    listens(cast.alice, muted=["cold"])
    off = [date(2026, 11, 23) + days * DAY for days in range(7 * weeks)]
    set_for_north(holidays=[day.isoformat() for day in off])
    follow_up = promise("2026-11-23")
    told = [told_at(MORNING + (7 * weeks + days) * DAY) for days in (-3, 0, 1, 2)]
    assert told == [[], [("Alice", "due", (follow_up,))], [("Alice", "late", (follow_up,))], []]


@pytest.mark.parametrize("weeks", [2, 3, 8])
def test_a_customer_that_went_cold_during_a_closing_is_told_when_it_is_over(
    cast: Cast,
    listens: Any,
    told_at: Any,
    set_for_north: Any,
    database: Database,
    harbour_cafe: Customer,
    weeks: int,
) -> None:
    listens(cast.alice)
    off = [date(2026, 11, 24) + days * DAY for days in range(7 * weeks)]
    set_for_north(holidays=[day.isoformat() for day in off])
    with database.writing() as session:
        session.get_one(Customer, harbour_cafe.id).created_at = NOW - 30 * DAY
    told = [told_at(MORNING + days * DAY) for days in (0, 1, 7 * weeks + 1, 7 * weeks + 2)]
    assert told == [[], [], [("Alice", "cold", (harbour_cafe.id,))], []]


def test_holidays_are_those_of_ones_own_territory(
    cast: Cast, listens: Any, told_at: Any, set_for_north: Any, do: Any
) -> None:
    listens(cast.charlie)
    set_for_north(holidays=["2026-11-23"])
    customer, follow_up = new_id(), new_id()
    do(cast.charlie, "customer.create", {"customer_id": customer, "name": "Quay Bar"})
    args = {"follow_up_id": follow_up, "customer_id": customer, "due_on": "2026-11-23"}
    do(cast.charlie, "follow_up.create", args)
    assert told_at(MORNING) == [("Charlie", "due", (follow_up,))]


def test_a_birthday_within_a_long_holiday_comes_on_the_last_working_day_before_it(
    cast: Cast, listens: Any, told_at: Any, set_for_north: Any, database: Database, harbour_cafe: Customer
) -> None:
    listens(cast.alice, muted=["cold"])
    off = [date(2026, 11, 24) + days * DAY for days in range(11)]
    set_for_north(holidays=[day.isoformat() for day in off])
    contact = new_id()
    with database.writing() as session:
        born = {"birthday": "--12-03", "name": "Wu", "created_at": NOW}
        session.add(Contact(id=contact, customer_id=harbour_cafe.id, **born))
    assert told_at(MORNING) == [("Alice", "birthday", (contact,))]


@pytest.fixture
def silent(do: Any, cast: Cast, database: Database, listens: Any, told_at: Any) -> list[str]:
    """Three customers of Alice that she was told of this morning."""
    listens(cast.alice)
    ids = sorted(new_id() for _ in range(3))
    for id_ in ids:
        do(cast.alice, "customer.create", {"customer_id": id_, "name": id_})
    with database.writing() as session:
        silent_since = {"created_at": NOW - 31 * DAY}
        session.execute(update(Customer).where(col(Customer.id).in_(ids)).values(**silent_since))
    assert told_at(MORNING) == [("Alice", "cold", tuple(ids))]
    return ids


def handed_back(database: Database, now: datetime) -> int:
    with database.writing() as session:
        return hand_back(session, now)


def free(database: Database) -> list[str]:
    with database.reading() as session:
        return sorted(session.exec(select(Customer.id).where(col(Customer.owner_id).is_(None))))


def test_customers_nobody_visits_go_back_to_the_pool_of_their_territory(
    cast: Cast, silent: list[str], set_for_north: Any, database: Database, do: Any
) -> None:
    set_for_north(hand_back_days=14)
    visit = {"visit_id": new_id(), "customer_id": silent[0], "started_at": "2026-12-01T08:00:00.000Z"}
    do(cast.alice, "visit.log", {**visit, "outcome": "ordered"}, now=MORNING + 10 * DAY)
    assert handed_back(database, MORNING + 14 * DAY - timedelta(seconds=1)) == 0
    assert handed_back(database, MORNING + 14 * DAY) == 2
    assert handed_back(database, MORNING + 14 * DAY) == 0
    assert free(database) == silent[1:]
    with database.reading() as session:
        customer = session.get_one(Customer, silent[1])
        lost = session.get_one(ScopeRevision, (cast.alice.id, silent[1]))
    assert customer.territory_id == cast.north.id
    assert lost.rev > 0  # her phone hears of it


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_of_two_workers_one_hands_back_and_what_somebody_changes_meanwhile_stays(
    cast: Cast, silent: list[str], set_for_north: Any, database: Database
) -> None:
    """On SQLite the second waits for the first."""
    set_for_north(hand_back_days=14)
    with database.writing() as rep:
        change = {"customer_id": silent[0], "from": cast.alice.id, "to": None}
        apply(rep, cast.alice, "customer.assign", change, MORNING)
        with database.writing() as worker, database.writing() as other:
            for session in (worker, other):
                session.execute(
                    text("SET LOCAL lock_timeout = '5s'")
                )  # neither may wait: this thread has all locks
            assert hand_back(worker, MORNING + 14 * DAY) == 2
            assert hand_back(other, MORNING + 14 * DAY) == 0
    with database.reading() as session:
        told = session.exec(select(HandBack.customer_id)).all()
    assert (sorted(told), free(database)) == (silent[1:], silent)


def test_days_on_which_nobody_works_there_bring_no_customer_back_to_the_pool(
    cast: Cast, silent: list[str], set_for_north: Any, database: Database
) -> None:
    closed = [(date(2026, 11, 30) + days * DAY).isoformat() for days in range(14)]
    set_for_north(hand_back_days=21, holidays=closed)
    assert handed_back(database, MORNING + 35 * DAY - timedelta(seconds=1)) == 0
    assert handed_back(database, MORNING + 35 * DAY) == 3


def test_a_rule_ends_before_it_is_forgotten_that_somebody_was_reminded(
    cast: Cast, silent: list[str], set_for_north: Any, database: Database
) -> None:
    closed = [(date(2026, 11, 30) + days * DAY).isoformat() for days in range(50)]
    set_for_north(hand_back_days=45, holidays=closed)
    assert handed_back(database, MORNING + 58 * DAY) == 0
    assert handed_back(database, MORNING + 59 * DAY) == 3


def test_without_a_rule_nobody_loses_a_customer(
    cast: Cast, silent: list[str], set_for_north: Any, database: Database
) -> None:
    assert handed_back(database, MORNING + 40 * DAY) == 0
    set_for_north(holidays=[])
    assert handed_back(database, MORNING + 40 * DAY) == 0


def test_a_rule_rests_when_who_set_it_no_longer_manages_there(
    cast: Cast, silent: list[str], set_for_north: Any, database: Database
) -> None:
    set_for_north(hand_back_days=14)
    for change in ({"role": Role.REP}, {"role": Role.MANAGER, "territory_id": cast.south.id},
                   {"territory_id": cast.north.id, "deactivated_at": NOW}):  # fmt: skip
        with database.writing() as session:
            session.execute(update(User).where(col(User.id) == cast.mei.id).values(**change))
        assert handed_back(database, MORNING + 14 * DAY) == 0
    set_for_north(hand_back_days=14, by=cast.dora)
    assert handed_back(database, MORNING + 14 * DAY) == 3


def test_what_a_manager_keeps_for_themselves_stays(
    cast: Cast, silent: list[str], set_for_north: Any, database: Database, do: Any, listens: Any, told_at: Any
) -> None:
    set_for_north(hand_back_days=14)
    do(cast.mei, "customer.assign", {"customer_id": silent[0], "from": cast.alice.id, "to": cast.mei.id})
    listens(cast.mei)
    assert told_at(MORNING + DAY) == [("Mei", "cold", (silent[0],))]
    assert handed_back(database, MORNING + 20 * DAY) == 2
    assert silent[0] not in free(database)


def test_the_rep_hears_once_of_customers_that_went_back_to_the_pool(
    cast: Cast, silent: list[str], set_for_north: Any, database: Database, told_at: Any
) -> None:
    set_for_north(hand_back_days=14)
    assert handed_back(database, MORNING + 14 * DAY) == 3
    assert told_at(MORNING + 14 * DAY) == [("Alice", "handed_back", tuple(silent))]
    assert told_at(MORNING + 15 * DAY) == []


def test_who_was_away_for_weeks_hears_what_went_back_meanwhile(
    cast: Cast, silent: list[str], set_for_north: Any, database: Database, told_at: Any
) -> None:
    set_for_north(hand_back_days=14)
    assert handed_back(database, MORNING + 14 * DAY) == 3
    assert told_at(MORNING + 39 * DAY) == [("Alice", "handed_back", tuple(silent))]


def test_who_has_a_customer_again_is_not_told_that_it_went(
    cast: Cast, silent: list[str], set_for_north: Any, database: Database, do: Any, settings: Any
) -> None:
    """Noted, and withdrawn before it was sent."""
    set_for_north(hand_back_days=14)
    at = MORNING + 14 * DAY
    handed_back(database, at)
    sweep(database, settings, at)
    for customer_id, to in zip(silent, (cast.alice.id, cast.bob.id, None), strict=True):
        if to:
            do(cast.mei, "customer.assign", {"customer_id": customer_id, "from": None, "to": to}, now=at)
    with database.reading() as session:
        query = select(Notification.id).where(Notification.kind == HandedBack.name)
        [notification_id] = session.exec(query).all()
        people = {person.user.id: person for person in people_named(session, [cast.alice.id], "UTC")}
        found = still_due(session, HandedBack(), people, [notification_id], at)
    [row] = found[notification_id]
    assert row.subject_id == silent[2]
    [one] = lines("handed_back", [row], people[cast.alice.id], at)
    assert one.path == "/customers"  # its page is not hers any more


def test_handed_back_anew_it_is_news_again(
    cast: Cast, silent: list[str], set_for_north: Any, database: Database, do: Any, told_at: Any
) -> None:
    set_for_north(hand_back_days=14)
    handed_back(database, MORNING + 14 * DAY)
    told_at(MORNING + 14 * DAY)
    do(cast.mei, "customer.assign", {"customer_id": silent[0], "from": None, "to": cast.alice.id})
    assert handed_back(database, MORNING + 21 * DAY) == 1
    assert told_at(MORNING + 21 * DAY) == [("Alice", "handed_back", (silent[0],))]
