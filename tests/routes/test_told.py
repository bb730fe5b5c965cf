"""Where a notification of several leads: to a page that lists exactly those, each with its own place."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from types import SimpleNamespace
from typing import Any

import pytest
from sqlmodel import Session

from server.config import Settings
from server.database import Database
from server.models.column import wire
from server.models.contact import Contact
from server.models.identity import new_id
from server.models.user import User
from server.reminders.due import find_due
from server.reminders.outbox import note
from server.reminders.person import people_named
from server.reminders.wording import SAYINGS, said
from server.views.told import LISTED
from sync.apply import apply
from tests.cast import NOW, Cast
from tests.routes.conftest import Browser, Do

ROW = re.compile(
    r'<a class="row" href="([^"]*)">.*?<strong dir="auto">(.*?)</strong><small dir="auto">(.*?)</small>'
)
MORNING, FRIDAY = NOW + timedelta(hours=1), NOW - timedelta(days=2, hours=21)


def customers(do: Do, by: User, *names: str) -> list[str]:
    ids = [new_id() for _ in names]
    for id_, name in zip(ids, names, strict=True):
        do(by, "customer.create", {"customer_id": id_, "name": name})
    return ids


def born(session: Session, customer_id: str, name: str, birthday: str) -> None:
    common = {"id": new_id(), "customer_id": customer_id, "created_at": NOW}
    session.add(Contact(name=name, birthday=birthday, **common))


def told_now(database: Database, user: User, kind: str, now: Any = MORNING) -> Any:
    """What is said to them, as their phone gets it."""
    settings = Settings(data_dir="unused")
    with database.writing() as session:
        [person] = people_named(session, [user.id], "UTC")
        [due] = [one for one in find_due(session, [person], now) if one.kind.name == kind]
        note(session, [due], settings, now)
        return said(kind, due.rows, person, now)


def rows_of(page: str) -> list[tuple[str, ...]]:
    return [tuple(map(unescape, row)) for row in ROW.findall(page.replace("\n", ""))]


def test_two_birthdays_open_the_list_of_both(
    screens: Browser, cast: Cast, do: Do, database: Database
) -> None:
    quay, pier, far = customers(do, cast.alice, "Quay", "Pier", "Far")
    (bobs,) = customers(do, cast.bob, "Bob's")
    with database.writing() as session:
        for customer_id, name in ((quay, "Wu"), (pier, "Li"), (bobs, "Not hers")):
            born(session, customer_id, name, "--11-23")
        born(session, far, "In spring", "--05-23")
    message = told_now(database, cast.alice, "birthday")
    assert message.title == "2 birthdays"
    page = screens(cast.alice).get(message.path).text
    assert "<h1>Birthdays</h1>" in page
    both = {(f"/customers/{pier}", "Li", "Pier · Today"), (f"/customers/{quay}", "Wu", "Quay · Today")}
    assert set(rows_of(page)) == both


def test_who_asks_is_listed_until_they_are_answered(
    screens: Browser, cast: Cast, do: Do, database: Database
) -> None:
    quay, pier = customers(do, cast.alice, "Quay", "Pier")
    do(cast.charlie, "customer.ask", {"customer_id": quay})
    do(cast.bob, "customer.ask", {"customer_id": pier})
    message, browser = told_now(database, cast.alice, "asked"), screens(cast.alice)
    assert message.title == "2 colleagues ask for access"
    asks = [
        (f"/customers/{quay}", "Quay", "Charlie asks for access"),
        (f"/customers/{pier}", "Pier", "Bob asks for access"),
    ]
    assert sorted(rows_of(browser.get(message.path).text)) == sorted(asks)
    do(cast.alice, "customer.decline", {"customer_id": pier, "user_id": cast.bob.id})
    assert rows_of(browser.get(message.path).text) == asks[:1]
    do(cast.alice, "customer.share", {"customer_id": quay, "user_id": cast.charlie.id})
    assert "Nothing is left here" in browser.get(message.path).text


def test_what_was_given_and_what_was_declined_is_listed(
    screens: Browser, cast: Cast, do: Do, database: Database
) -> None:
    quay, pier = customers(do, cast.alice, "Quay", "Pier")
    for customer, answer in ((quay, "share"), (pier, "decline")):
        do(cast.bob, "customer.ask", {"customer_id": customer})
        do(cast.alice, f"customer.{answer}", {"customer_id": customer, "user_id": cast.bob.id})
    message, browser = told_now(database, cast.bob, "access"), screens(cast.bob)
    assert message.title == "Your access to 2 customers changed"
    assert sorted(rows_of(browser.get(message.path).text)) == [
        ("/customers", "Pier", "Alice gives no access for now"),
        (f"/customers/{quay}", "Quay", "Alice shares this customer with you"),
    ]


def test_what_was_told_last_stands_first(screens: Browser, cast: Cast, do: Do, database: Database) -> None:
    quay, pier = customers(do, cast.alice, "Quay", "Pier")
    for customer_id, at in ((quay, FRIDAY), (pier, NOW)):
        call = {"visit_id": new_id(), "customer_id": customer_id, "started_at": wire(at), "kind": "call"}
        with database.writing() as session:
            apply(session, cast.mei, "activity.log", call, at)
        told_now(database, cast.alice, "colleague", at + timedelta(hours=1))
    page = screens(cast.alice).get("/more/reminders/colleague").text
    first, then = page.index("You were told today"), page.index("You were told 3 days ago")
    assert first < page.index("Pier") < then < page.index("Quay")


def test_it_speaks_the_language_of_its_reader(
    screens: Browser, cast: Cast, do: Do, database: Database
) -> None:
    (quay,) = customers(do, cast.alice, "码头咖啡")
    with database.writing() as session:
        born(session, quay, "吴敏", "--11-23")
        session.get_one(User, cast.alice.id).locale = "zh-Hans"
    assert "还没有提醒" in screens(cast.alice).get("/more/reminders/birthday").text
    told_now(database, cast.alice, "birthday")
    page = screens(cast.alice).get("/more/reminders/birthday").text
    assert "<h1>生日</h1>" in page
    assert "提醒时间：今天" in page
    assert rows_of(page) == [(f"/customers/{quay}", "吴敏", "码头咖啡 · 今天")]


@pytest.mark.parametrize("kind", ["cold", "nothing"])
def test_what_no_list_is_of_is_not_there(screens: Browser, cast: Cast, kind: str) -> None:
    assert screens(cast.alice).get(f"/more/reminders/{kind}").status_code == 404


def alike(number: int) -> Any:
    """A row of any kind."""
    day = date(2026, 11, 20 + number)
    names = {
        name: f"{name} {number}" for name in ("subject_id", "customer_id", "author_id", "name", "rep", "note")
    }
    said_of_approval = {"terms": '[{"answer": "given", "note": ""}]', "customer": "Quay"}
    more = {"due_on": day, "planned_on": day, "planned_time": None, "occasion": str(day), "number": 1}
    moment = datetime(2026, 10, number, tzinfo=UTC)
    return SimpleNamespace(**names, **said_of_approval, **more, silent_since=moment, territory=None)


@pytest.mark.parametrize("kind", sorted(SAYINGS.keys() - {"week", "alert"}))
def test_no_notification_of_several_leads_to_one_of_them(kind: str, cast: Cast, database: Database) -> None:
    rows: Any = [alike(1), alike(2)]
    with database.reading() as session:
        [person] = people_named(session, [cast.alice.id], "UTC")
    path = said(kind, rows, person, MORNING).path
    assert path == said(kind, rows[::-1], person, MORNING).path
    listed = {"due": "/today", "late": "/today", "planned": "/today", "cold": "/customers?show=cold"}
    others = {
        "parked": "/outbox",
        "approval": "/team/approvals",
        "entry": "/parked",
        "task": "/tasks",
        "task_late": "/tasks",
    }
    assert path == {**listed, **others}.get(kind, f"/more/reminders/{kind}")
    assert (kind in LISTED) == path.startswith("/more/")
