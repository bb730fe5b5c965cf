"""How lately, how often and for how much customers ordered in twelve months, each currency by itself; and when the next
order of those who order for the most is due."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

from sqlalchemy import and_, false, func, or_
from sqlalchemy import select as sql_select
from sqlmodel import col

from server.forecast.won import joined_sum, split_sum
from server.models.customer import Customer
from server.models.order import Order
from server.models.order_line import ORDER_LINES
from server.models.user import User
from server.questions.answering import Question
from server.questions.lines import LINE_CENTS, LINE_PRODUCT
from server.questions.measures import quantile
from server.rhythm import RECENT, Rhythm, rhythm
from server.translations import msgid

SEGMENTS: Final = {
    "best": msgid("Order for much, and lately"),
    "slipping": msgid("Ordered for much, not lately"),
    "growing": msgid("Order often and lately, for less"),
    "occasional": msgid("Order now and then"),
    "asleep": msgid("Have not ordered for long"),
}
VALUABLE: Final = ("best", "slipping")
UPPER, LOWER = 67, 34  # the percentiles at which the upper and the middle third begin


class Bought(NamedTuple):
    customer_id: str
    currency: str
    last_on: date
    times: int  # days on which something was ordered
    cents: int


class Valued(NamedTuple):
    bought: Bought
    segment: str


def valued(question: Question) -> list[Valued]:
    """Every customer who ordered, by currency. `question`: says whose orders count, and of which days. A customer who
    orders in two currencies is valued in each."""
    found = _bought(question)
    by_currency: dict[str, list[Bought]] = {}
    for one in found:
        by_currency.setdefault(one.currency, []).append(one)
    return [each for _, some in sorted(by_currency.items()) for each in _segmented(some)]


def _bought(question: Question) -> list[Bought]:
    who = col(Order.customer_id), col(Order.currency)
    placed = col(Order.placed_on)
    columns: tuple[Any, ...] = (
        *who,
        func.max(placed),
        func.count(placed.distinct()),
        *split_sum(_cents(question)),
    )
    query = question.from_tables(sql_select(*columns)).where(*question.conditions()).group_by(*who)
    return [
        Bought(customer_id, currency, last_on, times, joined_sum(millions, rest))
        for customer_id, currency, last_on, times, millions, rest in question.asking.session.execute(query)
    ]


def _products(question: Question) -> Sequence[str]:
    return question.definition.only.get("product", ())


def _cents(question: Question) -> Any:
    """What an order adds to an amount: where the question is about some products, only their lines."""
    return LINE_CENTS if _products(question) else col(Order.total_cents)


def _segmented(found: Sequence[Bought]) -> list[Valued]:
    """Customers with equal figures are in the same third."""
    lately = _thirds([one.last_on.toordinal() for one in found])
    often, much = _thirds([one.times for one in found]), _thirds([one.cents for one in found])
    return [
        Valued(one, _segment(lately[one.last_on.toordinal()], often[one.times], much[one.cents]))
        for one in found
    ]


def _thirds(values: Sequence[int]) -> dict[int, int]:
    """The third that each value is in: 3 is the upper, 1 the lower."""
    counted = [(value, 1) for value in values]
    lower, upper = (quantile(counted, percent) or 0 for percent in (LOWER, UPPER))
    return {value: 3 if value >= upper else 2 if value >= lower else 1 for value in values}


def _segment(lately: int, often: int, much: int) -> str:
    if much == 3:
        return "best" if lately > 1 else "slipping"
    if lately == 1:
        return "asleep"
    return "growing" if lately == 3 and often > 1 else "occasional"


@dataclass(frozen=True)
class Expected:
    valued: Valued
    rhythm: Rhythm | None  # None: it has ordered too seldom for one
    over_days: int  # how long its next order is overdue; negative while it is not due yet


def expected(question: Question, found: Sequence[Valued]) -> list[Expected]:
    """When the next order of each valuable customer is due. The most overdue come first, in proportion to their own
    rhythm; those without a rhythm come last."""
    today = question.asking.reader.today
    mine = [one for one in found if one.segment in VALUABLE]
    placed = _placed(question, mine)
    rows = []
    for one in mine:
        own = rhythm(placed.get(one.bought.customer_id, ()))
        rows.append(Expected(one, own, (today - own.next_on).days if own else 0))
    return sorted(
        rows,
        key=lambda row: (
            row.rhythm is None, -row.over_days / row.rhythm.usual_days if row.rhythm and row.rhythm.usual_days else 0,
            -row.valued.bought.cents, row.valued.bought.customer_id,
        ),
    )  # fmt: skip


def _placed(question: Question, mine: Sequence[Valued]) -> Mapping[str, Sequence[date]]:
    """By customer, the latest days with an order, RECENT + 1 at most. All orders count, as on a customer's page; where
    the question is about some products, only orders of these. The statement finds the customers of `mine` by the
    amounts that they ordered for, because their ids may be too many to send."""
    least: dict[str, int] = {}
    for one in mine:
        least[one.bought.currency] = min(one.bought.cents, least.get(one.bought.currency, one.bought.cents))
    who = col(Order.customer_id), col(Order.currency)
    millions, rest = split_sum(_cents(question))
    enough = [
        and_(col(Order.currency) == currency, millions * 1_000_000 + rest >= cents)
        for currency, cents in least.items()
    ]
    valuable = question.from_tables(sql_select(who[0])).where(*question.conditions()).group_by(*who)
    valuable = valuable.having(or_(false(), *enough))
    stands = col(Order.withdrawn_at).is_(None)
    ordered = sql_select(col(Order.customer_id), col(Order.placed_on)).where(
        stands, col(Order.customer_id).in_(valuable)
    )
    if _products(question):
        ordered = ordered.join(ORDER_LINES, ORDER_LINES.c.order_id == col(Order.id))
        ordered = ordered.where(LINE_PRODUCT.in_(_products(question)))
    days = ordered.distinct().subquery()
    turn = func.row_number().over(partition_by=days.c.customer_id, order_by=days.c.placed_on.desc())
    numbered = sql_select(days, turn.label("turn")).subquery()
    latest = sql_select(numbered.c.customer_id, numbered.c.placed_on).where(numbered.c.turn <= RECENT + 1)
    placed: dict[str, list[date]] = {}
    for customer_id, placed_on in question.asking.session.execute(latest):
        placed.setdefault(customer_id, []).append(placed_on)
    return placed


def names_of(question: Question, ids: Sequence[str]) -> Mapping[str, Any]:
    """For the customers of a page that the reader sees, by id: the customer, and the name of its owner or None."""
    query = (
        sql_select(Customer, col(User.name))
        .outerjoin(User, col(User.id) == col(Customer.owner_id))
        .where(question.asking.sees, col(Customer.id).in_(ids))
    )
    return {customer.id: (customer, owner) for customer, owner in question.asking.session.execute(query)}
