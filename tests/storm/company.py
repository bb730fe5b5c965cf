"""Makes one rep for each phone of the storm, with a few customers, and signed in: coming back needs no password."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from server.auth_csrf import Csrf
from server.database import Database
from server.demo.many import seed_many
from server.demo.seed import seed
from server.models import session as sessions
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.user import Role, User

SECRET_KEY = "every server of one company signs with the same key"
CUSTOMERS = 10


@dataclass(frozen=True)
class Rep:
    user_id: str
    customer_ids: tuple[str, ...]
    secret: str  # of the session
    csrf_token: str


def hire(database: Database, count: int, now: datetime) -> list[Rep]:
    """Makes `count` reps. The tables must be empty."""
    seed(database, now)
    with database.writing() as session:
        users = [_user(number, now) for number in range(count)]
        session.add_all(users)
    for user in users:
        seed_many(database, now, CUSTOMERS, visits_each=0, owner=user.email, contacts=False)
    with database.writing() as session:
        return list(_equipped(session, users, now))


def _user(number: int, now: datetime) -> User:
    name = f"Rep {number}"
    email, nobody_signs_in = f"rep-{number}@storm.test", "!"
    return User(
        id=new_id(), email=email, name=name, role=Role.REP, password_hash=nobody_signs_in, created_at=now
    )


def _equipped(session: Session, users: list[User], now: datetime) -> Iterator[Rep]:
    csrf = Csrf(SECRET_KEY)
    for user in users:
        owned = session.exec(select(Customer.id).where(col(Customer.owner_id) == user.id))
        secret = sessions.start(session, user, now)
        yield Rep(user.id, tuple(owned), secret, csrf.issue(secret))
