"""The form of quotas of a territory and its reps for a year. Rendered by the server only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from server import forms, words
from server.days import quarter_before, quarter_of
from server.models.quota import quota_of
from server.models.user import User
from server.models.workspace import Territory
from server.translations import msgid
from server.views.form import Errors, Typed
from server.views.opportunity_form import CURRENCIES
from server.views.reader import Reader
from sync.changes import Arg
from sync.field_checks import CHECKS, Wrong, is_blank
from sync.validation import message

NOBODYS: Final = "none"  # in place of a territory's id: reps without one
FIRST_YEAR, LAST_YEAR = 2000, 2099
AMOUNT: Final = Arg("hundredths", min=1, max=10**15)
DONE: Final = {"saved": msgid("Saved. Phones have it with their next sync.")}


@dataclass(frozen=True)
class Sheet:
    """The territory and year of the form. `places`: the territories to choose from."""

    reader: Reader
    places: Sequence[Territory]
    place_id: str
    year: int
    rows: Sequence[User | Territory]
    sold_in: str  # the currency that is suggested

    @property
    def quarters(self) -> list[date]:
        return [date(self.year, month, 1) for month in (1, 4, 7, 10)]

    def href(self, **other: Any) -> str:
        return "/quotas?" + urlencode({"territory": self.place_id, "year": self.year, **other})


def amount_name(row: User | Territory, quarter: date) -> str:
    return f"amount-{row.id}-{quarter.isoformat()}"


def currency_name(row: User | Territory) -> str:
    return f"currency-{row.id}"


def kept(sheet: Sheet) -> dict[str, list[str]]:
    """The stored quotas, as form fields. A row without any in this year has the currency of its own latest one."""
    usual = _usual_currency(sheet)
    typed: dict[str, list[str]] = {}
    for row in sheet.rows:
        found = [quota_of(row.quotas, quarter) for quarter in sheet.quarters]
        currencies = [one["currency"] for one in found if one] or [one["currency"] for one in row.quotas[-1:]]
        typed[currency_name(row)] = [currencies[-1] if currencies else usual]
        for quarter, one in zip(sheet.quarters, found, strict=True):
            typed[amount_name(row, quarter)] = [_told(one["amount_cents"]) if one else ""]
    return typed


def _usual_currency(sheet: Sheet) -> str:
    """The currency of the latest quota here; else that of products."""
    known = [(one["starts_on"], one["currency"]) for row in sheet.rows for one in row.quotas]
    return max(known)[1] if known else sheet.sold_in


def copied(sheet: Sheet, typed: Typed, quarter: date) -> dict[str, list[str]]:
    """The form with empty fields of this quarter filled in from the quarter before."""
    filled = {name: list(values) for name, values in typed.items()}
    for row in sheet.rows:
        name = amount_name(row, quarter)
        if is_blank(forms.value(typed, name)):
            filled[name] = [_before(sheet, typed, row, quarter_before(quarter))]
    return filled


def _before(sheet: Sheet, typed: Typed, row: User | Territory, quarter: date) -> str:
    """The amount of this quarter in the row's currency; "" if it is in other money, which the number does not say."""
    name, known = amount_name(row, quarter), quota_of(row.quotas, quarter)
    if known is None or _is_other(typed, row, name):
        return forms.value(typed, name)
    currency = forms.value(typed, currency_name(row)) or forms.value(kept(sheet), currency_name(row))
    return _told(known["amount_cents"]) if known["currency"] == currency else ""


def _told(cents: int) -> str:
    """An amount with its thousands set apart, because one reads it above and below others."""
    whole, point, rest = words.amount(cents).partition(".")
    return f"{words.quantity(int(whole))}{point}{rest}"


def check(sheet: Sheet, typed: Typed) -> tuple[list[tuple[User | Territory, date, int | None, str]], Errors]:
    """The quotas to store, and the errors. Only fields that were changed since the form was shown are stored, so that
    nobody overwrites a colleague's changes."""
    changes: list[tuple[User | Territory, date, int | None, str]] = []
    errors: dict[str, Any] = {}
    for row in sheet.rows:
        currency = forms.value(typed, currency_name(row))
        is_said = currency_name(row) in typed
        is_asked = is_said or any(
            not is_blank(forms.value(typed, amount_name(row, one))) for one in sheet.quarters
        )
        if is_asked and currency not in currencies_of(sheet):
            errors[currency_name(row)] = Wrong("unknown_choice").error
        for quarter in sheet.quarters:
            name = amount_name(row, quarter)
            try:
                amount = _amount(forms.value(typed, name))
            except Wrong as wrong:
                errors[name] = wrong.error
                continue
            if _is_other(typed, row, name):
                changes.append((row, quarter, amount, currency))
    return changes, errors


def _amount(text: str) -> int | None:
    return None if is_blank(text) else CHECKS[AMOUNT.type](words.cents(text), AMOUNT)


