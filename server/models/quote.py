"""An offer to a customer: its lines at the prices of the day. A draft can be changed; once sent, it cannot."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from sqlmodel import Field, SQLModel

from server.models.column import counter, json_list, key, link, maybe_moment, moment
from server.models.drafting import write_draft
from server.models.opportunity import editable
from server.models.product import Product, list_price
from server.models.refusal import Invalid, Refused
from server.totals import MOST_CENTS, totals

if TYPE_CHECKING:
    from server.models.act import Act

QUOTE_SENTENCES: Final = {
    "withdrawn": "This quote was taken back in the meantime.",
    "sent": "This was sent in the meantime, and stays as it is. Make another one.",
    "answered": "This quote was answered otherwise in the meantime.",
    "ordered": "There is an order of this quote.",
    "other_currency": "%(name)s is priced in another currency.",
}


class Quote(SQLModel, table=True):
    """`lines`: `{product_id?, name, unit?, quantity, unit_price_cents, discount_bp?, list_price_cents?}` each.
    `edition`: how often it was saved, so that nobody overwrites what they have not seen. `discount_bp`: in basis points
    of the list prices."""

    __tablename__ = "quotes"
    __collection__ = "quotes"

    id: str = key()
    customer_id: str = link("customers.id")
    opportunity_id: str = link("opportunities.id")
    author_id: str = link("users.id", index=False)
    currency: str = Field(max_length=3)
    lines: list[dict[str, Any]] = json_list()
    total_cents: int = counter()
    discount_bp: int = 0
    note: str | None = None
    valid_until: date | None = None
    edition: int = 1
    created_at: datetime = moment()
    sent_at: datetime | None = maybe_moment()
    accepted_at: datetime | None = maybe_moment()
    declined_at: datetime | None = maybe_moment()
    decline_reason: str | None = None
    withdrawn_at: datetime | None = maybe_moment()


def state_of(quote: Quote) -> str:
    if quote.declined_at is not None:
        return "declined"
    if quote.accepted_at is not None:
        return "accepted"
    return "draft" if quote.sent_at is None else "sent"


def save(
    act: "Act",
    *,
    quote_id: str,
    opportunity_id: str,
    edition: int,
    currency: str,
    lines: list[dict[str, Any]],
    note: str | None = None,
    valid_until: date | None = None,
) -> None:
    """Writes a new quote, or replaces all of a draft. `edition`: the one that the user saw, 0 for a new quote."""
    opportunity = editable(act, opportunity_id)
    priced = _priced(act, opportunity.customer_id, currency, lines)
    found = totals(priced)
    if found.total_cents > MOST_CENTS or found.list_cents > MOST_CENTS:
        raise Invalid({"lines": {"code": "too_much", "params": {"max": MOST_CENTS // 100}}})
    said = {
        "currency": currency,
        "lines": priced,
        "total_cents": found.total_cents,
        "discount_bp": found.discount_bp,
        "note": note,
        "valid_until": valid_until,
        "edition": edition + 1,
    }
    write_draft(act, Quote, quote_id, opportunity, said, _check_draft)


def _check_draft(quote: Quote) -> None:
    _check_standing(quote)
    if state_of(quote) != "draft":
        raise Refused("conflict", QUOTE_SENTENCES["sent"], {"current": state_of(quote)})


def _priced(act: "Act", customer_id: str, currency: str, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The lines with today's list prices, from which the discount is reckoned."""
    customer_type = act.visible(customer_id).customer_type
    act.rows.meet(Product, [line["product_id"] for line in lines if line.get("product_id")])
    return [_line(act, line, currency, customer_type) for line in lines]


def _line(act: "Act", line: dict[str, Any], currency: str, customer_type: str | None) -> dict[str, Any]:
    if not line.get("product_id"):
        return line
    product = act.rows.one(Product, line["product_id"])
    price = list_price(product.prices, product.price_cents, customer_type)
    if price is None:
        return line
    if product.currency != currency:
        raise Refused("invalid", QUOTE_SENTENCES["other_currency"], name=product.name)
    return line | {"list_price_cents": price}


def send(act: "Act", *, quote_id: str) -> None:
    """Notes that the customer has it. Done twice is done once."""
    quote = _editable(act, quote_id)
    quote.sent_at = quote.sent_at or act.moment


def accept(act: "Act", *, quote_id: str) -> None:
    quote = _editable(act, quote_id)
    if quote.declined_at is not None:
        raise Refused("conflict", QUOTE_SENTENCES["answered"], {"current": state_of(quote)})
    quote.sent_at = quote.sent_at or act.moment
    quote.accepted_at = quote.accepted_at or act.moment


def decline(act: "Act", *, quote_id: str, reason: str | None = None) -> None:
    quote = _editable(act, quote_id)
    if quote.accepted_at is not None:
        raise Refused("conflict", QUOTE_SENTENCES["answered"], {"current": state_of(quote)})
    if quote.declined_at is None:
        quote.declined_at, quote.decline_reason = act.moment, reason


def withdraw(act: "Act", *, quote_id: str) -> None:
    """Takes back a quote, sent or not. Refused while there is an order of it, which has to be withdrawn first."""
    from server.models.order import is_ordered

    quote = act.rows.one(Quote, quote_id)
    act.editable(quote.customer_id)
    if is_ordered(act, quote.id):
        raise Refused("conflict", QUOTE_SENTENCES["ordered"], {"current": state_of(quote)})
    quote.withdrawn_at = quote.withdrawn_at or act.moment


def _editable(act: "Act", quote_id: str) -> Quote:
    quote = act.rows.one(Quote, quote_id)
    act.editable(quote.customer_id)
    _check_standing(quote)
    return quote


def _check_standing(quote: Quote) -> None:
    if quote.withdrawn_at is not None:
        raise Refused("deleted", QUOTE_SENTENCES["withdrawn"])
