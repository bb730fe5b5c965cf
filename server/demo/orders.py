"""Quotes of the demo in every state, and half a year of orders with their payments."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlmodel import SQLModel

from server.demo.catalogue import was_current
from server.demo.contracts import TERMS
from server.demo.customers import Account
from server.demo.dice import Dice
from server.models.column import wire
from server.models.letterhead import THE_LETTERHEAD, Letterhead
from server.models.opportunity import Opportunity
from server.models.order import Order
from server.models.product import Product
from server.models.quote import Quote
from server.totals import totals

# Products sold in one town each: the town of the first customer who buys it.
LOCAL: Final = ("FG-050", "SP-06")
FADING: Final = ("OR-EPD", "FC-32")  # products that nobody has bought since FADES_BEFORE
FADES_BEFORE: Final = timedelta(days=80)
DISCOUNTS: Final = (0, 0, 0, 300, 500, 1000, 1200)
QUOTED: Final = {"quote": ("draft", "sent", "sent"), "contract": ("accepted",), "payment": ("accepted",)}
RHYTHMS: Final = (14, 21, 28, 28, 42)
REGULARS: Final = 9
# How old a regular customer is at least: half a year of orders, and before.
KNOWN_FOR: Final = timedelta(days=260)
OVERDUE_BY: Final = 17  # days by which one regular of each rep is overdue
NOTES: Final = ("Delivery within two weeks.", "Prices hold for the whole year.", None, None)
NOTES_ZH: Final = ("两周内交货。", "价格全年有效。", None, None)


@dataclass
class Sold:
    """All sales made so far, to be written after the opportunities."""

    now: datetime
    products: list[Product] = field(default_factory=list)
    opportunities: list[Opportunity] = field(default_factory=list)
    quotes: list[Quote] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    towns: dict[str, str | None] = field(default_factory=dict)  # by the code of a LOCAL product: its town

    def sells(self, product: Product, made: Account, at: datetime) -> bool:
        if product.code in FADING:
            return at < self.now - FADES_BEFORE
        town = made.customer.region
        return product.code not in LOCAL or self.towns.setdefault(str(product.code), town) == town

    def of(self, currency: str, days_ago: int) -> list[Product]:
        """The products in this currency, each in the version that was sold at that time."""
        there = (product for product in self.products if product.currency == currency)
        return [product for product in there if was_current(product.name, days_ago)]


def letterhead() -> Letterhead:
    return Letterhead(
        id=THE_LETTERHEAD,
        name="Legwork Demo GmbH",
        lines="Hafenstraße 12, 20457 Hamburg\n+49 40 555 0142 · sales@demo.test\nVAT DE 123 456 789",
        footer="Elbbank Hamburg · DE02 1203 0000 0000 2020 51\nPayment within 30 days, no deduction",
        terms=TERMS,
    )


def sell(
    accounts: Sequence[Account], owner_id: str, currency: str, sold: Sold, now: datetime, dice: Dice
) -> None:
    """The sales of one rep: quotes of opportunities, and regular customers with their orders."""
    for made in accounts:
        for row in made.opportunities:
            _quote_of(row, made, sold, now, dice)
    known = [made for made in accounts if made.customer.created_at < now - KNOWN_FOR]
    regulars = [made for made in known if made.customer.lifecycle == "active"][:REGULARS]
    for number, made in enumerate(regulars):
        _regular(made, owner_id, currency, number, sold, now, dice)


def _quote_of(row: Opportunity, made: Account, sold: Sold, now: datetime, dice: Dice) -> None:
    states = QUOTED.get(row.stage) or {"won": ("accepted",), "lost": ("declined",)}.get(row.stage, ())
    was_quoted = row.stage == "quote" or any(move["from"] == "quote" for move in row.moves)
    if not (states and was_quoted):
        return
    state = dice.choice(states)
    if "draft" in states and not any(
        quote.sent_at is None for quote in sold.quotes if quote.author_id == row.owner_id
    ):
        state = "draft"  # every rep has at least one
    at = (
        row.stage_since + timedelta(minutes=40)
        if row.stage == "quote"
        else row.stage_since - timedelta(days=2)
    )
    quote = _quote(row, made, state, at, row.amount_cents, sold, dice)
    sold.quotes.append(quote)
    if row.stage in ("payment", "won"):
        order = _order(quote, row.stage_since)
        terms = (10, 40) if quote.total_cents > 1_000_000 else (30,)
        order.payments = list(
            _payments(order, terms, now, dice, "open" if row.stage == "payment" else "paid")
        )
        sold.orders.append(order)


def _quote(
    row: Opportunity, made: Account, state: str, at: datetime, about_cents: int, sold: Sold, dice: Dice
) -> Quote:
    catalogue = sold.of(row.currency, (sold.now - at).days)
    asked = dice.sample(catalogue, dice.randint(1, 3))
    chosen = [product for product in asked if sold.sells(product, made, at)] or catalogue[:1]
    lines = [_line(product, about_cents // len(chosen), made, dice) for product in chosen]
    found = totals(lines)
    answered = at + timedelta(days=1, hours=3)
    told: dict[str, Any] = {"sent_at": None if state == "draft" else at + timedelta(minutes=20)}
    if state in ("accepted", "declined"):
        told[f"{state}_at"] = answered
    if state == "declined":
        told["decline_reason"] = row.lost_reason
    return Quote(
        id=dice.id_at(at),
        customer_id=row.customer_id,
        opportunity_id=row.id,
        author_id=row.owner_id,
        currency=row.currency,
        lines=lines,
        total_cents=found.total_cents,
        discount_bp=found.discount_bp,
        note=dice.choice(NOTES_ZH if made.chinese else NOTES),
        valid_until=(at + timedelta(days=30)).date(),
        created_at=at,
        **told,
    )


def _line(product: Product, about_cents: int, made: Account, dice: Dice) -> dict[str, Any]:
    cents = product.prices.get(made.customer.customer_type or "", product.price_cents or 0)
    line = {
        "product_id": product.id,
        "name": product.name,
        "unit": product.unit,
        "quantity": min(max(about_cents // cents, 1), 5_000),
        "unit_price_cents": cents,
        "list_price_cents": cents,
    }
    discount = dice.choice(DISCOUNTS)
    return line | ({"discount_bp": discount} if discount else {})


def _order(quote: Quote, at: datetime) -> Order:
    return Order(
        id=f"{quote.id[:-1]}{'0' if quote.id[-1] != '0' else '1'}",
        customer_id=quote.customer_id,
        opportunity_id=quote.opportunity_id,
        quote_id=quote.id,
        author_id=quote.author_id,
        currency=quote.currency,
        lines=quote.lines,
        total_cents=quote.total_cents,
        placed_on=at.date(),
        created_at=at,
    )


def _payments(
    order: Order, terms: Sequence[int], now: datetime, dice: Dice, how: str
) -> Iterator[dict[str, Any]]:
    """`terms`: after how many days each part is due. `how`: "paid"; "open":
    the first part is paid once due; "late": none is."""
    share = order.total_cents // len(terms)
    for number, days in enumerate(terms):
        cents = share if number else order.total_cents - share * (len(terms) - 1)
        due_on = order.placed_on + timedelta(days=days)
        yield _payment(order, "expected", due_on, cents, order.created_at, dice)
        paid_on = due_on + timedelta(days=dice.randint(-4, 6))
        if paid_on < now.date() and how != "late" and (how == "paid" or number == 0):
            at = datetime.combine(paid_on, order.created_at.timetz())
            yield _payment(order, "received", paid_on, cents, at, dice)


def _payment(order: Order, kind: str, on: date, cents: int, at: datetime, dice: Dice) -> dict[str, Any]:
    told = {"id": dice.id_at(at), "kind": kind, "on": wire(on), "amount_cents": cents}
    return {**told, "by": order.author_id, "at": wire(at)}


def _regular(
    made: Account, owner_id: str, currency: str, number: int, sold: Sold, now: datetime, dice: Dice
) -> None:
    """Six months of a regular customer's orders. Number 0 is overdue with the next one, number 1 has ordered more
    than there is in stock."""
    every = RHYTHMS[number % len(RHYTHMS)]
    last = now - timedelta(
        days=every + OVERDUE_BY if number == 0 else 1 if number == 1 else dice.randint(2, every - 1)
    )
    moments = [last]
    while moments[-1] > now - timedelta(days=182):
        moments.append(moments[-1] - timedelta(days=every + dice.randint(-2, 2), minutes=dice.randint(0, 90)))
    frame = _frame(made, owner_id, currency, moments[-1], dice)
    sold.opportunities.append(frame)
    for turn, at in enumerate(moments):
        quote = _quote(
            frame,
            made,
            "accepted",
            at - timedelta(days=1, hours=4),
            dice.randint(60_000, 400_000),
            sold,
            dice,
        )
        if number == 1 and turn == 0:
            _beyond_stock(quote, sold)
        sold.quotes.append(quote)
        order = _order(quote, at)
        how = "late" if number in (2, 5) and turn == 2 else "paid"
        order.payments = list(_payments(order, (30,), now, dice, how))
        sold.orders.append(order)
    frame.amount_cents = sum(order.total_cents for order in sold.orders if order.opportunity_id == frame.id)


def _frame(made: Account, owner_id: str, currency: str, began_at: datetime, dice: Dice) -> Opportunity:
    at = began_at - timedelta(days=6)
    moves = [
        {
            "by": owner_id,
            "since": wire(at - timedelta(days=20)),
            "at": wire(at),
            "from": "contract",
            "to": "won",
        }
    ]
    return Opportunity(
        id=dice.id_at(at - timedelta(days=20)),
        customer_id=made.customer.id,
        owner_id=owner_id,
        name="年度供货" if made.chinese else "Yearly supply",
        amount_cents=0,
        currency=currency,
        stage="won",
        expected_close_on=at.date(),
        created_at=at - timedelta(days=20),
        stage_since=at,
        moves=moves,
    )


def _beyond_stock(quote: Quote, sold: Sold) -> None:
    """Makes the quote one of more than the stock of the scarcest product."""
    scarce = min(sold.of(quote.currency, 0), key=lambda product: product.stock_quantity or 0)
    cents = scarce.price_cents or 0
    line = {"product_id": scarce.id, "name": scarce.name, "unit": scarce.unit, "quantity": 40}
    quote.lines = [{**line, "unit_price_cents": cents, "list_price_cents": cents}, *quote.lines[:1]]
    quote.total_cents, _, quote.discount_bp = totals(quote.lines)


def rows(sold: Sold) -> Iterator[SQLModel]:
    yield from sold.opportunities
    yield from sold.quotes
    yield from sold.orders
