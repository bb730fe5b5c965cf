"""A phone that an admin wants wiped: its last words are kept for a manager, and it writes nothing by itself."""

from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient
from sqlmodel import select

from server.auth import SESSION_COOKIE
from server.database import Database
from server.models import device as devices
from server.models import session as sessions
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.receipt import Receipt
from server.models.user import Device, SignInSession
from server.models.visit import Visit
from server.models.workspace import the_workspace
from sync import lost_phone, review
from tests.cast import NOW, Cast
from tests.sync.phone import Phone, Ring
from tests.sync.test_http import client, sign_in, visit

__all__ = ["client"]


@pytest.fixture
def phone(client: TestClient[Any], cast: Cast) -> Phone:
    """Alice's, left in a taxi."""
    phone = sign_in(client, cast.alice)
    phone.pull()
    return phone


def wipe(database: Database, phone: Phone) -> None:
    with database.writing() as session:
        devices.wipe(session, phone.device_id, NOW)


def visits(database: Database) -> list[Visit]:
    with database.reading() as session:
        return list(session.exec(select(Visit)).all())


def test_what_it_had_is_kept_for_a_manager_and_nothing_is_applied(
    database: Database, cast: Cast, phone: Phone, harbour_cafe: Customer
) -> None:
    entry = phone.save("visit.log", visit(harbour_cafe.id))
    wipe(database, phone)
    status, told = phone.line.push(phone.envelope(unsent=1))
    with database.reading() as session:
        handed_in = {"wipe": True, "last_seq": 1, "epoch": the_workspace(session).epoch}
    assert (status, told) == (401, {"protocol": 1, "code": "signed_out"} | handed_in)
    assert visits(database) == []
    with database.writing() as session:
        [(receipt, author)] = review.to_decide(session, cast.mei, 10)
        assert (receipt.change_id, author.id, receipt.code) == (entry["id"], cast.alice.id, "not_allowed")
        assert review.let_through(session, cast.mei, receipt.change_id, NOW) == ""
    [logged] = visits(database)
    assert logged.author_id == cast.alice.id


def test_heard_twice_it_is_kept_once_and_what_was_applied_before_stays_applied(
    database: Database, phone: Phone, harbour_cafe: Customer
) -> None:
    first = phone.save("visit.log", visit(harbour_cafe.id))
    phone.push([first])
    later = phone.save("visit.log", visit(harbour_cafe.id))
    wipe(database, phone)
    for _ in range(2):
        assert phone.line.push(phone.envelope([first, later]))[1]["last_seq"] == 2
    with database.reading() as session:
        receipts = session.exec(select(Receipt).order_by(Receipt.seq)).all()  # type: ignore[arg-type]
    assert [receipt.status for receipt in receipts] == ["applied", "parked"]


def test_it_hears_nothing_of_customers_any_more(database: Database, phone: Phone) -> None:
    wipe(database, phone)
    status, told = phone.line.pull(phone.device_id, None)
    assert (status, told["code"], told["wipe"], "ops" in told) == (401, "signed_out", True, False)
    with database.reading() as session:
        assert session.get_one(Device, phone.device_id).wiped_at == NOW


@pytest.mark.parametrize("is_wanted", ["before it was forgotten", "after"])
def test_it_is_wiped_however_long_it_lay_in_a_drawer(
    database: Database, cast: Cast, phone: Phone, is_wanted: str
) -> None:
    """Somebody else signs in each month, and old sign-ins are forgotten then."""
    with database.writing() as session:
        sessions.sign_out_everywhere(session, cast.alice.id, NOW)
    if is_wanted != "after":
        wipe(database, phone)
    for month in range(1, 5):
        with database.writing() as session:
            sessions.start(session, cast.bob, NOW + month * 2 * sessions.FORGOTTEN_AFTER)
    if is_wanted == "after":
        wipe(database, phone)
    for _ in range(2):  # it may take more than one contact
        status, told = phone.line.pull(phone.device_id, None)
        assert (status, told["code"], told.get("wipe")) == (401, "signed_out", True)


def test_of_a_browser_that_signed_in_again_only_the_last_sign_in_is_kept(
    database: Database, cast: Cast, client: TestClient[Any], phone: Phone
) -> None:
    before = sign_in_of(database, phone)
    secret = client.cookies[SESSION_COOKIE]
    with database.writing() as session:
        sessions.start(session, cast.alice, NOW, instead_of=secret)
        sessions.start(session, cast.bob, NOW + 2 * sessions.FORGOTTEN_AFTER)
    with database.reading() as session:
        assert session.get(SignInSession, before) is None


def sign_in_of(database: Database, phone: Phone) -> str:
    with database.reading() as session:
        mine = select(SignInSession.id_hash).where(SignInSession.device_id == phone.device_id)
        return session.exec(mine).one()


def test_whoever_has_just_signed_out_and_in_again_on_it_is_signed_out_with_it(
    database: Database, client: TestClient[Any], cast: Cast, phone: Phone
) -> None:
    client.post("/sign-out")
    again = sign_in(client, cast.alice)
    again.device_id = phone.device_id
    again.pull()
    wipe(database, again)
    assert client.get("/today").status_code == 303
    status, told = again.line.pull(again.device_id, again.cursor)
    assert (status, told["wipe"]) == (401, True)


