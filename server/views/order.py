"""An order's page: its lines, whether stock covers them, its payments. Twin of pwa/views/order_page.js."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlmodel import Session

from server import words
from server.models.order import Order
from server.models.scope import may_write
from server.payments import Instalment, standing
from server.views.form import Form, options_of
from server.views.opportunity import Sale
from server.views.quote import number_of, paper, payment_tag, stock_warnings
from server.views.reader import Reader, joined


def order_page(session: Session, reader: Reader, sale: Sale, order: Order, form: Form) -> dict[str, Any]:
    t, href = reader.t, f"/opportunities/{sale.row.id}"
    tag, kind = payment_tag(order, reader)
    return {
        "title": t("Order %(number)s", number=number_of(order)),
        "href": f"{href}/orders/{order.id}",
        "back": {"href": href, "text": t("Opportunity")},
        "customer": {"name": sale.customer.name, "href": f"/customers/{sale.customer.id}"},
        "placed": joined(
            words.short_date(order.placed_on, reader.today, reader.locale),
            sale.people.get(order.author_id, ""),
        ),
        "tag_text": tag,
        "tag_kind": kind,
        "withdraw_href": f"/orders/{order.id}/withdraw",
        "quote_href": f"{href}/quotes/{order.quote_id}",
        "warnings": stock_warnings(session, order, reader),
        **paper(order.lines, order.total_cents, order.currency),
        "note": order.note or "",
        "can_write": may_write(reader.user),
        "instalments": instalments(order, reader),
        "received": received(order, sale.people, reader),
        **payment_form(order, form, reader),
    }


def instalments(order: Order, reader: Reader) -> list[dict[str, Any]]:
    found = standing(order.total_cents, order.payments, reader.today.isoformat())
    return [instalment(one, order.currency, reader) for one in found.instalments]


def instalment(one: Instalment, currency: str, reader: Reader) -> dict[str, Any]:
    t, payment = reader.t, one.payment
    due_on = date.fromisoformat(payment["on"])
    is_part = 0 < one.left_cents < payment["amount_cents"]
    left = words.money(one.left_cents, currency)
    return {
        "id": payment["id"],
        "name": words.money(payment["amount_cents"], currency),
        "detail": joined(
            t("due %(day)s", day=words.short_date(due_on, reader.today, reader.locale)),
            t("%(amount)s open", amount=left) if is_part else "",
            payment.get("note"),
        ),
        "tag": words.due_label(due_on, reader.today, reader.locale) if one.left_cents else t("Paid"),
        "kind": "late" if one.is_late else "" if one.left_cents else "ok",
    }


def received(order: Order, people: Mapping[str, str], reader: Reader) -> list[dict[str, Any]]:
    paid = [payment for payment in order.payments if payment["kind"] == "received"]
    return [
        {
            "id": payment["id"],
            "name": words.money(payment["amount_cents"], order.currency),
            "detail": joined(
                words.short_date(date.fromisoformat(payment["on"]), reader.today, reader.locale),
                people.get(payment["by"], ""),
                payment.get("note"),
            ),
            "tag": reader.t("Received"),
            "kind": "ok",
        }
        for payment in sorted(paid, key=lambda payment: (payment["on"], payment["id"]), reverse=True)
    ]


def payment_form(order: Order, form: Form, reader: Reader) -> dict[str, Any]:
    """The form's initial values: what is open and not expected yet; without any, what is open."""
    t = reader.t
    found = standing(order.total_cents, order.payments, reader.today.isoformat())
    unplanned = max(found.open_cents - sum(one.left_cents for one in found.instalments), 0)
    kind = form.value("kind") or ("expected" if unplanned else "received")
    usual = unplanned if kind == "expected" else found.open_cents
    fresh = {
        "payment_id": [reader.new_id()],
        "kind": [kind],
        "amount_cents": [words.amount(usual) if usual else ""],
        "on": [reader.today.isoformat()],
    }
    form = Form(t, {**fresh, **form.typed}, form.errors, form.refused)
    kinds = (("expected", t("Expected")), ("received", t("Received")))
    return {
        "refused": form.refused,
        "payment_id": form.value("payment_id"),
        "kind": form.choices(
            "kind",
            t("Payment"),
            options_of(kinds, kind),
        ),
        "amount": form.field("amount_cents", t("Amount in %(currency)s", currency=order.currency)),
        "on": form.field("on", t("On which day"), "due_on", "received_on"),
        "payment_note": form.optional("note", t("Note")),
    }
