"""Products with their prices and stock, for managers, executives and admins. All others get 404."""

from typing import Any, Final

from litestar import Response, Router, get, post
from litestar.datastructures import FormMultiDict, UploadFile
from sqlmodel import Session, col, select

from server.account_form import AccountForm, said
from server.database import Database
from server.edited import CHANGED, is_stale
from server.models.identity import new_id
from server.models.product import Product, product_of, products, tell_stock
from server.routes.answers import Answer, AnyRequest, Page, as_file, routed, saved, screen, typed_of
from server.routes.for_whom import FOR_LEADERS
from server.routes.transfer import MOST_UPLOAD_BYTES, XLSX, uploaded
from server.transfer.answers import csv_text, xlsx_bytes
from server.transfer.products import check as check_sheet
from server.transfer.products import columns_of, write
from server.transfer.products_out import product_rows
from server.transfer.reading import read
from server.transfer.unreadable import Unreadable
from server.views.frame import own_toast
from server.views.products import (
    DONE,
    TAKEN,
    check_product,
    import_page,
    product_page,
    products_page,
    written,
)
from server.views.reader import Reader


@get("/", sync_to_thread=True)
def show_all(request: AnyRequest, database: Database, leader: Reader) -> Page:
    asked = request.query_params
    with database.reading() as session:
        view = products_page(leader, products(session), asked.get("q", ""), asked.get("all") == "1")
        done = own_toast(leader, DONE, asked.get("done"))
        return screen(request, leader, "server_only/products.html", {**view, **done}, "more")


@get("/new", sync_to_thread=True)
def show_new(request: AnyRequest, database: Database, leader: Reader) -> Page:
    after = request.query_params.get("after")
    with database.reading() as session:
        earlier = product_of(session, after) if after else None
        return _one(request, session, leader, None, earlier=earlier)


@post("/", sync_to_thread=True)
def create(request: AnyRequest, database: Database, leader: Reader, form: FormMultiDict) -> Answer:
    with database.writing() as session:
        return _saved(request, session, leader, None, form)


@get("/{product_id:str}", sync_to_thread=True)
def show(request: AnyRequest, database: Database, leader: Reader, product_id: str) -> Page:
    with database.reading() as session:
        return _one(request, session, leader, product_of(session, product_id))


@post("/{product_id:str}", sync_to_thread=True)
def edit(
    request: AnyRequest, database: Database, leader: Reader, product_id: str, form: FormMultiDict
) -> Answer:
    with database.writing() as session:
        product = product_of(session, product_id, lock=True)
        return _saved(request, session, leader, product, form)


def _on_the_page(name: str) -> tuple[int, str]:
    """The field's place on the page, because the first wrong field gets the focus. Prices of customer types stand
    between the currency and the cost."""
    above, below = (
        ("name", "version", "code", "unit", "price_cents", "currency"),
        ("cost_cents", "stock_quantity"),
    )
    if name in below:
        return len(above) + 1 + below.index(name), name
    return above.index(name) if name in above else len(above), name


def _saved(
    request: AnyRequest,
    session: Session,
    leader: Reader,
    product: Product | None,
    form: FormMultiDict,
) -> Answer:
    typed = typed_of(form)
    clean, errors = check_product(typed)
    for name, sentence in TAKEN.items():
        if clean.get(name) and _is_taken(session, name, clean[name], product):
            errors[name] = said(sentence)
    if errors:
        ordered = dict(sorted(errors.items(), key=lambda error: _on_the_page(error[0])))
        return _one(request, session, leader, product, AccountForm(leader.t, typed, ordered))
    if product and is_stale(typed, written(product)) and not _holds_already(product, clean):
        form_again = AccountForm(leader.t, typed, {}, CHANGED.said(leader.t))
        return _one(request, session, leader, product, form_again)
    row = product or Product(id=new_id(), name=clean["name"])
    stock = clean.pop("stock_quantity")
    for name, value in clean.items():
        setattr(row, name, value)
    if stock != row.stock_quantity or typed.get("told_again"):
        tell_stock(row, stock, leader.now)
    session.add(row)
    return saved("/products", "saved")


def _holds_already(product: Product, clean: dict[str, Any]) -> bool:
    """Whether the row holds these values already, as after a second tap on Save."""
    return all(getattr(product, name) == value for name, value in clean.items())


def _is_taken(session: Session, name: str, value: str, product: Product | None) -> bool:
    holder = session.exec(select(Product.id).where(col(getattr(Product, name)) == value)).first()
    return holder is not None and (product is None or holder != product.id)


def _one(
    request: AnyRequest,
    session: Session,
    leader: Reader,
    product: Product | None,
    form: AccountForm | None = None,
    earlier: Product | None = None,
) -> Page:
    view = product_page(session, leader, product, form, earlier)
    return screen(request, leader, "server_only/product.html", view, "more", 422 if form else 200)


@post("/{product_id:str}/retired", sync_to_thread=True)
def retire(database: Database, leader: Reader, product_id: str, form: FormMultiDict) -> Answer:
    """Retires a product, or brings it back. Retired, no form offers it; quotes and orders of it stay."""
    with database.writing() as session:
        product_of(session, product_id).retired_at = leader.now if form.get("retired") == "yes" else None
        return saved("/products", "saved")


@get("/import", sync_to_thread=True)
def choose_file(request: AnyRequest, leader: Reader) -> Page:
    return screen(request, leader, "server_only/product_import.html", import_page(leader), "more")


@post("/import", sync_to_thread=True, request_max_body_size=MOST_UPLOAD_BYTES)
def bring_in(request: AnyRequest, database: Database, leader: Reader, form: FormMultiDict) -> Answer:
    """Imports all products of the file or none."""
    file: Any = form.get("file")

    def refused(view: dict[str, Any]) -> Page:
        return screen(request, leader, "server_only/product_import.html", view, "more", 422)

    ticked = form.get("leave_out") == "yes"
    try:
        name, content = uploaded(file if isinstance(file, UploadFile) else None)
        sheet = read(name, content, known=lambda row: len(columns_of(row)))
    except Unreadable as unreadable:
        return refused(import_page(leader, leader.t(unreadable.sentence, **unreadable.params), ticked=ticked))
    with database.writing() as session:
        checked = check_sheet(sheet, products(session))
        if checked.problems or (checked.unread and not ticked):
            return refused(import_page(leader, "", checked, ticked=ticked))
        write(session, checked.rows, leader.now)
    return saved("/products", "imported")


@get("/export.csv", sync_to_thread=True)
def as_csv(database: Database, leader: Reader) -> Response[str]:
    with database.reading() as session:
        rows = list(product_rows(products(session), leader.t, as_text=True))
    return Response(csv_text(rows), media_type="text/csv", headers=as_file(f"products-{leader.today}.csv"))


@get("/export.xlsx", sync_to_thread=True)
def as_xlsx(database: Database, leader: Reader) -> Response[bytes]:
    with database.reading() as session:
        rows = list(product_rows(products(session), leader.t, as_text=False))
    content = xlsx_bytes(rows, leader.t("Products and stock"))
    return Response(content, media_type=XLSX, headers=as_file(f"products-{leader.today}.xlsx"))


PAGES: Final[list[Any]] = [
    show_all,
    show_new,
    create,
    choose_file,
    bring_in,
    as_csv,
    as_xlsx,
    show,
    edit,
    retire,
]
routes = routed([Router("/products", route_handlers=PAGES, dependencies=FOR_LEADERS)])
