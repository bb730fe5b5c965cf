"""A quote's page as its customer reads it, and its actions. Twin of pwa/views/quote.js."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final, TypeVar

from sqlmodel import Session, col, select

from server import words
from server.models.column import wire
from server.models.contract import Contract
from server.models.letterhead import Letterhead, the_letterhead
from server.models.order import Order
from server.models.product import Product
from server.models.quote import Quote, state_of
from server.models.refusal import NotAllowed
from server.models.scope import may_write
from server.models.user import User
from server.payments import standing
from server.totals import line_cents
from server.translations import Translator, msgid
from server.views.reader import Reader, joined

if TYPE_CHECKING:
    from server.views.opportunity import Sale

Paper = TypeVar("Paper", Quote, Order, Contract)

NO_YEAR_OF_OURS: Final = date(1, 1, 1)  # far from any date, so that papers always show the year
STATES: Final = {
    "draft": (msgid("Draft"), ""),
    "sent": (msgid("Sent"), "due"),
    "accepted": (msgid("Accepted"), "ok"),
    "declined": (msgid("Declined"), "late"),
}


def of_sale(session: Session, kind: type[Paper], opportunity_id: str) -> Sequence[Paper]:
    """The quotes, orders or contracts of an opportunity that stand, in the order they were made."""
    query = select(kind).where(kind.opportunity_id == opportunity_id, col(kind.withdrawn_at).is_(None))
    return session.exec(query.order_by(col(kind.id))).all()


def one_of(papers: Sequence[Paper], paper_id: str) -> Paper:
    """The quote, order or contract of an opportunity with this id. Raises NotAllowed if none of these has it."""
    found = next((one for one in papers if one.id == paper_id), None)
    if found is None:
        raise NotAllowed
    return found


def number_of(row: Quote | Order | Contract) -> str:
    """The number on paper: the day it was made, and enough of its id to tell it from others of that day."""
    return f"{wire(row.created_at)[2:10].replace('-', '')}-{row.id[-4:].upper()}"


def quote_row(quote: Quote, reader: Reader) -> dict[str, str]:
    text, kind = STATES[state_of(quote)]
    day = words.short_date(reader.day_of(quote.created_at), reader.today, reader.locale)
    return {
        "href": f"/opportunities/{quote.opportunity_id}/quotes/{quote.id}",
        "name": words.money(quote.total_cents, quote.currency),
        "detail": joined(reader.t("Quote %(number)s", number=number_of(quote)), day),
        "tag": reader.t(text),
        "kind": kind,
    }


def order_row(order: Order, reader: Reader) -> dict[str, str]:
    tag, kind = payment_tag(order, reader)
    return {
        "href": f"/opportunities/{order.opportunity_id}/orders/{order.id}",
        "name": words.money(order.total_cents, order.currency),
        "detail": joined(
            reader.t("Order %(number)s", number=number_of(order)),
            words.short_date(order.placed_on, reader.today, reader.locale),
        ),
        "tag": tag,
        "kind": kind,
    }


def payment_tag(order: Order, reader: Reader) -> tuple[str, str]:
    t, found = reader.t, standing(order.total_cents, order.payments, reader.today.isoformat())
    if found.late_cents:
        return t("%(amount)s overdue", amount=words.money(found.late_cents, order.currency)), "late"
    if found.open_cents:
        return t("%(amount)s open", amount=words.money(found.open_cents, order.currency)), ""
    too_much = found.received_cents - order.total_cents
    if too_much > 0:
        return t("%(amount)s overpaid", amount=words.money(too_much, order.currency)), "due"
    return t("Paid"), "ok"


def sales_of(sale: "Sale", reader: Reader) -> dict[str, Any]:
    """The rows on the page of an opportunity."""
    return {
        "quotes": [quote_row(quote, reader) for quote in reversed(sale.quotes)],
        "orders": [order_row(order, reader) for order in reversed(sale.orders)],
        "new_quote_href": f"/opportunities/{sale.row.id}/quotes/new",
    }


def quote_page(session: Session, reader: Reader, sale: "Sale", quote: Quote, refused: str) -> dict[str, Any]:
    """`refused`: why an action was refused, as a sentence."""
    t, state = reader.t, state_of(quote)
    text, kind = STATES[state]
    href = f"/opportunities/{sale.row.id}"
    order = next((one for one in sale.orders if one.quote_id == quote.id), None)
    may_place = may_write(reader.user) and state == "accepted" and order is None
    author = session.get(User, quote.author_id)
    shown = {
        "title": t("Quote %(number)s", number=number_of(quote)),
        "href": f"{href}/quotes/{quote.id}",
        "back": {"href": href, "text": t("Opportunity")},
        "refused": refused,
        "letterhead": letterhead(the_letterhead(session)),
        "customer": {"name": sale.customer.name, "address": sale.customer.address or ""},
        "about": sale.row.name,
        "facts": paper_facts(quote, author.name if author else "", reader),
        **paper(quote.lines, quote.total_cents, quote.currency),
        "note": quote.note or "",
        "state": t(text),
        "state_kind": kind,
        "reason": quote.decline_reason or "",
        "can_write": may_write(reader.user),
        "actions": actions(state, order is not None, t) if may_write(reader.user) else [],
        "edit_href": f"{href}/quotes/new?quote={quote.id}" if state == "draft" else "",
        "copy_href": f"{href}/quotes/new?from={quote.id}",
        "contract_href": f"{href}/contracts/new?quote={quote.id}" if state == "accepted" else "",
        "order": order_row(order, reader) if order else None,
        "place": place(quote, reader) if may_place else None,
        "warnings": warnings(quote.lines, _products(session, quote.lines), reader) if may_place else [],
    }
    return {**shown, "share_text": share_text(shown, t)}


def letterhead(row: Letterhead | None) -> dict[str, Any]:
    """The letterhead; without one, papers begin with their title."""
    return {
        "name": row.name if row else "",
        "lines": row.lines.split("\n") if row and row.lines else [],
        "footer": row.footer.split("\n") if row and row.footer else [],
    }


def paper_facts(quote: Quote, author: str, reader: Reader) -> list[dict[str, str]]:
    t, day = reader.t, reader.day_of(quote.created_at)
    valid = quote.valid_until
    pairs = [
        (t("Date"), words.short_date(day, NO_YEAR_OF_OURS, reader.locale)),
        (t("Valid until"), words.short_date(valid, NO_YEAR_OF_OURS, reader.locale) if valid else ""),
        (t("Your contact"), author),
    ]
    return [{"label": label, "value": value} for label, value in pairs if value]


def paper(lines: Sequence[Mapping[str, Any]], total_cents: int, currency: str) -> dict[str, Any]:
    return {
        "lines": [paper_line(line, currency) for line in lines],
        "has_discount": any(line.get("discount_bp") for line in lines),
        "total": words.money(total_cents, currency),
    }


def paper_line(line: Mapping[str, Any], currency: str) -> dict[str, str]:
    quantity = " ".join(filter(None, (words.quantity(line["quantity"]), line.get("unit") or "")))
    price = words.money(line["unit_price_cents"], currency)
    discount = words.percent(line["discount_bp"]) if line.get("discount_bp") else ""
    return {
        "name": line["name"],
        "quantity": quantity,
        "price": price,
        "discount": discount,
        "said": f"{quantity} × {price}{discount and f' − {discount}'}",
        "sum": words.money(line_cents(line), currency),
    }


def actions(state: str, is_ordered: bool, t: Translator) -> list[dict[str, str]]:
    """The buttons for a quote in this state."""
    offered = {
        "draft": [("sent", t("Mark as sent")), ("accepted", t("Accepted")), ("withdrawn", t("Take it back"))],
        "sent": [("accepted", t("Accepted")), ("declined", t("Declined"))],
        "accepted": [] if is_ordered else [("withdrawn", t("Take it back"))],
    }
    return [{"to": to, "text": text} for to, text in offered.get(state, [])]


def place(quote: Quote, reader: Reader) -> dict[str, str]:
    return {
        "action": f"/opportunities/{quote.opportunity_id}/orders",
        "order_id": reader.new_id(),
        "quote_id": quote.id,
        "placed_on": reader.today.isoformat(),
    }


def _products(session: Session, lines: Sequence[Mapping[str, Any]]) -> dict[str, Product]:
    ids = {line["product_id"] for line in lines if line.get("product_id")}
    found = session.exec(select(Product).where(col(Product.id).in_(ids))).all() if ids else []
    return {product.id: product for product in found}


def stock_warnings(session: Session, order: Order, reader: Reader) -> list[str]:
    """Warnings from stock figures older than the order: newer ones no longer include its goods."""
    known = _products(session, order.lines)
    earlier = {
        key: product
        for key, product in known.items()
        if product.stock_told_at is not None and product.stock_told_at <= order.created_at
    }
    return warnings(order.lines, earlier, reader)


def warnings(
    lines: Iterable[Mapping[str, Any]], products: Mapping[str, Product], reader: Reader
) -> list[str]:
    """Sentences about lines that the last known stock does not cover. They are warnings: nothing is refused."""
    promised: dict[str, int] = {}
    for line in lines:
        if line.get("product_id") in products:
            promised[line["product_id"]] = promised.get(line["product_id"], 0) + line["quantity"]
    return [
        warning(products[key], count, reader)
        for key, count in promised.items()
        if (stock := products[key].stock_quantity) is not None and stock < count
    ]


def warning(product: Product, promised: int, reader: Reader) -> str:
    return reader.t(
        "%(name)s: %(promised)s promised, %(stock)s in stock as told %(ago)s.",
        name=product.name,
        promised=words.quantity(promised),
        stock=words.quantity(product.stock_quantity or 0),
        ago=reader.ago(product.stock_told_at),
    )


def share_text(shown: Mapping[str, Any], t: Translator) -> str:
    """The whole quote as plain text, for the share sheet."""
    head, facts = shown["letterhead"], shown["facts"]
    lines = [joined(line["name"], line["said"], line["sum"]) for line in shown["lines"]]
    parts = [
        [head["name"], shown["title"], shown["customer"]["name"]],
        lines,
        [f"{t('Total')}: {shown['total']}", shown["note"]],
        [f"{fact['label']}: {fact['value']}" for fact in facts],
    ]
    return "\n\n".join("\n".join(filter(None, part)) for part in parts if any(part))
