"""Importing and exporting in a browser: from the file to the customers, and what happens to files that are none."""

import asyncio
import csv
import io
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar.testing import TestClient
from python_calamine import CalamineWorkbook
from sqlmodel import select

from server.config import Settings
from server.database import Database
from server.models import import_draft
from server.models import session as sessions
from server.models.customer import Customer
from server.models.import_draft import ImportDraft
from server.models.user import Role, User
from server.transfer import running
from server.transfer.reading import read
from tests.apps import app_of
from tests.cast import Cast, person
from tests.transfer import workbooks
from tests.transfer.test_importing import all_rows, customer, imported, sheet

GOOD = "Company,Phone,Status\nHuber,089 99998123,active\nKessler,,lead\n"
BAD = "Company,Phone,Status\nHuber,089 99998123,active\nKessler,,strange\n"


@dataclass
class Client:
    """A signed-in browser; all of them share one server."""

    server: TestClient[Any]
    secret: str

    def __post_init__(self) -> None:
        self.headers = {"X-CSRFToken": self.server.app.state.csrf.issue(self.secret)}

    def get(self, path: str) -> Any:
        return self._ask("GET", path)

    def post(self, path: str, **sent: Any) -> Any:
        return self._ask("POST", path, **sent)

    def _ask(self, method: str, path: str, **sent: Any) -> Any:
        headers = {**self.headers, "Cookie": f"legwork_session={self.secret}"}
        return self.server.request(method, path, headers=headers, follow_redirects=False, **sent)


Browser = Callable[[User], Client]


@pytest.fixture
def browser(database: Database, cast: Cast, tmp_path: Path) -> Iterator[Browser]:
    """Signs somebody in, for real."""
    app = app_of(Settings(data_dir=tmp_path, secret_key="k" * 40), database)
    with TestClient(app, raise_server_exceptions=False) as server:

        def sign_in(user: User) -> Client:
            with database.writing() as session:
                return Client(server, sessions.start(session, user, datetime.now(UTC)))

        yield sign_in


def upload(client: Client, content: str | bytes, name: str = "customers.csv") -> Any:
    data = content.encode() if isinstance(content, str) else content
    return client.post("/import", files={"file": (name, io.BytesIO(data), "text/csv")})


def uploaded(client: Client, content: str | bytes, name: str = "customers.csv") -> str:
    answer = upload(client, content, name)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def chosen(page: str) -> dict[str, str]:
    """What the form would send as it stands."""
    found = {}
    for name, options in re.findall(r'<select id="\w+" name="(\w+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        picked = re.search(r'value="([^"]*)" selected', options)
        found[name] = picked[1] if picked else ""
    return found


def finished(client: Client, address: str) -> str:
    deadline = time.monotonic() + 30
    while client.get(f"{address}/progress").status_code == 200:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return str(client.get(address).text)


def import_it(client: Client, address: str, **more: str) -> Any:
    form = chosen(client.get(address).text)
    return client.post(address, data={**form, "do": "import", **more})


def test_from_the_file_to_the_customers(browser: Browser, database: Database, cast: Cast) -> None:
    client = browser(cast.alice)
    address = uploaded(client, GOOD)
    page = client.get(address).text
    assert "2 new customers" in page
    assert chosen(page) == {"column_0": "name", "column_1": "phone", "column_2": "lifecycle"}
    assert all_rows(database, Customer) == []
    assert import_it(client, address).headers["location"] == address
    assert "2 customers imported" in finished(client, address)
    assert customer(database, "Huber").owner_id == cast.alice.id


def test_a_wrong_cell_is_shown_with_its_message_and_stops_the_import(
    browser: Browser, database: Database, cast: Cast
) -> None:
    client = browser(cast.alice)
    address = uploaded(client, BAD)
    page = client.get(address).text
    assert "1 row with errors" in page
    assert re.search(
        r"<dt>Lifecycle</dt><dd><span[^>]*>strange</span> <span class=\"error\">.*"
        "Use one of these: Lead, Prospect, Active, Dormant, Lost<",
        page,
    )
    refused = import_it(client, address)
    assert refused.status_code == 422
    assert "Nothing is imported while rows have errors" in refused.text
    assert all_rows(database, Customer) == []
    assert import_it(client, address, leave_out_errors="yes").status_code == 303
    assert "1 customer imported" in finished(client, address)


