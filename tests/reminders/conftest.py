"""What tests of reminders share: settings, phones that let themselves be told, and what would be said."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from server.config import Settings
from server.database import Database
from server.models import push_subscription
from server.models import session as sessions
from server.models.push_subscription import PushSubscription
from server.models.reminder import Notification, NotificationItem, ReminderSettings
from server.models.user import SignInSession, User
from server.reminders.outbox import sweep
from tests.cast import NOW
from tests.sync.conftest import do, harbour_cafe

__all__ = ["do", "harbour_cafe"]


class Watch:
    """How long a worker has been sending, in seconds: as long as the test says."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture(autouse=True)
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    watch = Watch()
    monkeypatch.setattr("server.reminders.worker.monotonic", watch)
    return watch


LISTENS = Callable[..., PushSubscription]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, session_days=3650)


@pytest.fixture
def listens(database: Database) -> LISTENS:
    """`listens(alice, hour="07:00")`: a phone of hers lets itself be told, as she wishes."""

    def listens(user: User, endpoint: str = "", server_key: str = "key", **wishes: Any) -> PushSubscription:
        with database.writing() as session:
            secret = sessions.start(session, user, NOW)
            session.flush()
            sign_in = session.get(SignInSession, sessions.hash_of(secret))
            assert sign_in is not None
            if wishes:
                session.merge(ReminderSettings(user_id=user.id, **wishes))
            return push_subscription.subscribe(
                session,
                user,
                sign_in,
                NOW,
                endpoint=endpoint or f"https://push.example.test/{sign_in.public_id}",
                p256dh="BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQtUbVlUls0VJXg7A8u-Ts1XbjhazAkj7I99e8QcYP7DkM",
                auth="tBHItJI5svbpez7KI4CCXg",
                server_key=server_key,
            )

    return listens


Told = list[tuple[str, str, tuple[str, ...]]]


@pytest.fixture
def told_at(database: Database, settings: Settings) -> Callable[..., Told]:
    """Looks at that moment for what is due, and tells who was told what: ("Alice", "cold", ("Harbour Café's id",)).
    That a week is over, which everybody hears on Mondays, only where it is asked for."""

    def told_at(now: datetime, weekly: bool = False) -> Told:
        with database.reading() as session:
            before = set(session.exec(select(Notification.id)))
        sweep(database, settings, now)
        with database.reading() as session:
            rows = session.exec(
                select(Notification.id, User.name, Notification.kind, NotificationItem.subject_id)
                .where(Notification.user_id == User.id, NotificationItem.notification_id == Notification.id)
                .order_by(User.name, Notification.kind, NotificationItem.subject_id)
            ).all()
        told: dict[str, tuple[str, str, tuple[str, ...]]] = {}
        for id_, name, kind, subject in rows:
            if id_ not in before and (weekly or kind != "week"):
                so_far = told.get(id_, (name, kind, ()))[2]
                told[id_] = (name, kind, (*so_far, subject))
        return sorted(told.values())

    return told_at
