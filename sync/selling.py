"""Changes of quotes, orders, payments and contracts: a part of the closed list in sync/changes.py."""

from typing import Final

from server.models import contract, letterhead, order, product, quote
from sync.args import (
    AMOUNT,
    CURRENCY,
    DUE_ON,
    ID,
    MAYBE_DATE,
    MAYBE_ID,
    NAME,
    NOTE,
    NOTES,
    Arg,
    Change,
    choice,
    creates,
    hundredths,
    inside,
    integer,
    rows,
    text,
)  # fmt: skip

PAID, MOST_LINES = hundredths(1, 10**15, required=True), 50
QUOTE_LINE = {
    "product_id": MAYBE_ID,
    "name": text(NAME, required=True),
    "unit": text(product.LONGEST_UNIT),
    "quantity": integer(1, 100_000, required=True),
    "unit_price_cents": hundredths(0, product.MOST_PRICE_CENTS, required=True),
    "discount_bp": hundredths(0, 10_000),
}
# Whole numbers, because the seal is over what they are written as.
PLACE: Final = {
    "latitude_e6": integer(-90_000_000, 90_000_000, required=True),
    "longitude_e6": integer(-180_000_000, 180_000_000, required=True),
    "accuracy_m": integer(0, 50_000_000, required=True),
}

SELLING: Final[dict[str, Change]] = {
    "quote.save": Change(
        quote.save,
        {
            "quote_id": creates("quotes"),
            "opportunity_id": ID,
            "edition": integer(0, 1_000_000, required=True),
            "currency": CURRENCY,
            "lines": rows(QUOTE_LINE, MOST_LINES),
            "note": NOTES,
            "valid_until": MAYBE_DATE,
        },
    ),
    "quote.send": Change(quote.send, {"quote_id": ID}),
    "quote.accept": Change(quote.accept, {"quote_id": ID}),
    "quote.decline": Change(quote.decline, {"quote_id": ID, "reason": text(NOTE, multiline=True)}),
    "quote.withdraw": Change(quote.withdraw, {"quote_id": ID}),
    "order.place": Change(
        order.place,
        {
            "order_id": creates("orders"),
            "quote_id": ID,
            "placed_on": Arg("date", required=True),
            "note": NOTES,
        },
    ),
    "order.withdraw": Change(order.withdraw, {"order_id": ID}),
    "payment.expect": Change(
        order.expect,
        {"payment_id": ID, "order_id": ID, "due_on": DUE_ON, "amount_cents": PAID, "note": NOTES},
    ),
    "payment.receive": Change(
        order.receive,
        {
            "payment_id": ID,
            "order_id": ID,
            "received_on": Arg("date", required=True),
            "amount_cents": PAID,
            "note": NOTES,
        },
    ),
    "payment.withdraw": Change(order.take_back_payment, {"payment_id": ID, "order_id": ID}),
    "contract.draft": Change(
        contract.draft,
        {
            "contract_id": creates("contracts"),
            "opportunity_id": ID,
            "quote_id": MAYBE_ID,
            "edition": integer(0, 1_000_000, required=True),
            "title": text(NAME, required=True),
            "seller": text(contract.LONGEST_PARTY, required=True, multiline=True),
            "buyer": text(contract.LONGEST_PARTY, required=True, multiline=True),
            "total_cents": AMOUNT,
            "currency": CURRENCY,
            "terms": text(letterhead.LONGEST_TERMS, required=True, multiline=True),
        },
    ),
    "contract.send": Change(contract.send, {"contract_id": ID}),
    "contract.sign": Change(
        contract.sign,
        {
            "contract_id": ID,
            "edition": integer(1, 1_000_001, required=True),
            "signer": text(NAME, required=True),
            "signed_at": Arg("moment", required=True),
            "place": inside(PLACE),
            "strokes": Arg("strokes", max=contract.LONGEST_STROKES),
            "by_name": choice("yes"),
            "seal": Arg("sha256", required=True),
        },
    ),
    "contract.cancel": Change(contract.cancel, {"contract_id": ID, "reason": text(NOTE, multiline=True)}),
}