@pytest.mark.parametrize("error", ["#DIV/0!", "#N/A", "#REF!", "#VALUE!"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_spreadsheets_own_error_is_one_of_its_row_and_column(
    browser: Browser, database: Database, cast: Cast, kind: str, error: str
) -> None:
    rows: list[list[Any]] = [["Company", "Phone", "Notes"], ["Huber", error, error], [error, "", ""]]
    as_csv = "\n".join(",".join(row) for row in rows).encode()
    content = as_csv if kind == "csv" else workbooks.with_errors(rows)
    client = browser(cast.alice)
    address = uploaded(client, content, f"customers.{kind}")
    page = client.get(address).text
    assert "2 rows with errors" in page
    for label in ("Phone", "Customer"):
        told = rf"<dt>{label}</dt><dd><span[^>]*>{error}</span> <span class=\"error\">.*The spreadsheet has an error"
        assert len(re.findall(told, page)) == 1
    assert "This is needed" not in page
    assert import_it(client, address).status_code == 422
    assert all_rows(database, Customer) == []


def test_columns_can_be_chosen_otherwise(browser: Browser, database: Database, cast: Cast) -> None:
    client = browser(cast.alice)
    address = uploaded(client, "Foo,Bar\n1,Huber\n")
    page = client.get(address).text
    said = "No column is the name of the customer. Choose here which one it is."
    assert (page.count(said), page.count("This is needed")) == (1, 0)
    assert "with errors" not in page
    (asked,) = re.findall(r"<select[^>]*autofocus>", page)
    assert 'id="column_0"' in asked
    assert 'aria-describedby="columns-error"' in asked
    refused = client.post(address, data={"column_0": "phone", "column_1": "", "do": "import"})
    assert (refused.status_code, refused.text.count(said)) == (422, 1)
    assert all_rows(database, Customer) == []
    client.post(address, data={"column_0": "phone", "column_1": "name", "do": "check"})
    assert chosen(client.get(address).text) == {"column_0": "phone", "column_1": "name"}
    client.post(address, data={"column_0": "", "column_1": "name", "do": "import"})
    assert "1 customer imported" in finished(client, address)
    assert customer(database, "Huber").phone is None


def test_columns_that_are_left_out_are_named(browser: Browser, cast: Cast) -> None:
    client = browser(cast.alice)
    address = uploaded(client, "Company,No.,,Verantwortlich,Empty\nHuber,7,x,bob,\n")
    said = "Not imported, unless you say under Columns what it is: No., Column 3, Verantwortlich<"
    assert said in client.get(address).text
    client.post(address, data={"column_0": "name", "column_1": "phone", "column_2": "region", "do": "check"})
    assert "what it is: Verantwortlich<" in client.get(address).text
    assert "Not imported, unless" not in client.get(uploaded(client, GOOD)).text


def test_a_column_whose_cells_are_no_words_of_ours_is_left_out(browser: Browser, cast: Cast) -> None:
    client, said = browser(cast.alice), "Not imported, unless you say under Columns what it is:"
    header, rows = (
        "Company,Contact,Job title,客户级别,Status\n",
        "Huber,Ada,Head of Sales,A,lead\nKessler,Ben,,B,\n",
    )
    address = uploaded(client, header + rows)
    page = client.get(address).text
    assert f"{said} Job title, 客户级别<" in page
    assert "with errors" not in page
    client.post(address, data={**chosen(page), "column_2": "contact_role", "do": "check"})
    assert "Use one of these: Decides, Influences, Blocks, Uses<" in client.get(address).text


def test_sheets_that_are_left_out_are_named(browser: Browser, cast: Cast) -> None:
    rows = [["Company", "Phone"], ["Huber", "089 99998123"]]
    client, said = browser(cast.alice), "Only the sheet “South” is imported"
    two = workbooks.with_sheets({"Read me": [["As of March"]], "South": rows, "North": rows})
    page = client.get(uploaded(client, two, "a.xlsx")).text
    assert f"{said}. Save each other one as a file of its own: Read me, North<" in page
    assert said not in client.get(uploaded(client, workbooks.with_sheets({"South": rows}), "a.xlsx")).text


@pytest.mark.parametrize("role", [Role.ADMIN, Role.EXECUTIVE])
def test_it_is_said_before_that_nobody_who_sells_would_see_them(
    browser: Browser, database: Database, cast: Cast, role: Role
) -> None:
    erin = person("Erin", role)
    with database.writing() as session:
        session.add(erin)
    client = browser(erin)
    address = uploaded(client, "Company,Owner\nHuber,\nKessler,alice@example.test\nMeier,\n")
    said = "2 customers would have neither an owner nor a territory"
    page = client.get(address).text
    assert said in page
    assert page.index("</details>") < page.index(said) < page.index('name="owner_id"'), "and it is in sight"
    for chosen_one in ({"owner_id": cast.alice.id}, {"territory_id": cast.north.id}):
        client.post(address, data={**chosen(page), **chosen_one, "do": "check"})
        assert said not in client.get(address).text
    of_mei = browser(cast.mei)
    assert "neither an owner" not in of_mei.get(uploaded(of_mei, GOOD)).text, "hers have her territory"


def test_rows_with_errors_are_in_sight_before_the_columns_are(browser: Browser, cast: Cast) -> None:
    """The columns are one line then, which says that one of them was guessed."""
    client, guess = browser(cast.alice), "A guess: please check"
    right = client.get(uploaded(client, "Compnay,Phone\nHuber,\n")).text
    assert '<details class="further card" open>' in right
    assert right.count(guess) == 1
    wrong = client.get(uploaded(client, "Compnay,Phone\nHuber,12\n")).text
    assert '<details class="further card">' in wrong
    assert guess in wrong[wrong.index("<summary>") : wrong.index("</summary>")]


def test_duplicates_are_pointed_out_and_skipped_unless_wanted(
    browser: Browser, database: Database, cast: Cast
) -> None:
    imported(database, cast.alice, sheet("Company", "Huber GmbH"))
    imported(database, cast.charlie, sheet("Company", "Kessler"))
    client = browser(cast.alice)
    address = uploaded(client, GOOD)
    page = client.get(address).text
    assert "The same as Huber GmbH" in page
    assert customer(database, "Huber GmbH").id in page
    assert "Already in Legwork" in page
    assert customer(database, "Kessler").id not in page
    assert "Import 0" not in page, (
        "with nothing to import one looks again, once something is chosen otherwise"
    )
    assert re.findall(r'class="primary"[^>]* value="(\w+)"', page) == ["check"]
    assert import_it(client, address, duplicates="skip").status_code == 422
    assert import_it(client, address, duplicates="import").status_code == 303
    assert "2 customers imported" in finished(client, address)


def test_two_taps_import_once(browser: Browser, database: Database, cast: Cast) -> None:
    client = browser(cast.alice)
    address = uploaded(client, GOOD)
    form = {**chosen(client.get(address).text), "do": "import"}
    for _ in range(3):
        assert client.post(address, data=form).status_code == 303
    finished(client, address)
    client.post(address, data=form)
    assert len(all_rows(database, Customer)) == 2


def test_an_import_that_breaks_leaves_nothing_and_can_be_tried_again(
    browser: Browser, database: Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = browser(cast.alice)
    address = uploaded(client, GOOD)
    with monkeypatch.context() as broken:
        broken.setattr(import_draft, "finish", explode)
        import_it(client, address)
        assert "Nothing was imported." in finished(client, address)
    assert all_rows(database, Customer) == []
    import_it(client, address)
    assert "2 customers imported" in finished(client, address)


def test_one_that_was_given_up_and_ends_late_leaves_alone_who_took_over(
    browser: Browser, database: Database, cast: Cast
) -> None:
    client = browser(cast.alice)
    address = uploaded(client, GOOD)
    draft_id, first = address.rpartition("/")[2], datetime.now(UTC)
    second = first + import_draft.GIVEN_UP_AFTER + timedelta(seconds=1)
    for started_at in (first, second):
        with database.writing() as session:
            assert import_draft.start(session, draft_id, started_at)
    with database.writing() as session:
        import_draft.fail(session, draft_id, first, second)
    with database.writing() as session:
        import_draft.finish(session, draft_id, second, 2, second)
    assert "2 customers imported" in client.get(address).text


def explode(*_: object) -> None:
    raise RuntimeError("in the last moment")


def test_the_page_shows_how_far_it_is(browser: Browser, database: Database, cast: Cast) -> None:
    client = browser(cast.alice)
    address = uploaded(client, GOOD)
    draft_id = address.rpartition("/")[2]
    with database.writing() as session:
        assert import_draft.start(session, draft_id, datetime.now(UTC))
    assert "Starting" in client.get(f"{address}/progress").text  # another process does it
    running._shares[draft_id] = 0.42
    try:
        assert "42% done" in client.get(f"{address}/progress").text
        assert 'value="42"' in client.get(address).text
    finally:
        del running._shares[draft_id]


def test_nobody_sees_or_imports_the_file_of_another(browser: Browser, database: Database, cast: Cast) -> None:
    address = uploaded(browser(cast.alice), GOOD)
    for other in (cast.bob, cast.mei, cast.charlie, cast.dora):
        client = browser(other)
        assert client.get(address).status_code == 404
        assert client.get(f"{address}/progress").status_code == 404
        assert client.post(address, data={"column_0": "name", "do": "import"}).status_code == 404
        assert client.post(f"{address}/discard").status_code == 404
    assert all_rows(database, Customer) == []


def test_support_does_not_import(browser: Browser, database: Database, cast: Cast) -> None:
    erin = person("Erin", Role.SUPPORT)
    with database.writing() as session:
        session.add(erin)
    client = browser(erin)
    assert client.get("/import").status_code == 404
    assert upload(client, GOOD).status_code == 404


def test_an_owner_beyond_ones_reach_cannot_be_smuggled_in(
    browser: Browser, database: Database, cast: Cast
) -> None:
    client = browser(cast.mei)
    address = uploaded(client, GOOD)
    assert import_it(client, address, owner_id=cast.charlie.id).status_code == 404
    rep = browser(cast.alice)
    import_it(rep, address := uploaded(rep, GOOD), owner_id=cast.bob.id, territory_id=cast.south.id)
    finished(rep, address)
    assert customer(database, "Huber").owner_id == cast.alice.id
    assert customer(database, "Huber").territory_id == cast.north.id


def test_a_discarded_file_is_gone(browser: Browser, database: Database, cast: Cast) -> None:
    client = browser(cast.alice)
    address = uploaded(client, GOOD)
    assert client.post(f"{address}/discard").status_code == 303
    assert client.get(address).status_code == 404
    assert all_rows(database, ImportDraft) == []


def test_a_forged_upload_is_refused(browser: Browser, cast: Cast) -> None:
    client = browser(cast.alice)
    del client.headers["X-CSRFToken"]
    assert upload(client, GOOD).status_code == 403


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("photo.xlsx", b"\xff\xd8\xff\xe0" + b"x" * 5000, "This is a JPEG file"),
        ("columns.csv", b"," * 1_000_000 + b"\n1", "200 columns"),
        ("large.csv", b"x" * (12 * 1024 * 1024 + 1), "larger than 12 MB"),
        ("empty.csv", b"", "The file is empty"),
        ("far.xlsx", workbooks.far_away_cell(), "damaged"),
    ],
)
def test_what_is_no_spreadsheet_is_refused_in_a_sentence(
    browser: Browser, database: Database, cast: Cast, name: str, content: bytes, said: str
) -> None:
    answer = upload(browser(cast.alice), content, name)
    assert answer.status_code == 422
    assert said in answer.text
    assert "Traceback" not in answer.text
    assert all_rows(database, ImportDraft) == []


def test_no_file_at_all_is_an_empty_one(browser: Browser, cast: Cast) -> None:
    assert browser(cast.alice).post("/import", data={"file": "text"}).status_code == 422


@given(
    st.binary(max_size=400),
    st.text(max_size=60),
    st.dictionaries(st.text(max_size=12), st.text(max_size=12), max_size=5),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_sent_breaks_the_server(
    browser: Browser, database: Database, cast: Cast, content: bytes, cells: str, form: dict[str, str]
) -> None:
    client = browser(cast.alice)
    assert upload(client, content).status_code in (303, 422)
    answer = upload(client, f"Company,{cells}\n{cells},x\n".encode("utf-8", "replace"))
    assert answer.status_code in (303, 422)
    if answer.status_code == 303:
        address = answer.headers["location"]
        assert client.get(address).status_code == 200
        assert client.post(address, data={**form, "column_0": cells}).status_code in (303, 404, 422)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_one_sees_can_be_taken_along(
    browser: Browser, database: Database, cast: Cast, kind: str
) -> None:
    imported(database, cast.alice, sheet("Company,Status", "Huber,lead", "Kessler,active"))
    answer = browser(cast.mei).get(f"/export.{kind}?show=leads")
    assert answer.status_code == 200
    assert f".{kind}" in answer.headers["content-disposition"]
    assert [row[0] for row in read(f"a.{kind}", answer.content).rows] == ["Huber"]


LISTED = ("Company,Phone,Status,Latitude,Longitude", "Huber 2,089 5550199,lead,48.1,11.5", "Huber,,active,48.2,11.5",
          "Old Huber,,lead,,", "Kessler,030 5550188,active,48.3,11.5")  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("", ["Huber", "Huber 2", "Kessler", "Old Huber"]),
        ("?show=mine", []),
        ("?show=leads&q=hub", ["Huber 2", "Old Huber"]),
        ("?q=5550-188", ["Kessler"]),
        ("?show=cold", ["Old Huber", "Kessler"]),
        ("?show=nearby&latitude=48.31&longitude=11.5", ["Kessler", "Huber", "Huber 2"]),
        ("?show=nearby&q=old", ["Old Huber"]),
        ("?show=unheard", ["Huber", "Huber 2", "Kessler", "Old Huber"]),
    ],
)
def test_the_list_leads_to_a_file_of_exactly_what_it_shows(
    browser: Browser, database: Database, cast: Cast, asked: str, names: list[str]
) -> None:
    imported(database, cast.alice, sheet(*LISTED))
    with database.writing() as session:
        for name, days in (("Old Huber", 50), ("Kessler", 40)):
            row = session.exec(select(Customer).where(Customer.name == name)).one()
            row.last_touch_at = datetime.now(UTC) - timedelta(days=days)
        for row in session.exec(select(Customer).where(Customer.name.startswith("Huber"))):
            row.last_touch_at = datetime.now(UTC)
    client = browser(cast.mei)
    page = client.get(f"/customers{asked}").text
    assert re.findall(r"<strong[^>]*>([^<]*)</strong>", page.partition('id="customer-list"')[2]) == names
    link = re.search(r'href="(/export\.xlsx\?[^"]*)" hx-boost="false"', page)
    assert (link is not None) == bool(names)
    address = unescape(link[1]) if link else f"/export.xlsx{asked}"
    assert exported(client, address) == names
    assert exported(client, address.replace("xlsx", "csv")) == names


