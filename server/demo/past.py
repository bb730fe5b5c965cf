"""Sales of the demo that were closed long ago, so that there is something to forecast from; and quotas.

They have dice of their own, so that all else stays as it was.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from math import pi, sin
from typing import Final

from server.days import next_quarter, quarter_before, quarter_of
from server.demo import cast
from server.demo.customers import Account
from server.demo.dice import Dice
from server.demo.sales import closed_opportunity
from server.models.quota import keep
from server.models.user import User
from server.models.workspace import Territory

DAYS_BACK: Final = 680
CLOSED_A_MONTH: Final = 7.5
QUIET, BUSY = 0.7, 1.3  # how many are closed in August, and at the end of the year when budgets are spent
QUARTERS_BACK: Final = 4
QUOTAS: Final = {
    "alice": ("EUR", 340_000),
    "bob": ("EUR", 190_000),
    "charlie": ("EUR", 230_000),
    "wang": ("CNY", 1_900_000),
}
TERRITORY_QUOTAS: Final = {cast.SOUTH: ("EUR", 530_000), cast.EAST: ("CNY", 2_000_000)}


def past_sales(accounts: Sequence[Account], owner_id: str, currency: str, now: datetime, dice: Dice) -> None:
    """Closed opportunities, day by day until the week before last: more as there are more customers, and by season."""
    for back in range(DAYS_BACK, 12, -1):
        day = now - timedelta(days=back)
        old_enough = [made for made in accounts if made.customer.created_at < day - timedelta(days=100)]
        if day.weekday() < 5 and old_enough and dice.chance(_chance(day, len(old_enough), len(accounts))):
            closed_opportunity(dice.choice(old_enough), owner_id, currency, day, dice)


def _chance(day: datetime, customers: int, of: int) -> float:
    """The chance that an opportunity is closed on this day."""
    season = (QUIET + BUSY) / 2 - (BUSY - QUIET) / 2 * sin(2 * pi * (day.timetuple().tm_yday - 136) / 365)
    return CLOSED_A_MONTH / 21 * season * (0.5 + 0.5 * customers / of)


def set_quotas(
    users: Mapping[str, User], territories: Mapping[str, Territory], now: datetime, company_zone: str
) -> None:
    """Quotas of the last four quarters, this one and the next one, each a little higher than the one before."""
    quarter = quarter_of(now.date())
    for _ in range(QUARTERS_BACK):
        quarter = quarter_before(quarter)
    for number in range(QUARTERS_BACK + 2):
        share = 84 + 4 * number
        for key, (currency, amount) in QUOTAS.items():
            keep(users[key], quarter, amount * share, currency, company_zone)
        for name, (currency, amount) in TERRITORY_QUOTAS.items():
            keep(territories[name], quarter, amount * share, currency, company_zone)
        quarter = next_quarter(quarter)
