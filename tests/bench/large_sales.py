"""The opportunities, quotes and orders of a large company, as rows for INSERT."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from server.demo.dice import Dice
from server.models.column import wire
from server.models.pipeline import DEFAULT_PIPELINE
from server.models.product import Product
from server.totals import totals

DAYS: Final = 730
IN_CHINA: Final = 2  # so many of the first territories
OPEN_STAGES: Final = ("lead", "first_contact", "needs_confirmed", "quote", "contract", "payment")
GOES_ON: Final = (0.7, 0.75, 0.75, 0.65, 0.9, 0.97)  # of those that leave each stage; the others are lost
STALLS: Final = 0.02  # the share that stays for ever, at each stage
COMPETITORS: Final = ("Dichtwerk", "SealPro", "Nordring", "恒密科技", "东方密封")


class Size(NamedTuple):
    visits: int
    customers: int
    opportunities: int
    orders: int


SMALL: Final = Size(100_000, 10_000, 5_000, 30_000)
LARGE: Final = Size(*(10 * count for count in SMALL))


@dataclass
class Held:
    """What the rows of visits and sales need of a customer. Its own row is written last, with its latest touch."""

    id: str
    owner_id: str
    place: int  # the number of its territory, from 0
    created_at: datetime
    last_touch_at: datetime | None = None


def currency_of(place: int) -> str:
    return "CNY" if place < IN_CHINA else "EUR"


def at_text(moment: datetime | None) -> str | None:
    """A moment as SQLite stores it."""
    return None if moment is None else moment.isoformat(" ", "microseconds")[:26]


OPPORTUNITY: Final = (
    "id", "customer_id", "owner_id", "name", "amount_cents", "currency", "pipeline_id", "stage", "expected_close_on",
    "lost_reason", "competitor", "moves", "approvals", "approval_requests", "created_at", "stage_since",
)  # fmt: skip


def opportunities(
    size: Size, held: list[Held], now: datetime, dice: Dice, won: list[tuple[str, Held, datetime]]
) -> Iterator[tuple[Any, ...]]:
    began = now - timedelta(days=DAYS - 30)
    for number in range(size.opportunities):
        created_at = began + (now - began) * number / size.opportunities
        customer = held[dice.randrange(int(len(held) * (1 / 3 + number / size.opportunities / 2)))]
        stage, since, moves = _way(customer.owner_id, created_at, now, dice)
        id_ = dice.id_at(created_at)
        if stage == "won":
            won.append((id_, customer, since))
        yield (
            id_, customer.id, customer.owner_id, "Seals for the new line", round(dice.lognormvariate(13.5, 0.8)),
            currency_of(customer.place), DEFAULT_PIPELINE, stage, (since + timedelta(days=40)).date().isoformat(),
            "The price" if stage == "lost" else None, dice.choice((*COMPETITORS, None, None, None)),
            json.dumps(moves), "[]", "[]", at_text(created_at), at_text(since),
        )  # fmt: skip


def _way(
    by: str, created_at: datetime, now: datetime, dice: Dice
) -> tuple[str, datetime, list[dict[str, str]]]:
    """How an opportunity went: the stage where it stands now, since when, and its moves."""
    since, moves, stage = created_at, [], OPEN_STAGES[0]
    for number, goes_on in enumerate(GOES_ON):
        at = since + timedelta(days=dice.expovariate(1 / 18) + 0.1)
        if at >= now or dice.random() < STALLS:
            break
        ahead = OPEN_STAGES[number + 1] if number + 1 < len(OPEN_STAGES) else "won"
        to = ahead if dice.random() < goes_on else "lost"
        moves.append({"by": by, "since": wire(since), "at": wire(at), "from": stage, "to": to})
        stage, since = to, at
        if to == "lost":
            break
    return stage, since, moves


QUOTE: Final = (
    "id", "customer_id", "opportunity_id", "author_id", "currency", "lines", "total_cents", "discount_bp", "edition",
    "created_at", "sent_at", "accepted_at",
)  # fmt: skip
ORDER: Final = (
    "id", "customer_id", "opportunity_id", "quote_id", "author_id", "currency", "lines", "total_cents", "placed_on",
    "payments", "created_at",
)  # fmt: skip


def orders(
    size: Size, now: datetime, dice: Dice, products: list[Product], won: list[tuple[str, Held, datetime]],
    quotes: list[tuple[Any, ...]],
) -> Iterator[tuple[Any, ...]]:  # fmt: skip
    """Orders at random moments since `won` opportunities were won. The accepted quote of each is added to `quotes`."""
    moments = []
    for _ in range(size.orders):
        id_, customer, since = won[int(dice.random() * len(won))]
        moments.append((since + (now - since) * dice.random(), id_, customer))
    for at, opportunity_id, customer in sorted(moments, key=lambda one: one[0]):
        currency = currency_of(customer.place)
        offered = [one for one in products if one.currency == currency]
        lines = [_line(one, dice) for one in dice.sample(offered, dice.choice((1, 1, 2, 3)))]
        found, quote_id, text = totals(lines), dice.id_at(at), json.dumps(lines)
        of = customer.id, opportunity_id
        quotes.append(
            (
                quote_id, *of, customer.owner_id, currency, text, found.total_cents, found.discount_bp, 1, at_text(at),
                at_text(at), at_text(at),
            )
        )  # fmt: skip
        yield (
            dice.id_at(at), *of, quote_id, customer.owner_id, currency, text, found.total_cents, at.date().isoformat(),
            "[]", at_text(at),
        )  # fmt: skip


def _line(product: Product, dice: Dice) -> dict[str, Any]:
    line = {
        "product_id": product.id,
        "name": product.name,
        "unit": product.unit,
        "quantity": dice.randint(1, 60),
        "unit_price_cents": product.price_cents,
        "list_price_cents": product.price_cents,
    }
    return line | ({"discount_bp": 500} if dice.random() < 0.3 else {})
