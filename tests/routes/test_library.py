"""The company's library: who reads and who keeps what, newer versions, what phones hear of it, and what is refused."""

import re
from typing import Any

import httpx
import pytest
from sqlalchemy import delete
from sqlmodel import col, select

from server.database import Database
from server.models import account
from server.models.attachment import MOST_BYTES
from server.models.library_document import LibraryDocument, LibraryVersion
from server.models.user import User
from tests.cast import Cast
from tests.files.conftest import hash_of
from tests.files.office import PDF, excel
from tests.routes.conftest import Browser, Screens
from tests.sync.phone import Line, Phone

TERMS = {"title": "Terms of delivery", "kind": "contract", "territory_id": ""}


def add(
    browser: Screens, content: bytes = PDF, name: str = "Terms.pdf", path: str = "/library", **more: str
) -> httpx.Response:
    return browser.client.post(path, data={**TERMS, **more}, files={"file": (name, content)})


def documents(database: Database) -> list[LibraryDocument]:
    with database.reading() as session:
        return list(session.exec(select(LibraryDocument).order_by(LibraryDocument.id)))


def titles(page: httpx.Response) -> list[str]:
    return [part.partition("<")[0] for part in page.text.split('<strong dir="auto">')[1:]]


def test_an_admin_adds_a_document_and_everybody_reads_it(
    screens: Browser, cast: Cast, database: Database
) -> None:
    assert add(screens(cast.dora)).headers["location"] == "/library?done=document"
    [row] = documents(database)
    for user in cast.everyone:
        browser = screens(user)
        page = browser.get("/library")
        assert titles(page) == ["Terms of delivery"]
        assert "Contract template · version 1" in page.text
        assert f"/files/{row.sha256}/Terms.pdf" in page.text
        shown = browser.get(f"/files/{row.sha256}/Terms.pdf")
        assert (shown.status_code, shown.content) == (200, PDF)
        assert shown.headers["content-disposition"] == "attachment"


def test_what_is_of_a_territory_is_for_nobody_else(screens: Browser, cast: Cast, database: Database) -> None:
    add(screens(cast.mei), territory_id=cast.north.id)
    [row] = documents(database)
    seen = {user.name: bool(titles(screens(user).get("/library"))) for user in cast.everyone}
    assert seen == {"Alice": True, "Bob": True, "Mei": True, "Charlie": False, "Dora": True}
    assert screens(cast.charlie).get(f"/files/{row.sha256}/Terms.pdf").status_code == 404
    assert screens(cast.charlie).get("/library?q=terms").text.count("<strong dir") == 0


def test_a_newer_version_takes_the_place_of_the_one_before(
    screens: Browser, cast: Cast, database: Database
) -> None:
    dora = screens(cast.dora)
    add(dora)
    [first] = documents(database)
    newer = PDF + b"% of December\n"
    path = f"/library/{first.id}"
    assert add(dora, newer, "Terms 2027.pdf", path).status_code == 303
    assert add(dora, newer, "Terms 2027.pdf", path).status_code == 303  # sent again as it is
    assert dora.post(path, {**TERMS, "title": "Terms"}).status_code == 303  # the title alone
    [row] = documents(database)
    assert (row.version, row.title, row.name) == (2, "Terms", "Terms 2027.pdf")
    alice = screens(cast.alice)
    assert alice.get(f"/files/{first.sha256}/Terms.pdf").status_code == 404
    assert alice.get(f"/files/{row.sha256}/Terms.pdf").content == newer


def test_older_versions_are_listed_for_who_keeps_them_opened_and_used_again(
    screens: Browser, cast: Cast, database: Database
) -> None:
    mei, alice, newer = screens(cast.mei), screens(cast.alice), PDF + b"% of December\n"
    add(mei, territory_id=cast.north.id)
    [first] = documents(database)
    path, page = f"/library/{first.id}", f"/library/{first.id}/edit"
    assert "Versions" not in mei.get(page).text
    add(mei, newer, "Terms 2027.pdf", path, territory_id=cast.north.id)
    listed = mei.get(page).text
    assert [part.partition("<")[0] for part in listed.split("<strong>Version ")[1:]] == ["2", "1"]
    assert len(re.findall('<small dir="auto">Mei · .*08:00.* · 1 KB<', listed)) == 2
    assert f'action="{path}/versions/1/use"' in listed
    assert f"{path}/versions/2/use" not in listed
    old = f"/files/{first.sha256}/Terms.pdf"
    assert [screens(user).get(old).status_code for user in cast.everyone] == [404, 404, 200, 404, 200]
    phone, _ = held(database, cast.alice)
    assert mei.post(f"{path}/versions/1/use").headers["location"] == f"{page}?done=document"
    [row] = documents(database)
    assert (row.version, row.name, row.sha256, row.author_id) == (3, "Terms.pdf", first.sha256, cast.mei.id)
    held(database, cast.alice, phone)
    assert [one["version"] for one in phone.rows["library"].values()] == [3]
    assert alice.get(old).content == PDF
    assert mei.get(f"/files/{hash_of(newer)}/Terms.pdf").content == newer
    assert mei.post(f"{path}/versions/3/use").status_code == 303  # it is the newest already
    assert documents(database)[0].version == 3
    for browser, version in ((alice, 1), (screens(cast.charlie), 1), (mei, 4), (mei, 0)):
        assert browser.post(f"{path}/versions/{version}/use").status_code == 404
    with database.writing() as session:  # as those have it that were there before versions were listed
        session.execute(delete(LibraryVersion).where(col(LibraryVersion.version) < 3))
    assert "Versions" not in mei.get(page).text
    assert mei.post(f"{path}/versions/1/use").status_code == 404
    assert mei.post(f"{path}/remove").status_code == 303
    assert mei.get(old).status_code == 404


