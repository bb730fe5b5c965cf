"""Every promise of the contract, asked of a really served process by a program that knows nothing else of it."""

import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from server.database import open_database
from tests.cast import PASSWORD, hire
from tests.served import Server
from tests.sync.stranger import Account, Described, Device, Json, believed, moment, uuid7

MEGABYTE = 1024 * 1024


class World:
    """A served company on one of the databases, and the people who are signed in."""

    def __init__(self, url: str, server: Server) -> None:
        self.url, self.server, self.database = url, server, open_database(url)
        self.described = Described(httpx.get(f"{server.url}/openapi.json").json())
        self.accounts: dict[str, Account] = {}

    def account(self, name: str) -> Account:
        if name not in self.accounts:
            self.accounts[name] = self.anew(name)
        return self.accounts[name]

    def anew(self, name: str) -> Account:
        http = httpx.Client(base_url=self.server.url, timeout=60, headers={"Origin": self.server.url})
        return Account(http, self.described).sign_in(f"{name}@example.test", PASSWORD)

    def device(self, name: str) -> Device:
        return Device(self.account(name))

    def tell(self, *statements: str) -> None:
        with self.database.engine.execution_options(writes=True).begin() as connection:
            for statement in statements:
                connection.execute(text(statement))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    kind = {"sqlite": "sqlite_files", "postgresql": "postgres_databases"}[request.param]
    databases = request.getfixturevalue(kind)
    url = databases.fresh()
    database = open_database(url)
    with database.writing() as session:
        hire(session)
    database.close()
    server = Server(tmp_path_factory.mktemp("served"), DATABASE_URL=url, LOG_LEVEL="warning")
    world = World(url, server)
    yield world
    world.database.close()
    for account in world.accounts.values():
        account.http.close()
    assert server.stop() == 0
    databases.drop(url)


@pytest.fixture
def alice(world: World) -> Device:
    return world.device("alice")


def new_customer(device: Device, name: str = "Harbour Café", **more: Any) -> str:
    customer_id = uuid7()
    device.done("customer.create", {"customer_id": customer_id, "name": name, **more})
    return customer_id


def visit(customer_id: str, **more: Any) -> Json:
    told = {"visit_id": uuid7(), "customer_id": customer_id, "started_at": moment(timedelta(hours=1))}
    return {**told, "outcome": "interested", **more}


# Who is speaking


def test_without_a_session_everything_is_401_of_the_one_type(world: World) -> None:
    with httpx.Client(base_url=world.server.url) as http:
        nobody = Account(http, world.described)
        assert nobody.push({"protocol": 1})[0] == 401
        assert nobody.pull(uuid7())[0] == 401
        assert believed(http.get("/sync/events"))["code"] == "not_signed_in"


def test_a_device_signed_out_from_another_is_401_and_goes_on_after_the_next_sign_in(world: World) -> None:
    phone = Device(world.anew("bob"))
    customer_id = new_customer(phone)
    world.tell(
        "UPDATE sessions SET signed_out_at = created_at WHERE user_id = "
        "(SELECT id FROM users WHERE email = 'bob@example.test')"
    )
    waiting = phone.change("visit.log", visit(customer_id))
    status, answer = phone.account.push(phone.envelope([waiting]))
    assert (status, answer["code"]) == (401, "not_signed_in")
    phone.account = world.anew("bob")
    assert phone.send(waiting)[0]["status"] == "applied"


def test_an_outbox_or_device_of_another_user_is_403(world: World, alice: Device) -> None:
    new_customer(alice)
    charlie = world.account("charlie")
    assert charlie.push(alice.envelope([]))[1]["code"] == "wrong_user"
    assert charlie.push({**alice.envelope([]), "user_id": charlie.user_id})[1]["code"] == "wrong_user"
    assert charlie.pull(alice.device_id)[1]["code"] == "wrong_user"


