"""How much of the own quota is won in this quarter. Twin of pwa/views/attainment.js."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlmodel import Session, col

from server import words
from server.forecast.won import by_currency, won_between
from server.models.customer import Customer
from server.models.pipeline import Pipeline, pipelines
from server.models.quota import Quota, quota_at
from server.views.reader import Reader, joined

WITHOUT: Final = {"text": "", "percent": "", "shown": 0, "beside": ""}


def attainment(session: Session, reader: Reader, known: Sequence[Pipeline] | None = None) -> dict[str, Any]:
    quota = quota_at(reader.user.quotas, reader.now)
    if quota is None:
        return dict(WITHOUT)
    span = [datetime.fromisoformat(quota[name]) for name in ("from_at", "until_at")]
    mine = col(Customer.owner_id) == reader.user.id
    found = won_between(session, pipelines(session) if known is None else known, span, mine)
    return against(quota, by_currency(found), reader)


def against(quota: Quota, won: Mapping[str, int], reader: Reader) -> dict[str, Any]:
    """What was won in other money is said beside it, and does not count."""
    currency, cents = quota["currency"], won.get(quota["currency"], 0)
    others = [words.money(other, name) for name, other in won.items() if name != currency and other]
    reached = percent_of(cents, quota["amount_cents"])
    return {
        "text": reader.t(
            "%(won)s of %(quota)s won this quarter",
            won=words.money(cents, currency),
            quota=words.money(quota["amount_cents"], currency),
        ),
        "percent": f"{reached} %",
        "shown": min(reached, 100),
        "beside": reader.t("%(amounts)s more in other money", amounts=joined(*others)) if others else "",
    }


def percent_of(won: int, quota: int) -> int:
    return 100 * max(won, 0) // quota
