"""A phone that has pulled holds exactly the rows of the customers its user owns or shares, and never anything else."""

import base64
import random
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from sqlmodel import Session, col, select

from server.database import Database
from server.models.bulk import insert_rows
from server.models.column import wire
from server.models.contact import Contact
from server.models.customer import Customer, CustomerShare, CustomerTag
from server.models.follow_up import FollowUp
from server.models.identity import new_id
from server.models.opportunity import Opportunity
from server.models.product import Product
from server.models.refusal import Refused
from server.models.revision import note_scope
from server.models.user import Device, User
from server.models.visit import Visit
from server.models.workspace import Workspace
from sync import pull as pulls
from sync import walk
from sync.cursor import ALL, Cursor, encode
from sync.envelope import MOST_BYTES
from tests.cast import NOW, Cast
from tests.sync.conftest import Do
from tests.sync.phone import Phone, Ring

STARTED = "2026-11-23T07:41:12.000Z"
TABLES: dict[str, Any] = {
    "customers": Customer,
    "contacts": Contact,
    "visits": Visit,
    "follow_ups": FollowUp,
    "opportunities": Opportunity,
}
WAYS = ("by revision", "by customer")
HIDDEN = {
    "created_by", "given_at", "given_by", "merged_into", "clock_skew_s", "name_key", "phone_key", "address_key",
}  # fmt: skip


def should_hold(session: Session, user: User) -> dict[str, dict[str, dict[str, Any]]]:
    """Said again, the slow way: every row of every table, kept if it is one of this user's."""
    shares = session.exec(select(CustomerShare)).all()
    tags = session.exec(select(CustomerTag)).all()
    shared = {share.customer_id for share in shares if share.user_id == user.id}
    held: dict[str, dict[str, dict[str, Any]]] = {}
    mine: set[str] = set()
    for name, table in TABLES.items():
        rows = [row for row in session.exec(select(table)).all() if not _gone(row)]
        if name == "customers":
            rows = [row for row in rows if row.owner_id == user.id or row.id in shared]
            mine = {row.id for row in rows}
        held[name] = {row.id: _wired(row) for row in rows if getattr(row, "customer_id", row.id) in mine}
    for customer in held["customers"].values():
        customer["tags"] = sorted(tag.tag for tag in tags if tag.customer_id == customer["id"])
        customer["asked_by"] = []
        customer["shared_with"] = sorted(s.user_id for s in shares if s.customer_id == customer["id"])
    return {name: rows for name, rows in held.items() if rows}


def _gone(row: Any) -> bool:
    ended = getattr(row, "deleted_at", None) or getattr(row, "withdrawn_at", None)
    return bool(ended) and not isinstance(row, Contact)  # of whom visits go on to tell


def _wired(row: Any) -> dict[str, Any]:
    columns = row.__table__.columns.keys()
    return {name: wire(getattr(row, name)) for name in columns if name not in HIDDEN}


def check(database: Database, phone: Phone) -> None:
    with database.reading() as session:
        expected = should_hold(session, phone.user)
        found = {name: rows for name, rows in phone.rows.items() if rows and name in TABLES}
        assert found == expected
        assert phone.rows["people"].keys() == {user.id for user in session.exec(select(User))}
        assert phone.rows["me"].keys() == {phone.user.id}
    phone.pull(sums=True)
    assert phone.told_sums == phone.sums()


def visit(customer_id: str, **more: Any) -> dict[str, Any]:
    made = {"visit_id": new_id(), "customer_id": customer_id, "started_at": STARTED, "outcome": "interested"}
    return {**made, **more}