def test_a_push_without_the_token_is_403(world: World, alice: Device) -> None:
    cookie = {"legwork_session": alice.account.http.cookies["legwork_session"]}
    with httpx.Client(base_url=world.server.url, cookies=cookie) as http:
        assert Account(http, world.described).push(alice.envelope([]))[1]["code"] == "forged"


# Numbers and receipts


def test_a_hole_in_the_numbers_tells_where_to_go_on(alice: Device) -> None:
    customer_id = new_customer(alice)
    first, second = (alice.change("visit.log", visit(customer_id)) for _ in range(2))
    status, answer = alice.account.push(alice.envelope([second]))
    assert (status, answer["code"], answer["expected"]) == (409, "gap", first["seq"])
    assert [receipt["status"] for receipt in alice.send(first, second)] == ["applied", "applied"]


def test_a_taken_number_is_a_fork_and_nothing_of_that_push_is_done(alice: Device) -> None:
    customer_id = new_customer(alice)
    note = f"never {uuid7()}"
    taken = {**alice.change("visit.log", visit(customer_id)), "seq": 1}
    beside = {**alice.change("visit.log", visit(customer_id, note=note)), "seq": 2}
    assert alice.account.push(alice.envelope([taken, beside]))[1]["code"] == "fork"
    alice.catch_up()
    assert note not in json.dumps(list(alice.rows.values()))


def test_sending_again_is_harmless_under_whatever_device_and_number(world: World, alice: Device) -> None:
    customer_id = new_customer(alice)
    change = alice.change("visit.log", visit(customer_id))
    first = alice.send(change)[0]
    assert alice.send(change)[0] == {**first, "status": "duplicate"}
    cloned = world.device("alice")
    assert cloned.send({**change, "seq": 1})[0] == {**first, "status": "duplicate", "seq": 1}
    both = alice.change("noop", {})
    twice = alice.send(both, {**both, "seq": alice.seq + 1})
    assert [receipt["status"] for receipt in twice] == ["applied", "duplicate"]


def test_an_answer_says_where_the_device_and_the_server_are(alice: Device) -> None:
    new_customer(alice)
    _, answer = alice.account.push(alice.envelope([alice.change("noop", {}), alice.change("noop", {})]))
    assert answer["device_id"] == alice.device_id
    assert (answer["user_id"], answer["last_seq"]) == (alice.account.user_id, alice.seq)
    assert {receipt["rev"] for receipt in answer["receipts"]} == {answer["rev"]}
    assert answer["durable_rev"] <= answer["rev"]
    assert alice.catch_up()["device_last_seq"] == alice.seq


def test_another_epoch_is_409_until_the_phone_starts_afresh(world: World, alice: Device) -> None:
    customer_id = new_customer(alice)
    alice.catch_up()
    before = alice.epoch
    world.tell("UPDATE workspace SET epoch = 'restored'")
    waiting = alice.change("visit.log", visit(customer_id))
    status, answer = alice.account.push(alice.envelope([waiting]))
    assert (status, answer["code"], answer["epoch"]) == (409, "epoch", "restored")
    assert alice.account.pull(alice.device_id, cursor=alice.cursor or "")[1]["code"] == "epoch"
    alice.cursor = alice.epoch = None
    alice.catch_up()
    assert (alice.epoch, alice.send(waiting)[0]["status"]) == ("restored", "applied")
    world.tell(f"UPDATE workspace SET epoch = '{before}'")


def test_too_much_at_once_is_413(alice: Device) -> None:
    changes = [alice.change("noop", {}) for _ in range(501)]
    assert alice.account.push(alice.envelope(changes))[0] == 413
    assert len(alice.send(*changes[:500])) == 500
    status, answer = alice.account.push(b" " * (MEGABYTE + 1))
    assert (status, answer["code"]) == (413, "too_large")
    whole = json.dumps(alice.envelope([changes[500]])).encode()
    assert alice.account.push(whole + b" " * (MEGABYTE - len(whole)))[0] == 200


