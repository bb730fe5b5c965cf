"""Reps' progress against the quota of the current quarter, in SQL, by the same rules as Team."""

from collections.abc import Container, Sequence
from datetime import UTC, date
from typing import Any, Final

from sqlalchemy import BigInteger, case, cast, func, literal
from sqlalchemy import select as sql_select
from sqlmodel import col

from server import words
from server.days import DAY, next_quarter, quarter_of, start_of, working_days
from server.forecast.won import MILLION, is_won, split_sum, stands
from server.models.column import each_item, seconds, text_of, wire
from server.models.customer import Customer
from server.models.opportunity import Opportunity
from server.models.user import User
from server.questions.asking import Asking
from server.views.reader import Reader

QUOTA: Final = each_item(col(User.quotas)).table_valued("value", joins_implicitly=True, name="quota")
AMOUNT: Final = cast(text_of(QUOTA.c.value, "amount_cents"), BigInteger)
CURRENCY, BEGINS, ENDS = (text_of(QUOTA.c.value, name) for name in ("currency", "from_at", "until_at"))


def days_gone(reader: Reader, since: date | None = None, holidays: Container[date] = ()) -> int:
    """Percent of the quarter's working days that are over, rounded down, by the company's calendar. `since`: counts
    only the days from this one on."""
    today = reader.company_today
    first = since or quarter_of(today)
    all_days = working_days(first, next_quarter(quarter_of(today)) - DAY, holidays)
    return 100 * working_days(first, today - DAY, holidays) // all_days if all_days else 0


def joined_on(person: User, reader: Reader) -> date | None:
    """The day after their account was made, from which plans count, if it lies in this quarter; else None."""
    day = words.local_date(person.created_at, reader.company_zone) + DAY
    return day if day > quarter_of(reader.company_today) else None


def is_behind(asking: Asking, points: int) -> Sequence[Any]:
    """Conditions on reps with a quota: their percentage, rounded down, is at least `points` below that of the days
    gone."""
    now = wire(asking.reader.now.astimezone(UTC))
    return now >= BEGINS, now < ENDS, 100 * _won(asking) < _due(asking, points) * AMOUNT


def _due(asking: Asking, points: int) -> Any:
    """The percentage below which a rep is behind, by the working days of the rep's territory."""
    alike: dict[frozenset[date], list[str]] = {}
    for place, holidays in asking.company.holidays.items():
        alike.setdefault(holidays, []).append(place)
    of_places = [
        (col(User.territory_id).in_(places), _due_without(holidays, asking.reader, points))
        for holidays, places in alike.items()
    ]
    otherwise = _due_without((), asking.reader, points)
    return case(*of_places, else_=otherwise) if of_places else otherwise


def _due_without(holidays: Container[date], reader: Reader, points: int) -> Any:
    """If the account was made on a working day of this quarter, days count from the next one on."""
    first, today = quarter_of(reader.company_today), reader.company_today
    days = [first + number * DAY for number in range((today - first).days + 1)]

    def due(since: date | None = None) -> int:
        return max(days_gone(reader, since, holidays) - points + 1, 0)

    joined = [
        (col(User.created_at) >= start_of(day, reader.company_zone), due(day + DAY))
        for day in reversed(days)
        if working_days(day, day, holidays)
    ]
    return cast(case(*joined, else_=due()) if joined else literal(due()), BigInteger)


def attained(asking: Asking) -> Sequence[Any]:
    """Columns: cents won, cents of the quota, its currency."""
    return _won(asking), AMOUNT, CURRENCY


def _won(asking: Asking) -> Any:
    """Cents won at a rep's customers in the quota's period and currency, as far as the reader sees them."""
    millions, rest = split_sum(col(Opportunity.amount_cents))
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
