"""The measures: what a question counts or adds up. A new one is a small class here and an entry in MEASURES.

The database makes at most four whole numbers for each group (`figures`); `value` makes one number of them. Amounts in
different currencies are never added.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import case, func
from sqlmodel import col

from server.forecast.won import MILLION, split_sum
from server.models.opportunity import Opportunity
from server.models.order import Order
from server.models.visit import Visit
from server.questions.asking import Asking
from server.questions.lines import (
    LINE_CENTS,
    LINE_COST,
    LINE_MARGIN,
    LINE_QUANTITY,
    LINE_UNIT,
    ORDERS_OF_PRODUCT,
    margin_of_order,
)
from server.questions.subjects import (
    ACTIVITIES,
    CUSTOMERS,
    FOLLOW_UPS,
    OPPORTUNITIES,
    ORDERS,
    VISITS,
    Subject,
)
from server.translations import msgid
from server.views import activity
from server.views.attainment import percent_of
from server.views.local_days import day_number

Figures = Sequence[int]
# Changes of the clock are looked up ten years back; before that an hour more or less does not matter.
LONGEST_STANDING: Final = timedelta(days=3650)
EPOCH: Final = date(1970, 1, 1)


class Measure:
    name: str
    label: str
    hint: str = ""
    subject: Subject
    unit: str = "number"  # quantity, money, percent, days
    is_now: bool = False  # as of now, whatever the period
    grouped: int = 0  # so many of the first figures are grouped by, not aggregated
    adds_up: bool = True  # the total is the sum of the groups
    of_lines: bool = False  # counts order lines, so that an order of several products is split between them

    def figures(self, asking: Asking) -> Sequence[Any]:
        """SQL expressions, at most four."""
        return (func.count(),)

    def figures_of_product(self, asking: Asking) -> Sequence[Any]:
        """As `figures`, where each group holds lines of one product only."""
        return self.figures(asking)

    def where(self, asking: Asking) -> Sequence[Any]:
        """SQL conditions on the rows that count."""
        return ()

    def unit_column(self) -> Any:
        """The column of the currency or unit; rows that differ in it are never added. None: it has neither."""
        return None

    def extra_columns(self, asking: Asking, only: Mapping[str, Sequence[str]]) -> Sequence[Any]:
        """Columns to read with each of the rows behind its number. `only`: the filters of the question."""
        return ()

    def left_out(self, rows: Sequence[Figures]) -> tuple[int, int]:
        """How many of the rows cannot be counted, and how many rows there are."""
        return 0, 0

    def sort_keys(self, figures: Sequence[Any]) -> Sequence[Any]:
        """What groups are sorted by, the greatest first, before they are cut. `figures`: the columns of the SELECT."""
        return figures

    def value(self, rows: Sequence[Figures]) -> int | None:
        """The number for one group, or for several together. None: there is nothing to tell."""
        return sum(row[0] for row in rows) if rows else None

    @property
    def is_sum(self) -> bool:
        """A group without rows has the value 0; of a percentage or a median it has none."""
        return self.unit in ("number", "quantity", "money")


class Visits(Measure):
    name, label, subject = "visits", msgid("Visits"), VISITS


class TouchedCustomers(Measure):
    name, label, subject, adds_up = "touched", msgid("Customers touched"), ACTIVITIES, False
    hint = msgid("Visits, calls and messages: each customer once.")

    def figures(self, asking: Asking) -> Sequence[Any]:
        return (func.count(col(Visit.customer_id).distinct()),)


class Amount(Measure):
    subject, unit = OPPORTUNITIES, "money"

    def unit_column(self) -> Any:
        return col(self.subject.table.currency)

    def figures(self, asking: Asking) -> Sequence[Any]:
        return split_sum(col(Opportunity.amount_cents))

    def sort_keys(self, figures: Sequence[Any]) -> Sequence[Any]:
        """Both figures as one amount: sorted by millions first, many small amounts would come too late."""
        return [figures[0] * MILLION + figures[1]]

    def value(self, rows: Sequence[Figures]) -> int | None:
        return sum(row[0] * MILLION + row[1] for row in rows) if rows else None


class WonAmount(Amount):
    name, label = "won_amount", msgid("Won amount")
    hint = msgid("Of opportunities won in the period.")

    def where(self, asking: Asking) -> Sequence[Any]:
        return (asking.at_stages("won"),)


class OpenAmount(Amount):
    name, label, is_now = "open_amount", msgid("Open amount"), True
    hint = msgid("As it stands now. By month: when it is expected to close.")

    def where(self, asking: Asking) -> Sequence[Any]:
        return (asking.at_stages("open"),)


class Conversion(Measure):
    name, label, subject, unit = "conversion", msgid("Conversion"), OPPORTUNITIES, "percent"
    hint = msgid("Won, of all that was won or lost in the period.")

    def figures(self, asking: Asking) -> Sequence[Any]:
        return func.sum(case((asking.at_stages("won"), 1), else_=0)), func.count()

    def where(self, asking: Asking) -> Sequence[Any]:
        return (asking.at_stages("won", "lost"),)

    def value(self, rows: Sequence[Figures]) -> int | None:
        won, closed = sum(row[0] for row in rows), sum(row[1] for row in rows)
        return (200 * won + closed) // (2 * closed) if closed else None


class DaysStanding(Measure):
    name, label, subject, unit = "days_standing", msgid("Median days standing"), OPPORTUNITIES, "days"
    is_now, grouped = True, 1
    hint = msgid("Of open opportunities, at the stage where they are now.")

    def figures(self, asking: Asking) -> Sequence[Any]:
        """(days, number of opportunities): the median is taken in Python, since SQLite has none."""
        today = asking.reader.today
        since = day_number(col(Opportunity.stage_since), today - LONGEST_STANDING, asking.reader)
        days = (today - EPOCH).days - since
        return case((days < 0, 0), else_=days), func.count()

    def where(self, asking: Asking) -> Sequence[Any]:
        return (asking.at_stages("open"),)

    def value(self, rows: Sequence[Figures]) -> int | None:
        return median([(row[0], row[1]) for row in rows])


class Orders(Measure):
    name, label, subject = "orders", msgid("Orders"), ORDERS
    hint = msgid("Placed in the period.")

    def figures(self, asking: Asking) -> Sequence[Any]:
        return (func.count(col(Order.id).distinct()),)

    def figures_of_product(self, asking: Asking) -> Sequence[Any]:
        return (ORDERS_OF_PRODUCT,)


class OrderAmount(Amount):
    """An order's total is the sum of its lines, so lines are added up: each product gets its share."""

    name, label, subject = "order_amount", msgid("Amount of orders"), ORDERS
    hint, of_lines = msgid("Of orders placed in the period, after discounts."), True

    def figures(self, asking: Asking) -> Sequence[Any]:
        return split_sum(LINE_CENTS)