@pytest.fixture(params=WAYS, autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Which rows are read is found in one of two ways; what comes of it is the same."""
    if request.param == "by customer":
        monkeypatch.setattr(walk, "MUCH", 0)
        monkeypatch.setattr(walk, "FEW_REVISIONS", -1)
    return str(request.param)


@pytest.fixture
def full(database: Database, cast: Cast, do: Do, harbour_cafe: Customer) -> Customer:
    """Alice's customer with a row of everything."""
    contact_id, promise = new_id(), {"follow_up_id": new_id(), "due_on": "2026-12-01"}
    of = {"customer_id": harbour_cafe.id}
    do(cast.alice, "contact.create", {"contact_id": contact_id, "name": "Lin", "birthday": "05-03", **of})
    do(cast.alice, "visit.log", visit(harbour_cafe.id, contact_ids=[contact_id], follow_up=promise))
    deal = {
        "opportunity_id": new_id(),
        "name": "Grinder",
        "amount_cents": 100,
        "currency": "EUR",
        "stage": "lead",
    }
    do(cast.alice, "opportunity.create", deal | of)
    do(cast.alice, "customer.add_tag", {"tag": "terrace", **of})
    return harbour_cafe


def test_the_first_pull_brings_all_of_it_and_the_next_one_nothing(
    database: Database, cast: Cast, ring: Ring, full: Customer
) -> None:
    phone = ring(cast.alice)
    phone.pull()
    assert phone.told_sums == phone.sums()
    check(database, phone)
    page = phone.pull_page()
    assert (page["ops"], page["more"], page["sums"]) == ([], False, None)
    assert {name: len(rows) for name, rows in phone.rows.items()} == {
        "people": 5, "pipelines": 1, "me": 1, "customers": 1, "contacts": 1, "visits": 1, "follow_ups": 1,
        "opportunities": 1,
    }  # fmt: skip


def test_a_contact_that_was_removed_stays_on_phones_which_go_on_to_call_it_by_name(
    database: Database, cast: Cast, ring: Ring, full: Customer, do: Do
) -> None:
    phone, later = ring(cast.alice), ring(cast.alice)
    phone.pull()
    [contact_id] = phone.rows["contacts"]
    do(cast.mei, "contact.remove", {"contact_id": contact_id})
    for one in (phone, later):
        one.pull()
        assert one.rows["contacts"][contact_id]["deleted_at"] is not None
        check(database, one)
    do(cast.alice, "contact.restore", {"contact_id": contact_id})
    phone.pull()
    assert phone.rows["contacts"][contact_id]["deleted_at"] is None


@pytest.mark.parametrize("who", ["bob", "mei", "charlie", "dora"])
def test_others_hold_nothing_of_it(
    database: Database, cast: Cast, ring: Ring, full: Customer, who: str
) -> None:
    """A manager sees it online; a phone holds what its user owns or shares."""
    phone = ring(getattr(cast, who))
    phone.pull()
    assert set(phone.rows) == {"people", "pipelines", "me"}
    check(database, phone)


def test_one_change_is_one_op(cast: Cast, ring: Ring, full: Customer, do: Do) -> None:
    phone = ring(cast.alice)
    phone.pull()
    do(cast.mei, "customer.edit", {"customer_id": full.id, "fields": {"region": "Quay"}})
    [op] = phone.pull()
    assert (op["op"], op["collection"], op["row"]["region"]) == ("put", "customers", "Quay")


def test_gaining_a_customer_brings_the_whole_bundle_and_losing_it_takes_it_away(
    database: Database, cast: Cast, ring: Ring, full: Customer, do: Do
) -> None:
    alice, bob = ring(cast.alice), ring(cast.bob)
    alice.pull()
    bob.pull()
    do(cast.mei, "customer.assign", {"customer_id": full.id, "from": cast.alice.id, "to": cast.bob.id})
    assert {op["collection"] for op in bob.pull()} == set(TABLES)
    [gone] = alice.pull()
    assert {key: gone[key] for key in ("op", "collection", "id", "reason")} == {
        "op": "remove", "collection": "customers", "id": full.id, "reason": "out_of_scope",
    }  # fmt: skip
    check(database, alice)
    check(database, bob)
    do(cast.bob, "visit.log", visit(full.id))
    assert alice.pull() == []


def test_what_went_while_a_customer_was_lost_and_regained_goes(
    database: Database, cast: Cast, ring: Ring, full: Customer, do: Do
) -> None:
    """Both between two pulls: the bundle comes anew, and nothing in it says what is no longer there."""
    alice, of = ring(cast.alice), {"customer_id": full.id}
    alice.pull()
    [visit_id] = alice.rows["visits"]
    do(cast.alice, "visit.withdraw", {"visit_id": visit_id})
    do(cast.mei, "customer.assign", {**of, "from": cast.alice.id, "to": cast.bob.id})
    do(cast.mei, "customer.assign", {**of, "from": cast.bob.id, "to": cast.alice.id})
    alice.pull()
    check(database, alice)


def test_a_share_comes_and_goes(database: Database, cast: Cast, ring: Ring, full: Customer, do: Do) -> None:
    charlie = ring(cast.charlie)
    charlie.pull()
    do(cast.alice, "customer.share", {"customer_id": full.id, "user_id": cast.charlie.id})
    charlie.pull()
    check(database, charlie)
    assert charlie.rows["customers"][full.id]["shared_with"] == [cast.charlie.id]
    do(cast.alice, "visit.log", visit(full.id))
    assert [op["collection"] for op in charlie.pull()] == ["visits"]
    do(cast.alice, "customer.unshare", {"customer_id": full.id, "user_id": cast.charlie.id})
    charlie.pull()
    check(database, charlie)


@pytest.mark.parametrize("answer", ["decline", "share", "assign"])
def test_who_asks_for_a_customer_is_told_to_its_keeper_until_the_answer(
    cast: Cast, ring: Ring, full: Customer, do: Do, answer: str
) -> None:
    keeper, of = ring(cast.charlie), {"customer_id": full.id}
    do(cast.alice, "customer.share", {**of, "user_id": cast.charlie.id})
    asked_by: list[list[str]] = []
    whom = {"from": cast.alice.id, "to": cast.bob.id} if answer == "assign" else {"user_id": cast.bob.id}
    steps: list[tuple[User, str, dict[str, Any]]] = [
        (cast.bob, "customer.ask", of),
        (cast.alice, f"customer.{answer}", {**of, **whom}),
        (cast.bob, "customer.ask", of),
    ]
    for by, name, args in steps:
        do(by, name, args)
        keeper.pull()
        asked_by.append(keeper.rows["customers"][full.id]["asked_by"])
    again = [cast.bob.id] if answer == "decline" else []  # whoever sees it by now does not ask
    assert asked_by == [[cast.bob.id], [], again]


def test_a_deleted_customer_goes_and_a_restored_one_is_whole(
    database: Database, cast: Cast, ring: Ring, full: Customer, do: Do
) -> None:
    alice, fresh = ring(cast.alice), ring(cast.alice)
    alice.pull()
    do(cast.mei, "customer.delete", {"customer_id": full.id})
    do(cast.alice, "visit.log", visit(full.id))  # what happened is accepted, and stays on the server
    [gone] = alice.pull()
    assert (gone["op"], gone["reason"]) == ("remove", "deleted")
    check(database, alice)
    fresh.pull()
    check(database, fresh)
    do(cast.mei, "customer.restore", {"customer_id": full.id})
    alice.pull()
    check(database, alice)
    assert len(alice.rows["visits"]) == 2


def test_a_withdrawn_visit_goes_with_its_follow_up(cast: Cast, ring: Ring, full: Customer, do: Do) -> None:
    phone = ring(cast.alice)
    phone.pull()
    [visit_id] = phone.rows["visits"]
    do(cast.alice, "visit.withdraw", {"visit_id": visit_id})
    ops = phone.pull()
    assert sorted((op["op"], op["collection"]) for op in ops) == [
        ("put", "customers"), ("remove", "follow_ups"), ("remove", "visits"),
    ]  # fmt: skip
    assert phone.rows["customers"][full.id]["last_touch_at"] is None


def test_what_a_correction_carries_to_another_customer_leaves_the_phones_without_that_one(
    database: Database, cast: Cast, ring: Ring, full: Customer, do: Do
) -> None:
    other = new_id()
    do(cast.alice, "customer.create", {"customer_id": other, "name": "Pier Nine"})
    do(cast.alice, "customer.share", {"customer_id": full.id, "user_id": cast.bob.id})
    wrong, right = visit(full.id, follow_up={"follow_up_id": new_id(), "due_on": "2026-12-02"}), visit(other)
    photo = {"attachment_id": new_id(), "visit_id": wrong["visit_id"], "customer_id": full.id}
    do(cast.alice, "visit.log", wrong)
    do(cast.alice, "visit.attach", {**photo, "sha256": "a" * 64, "size": 1, "media_type": "image/jpeg"})
    alice, bob, back, late = ring(cast.alice), ring(cast.bob), ring(cast.bob), ring(cast.bob)
    for phone in (alice, bob, back, late):
        phone.pull()
    do(cast.alice, "visit.correct", {**right, "corrects": wrong["visit_id"]})
    again = visit(other)
    do(cast.alice, "visit.correct", {**again, "corrects": right["visit_id"]})
    for phone in (alice, bob):
        phone.pull()
        check(database, phone)
    assert wrong["follow_up"]["follow_up_id"] in alice.rows["follow_ups"]
    for way in ("customer.unshare", "customer.share"):
        do(cast.alice, way, {"customer_id": full.id, "user_id": cast.bob.id})
    back.pull()
    check(database, back)
    do(cast.alice, "customer.share", {"customer_id": other, "user_id": cast.bob.id})
    do(cast.alice, "customer.unshare", {"customer_id": full.id, "user_id": cast.bob.id})
    bob.pull()
    for gone in (again, right):
        do(cast.alice, "visit.withdraw", {"visit_id": gone["visit_id"]})
    for phone in (alice, bob, late):
        phone.pull()
        check(database, phone)
    assert wrong["follow_up"]["follow_up_id"] not in bob.rows["follow_ups"]


def test_what_a_correction_carries_to_a_customer_of_nobody_leaves_them_too(
    database: Database, cast: Cast, ring: Ring, full: Customer, do: Do
) -> None:
    free = new_id()
    do(cast.mei, "customer.create", {"customer_id": free, "name": "Pier Nine"})
    do(cast.mei, "customer.share", {"customer_id": free, "user_id": cast.alice.id})
    do(cast.alice, "customer.share", {"customer_id": full.id, "user_id": cast.bob.id})
    wrong = visit(full.id, follow_up={"follow_up_id": new_id(), "due_on": "2026-12-02"})
    do(cast.alice, "visit.log", wrong)
    bob = ring(cast.bob)
    bob.pull()
    do(cast.alice, "visit.correct", {**visit(free), "corrects": wrong["visit_id"]})
    bob.pull()
    check(database, bob)
    assert wrong["follow_up"]["follow_up_id"] not in bob.rows["follow_ups"]


def test_people_products_and_me(database: Database, cast: Cast, ring: Ring) -> None:
    alice, bob = ring(cast.alice), ring(cast.bob)
    alice.pull()
    bob.pull()
    with database.writing() as session:
        session.add(Product(id=new_id(), name="Grinder"))
        user = session.get(User, cast.alice.id)
        assert user is not None
        user.locale = "zh-Hans"
    assert sorted(op["collection"] for op in alice.pull()) == ["me", "people", "products"]
    assert sorted(op["collection"] for op in bob.pull()) == ["people", "products"]
    assert alice.rows["me"][cast.alice.id]["locale"] == "zh-Hans"
    assert set(bob.rows["people"][cast.alice.id]) == {"id", "name", "role", "deactivated_at"}
    check(database, alice)


@pytest.mark.parametrize("cursor", ["x", "AAAA", "W10", "!!", "\u00e9", "W" * 10_000])
def test_a_cursor_nobody_gave_makes_the_phone_start_afresh(cast: Cast, ring: Ring, cursor: str) -> None:
    phone = ring(cast.alice)
    phone.pull()
    phone.cursor = cursor
    status, answer = phone.line.pull(phone.device_id, phone.cursor)
    assert (status, answer["code"]) == (409, "epoch")


@pytest.mark.parametrize("place", ["first", "second"])
def test_a_cursor_that_names_what_no_text_can_hold_makes_it_start_afresh_too(
    cast: Cast, ring: Ring, place: str
) -> None:
    phone = ring(cast.alice)
    phone.pull()
    padded = phone.cursor + "=" * (-len(phone.cursor) % 4)
    made_up = msgspec.json.decode(base64.urlsafe_b64decode(padded), type=Cursor)
    made_up = msgspec.structs.replace(made_up, rank=ALL, **{place: "a\x00"})
    status, answer = phone.line.pull(phone.device_id, encode(made_up))
    assert (status, answer["code"]) == (409, "epoch")


def test_the_cursor_of_another_history_or_of_somebody_else(
    database: Database, cast: Cast, ring: Ring
) -> None:
    alice, bob = ring(cast.alice), ring(cast.bob)
    alice.pull()
    bob.pull()
    assert bob.line.pull(bob.device_id, alice.cursor)[0] == 409
    with database.writing() as session:
        session.exec(select(Workspace)).one().epoch = "01JRESTORED"
    status, answer = alice.line.pull(alice.device_id, alice.cursor)
    assert (status, answer["code"], answer["epoch"]) == (409, "epoch", "01JRESTORED")
    assert alice.line.pull(alice.device_id, None)[0] == 200


def test_a_pull_tells_how_far_the_device_has_been_heard(cast: Cast, ring: Ring) -> None:
    phone = ring(cast.alice)
    phone.do("noop", {})
    phone.do("noop", {})
    assert phone.pull_page()["device_last_seq"] == 2


def test_without_news_a_pull_asks_three_things_at_most(
    cast: Cast, ring: Ring, full: Customer, do: Do, asked: list[str], way: str
) -> None:
    phone = ring(cast.alice)
    phone.pull()
    asked.clear()
    phone.pull()
    assert len(asked) == 1
    do(cast.bob, "customer.create", {"customer_id": new_id(), "name": "Somebody else's"})
    asked.clear()
    assert phone.pull() == []
    assert len(asked) <= (3 if way == "by revision" else 4)


def test_a_device_that_pulls_daily_is_seen_daily(database: Database, cast: Cast, ring: Ring) -> None:
    phone = ring(cast.alice)
    phone.pull()
    phone.line.now = NOW + timedelta(days=1)
    phone.pull()
    with database.reading() as session:
        assert session.exec(select(Device.last_seen_at)).one() == NOW + timedelta(days=1)


def test_no_page_is_over_a_mebibyte_and_all_of_it_comes(
    database: Database, cast: Cast, ring: Ring, do: Do, harbour_cafe: Customer
) -> None:
    """One customer with more than a page holds."""
    with database.writing() as session:
        for number in range(250):
            at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number)
            note = "长" * 3000
            row = {
                "customer_id": harbour_cafe.id,
                "author_id": cast.alice.id,
                "started_at": at,
                "created_at": NOW,
            }
            session.add(Visit(id=new_id(), outcome="ordered", note=note, **row))
    phone = ring(cast.alice)
    sizes = _pages(phone)
    assert len(sizes) > 2
    assert max(sizes) <= MOST_BYTES
    check(database, phone)
    again = ring(cast.mei)
    again.pull()
    do(cast.alice, "customer.share", {"customer_id": harbour_cafe.id, "user_id": cast.mei.id})
    assert len(_pages(again)) > 2
    check(database, again)


