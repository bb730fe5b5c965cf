"""Products from a spreadsheet. A product whose code is known is changed, one with a new code is added; all of them or
none. A column that is missing and a cell that is empty change nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlmodel import Session

from server import words
from server.models.identity import new_id
from server.models.product import (
    LONGEST_CODE,
    LONGEST_UNIT,
    LONGEST_VERSION,
    MOST_PRICE_CENTS,
    MOST_STOCK,
    Product,
    products,
    tell_stock,
    with_version,
    without_version,
)
from server.search_text import fold
from server.transfer.columns import bare_title
from server.transfer.reading import Sheet
from server.transfer.values import CELL_ERROR, is_error
from server.translations import msgid
from sync.changes import NAME, Arg
from sync.field_checks import CHECKS, Wrong

Problem = dict[str, Any]

# By field: headers that mean it, compared as bare_title() leaves them.
COLUMNS: Final = {
    "code": "code|sku|sku code|article|article number|article no|item|item number|item no|item code|product code|"
    "product number|product no|product id|part number|part no|material number|"
    "编码|编号|货号|产品编码|商品编码|产品编号|商品编号|产品代码|物料编码|物料编号|物料号|料号|存货编码",
    "name": "name|product|product name|item name|article name|description|"
    "名称|产品|产品名称|商品名称|物料名称|存货名称|品名",
    "version": "version|release|edition|model year|版本|版本号|型号版本|年款",
    "unit": "unit|unit of measure|uom|单位|计量单位|销售单位",
    "price": "price|list price|unit price|sales price|selling price|价格|单价|售价|标准价|定价|销售价|销售单价",
    "cost": "cost|cost price|unit cost|purchase price|成本|成本价|单位成本|进价|采购价|采购单价",
    "currency": "currency|币种|币别|货币",
    "stock": "stock|stock quantity|quantity|qty|in stock|on hand|"
    "库存|库存数量|库存量|数量|现有库存|当前库存|可用库存",
}
# "price: Café" is a column with the prices for customers of the type Café.
OF_TYPE: Final = tuple(f"{word}{sign}" for word in ("price", "价格", "单价") for sign in (":", "："))
OF_MONEY: Final = ("price", "cost")
SPECS: Final = {
    "code": Arg("text", max=LONGEST_CODE),
    "name": Arg("text", max=NAME),
    "version": Arg("text", max=LONGEST_VERSION),
    "unit": Arg("text", max=LONGEST_UNIT),
    "price": Arg("hundredths", min=0, max=MOST_PRICE_CENTS),
    "cost": Arg("hundredths", min=0, max=MOST_PRICE_CENTS),
    "currency": Arg("currency"),
    "stock": Arg("integer", min=0, max=MOST_STOCK),
}
NO_COLUMN_OF_NAMES: Final = msgid(
    "The file has codes that are new and no column with the names of products: %(codes)s"
)
CODES_NAMED: Final = 5
NO_CODE: Final = msgid("The file needs a column with the code of each product.")
NO_NAME: Final = msgid("This code is new, so it needs a name.")
NO_CURRENCY: Final = msgid("A price needs its currency.")
COST_WITHOUT_CURRENCY: Final = msgid("A cost needs its currency.")
OTHER_CURRENCY: Final = msgid(
    "This product has prices or a cost in %(currency)s that the file leaves out. Give all of them in the new currency."
)
TWICE: Final = msgid("Another row has this code or name already.")


@dataclass
class Checked:
    """`problems`: the number of the row in the file, the column, and what is wrong.

    `unread`: number and title of columns that hold something but were not recognised.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    unread: list[tuple[int, str]] = field(default_factory=list)
    problems: list[tuple[int, str, Problem]] = field(default_factory=list)


def columns_of(header: Sequence[str]) -> dict[int, str]:
    """The field of each recognised column, by the column's index: one of COLUMNS or `price:<customer type>`."""
    known = {bare_title(word): name for name, row in COLUMNS.items() for word in row.split("|")}
    found: dict[int, str] = {}
    for number, title in enumerate(header):
        folded = fold(title)
        of_type = next((sign for sign in OF_TYPE if folded.startswith(sign)), None)
        if of_type is not None and (customer_type := title.strip()[len(of_type) :].strip()):
            found[number] = f"price:{customer_type}"
        elif (name := known.get(bare_title(title))) and name not in found.values():
            found[number] = name
    return found


def check(sheet: Sheet, known: Sequence[Product]) -> Checked:
    columns, checked = columns_of(sheet.header), Checked()
    checked.unread = [
        (number + 1, title.strip())
        for number, title in enumerate(sheet.header)
        if number not in columns and any(row[number].strip() for row in sheet.rows)
    ]
    if "code" not in columns.values():
        checked.problems.append((1, "code", {"sentence": NO_CODE, "params": {}}))
        return checked
    by_code = {product.code: product for product in known if product.code}
    names = {product.name: product.code for product in known if product.code}
    met: set[str] = set()
    for number, cells in zip(sheet.numbers, sheet.rows, strict=True):
        named = {name: cells[at] for at, name in columns.items()}
        broken = [name for name, cell in named.items() if is_error(cell)]
        if broken:
            checked.problems += [(number, name, {"sentence": CELL_ERROR, "params": {}}) for name in broken]
            continue
        row = _row(number, named, checked)
        code = row.get("code")
        if code is None:
            checked.problems.append((number, "code", Wrong("required").error))
            continue
        _complete(number, row, by_code.get(code), names, met, checked)
        checked.rows.append(row)
    if "name" not in columns.values():
        _tell_nameless_once(checked, (row["code"] for row in checked.rows if row["code"] not in by_code))
    return checked


