"""The form of a quote, line by line; nothing is saved before it is sent. Twin of pwa/views/quote_form.js."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlmodel import Session, col, select

from server import forms, words
from server.models.identity import is_id
from server.models.product import Product, list_price
from server.models.quote import Quote
from server.search_text import fold
from server.totals import line_cents, totals
from server.translations import Translator
from server.views.form import Form, Typed
from server.views.opportunity import Sale
from server.views.reader import Reader, joined
from sync.field_checks import CURRENCY
from sync.validation import validate

FOUND: Final = 12
LINE: Final = forms.QUOTE_LINE


def quote_form(
    session: Session, reader: Reader, sale: Sale, form: Form, of: Quote | None, q: str
) -> dict[str, Any]:
    """`of`: the draft to edit. `q`: the search for products."""
    t, row = reader.t, sale.row
    edition = of.edition if of else 0
    fresh = {
        "quote_id": [of.id if of else reader.new_id()],
        "edition": [str(edition)],
        "currency": [row.currency],
    }
    form = Form(t, {**fresh, **form.typed}, form.errors, form.refused)
    href = f"/opportunities/{row.id}"
    return {
        "title": t("Change the quote") if of else t("New quote"),
        "action": f"{href}/quotes",
        "draft": draft_key(row.id, of.id if of else "", edition),
        "draft_kept": False,
        "back": {
            "href": f"{href}/quotes/{of.id}" if of else href,
            "text": t("Quote") if of else t("Opportunity"),
        },
        "line": f"{sale.customer.name} · {row.name}",
        "refused": form.refused or wrong_with_lines(form),
        "hiddens": form.hiddens(("quote_id", "edition", "currency")),
        **lines_view(session, reader, sale, form),
        **found(session, reader, sale, form.value("currency"), q),
        "valid_until": form.optional("valid_until", t("Valid until")),
        "note": form.field("note", t("Note on the quote")),
    }


def wrong_with_lines(form: Form) -> str:
    """The error of the lines as a whole; that of a single line is shown beside it."""
    if "lines" not in form.errors:
        return ""
    is_empty = form.errors["lines"]["code"] == "required"
    return form.t("A quote needs at least one line.") if is_empty else form.error("lines")


def draft_key(opportunity_id: str, quote_id: str = "", edition: int = 0) -> str:
    """The key under which the browser keeps what was typed. It names the edition, to be shown over no other one."""
    key = f"/opportunities/{opportunity_id}/quotes/new"
    return f"{key}?quote={quote_id}&edition={edition}" if quote_id else key


def written(quote: Quote) -> Typed:
    """The form's fields as they would have been typed."""
    columns: dict[str, list[str]] = {f"line_{name}": [] for name in LINE}
    for line in quote.lines:
        add_line(
            columns,
            line.get("product_id") or "",
            line["name"],
            line.get("unit") or "",
            str(line["quantity"]),
            words.amount(line["unit_price_cents"]),
            words.amount(line["discount_bp"]) if line.get("discount_bp") else "",
        )
    valid_until = quote.valid_until.isoformat() if quote.valid_until else ""
    return {**columns, "currency": [quote.currency], "note": [quote.note or ""], "valid_until": [valid_until]}


def add_line(columns: dict[str, list[str]], *values: str) -> None:
    for name, value in zip(LINE, values, strict=True):
        columns[f"line_{name}"].append(value)


def reworked(session: Session, sale: Sale, typed: Typed) -> dict[str, list[str]]:
    """The form's fields after a button was tapped: a line added, removed, or its quantity increased."""
    count = len(typed.get("line_name", ()))
    columns = {f"line_{name}": [*typed.get(f"line_{name}", ()), *[""] * count][:count] for name in LINE}
    at = {name: _number(forms.value(typed, name), count) for name in ("more", "less", "remove")}
    _step(columns, at["more"], 1)
    _step(columns, at["less"], -1)
    if (gone := at["remove"]) is not None:
        columns = {name: [*column[:gone], *column[gone + 1 :]] for name, column in columns.items()}
    product = _by_id(session, typed.get("add", ())).get(forms.value(typed, "add"))
    if product is not None:
        _add(columns, product, sale.customer.customer_type)
    elif own := forms.value(typed, "own").strip():
        add_line(columns, "", own, "", "1", "", "")
    return {**{name: list(values) for name, values in typed.items()}, **columns}


def _number(text: str, count: int) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 and int(text) < count else None


def _step(columns: dict[str, list[str]], at: int | None, by: int) -> None:
    if at is None:
        return
    quantity = words.count(columns["line_quantity"][at])
    known = quantity if isinstance(quantity, int) and quantity < 1_000_000 else 0
    columns["line_quantity"][at] = str(max(known + by, 1))


def _add(columns: dict[str, list[str]], product: Product, customer_type: str | None) -> None:
    """Adds a line or, if the product is there already, one to its quantity."""
    if product.id in columns["line_product"]:
        _step(columns, columns["line_product"].index(product.id), 1)
        return
    price = list_price(product.prices, product.price_cents, customer_type)
    amount = "" if price is None else words.amount(price)
    add_line(columns, product.id, product.name, product.unit or "", "1", amount, "")


