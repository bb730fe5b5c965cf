"""Contracts of the demo: drafts, sent ones, signed ones, and some that were cancelled."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from server.demo.customers import Account
from server.demo.dice import Dice
from server.models.contract import Contract
from server.models.letterhead import Letterhead
from server.models.pipeline import as_wire
from server.models.quote import Quote
from server.seal import seal_of

TERMS: Final = """1. We deliver the goods above to the customer’s address within two weeks of the signature.
2. The customer pays within 30 days of the invoice, without deduction.
3. The goods stay ours until they are paid.
4. What is faulty we replace within five working days, for 24 months from the delivery.
5. Hamburg is the place of jurisdiction."""
TERMS_ZH: Final = """1. 自签字之日起两周内，我方将上述货物送至客户地址。
2. 客户收到发票后 30 天内付清全款，不作扣减。
3. 货款付清之前，货物所有权归我方。
4. 自交货之日起 24 个月内，如有质量问题，我方在五个工作日内更换。
5. 如有争议，由我方所在地法院管辖。"""
REASONS: Final = ("Their legal name was wrong: written anew.", "对方公司全称有误，已重新拟定。")


def contracts(
    accounts: Sequence[Account], quotes: Sequence[Quote], letterhead: Letterhead, dice: Dice
) -> Iterator[Contract]:
    """Contracts for open and won opportunities with an accepted quote, but not for regular customers. Every rep has one
    that waits for a signature, a draft, and one that was cancelled and written anew."""
    of_sale = {row.id: (row.stage, made) for made in accounts for row in made.opportunities}
    met: Counter[tuple[str, bool]] = Counter()
    for quote in quotes:
        stage, made = of_sale.get(quote.opportunity_id, ("", None))
        if made is None or quote.accepted_at is None:
            continue
        is_won = stage == "won"
        met[quote.author_id, is_won] += 1
        is_first = met[quote.author_id, is_won] == 1
        if is_won and is_first:
            at = quote.accepted_at + timedelta(minutes=5)
            yield _cancelled(_contract(quote, at, made, letterhead, dice), made)
        contract = _contract(quote, quote.accepted_at + timedelta(minutes=25), made, letterhead, dice)
        if is_first and not is_won:
            contract.sent_at = contract.created_at + timedelta(minutes=5)
        elif stage != "contract":
            _sign(contract, made, dice)
        yield contract


def _cancelled(contract: Contract, made: Account) -> Contract:
    contract.sent_at = contract.created_at + timedelta(minutes=2)
    contract.cancelled_at = contract.created_at + timedelta(minutes=15)
    contract.cancel_reason = REASONS[made.chinese]
    return contract


def _contract(quote: Quote, at: datetime, made: Account, letterhead: Letterhead, dice: Dice) -> Contract:
    title = next(row.name for row in made.opportunities if row.id == quote.opportunity_id)
    customer = made.customer
    return Contract(
        id=dice.id_at(at),
        customer_id=quote.customer_id,
        opportunity_id=quote.opportunity_id,
        quote_id=quote.id,
        author_id=quote.author_id,
        title=title,
        seller=f"{letterhead.name}\n{letterhead.lines}",
        buyer="\n".join(filter(None, (customer.name, customer.address))),
        lines=quote.lines,
        total_cents=quote.total_cents,
        currency=quote.currency,
        terms=TERMS_ZH if made.chinese else TERMS,
        created_at=at,
    )


def _sign(contract: Contract, made: Account, dice: Dice) -> None:
    customer = made.customer
    contract.sent_at = contract.created_at + timedelta(hours=1)
    contract.signed_at = contract.created_at + timedelta(hours=3, minutes=dice.randint(0, 50))
    contract.signer = next((one.name for one in made.contacts if one.role == "decides"), customer.name)
    if customer.latitude is not None and customer.longitude is not None:
        contract.latitude_e6 = round(customer.latitude * 1_000_000)
        contract.longitude_e6 = round(customer.longitude * 1_000_000)
        contract.accuracy_m = dice.randint(6, 30)
    contract.strokes = "".join(_strokes(dice))
    contract.seal = seal_of(as_wire(contract))


def _strokes(dice: Dice) -> Iterator[str]:
    """The path of a scrawled signature: loops that get flatter, and a stroke below them."""
    waves, tall, wide = dice.randint(5, 8), dice.randint(45, 70), dice.randint(330, 430)
    at = (90, 110)
    yield f"m{at[0]} {at[1]}"
    count = waves * 12
    for number in range(1, count + 1):
        turn = 2 * math.pi * waves * number / count
        flat = 1 - 0.6 * number / count
        next_at = (
            round(90 + wide * number / count - 14 * math.sin(2 * turn)),
            round(110 - tall * flat * math.sin(turn) * (1.3 if number < 14 else 0.7)),
        )
        yield f" {next_at[0] - at[0]} {next_at[1] - at[1]}"
        at = next_at
    yield f"m{120 - at[0]} {165 - at[1]} {wide - 60} -14"