def exported(client: Client, address: str) -> list[str]:
    """The names, in the order of the file."""
    content = client.get(address).content
    if ".csv" in address:
        return [row[0] for row in csv.reader(io.StringIO(content.decode("utf-8-sig")))][1:]
    return [
        row[0]
        for row in CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    ][1:]


def test_those_deleted_are_exported_from_their_own_list_and_to_whom_it_is_shown(
    browser: Browser, database: Database, cast: Cast
) -> None:
    imported(database, cast.alice, sheet("Company", "Huber", "Kessler"))
    client = browser(cast.mei)
    assert "/export.xlsx" not in client.get("/deleted-customers").text
    huber = customer(database, "Huber").id
    assert client.post(f"/customers/{huber}/delete").status_code == 303
    page = client.get("/deleted-customers").text
    assert 'href="/export.xlsx?show=deleted" download' in page
    assert exported(client, "/export.xlsx?show=deleted") == ["Huber"]
    assert exported(client, "/export.csv?show=deleted") == ["Huber"]
    assert exported(client, "/export.csv") == ["Kessler"]
    for other in (cast.alice, cast.charlie):
        assert browser(other).get("/export.csv?show=deleted").status_code == 404


def test_an_export_has_only_what_its_reader_sees(browser: Browser, database: Database, cast: Cast) -> None:
    imported(database, cast.alice, sheet("Company", "Huber"))
    assert browser(cast.alice).get("/export.csv").headers["content-type"] == "text/csv; charset=utf-8"
    assert "Huber" not in browser(cast.charlie).get("/export.csv").text
    assert "Huber" not in browser(cast.bob).get("/export.csv").text