def test_search_finds_by_title_kind_and_name(screens: Browser, cast: Cast) -> None:
    dora = screens(cast.dora)
    add(dora)
    add(dora, excel(), "Liste 2027.xlsx", title="Prices", kind="price_list")
    asked = {
        q: titles(dora.get(f"/library?q={q}")) for q in ("deliv", "LISTE", "price list", "template", "x9")
    }
    assert asked == {
        "deliv": ["Terms of delivery"],
        "LISTE": ["Prices"],
        "price list": ["Prices"],
        "template": ["Terms of delivery"],
        "x9": [],
    }
    part = dora.part("/library?q=deliv", "div#library-list")
    assert part.text.startswith('<div id="library-list"')
    assert "Nothing is called that." in dora.get("/library?q=x9").text


@pytest.mark.parametrize(
    ("content", "name", "more", "said"),
    [
        (b"", "", {}, "This is needed."),
        (b"<script>alert(1)</script>", "page.pdf", {}, "Only PDF, Word, Excel"),
        (b"OggS", "song.ogg", {}, "Only PDF, Word, Excel"),
        (PDF + bytes(MOST_BYTES), "film.pdf", {}, "larger than 20 MB"),
        (PDF, "a.pdf", {"title": ""}, "This is needed."),
        (PDF, "a.pdf", {"kind": "song"}, ""),
        (PDF, "a.pdf", {"territory_id": "SOUTH"}, ""),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(
    screens: Browser, cast: Cast, database: Database, content: bytes, name: str, more: Any, said: str
) -> None:
    more = {key: value.replace("SOUTH", cast.south.id) for key, value in more.items()}
    answer = add(screens(cast.mei), content, name, **{"territory_id": cast.north.id, **more})
    assert answer.status_code == 422
    assert 'class="error"' in answer.text
    assert said in answer.text
    assert more.get("title", "Terms of delivery") in answer.text
    assert documents(database) == []


def test_a_manager_keeps_what_is_of_the_own_territory_alone(
    screens: Browser, cast: Cast, database: Database
) -> None:
    add(screens(cast.dora))
    [row] = documents(database)
    mei, alice = screens(cast.mei), screens(cast.alice)
    for browser in (mei, alice):
        assert browser.get(f"/library/{row.id}/edit").status_code == 404
        assert add(browser, path=f"/library/{row.id}").status_code == 404
        assert browser.post(f"/library/{row.id}/remove").status_code == 404
    assert alice.get("/library/new").status_code == 404
    assert add(alice, territory_id=cast.north.id).status_code == 404
    assert screens(cast.dora).post(f"/library/{row.id}/remove").status_code == 303
    assert titles(mei.get("/library")) == []
    assert mei.get(f"/files/{row.sha256}/Terms.pdf").status_code == 404


def held(database: Database, user: User, phone: Phone | None = None) -> tuple[Phone, list[str]]:
    phone = phone or Phone(user, Line(database, user))
    phone.pull(sums=True)
    assert phone.told_sums == phone.sums()
    return phone, sorted(row["title"] for row in phone.rows.get("library", {}).values())


def test_phones_hear_of_what_is_theirs_to_read_and_of_no_more(
    screens: Browser, cast: Cast, database: Database
) -> None:
    dora = screens(cast.dora)
    add(dora)
    alice, charlie = (held(database, user)[0] for user in (cast.alice, cast.charlie))
    add(dora, PDF + b"%", title="Northern prices", territory_id=cast.north.id)
    assert held(database, cast.alice, alice)[1] == ["Northern prices", "Terms of delivery"]
    assert held(database, cast.charlie, charlie)[1] == ["Terms of delivery"]
    assert held(database, cast.charlie)[1] == ["Terms of delivery"]
    assert held(database, cast.dora)[1] == ["Northern prices", "Terms of delivery"]
    northern = documents(database)[1]
    told = {**TERMS, "title": "Southern prices", "territory_id": cast.south.id}
    assert dora.post(f"/library/{northern.id}", told).status_code == 303
    assert held(database, cast.alice, alice)[1] == ["Terms of delivery"]
    assert held(database, cast.charlie, charlie)[1] == ["Southern prices", "Terms of delivery"]
    assert held(database, cast.alice)[1] == ["Terms of delivery"]


def test_who_moves_to_another_territory_gets_its_documents_and_loses_the_others(
    screens: Browser, cast: Cast, database: Database
) -> None:
    add(screens(cast.dora), title="Northern prices", territory_id=cast.north.id)
    alice, charlie = (held(database, user)[0] for user in (cast.alice, cast.charlie))
    with database.writing() as session:
        for user, territory_id in ((cast.alice, cast.south.id), (cast.charlie, cast.north.id)):
            row = session.get_one(User, user.id)
            account.edit(session, row, account.Details(row.email, row.name, row.role, territory_id))
    cast.alice.territory_id, cast.charlie.territory_id = cast.south.id, cast.north.id
    assert held(database, cast.alice, alice)[1] == []
    assert held(database, cast.charlie, charlie)[1] == ["Northern prices"]