def _pages(phone: Phone) -> list[int]:
    sizes: list[int] = []
    while True:
        raw = pulls.pull(phone.line.database, phone.user, phone.device_id, phone.cursor, NOW)
        sizes.append(len(raw))
        if not phone.pull_page()["more"]:
            return sizes


class Office:
    """A few people who do all that can happen to a customer, by the dice."""

    def __init__(self, seed: int, cast: Cast, do: Do) -> None:
        self.dice, self.cast, self.do = random.Random(seed), cast, do
        self.customers: list[str] = []
        self.visits: list[str] = []
        self.owner: dict[str, User] = {}

    def happen(self) -> None:
        act = self.dice.choice(
            [self.create, self.log, self.log, self.assign, self.share, self.delete, self.edit, self.undo]
        )
        try:
            act()
        except Refused:
            return  # the dice also ask for what is not allowed

    def create(self) -> None:
        user, customer_id = self.dice.choice([self.cast.alice, self.cast.bob]), new_id()
        self.do(user, "customer.create", {"customer_id": customer_id, "name": f"Bar {len(self.customers)}"})
        self.customers.append(customer_id)
        self.owner[customer_id] = user

    def _one(self) -> str:
        if not self.customers:
            self.create()
        return self.dice.choice(self.customers)

    def log(self) -> None:
        customer_id = self._one()
        logged = visit(customer_id, follow_up={"follow_up_id": new_id(), "due_on": "2026-12-01"})
        self.do(self.owner[customer_id], "visit.log", logged)
        self.visits.append(logged["visit_id"])

    def assign(self) -> None:
        customer_id, to = self._one(), self.dice.choice([self.cast.alice, self.cast.bob])
        guarded = {"customer_id": customer_id, "from": self.owner[customer_id].id, "to": to.id}
        self.do(self.cast.dora, "customer.assign", guarded)
        self.owner[customer_id] = to

    def share(self) -> None:
        name = self.dice.choice(["customer.share", "customer.unshare"])
        whom = self.dice.choice([self.cast.bob, self.cast.charlie])
        self.do(self.cast.dora, name, {"customer_id": self._one(), "user_id": whom.id})

    def delete(self) -> None:
        self.do(
            self.cast.dora,
            self.dice.choice(["customer.delete", "customer.restore"]),
            {"customer_id": self._one()},
        )

    def edit(self) -> None:
        name = self.dice.choice(["customer.add_tag", "customer.remove_tag"])
        self.do(self.cast.dora, name, {"customer_id": self._one(), "tag": self.dice.choice("ab")})

    def undo(self) -> None:
        if self.visits:
            self.do(
                self.dice.choice([self.cast.alice, self.cast.bob]),
                "visit.withdraw",
                {"visit_id": self.dice.choice(self.visits)},
            )


