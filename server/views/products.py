"""The pages of products. Rendered by the server only."""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlencode

from sqlmodel import Session, col

from server import forms, words
from server.account_form import AccountForm, check, said
from server.edited import marked
from server.models.customer import Customer
from server.models.product import Product, with_version, without_version
from server.models.scope import customers_of
from server.search_text import fold
from server.transfer.limits import MAX_BYTES, MAX_ROWS
from server.transfer.products import COST_WITHOUT_CURRENCY, NO_CURRENCY, SPECS, Checked
from server.translations import Translator, msgid
from server.views.form import Typed, options_of
from server.views.opportunity_form import CURRENCIES, currency_sold_in
from server.views.quote_form import stock_text
from server.views.reader import Reader, joined
from sync.changes import NAME, Arg
from sync.field_checks import CHECKS, Wrong, is_blank
from sync.validation import message

DONE: Final = {"saved": msgid("Saved. Phones have it with their next sync."), "imported": msgid("Imported")}
TAKEN: Final = {
    "name": msgid("There is already a product of this name and version."),
    "code": msgid("There is already a product of this code."),
}
PRODUCT: Final = {
    "name": Arg("text", required=True, max=NAME),
    **{name: SPECS[name] for name in ("version", "code", "unit", "currency")},
    "stock_quantity": SPECS["stock"],
}
PRICE: Final = SPECS["price"]
OWN_PRICE: Final = "price."
OF_ONE_VERSION: Final = ("version", "code", "stock_quantity")
SHOWN: Final = 100
PROBLEMS_SHOWN: Final = 50
MOST_TYPES: Final = 20
COLUMN_NAMES: Final = {
    "code": msgid("Code"),
    "name": msgid("Name"),
    "version": msgid("Version"),
    "unit": msgid("Unit"),
    "price": msgid("Price"),
    "cost": msgid("Cost"),
    "currency": msgid("Currency"),
    "stock": msgid("Stock"),
}


def products_page(reader: Reader, known: Sequence[Product], q: str, all_of_them: bool) -> dict[str, Any]:
    t, asked = reader.t, fold(q[:100]).split()
    hits = [one for one in known if all(word in fold(f"{one.name} {one.code or ''}") for word in asked)]
    shown = hits if all_of_them else hits[:SHOWN]
    return {
        "title": t("Products and stock"),
        "q": q,
        "rows": [_row(product, reader) for product in shown],
        "count": t.n("%(n)s product", "%(n)s products", len(hits)),
        "more_href": f"/products?{urlencode({'q': q, 'all': 1})}" if len(shown) < len(hits) else "",
        "no_hit": ""
        if hits
        else t("No product is called that.")
        if known
        else t("There are no products yet."),
    }


def _row(product: Product, reader: Reader) -> dict[str, str]:
    price = "" if product.price_cents is None else words.money(product.price_cents, product.currency or "")
    return {
        "href": f"/products/{product.id}",
        "name": product.name,
        "detail": joined(product.code, product.unit, stock_text(product, reader)),
        "price": price,
        "tag": reader.t("Not sold any more") if product.retired_at else "",
    }


def product_page(
    session: Session,
    reader: Reader,
    product: Product | None,
    form: AccountForm | None,
    earlier: Product | None,
) -> dict[str, Any]:
    """`earlier`: the product that this will be a new version of."""
    t = reader.t
    form = form or AccountForm(t, _suggested(session, reader, product, earlier))
    chosen = form.value("currency")
    currencies = {one: one for one in ("", *CURRENCIES, chosen)}
    view = {
        "title": product.name if product else t("New version") if earlier else t("New product"),
        "action": f"/products/{product.id}" if product else "/products",
        "refused": form.refused,
        "name": form.field("name", t("Name")),
        "version": form.optional("version", t("Version")),
        "code": form.optional("code", t("Code")),
        "unit": form.optional("unit", t("Unit")),
        "price": form.field("price_cents", t("Price")),
        "cost": form.optional("cost_cents", t("What it costs us")),
        "currency": form.choices(
            "currency",
            t("Currency"),
            options_of(currencies.items(), chosen),
        ),
        "own_prices": [
            form.optional(f"{OWN_PRICE}{kind}", kind) for kind in _types(session, reader, product, form.typed)
        ],
        "stock": form.field("stock_quantity", t("In stock")),
        "told": reader.ago(product.stock_told_at) if product and product.stock_told_at else "",
        "is_new": product is None,
        "is_next": earlier is not None,
        "next_href": f"/products/new?after={product.id}" if product else "",
        "is_retired": product is not None and product.retired_at is not None,
    }
    return marked(form, view, written(product)) if product else {**view, "seen": ""}


