"""Which sign-ins are kept."""

from datetime import timedelta
from typing import Any

from sqlmodel import select

from server.config import Settings
from server.database import Database
from server.models import session as sessions
from server.models.identity import new_id
from server.models.user import SignInSession
from server.reminders.worker import Worker
from tests.cast import NOW, Cast

DAY = timedelta(days=1)


def test_sign_ins_that_nobody_goes_on_with_are_forgotten(
    database: Database, cast: Cast, tmp_path: Any
) -> None:
    """A program signs in anew each week; Alice has a phone in a drawer."""
    with database.writing() as session:
        phones = sessions.hash_of(sessions.start(session, cast.alice, NOW))
        session.flush()
        session.get_one(SignInSession, phones).device_id = new_id()
        programs = [
            sessions.hash_of(sessions.start(session, cast.dora, NOW + week * 7 * DAY)) for week in range(52)
        ]
    worker = Worker(database, Settings(data_dir=tmp_path, session_days=60), "https://legwork.example.test")
    worker.tidy(NOW + 51 * 7 * DAY)
    with database.reading() as session:
        kept = set(session.exec(select(SignInSession.id_hash)))
    assert kept == {phones, *programs[-13:]}
