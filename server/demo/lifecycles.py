"""The lifecycle moves of the demo's customers: first a lead, then a prospect, and so on."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from server.demo.customers import Account
from server.demo.dice import Dice
from server.models.column import wire
from server.models.field_history import FieldHistory

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


def live(accounts: Sequence[Account], owner_id: str, now: datetime, dice: Dice) -> Iterator[FieldHistory]:
    """Call it after visits and sales were made: a lost or dormant customer became so after the last of them."""
    for made in accounts:
        customer, at, moves = made.customer, made.customer.created_at, []
        way = WAYS[customer.lifecycle]
        if customer.lifecycle == "lost" and any(sale.stage == "won" for sale in made.opportunities):
            way = ("lead", "prospect", "active", "lost")
        if customer.lifecycle == "active" and dice.chance(0.1):
            way += WON_BACK
        for before, after in pairwise(way):
            at += timedelta(days=dice.randint(14, 45), minutes=dice.randint(0, 200))
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
