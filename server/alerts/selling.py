"""The kinds of alert about quotas, orders and discounts."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import case, func
from sqlmodel import col, select

from server import words
from server.alerts.kind import DAYS, LIMIT, AlertKind, Terms
from server.models.customer import Customer
from server.models.order import Order
from server.models.quote import Quote
from server.questions.asking import Asking
from server.questions.measures import Measure
from server.questions.pace import attained, is_behind
from server.questions.subjects import CUSTOMERS, QUOTES, REPS
from server.translations import Translator, msgid
from sync.changes import Arg

USUAL_SPANS: Final = 4  # the usual amount is the mean of so many spans before the current one
FEWEST_ORDERS: Final = 3  # in those spans; with fewer there is no usual amount
WHOLE: Final = 100  # cents in a unit: sums of whole units fit into SQLite's 64 bits
SHARE: Final = Arg("integer", required=True, min=1, max=100)
DISCOUNT: Final = Arg("integer", required=True, min=0, max=99)


class BehindQuota(AlertKind):
    """As on Team: the percentage of the quarter's working days that are over, against that of the quota won."""

    name, label = "behind", msgid("Reps behind their quota")
    limit_label = msgid("At least how many reps")
    specs: Mapping[str, Arg] = {"points": SHARE, "limit": LIMIT}
    usual: Mapping[str, int] = {"points": 15, "limit": 1}

    def measure(self, terms: Terms) -> Measure:
        return BehindPace(terms["points"])

    def said(self, t: Translator, terms: Terms, number: int) -> str:
        return t.n(
            "%(n)s rep is %(points)s points or more behind the days gone",
            "%(n)s reps are %(points)s points or more behind the days gone",
            number,
            points=terms["points"],
        )


class BehindPace(Measure):
    subject, is_now = REPS, True

    def __init__(self, points: int) -> None:
        self.points = points

    def where(self, asking: Asking) -> Sequence[Any]:
        return is_behind(asking, self.points)

    def extra_columns(self, asking: Asking, only: Mapping[str, Sequence[str]]) -> Sequence[Any]:
        return attained(asking)


class OrdersLess(AlertKind):
    """Compares the last `days` days with the mean of the four spans of as many days before them."""

    name, label = "orders_less", msgid("Customers who order less than usual")
    limit_label = msgid("At least how many customers")
    specs: Mapping[str, Arg] = {"percent": SHARE, "days": DAYS, "limit": LIMIT}
    usual: Mapping[str, int] = {"percent": 50, "days": 60, "limit": 1}

    def measure(self, terms: Terms) -> Measure:
        return OrderingLess(terms["percent"], terms["days"])

    def said(self, t: Translator, terms: Terms, number: int) -> str:
        return t.n(
            "%(n)s customer ordered %(percent)s%% less than usual within %(days)s",
            "%(n)s customers ordered %(percent)s%% less than usual within %(days)s",
            number,
            percent=terms["percent"],
            days=words.days(terms["days"], t.locale),
        )


class OrderingLess(Measure):
    """Customers with a drop in at least one currency; currencies are never added."""

    subject, is_now = CUSTOMERS, True

    def __init__(self, percent: int, days: int) -> None:
        self.percent, self.days = percent, days

    def where(self, asking: Asking) -> Sequence[Any]:
        today, placed = asking.reader.today, col(Order.placed_on)
        since = today - timedelta(days=self.days)
        begins = since - USUAL_SPANS * timedelta(days=self.days)
        whole = col(Order.total_cents) // WHOLE
        lately = func.sum(case((placed > since, whole), else_=0))
        before = func.sum(case((placed > since, 0), else_=whole))
        number = func.sum(case((placed > since, 0), else_=1))
        falling = (
            select(Order.customer_id)
            .where(col(Order.withdrawn_at).is_(None), placed > begins, placed <= today)
            .group_by(col(Order.customer_id), col(Order.currency))
            .having(number >= FEWEST_ORDERS, before > 0)
            .having(100 * USUAL_SPANS * lately <= (100 - self.percent) * before)
        )
        return (col(Customer.id).in_(falling),)


class BigDiscount(AlertKind):
    name, label = "discount", msgid("Discounts above a limit")
    limit_label = msgid("At least how many quotes")
    specs: Mapping[str, Arg] = {"percent": DISCOUNT, "days": DAYS, "limit": LIMIT}
    usual: Mapping[str, int] = {"percent": 10, "days": 7, "limit": 1}

    def measure(self, terms: Terms) -> Measure:
        return Discounted(terms["percent"], terms["days"])

    def said(self, t: Translator, terms: Terms, number: int) -> str:
        return t.n(
            "%(n)s quote sent with more than %(percent)s%% discount within %(days)s",
            "%(n)s quotes sent with more than %(percent)s%% discount within %(days)s",
            number,
            percent=terms["percent"],
            days=words.days(terms["days"], t.locale),
        )


class Discounted(Measure):
    """Quotes sent within the last `days` days, today included, with more than `percent` discount."""

    subject, is_now = QUOTES, True

    def __init__(self, percent: int, days: int) -> None:
        self.percent, self.days = percent, days

    def where(self, asking: Asking) -> Sequence[Any]:
        since = asking.reader.start_of(asking.reader.in_days(1 - self.days))
        return col(Quote.discount_bp) > 100 * self.percent, col(Quote.sent_at) >= since