def lines_view(session: Session, reader: Reader, sale: Sale, form: Form) -> dict[str, Any]:
    """The lines with their amounts, as far as what was typed is valid."""
    args = forms.quote(form.typed, sale.row.id)
    clean, errors = validate("quote.save", args)
    known = _by_id(session, [line["product_id"] for line in args["lines"] if line["product_id"]])
    given = [
        None if _wrong_in(number, errors) else line for number, line in enumerate(clean.get("lines", ()))
    ]
    shown = [
        line_view(number, form, line, known, sale, reader)
        for number, line in enumerate(given or [None] * len(args["lines"]))
    ]
    return {
        "lines_action": f"/opportunities/{sale.row.id}/quotes/lines",
        "lines": shown,
        "empty": reader.t("Nothing on it yet. Look for a product below."),
        **sums(given, known, sale, form.value("currency"), reader.t),
    }


def _by_id(session: Session, ids: Sequence[str]) -> dict[str, Product]:
    ids = [one for one in ids if is_id(one)]  # not checked yet: not every text can be sent to the database
    rows = session.exec(select(Product).where(col(Product.id).in_(ids))).all() if ids else []
    return {product.id: product for product in rows}


def line_view(
    number: int,
    form: Form,
    line: Mapping[str, Any] | None,
    known: Mapping[str, Product],
    sale: Sale,
    reader: Reader,
) -> dict[str, Any]:
    t, currency = reader.t, form.value("currency")
    typed = {name: next(iter(form.values(f"line_{name}")[number:]), "") for name in LINE}
    product = known.get(typed["product"])
    price = list_price(product.prices, product.price_cents, sale.customer.customer_type) if product else None
    stock = stock_text(product, reader) if product else ""
    at_list = t("list %(price)s", price=words.money(price, currency)) if price is not None else ""
    return {
        "number": str(number),
        **typed,
        "detail": joined(product.code if product else "", typed["unit"], at_list, stock),
        "sum": words.money(line_cents(line), currency) if line else "",
        "error": form.error(f"lines.{number}"),
        "wrong": _wrong_in(number, form.errors),
    }


def _wrong_in(number: int, errors: Mapping[str, Any]) -> str:
    """The name of the invalid field of a line, which is marked and gets the focus."""
    line = f"lines.{number}."
    return next((name.removeprefix(line) for name in errors if name.startswith(line)), "")


def sums(
    given: Sequence[Mapping[str, Any] | None],
    known: Mapping[str, Product],
    sale: Sale,
    currency: str,
    t: Translator,
) -> dict[str, str]:
    told = [line for line in given if line]
    if not told or len(told) < len(given):
        return {"total": "", "discount": ""}
    found = totals([{**line, "list_price_cents": _listed(line, known, sale)} for line in told])
    discount = (
        t("%(percent)s below list", percent=words.percent(found.discount_bp)) if found.discount_bp else ""
    )
    return {"total": words.money(found.total_cents, currency), "discount": discount}


def _listed(line: Mapping[str, Any], known: Mapping[str, Product], sale: Sale) -> int | None:
    product = known.get(line.get("product_id") or "")
    if product is None:
        return None
    return list_price(product.prices, product.price_cents, sale.customer.customer_type)


def stock_text(product: Product, reader: Reader) -> str:
    if product.stock_quantity is None:
        return ""
    ago = reader.ago(product.stock_told_at)
    return reader.t("%(count)s in stock, told %(ago)s", count=words.quantity(product.stock_quantity), ago=ago)


def found(session: Session, reader: Reader, sale: Sale, currency: str, q: str) -> dict[str, Any]:
    """Products in the quote's currency whose name or code has all words of `q`."""
    asked = fold(q[:100]).split()
    there = select(Product).where(Product.currency == currency, col(Product.retired_at).is_(None))
    sold = session.exec(there).all() if CURRENCY.fullmatch(currency) else []
    hits = [one for one in sold if all(word in fold(f"{one.name} {one.code or ''}") for word in asked)]
    hits.sort(key=lambda product: (fold(product.name), product.id))
    own = q.strip()[:100]
    return {
        "lines_action": f"/opportunities/{sale.row.id}/quotes/lines",
        "search_href": f"/opportunities/{sale.row.id}/products",
        "currency": currency,
        "q": q,
        "found": [product_row(product, sale, reader) for product in hits[:FOUND]],
        "no_hit": "" if hits else _no_hit(reader.t, currency, bool(sold)),
        "own": own,
        "own_text": reader.t("Add “%(name)s” as a line of its own", name=own) if own else "",
    }


def _no_hit(t: Translator, currency: str, is_any_sold: bool) -> str:
    if is_any_sold:
        return t("No product in %(currency)s is called that.", currency=currency)
    return t(
        "There are no products in %(currency)s yet. A manager adds them; what you type can be a line of its own.",
        currency=currency,
    )


def product_row(product: Product, sale: Sale, reader: Reader) -> dict[str, str]:
    price = list_price(product.prices, product.price_cents, sale.customer.customer_type)
    return {
        "id": product.id,
        "name": product.name,
        "detail": joined(product.code, product.unit, stock_text(product, reader)),
        "price": "" if price is None else words.money(price, product.currency or ""),
    }
