"""How far reps have come against the quota of the quarter that is running, by the database: as Team has it."""

from collections.abc import Sequence
from datetime import UTC, timedelta
from typing import Any, Final

from sqlalchemy import BigInteger, cast, func
from sqlalchemy import select as sql_select
from sqlmodel import col

from server.forecast.days import working_days
from server.forecast.won import MILLION, halves, is_won, stands
from server.models.column import each_item, seconds, text_of, wire
from server.models.customer import Customer
from server.models.opportunity import Opportunity
from server.models.quota import next_quarter, quarter_of
from server.models.user import User
from server.questions.asking import Asking
from server.views.reader import Reader

QUOTA: Final = each_item(col(User.quotas)).table_valued("value", joins_implicitly=True, name="quota")
AMOUNT: Final = cast(text_of(QUOTA.c.value, "amount_cents"), BigInteger)
CURRENCY, BEGINS, ENDS = (text_of(QUOTA.c.value, name) for name in ("currency", "from_at", "until_at"))


def days_gone(reader: Reader) -> int:
    """Percent of the quarter's working days that are over, by the company's calendar."""
    today = reader.company_today
    first = quarter_of(today)
    last = next_quarter(first) - timedelta(days=1)
    return 100 * working_days(first, today - timedelta(days=1)) // working_days(first, last)


def is_behind(asking: Asking, points: int) -> Sequence[Any]:
    """Of those who have a quota. A percent is over when all of it is won."""
    now = wire(asking.reader.now.astimezone(UTC))
    still = max(days_gone(asking.reader) - points + 1, 0)
    return now >= BEGINS, now < ENDS, 100 * _won(asking) < still * AMOUNT


def attained(asking: Asking) -> Sequence[Any]:
    """Won, to be won, and in which currency."""
    return _won(asking), AMOUNT, CURRENCY


def _won(asking: Asking) -> Any:
    """Of whom one looks after, in the quota's currency, as far as the reader sees it."""
    millions, rest = halves(col(Opportunity.amount_cents))
    since = seconds(col(Opportunity.stage_since))
    query = (
        sql_select(cast(func.coalesce(millions * MILLION + rest, 0), BigInteger))
        .select_from(Opportunity)
        .join(Customer, col(Customer.id) == col(Opportunity.customer_id))
        .where(
            asking.sees, stands(), is_won(asking.company.pipelines), col(Customer.owner_id) == col(User.id)
        )
        .where(col(Opportunity.currency) == CURRENCY, since >= seconds(BEGINS), since < seconds(ENDS))
    )
    return query.scalar_subquery()