def _suggested(session: Session, reader: Reader, product: Product | None, earlier: Product | None) -> Typed:
    if product:
        return written(product)
    if earlier:
        return {name: values for name, values in written(earlier).items() if name not in OF_ONE_VERSION}
    return {"currency": [currency_sold_in(session, reader)]}


def written(product: Product) -> Typed:
    stock = product.stock_quantity
    return {
        "name": [without_version(product)],
        "version": [product.version or ""],
        "code": [product.code or ""],
        "unit": [product.unit or ""],
        "price_cents": [_amount(product.price_cents)],
        "cost_cents": [_amount(product.cost_cents)],
        "currency": [product.currency or ""],
        "stock_quantity": ["" if stock is None else str(stock)],
        **{f"{OWN_PRICE}{kind}": [words.amount(cents)] for kind, cents in product.prices.items()},
    }


def _amount(cents: int | None) -> str:
    return "" if cents is None else words.amount(cents)


def _types(session: Session, reader: Reader, product: Product | None, typed: Typed) -> list[str]:
    """The types of customers in use, and those that have a price of their own."""
    known = customers_of(reader.user).with_only_columns(col(Customer.customer_type)).distinct()
    there = sorted(kind for kind in session.scalars(known) if kind)[:MOST_TYPES]
    priced = [
        *(product.prices if product else ()),
        *(_kind(name) for name in typed if name.startswith(OWN_PRICE)),
    ]
    return list(dict.fromkeys([*there, *priced]))


def _kind(name: str) -> str:
    return name.removeprefix(OWN_PRICE)


def check_product(typed: Typed) -> tuple[dict[str, Any], dict[str, Any]]:
    stock = [str(words.count(text)) for text in typed.get("stock_quantity", ())]
    given = {name: list(values) for name, values in typed.items()} | {"stock_quantity": stock}
    clean, errors = check(PRODUCT, given)
    clean |= {name: _price(typed, name, errors) for name in ("price_cents", "cost_cents")}
    own = {_kind(name): _price(typed, name, errors) for name in typed if name.startswith(OWN_PRICE)}
    clean["prices"] = {kind: cents for kind, cents in own.items() if cents is not None}
    if clean.get("name") and clean.get("version"):
        version = clean["version"]
        clean["name"] = with_version(clean["name"], version)
        if len(clean["name"]) > NAME:
            errors["name"] = Wrong("too_long", max=NAME - len(version) - 1).error
    has_price = clean["price_cents"] is not None or clean["prices"]
    if (has_price or clean["cost_cents"] is not None) and not clean.get("currency"):
        errors.setdefault("currency", said(NO_CURRENCY if has_price else COST_WITHOUT_CURRENCY))
    return clean, errors


def _price(typed: Typed, name: str, errors: dict[str, Any]) -> int | None:
    text = forms.value(typed, name)
    if is_blank(text):
        return None
    try:
        return int(CHECKS[PRICE.type](words.cents(text), PRICE))
    except Wrong as wrong:
        errors[name] = wrong.error
        return None


def import_page(
    reader: Reader, refused: str = "", checked: Checked | None = None, *, ticked: bool = False
) -> dict[str, Any]:
    """`ticked`: the user agreed to leave out columns that are not understood."""
    t = reader.t
    problems = checked.problems if checked else []
    unread = (
        [title or t("Column %(number)s", number=number) for number, title in checked.unread]
        if checked
        else []
    )
    why = t(
        "Nothing was imported: these columns are not understood. Name them as below, or leave them out: %(names)s",
        names=t(", ").join(unread),
    )
    return {
        "title": t("Import products and stock"),
        "refused": refused
        or (t("Nothing was imported. Mend these rows and try again.") if problems else why if unread else ""),
        "may_leave_out": ticked or bool(unread),
        "leaves_out": ticked,
        "limits": t(
            "CSV or XLSX, up to %(rows)s rows and %(megabytes)s MB.",
            rows=f"{MAX_ROWS:,}",
            megabytes=MAX_BYTES // 1024**2,
        ),
        "problems": [_problem(one, t) for one in problems[:PROBLEMS_SHOWN]],
        "more": t("And %(n)s more.", n=len(problems) - PROBLEMS_SHOWN)
        if len(problems) > PROBLEMS_SHOWN
        else "",
    }


def _problem(one: tuple[int, str, dict[str, Any]], t: Translator) -> dict[str, str]:
    number, column, error = one
    said = (
        t(error["sentence"], **error["params"])
        if "sentence" in error
        else message(t, error["code"], error["params"])
    )
    base, _, kind = column.partition(":")
    return {"row": t("Row %(n)s", n=number), "text": f"{joined(t(COLUMN_NAMES[base]), kind)}: {said}"}