def test_a_client_that_is_too_old_is_426(alice: Device) -> None:
    assert alice.account.push({**alice.envelope([]), "protocol": 0})[0] == 426


def test_too_often_is_429_and_says_when_to_come_again(world: World) -> None:
    phone = world.device("mei")
    answers = [phone.account.http.post("/sync/push", json=phone.envelope([])) for _ in range(125)]
    refused = [answer for answer in answers if answer.status_code != 200]
    assert {(answer.status_code, believed(answer)["code"]) for answer in refused} == {(429, "too_often")}
    assert all(int(answer.headers["retry-after"]) > 0 for answer in refused)


@contextmanager
def broken_database(world: World) -> Iterator[None]:
    """SQLite: a file without its tables. PostgreSQL: a server that lets nobody in."""
    if world.database.is_sqlite:
        world.tell("ALTER TABLE receipts RENAME TO elsewhere")
        yield
        world.tell("ALTER TABLE elsewhere RENAME TO receipts")
        return
    name = world.url.rpartition("/")[2]
    world.database.engine.dispose()
    admin = open_database(world.url.replace(name, "postgres")).engine.execution_options(
        isolation_level="AUTOCOMMIT"
    )
    with admin.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
        connection.execute(
            text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        )
        yield
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"))
    admin.dispose()


def test_a_server_without_its_database_says_later_and_then_does_it_once(world: World, alice: Device) -> None:
    customer_id = new_customer(alice)
    waiting = alice.change("visit.log", visit(customer_id))
    with broken_database(world):
        answer = alice.account.http.post("/sync/push", json=alice.envelope([waiting]))
        assert (answer.status_code, believed(answer)["code"]) == (503, "later")
        assert int(answer.headers["retry-after"]) > 0
    assert [alice.send(waiting)[0]["status"] for _ in range(2)] == ["applied", "duplicate"]


# What is parked, and why


def parked(receipt: Json) -> str:
    assert receipt["status"] == "parked", receipt
    assert receipt["detail"]["message"]
    return str(receipt["code"])


def test_a_change_of_a_later_version_is_kept(alice: Device) -> None:
    unknown = alice.change("visit.frobnicate", {"visit_id": uuid7()})
    behind = alice.change("noop", {})
    receipts = alice.send(unknown, behind)
    assert (parked(receipts[0]), receipts[1]["status"]) == ("unknown_change", "applied")


@pytest.mark.parametrize(
    ("name", "args", "field"),
    [
        ("visit.log", {"outcome": "perhaps"}, "outcome"),
        ("visit.log", {"started_at": "yesterday"}, "started_at"),
        ("visit.log", {"started_at": "1899-12-31T23:59:59.000Z"}, "started_at"),
        ("visit.log", {"started_at": "9999-12-31T23:59:59.000Z"}, "started_at"),
        ("visit.log", {"note": "a\u0000b"}, "note"),
        ("visit.log", {"note": "half \ud800 a pair"}, "note"),
        ("visit.log", {"note": 7}, "note"),
        ("visit.log", {"visit_id": "0199F2A0-0000-7000-8000-000000000000"}, "visit_id"),
        ("visit.log", {"place": {"latitude": 10**400, "longitude": 0, "accuracy_m": 0}}, "place.latitude"),
        ("visit.log", {"place": [], "contact_ids": "x"}, "contact_ids"),
        ("visit.log", {"contact_ids": {"a": 1}}, "contact_ids"),
        ("visit.log", {"follow_up": {"follow_up_id": uuid7(), "due_on": "1900-01-01"}}, "follow_up.due_on"),
        ("visit.log", {"surprise": True}, "surprise"),
        ("follow_up.create", {"follow_up_id": uuid7(), "due_on": "9999-12-31"}, "due_on"),
        ("opportunity.create", {"amount_cents": 1.5}, "amount_cents"),
        ("opportunity.create", {"amount_cents": 10**30}, "amount_cents"),
        ("opportunity.create", {"amount_cents": -1}, "amount_cents"),
    ],
)  # fmt: skip
def test_args_that_cannot_be_right_name_their_field(alice: Device, name: str, args: Json, field: str) -> None:
    customer_id = new_customer(alice)
    given = visit(customer_id) if name == "visit.log" else {"customer_id": customer_id}
    # As Python writes them: half pairs are on this wire, too.
    change = alice.change(name, given | args)
    body = json.dumps(alice.envelope([change])).encode()
    status, answer = alice.account.push(body)
    assert status == 200
    assert parked(answer["receipts"][0]) == "invalid"
    assert field in answer["receipts"][0]["detail"]["fields"]