@pytest.mark.parametrize(("way", "seed"), [(WAYS[seed % 2], seed) for seed in range(6)], indirect=["way"])
def test_whatever_happens_between_two_pages(
    monkeypatch: pytest.MonkeyPatch, database: Database, cast: Cast, do: Do, ring: Ring, seed: int
) -> None:
    monkeypatch.setattr(pulls, "ROOM", 1500)  # two or three rows a page
    monkeypatch.setattr(walk, "ROWS_AT_ONCE", 3)
    monkeypatch.setattr(walk, "CUSTOMERS_AT_ONCE", 2)
    office = Office(seed, cast, do)
    phones = [ring(user) for user in (cast.alice, cast.bob, cast.charlie, cast.mei)]
    for _ in range(40):
        for _ in range(office.dice.randint(0, 3)):
            office.happen()
        _pull_a_page(database, office.dice.choice(phones))
    for phone in phones:
        phone.pull()
        check(database, phone)


def _pull_a_page(database: Database, phone: Phone) -> None:
    page = phone.pull_page()
    with database.reading() as session:
        allowed = should_hold(session, phone.user).get("customers", {})
        for op in page["ops"]:
            if op["op"] == "put" and op["collection"] in TABLES:
                assert op["row"].get("customer_id", op["id"]) in allowed, (
                    "a row outside the scope reached a phone"
                )


