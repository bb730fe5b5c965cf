"""The customers of somebody who leaves, or does something else from now on: whose they are, and who may have them."""

from collections.abc import Sequence
from typing import Final

from sqlmodel import Session, col, func, select

from server.models.customer import Customer
from server.models.user import Role, User
from server.search_text import by_name

MOST_AT_ONCE: Final = 200  # in a transaction: phones are not kept waiting for thousands
MOST_PARTS: Final = 20  # in a request
_SELLERS: Final = (Role.REP, Role.MANAGER)


def sells(user: User) -> bool:
    return user.role in _SELLERS


def held_count(session: Session, user_id: str) -> int:
    return session.exec(
        select(func.count()).where(Customer.owner_id == user_id, col(Customer.deleted_at).is_(None))
    ).one()


def some_held(session: Session, user_id: str) -> Sequence[str]:
    held = select(Customer.id).where(Customer.owner_id == user_id, col(Customer.deleted_at).is_(None))
    return session.exec(held.order_by(col(Customer.id)).limit(MOST_AT_ONCE)).all()


def who_may_have_them(session: Session, user_id: str) -> list[User]:
    """Whoever sells, and is still here."""
    sell = col(User.role).in_(_SELLERS)
    here = select(User).where(sell, col(User.deactivated_at).is_(None), User.id != user_id)
    return sorted(session.exec(here), key=by_name)
