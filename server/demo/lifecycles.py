"""The lifecycle moves of the demo's customers: first a lead, then a prospect, and so on."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from server.demo.customers import Account
from server.demo.dice import Dice
from server.models.column import wire
from server.models.field_history import FieldHistory
from server.models.order import Order

WAYS = {
    "lead": ("lead",),
    "prospect": ("lead", "prospect"),
    "active": ("lead", "prospect", "active"),
    "dormant": ("lead", "prospect", "active", "dormant"),
    "lost": ("lead", "prospect", "lost"),
}
LEFT = ("dormant", "lost")
WON_BACK = ("dormant", "active")
DONE_WITH = timedelta(days=20)  # after the last of its sales


def live(
    accounts: Sequence[Account], owner_id: str, orders: Sequence[Order], now: datetime, dice: Dice
) -> Iterator[FieldHistory]:
    """Call it after visits and sales were made: a lost or dormant customer became so after the last of them,
    and whoever bought was active."""
    ordered = {order.customer_id: order.created_at for order in reversed(orders)}
    for made in accounts:
        customer, at, moves = made.customer, made.customer.created_at, []
        bought = [sale.stage_since for sale in made.opportunities if sale.stage == "won"]
        bought += [ordered[customer.id]] if customer.id in ordered else []
        is_new = bool(bought) and customer.lifecycle in ("lead", "prospect")
        if is_new:
            customer.lifecycle = "active"
        way = WAYS[customer.lifecycle]
        if customer.lifecycle == "lost" and bought:
            way = ("lead", "prospect", "active", "lost")
        elif customer.lifecycle == "active" and not is_new and dice.chance(0.1):
            way += WON_BACK
        for before, after in pairwise(way):
            at += timedelta(days=dice.randint(14, 45), minutes=dice.randint(0, 200))
            if is_new and after == "active":
                at = max(at, min(bought))
            if after in LEFT and after == customer.lifecycle:
                last = customer.last_touch_at or now - timedelta(days=dice.randint(30, 60))
                sold = [sale.stage_since + DONE_WITH for sale in made.opportunities]
                at = max(at, last + timedelta(minutes=dice.randint(20, 90)), *sold)
                at = min(at, now - timedelta(hours=dice.randint(20, 90)))
            moves.append({"by": owner_id, "at": wire(at), "from": before, "to": after})
            yield FieldHistory(
                id=dice.id_at(at),
                collection="customers",
                row_id=customer.id,
                field="lifecycle",
                before=before,
                after=after,
                changed_by=owner_id,
                changed_at=at,
            )
        customer.lifecycle_moves = moves or None
