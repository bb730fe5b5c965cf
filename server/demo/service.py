"""Service contracts of the demo, which are renewed every year, in a pipeline of their own.

They have dice of their own, so that all else stays as it was.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from server.demo.customers import Account
from server.demo.dice import Dice
from server.demo.sales import REASONS, REASONS_ZH, moved
from server.models.opportunity import Opportunity
from server.models.pipeline import Pipeline
from server.models.quote import Quote
from server.totals import totals

# People of both languages share this pipeline, so its new names are in both. Other stages have translated names
# already.
NAME: Final = "Service 服务"
# Key, name, kind, probability in percent, stuck after days, may be skipped, what is required.
STAGES: Final[tuple[tuple[Any, ...], ...]] = (
    ("due", "To renew 待续签", "open", 50, 30, False, []),
    ("inspected", "Inspected 已巡检", "open", 65, 21, False, ["visit", "minutes"]),
    ("quote", "", "open", 75, 14, False, ["amount", "closing_date", "quote"]),
    ("contract", "", "open", 90, 14, False, []),
    ("won", "Renewed 已续签", "won", 100, None, False, ["amount", "signed_contract"]),
    ("lost", "Not renewed 未续签", "lost", 0, None, False, ["reason"]),
)
MOST_DISCOUNT: Final = 10
WAY: Final = tuple(key for key, _, kind, *_ in STAGES if kind != "lost")
# By stage: how many opportunities each rep has there, and for how many days at most.
STANDING: Final = {"due": (4, 27), "inspected": (3, 18), "quote": (2, 12), "contract": (1, 9)}
CLOSED: Final = ("won", "won", "lost", "won")
STUCK_FOR: Final = 24  # days that one has been at the stage quote
CUSTOMERS_FOR: Final = timedelta(days=420)
NAMES: Final = ("Service contract {year}", "Inspections {year}", "Service of presses {year}")
NAMES_ZH: Final = ("{year}年服务合同", "{year}年度巡检", "{year}年压机维保")
YEARLY: Final = ("Seal service: two inspections a year, wear parts at list price", "year")
YEARLY_ZH: Final = ("密封件年度服务：每年两次巡检，易损件按目录价", "年")
AMOUNTS_EUR: Final = (1_800, 2_400, 3_600, 4_900, 7_200)


def service_pipeline(dice: Dice, now: datetime) -> Pipeline:
    names = ("key", "name", "kind", "probability", "stuck_after_days", "skip", "required")
    stages: list[dict[str, Any]] = [dict(zip(names, stage, strict=True)) for stage in STAGES]
    for stage in stages:
        stage["back"] = stage["kind"] == "open"
        if "quote" in stage["required"]:
            stage["most_discount_percent"] = MOST_DISCOUNT
    return Pipeline(id=dice.id_at(now - timedelta(days=500)), name=NAME, position=2, stages=stages)


def renew(
    accounts: Sequence[Account], owner_id: str, currency: str, pipeline_id: str, now: datetime, dice: Dice
) -> Iterator[Quote]:
    """Adds one rep's opportunities in this pipeline, open and closed, and yields their quotes."""
    old = [made for made in accounts if made.customer.created_at < now - CUSTOMERS_FOR]
    known = [made for made in old if made.customer.lifecycle in ("active", "dormant")]
    standing = [
        (stage, STUCK_FOR if stage == "quote" and number == 0 else dice.randint(2, longest))
        for stage, (count, longest) in STANDING.items()
        for number in range(count)
    ]
    closed = [(stage, dice.randint(20, 300)) for stage in CLOSED]
    told = standing + closed
    for (stage, days), made in zip(told, dice.sample(known, min(len(told), len(known))), strict=False):
        since = now - timedelta(days=days, minutes=dice.randint(0, 400))
        row = _opportunity(made, stage, since, owner_id, currency, pipeline_id, now, dice)
        made.opportunities.append(row)
        if stage in ("quote", "contract", "won"):
            yield _quote(row, made, dice)


def _opportunity(
    made: Account,
    stage: str,
    since: datetime,
    owner_id: str,
    currency: str,
    pipeline_id: str,
    now: datetime,
    dice: Dice,
) -> Opportunity:
    way = (*WAY[: dice.randint(1, 3)], "lost") if stage == "lost" else WAY[: WAY.index(stage) + 1]
    created_at = since - timedelta(days=9 * (len(way) - 1) + dice.randint(1, 8), minutes=dice.randint(0, 400))
    ends_on = since if stage in CLOSED else now + timedelta(days=dice.randint(12, 75))
    name = dice.choice(NAMES_ZH if made.chinese else NAMES)
    return Opportunity(
        id=dice.id_at(created_at),
        customer_id=made.customer.id,
        owner_id=owner_id,
        name=name.format(year=ends_on.year + (ends_on.month > 6)),
        amount_cents=dice.choice(AMOUNTS_EUR) * 100 * (8 if currency == "CNY" else 1),
        currency=currency,
        pipeline_id=pipeline_id,
        stage=stage,
        expected_close_on=ends_on.date(),
        created_at=created_at,
        stage_since=since,
        moves=moved(way, owner_id, created_at, since),
        lost_reason=dice.choice(REASONS_ZH if made.chinese else REASONS) if stage == "lost" else None,
    )


def _quote(row: Opportunity, made: Account, dice: Dice) -> Quote:
    moved_at = next(move["at"] for move in row.moves if move["to"] == "quote")
    at = datetime.fromisoformat(moved_at) - timedelta(minutes=50)
    name, unit = YEARLY_ZH if made.chinese else YEARLY
    line = {"name": name, "unit": unit, "quantity": 1, "unit_price_cents": row.amount_cents}
    found = totals([line])
    return Quote(
        id=dice.id_at(at),
        customer_id=row.customer_id,
        opportunity_id=row.id,
        author_id=row.owner_id,
        currency=row.currency,
        lines=[line],
        total_cents=found.total_cents,
        discount_bp=found.discount_bp,
        valid_until=(at + timedelta(days=45)).date(),
        created_at=at,
        sent_at=at + timedelta(minutes=20),
        accepted_at=None if row.stage == "quote" else at + timedelta(days=2),
    )
