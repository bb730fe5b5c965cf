"""What is kept once for somebody, saved for the first time by two taps at once: both are told that it is saved."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from sqlmodel import Session, col, delete, select

from server.database import Database
from server.models import calendar_feed, push_subscription, territory, weekly_report
from server.models.letterhead import THE_LETTERHEAD, Letterhead, write_letterhead
from server.models.reminder import ReminderSettings
from server.models.turns import wait_for_others
from server.models.user import SignInSession
from tests.cast import NOW, Cast
from tests.routes.conftest import Browser
from tests.routes.test_permissions import SUBSCRIPTION, WISHES
from tests.waiting import somebody_waits

Write = Callable[[Session, Cast], Any]


def wishes(session: Session, cast: Cast) -> None:
    wait_for_others(session, f"reminders of {cast.mei.id}")
    session.add(ReminderSettings(user_id=cast.mei.id))


def subscription(session: Session, cast: Cast) -> None:
    mine = select(SignInSession).where(SignInSession.user_id == cast.mei.id)
    sign_in = session.exec(mine).one()
    push_subscription.subscribe(session, cast.mei, sign_in, NOW, **SUBSCRIPTION, server_key="k")


SAVED: dict[str, tuple[str, dict[str, str], Write]] = {
    "wishes": ("/more/reminders", WISHES, wishes),
    "territory": (
        "/territories/{north}/reminders",
        WISHES,
        lambda session, cast: territory.keep(session, cast.north.id, cast.mei, {}),
    ),
    "letterhead": (
        "/letterhead",
        {"name": "Harbour Supplies"},
        lambda session, _: write_letterhead(session, "Harbour Supplies"),
    ),
    "report": (
        "/report/2026-11-16",
        {"text": "A good week"},
        lambda session, cast: weekly_report.send_on(session, cast.mei, date(2026, 11, 16), "A week", NOW),
    ),
    "subscription": ("/more/reminders/subscription", SUBSCRIPTION, subscription),
    "calendar": (
        "/more/reminders/calendar",
        {},
        lambda session, cast: calendar_feed.make(session, cast.mei, NOW),
    ),
}


@pytest.mark.parametrize("what", SAVED)
def test_the_second_tap_writes_over_the_first(
    screens: Browser, database: Database, cast: Cast, what: str
) -> None:
    path, sent, write = SAVED[what]
    browser = screens(cast.dora if what == "letterhead" else cast.mei)
    with database.writing() as session:
        session.execute(delete(Letterhead).where(col(Letterhead.id) == THE_LETTERHEAD))
    with ThreadPoolExecutor(1) as pool:
        with database.writing() as session:
            write(session, cast)
            session.flush()
            second = pool.submit(browser.post, path.format(north=cast.north.id), sent)
            while not somebody_waits(session):
                assert not second.done()
        assert second.result().status_code in (200, 303)