def test_rows_written_in_bulk_reach_phones_too(database: Database, cast: Cast, ring: Ring) -> None:
    phone = ring(cast.alice)
    phone.pull()
    with database.writing() as session:
        rows = [
            Customer(
                id=new_id(), name=f"Bar {n}", sort_key=f"bar {n}", owner_id=cast.alice.id, created_at=NOW
            )
            for n in range(1200)
        ]
        list(insert_rows(session, rows))
        for row in rows:
            note_scope(session, cast.alice.id, row.id)
    ops = phone.pull()
    assert len(ops) == 1200  # each once, though both the row and the scope were noted
    check(database, phone)


def test_nothing_is_missed_while_others_write(database: Database, cast: Cast, ring: Ring, do: Do) -> None:
    """The counter is taken last: a cursor never passes a row that is not there yet."""
    phone, stop = ring(cast.alice), threading.Event()
    customer_ids = [new_id() for _ in range(4)]
    for customer_id in customer_ids:
        do(cast.alice, "customer.create", {"customer_id": customer_id, "name": "Bar"})

    def write(customer_id: str) -> None:
        for _ in range(15):
            do(cast.alice, "visit.log", visit(customer_id))

    threads = [threading.Thread(target=write, args=(customer_id,)) for customer_id in customer_ids]
    reader = threading.Thread(target=lambda: [phone.pull() for _ in iter(stop.is_set, True)])
    for thread in [reader, *threads]:
        thread.start()
    for thread in threads:
        thread.join()
    stop.set()
    reader.join()
    phone.pull()
    assert len(phone.rows["visits"]) == 60
    check(database, phone)


