"""What is told of what is counted. A new measure is a small class here and its name in MEASURES.

`figures` are at most four whole numbers a group, made by the database; `told` makes one of them. Money comes apart by
currency: what is not the same money is never added.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import case, func
from sqlmodel import col

from server.forecast.won import MILLION, halves
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
from server.questions.subjects import CONTACTS, CUSTOMERS, OPPORTUNITIES, ORDERS, PROMISES, VISITS, Subject
from server.translations import msgid
from server.views import activity
from server.views.attainment import percent_of
from server.views.local_days import day_number

Figures = Sequence[int]
LONGEST_STANDING: Final = timedelta(
    days=3650
)  # the clock of ten years is known; before that an hour does not matter
EPOCH: Final = date(1970, 1, 1)


class Measure:
    name: str
    label: str
    hint: str = ""
    subject: Subject
    unit: str = "number"  # quantity, money, percent, days
    is_now: bool = False  # as it stands, whatever the period
    grouped: int = 0  # so many of the figures are not sums, but part of the group
    adds_up: bool = True  # the groups together are the whole
    of_lines: bool = False  # each line of an order by itself, so that what has several products is in parts

    def figures(self, asking: Asking) -> Sequence[Any]:
        return (func.count(),)

    def figures_of_product(self, asking: Asking) -> Sequence[Any]:
        """The same, where all that is counted is of one product."""
        return self.figures(asking)

    def where(self, asking: Asking) -> Sequence[Any]:
        return ()

    def apart(self) -> Any:
        """What is told each by itself, and never added: a currency, a unit."""
        return None

    def shown(self, asking: Asking, only: Mapping[str, Sequence[str]]) -> Sequence[Any]:
        """What its rows tell besides."""
        return ()

    def left_out(self, rows: Sequence[Figures]) -> tuple[int, int]:
        """How much of what is meant cannot be counted, of how much."""
        return 0, 0

    def greatest(self, figures: Sequence[Any]) -> Sequence[Any]:
        """By what groups are put in order, where there are too many: of figures that stand in a row."""
        return figures

    def told(self, rows: Sequence[Figures]) -> int | None:
        """Of a group, or of several together."""
        return sum(row[0] for row in rows) if rows else None

    @property
    def is_sum(self) -> bool:
        """Of what can be counted there are none; of what is a share or a middle there is nothing to tell."""
        return self.unit in ("number", "quantity", "money")


class Visits(Measure):
    name, label, subject = "visits", msgid("Visits"), VISITS


class TouchedCustomers(Measure):
    name, label, subject, adds_up = "touched", msgid("Customers touched"), CONTACTS, False
    hint = msgid("Visits, calls and messages: each customer once.")

    def figures(self, asking: Asking) -> Sequence[Any]:
        return (func.count(col(Visit.customer_id).distinct()),)


class Amount(Measure):
    subject, unit = OPPORTUNITIES, "money"

    def apart(self) -> Any:
        return col(self.subject.table.currency)

    def figures(self, asking: Asking) -> Sequence[Any]:
        return halves(col(Opportunity.amount_cents))

    def greatest(self, figures: Sequence[Any]) -> Sequence[Any]:
        """Together: many small amounts are more than one of a million."""
        return [figures[0] * MILLION + figures[1]]

    def told(self, rows: Sequence[Figures]) -> int | None:
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

    def told(self, rows: Sequence[Figures]) -> int | None:
        won, closed = sum(row[0] for row in rows), sum(row[1] for row in rows)
        return (200 * won + closed) // (2 * closed) if closed else None


class DaysStanding(Measure):
    name, label, subject, unit = "days_standing", msgid("Median days standing"), OPPORTUNITIES, "days"
    is_now, grouped = True, 1
    hint = msgid("Of open opportunities, at the stage where they are now.")

    def figures(self, asking: Asking) -> Sequence[Any]:
        """How many have stood for how many days: no database counts a median like the other one."""
        today = asking.reader.today
        since = day_number(col(Opportunity.stage_since), today - LONGEST_STANDING, asking.reader)
        days = (today - EPOCH).days - since
        return case((days < 0, 0), else_=days), func.count()

    def where(self, asking: Asking) -> Sequence[Any]:
        return (asking.at_stages("open"),)

    def told(self, rows: Sequence[Figures]) -> int | None:
        return median([(row[0], row[1]) for row in rows])


class Orders(Measure):
    name, label, subject = "orders", msgid("Orders"), ORDERS
    hint = msgid("Placed in the period.")

    def figures(self, asking: Asking) -> Sequence[Any]:
        return (func.count(col(Order.id).distinct()),)

    def figures_of_product(self, asking: Asking) -> Sequence[Any]:
        return (ORDERS_OF_PRODUCT,)


class OrderAmount(Amount):
    """The sum of its lines, which is what an order comes to: so that each product has its own."""

    name, label, subject = "order_amount", msgid("Amount of orders"), ORDERS
    hint, of_lines = msgid("Of orders placed in the period, after discounts."), True

    def figures(self, asking: Asking) -> Sequence[Any]:
        return halves(LINE_CENTS)


class Margin(OrderAmount):
    """The third figure is of lines that have a cost, the fourth of those that have none."""

    name, label = "margin", msgid("Margin")
    hint = msgid("Amount of orders less what their products cost today, as far as it is known.")
    is_sum = False  # where no cost is known there is nothing to tell

    def figures(self, asking: Asking) -> Sequence[Any]:
        has_cost = (func.sum(case((LINE_COST.is_not(None), yes), else_=1 - yes)) for yes in (1, 0))
        return *halves(LINE_MARGIN), *has_cost

    def told(self, rows: Sequence[Figures]) -> int | None:
        return super().told([row for row in rows if row[2]])

    def shown(self, asking: Asking, only: Mapping[str, Sequence[str]]) -> Sequence[Any]:
        return (margin_of_order(only.get("product")),)

    def left_out(self, rows: Sequence[Figures]) -> tuple[int, int]:
        without = sum(row[3] for row in rows)
        return without, without + sum(row[2] for row in rows)


class Quantity(Measure):
    name, label, subject, unit = "quantity", msgid("Quantity ordered"), ORDERS, "quantity"
    hint, of_lines = msgid("Of orders placed in the period, each unit by itself."), True

    def figures(self, asking: Asking) -> Sequence[Any]:
        return (func.sum(LINE_QUANTITY),)

    def apart(self) -> Any:
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

    def told(self, rows: Sequence[Figures]) -> int | None:
        kept, customers = sum(row[0] for row in rows), sum(row[1] for row in rows)
        return percent_of(kept, customers) if customers else None


class LateFollowUps(Measure):
    name, label, subject, is_now = "late", msgid("Late follow-ups"), PROMISES, True
    hint = msgid("Promised, and the day has passed.")

    def where(self, asking: Asking) -> Sequence[Any]:
        return activity.is_late(asking.reader)


def median(counted: Sequence[tuple[int, int]]) -> int | None:
    return quantile(counted, 50)


def quantile(counted: Sequence[tuple[int, int]], percent: int) -> int | None:
    """The least of these values, each with how often it is there, that so many of them are not above. It is one that
    there is, and between two in the middle the lower one."""
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
