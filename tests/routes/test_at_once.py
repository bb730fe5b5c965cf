"""The same form twice at once, as two taps on one button send it, or somebody who guesses."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlmodel import Session, func, select

from server.database import Database
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.sign_in_attempt import PER_ACCOUNT, Subjects, TooManyAttempts, count
from sync.apply import apply
from tests.cast import NOW, Cast
from tests.routes.conftest import Browser


def somebody_waits(session: Session) -> bool:
    """For us. On SQLite who writes second has not begun, and need not be waited for."""
    if session.get_bind().dialect.name == "sqlite":
        return True
    return bool(session.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one())


def test_the_second_of_two_taps_is_told_that_the_first_was_faster(
    screens: Browser, database: Database, cast: Cast
) -> None:
    alice, new = screens(cast.alice), {"customer_id": new_id(), "name": "Harbour Café"}
    with ThreadPoolExecutor(1) as pool:
        with database.writing() as session:
            apply(session, cast.alice, "customer.create", new, NOW)
            second = pool.submit(alice.post, "/customers", new)
            while not somebody_waits(session):
                assert not second.done()
        answer = second.result()
    assert answer.status_code in (409, 422)
    assert "in the meantime" in answer.text
    with database.reading() as session:
        assert session.exec(select(func.count()).select_from(Customer)).one() == 1


@pytest.mark.parametrize("same", ["account", "address"])
def test_guesses_at_once_are_counted_one_after_the_other(
    database: Database, monkeypatch: pytest.MonkeyPatch, same: str
) -> None:
    monkeypatch.setattr("server.models.sign_in_attempt.PER_ADDRESS", PER_ACCOUNT)

    def guess(session: Session, number: int) -> None:
        of = {"email": f"{number}@example.test", "address": f"203.0.113.{number}"}
        of |= {"account": {"email": "alice@example.test"}, "address": {"address": "203.0.113.99"}}[same]
        count(session, Subjects.of("key", **of), NOW)

    def one_more() -> None:
        with database.writing() as session:
            guess(session, PER_ACCOUNT)

    with ThreadPoolExecutor(1) as pool:
        with database.writing() as session:
            for number in range(PER_ACCOUNT):
                guess(session, number)
            another = pool.submit(one_more)
            while not (somebody_waits(session) or another.done()):
                pass
        with pytest.raises(TooManyAttempts):
            another.result()
