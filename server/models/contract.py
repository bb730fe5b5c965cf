"""What a customer signs: the text, the lines and the amount as they were shown, sealed by a hash with the signature."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sqlmodel import Field, SQLModel

from server.models.column import counter, json_list, key, link, maybe_link, maybe_moment, moment, wire
from server.models.drafting import write_draft
from server.models.opportunity import editable
from server.models.pipeline import as_wire
from server.models.quote import Quote
from server.models.refusal import Invalid, Refused
from server.seal import seal_of

if TYPE_CHECKING:
    from server.models.act import Act

LONGEST_PARTY: Final = 1_300
LONGEST_STROKES: Final = 12_000
CONTRACT_SENTENCES: Final = {
    "withdrawn": "This contract was taken back in the meantime.",
    "sent": "This was sent in the meantime, and stays as it is. Make another one.",
    "signed": "This contract was signed in the meantime.",
    "cancelled": "This contract was cancelled in the meantime.",
    "not_accepted": "Only an accepted quote becomes a contract.",
    "other_amount": "The quote comes to another amount. Please look and decide.",
    "other_text": "What was signed is not what is written here. Show it to the customer again.",
}


class Contract(SQLModel, table=True):
    """`lines`: those of its quote, if it was made from one. `strokes`: the signature, as the path of an SVG. Signed
    without strokes: the signer typed their name and said that it stands for the signature. `seal`: see
    server/seal.py."""

    __tablename__ = "contracts"
    __collection__ = "contracts"

    id: str = key()
    customer_id: str = link("customers.id")
    opportunity_id: str = link("opportunities.id")
    quote_id: str | None = maybe_link("quotes.id")
    author_id: str = link("users.id", index=False)
    title: str = Field(max_length=200)
    seller: str = Field(max_length=LONGEST_PARTY)
    buyer: str = Field(max_length=LONGEST_PARTY)
    lines: list[dict[str, Any]] = json_list()
    total_cents: int = counter()
    currency: str = Field(max_length=3)
    terms: str
    edition: int = 1
    created_at: datetime = moment()
    sent_at: datetime | None = maybe_moment()
    signer: str | None = Field(default=None, max_length=200)
    signed_at: datetime | None = maybe_moment()
    latitude_e6: int | None = None
    longitude_e6: int | None = None
    accuracy_m: int | None = None
    strokes: str | None = None
    seal: str | None = Field(default=None, max_length=64)
    cancelled_at: datetime | None = maybe_moment()
    cancel_reason: str | None = None
    withdrawn_at: datetime | None = maybe_moment()


def state_of(contract: Contract) -> str:
    if contract.cancelled_at is not None:
        return "cancelled"
    if contract.signed_at is not None:
        return "signed"
    return "draft" if contract.sent_at is None else "sent"


def holds(contract: Contract) -> bool:
    """Whether the row still is what was signed."""
    return contract.seal == seal_of(as_wire(contract))


def draft(
    act: "Act",
    *,
    contract_id: str,
    opportunity_id: str,
    edition: int,
    quote_id: str | None = None,
    **written: Any,
) -> None:
    """Writes a new contract, or replaces all of a draft. `edition`: the one that the user saw, 0 for a new contract."""
    opportunity = editable(act, opportunity_id)
    lines = _lines_of(act, opportunity_id, quote_id, written) if quote_id else []
    said = {**written, "quote_id": quote_id, "lines": lines, "edition": edition + 1}
    write_draft(act, Contract, contract_id, opportunity, said, _check_draft)


def _check_draft(contract: Contract) -> None:
    _check_open(contract)
    if contract.sent_at is not None:
        raise Refused("conflict", CONTRACT_SENTENCES["sent"], {"current": state_of(contract)})


def _lines_of(
    act: "Act", opportunity_id: str, quote_id: str, written: dict[str, Any]
) -> list[dict[str, Any]]:
    quote = act.rows.one(Quote, quote_id)
    act.require(quote.opportunity_id == opportunity_id)
    if quote.accepted_at is None or quote.withdrawn_at is not None:
        raise Refused("conflict", CONTRACT_SENTENCES["not_accepted"], {"current": None})
    if (quote.total_cents, quote.currency) != (written["total_cents"], written["currency"]):
        raise Refused("conflict", CONTRACT_SENTENCES["other_amount"], {"current": quote.total_cents})
    return quote.lines


def send(act: "Act", *, contract_id: str) -> None:
    """Notes that the customer has it. Done twice is done once."""
    contract = _editable(act, contract_id)
    if contract.sent_at is None or contract.cancelled_at is not None:
        _check_open(contract)
        contract.sent_at = act.moment


def sign(
    act: "Act",
    *,
    contract_id: str,
    edition: int,
    signer: str,
    signed_at: datetime,
    seal: str,
    place: dict[str, int] | None = None,
    strokes: str | None = None,
    by_name: str | None = None,
) -> None:
    """`seal`: the phone's hash of what its screen showed. Refused if the server's contract has another hash. `by_name`:
    the typed name stands for the signature, in place of `strokes`."""
    contract = _editable(act, contract_id)
    if contract.signed_at is not None and contract.seal == seal:
        return  # done twice is done once
    if strokes is None and by_name is None:
        raise Invalid({"strokes": {"code": "required", "params": {}}})
    _check_open(contract)
    if contract.edition != edition:
        raise Refused("conflict", detail={"current": contract.edition})
    said = {"signer": signer, "signed_at": signed_at, **(place or {}), "strokes": strokes}
    if seal_of(as_wire(contract) | {name: wire(value) for name, value in said.items()}) != seal:
        raise Refused("conflict", CONTRACT_SENTENCES["other_text"], {"current": contract.edition})
    for name, value in said.items():
        setattr(contract, name, value)
    contract.seal = seal
    contract.sent_at = contract.sent_at or act.moment


def cancel(act: "Act", *, contract_id: str, reason: str | None = None) -> None:
    """A contract that was sent stays readable, as cancelled; a draft is withdrawn. Done twice is done once."""
    contract = act.rows.one(Contract, contract_id)
    act.editable(contract.customer_id)
    if contract.sent_at is None:
        contract.withdrawn_at = contract.withdrawn_at or act.moment
    elif contract.cancelled_at is None:
        contract.cancelled_at, contract.cancel_reason = act.moment, reason


def _editable(act: "Act", contract_id: str) -> Contract:
    contract = act.rows.one(Contract, contract_id)
    act.editable(contract.customer_id)
    if contract.withdrawn_at is not None:
        raise Refused("deleted", CONTRACT_SENTENCES["withdrawn"])
    return contract


def _check_open(contract: Contract) -> None:
    """Raises Refused if the contract is withdrawn, signed or cancelled."""
    if contract.withdrawn_at is not None:
        raise Refused("deleted", CONTRACT_SENTENCES["withdrawn"])
    state = state_of(contract)
    if state in ("signed", "cancelled"):
        raise Refused("conflict", CONTRACT_SENTENCES[state], {"current": state})