@pytest.mark.parametrize("args", [None, [], "x", 7, True, {}, [{}]])
def test_args_of_any_type_stop_nobody(alice: Device, args: Any) -> None:
    wrong = alice.change("visit.log", args)
    receipts = alice.send(wrong, alice.change("noop", {}))
    assert (parked(receipts[0]), receipts[1]["status"]) == ("invalid", "applied")


def test_what_is_missing_and_what_is_anothers_are_answered_alike(world: World, alice: Device) -> None:
    theirs = new_customer(alice, "Secret Customer")
    charlie = world.device("charlie")
    answers = [charlie.do("visit.log", visit(customer_id)) for customer_id in (theirs, uuid7())]
    assert [parked(answer) for answer in answers] == ["not_allowed", "not_allowed"]
    assert answers[0]["detail"] == answers[1]["detail"]
    assert "Secret" not in json.dumps(answers)


def test_a_stage_moved_meanwhile_is_a_conflict(alice: Device) -> None:
    opportunity_id = uuid7()
    told = {"opportunity_id": opportunity_id, "customer_id": new_customer(alice), "name": "Chairs"}
    alice.done("opportunity.create", {**told, "amount_cents": 120_000, "currency": "EUR", "stage": "lead"})
    alice.done("opportunity.move", {"opportunity_id": opportunity_id, "from": "lead", "to": "quote"})
    late = alice.do("opportunity.move", {"opportunity_id": opportunity_id, "from": "lead", "to": "won"})
    assert parked(late) == "conflict"


def test_a_deleted_customer_takes_facts_and_no_edits(world: World, alice: Device) -> None:
    customer_id = new_customer(alice)
    alice.catch_up()
    world.device("mei").done("customer.delete", {"customer_id": customer_id})
    edit = {"customer_id": customer_id, "fields": {"name": "New"}}
    assert parked(alice.do("customer.edit", edit)) == "deleted"
    alice.done("visit.log", visit(customer_id))
    alice.catch_up()
    [gone] = [op for op in alice.removed if op["id"] == customer_id]
    assert (gone["collection"], gone["reason"]) == ("customers", "deleted")


def test_dependents_wait_and_are_released_together(alice: Device) -> None:
    made = {"customer_id": uuid7(), "name": "x" * 201}
    first = alice.change("customer.create", made)
    waits = alice.change("visit.log", visit(made["customer_id"]))
    receipts = alice.send(first, waits)
    assert [parked(receipt) for receipt in receipts] == ["invalid", "depends_on_parked"]
    alice.done("customer.create", {**made, "name": "Shorter"})
    assert [receipt["status"] for receipt in alice.send(waits, waits)] == ["applied", "duplicate"]


def test_a_change_that_breaks_the_server_is_parked_and_those_behind_it_go_on(
    world: World, alice: Device
) -> None:
    customer_id = new_customer(alice)
    promise = {"customer_id": customer_id, "due_on": "2030-01-02"}
    with poisoned(world):
        broken = alice.change("follow_up.create", {**promise, "follow_up_id": uuid7(), "note": "poison"})
        waits = alice.change("follow_up.complete", {"follow_up_id": broken["args"]["follow_up_id"]})
        behind = alice.change("follow_up.create", {**promise, "follow_up_id": uuid7()})
        receipts = alice.send(broken, waits, behind)
    assert [receipt["code"] for receipt in receipts] == ["error", "depends_on_parked", None]
    assert receipts[2]["status"] == "applied"


