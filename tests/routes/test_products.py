"""Products, prices and stock: kept by managers, brought in from spreadsheets, all of a file or nothing."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from sqlmodel import select

from server.database import Database
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.product import Product
from server.models.user import User
from tests.cast import NOW, Cast
from tests.routes.around import Visitor
from tests.transfer.workbooks import with_errors, workbook


@pytest.fixture
def mei(app: Litestar, database: Database, cast: Cast) -> TestClient[Any]:
    return Visitor(app, database, cast.mei).client


def sold(database: Database) -> dict[str, Product]:
    with database.reading() as session:
        return {product.code or product.name: product for product in session.exec(select(Product)).all()}


def bring(mei: TestClient[Any], content: bytes, name: str = "a.csv") -> Any:
    return mei.post("/products/import", files={"file": (name, content)})


def test_a_product_has_prices_by_kind_of_customer_and_stock_as_told(
    mei: TestClient[Any], database: Database
) -> None:
    form = {"name": "Grinder", "code": "GR-1", "unit": "piece", "price_cents": "900", "currency": "EUR"}
    told = {"stock_quantity": "1,205", "price.Café": "840.50"}
    assert mei.post("/products", data={**form, **told}).status_code == 303
    grinder = sold(database)["GR-1"]
    assert (grinder.price_cents, grinder.prices, grinder.stock_quantity) == (90_000, {"Café": 84_050}, 1_205)
    assert grinder.stock_told_at == NOW
    with database.writing() as session:
        session.get_one(Product, grinder.id).stock_told_at = NOW - timedelta(days=9)
    page = mei.get(f"/products/{grinder.id}").text
    assert 'name="price.Café"' in page
    mei.post(f"/products/{grinder.id}", data={**form, **told})
    assert sold(database)["GR-1"].stock_told_at == NOW - timedelta(days=9)
    mei.post(f"/products/{grinder.id}", data={**form, **told, "told_again": "yes"})
    assert sold(database)["GR-1"].stock_told_at == NOW


def test_forms_begin_in_the_currency_of_what_is_sold(
    mei: TestClient[Any],
) -> None:
    for path in ("/quotas", "/products/new"):
        assert "selected>EUR<" in mei.get(path).text, path
    mei.post("/products", data={"name": "Tea", "price_cents": "9", "currency": "CNY"})
    for path in ("/quotas", "/products/new"):
        assert "selected>CNY<" in mei.get(path).text, path


def test_a_new_customer_is_offered_something_in_what_is_sold_in(
    mei: TestClient[Any], cast: Cast, add_customer: Callable[..., Customer]
) -> None:
    path = f"/opportunities/new?customer={add_customer(cast.alice, 'Quay Bar').id}"
    assert "selected>EUR<" in mei.get(path).text
    mei.post("/products", data={"name": "Tea", "price_cents": "9", "currency": "USD"})
    assert "selected>USD<" in mei.get(path).text
    mei.post("/products", data={"name": "Beans", "price_cents": "9", "currency": "EUR"})
    mei.post("/products", data={"name": "Milk", "price_cents": "9", "currency": "USD"})
    assert "selected>EUR<" in mei.get(path).text, "the language's own, where there is a price in it"


def test_the_first_of_what_is_wrong_has_the_focus(mei: TestClient[Any]) -> None:
    form = {"name": "Grinder", "price_cents": "-3", "currency": "EUR", "stock_quantity": "many"}
    wrong = mei.post("/products", data=form)
    assert wrong.status_code == 422
    assert re.findall(r'<input id="([^"]+)"[^>]* autofocus', wrong.text) == ["price_cents"]


def test_titles_above_the_columns_are_no_columns(mei: TestClient[Any], database: Database) -> None:
    rows = [["产品价目表", ""], ["编码", "产品名称"], ["GR-1", "Grinder"]]
    assert bring(mei, workbook(rows), "prices.xlsx").status_code == 303
    assert sold(database)["GR-1"].name == "Grinder"
    assert bring(mei, b"Price list,\nCode,Name\nGR-2,Mill\n,Dust\n").text.count("Row 4") == 1


def test_a_product_may_have_a_cost_in_the_money_of_its_price(
    mei: TestClient[Any], database: Database
) -> None:
    form = {"name": "Grinder", "code": "GR-1", "price_cents": "900", "currency": "EUR"}
    assert mei.post("/products", data={**form, "cost_cents": "512.5"}).status_code == 303
    grinder = sold(database)["GR-1"]
    assert (grinder.price_cents, grinder.cost_cents) == (90_000, 51_250)
    assert 'name="cost_cents" type="text" value="512.50"' in mei.get(f"/products/{grinder.id}").text
    wrong = mei.post(f"/products/{grinder.id}", data={**form, "cost_cents": "cheap", "price_cents": "1"})
    assert "This must be a number." in wrong.text
    assert 'value="cheap"' in wrong.text
    assert "This must be at least 0." in mei.post("/products", data={**form, "cost_cents": "-1"}).text
    dear = mei.post("/products", data={**form, "cost_cents": "100000000.01"})
    assert "This must be at most 100000000." in dear.text
    assert sold(database)["GR-1"].price_cents == 90_000
    assert mei.post(f"/products/{grinder.id}", data={**form, "cost_cents": ""}).status_code == 303
    assert sold(database)["GR-1"].cost_cents is None
    assert "A cost needs its currency." in mei.post("/products", data={"name": "A", "cost_cents": "5"}).text


def test_costs_come_from_a_file(mei: TestClient[Any], database: Database) -> None:
    rows = [
        ["编码", "品名", "单价", "成本", "币种"],
        ["G1", "Grinder", 900, 512.5, "EUR"],
        ["B1", "Beans", 18, "", "EUR"],
    ]
    assert bring(mei, workbook(rows), "products.xlsx").status_code == 303
    assert {code: one.cost_cents for code, one in sold(database).items()} == {"G1": 51_250, "B1": None}
    assert bring(mei, b"SKU;Purchase price\nB1;7.25\n").status_code == 303
    assert bring(mei, b"Code,Cost,Stock\nG1,,4\n").status_code == 303
    assert {code: one.cost_cents for code, one in sold(database).items()} == {"G1": 51_250, "B1": 725}


def test_prices_that_a_file_leaves_out_are_not_taken_for_as_much_in_another_currency(
    mei: TestClient[Any], database: Database
) -> None:
    bring(mei, "Code,Name,Price,Price: Café,Cost,Currency\nA-1,Barrels,10,9,4,EUR\n".encode())
    for few in ("Code,Currency\nA-1,USD\n", "Code,Price,Cost,Currency\nA-1,12,5,USD\n"):
        answer = bring(mei, few.encode())
        assert answer.status_code == 422
        assert "prices or a cost in EUR that the file leaves out" in answer.text
    assert sold(database)["A-1"].currency == "EUR"
    whole = "Code,Price,Price: Café,Cost,Currency\nA-1,12,11,5,USD\n"
    assert bring(mei, whole.encode()).status_code == 303
    assert sold(database)["A-1"].prices == {"Café": 1100}


def test_the_list_says_what_there_is_and_shows_the_rest_of_what_was_looked_for(
    mei: TestClient[Any], database: Database
) -> None:
    assert "There are no products yet." in mei.get("/products").text
    with database.writing() as session:
        session.add_all([Product(id=new_id(), name=f"Seal {number}") for number in range(120)])
        session.add(Product(id=new_id(), name="Grinder"))
    assert "No product is called that." in mei.get("/products?q=pump").text
    page = mei.get("/products?q=seal").text
    more = re.search(r'href="(/products\?[^"]*all=1)"', page)
    assert more is not None
    whole = mei.get(unescape(more[1])).text
    assert whole.count("Seal ") == 120
    assert "Grinder" not in whole


def test_what_is_wrong_is_said_beside_its_field(mei: TestClient[Any], database: Database) -> None:
    answer = mei.post("/products", data={"name": "", "price_cents": "x", "stock_quantity": "-1"})
    assert answer.status_code == 422
    for said in ("This is needed.", "This must be a number.", "This must be at least 0."):
        assert said in answer.text
    assert "A price needs its currency." in mei.post("/products", data={"name": "A", "price_cents": "5"}).text
    mei.post("/products", data={"name": "A", "code": "1"})
    taken = mei.post("/products", data={"name": "A", "code": "2"})
    assert "There is already a product of this name and version." in taken.text
    taken = mei.post("/products", data={"name": "B", "code": "1"})
    assert "There is already a product of this code." in taken.text
    assert len(sold(database)) == 1


def test_each_version_is_a_product_of_its_own_and_is_called_by_it_everywhere(
    mei: TestClient[Any], database: Database
) -> None:
    first = {"name": "Seal kit", "version": "1.0", "code": "SK-1", "unit": "kit", "currency": "EUR"}
    assert mei.post("/products", data={**first, "price_cents": "5", "price.Café": "4"}).status_code == 303
    old = sold(database)["SK-1"]
    assert (old.name, old.version) == ("Seal kit 1.0", "1.0")
    page = mei.get(f"/products/{old.id}").text
    assert 'value="Seal kit"' in page
    assert 'value="1.0"' in page
    [href] = re.findall(r'href="(/products/new\?after=[^"]+)"', page)
    new = mei.get(href).text
    kept = 'value="Seal kit"', 'value="4"', 'value="kit"'
    assert [said in new for said in (*kept, "1.0", "SK-1")] == [True, True, True, False, False]
    taken = mei.post("/products", data={"name": "Seal kit", "version": "1.0", "code": "SK-2"})
    assert "There is already a product of this name and version." in taken.text
    typed_whole = {"name": "Seal kit 2026 spring", "version": "2026 spring", "code": "SK-2"}
    assert mei.post("/products", data=typed_whole).status_code == 303
    assert sold(database)["SK-2"].name == "Seal kit 2026 spring"
    form = mei.get("/visits/new").text
    assert [name in form for name in ("Seal kit 1.0", "Seal kit 2026 spring")] == [True, True]
    assert "Seal kit 2026 spring" in mei.get("/products?q=spring+kit").text
    mei.post(f"/products/{old.id}", data={**first, "version": ""})
    assert (sold(database)["SK-1"].name, sold(database)["SK-1"].version) == ("Seal kit", None)


def test_a_name_is_no_longer_with_its_version_than_without(mei: TestClient[Any], database: Database) -> None:
    answer = mei.post("/products", data={"name": "A" * 198, "version": "2.1"})
    assert answer.status_code == 422
    assert "At most 196 characters, please." in answer.text
    assert (
        "At most 40 characters, please."
        in mei.post("/products", data={"name": "A", "version": "1" * 41}).text
    )
    assert sold(database) == {}


def test_versions_come_from_a_file(mei: TestClient[Any], database: Database) -> None:
    rows = [["Code", "Name", "版本"], ["K1", "Kit", "1.0"], ["K2", "Kit", "2.0"], ["K3", "Kit", ""]]
    assert bring(mei, workbook(rows), "kits.xlsx").status_code == 303
    assert {code: one.name for code, one in sold(database).items()} == {
        "K1": "Kit 1.0",
        "K2": "Kit 2.0",
        "K3": "Kit",
    }
    assert bring(mei, b"Code,Name,Stock\nK1,Set,4\n").status_code == 303
    assert bring(mei, b"Code,Version\nK2,2.1\n").status_code == 303
    assert {code: one.name for code, one in sold(database).items()} == {
        "K1": "Set 1.0",
        "K2": "Kit 2.1",
        "K3": "Kit",
    }
    again = bring(mei, b"Code,Name,Version\nK4,Kit,2.1\n")
    assert "Another row has this code or name already." in again.text
    long = bring(mei, f"Code,Name,Version\nK5,{'K' * 199},2.1\n".encode())
    assert "At most 200 characters, please." in long.text


def test_a_file_adds_what_is_new_and_changes_what_is_known(mei: TestClient[Any], database: Database) -> None:
    mei.post("/products", data={"name": "Grinder"})  # as it was talked about before there were codes
    rows = [
        ["编码", "品名", "单位", "单价", "币种", "库存", "价格：咖啡馆"],
        ["GR-1", "Grinder", "件", 900, "EUR", 12.0, ""],
        ["BE-1", "Beans 豆", "kg", "18.50", "EUR", "1,200", "17"],
    ]
    assert bring(mei, workbook(rows), "products.xlsx").status_code == 303
    found = sold(database)
    assert found.keys() == {"GR-1", "BE-1"}
    assert (found["GR-1"].price_cents, found["GR-1"].stock_quantity) == (90_000, 12)
    assert (found["BE-1"].price_cents, found["BE-1"].prices) == (1_850, {"咖啡馆": 1_700})
    assert bring(mei, b"SKU;Qty\nBE-1;7\n").status_code == 303
    beans = sold(database)["BE-1"]
    assert (beans.stock_quantity, beans.price_cents, beans.unit) == (7, 1_850, "kg")


@pytest.mark.parametrize(
    "header",
    [
        ["Product Code", "Product", "Unit price (excl. VAT)", "Currency *", "In-stock"],
        ["Item No.", "Item name", "Selling price", "currency", "Stock quantity"],
        ["* 物料编码", "物料名称", "销售单价（元）", "币别", "库存数量（件）"],
        ["存货编码", "存货名称", "单价(含税)", "币种", "可用库存"],
    ],
)
def test_columns_are_known_by_the_names_that_other_programs_give_them(
    mei: TestClient[Any], database: Database, header: list[str]
) -> None:
    answer = bring(mei, workbook([header, ["P1", "Pump", "12.50", "CNY", "3"]]), "products.xlsx")
    assert answer.status_code == 303, answer.text
    pump = sold(database)["P1"]
    assert (pump.name, pump.price_cents, pump.currency, pump.stock_quantity) == ("Pump", 1_250, "CNY", 3)


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (b"", "The file is empty."),
        (b"Name\nGrinder\n", "The file needs a column with the code of each product."),
        (b"Code,Name,Stock\nNEW,,5\n", "This code is new, so it needs a name."),
        (b"Code,Stock\nNEW,5\n", "no column with the names of products: NEW"),
        (b"Code,Name,Price\nNEW,New,5\n", "A price needs its currency."),
        (b"Code,Name,Cost\nNEW,New,5\n", "A cost needs its currency."),
        (b"Code,Name,Cost,Currency\nNEW,New,cheap,EUR\n", "This must be a number."),
        (b"Code,Name\nA,One\nA,Two\n", "Another row has this code or name already."),
        (b"Code,Name\nA,One\nB,One\n", "Another row has this code or name already."),
        (b"Code,Name,Stock\nA,One,lots\n", "This must be a number."),
        (b"Code,Name,Price,Currency\nA,One,12345678901234567,EUR\n", "This must be at most 100000000."),
        (b"Code,Name\n,One\nB,Two\n", "This is needed."),
    ],
)
def test_a_file_with_something_wrong_changes_nothing_and_says_where(
    mei: TestClient[Any], database: Database, file: bytes, said: str
) -> None:
    answer = bring(mei, file)
    assert answer.status_code == 422
    assert said in answer.text
    assert sold(database) == {}


def test_a_visit_offers_no_more_products_than_a_thumb_goes_through(
    mei: TestClient[Any], database: Database
) -> None:
    rows = [["Code", "Name"], *([f"{number:03}", f"Part {number:03}"] for number in range(60))]
    assert bring(mei, workbook(rows), "parts.xlsx").status_code == 303
    page = mei.get("/visits/new").text
    assert page.count('name="product_ids"') == 40
    assert len(sold(database)) == 60


def test_what_is_no_longer_sold_is_offered_nowhere(mei: TestClient[Any], database: Database) -> None:
    mei.post("/products", data={"name": "Grinder", "code": "GR-1"})
    product_id = sold(database)["GR-1"].id
    mei.post(f"/products/{product_id}/retired", data={"retired": "yes"})
    assert "Grinder" not in mei.get("/visits/new").text
    assert "Not sold any more" in mei.get("/products").text
    mei.post(f"/products/{product_id}/retired", data={})
    assert "Grinder" in mei.get("/visits/new").text


def test_a_column_that_is_not_understood_is_said_before_anything_is_left_out(
    mei: TestClient[Any], database: Database
) -> None:
    content = b"code,name,Preis,empty\nT1,Tea,3,,more\n"
    refused = bring(mei, content)
    assert refused.status_code == 422
    assert ": Preis, Column 5</span>" in refused.text, "and not those that hold nothing"
    assert "T1" not in sold(database)
    ticked = {"leave_out": "yes"}
    wrong = mei.post("/products/import", files={"file": ("tea.csv", b"")}, data=ticked)
    assert 'value="yes" checked' in wrong.text, "what was ticked is kept"
    done = mei.post("/products/import", files={"file": ("tea.csv", content)}, data=ticked)
    assert done.status_code == 303
    assert (sold(database)["T1"].name, sold(database)["T1"].price_cents) == ("Tea", None)


def test_a_spreadsheets_own_error_is_one_of_its_row_and_column(
    mei: TestClient[Any], database: Database
) -> None:
    rows = [["code", "name", "price", "currency"], ["A", "Tea", "#DIV/0!", "EUR"], ["#N/A", "Pot", 5, "EUR"]]
    for name, content in (
        ("a.xlsx", with_errors(rows)),
        ("a.csv", "\n".join(",".join(map(str, row)) for row in rows).encode()),
    ):
        answer = bring(mei, content, name)
        told = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", answer.text)
        said = "The spreadsheet has an error here. Mend its formula, or empty the cell."
        assert told == [("Row 2", f"Price: {said}"), ("Row 3", f"Code: {said}")]
        assert answer.status_code == 422
    assert sold(database) == {}


def test_a_file_of_new_codes_without_a_column_of_names_is_told_once(
    mei: TestClient[Any], database: Database
) -> None:
    assert bring(mei, b"code,name\nA1,Tea\n").status_code == 303
    content = "code,unit\nA1,box\n" + "".join(f"B{number},box\n" for number in range(1, 8))
    answer = bring(mei, content.encode())
    said = "no column with the names of products: B1, B2, B3, B4, B5 …"
    assert (answer.status_code, answer.text.count(said), answer.text.count("<dt>Row")) == (422, 1, 1)
    assert "B1" not in sold(database)
    assert bring(mei, b"code,unit\nA1,box\n").status_code == 303, "what is known needs no name"


@pytest.mark.parametrize("path", ["/products/import", "/import"])
def test_who_has_chosen_no_file_is_asked_for_one(mei: TestClient[Any], path: str) -> None:
    answer = mei.post(path, data={"nothing": "here"})
    assert answer.status_code == 422
    assert "Choose a file first." in answer.text


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("locale", ["en", "zh-Hans"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_was_exported_is_imported_again_and_nothing_is_lost(
    app: Litestar, database: Database, cast: Cast, kind: str, locale: str
) -> None:
    prices = {"Café": 99, "餐厅 & Bar": 10**10}
    seal = Product(id=new_id(), name="=Seal, 40 mm", code="-S40", price_cents=123_456, currency="EUR")
    seal.prices, seal.stock_quantity, seal.stock_told_at, seal.cost_cents = prices, 7, NOW, 98_765
    newer = Product(id=new_id(), name="=Seal, 40 mm 2.0", version="2.0", code="-S42")
    with database.writing() as session:
        session.add_all([seal, newer, Product(id=new_id(), name="刮环", code="0012", unit="件")])
        session.add(Product(id=new_id(), name="No longer", code="OLD", retired_at=NOW))
        session.get_one(User, cast.mei.id).locale = locale
    mei = Visitor(app, database, cast.mei).client
    answer = mei.get(f"/products/export.{kind}")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == f'attachment; filename="products-2026-11-23.{kind}"'
    if kind == "csv":
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    before = {code: product.model_dump(exclude={"id"}) for code, product in sold(database).items()}
    with database.writing() as session:
        for row in session.exec(select(Product)).all():
            session.delete(row)
    assert bring(mei, answer.content, f"a.{kind}").status_code == 303
    after = {code: product.model_dump(exclude={"id"}) for code, product in sold(database).items()}
    assert after == {code: row for code, row in before.items() if code != "OLD"}
