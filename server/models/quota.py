"""What a rep or a territory is to win in a quarter. Quotas are kept in the row of the rep or territory, so that a phone
gets only its user's own.

A quota: `starts_on`, the first day of its quarter; `from_at` and `until_at`, the moments at which that quarter begins
and ends in the company's time zone, which phones do not know; `amount_cents`; `currency`.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlmodel import Session, col, select

from server.days import next_quarter, start_of
from server.models.column import wire
from server.models.user import Role, User
from server.models.workspace import Territory
from server.search_text import by_name

Quota = dict[str, Any]
Quotas = Sequence[Quota]


def quota_of(quotas: Quotas, starts_on: date) -> Quota | None:
    return next((one for one in quotas if one["starts_on"] == starts_on.isoformat()), None)


def quota_at(quotas: Quotas, now: datetime) -> Quota | None:
    moment = wire(now)
    return next((one for one in quotas if one["from_at"] <= moment < one["until_at"]), None)


def keep(
    row: User | Territory, starts_on: date, amount_cents: int | None, currency: str, company_zone: str
) -> None:
    """Sets the quota of a quarter, in place of the one before; `amount_cents` None removes it."""
    others = [one for one in row.quotas if one["starts_on"] != starts_on.isoformat()]
    if amount_cents is not None:
        began, over = (
            start_of(day, company_zone).astimezone(UTC) for day in (starts_on, next_quarter(starts_on))
        )
        others.append(
            {
                "starts_on": starts_on.isoformat(),
                "from_at": wire(began),
                "until_at": wire(over),
                "amount_cents": amount_cents,
                "currency": currency,
            }
        )
    row.quotas = sorted(others, key=lambda one: str(one["starts_on"]))


def reps_of(session: Session, territory_id: str | None, *, lock: bool = False) -> Sequence[User]:
    """The reps of a territory, by name. Locked in the order of ids, so that two who save never deadlock."""
    query = select(User).where(
        User.role == Role.REP, User.territory_id == territory_id, col(User.deactivated_at).is_(None)
    )
    if lock:
        query = query.order_by(col(User.id)).with_for_update().execution_options(populate_existing=True)
    return sorted(session.exec(query), key=by_name)