@contextmanager
def poisoned(world: World) -> Iterator[None]:
    """A row the database itself refuses, whatever the server thinks of it."""
    if world.database.is_sqlite:
        world.tell(
            "CREATE TRIGGER poison BEFORE INSERT ON follow_ups WHEN NEW.note = 'poison' "
            "BEGIN SELECT RAISE(ABORT, 'poison'); END"
        )
        yield
        world.tell("DROP TRIGGER poison")
        return
    world.tell("ALTER TABLE follow_ups ADD CONSTRAINT poison CHECK (note <> 'poison')")
    yield
    world.tell("ALTER TABLE follow_ups DROP CONSTRAINT poison")


def test_a_group_is_applied_whole_or_not_at_all(alice: Device) -> None:
    customer_id = new_customer(alice)
    good = alice.change("visit.log", visit(customer_id), group="g")
    bad = alice.change("visit.log", visit(customer_id, outcome="?"), group="g")
    alone = alice.change("visit.log", visit(customer_id))
    receipts = alice.send(good, bad, alone)
    assert [receipt["status"] for receipt in receipts] == ["parked", "parked", "applied"]
    alice.catch_up()
    held = [
        row["id"]
        for (name, _), row in alice.rows.items()
        if name == "visits" and row["customer_id"] == customer_id
    ]
    assert held == [alone["args"]["visit_id"]]


def test_edits_of_different_fields_merge_and_of_one_field_the_later_counts(
    world: World, alice: Device
) -> None:
    customer_id, other = new_customer(alice), world.device("alice")
    for device, fields in ((alice, {"region": "North", "address": "Kai 1"}), (other, {"region": "South"})):
        device.done("customer.edit", {"customer_id": customer_id, "fields": fields})
    alice.catch_up()
    held = alice.rows["customers", customer_id]
    assert (held["region"], held["address"]) == ("South", "Kai 1")


def test_what_was_seen_before_a_customer_was_given_away_counts_and_edits_wait(
    world: World, alice: Device
) -> None:
    bob, customer_id = world.device("bob"), new_customer(alice)
    had = alice.done("noop", {})["rev"]
    given = {"customer_id": customer_id, "from": alice.account.user_id, "to": bob.account.user_id}
    world.device("mei").done("customer.assign", given)
    logged = visit(customer_id)
    alice.done("visit.log", logged, base_rev=had)
    edit = {"customer_id": customer_id, "fields": {"name": "Late"}}
    assert parked(alice.do("customer.edit", edit, base_rev=had)) == "not_allowed"
    bob.catch_up()
    assert bob.rows["visits", logged["visit_id"]]["author_id"] == alice.account.user_id


# The changes of the table


