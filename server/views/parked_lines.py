"""What a parked entry would write, value by value, so that whoever decides on it reads it whole."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from server import words
from server.models.custom_field import CustomField
from server.models.receipt import Receipt
from server.pipeline.rulebook import STAGE_SENTENCES
from server.translations import msgid
from server.views.custom import shown
from server.views.history import FIELDS
from server.views.labels import (
    ACTIVITIES,
    CONTACT_ROLES,
    DEPARTMENTS,
    LIFECYCLES,
    OUTCOMES,
    PRICE_SENSITIVITIES,
)
from server.views.reader import Reader, joined
from sync.validation import message

MOST_CHARACTERS: Final = 500
# Characters that JSON may hold and a page may not: lone surrogates, control characters.
UNPRINTABLE: Final = re.compile(r"[\ud800-\udfff\x00-\x08\x0b-\x1f\x7f]")
LABELS: Final = FIELDS | {
    "kind": msgid("What was it?"),
    "tag": msgid("Tag"),
    "started_at": msgid("When"),
    "outcome": msgid("How did it go?"),
    "note": msgid("Note"),
    "pain_point": msgid("Pain point"),
    "product_ids": msgid("Products discussed"),
    "competitors": msgid("Competitors"),
    "due_on": msgid("On which day"),
    "planned_on": msgid("On which day"),
    "planned_time": msgid("At what time"),
    "lines": msgid("Lines"),
    "valid_until": msgid("Valid until"),
    "placed_on": msgid("On which day"),
    "received_on": msgid("On which day"),
    "reason": msgid("Why, in the customer’s words"),
    "stage": msgid("Stage"),
    "to": msgid("Stage"),
    "user_id": msgid("Who"),
    "owner_id": msgid("Owner"),
    "into_id": msgid("Customer"),
    "department": msgid("Department"),
    "answer": msgid("Answer"),
    "total_cents": msgid("Total"),
    "title": msgid("What it is about"),
    "seller": msgid("We, as the contract names us"),
    "buyer": msgid("The customer, as the contract names it"),
    "terms": msgid("What is agreed"),
    "signer": msgid("Name of who signs"),
}
PEOPLE: Final = ("user_id", "owner_id")
MONEY: Final = ("amount_cents", "total_cents")
PRODUCTS: Final = ("preferred_product_ids", "product_ids")
MOMENTS: Final = ("started_at", "ended_at")
CHOICES: Final = {
    "kind": ACTIVITIES,
    "lifecycle": LIFECYCLES,
    "price_sensitivity": PRICE_SENSITIVITIES,
    "role": CONTACT_ROLES,
    "outcome": OUTCOMES,
    "stage": STAGE_SENTENCES,
    "to": STAGE_SENTENCES,
    "department": DEPARTMENTS,
}


@dataclass(frozen=True)
class Lines:
    """The values that an entry would write, each with its label. Ids are left out, except those of products and people,
    and of the customer that another one is merged into. `customer_name`: "" for one that the reader does not see."""

    reader: Reader
    products: Mapping[str, str]
    people: Mapping[str, str]
    own_fields: Mapping[str, CustomField]
    customer_name: Callable[[str], str]

    def __call__(self, args: dict[str, Any]) -> Iterator[dict[str, str]]:
        for name, value in args.items():
            if isinstance(value, dict) and name in ("fields", "follow_up"):
                yield from self(value)
            elif isinstance(value, dict) and name == "custom":
                yield from self._own(value)
            elif name in LABELS and value not in (None, "", []):
                yield {"label": self._label(name, value), "value": self._said(name, value)}

    def _label(self, name: str, value: Any) -> str:
        is_person = isinstance(value, str) and value in self.people  # a customer is handed over `to` somebody
        return self.reader.t(LABELS["owner_id" if name == "to" and is_person else name])

    def faults(self, receipt: Receipt) -> Iterator[str]:
        for name, error in (receipt.detail or {}).get("fields", {}).items():
            *_, last = name.split(".")
            own, said = self.own_fields.get(last), message(self.reader.t, error["code"], error["params"])
            yield joined(own.name if own else self.reader.t(LABELS[last]) if last in LABELS else "", said)

    def _own(self, custom: dict[str, Any]) -> Iterator[dict[str, str]]:
        for field_id, value in custom.items():
            field = self.own_fields.get(field_id)
            if field is not None and value:
                yield {"label": field.name, "value": self._said("", _shown(field, str(value), self.reader))}

    def _said(self, name: str, value: Any) -> str:
        t, labels = self.reader.t, CHOICES.get(name, {})
        if name in PRODUCTS:
            value = self._names(value)
        if isinstance(value, list):
            return t(", ").join(self._said("", one) for one in value)
        if isinstance(value, dict):  # a quote's line
            value = _line(value)
        text = t(labels[value]) if isinstance(value, str) and value in labels else str(value)
        if name in MONEY and isinstance(value, int):
            text = words.amount(value)
        if name in MOMENTS:
            text = _moment(self.reader, text)
        if name == "to" or name in PEOPLE:
            text = self.people.get(text, text if name == "to" else t("Not known"))
        if name == "into_id":
            text = self.customer_name(text) or t("Not known")
        cut = text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 1]}…"
        return UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", cut)

    def _names(self, ids: Any) -> list[Any]:
        """Product names. `ids`: a list, or ids separated by commas, as forms send them."""
        many = ids if isinstance(ids, list) else str(ids).split(",")
        return [self.products.get(str(one), self.reader.t("Not known")) for one in many if one]


def _line(line: dict[str, Any]) -> str:
    """3 × Grinder × 48.50 − 10%"""
    price, discount = line.get("unit_price_cents"), line.get("discount_bp")
    told = [line.get("quantity"), line.get("name"), words.amount(price) if isinstance(price, int) else price]
    less = f" − {words.percent(discount)}" if isinstance(discount, int) and discount else ""
    return " × ".join(str(part) for part in told if part is not None) + less


def _moment(reader: Reader, text: str) -> str:
    try:
        return reader.moment(datetime.fromisoformat(text))
    except (ValueError, OverflowError):  # an invalid value is shown as it is
        return text


def _shown(field: CustomField, text: str, reader: Reader) -> str:
    try:
        return shown(field, text, reader)
    except ValueError:  # no date
        return text
