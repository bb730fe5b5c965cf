"""The page of a contract, which the customer reads and signs. Twin of pwa/views/contract.js."""

from typing import TYPE_CHECKING, Any, Final

from server import words
from server.models.contract import Contract, holds, state_of
from server.models.scope import may_write
from server.translations import Translator, msgid
from server.views.form import Form
from server.views.quote import NO_YEAR_OF_OURS, number_of, paper
from server.views.reader import Reader, joined

if TYPE_CHECKING:
    from server.views.opportunity import Sale

STATES: Final = {
    "draft": (msgid("Draft"), ""),
    "sent": (msgid("Sent"), "due"),
    "signed": (msgid("Signed"), "ok"),
    "cancelled": (msgid("Cancelled"), "late"),
}
PLACE: Final = ("latitude", "longitude", "accuracy_m")
MILLION: Final = 1_000_000


def contract_rows(sale: "Sale", reader: Reader) -> dict[str, Any]:
    """The rows on the page of an opportunity."""
    return {
        "contracts": [contract_row(contract, reader) for contract in reversed(sale.contracts)],
        "new_contract_href": f"/opportunities/{sale.row.id}/contracts/new",
    }


def contract_row(contract: Contract, reader: Reader) -> dict[str, str]:
    text, kind = STATES[state_of(contract)]
    day = words.short_date(reader.day_of(contract.created_at), reader.today, reader.locale)
    return {
        "href": f"/opportunities/{contract.opportunity_id}/contracts/{contract.id}",
        "name": words.money(contract.total_cents, contract.currency),
        "detail": joined(reader.t("Contract %(number)s", number=number_of(contract)), day),
        "tag": reader.t(text),
        "kind": kind,
    }


def contract_page(reader: Reader, sale: "Sale", contract: Contract, form: Form) -> dict[str, Any]:
    t, state = reader.t, state_of(contract)
    text, kind = STATES[state]
    href = f"/opportunities/{sale.row.id}"
    path = f"{href}/contracts/{contract.id}"
    can_write = may_write(reader.user)
    day = words.short_date(reader.day_of(contract.created_at), NO_YEAR_OF_OURS, reader.locale)
    return {
        "title": t("Contract %(number)s", number=number_of(contract)),
        "href": path,
        "back": {"href": href, "text": t("Opportunity")},
        "refused": form.refused or form.error("place", "edition"),
        "draft_kept": False,
        "state": t(text),
        "state_kind": kind,
        "reason": contract.cancel_reason or "",
        "seller": contract.seller.split("\n"),
        "buyer": contract.buyer.split("\n"),
        "about": contract.title,
        "facts": [{"label": t("Date"), "value": day}],
        **paper(contract.lines, contract.total_cents, contract.currency),
        "terms": contract.terms,
        "signature": signature(contract, reader) if contract.signed_at else None,
        "can_write": can_write,
        "actions": actions(state, t) if can_write else [],
        "edit_href": f"{href}/contracts/new?contract={contract.id}" if state == "draft" else "",
        "cancels": can_write and state in ("sent", "signed"),
        "sign": sign_form(contract, path, form, t) if can_write and state in ("draft", "sent") else None,
    }


def signature(contract: Contract, reader: Reader) -> dict[str, Any]:
    assert contract.signed_at is not None  # noqa: S101  (the caller has checked)
    local = words.local_datetime(contract.signed_at, reader.time_zone)
    day = words.short_date(local.date(), NO_YEAR_OF_OURS, reader.locale)
    return {
        "strokes": contract.strokes or "",
        "signer": contract.signer or "",
        "when": joined(day, words.clock(local), reader.time_zone),
        "place": place(contract, reader.t),
        "seal": contract.seal or "",
        "holds": holds(contract),
    }


def place(contract: Contract, t: Translator) -> str:
    if contract.latitude_e6 is None or contract.longitude_e6 is None:
        return ""
    said = {"latitude": degrees(contract.latitude_e6), "longitude": degrees(contract.longitude_e6)}
    return t("%(latitude)s, %(longitude)s, to within %(metres)s m", **said, metres=contract.accuracy_m)


def degrees(millionths: int) -> str:
    whole, rest = divmod(abs(millionths), MILLION)
    return f"{'−' if millionths < 0 else ''}{whole}.{rest:06}"


def actions(state: str, t: Translator) -> list[dict[str, str]]:
    offered = {"draft": [("sent", t("Mark as sent")), ("cancelled", t("Take it back"))]}
    return [{"to": to, "text": text} for to, text in offered.get(state, [])]


def sign_form(contract: Contract, path: str, form: Form, t: Translator) -> dict[str, Any]:
    form = Form(t, {"edition": [str(contract.edition)], **form.typed}, form.errors, form.refused)
    return {
        "action": f"{path}/signature",
        "draft": f"{path}/signature",
        "hiddens": form.hiddens(("edition", *PLACE)),
        "signer": form.field("signer", t("Name of who signs")),
        "strokes": {**form.field("strokes", t("Signature")), "error": unsigned(form)},
        "is_typed": form.value("by_name") == "yes",
    }


def unsigned(form: Form) -> str:
    """The error of a signature: there are two ways to sign, and each has its own field."""
    if form.errors.get("strokes", {}).get("code") == "required":
        return form.t("Please sign in the field, or tick the line below it.")
    return form.error("strokes")