def test_every_change_of_the_table_with_everything_that_may_be_left_out(alice: Device) -> None:
    customer_id, contact_id, visit_id, better_id = (uuid7() for _ in range(4))
    follow_up_id, promised_id, opportunity_id = (uuid7() for _ in range(3))
    full = {
        "customer_id": customer_id, "name": "Müller & Söhne", "phone": "+49 40 123456", "address": "Kai 1",
        "region": "North", "customer_type": "retail", "lifecycle": "prospect", "cadence_days": 14,
        "latitude": 53.5, "longitude": 9.9,
    }  # fmt: skip
    alice.done("customer.create", full)
    alice.done("customer.edit", {"customer_id": customer_id, "fields": {"phone": "", "region": "South"}})
    alice.done("customer.add_tag", {"customer_id": customer_id, "tag": "harbour"})
    alice.done("customer.add_tag", {"customer_id": customer_id, "tag": "vip"})
    alice.done("customer.remove_tag", {"customer_id": customer_id, "tag": "vip"})
    person = {"contact_id": contact_id, "customer_id": customer_id, "name": "Ann", "role": "decides"}
    alice.done(
        "contact.create", {**person, "phone": "123456", "email": "ann@example.test", "birthday": "1980-05-03"}
    )
    alice.done("contact.edit", {"contact_id": contact_id, "fields": {"name": "Anna"}})
    facts = {
        "visit_id": visit_id, "customer_id": customer_id, "started_at": moment(timedelta(hours=2)),
        "ended_at": moment(timedelta(hours=1)), "outcome": "ordered", "note": "Two pallets",
        "contact_ids": [contact_id], "product_ids": [], "competitors": ["Acme"], "pain_point": "Late lorries",
        "place": {"latitude": 53.5, "longitude": 9.9, "accuracy_m": 12.5},
        "follow_up": {"follow_up_id": promised_id, "due_on": "2030-01-02", "note": "Bring samples"},
    }  # fmt: skip
    alice.done("visit.log", facts)
    corrected = {**facts, "visit_id": better_id, "corrects": visit_id, "note": "Three pallets"}
    corrected.pop("follow_up")
    alice.done("visit.correct", corrected)
    alice.done(
        "follow_up.create",
        {"follow_up_id": follow_up_id, "customer_id": customer_id, "due_on": "2030-01-01", "note": "Call"},
    )
    alice.done("follow_up.snooze", {"follow_up_id": follow_up_id, "due_on": "2030-02-01"})
    alice.done("follow_up.complete", {"follow_up_id": promised_id})
    sale = {
        "opportunity_id": opportunity_id,
        "customer_id": customer_id,
        "name": "Pallets",
        "amount_cents": 12_50,
    }
    alice.done(
        "opportunity.create", {**sale, "currency": "EUR", "stage": "lead", "expected_close_on": "2030-03-01"}
    )
    alice.done("opportunity.move", {"opportunity_id": opportunity_id, "from": "lead", "to": "quote"})
    alice.catch_up()
    rows = alice.rows
    customer = rows["customers", customer_id]
    assert (customer["phone"], customer["region"], customer.pop("tags")) == (None, "South", ["harbour"])
    assert [customer.pop(name) for name in ("shared_with", "asked_by", "merged_ids")] == [[], [], []]
    assert [customer.pop(name) for name in ("custom", "comparisons")] == [{}, {}]
    assert full.items() - customer.items() == {
        ("customer_id", customer_id),
        ("phone", full["phone"]),
        ("region", "North"),
    }
    assert rows["contacts", contact_id]["name"] == "Anna"
    assert (rows["visits", visit_id]["corrected_by"], rows["visits", better_id]["note"]) == (
        better_id,
        "Three pallets",
    )
    assert rows["visits", better_id]["competitors"] == ["Acme"]
    assert rows["follow_ups", follow_up_id]["due_on"] == "2030-02-01"
    assert rows["follow_ups", promised_id]["completed_at"] is not None
    assert rows["opportunities", opportunity_id]["stage"] == "quote"


# Pulling


def crc_of(revs: dict[tuple[str, str], int]) -> dict[str, str]:
    names = {name for name, _ in revs}
    found = {name: [f"{row}:{rev}" for (of, row), rev in revs.items() if of == name] for name in names}
    return {
        name: f"{len(told)}-{sum(zlib.crc32(entry.encode()) for entry in told) % 2**32:08x}"
        for name, told in found.items()
    }


def test_a_replica_of_several_pages_is_whole_and_its_sums_agree(world: World) -> None:
    author, fresh = world.device("charlie"), world.device("charlie")
    customer_id = new_customer(author)
    for _ in range(4):
        author.send(*(author.change("visit.log", visit(customer_id, note="长" * 10_000)) for _ in range(30)))
    pages, revs, cursor = 0, {}, ""
    while True:
        asked = {"cursor": cursor} if cursor else {}
        status, page = fresh.account.pull(fresh.device_id, **asked)
        assert status == 200
        assert len(json.dumps(page, ensure_ascii=False, separators=(",", ":")).encode()) <= MEGABYTE
        revs |= {(op["collection"], op["id"]): op["rev"] for op in page["ops"]}
        pages, cursor = pages + 1, page["cursor"]
        if not page["more"]:
            break
    assert pages > 3
    told = {name: sum_ for name, sum_ in page["sums"].items() if sum_ != "0-00000000"}
    assert told == crc_of(revs)
    assert fresh.account.pull(fresh.device_id, cursor=cursor)[1]["ops"] == []


