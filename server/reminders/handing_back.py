"""Customers nobody is in touch with although their rep was reminded go back to the pool, in territories whose settings
say so.

It is done in the name of whoever set that last; if they no longer manage the territory, nothing is handed back.
"""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, false, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from server.days import DAY
from server.models.customer import Customer
from server.models.reminder import HandBack, NotificationItem, TerritorySettings
from server.models.scope import ALL_SEEING_ROLES
from server.models.user import Role, User
from server.reminders.kinds import SILENCE, GoingCold
from server.reminders.outbox import KEPT_FOR
from sync.apply import apply

MOST_AT_ONCE: Final = 200


def hand_back(session: Session, now: datetime) -> int:
    """Hands back at most MOST_AT_ONCE customers and returns how many; the next call goes on."""
    found = session.exec(_unheeded(session, now)).all()
    for customer, by in found:
        rep_id = customer.owner_id
        change = {"customer_id": customer.id, "from": rep_id, "to": None}
        apply(session, by, "customer.assign", change, now)
        session.merge(HandBack(user_id=rep_id, customer_id=customer.id, at=now))
    return len(found)


def _told_until(rule: TerritorySettings, now: datetime) -> datetime:
    """Whoever was reminded later has days left. Holidays are none of them, as long as it is known who was reminded."""
    left, holidays, since = rule.hand_back_days or 0, set(rule.holidays), now
    while left and now - since < KEPT_FOR - DAY:
        since -= DAY
        left -= since.date().isoformat() not in holidays
    return since


def _unheeded(session: Session, now: datetime) -> Any:
    """Locked, and without those that somebody is changing: a rep who gives a customer back at this moment, or from whom
    another worker takes it, is told nothing a second time."""
    owner, by = aliased(User), aliased(User)
    rule, told = TerritorySettings, NotificationItem
    rules = session.exec(select(rule).where(col(rule.hand_back_days).is_not(None)))
    over = [
        and_(col(rule.territory_id) == one.territory_id, col(told.told_at) <= _told_until(one, now))
        for one in rules
    ]
    return (
        select(Customer, by)
        .join(rule, col(rule.territory_id) == col(Customer.territory_id))
        .join(by, col(by.id) == col(rule.set_by))
        .join(owner, col(owner.id) == col(Customer.owner_id))
        .join(told, and_(col(told.user_id) == col(owner.id), col(told.subject_id) == col(Customer.id)))
        .where(col(told.kind) == GoingCold.name, col(told.occasion) == SILENCE, or_(false(), *over))
        .where(col(owner.role) == Role.REP)
        .where(col(by.deactivated_at).is_(None))
        .where(
            or_(
                col(by.role).in_(ALL_SEEING_ROLES),
                and_(col(by.role) == Role.MANAGER, col(by.territory_id) == col(rule.territory_id)),
            )
        )
        .where(col(Customer.deleted_at).is_(None), col(Customer.lifecycle) != "lost")
        .order_by(col(Customer.id))
        .limit(MOST_AT_ONCE)
        .with_for_update(of=Customer, key_share=True, skip_locked=True)
    )