def test_it_speaks_for_no_other_user(
    database: Database, cast: Cast, phone: Phone, ring: Ring, harbour_cafe: Customer
) -> None:
    """What Bob has on that phone stays on it: nobody has heard it."""
    bobs = ring(cast.bob)
    bobs.pull()
    phone.save("visit.log", visit(harbour_cafe.id))
    wipe(database, phone)
    for envelope in (phone.envelope(user_id=cast.bob.id), phone.envelope(device_id=bobs.device_id)):
        status, told = phone.line.push(envelope)
        assert (status, told) == (403, {"protocol": 1, "code": "wrong_user"})
    with database.reading() as session:
        assert session.exec(select(Receipt)).all() == []


def test_under_another_id_of_its_own_it_counts_from_one(
    database: Database, phone: Phone, harbour_cafe: Customer
) -> None:
    """As after a fork: what the id before had sent says nothing of these, and lets go of none."""
    for _ in range(2):
        phone.do("visit.log", visit(harbour_cafe.id))
    wipe(database, phone)
    first, second = [phone.save("visit.log", visit(harbour_cafe.id)) | {"seq": seq} for seq in (1, 2)]
    other = new_id()
    for entries, last_seq in (([first], 1), ([second], 2), ([first, second], 2)):
        assert phone.line.push(phone.envelope(entries, device_id=other))[1]["last_seq"] == last_seq
    with database.reading() as session:
        kept = session.exec(select(Receipt).where(Receipt.status == "parked")).all()
        assert {receipt.change_id for receipt in kept} == {first["id"], second["id"]}


def test_a_number_of_another_change_is_a_fork_and_nothing_is_let_go_of(
    database: Database, phone: Phone, harbour_cafe: Customer
) -> None:
    phone.do("visit.log", visit(harbour_cafe.id))
    wipe(database, phone)
    clones = phone.save("visit.log", visit(harbour_cafe.id)) | {"seq": 1}
    assert phone.line.push(phone.envelope([clones]))[1]["code"] == "fork"


def test_what_was_taken_back_before_it_was_sent_keeps_no_lost_phone_from_forgetting(
    database: Database, phone: Phone
) -> None:
    phone.save("noop", {})
    wipe(database, phone)
    assert phone.line.push(phone.envelope())[1]["last_seq"] == 1


def test_it_cannot_fill_the_review(
    database: Database, phone: Phone, harbour_cafe: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lost_phone, "MOST_ENTRIES", 2)
    for _ in range(3):
        phone.save("visit.log", visit(harbour_cafe.id))
    wipe(database, phone)
    assert phone.line.push(phone.envelope())[1]["last_seq"] == 0, "and it keeps what was not taken"
    with database.reading() as session:
        assert session.exec(select(Receipt)).all() == []


def test_signed_out_without_being_lost_it_keeps_everything(
    database: Database,
    client: TestClient[Any],
    phone: Phone,
    harbour_cafe: Customer,
) -> None:
    phone.save("visit.log", visit(harbour_cafe.id))
    secret = client.cookies["legwork_session"]
    client.post("/sign-out")
    client.cookies["legwork_session"] = secret
    status, told = phone.line.push(phone.envelope())
    assert (status, told) == (401, {"protocol": 1, "code": "not_signed_in"})


def test_found_again_and_signed_in_on_it_sends_as_ever(
    database: Database,
    client: TestClient[Any],
    cast: Cast,
    phone: Phone,
    harbour_cafe: Customer,
) -> None:
    entry = phone.save("visit.log", visit(harbour_cafe.id))
    wipe(database, phone)
    sign_in(client, cast.alice)
    [receipt] = phone.push([entry])
    assert receipt["status"] == "applied"


def test_the_page_names_phones_that_hold_something_and_are_silent(
    database: Database,
    cast: Cast,
    client: TestClient[Any],
    tmp_path: Path,
    phone: Phone,
) -> None:
    with database.writing() as session:
        device = session.get_one(Device, phone.device_id)
        device.unsent, device.last_seen_at = 4, NOW - devices.SILENT_AFTER * 2
        assert devices.is_silent(device, NOW)
        device.unsent = 0
        assert not devices.is_silent(device, NOW)
        device.unsent, device.last_seen_at = 4, NOW
        assert not devices.is_silent(device, NOW)
        device.last_seen_at = NOW - devices.SILENT_AFTER * 2
        on_it = session.exec(select(SignInSession).where(SignInSession.device_id == device.id)).one()
        on_it.user_agent = "Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0"
    sign_in(client, cast.dora)
    page = client.get("/devices").text
    assert "Alice · Firefox · Android" in page, "somebody else's, or their other one, is not to be wiped"
    assert "4 entries unsent" in page
    assert "The browser cleared its data" not in page
    assert client.post(f"/devices/{phone.device_id}/wipe").status_code == 303
    assert "Will be wiped" in client.get("/devices").text


def test_the_page_says_what_a_browser_threw_away(
    database: Database, cast: Cast, client: TestClient[Any], tmp_path: Path, phone: Phone
) -> None:
    phone.push([], evicted={"lost": 3, "at": "2026-11-20T07:41:12.000Z"})
    sign_in(client, cast.dora)
    page = client.get("/devices").text
    assert "The browser cleared its data with 3 entries unsent, 20 Nov 07:41" in page
