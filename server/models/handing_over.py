"""Giving many customers to another owner at once:
those of somebody who leaves or gets other work, or those in the pool."""

from collections.abc import Sequence
from typing import Any, Final

from sqlmodel import Session, col, func, select

from server.models.customer import Customer
from server.models.scope import ALL_SEEING_ROLES, SELLING_ROLES, beside, customers_of
from server.models.user import User
from server.search_text import by_name

MOST_AT_ONCE: Final = 200  # customers in a transaction, so that phones never wait long for the lock
MOST_PARTS: Final = 20  # transactions in a request


def sells(user: User) -> bool:
    return user.role in SELLING_ROLES


def held_by(user_id: str) -> Any:
    return select(Customer).where(Customer.owner_id == user_id, col(Customer.deleted_at).is_(None))


def of_nobody(user: User) -> Any:
    """Those in the pool that the user sees."""
    return customers_of(user).where(col(Customer.owner_id).is_(None))


def count_of(session: Session, chosen: Any) -> int:
    found: int = session.exec(select(func.count()).select_from(chosen.order_by(None).subquery())).one()
    return found


def some_of(session: Session, chosen: Any) -> Sequence[str]:
    held = chosen.with_only_columns(Customer.id).order_by(None).order_by(Customer.id)
    return session.scalars(held.limit(MOST_AT_ONCE)).all()


def who_may_have_them(session: Session, user_id: str) -> list[User]:
    """Everybody who may own customers, but for this user, by name."""
    here = _who_sell().where(User.id != user_id)
    return sorted(session.exec(here), key=by_name)


def to_whom(session: Session, user: User) -> list[User]:
    """Whom the user may give customers to, by name. A customer moves to its owner's territory, so a manager gives them
    only to people of the same territory."""
    here = _who_sell() if user.role in ALL_SEEING_ROLES else _who_sell().where(beside(user))
    return sorted(session.exec(here), key=by_name)


def _who_sell() -> Any:
    return select(User).where(col(User.role).in_(SELLING_ROLES), col(User.deactivated_at).is_(None))
