"""The demo's library, and files of its customers and opportunities."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from typing import Any, Final

import xlsxwriter
from sqlmodel import SQLModel

from server.demo.cast import EAST, PRODUCTS, SOUTH
from server.demo.customers import Account
from server.demo.dice import Dice
from server.files.store import FileStore, kept_as
from server.models.attachment import Attachment
from server.models.file import File
from server.models.library_document import LibraryDocument, LibraryVersion
from server.models.user import User

PDF: Final = "application/pdf"
EXCEL: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Title, kind, file name, territory (None: for all), number of versions.
LIBRARY: Final = (
    ("Price list 2026", "price_list", "Price list 2026.xlsx", None, 3),
    ("Terms of delivery", "contract", "Terms of delivery.pdf", None, 2),
    ("Frame contract, to fill in", "contract", "Frame contract.pdf", None, 1),
    ("Shaft seals: fitting instructions", "manual", "Fitting shaft seals.pdf", None, 4),
    ("Discounts in the South", "other", "Discounts South.pdf", SOUTH, 1),
    ("2026 年价格表（华东）", "price_list", "价格表 2026.xlsx", EAST, 2),
    ("机械密封 MS-20 安装说明", "manual", "MS-20 安装说明.pdf", EAST, 1),
)
OF_CUSTOMERS: Final = ("Drawing of the pump.pdf", "Signed quote.pdf", "泵图纸.pdf")
MOST_FILES: Final = 12  # for each owner


@cache
def content_of(name: str, version: int = 1) -> bytes:
    return _sheet(version) if name.endswith(".xlsx") else _page(name, version)


def _page(name: str, version: int) -> bytes:
    """A PDF of one page with its name on it, in ASCII, because it embeds no font."""
    line = "".join(sign for sign in name.removesuffix(".pdf") if sign.isascii() and sign not in "()\\")
    drawn = f"BT /F1 24 Tf 72 740 Td ({line}) Tj 0 -36 Td /F1 12 Tf (Legwork Demo, version {version}) Tj ET".encode()
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%b\nendstream" % (len(drawn), drawn),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    written, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj%b\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 6\n0000000000 65535 f \n" + table
    return written + head + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(written)


def _sheet(version: int) -> bytes:
    made = BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        # So that the bytes are the same each time.
        book.set_properties({"created": datetime(2026, version, 1, tzinfo=UTC)})
        sheet = book.add_worksheet()
        for number, name in enumerate(PRODUCTS):
            sheet.write_string(number, 0, name)
    return made.getvalue()


def put_files(store: FileStore) -> None:
    """Puts the files that the rows of the demo name into the store."""
    for name, version in _all():
        content = content_of(name, version)
        store.put(kept_as(hashlib.sha256(content).hexdigest()), content)


def library(
    users: Mapping[str, User], territory_ids: Mapping[str, str], now: datetime, dice: Dice
) -> Iterator[SQLModel]:
    yield from {_bytes(*told)["sha256"]: _file(*told, now) for told in _all()}.values()
    for title, kind, name, territory, versions in LIBRARY:
        made_at = now - timedelta(days=dice.randint(200, 500))
        last_at = now - timedelta(days=dice.randint(3, 90)) if versions > 1 else made_at
        row = LibraryDocument(
            id=dice.id_at(made_at),
            title=title,
            kind=kind,
            territory_id=territory_ids[territory] if territory else None,
            version=versions,
            name=name,
            created_at=made_at,
            updated_at=last_at,
            author_id=users["dora"].id,
            **_bytes(name, versions),
        )
        yield row
        for version in range(1, versions + 1):
            yield LibraryVersion(
                document_id=row.id,
                version=version,
                name=name,
                came_at=made_at
                + timedelta(days=(last_at - made_at).days * (version - 1) // max(versions - 1, 1)),
                author_id=users["dora"].id,
                **_bytes(name, version),
            )


def _all() -> Iterator[tuple[str, int]]:
    for _, _, name, _, versions in LIBRARY:
        yield from ((name, version) for version in range(1, versions + 1))
    yield from ((name, 1) for name in OF_CUSTOMERS)


def files(accounts: Sequence[Account], now: datetime, dice: Dice) -> Iterator[Attachment]:
    """Drawings and signed quotes, for customers with an opportunity."""
    given: dict[str, int] = {}
    for made in accounts:
        owner_id = made.customer.owner_id
        if owner_id is None or not made.opportunities or given.get(owner_id, 0) >= MOST_FILES:
            continue
        given[owner_id] = given.get(owner_id, 0) + 1
        drawing, signed, drawing_zh = OF_CUSTOMERS
        name = signed if given[owner_id] % 2 else drawing if made.customer.name.isascii() else drawing_zh
        sale = max(made.opportunities, key=lambda one: one.created_at)
        at = max(sale.created_at, now - timedelta(days=dice.randint(5, 60)))
        yield Attachment(
            id=dice.id_at(at),
            customer_id=made.customer.id,
            opportunity_id=sale.id if name == signed else None,
            author_id=owner_id,
            name=name,
            created_at=at,
            received_at=at,
            **_bytes(name),
        )


def _bytes(name: str, version: int = 1) -> dict[str, Any]:
    content = content_of(name, version)
    media_type = EXCEL if name.endswith(".xlsx") else PDF
    return {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "media_type": media_type}


def _file(name: str, version: int, now: datetime) -> File:
    told = _bytes(name, version)
    return File(**told, stored_sha256=told["sha256"], created_at=now - timedelta(days=500))
