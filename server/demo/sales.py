"""Opportunities of the demo: at which stage each stands, how it got there, and why some were lost."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from server.demo.cast import COMPETITORS
from server.demo.customers import Account
from server.demo.dice import Dice
from server.demo.talk import language
from server.models.column import wire
from server.models.opportunity import STAGES, Opportunity

STANDING: Final = {
    "lead": 4,
    "first_contact": 5,
    "needs_confirmed": 4,
    "quote": 6,
    "contract": 3,
    "payment": 2,
}
CLOSED: Final = ("won", "lost")
WON: Final = 0.45
# How often a lost opportunity has passed so many stages: most are lost at the first call or over the price.
GIVEN_UP_AFTER: Final = {1: 4, 2: 4, 3: 3, 4: 4, 5: 1}
AMOUNTS_EUR: Final = (2_400, 4_800, 7_500, 12_600, 18_900, 24_000, 36_500, 48_200, 86_000)
REASONS: Final = (
    "Their price was 8% lower",
    "No budget before summer",
    "Stays with the present supplier",
    "Delivery would take too long",
)
REASONS_ZH: Final = ("对方报价低8%", "上半年没有预算", "继续用原来的供应商", "交货期太长")
STUCK_AT_QUOTE: Final = (17, 19, 23, 31)


def add_opportunity(made: Account, owner_id: str, currency: str, now: datetime, dice: Dice) -> None:
    """Adds an opportunity: seven of ten are open, the others won or lost lately."""
    stage = dice.weighted(STANDING) if dice.chance(0.7) else dice.choice(CLOSED)
    stage_since = now - timedelta(days=_days_standing(stage, dice), minutes=dice.randint(0, 500))
    created_at = stage_since - timedelta(days=dice.randint(4, 100), minutes=dice.randint(0, 500))
    _add(made, owner_id, currency, stage, created_at, stage_since, now, dice)


def closed_opportunity(made: Account, owner_id: str, currency: str, closed_at: datetime, dice: Dice) -> None:
    """Adds an opportunity that was won or lost at that moment."""
    stage = "won" if dice.chance(WON) else "lost"
    created_at = closed_at - timedelta(days=dice.randint(12, 95), minutes=dice.randint(0, 500))
    _add(made, owner_id, currency, stage, created_at, closed_at, closed_at, dice)


def _add(
    made: Account,
    owner_id: str,
    currency: str,
    stage: str,
    created_at: datetime,
    stage_since: datetime,
    now: datetime,
    dice: Dice,
) -> None:
    made.opportunities.append(
        Opportunity(
            id=dice.id_at(created_at),
            customer_id=made.customer.id,
            owner_id=owner_id,
            name=dice.choice(language(made.chinese).deals),
            amount_cents=dice.choice(AMOUNTS_EUR) * 100 * (8 if currency == "CNY" else 1),
            currency=currency,
            stage=stage,
            expected_close_on=_closes_on(stage, stage_since, now, dice),
            created_at=created_at,
            stage_since=stage_since,
            moves=moved(_way(stage, dice), owner_id, created_at, stage_since),
            **_why_lost(made, dice) if stage == "lost" else {},
        )
    )


def _days_standing(stage: str, dice: Dice) -> int:
    if stage in CLOSED:
        return dice.randint(3, 75)
    return dice.choice(STUCK_AT_QUOTE) if stage == "quote" and dice.chance(0.6) else dice.randint(1, 13)


def _closes_on(stage: str, stage_since: datetime, now: datetime, dice: Dice) -> Any:
    return (stage_since if stage in CLOSED else now + timedelta(days=dice.randint(5, 120))).date()


def _why_lost(made: Account, dice: Dice) -> dict[str, Any]:
    reason = dice.choice(REASONS_ZH if made.chinese else REASONS)
    named = [name for name in COMPETITORS if name.isascii() != made.chinese]
    return {"lost_reason": reason, "competitor": dice.choice(named) if dice.chance(0.7) else None}


def _way(stage: str, dice: Dice) -> Sequence[str]:
    """The stages that it went through: all before its own; a lost one was given up after some of them."""
    passed = dice.weighted(GIVEN_UP_AFTER) if stage == "lost" else STAGES.index(stage)
    return [*STAGES[:passed], stage]


def moved(
    way: Sequence[str], owner_id: str, created_at: datetime, stage_since: datetime
) -> list[dict[str, Any]]:
    """The moves from stage to stage, evenly spread between the two moments."""
    share = (stage_since - created_at) / max(len(way) - 1, 1)
    moments = [*(created_at + share * number for number in range(len(way) - 1)), stage_since]
    steps = zip(way, way[1:], moments, moments[1:], strict=False)
    return [
        {"by": owner_id, "since": wire(since), "at": wire(at), "from": before, "to": after}
        for before, after, since, at in steps
    ]