class Margin(OrderAmount):
    """Figures: the margin in two parts, then the number of lines with a known cost, and of those without."""

    name, label = "margin", msgid("Margin")
    hint = msgid("Amount of orders less what their products cost today, as far as it is known.")
    is_sum = False  # without a known cost there is no value, not 0

    def figures(self, asking: Asking) -> Sequence[Any]:
        has_cost = (func.sum(case((LINE_COST.is_not(None), yes), else_=1 - yes)) for yes in (1, 0))
        return *split_sum(LINE_MARGIN), *has_cost

    def value(self, rows: Sequence[Figures]) -> int | None:
        return super().value([row for row in rows if row[2]])

    def extra_columns(self, asking: Asking, only: Mapping[str, Sequence[str]]) -> Sequence[Any]:
        return (margin_of_order(only.get("product")),)

    def left_out(self, rows: Sequence[Figures]) -> tuple[int, int]:
        without = sum(row[3] for row in rows)
        return without, without + sum(row[2] for row in rows)


class Quantity(Measure):
    name, label, subject, unit = "quantity", msgid("Quantity ordered"), ORDERS, "quantity"
    hint, of_lines = msgid("Of orders placed in the period, each unit by itself."), True

    def figures(self, asking: Asking) -> Sequence[Any]:
        return (func.sum(LINE_QUANTITY),)

    def unit_column(self) -> Any:
        return LINE_UNIT


class Customers(Measure):
    name, label, subject, is_now = "customers", msgid("Customers"), CUSTOMERS, True
    hint = msgid("Those that somebody looks after, as it stands now.")


class GoingCold(Measure):
    name, label, subject, is_now = "cold", msgid("Going cold"), CUSTOMERS, True
    hint = msgid("Past their rhythm, as it stands now.")

    def where(self, asking: Asking) -> Sequence[Any]:
        return (asking.is_cold,)


class InTouch(Measure):
    name, label, subject, unit, is_now = "in_touch", msgid("In touch"), CUSTOMERS, "percent", True
    hint = msgid("Of the customers those within their rhythm, as it stands now.")

    def figures(self, asking: Asking) -> Sequence[Any]:
        return func.sum(case((asking.is_cold, 0), else_=1)), func.count()

    def value(self, rows: Sequence[Figures]) -> int | None:
        kept, customers = sum(row[0] for row in rows), sum(row[1] for row in rows)
        return percent_of(kept, customers) if customers else None


class LateFollowUps(Measure):
    name, label, subject, is_now = "late", msgid("Late follow-ups"), FOLLOW_UPS, True
    hint = msgid("Promised, and the day has passed.")

    def where(self, asking: Asking) -> Sequence[Any]:
        return activity.is_late(asking.reader)


def median(counted: Sequence[tuple[int, int]]) -> int | None:
    return quantile(counted, 50)


def quantile(counted: Sequence[tuple[int, int]], percent: int) -> int | None:
    """The nearest-rank percentile: the least value such that at least `percent` of all are at or below it.
    `counted`: pairs of a value and its count. None if there is none."""
    rank = -(-percent * sum(count for _, count in counted) // 100)
    for value, count in sorted(counted):
        rank -= count
        if rank <= 0:
            return value
    return None


MEASURES: Final[dict[str, Measure]] = {
    measure.name: measure
    for measure in (
        Visits(), TouchedCustomers(), WonAmount(), OpenAmount(), Conversion(), DaysStanding(), Orders(), OrderAmount(),
        Margin(), Quantity(), Customers(), GoingCold(), InTouch(), LateFollowUps(),
    )
}  # fmt: skip