def test_who_gains_a_customer_gets_the_bundle_and_who_loses_it_is_told(world: World) -> None:
    alice, bob = world.device("alice"), world.device("bob")
    bob.catch_up()
    customer_id = new_customer(alice)
    logged = visit(customer_id)
    alice.done("visit.log", logged)
    alice.done("customer.share", {"customer_id": customer_id, "user_id": bob.account.user_id})
    bob.catch_up()
    assert {("customers", customer_id), ("visits", logged["visit_id"])} <= bob.rows.keys()
    alice.done("customer.unshare", {"customer_id": customer_id, "user_id": bob.account.user_id})
    bob.catch_up()
    [lost] = [op for op in bob.removed if op["id"] == customer_id]
    assert lost["reason"] == "out_of_scope"
    assert ("visits", logged["visit_id"]) not in bob.rows


def test_a_first_replica_in_columns_is_as_described(alice: Device) -> None:
    made = [new_customer(alice), new_customer(alice)]
    status, page = alice.account.pull(uuid7(), columns="1")
    assert (status, page["ops"]) == (200, [])
    customers = page["columns"]["customers"]
    assert customers["count"] == len(customers["id"])
    assert {customer_id[15:].replace("-", "") for customer_id in made} <= set(customers["id"])


def test_pulls_go_on_while_a_push_is_stuck(alice: Device) -> None:
    new_customer(alice)
    assert alice.account.push(alice.envelope([{**alice.change("noop", {}), "seq": 99}]))[1]["code"] == "gap"
    assert alice.catch_up()["device_last_seq"] == 1


def test_the_stream_says_that_there_is_something_to_pull(world: World, alice: Device) -> None:
    with world.account("alice").http.stream("GET", "/sync/events") as events:
        assert events.headers["content-type"].startswith("text/event-stream")
        lines = events.iter_lines()
        assert next(lines).startswith("retry:")
        rev = alice.do("customer.create", {"customer_id": uuid7(), "name": "News"})["rev"]
        told = (json.loads(line.removeprefix("data:"))["rev"] for line in lines if line.startswith("data:"))
        assert any(heard >= rev for heard in told)  # an older one may still be on its way


def test_the_stream_ends_once_its_session_has(world: World) -> None:
    http = world.anew("bob").http
    with http.stream("GET", "/sync/events") as events:
        lines = events.iter_lines()
        assert next(lines).startswith("retry:")
        assert http.post("/sign-out").status_code == 303
        assert ": goodbye" in list(lines)
    assert http.get("/sync/events").status_code == 401


# Nothing else than this shape


@pytest.mark.parametrize(
    "body",
    [
        b"", b"<html>", b"null", b"[]", b"\xff\xfe{}", b'{"protocol": 1', b"[" * MEGABYTE, b'{"a":' * 200_000,
        b'{"protocol": 1.0}', b'{"protocol": true}', b'{"protocol": ' + b"9" * 5000 + b"}",
        b'{"protocol": 1, "changes": {}}',
    ],
)  # fmt: skip
def test_what_is_no_envelope_is_400(alice: Device, body: bytes) -> None:
    assert alice.account.push(body)[0] == 400


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_a_number_that_json_does_not_know_is_400_and_counts_nothing(alice: Device, number: str) -> None:
    place = {"latitude": "@", "longitude": 0, "accuracy_m": 0}
    body = json.dumps(alice.envelope([alice.change("visit.log", {"place": place})]))
    status, answer = alice.account.push(body.replace('"@"', number).encode())
    assert (status, answer["code"]) == (400, "bad_request")
    status, answer = alice.account.push(body.replace('"@"', "1e400").encode())  # JSON, and no latitude
    assert (status, parked(answer["receipts"][0])) == (200, "invalid")
    assert "place.latitude" in answer["receipts"][0]["detail"]["fields"]