def _tell_nameless_once(checked: Checked, new: Iterable[str]) -> None:
    """Replaces the problem of every new row by a single one: the column with names is missing. `new`: the codes."""
    codes = list(dict.fromkeys(new))
    if codes:
        more = " …" if len(codes) > CODES_NAMED else ""
        told = {"sentence": NO_COLUMN_OF_NAMES, "params": {"codes": ", ".join(codes[:CODES_NAMED]) + more}}
        others = (one for one in checked.problems if one[2].get("sentence") != NO_NAME)
        checked.problems = [(1, "name", told), *others]


def _row(number: int, cells: Mapping[str, str], checked: Checked) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, cell in cells.items():
        spec = SPECS["price" if name.startswith("price:") else name]
        if not cell.strip():
            continue
        try:
            typed = _money(cell) if name.startswith(OF_MONEY) else _plain(name, cell)
            row[name] = CHECKS[spec.type](typed, spec)
        except Wrong as wrong:
            checked.problems.append((number, name, wrong.error))
    return row


def _money(cell: str) -> int | str:
    """Cents; the cell as it is, where it is no amount."""
    return words.cents(cell.strip().lstrip("€$£¥"))


def _plain(name: str, cell: str) -> str:
    """The cell; a stock without ".0" and thousands separators, because spreadsheets may write 1200 as 1,200.0."""
    return cell.strip().removesuffix(".0").replace(",", "") if name == "stock" else cell


def _complete(
    number: int,
    row: dict[str, Any],
    product: Product | None,
    names: dict[str, str],
    met: set[str],
    checked: Checked,
) -> None:
    """Gives the row its full name and notes what is wrong with it as a whole. `product`: the known one of this code;
    `names`: codes by name, of products and of the rows so far; `met`: codes of the rows so far."""
    name = _full_name(row, product)
    if product is None and name is None:
        checked.problems.append((number, "name", {"sentence": NO_NAME, "params": {}}))
    if row["code"] in met or (name is not None and names.get(name, row["code"]) != row["code"]):
        checked.problems.append((number, "code", {"sentence": TWICE, "params": {}}))
    met.add(row["code"])
    if name is not None:
        row["name"], names[name] = name, row["code"]
        if len(name) > NAME:
            checked.problems.append((number, "name", Wrong("too_long", max=NAME).error))
    has_price = any(field.startswith("price") for field in row)
    lacks_currency = "currency" not in row and (product is None or product.currency is None)
    if lacks_currency and (has_price or "cost" in row):
        sentence = NO_CURRENCY if has_price else COST_WITHOUT_CURRENCY
        checked.problems.append((number, "currency", {"sentence": sentence, "params": {}}))
    if product is not None and _leaves_some_in_another_currency(product, row):
        told = {"sentence": OTHER_CURRENCY, "params": {"currency": product.currency}}
        checked.problems.append((number, "currency", told))


def _leaves_some_in_another_currency(product: Product, row: Mapping[str, Any]) -> bool:
    """Whether the file changes a product's currency but leaves out some of its prices or its cost, which would then be
    taken for amounts in the new currency."""
    if product.currency is None or row.get("currency", product.currency) == product.currency:
        return False
    own = {f"price:{name}": cents for name, cents in product.prices.items()}
    kept = {"price": product.price_cents, "cost": product.cost_cents, **own}
    return any(cents is not None and name not in row for name, cents in kept.items())


def _full_name(row: Mapping[str, Any], product: Product | None) -> str | None:
    """The product's name with its version; None if the row says nothing about either."""
    if product is None:
        return with_version(row["name"], row.get("version")) if "name" in row else None
    if "name" not in row and "version" not in row:
        return None
    return with_version(row.get("name") or without_version(product), row.get("version", product.version))


def write(session: Session, rows: Sequence[Mapping[str, Any]], now: datetime) -> int:
    """Changes or adds the products, and returns how many. `now`: when the stock was reported."""
    known = {product.code or product.name: product for product in products(session)}
    for row in rows:
        # A product without a code is found by its name, and gets the code.
        product = (
            known.get(row["code"]) or known.get(row.get("name", "")) or Product(id=new_id(), name=row["name"])
        )
        product.code = row["code"]
        for field_, column in (
            ("name", "name"),
            ("version", "version"),
            ("unit", "unit"),
            ("currency", "currency"),
            ("price_cents", "price"),
            ("cost_cents", "cost"),
        ):
            if column in row:
                setattr(product, field_, row[column])
        own = {name.partition(":")[2]: cents for name, cents in row.items() if name.startswith("price:")}
        if own:
            product.prices = {**product.prices, **own}
        if "stock" in row:
            tell_stock(product, row["stock"], now)
        session.add(product)
    return len(rows)
