"""From the fields of a form to the args of a change. Twin of pwa/forms.js.

Nothing is checked here: the change checks its args.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from server import words
from server.models.column import wire
from sync.fields import CONTACT_FIELDS, OPPORTUNITY_FIELDS

# The values of a form by field name, typed or ticked.
Typed = Mapping[str, Sequence[str]]

CUSTOMER_FIELDS: Final = (
    "name", "phone", "address", "region", "customer_type", "lifecycle", "cadence_days", "price_sensitivity",
    "preferred_products", "preferred_times", "latitude", "longitude",
)  # fmt: skip
VISIT_FIELDS: Final = ("visit_id", "customer_id", "started_at", "ended_at", "outcome", "note", "pain_point")
PLACE: Final = ("latitude", "longitude", "accuracy_m")
LONGEST_STEP_DAYS: Final = 30
DEGREES: Final = re.compile(r"(-?)([0-9]{1,3})\.([0-9]{1,6})")
QUOTE_LINE: Final = ("product", "name", "unit", "quantity", "price", "discount")
MOVE_FIELDS: Final = ("from", "to", "expected_close_on", "lost_reason", "competitor", "note")


def value(typed: Typed, name: str) -> str:
    """The first value of a field; "" if it is missing."""
    values = typed.get(name, ())
    return values[0] if values else ""


def given(typed: Typed, names: Iterable[str]) -> dict[str, Any]:
    return {name: value(typed, name) for name in names if name in typed}


def visit(typed: Typed, today: date) -> dict[str, Any]:
    """The args of visit.log; visit.correct adds what it corrects."""
    return {
        **{name: value(typed, name) for name in VISIT_FIELDS},
        "contact_ids": [entry for entry in typed.get("contact_ids", ()) if entry],
        "product_ids": [entry for entry in typed.get("product_ids", ()) if entry],
        "competitors": value(typed, "competitors"),
        "place": {name: value(typed, name) for name in PLACE},
        **follow_up_of_visit(typed, today),
    }


def activity(typed: Typed, today: date) -> dict[str, Any]:
    """The args of activity.log. A button such as "Called" sends little more than its kind."""
    return {**visit(typed, today), "kind": value(typed, "kind")}


def photos(typed: Typed) -> list[dict[str, Any]]:
    """The args of visit.attach, one for each photo on the form of a visit."""
    whose, names = (
        given(typed, ("visit_id", "customer_id")),
        ("attachment_id", "sha256", "size", "media_type"),
    )
    return [{**whose, **dict(zip(names, told.split(" "), strict=False))} for told in typed.get("photo", ())]


def file(typed: Typed) -> dict[str, Any]:
    """The args of file.attach, without the ids of the customer and opportunity."""
    return given(typed, ("attachment_id", "name", "sha256", "size", "media_type"))


def follow_up_of_visit(typed: Typed, today: date) -> dict[str, Any]:
    step = value(typed, "next_step")
    if step in ("", "none"):
        return {}
    return {
        "follow_up": {
            "follow_up_id": value(typed, "follow_up_id"),
            "due_on": value(typed, "due_on") if step == "pick" else in_days(step, today),
            "note": value(typed, "follow_up_note"),
        }
    }


def in_days(step: str, today: date) -> str:
    """The date in `step` days, as the chips of the form send it.
    Anything else is returned as it is, for the check to refuse."""
    is_ours = len(step) <= 2 and step.isascii() and step.isdigit() and int(step) <= LONGEST_STEP_DAYS
    return (today + timedelta(days=int(step))).isoformat() if is_ours else step


def plan(typed: Typed) -> dict[str, Any]:
    return given(typed, ("visit_id", "customer_id", "planned_on", "planned_time"))


def follow_up(typed: Typed, today: date) -> dict[str, Any]:
    step = value(typed, "next_step")
    due_on = value(typed, "due_on") if step in ("", "pick") else in_days(step, today)
    return {**given(typed, ("follow_up_id", "customer_id", "note")), "due_on": due_on}


def task(typed: Typed, today: date) -> dict[str, Any]:
    """The args of task.ask; its form is that of a follow-up, with a department."""
    return {**follow_up(typed, today), **given(typed, ("task_id", "department"))}


def customer(typed: Typed) -> dict[str, Any]:
    return {**given(typed, ("customer_id",)), **customer_fields(typed)}


def customer_edit(typed: Typed, customer_id: str) -> dict[str, Any]:
    return {"customer_id": customer_id, "fields": customer_fields(typed)}


def customer_fields(typed: Typed) -> dict[str, Any]:
    """An empty hidden field beside the checkboxes tells apart that none is ticked from a form without them."""
    ticked = {name: ",".join(typed[name]) for name in ("preferred_product_ids",) if name in typed}
    return {**given(typed, CUSTOMER_FIELDS), **ticked, **custom(typed)}


def custom(typed: Typed) -> dict[str, Any]:
    """The custom fields, which a form calls `custom.<id>`."""
    found = {name.removeprefix("custom."): value(typed, name) for name in typed if name.startswith("custom.")}
    return {"custom": found} if found else {}


def comparison(typed: Typed, customer_id: str) -> dict[str, Any]:
    return {"customer_id": customer_id, **given(typed, ("competitor", "note", "tags"))}


def contact(typed: Typed, customer_id: str) -> dict[str, Any]:
    return {"customer_id": customer_id, **given(typed, ("contact_id", *CONTACT_FIELDS))}


def contact_edit(typed: Typed, contact_id: str) -> dict[str, Any]:
    return {"contact_id": contact_id, "fields": given(typed, CONTACT_FIELDS)}


def opportunity(typed: Typed) -> dict[str, Any]:
    names = ("opportunity_id", "customer_id", "pipeline_id", "name", "currency", "stage", "expected_close_on")
    return {**given(typed, names), "amount_cents": 0, **amount(typed)}


def amount(typed: Typed) -> dict[str, Any]:
    """The amount in cents; {} if the field is empty, because nobody knows it yet."""
    text = value(typed, "amount_cents")
    return {"amount_cents": words.cents(text)} if text.strip() else {}


def opportunity_edit(typed: Typed, opportunity_id: str) -> dict[str, Any]:
    return {"opportunity_id": opportunity_id, "fields": given(typed, OPPORTUNITY_FIELDS)}


def opportunity_revalue(typed: Typed, opportunity_id: str) -> dict[str, Any]:
    names = ("from_cents", "from_currency", "currency")
    return {"opportunity_id": opportunity_id, **given(typed, names), "amount_cents": 0, **amount(typed)}


def quote(typed: Typed, opportunity_id: str) -> dict[str, Any]:
    names = ("quote_id", "edition", "currency", "note", "valid_until")
    return {"opportunity_id": opportunity_id, **given(typed, names), "lines": quote_lines(typed)}


def quote_lines(typed: Typed) -> list[dict[str, Any]]:
    """The lines of a quote. Each field `line_name`, `line_quantity` and so on is sent once for each line."""

    def column(name: str) -> list[str]:
        return [*typed.get(f"line_{name}", ()), *[""] * count][:count]

    count = len(typed.get("line_name", ()))
    rows = zip(*(column(name) for name in QUOTE_LINE), strict=True)
    return [
        {
            "product_id": product_id,
            "name": name,
            "unit": unit,
            "quantity": words.count(quantity),
            "unit_price_cents": words.cents(price),
            "discount_bp": words.cents(discount.replace("%", "").replace("％", "")),
        }
        for product_id, name, unit, quantity, price, discount in rows
    ]


def contract(typed: Typed, opportunity_id: str) -> dict[str, Any]:
    names = ("contract_id", "quote_id", "edition", "title", "seller", "buyer", "currency", "terms")
    said = amount(typed).get("amount_cents", "")
    return {"opportunity_id": opportunity_id, **given(typed, names), "total_cents": said}


def signature(typed: Typed, contract_id: str, now: datetime) -> dict[str, Any]:
    """The args of contract.sign, without the seal."""
    latitude, longitude = (_millionths(value(typed, name)) for name in ("latitude", "longitude"))
    place = {
        "latitude_e6": latitude,
        "longitude_e6": longitude,
        "accuracy_m": value(typed, "accuracy_m"),
    }
    return {
        "contract_id": contract_id,
        **given(typed, ("edition", "signer", "strokes", "by_name")),
        "signed_at": wire(now),
        **({"place": place} if latitude and longitude else {}),
    }


def _millionths(degrees: str) -> str:
    """Millionths of a degree, as a whole number: Python and JavaScript print fractions differently."""
    found = DEGREES.fullmatch(degrees)
    return f"{found[1]}{found[2]}{found[3].ljust(6, '0')}" if found else ""


def order(typed: Typed) -> dict[str, Any]:
    return given(typed, ("order_id", "quote_id", "placed_on", "note"))


def payment(typed: Typed, order_id: str) -> dict[str, Any]:
    """The args of payment.expect, or of payment.receive."""
    day = "received_on" if value(typed, "kind") == "received" else "due_on"
    told = given(typed, ("payment_id", "note"))
    return {**told, "order_id": order_id, day: value(typed, "on"), "amount_cents": "", **amount(typed)}


def approval(typed: Typed, opportunity_id: str) -> dict[str, Any]:
    """The args of opportunity.ask, opportunity.approve and opportunity.decline."""
    return {"opportunity_id": opportunity_id, **given(typed, ("stage", "amount_cents", "currency", "note"))}


def opportunity_move(typed: Typed, opportunity_id: str) -> dict[str, Any]:
    return {"opportunity_id": opportunity_id, **given(typed, MOVE_FIELDS), **amount(typed)}
