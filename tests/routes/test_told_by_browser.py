"""The language and the clock by which the server writes to people, also to who has chosen neither."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from litestar.testing import TestClient
from sqlalchemy import event
from sqlmodel import col, select, update

from server.database import Database
from server.models import account
from server.models.identity import new_id
from server.models.user import User
from server.models.workspace import Workspace
from server.reminders.person import people_named
from tests.cast import Cast
from tests.routes.doorstep import Doorstep, sign_in
from tests.sync.phone import Phone
from tests.sync.test_http import HttpLine

CHINESE, ENGLISH, FRENCH = "zh-CN,zh;q=0.9,en;q=0.8", "en-GB,en;q=0.9", "fr"


@pytest.fixture(autouse=True)
def undecided(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        session.execute(update(User).values(locale=None, time_zone=None))


def browser(doorstep: Doorstep, user: User, language: str) -> TestClient[Any]:
    client = doorstep.browser()
    client.headers["Accept-Language"] = language
    assert sign_in(client, user.email).status_code == 303
    client.headers["X-CSRFToken"] = client.cookies["csrftoken"]
    return client


def language_of(database: Database, user: User) -> str:
    with database.reading() as session:
        return session.get_one(User, user.id).language


@contextmanager
def writes(database: Database) -> Iterator[list[str]]:
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.lstrip().upper().startswith(("SELECT", "WITH", "BEGIN")):
            found.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield found
    event.remove(database.engine, "before_cursor_execute", note)


@pytest.mark.parametrize(("asked", "language"), [(CHINESE, "zh-Hans"), (ENGLISH, "en"), (FRENCH, "en")])
def test_it_is_the_one_that_they_signed_in_with(
    doorstep: Doorstep, cast: Cast, database: Database, asked: str, language: str
) -> None:
    browser(doorstep, cast.alice, asked)
    with database.reading() as session:
        assert session.get_one(User, cast.alice.id).read_locale == language
    assert language_of(database, cast.bob) == "en", "of whom nothing is known"


@pytest.mark.parametrize("path", ["/more", "/sync/pull?device_id=0190e0c0-0000-7000-8000-000000000001"])
def test_who_reads_in_another_one_is_written_to_in_that(
    doorstep: Doorstep, cast: Cast, database: Database, path: str
) -> None:
    """Also by a phone that renders every page itself: what it fetches says the same."""
    phone, desk = browser(doorstep, cast.alice, CHINESE), browser(doorstep, cast.alice, ENGLISH)
    assert language_of(database, cast.alice) == "en"
    doorstep.clock.wait(minutes=6)
    assert phone.get(path).status_code == 200
    assert language_of(database, cast.alice) == "zh-Hans"
    doorstep.clock.wait(minutes=6)
    desk.get(path)
    assert language_of(database, cast.alice) == "en"


def test_who_used_the_browser_before_says_nothing_of_who_uses_it_now(
    doorstep: Doorstep, cast: Cast, database: Database
) -> None:
    """A phone's own pages ask the browser alone, so the server's do."""
    desk = doorstep.browser()
    desk.headers["Accept-Language"] = ENGLISH
    desk.cookies.set("locale", "zh-Hans")
    assert '<html lang="zh-Hans"' in desk.get("/sign-in").text, "the language that was read there last"
    assert sign_in(desk, cast.mei.email).status_code == 303
    assert '<html lang="en"' in desk.get("/team").text
    assert language_of(database, cast.mei) == "en"


def test_no_request_waits_for_it(doorstep: Doorstep, cast: Cast, database: Database) -> None:
    """It is noted with what a session notes every five minutes, and only if it is another: two devices in two languages
    do not make every request a write. Phones hear of nothing."""
    phone, desk = browser(doorstep, cast.alice, CHINESE), browser(doorstep, cast.alice, ENGLISH)
    with database.reading() as session:
        rev = session.exec(select(Workspace.rev)).one()
    with writes(database) as written:
        for one in (phone, desk, phone, desk):
            one.get("/more")
        assert written == []
        doorstep.clock.wait(minutes=6)
        desk.get("/more")
        assert [statement.split()[1] for statement in written] == ["sessions"]
        phone.get("/more")
        assert [statement.split()[1] for statement in written] == ["sessions", "sessions", "users"]
    with database.reading() as session:
        assert session.exec(select(Workspace.rev)).one() == rev


def test_a_program_that_says_none_changes_nothing(doorstep: Doorstep, cast: Cast, database: Database) -> None:
    client = browser(doorstep, cast.alice, CHINESE)
    for nothing in ("*", ""):
        client.headers["Accept-Language"] = nothing
        doorstep.clock.wait(minutes=6)
        client.get("/more")
        assert language_of(database, cast.alice) == "zh-Hans"


def test_what_they_chose_stands(doorstep: Doorstep, cast: Cast, database: Database) -> None:
    with database.writing() as session:
        session.execute(update(User).where(col(User.id) == cast.alice.id).values(locale="en"))
    client = browser(doorstep, cast.alice, CHINESE)
    doorstep.clock.wait(minutes=6)
    client.get("/more")
    with database.reading() as session:
        alice = session.get_one(User, cast.alice.id)
    assert (alice.language, alice.read_locale) == ("en", None)


def test_until_they_have_read_anything_it_is_that_of_whoever_made_their_account(
    doorstep: Doorstep, cast: Cast, database: Database
) -> None:
    dora = browser(doorstep, cast.dora, CHINESE)
    erin = {"name": "艾琳", "email": "erin@example.test", "role": "rep", "weekly_visits": "25"}
    assert dora.post("/people", data=erin).status_code == 200
    with database.reading() as session:
        made = account.by_email(session, "erin@example.test")
    assert made is not None
    assert (made.locale, made.language) == (None, "zh-Hans")


def read_zone_of(database: Database, user: User) -> str | None:
    with database.reading() as session:
        return session.get_one(User, user.id).read_time_zone


def test_the_time_zone_is_the_one_that_their_browser_was_in_last(
    doorstep: Doorstep, cast: Cast, database: Database
) -> None:
    phone = browser(doorstep, cast.alice, CHINESE)
    phone.cookies.set("time_zone", "Asia%2FShanghai")
    for _ in range(2):
        doorstep.clock.wait(minutes=6)
        page = phone.get("/more/reminders").text
    assert 'data-arrived="Asia/Shanghai"' in page
    with database.reading() as session:
        [person] = people_named(session, [cast.alice.id], "Europe/Berlin")
    assert (person.time_zone, person.t.locale) == ("Asia/Shanghai", "zh-Hans")
    phone.cookies.delete("legwork_session")
    phone.cookies.set("time_zone", "Europe%2FLisbon")
    assert sign_in(phone, cast.alice.email).status_code == 303
    assert read_zone_of(database, cast.alice) == "Europe/Lisbon"


def test_where_somebody_is_of_whom_nobody_knew_it_is_kept_at_once(
    doorstep: Doorstep, cast: Cast, database: Database
) -> None:
    phone = browser(doorstep, cast.alice, CHINESE)
    phone.cookies.set("time_zone", "Asia%2FShanghai")
    assert phone.get("/more").status_code == 200
    assert read_zone_of(database, cast.alice) == "Asia/Shanghai"
    phone.cookies.set("time_zone", "Europe%2FLisbon")
    with writes(database) as found:
        assert phone.get("/more").status_code == 200
    assert found == []
    assert read_zone_of(database, cast.alice) == "Asia/Shanghai"


@pytest.mark.parametrize("told", ["", "Europe", "..%2F..%2Fetc%2Fpasswd", "%FF", "Mars%2FBase", "localtime"])
def test_what_is_no_time_zone_is_not_believed(
    doorstep: Doorstep, cast: Cast, database: Database, told: str
) -> None:
    phone = browser(doorstep, cast.alice, CHINESE)
    phone.cookies.set("time_zone", told)
    doorstep.clock.wait(minutes=6)
    assert phone.get("/more").status_code == 200
    assert read_zone_of(database, cast.alice) is None


def test_a_phone_reads_in_it_why_an_entry_is_parked(
    doorstep: Doorstep, cast: Cast, database: Database
) -> None:
    phone = Phone(cast.alice, HttpLine(browser(doorstep, cast.alice, CHINESE)))
    receipt = phone.do("customer.edit", {"customer_id": new_id(), "fields": {"name": "x"}})
    assert receipt["detail"]["message"] == "您无权修改，或该内容已不存在。"