def test_each_customer_has_the_touch_of_its_latest_standing_visit(
    database: Database, cast: Cast, do: Do, harbour_cafe: Customer
) -> None:
    first = visit(harbour_cafe.id, started_at="2026-11-01T10:00:00.000Z")
    second = visit(harbour_cafe.id, started_at="2026-11-20T10:00:00.000Z")
    earlier = visit(harbour_cafe.id, started_at="2026-11-10T10:00:00.000Z")
    for logged in (first, second, earlier):
        do(cast.alice, "visit.log", logged)
    assert _touch(database, harbour_cafe) == "2026-11-20T10:00:00.000Z"
    moved = {
        **second,
        "visit_id": new_id(),
        "corrects": second["visit_id"],
        "started_at": "2026-11-05T10:00:00Z",
    }
    do(cast.alice, "visit.correct", moved)
    assert _touch(database, harbour_cafe) == "2026-11-10T10:00:00.000Z"
    do(cast.alice, "visit.withdraw", {"visit_id": moved["visit_id"]})
    assert _touch(database, harbour_cafe) == "2026-11-20T10:00:00.000Z"
    for logged in (first, second, earlier):
        do(cast.alice, "visit.withdraw", {"visit_id": logged["visit_id"]})
    assert _touch(database, harbour_cafe) is None


def _touch(database: Database, customer: Customer) -> Any:
    with database.reading() as session:
        return wire(session.exec(select(col(Customer.last_touch_at)).where(Customer.id == customer.id)).one())
