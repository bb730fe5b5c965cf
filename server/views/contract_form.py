"""Write a contract, from an accepted quote or for an amount. Twin of pwa/views/contract_form.js."""

from typing import Any, Final

from sqlmodel import Session

from server import words
from server.models.contract import Contract
from server.models.letterhead import the_letterhead
from server.models.opportunity import Opportunity
from server.models.quote import Quote
from server.views.form import Form
from server.views.opportunity import Sale
from server.views.opportunity_form import currency_choice
from server.views.quote import paper
from server.views.reader import Reader

TEXTS: Final = ("title", "seller", "buyer", "terms")


def contract_form(
    session: Session, reader: Reader, sale: Sale, form: Form, of: Contract | None, quote: Quote | None
) -> dict[str, Any]:
    """`of`: the draft to edit. `quote`: the quote that the contract is made from."""
    t, row = reader.t, sale.row
    cents, currency = amount_of(row, of, quote)
    letterhead = the_letterhead(session)
    fresh = {
        "contract_id": [of.id if of else reader.new_id()],
        "edition": [str(of.edition if of else 0)],
        "title": [row.name],
        "seller": ["\n".join(filter(None, (letterhead.name, letterhead.lines))) if letterhead else ""],
        "buyer": ["\n".join(filter(None, (sale.customer.name, sale.customer.address)))],
        "terms": [letterhead.terms if letterhead else ""],
        **({name: [getattr(of, name)] for name in TEXTS} if of else {}),
        "quote_id": [quote.id if quote else ""],
        "amount_cents": [words.amount(cents) if cents else ""],
        "currency": [currency],
    }
    form = Form(t, {**fresh, **form.typed}, form.errors, form.refused)
    href = f"/opportunities/{row.id}"
    money = ("amount_cents", "currency") if quote else ()
    return {
        "title": t("Change the contract") if of else t("New contract"),
        "action": f"{href}/contracts",
        "draft": draft_key(row.id, of, quote),
        "draft_kept": False,
        "back": {
            "href": f"{href}/contracts/{of.id}" if of else href,
            "text": t("Contract") if of else t("Opportunity"),
        },
        "line": f"{sale.customer.name} · {row.name}",
        "refused": form.refused,
        "hiddens": form.hiddens(("contract_id", "quote_id", "edition", *money)),
        "quoted": quote is not None,
        **paper(quote.lines if quote else [], cents, currency),
        "amount": form.field("amount_cents", t("Amount"), "total_cents"),
        "currency": currency_choice(form, t),
        "name": form.field("title", t("What it is about")),
        "seller": form.field("seller", t("We, as the contract names us")),
        "buyer": form.field("buyer", t("The customer, as the contract names it")),
        "terms": form.field("terms", t("What is agreed")),
    }


def amount_of(row: Opportunity, of: Contract | None, quote: Quote | None) -> tuple[int, str]:
    if quote is not None:
        return quote.total_cents, quote.currency
    return (of.total_cents, of.currency) if of else (row.amount_cents, row.currency)


def draft_key(opportunity_id: str, of: Contract | None, quote: Quote | None) -> str:
    """The key under which the browser keeps what was typed. It names the edition and the quote, so that it is shown
    over no other ones."""
    key = f"/opportunities/{opportunity_id}/contracts/new"
    if of is not None:
        return f"{key}?contract={of.id}&edition={of.edition}"
    return f"{key}?quote={quote.id}" if quote else key
