"""Which payments of an order were received, and which are late. Twin of sync/payments.js.

tests/shared_cases/payments.json holds both to it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

Payment = Mapping[str, Any]


class Instalment(NamedTuple):
    """An expected payment. `left_cents`: how much of it has not been received yet."""

    payment: Payment
    left_cents: int
    is_late: bool


class Standing(NamedTuple):
    instalments: list[Instalment]
    received_cents: int
    open_cents: int  # of the whole order
    late_cents: int


def standing(total_cents: int, payments: Sequence[Payment], today: str) -> Standing:
    """What was received pays for the expected payments in the order of their days. `today`: an ISO date, like `on`."""
    received = sum(payment["amount_cents"] for payment in payments if payment["kind"] == "received")
    expected = sorted(
        (payment for payment in payments if payment["kind"] == "expected"),
        key=lambda payment: (payment["on"], payment["id"]),
    )
    found, there = [], received
    for payment in expected:
        paid = min(there, payment["amount_cents"])
        there -= paid
        left = payment["amount_cents"] - paid
        found.append(Instalment(payment, left, left > 0 and payment["on"] < today))
    late = sum(one.left_cents for one in found if one.is_late)
    return Standing(found, received, max(total_cents - received, 0), late)
