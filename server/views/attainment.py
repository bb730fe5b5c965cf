"""The share of this quarter's quota that is won. Twin of pwa/views/attainment.js."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlmodel import Session, col

from server import words
from server.forecast.won import by_currency, won_between
from server.models.customer import Customer
from server.models.pipeline import Pipeline, pipelines
from server.models.quota import Quota, quota_at
from server.models.user import Role
from server.models.workspace import Territory
from server.views.reader import Reader, joined

WITHOUT: Final = {"text": "", "percent": "", "shown": 0, "beside": ""}


def attainment(
    session: Session, reader: Reader, all_pipelines: Sequence[Pipeline] | None = None
) -> dict[str, Any]:
    """Of the reader; of their territory if they are a manager without a quota, which only the server can count."""
    user, name = reader.user, ""
    quota, mine = quota_at(user.quotas, reader.now), col(Customer.owner_id) == user.id
    if quota is None and user.role == Role.MANAGER and user.territory_id is not None:
        territory = session.get_one(Territory, user.territory_id)
        quota, name = quota_at(territory.quotas, reader.now), territory.name
        mine = col(Customer.territory_id) == territory.id
    if quota is None:
        return dict(WITHOUT)
    span = [datetime.fromisoformat(quota[end]) for end in ("from_at", "until_at")]
    found = won_between(session, pipelines(session) if all_pipelines is None else all_pipelines, span, mine)
    said = against(quota, by_currency(found), reader)
    return {**said, "text": joined(name, said["text"])}


def against(quota: Quota, won: Mapping[str, int], reader: Reader) -> dict[str, Any]:
    """Amounts won in other currencies are shown beside it and do not count."""
    currency, cents = quota["currency"], won.get(quota["currency"], 0)
    others = [words.money(other, name) for name, other in won.items() if name != currency and other]
    reached = percent_of(cents, quota["amount_cents"])
    return {
        "text": reader.t(
            "%(won)s of %(quota)s won this quarter",
            won=words.money(cents, currency),
            quota=words.money(quota["amount_cents"], currency),
        ),
        "percent": f"{reached}%",
        "shown": min(reached, 100),
        "beside": reader.t("%(amounts)s more in other money", amounts=joined(*others)) if others else "",
    }


def percent_of(part: int, whole: int) -> int:
    """Rounded down: 100 only if nothing is missing, and a limit in percent is reached exactly when its amount is."""
    return 100 * max(part, 0) // whole
