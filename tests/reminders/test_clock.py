"""A server's clock that is far ahead for a while: nothing that cannot be taken back is done by it."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select
from structlog.testing import capture_logs

from server.config import Settings
from server.database import Database
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.reminder import NotificationItem
from server.models.workspace import the_workspace
from server.reminders import clock
from server.reminders.worker import Worker
from tests.cast import NOW, Cast
from tests.reminders.conftest import LISTENS
from tests.sync.phone import Ring

KERNEL = clock.is_set_by_time_server
MORNING = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def no_time_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "is_set_by_time_server", lambda: False)


@pytest.fixture
def start(database: Database, settings: Settings) -> Any:
    """Starts the server's worker, as after a restart."""
    return lambda: Worker(database, settings, "https://legwork.example.test")


@pytest.fixture
def promised(cast: Cast, harbour_cafe: Customer, listens: LISTENS, do: Any) -> None:
    """On each of these days something is due."""
    listens(cast.alice, muted=["cold", "week"], working_days="1234567")
    for day in (0, 1, 4, 21, 22, 23, 30, 40, 41):
        due_on = (NOW + day * DAY).date().isoformat()
        args = {"follow_up_id": new_id(), "customer_id": harbour_cafe.id, "due_on": due_on}
        do(cast.alice, "follow_up.create", args)


@pytest.fixture
def told(database: Database, promised: None) -> Any:
    """Lets a worker work at that moment, and counts what has been told so far."""

    def told(worker: Worker, now: datetime) -> int:
        asyncio.run(worker.turn(Nobody(), now))  # type: ignore[arg-type]
        with database.reading() as session:
            return len(session.exec(select(NotificationItem).where(NotificationItem.kind == "due")).all())

    return told


class Nobody:
    """A client that no message reaches."""

    def post(self, *_: Any, **__: Any) -> Any:
        raise OSError


def made(moment: datetime) -> str:
    """The id of an entry that a phone made then."""
    return new_id(int(moment.timestamp() * 1000))


def test_by_a_clock_a_month_ahead_nobody_is_told_and_nothing_handed_back_or_forgotten(
    told: Any, start: Any, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert told(start(), MORNING) == 1
    monkeypatch.setattr(Worker, "tidy", lambda *_: pytest.fail("it tidies"))
    ahead = start()
    with capture_logs() as logs:
        assert [told(ahead, MORNING + 30 * DAY + minute * MINUTE) for minute in range(3)] == [1, 1, 1]
    assert [line["event"] for line in logs] == ["clock_leapt"]  # once
    monkeypatch.undo()
    monkeypatch.setattr(clock, "is_set_by_time_server", lambda: False)
    assert told(ahead, MORNING + HOUR) == 1
    assert told(ahead, MORNING + DAY) == 2  # once it is set right, all goes on as before
    with database.reading() as session:
        assert the_workspace(session).tidied_at == MORNING + DAY


def test_a_clock_that_leaps_while_the_server_runs_is_not_believed_either(told: Any, start: Any) -> None:
    worker = start()
    assert [told(worker, MORNING), told(worker, MORNING + 30 * DAY), told(worker, MORNING + DAY)] == [1, 1, 2]


def test_after_a_long_weekend_a_server_that_was_off_goes_on_at_once(told: Any, start: Any) -> None:
    assert [told(start(), MORNING), told(start(), MORNING + 4 * DAY)] == [1, 2]


def test_after_weeks_it_goes_on_as_soon_as_a_time_server_has_set_the_clock(
    told: Any, start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert told(start(), MORNING) == 1
    worker = start()
    assert told(worker, MORNING + 21 * DAY) == 1
    monkeypatch.setattr(clock, "is_set_by_time_server", lambda: True)
    assert told(worker, MORNING + 21 * DAY + MINUTE) == 2


def test_after_weeks_it_goes_on_as_soon_as_an_entry_comes_that_a_phone_made_by_the_same_clock(
    told: Any, start: Any, cast: Cast, ring: Ring, harbour_cafe: Customer
) -> None:
    assert told(start(), MORNING) == 1
    worker, back = start(), MORNING + 21 * DAY
    phone, tag = ring(cast.alice), {"customer_id": harbour_cafe.id}
    phone.save("customer.add_tag", {**tag, "tag": "holidays"}, id=made(back - 9 * DAY))
    phone.save("customer.add_tag", {**tag, "tag": "ahead"}, id=made(back + 9 * DAY))
    phone.push()
    assert told(worker, back) == 1
    phone.save("customer.add_tag", {**tag, "tag": "today"}, id=made(back))
    phone.push()
    assert told(worker, back + MINUTE) == 2


def test_where_nobody_can_confirm_it_a_clock_that_goes_on_for_a_day_is_believed(
    told: Any, start: Any
) -> None:
    assert told(start(), MORNING) == 1
    worker, back = start(), MORNING + 21 * DAY
    with capture_logs() as logs:
        assert [told(worker, back + hours * HOUR) for hours in (0, 12, 23, 24)] == [1, 1, 1, 2]
    assert [line["event"] for line in logs] == ["clock_leapt", "clock_believed"]
    assert told(start(), back + 25 * HOUR) == 2
    assert told(start(), back + 49 * HOUR) == 3


def test_a_clock_that_leaps_on_is_watched_for_another_day(told: Any, start: Any) -> None:
    assert told(start(), MORNING) == 1
    worker = start()
    assert [told(worker, MORNING + days * DAY) for days in (21, 40, 40.5)] == [1, 1, 1]
    assert told(worker, MORNING + 41 * DAY) == 2


def test_a_clock_that_is_behind_for_a_while_holds_nothing_up_when_it_is_set_right(
    told: Any, start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a small machine without a battery for its clock, which a time server sets after a minute."""
    assert told(start(), MORNING) == 1
    worker = start()
    assert told(worker, MORNING - 365 * DAY) == 1
    monkeypatch.setattr(clock, "is_set_by_time_server", lambda: True)
    assert told(worker, MORNING + DAY) == 2


def test_the_kernel_is_asked_whether_a_time_server_has_set_the_clock() -> None:
    assert KERNEL() in (True, False)