@pytest.mark.parametrize("depth", [60, 200, 500, *range(900, 1000, 4)])
def test_no_depth_of_nesting_breaks_the_server(alice: Device, depth: int) -> None:
    """Between what a reader follows and what a writer follows lies what can be read and not be kept."""
    change = json.dumps(alice.envelope([alice.change("visit.log", "@")]))
    status, answer = alice.account.push(change.replace('"@"', "[" * depth + "]" * depth).encode())
    assert (status, answer["code"]) == (400, "bad_request")


@pytest.mark.parametrize("seq", [0, -1, 1.5, "1", None, True, 2**53, 2**64, 1e300])
def test_a_number_that_counts_nothing_is_400(alice: Device, seq: Any) -> None:
    assert alice.account.push(alice.envelope([{**alice.change("noop", {}), "seq": seq}]))[0] == 400


@pytest.mark.parametrize("change_id", [None, 1, "", "x", "0199F2A0-0000-7000-8000-000000000000", "\u0000"])
def test_ids_are_lower_case_uuids(alice: Device, change_id: Any) -> None:
    assert alice.account.push(alice.envelope([{**alice.change("noop", {}), "id": change_id}]))[0] == 400
    assert alice.account.push({**alice.envelope([]), "device_id": change_id})[0] == 400


@pytest.mark.parametrize(
    "happened_at",
    [
        "",
        "yesterday",
        "0000-00-00",
        "1899-12-31T23:59:59Z",
        "9999-12-31T23:59:59.999-23:59",
        0,
        1e308,
        [],
        "\u0000",
    ],
)
def test_a_clock_that_cannot_be_read_is_no_reason_to_refuse(alice: Device, happened_at: Any) -> None:
    customer_id = new_customer(alice)
    alice.done("visit.log", visit(customer_id), happened_at=happened_at)
    body = {**alice.envelope([]), "sent_at": happened_at}
    assert alice.account.push(body)[0] == 200


def test_the_last_of_two_keys_counts(alice: Device) -> None:
    body = json.dumps(alice.envelope([])).replace('"protocol": 1', '"protocol": 9, "protocol": 1')
    assert alice.account.push(body.encode())[0] == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/sync/push", 405), ("PUT", "/sync/push", 405), ("DELETE", "/sync/pull", 405),
        ("POST", "/sync/events", 405), ("GET", "/sync/nothing", 404), ("POST", "/sync/nothing", 404),
        ("GET", "/sync/", 404), ("POST", "/sync/pull/x", 404),
    ],
)  # fmt: skip
def test_other_addresses_and_methods_are_refused_in_the_one_type(
    world: World, alice: Device, method: str, path: str, status: int
) -> None:
    for http in (alice.account.http, httpx.Client(base_url=world.server.url)):
        answer = http.request(method, path)
        assert (answer.status_code, sorted(believed(answer))) == (status, ["code", "protocol"])
        assert (status == 404) or answer.headers["allow"]


@pytest.mark.parametrize("cursor", ["x", "W10", "\u0000", "é", "x" * 5000])
def test_a_cursor_that_is_not_the_servers_starts_afresh(alice: Device, cursor: str) -> None:
    status, answer = alice.account.pull(alice.device_id, cursor=cursor)
    assert (status, answer["code"]) == (409, "epoch")


def test_a_cursor_of_another_user_starts_afresh(world: World, alice: Device) -> None:
    alice.catch_up()
    bob = world.device("bob")
    assert bob.account.pull(bob.device_id, cursor=alice.cursor or "")[1]["code"] == "epoch"
