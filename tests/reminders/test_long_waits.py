"""What waits for somebody for months is told once, though notices are not kept as long."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from server.database import Database
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.reminder import Notification, NotificationItem
from server.models.user import Role
from server.reminders.outbox import KEPT_FOR, forget_old
from tests.cast import Cast, person
from tests.models.test_opportunity import deal
from tests.reminders.test_due import MORNING

DAY = timedelta(days=1)
MUTED = ["cold", "late"]

Do = Callable[..., str]


@pytest.fixture
def sue(database: Database, cast: Cast, listens: Any) -> None:
    with database.writing() as session:
        session.add(sue := person("Sue", Role.SUPPORT, cast.north, department="service"))
    listens(sue, muted=MUTED)


def access_is_asked_for(do: Do, cast: Cast, customer: Customer) -> Callable[[], Any]:
    do(cast.charlie, "customer.ask", {"customer_id": customer.id})
    return lambda: do(
        cast.alice, "customer.decline", {"customer_id": customer.id, "user_id": cast.charlie.id}
    )


def approval_is_asked_for(do: Do, cast: Cast, customer: Customer) -> Callable[[], Any]:
    deal_id = deal(do, cast.bob, customer, amount_cents=5000)
    wanted = {"opportunity_id": deal_id, "stage": "contract", "amount_cents": 5000, "currency": "EUR"}
    do(cast.bob, "opportunity.ask", wanted)
    return lambda: do(cast.mei, "opportunity.approve", wanted)


def a_task_is_due_next_spring(do: Do, cast: Cast, customer: Customer) -> Callable[[], Any]:
    task = {"task_id": new_id()}
    spring = {"note": "Yearly check", "department": "service", "due_on": f"{MORNING + 150 * DAY:%Y-%m-%d}"}
    do(cast.bob, "task.ask", {**task, **spring, "customer_id": customer.id})
    return lambda: do(cast.bob, "task.withdraw", task)


@pytest.mark.parametrize(
    ("waits", "who", "kind"),
    [
        (access_is_asked_for, "Alice", "asked"),
        (approval_is_asked_for, "Mei", "approval"),
        (a_task_is_due_next_spring, "Sue", "task"),
    ],
)
def test_what_waits_for_months_is_told_once(
    cast: Cast,
    sue: None,
    harbour_cafe: Customer,
    listens: Any,
    do: Any,
    told_at: Any,
    database: Database,
    waits: Callable[..., Callable[[], Any]],
    who: str,
    kind: str,
) -> None:
    for user in (cast.alice, cast.mei):
        listens(user, muted=MUTED)
    do(cast.alice, "customer.share", {"customer_id": harbour_cafe.id, "user_id": cast.bob.id})
    end = waits(do, cast, harbour_cafe)
    assert [(name, told) for name, told, _ in told_at(MORNING)] == [(who, kind)]
    later = MORNING + KEPT_FOR + 5 * DAY
    tidy(database, later)
    assert told_at(later) == []
    end()
    tidy(database, later)
    with database.reading() as session:
        assert session.exec(select(NotificationItem).where(NotificationItem.kind == kind)).all() == []
        assert session.exec(select(Notification).where(Notification.kind == kind)).all() == []


def tidy(database: Database, now: Any) -> None:
    with database.writing() as session:
        forget_old(session, now)