@pytest.mark.parametrize("path", ["/export.csv", "/export.xlsx"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_reads_an_export_slowly_holds_no_connection_to_the_database(
    browser: Browser, database: Database, cast: Cast, path: str
) -> None:
    """There are 48, and each slow line held one, until nobody was answered."""
    client = browser(cast.alice)
    app: Any = client.server.app
    pool: Any = database.engine.pool
    held: list[int] = []

    over = asyncio.Event()

    async def receive() -> dict[str, str]:
        await over.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message.get("body"):
            held.append(pool.checkedout())
        if not message.get("more_body", True):
            over.set()

    scope: Any = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "state": {},
        "headers": [(b"cookie", f"legwork_session={client.secret}".encode())],
        "client": ("127.0.0.1", 1), "server": ("testserver", 80),
    }  # fmt: skip
    asyncio.run(app(scope, receive, send))
    assert held
    assert not any(held)


def test_drafts_are_forgotten_after_a_day(browser: Browser, database: Database, cast: Cast) -> None:
    client = browser(cast.alice)
    address = uploaded(client, GOOD)
    with database.writing() as session:
        draft = session.exec(select(ImportDraft)).one()
        draft.created_at -= import_draft.KEPT_FOR
    assert client.get(address).status_code == 404
    uploaded(client, GOOD)
    assert len(all_rows(database, ImportDraft)) == 1