def _is_other(typed: Typed, row: User | Territory, name: str) -> bool:
    if name not in typed:
        return False
    said = [forms.value(typed, one) for one in (name, currency_name(row))]
    return said != [forms.value(typed, f"was-{one}") for one in (name, currency_name(row))]


def currencies_of(sheet: Sheet) -> list[str]:
    known = (one["currency"] for row in sheet.rows for one in row.quotas if one["currency"])
    return list(dict.fromkeys((*CURRENCIES, *sorted(known))))


def quotas(sheet: Sheet, typed: Typed | None = None, errors: Errors | None = None) -> dict[str, Any]:
    t, known, wrong = sheet.reader.t, kept(sheet), errors or {}
    shown, was = typed or known, known if typed is None else None
    first_wrong = next(iter(wrong), "")

    def cell(name: str, label: str) -> dict[str, Any]:
        error = wrong.get(name)
        return {
            "name": name,
            "label": label,
            "value": forms.value(shown, name),
            "was": forms.value(was, name) if was is not None else forms.value(shown, f"was-{name}"),
            "error": message(t, error["code"], error["params"]) if error else "",
            "focus": name == first_wrong,
        }

    def currency(row: User | Territory) -> dict[str, Any]:
        found = cell(currency_name(row), t("Currency of %(name)s", name=_name(row, sheet)))
        options = [{"value": one, "chosen": one == found["value"]} for one in currencies_of(sheet)]
        return {**found, "options": options}

    def other_money(row: User | Territory, quarter: date) -> str:
        """What was set in another currency than its row shows stays in it until it is changed."""
        one, name = quota_of(row.quotas, quarter), amount_name(row, quarter)
        is_so = one and one["currency"] != forms.value(known, currency_name(row))
        same = is_so and forms.value(shown, name) == forms.value(known, name)
        return t("in %(currency)s", currency=one["currency"]) if one and same else ""

    def line(row: User | Territory) -> dict[str, Any]:
        name = _name(row, sheet)
        return {
            "name": name,
            "is_whole": isinstance(row, Territory),
            "currency": currency(row),
            "cells": [
                {
                    **cell(amount_name(row, quarter), f"{name}, {quarter_name(quarter)}"),
                    "money": other_money(row, quarter),
                    "placeholder": _together(sheet, quarter) if isinstance(row, Territory) else "",
                }
                for quarter in sheet.quarters
            ],
        }

    now = quarter_of(sheet.reader.company_today)
    return {
        "title": t("Quotas"),
        "year": str(sheet.year),
        "place": sheet.place_id,
        "places": _places(sheet),
        "before_href": sheet.href(year=sheet.year - 1) if sheet.year > FIRST_YEAR else "",
        "after_href": sheet.href(year=sheet.year + 1) if sheet.year < LAST_YEAR else "",
        "refused": t("Nothing is saved yet: what is marked needs another look.") if wrong else "",
        "quarters": [
            {
                "name": quarter_name(quarter),
                "is_now": quarter == now,
                "copy": quarter.isoformat() if quarter >= now else "",
            }
            for quarter in sheet.quarters
        ],
        "rows": [line(row) for row in sheet.rows],
        "has_reps": any(isinstance(row, User) for row in sheet.rows),
    }


def _together(sheet: Sheet, quarter: date) -> str:
    """The sum of the reps' quotas as a text; "" if they are in several currencies."""
    found = [quota_of(row.quotas, quarter) for row in sheet.rows if isinstance(row, User)]
    amounts = {one["currency"]: 0 for one in found if one}
    for one in found:
        if one:
            amounts[one["currency"]] += one["amount_cents"]
    return _told(next(iter(amounts.values()))) if len(amounts) == 1 else ""


def _name(row: User | Territory, sheet: Sheet) -> str:
    return sheet.reader.t("The whole territory") if isinstance(row, Territory) else row.name


def quarter_name(first: date) -> str:
    return f"{first.year} Q{(first.month + 2) // 3}"


def _places(sheet: Sheet) -> list[dict[str, Any]]:
    if not sheet.places:
        return []
    named: Iterable[tuple[str, str]] = [(one.id, one.name) for one in sheet.places]
    return [
        {"text": name, "href": sheet.href(territory=key), "chosen": key == sheet.place_id}
        for key, name in [*named, (NOBODYS, sheet.reader.t("Without a territory"))]
    ]


def year_of(asked: Mapping[str, Any], today: date) -> int:
    text = str(asked.get("year") or "")
    known = text.isascii() and text.isdigit() and len(text) == 4 and FIRST_YEAR <= int(text) <= LAST_YEAR
    return int(text) if known else today.year


def quarter_asked(text: str, sheet: Sheet) -> date | None:
    return next((quarter for quarter in sheet.quarters if quarter.isoformat() == text), None)
