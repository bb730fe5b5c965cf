"""Applied exactly once, or kept where its author can see it."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Integer
from sqlalchemy.exc import OperationalError
from sqlmodel import col, func, select

from server.database import Database
from server.migrate import changing_tables, newest_version
from server.models.customer import Customer
from server.models.field_history import FieldHistory
from server.models.follow_up import FollowUp
from server.models.identity import new_id
from server.models.receipt import Receipt
from server.models.refusal import NotAllowed
from server.models.user import Device
from server.models.visit import Visit
from server.models.workspace import Workspace
from sync.batch import Batch
from sync.changes import CHANGES, Change
from sync.envelope import MOST_BYTES, Declined, read_envelope
from sync.pace import PUSHES, Pace
from sync.parking import Parked
from sync.release import release
from sync.review import let_through
from tests.cast import NOW, Cast
from tests.sync.conftest import Do
from tests.sync.phone import Line, Phone, Ring

STARTED = "2026-11-23T07:41:12.000Z"


def visit(customer_id: str, **more: Any) -> dict[str, Any]:
    return {
        "visit_id": new_id(),
        "customer_id": customer_id,
        "started_at": STARTED,
        "outcome": "interested",
        **more,
    }


def count(database: Database, table: Any) -> int:
    with database.reading() as session:
        return session.exec(select(func.count()).select_from(table)).one()


def codes(receipts: list[dict[str, Any]]) -> list[str | None]:
    return [receipt["code"] or receipt["status"] for receipt in receipts]


@pytest.fixture
def alices(cast: Cast, ring: Ring, harbour_cafe: Customer) -> Phone:
    return ring(cast.alice)


def test_a_visit_is_there_once_and_the_answer_says_so(
    database: Database, alices: Phone, harbour_cafe: Customer
) -> None:
    entry = alices.save("visit.log", visit(harbour_cafe.id, note="Wants the big grinder 你好 👋 مرحبا"))
    status, answer = alices.line.push(alices.envelope())
    assert status == 200
    assert answer["last_seq"] == 1
    assert answer["rev"] == answer["receipts"][0]["rev"]
    assert answer["receipts"] == [
        {"seq": 1, "id": entry["id"], "status": "applied", "rev": answer["rev"], "code": None, "detail": None}
    ]
    with database.reading() as session:
        [row] = session.exec(select(Visit)).all()
        assert row.note == "Wants the big grinder 你好 👋 مرحبا"
        assert session.exec(select(Workspace.rev)).one() == answer["rev"]


def test_the_answer_was_lost_and_the_phone_sends_again(
    database: Database, alices: Phone, harbour_cafe: Customer
) -> None:
    alices.save("visit.log", visit(harbour_cafe.id))
    envelope = alices.envelope()
    _, first = alices.line.push(envelope)
    _, again = alices.line.push(envelope)
    assert again["receipts"] == [{**first["receipts"][0], "status": "duplicate"}]
    assert again["rev"] == first["rev"]
    assert count(database, Visit) == 1


def test_a_change_counts_once_under_another_device_and_number(
    database: Database, cast: Cast, ring: Ring, alices: Phone, harbour_cafe: Customer
) -> None:
    entry = alices.save("visit.log", visit(harbour_cafe.id))
    alices.push()
    clone = ring(cast.alice)
    noop = clone.save("noop", {})
    clone.outbox.append({**entry, "seq": 2})
    clone.seq = 2
    assert codes(clone.push()) == ["applied", "duplicate"]
    assert codes([clone.do("noop", {})]) == ["applied"]
    assert count(database, Visit) == 1
    assert codes(clone.push([noop, {**entry, "seq": 2}])) == ["duplicate", "duplicate"]


def test_the_same_change_twice_in_one_push(database: Database, alices: Phone, harbour_cafe: Customer) -> None:
    entry = alices.save("visit.log", visit(harbour_cafe.id))
    assert codes(alices.push([entry, {**entry, "seq": 2}])) == ["applied", "duplicate"]
    assert count(database, Visit) == 1


def test_a_gap_is_named_and_nothing_is_applied(
    database: Database, alices: Phone, harbour_cafe: Customer
) -> None:
    for _ in range(3):
        alices.save("visit.log", visit(harbour_cafe.id))
    status, answer = alices.line.push(alices.envelope(alices.outbox[1:]))
    assert (status, answer["code"], answer["expected"]) == (409, "gap", 1)
    hole = [alices.outbox[0], alices.outbox[2]]
    status, answer = alices.line.push(alices.envelope(hole))
    assert (status, answer["code"], answer["expected"]) == (409, "gap", 2)
    assert count(database, Visit) == count(database, Device) == 0


def test_a_number_taken_by_another_change_is_a_fork(
    database: Database, alices: Phone, harbour_cafe: Customer
) -> None:
    alices.do("visit.log", visit(harbour_cafe.id))
    clone = {**alices.save("visit.log", visit(harbour_cafe.id)), "seq": 1}
    status, answer = alices.line.push(alices.envelope([clone]))
    assert (status, answer["code"]) == (409, "fork")
    assert count(database, Visit) == 1


def test_another_epoch_is_told_before_anything_is_looked_at(
    database: Database, alices: Phone, harbour_cafe: Customer
) -> None:
    alices.epoch = "01JBEFORE"
    alices.save("visit.log", visit(harbour_cafe.id))
    status, answer = alices.line.push(alices.envelope())
    assert (status, answer["code"]) == (409, "epoch")
    alices.epoch = answer["epoch"]
    assert codes(alices.push()) == ["applied"]


def test_a_phone_replays_its_journal_after_a_restore(
    database: Database, alices: Phone, harbour_cafe: Customer
) -> None:
    journal = [alices.save("visit.log", visit(harbour_cafe.id)) for _ in range(3)]
    alices.push(journal[:1])
    with database.writing() as session:  # last night's backup, in which two changes are missing
        session.exec(select(Workspace)).one().epoch = "01JRESTORED"
    alices.epoch = "01JRESTORED"
    status, answer = alices.line.push(alices.envelope(journal[2:]))
    assert (status, answer["expected"]) == (409, 2)
    assert codes(alices.push(journal)) == ["duplicate", "applied", "applied"]


def test_an_outbox_is_its_users_and_a_device_too(
    database: Database, cast: Cast, alices: Phone, harbour_cafe: Customer
) -> None:
    alices.do("visit.log", visit(harbour_cafe.id))
    bob_on_her_phone = Phone(cast.bob, Line(database, cast.bob), device_id=alices.device_id)
    bob_on_her_phone.save("noop", {})
    status, answer = bob_on_her_phone.line.push(bob_on_her_phone.envelope())
    assert (status, answer["code"]) == (403, "wrong_user")
    status, answer = bob_on_her_phone.line.push(alices.envelope())
    assert (status, answer["code"]) == (403, "wrong_user")
    assert bob_on_her_phone.line.pull(alices.device_id, None)[0] == 403


def test_a_device_signed_out_by_the_admin_is_told_so(database: Database, alices: Phone) -> None:
    alices.do("noop", {})
    with database.writing() as session:
        session.exec(select(Device)).one().signed_out_at = NOW
    assert alices.line.push(alices.envelope())[0] == 401
    assert alices.line.pull(alices.device_id, None)[0] == 401


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"protocol": 0}, 426, "too_old"),
        ({"protocol": "1"}, 400, "bad_request"),
        ({"protocol": None}, 400, "bad_request"),
        ({"protocol": True}, 400, "bad_request"),
        ({"protocol": 99}, 400, "bad_request"),
        ({"changes": 5}, 400, "bad_request"),
        ({"changes": {}}, 400, "bad_request"),
        ({"changes": ["x"]}, 400, "bad_request"),
        ({"device_id": "x"}, 400, "bad_request"),
        ({"device_id": 5}, 400, "bad_request"),
        ({"user_id": None}, 400, "bad_request"),
        ({"epoch": 5}, 400, "bad_request"),
        ({"changes": [{"seq": 0, "id": new_id(), "name": "noop", "args": {}}]}, 400, "bad_request"),
        ({"changes": [{"seq": "1", "id": new_id(), "name": "noop", "args": {}}]}, 400, "bad_request"),
        ({"changes": [{"seq": True, "id": new_id(), "name": "noop", "args": {}}]}, 400, "bad_request"),
        ({"changes": [{"seq": 2**70, "id": new_id(), "name": "noop", "args": {}}]}, 400, "bad_request"),
        ({"changes": [{"seq": 1, "id": "x", "name": "noop", "args": {}}]}, 400, "bad_request"),
        ({"changes": [{"seq": 1, "id": new_id(), "name": 5, "args": {}}]}, 400, "bad_request"),
        (
            {"changes": [{"seq": 1, "id": new_id(), "name": "noop", "args": {}, "group": 5}]},
            400,
            "bad_request",
        ),
        ({"changes": [{}] * 501}, 413, "too_large"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_envelope_made_wrongly_is_declined_whole(
    alices: Phone, change: dict[str, Any], status: int, code: str
) -> None:
    assert alices.line.push(alices.envelope(**change))[0] == status
    assert alices.line.push(alices.envelope(**change))[1]["code"] == code


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b"\xff\xfe", b"[" * 100_000, b'{"protocol":1}'])
def test_half_a_body_is_declined(body: bytes) -> None:
    with pytest.raises(Declined) as declined:
        read_envelope(body)
    assert declined.value.status == 400


def test_a_megabyte_is_too_much_at_once() -> None:
    with pytest.raises(Declined) as declined:
        read_envelope(b" " * (MOST_BYTES + 1))
    assert declined.value.status == 413


HOSTILE: list[Any] = [
    {"note": "x" * 10_001},
    {"note": "\ud800 half a pair"},
    {"note": "a\u0000b"},
    {"note": "bell \u0007"},
    {"note": 7},
    {"note": {"deep": [[[[{}]]]]}},
    {"outcome": "sold"},
    {"started_at": "yesterday"},
    {"started_at": "1899-12-31T00:00:00Z"},
    {"started_at": 2**70},
    {"place": {"latitude": 10**400, "longitude": 1, "accuracy_m": 1}},
    {"place": [1, 2]},
    {"contact_ids": "x"},
    {"contact_ids": [1]},
    {"competitors": ["x"] * 51},
    {"follow_up": {"follow_up_id": "x", "due_on": "1900-01-01"}},
    {"surprise": True},
    {"sur\u0000prise\ud800": True},
    {"customer_id": None},
    {"visit_id": "ABC"},
]


def test_a_hostile_entry_is_parked_whole_and_stops_nobody(
    database: Database, alices: Phone, harbour_cafe: Customer
) -> None:
    entries = [alices.save("visit.log", {**visit(harbour_cafe.id), **change}) for change in HOSTILE]
    alices.save("visit.log", visit(harbour_cafe.id))
    *bad, good = alices.push()
    assert good["status"] == "applied"
    for entry, receipt in zip(entries, bad, strict=True):
        assert (receipt["status"], receipt["code"]) == ("parked", "invalid"), entry["args"]
        assert receipt["detail"]["message"]
        assert all(error["message"] for error in receipt["detail"]["fields"].values())
        with database.reading() as session:
            kept = session.get(Receipt, entry["id"])
            assert kept is not None
            assert repr(kept.item) == repr(entry)
    assert count(database, Visit) == 1


def test_a_change_nobody_knows_is_kept(alices: Phone) -> None:
    for name in ("visit.frob", "", "\u0000", "x" * 5000, "\ud800"):
        alices.save(name, {})
    assert codes(alices.push()) == ["unknown_change"] * 5


def test_args_that_are_no_args_are_invalid(alices: Phone) -> None:
    for args in (None, 5, "x", [], [{}]):
        alices.save("visit.log", args)
    assert codes(alices.push()) == ["invalid"] * 5


def test_clocks_and_revisions_nobody_can_read_are_no_reason_to_refuse(
    database: Database, alices: Phone, harbour_cafe: Customer
) -> None:
    entry = alices.save("visit.log", visit(harbour_cafe.id), happened_at="noon", base_rev=2**80)
    assert codes(alices.push([entry], sent_at=5)) == ["applied"]
    with database.reading() as session:
        receipt = session.exec(select(Receipt)).one()
        assert (receipt.happened_at, receipt.base_rev) == (NOW, None)


def test_a_clock_that_is_off_is_noted_beside_the_visit(
    database: Database, alices: Phone, harbour_cafe: Customer
) -> None:
    tomorrow = "2026-11-24T08:00:00.000Z"
    entry = alices.save("visit.log", visit(harbour_cafe.id, started_at=tomorrow))
    alices.push([entry], sent_at=tomorrow)
    with database.reading() as session:
        assert session.exec(select(Visit)).one().clock_skew_s == 86_400
        cafe = session.get(Customer, harbour_cafe.id)
        assert cafe is not None
        assert cafe.last_touch_at == NOW  # not in the future


def test_the_sentence_is_in_the_users_language(
    database: Database, cast: Cast, harbour_cafe: Customer, ring: Ring
) -> None:
    mei = ring(cast.mei.model_copy(update={"locale": "zh-Hans"}))
    receipt = mei.do("customer.edit", {"customer_id": new_id(), "fields": {"name": "x"}})
    assert (
        receipt["detail"]["message"]
        != ring(cast.mei).do("customer.edit", {"customer_id": new_id(), "fields": {"name": "x"}})["detail"][
            "message"
        ]
    )


def test_what_depends_on_a_parked_change_parks_and_is_released_with_it(
    database: Database, cast: Cast, alices: Phone, harbour_cafe: Customer, do: Do
) -> None:
    contact_id, first = new_id(), visit(harbour_cafe.id)
    do(cast.mei, "customer.delete", {"customer_id": harbour_cafe.id})
    alices.save("contact.create", {"contact_id": contact_id, "customer_id": harbour_cafe.id, "name": "Lin"})
    alices.save("contact.edit", {"contact_id": contact_id, "fields": {"role": "decides"}})
    alices.save("visit.log", {**first, "contact_ids": [contact_id]})
    alices.save("visit.log", visit(harbour_cafe.id))
    entries = list(alices.outbox)
    assert codes(alices.push()) == ["deleted", "depends_on_parked", "depends_on_parked", "applied"]
    do(cast.dora, "customer.restore", {"customer_id": harbour_cafe.id})
    assert codes(alices.push(entries)) == ["applied", "applied", "applied", "duplicate"]
    assert count(database, Visit) == 2
    with database.reading() as session:
        assert session.exec(select(Receipt).where(Receipt.status == "parked")).all() == []


def test_a_dependent_goes_on_once_somebody_else_made_what_it_waits_for(
    alices: Phone, harbour_cafe: Customer
) -> None:
    """The rep corrects the parked entry and sends it as a new change, with the ids it had."""
    contact_id = new_id()
    bad = {"contact_id": contact_id, "customer_id": harbour_cafe.id, "name": ""}
    assert codes([alices.do("contact.create", bad)]) == ["invalid"]
    assert codes([alices.do("contact.create", bad | {"name": "Lin"})]) == ["applied"]
    assert codes([alices.do("contact.edit", {"contact_id": contact_id, "fields": {"name": "Wu"}})]) == [
        "applied"
    ]


def test_release_by_somebody_else_goes_in_the_name_of_the_author(
    database: Database, cast: Cast, alices: Phone, harbour_cafe: Customer, do: Do
) -> None:
    do(cast.mei, "customer.delete", {"customer_id": harbour_cafe.id})
    alices.do(
        "follow_up.create", {"follow_up_id": new_id(), "customer_id": harbour_cafe.id, "due_on": "2026-12-01"}
    )
    do(cast.mei, "customer.restore", {"customer_id": harbour_cafe.id})
    with database.writing() as session:
        receipt = session.exec(select(Receipt)).one()
        mine, hers = (Batch(session, user, NOW, lambda text, **_: text) for user in (cast.mei, cast.alice))
        with pytest.raises(ValueError, match="author"):
            release(session, mine, receipt)
        assert release(session, hers, receipt) == [receipt]
    with database.reading() as session:
        assert session.exec(select(FollowUp)).one().owner_id == cast.alice.id
        receipt = session.exec(select(Receipt)).one()
        assert (receipt.status, receipt.item, receipt.released_at) == ("applied", None, NOW)


def test_dependents_of_a_change_from_a_later_version_wait_with_it(
    monkeypatch: pytest.MonkeyPatch, alices: Phone, harbour_cafe: Customer
) -> None:
    contact_id = new_id()
    alices.save("person.create", {"contact_id": contact_id, "customer_id": harbour_cafe.id, "name": "Lin"})
    alices.save("contact.edit", {"contact_id": contact_id, "fields": {"role": "decides"}})
    alices.save("visit.log", visit(harbour_cafe.id))
    entries = list(alices.outbox)
    assert codes(alices.push()) == ["unknown_change", "depends_on_parked", "applied"]
    monkeypatch.setitem(
        CHANGES, "person.create", CHANGES["contact.create"]
    )  # the server is brought up to date
    assert codes(alices.push(entries)) == ["applied", "applied", "duplicate"]


def test_a_group_is_applied_whole_or_parked_whole(
    database: Database, alices: Phone, harbour_cafe: Customer
) -> None:
    group = new_id()
    alices.save("customer.add_tag", {"customer_id": harbour_cafe.id, "tag": "vip"}, group=group)
    alices.save("visit.log", visit(harbour_cafe.id), group=group)
    alices.save("visit.log", visit(new_id()), group=group)
    alices.save("visit.log", visit(harbour_cafe.id))
    assert codes(alices.push()) == ["depends_on_parked", "depends_on_parked", "not_allowed", "applied"]
    assert count(database, Visit) == 1
    alices.pull()
    assert alices.rows["customers"][harbour_cafe.id]["tags"] == []


class Poison:
    """A verb that writes and then breaks, as often as told."""

    def __init__(self, times: int) -> None:
        self.times, self.calls = times, 0

    def __call__(self, act: Any, **args: Any) -> None:
        self.calls += 1
        CHANGES["visit.log"].verb(act, **args)
        act.rows.write()
        if self.calls <= self.times:
            raise ZeroDivisionError("poison")


def _poison(monkeypatch: pytest.MonkeyPatch, times: int) -> Poison:
    poison = Poison(times)
    monkeypatch.setitem(CHANGES, "visit.poison", Change(poison, CHANGES["visit.log"].args))
    return poison


def test_a_change_that_breaks_the_server_is_parked_and_stops_nobody(
    monkeypatch: pytest.MonkeyPatch, database: Database, alices: Phone, harbour_cafe: Customer
) -> None:
    poison = _poison(monkeypatch, times=1000)
    alices.save("visit.log", visit(harbour_cafe.id))
    bad = alices.save("visit.poison", visit(harbour_cafe.id))
    alices.save("visit.log", visit(harbour_cafe.id))
    assert codes(alices.push()) == ["applied", "error", "applied"]
    assert poison.calls == 3, "with all at once, then twice alone"
    assert count(database, Visit) == 2
    assert codes(alices.push([bad])) == ["error"]
    assert poison.calls == 3
    alices.pull(sums=True)
    assert len(alices.rows["visits"]) == 2
    assert alices.told_sums == alices.sums()  # of what was taken back no revision is left


def test_a_group_with_a_change_that_breaks_the_server_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, database: Database, cast: Cast, alices: Phone, harbour_cafe: Customer
) -> None:
    poison, tag = _poison(monkeypatch, times=1000), {"customer_id": harbour_cafe.id, "tag": "vip"}
    for name, args in (("customer.add_tag", tag), ("visit.poison", visit(harbour_cafe.id)), ("noop", {})):
        alices.save(name, args, group="poisoned")
    group = list(alices.outbox)
    assert codes(alices.push()) == ["depends_on_parked", "error", "depends_on_parked"]
    assert codes(alices.push(group)) == ["depends_on_parked", "error", "depends_on_parked"]
    somebody_elses = visit(new_id())
    assert codes([alices.do("visit.log", somebody_elses)]) == ["not_allowed"]
    assert poison.calls == 3, "neither when its neighbours are sent again nor when others are let through"
    poison.times = 0  # the server is mended, and a manager has looked at it
    with database.writing() as session:
        assert let_through(session, cast.mei, group[0]["id"], NOW) == ""
    assert codes(alices.push(group)) == ["duplicate", "duplicate", "duplicate"]
    assert count(database, Visit) == 1


def test_what_waits_for_a_poisoned_group_does_not_have_it_tried_again(
    monkeypatch: pytest.MonkeyPatch, cast: Cast, alices: Phone, harbour_cafe: Customer, do: Do
) -> None:
    poison, tag = _poison(monkeypatch, times=1000), {"customer_id": harbour_cafe.id, "tag": "vip"}
    alices.save("customer.add_tag", tag, group="poisoned")
    alices.save("visit.poison", visit(harbour_cafe.id), group="poisoned")
    alices.push()
    do(cast.mei, "customer.delete", {"customer_id": harbour_cafe.id})
    edit = alices.save("customer.edit", {"customer_id": harbour_cafe.id, "fields": {"region": "Quay"}})
    assert codes(alices.push()) == ["deleted"]
    do(cast.mei, "customer.restore", {"customer_id": harbour_cafe.id})
    assert codes(alices.push([edit])) == ["applied"]
    assert poison.calls == 3


def test_a_parked_group_is_tried_once_a_push(
    monkeypatch: pytest.MonkeyPatch, alices: Phone, harbour_cafe: Customer
) -> None:
    tries: list[int] = []

    def refuse(act: Any, **_: Any) -> None:
        tries.append(1)
        raise NotAllowed

    monkeypatch.setitem(CHANGES, "visit.refuse", Change(refuse, CHANGES["visit.log"].args))
    alices.save("visit.refuse", visit(harbour_cafe.id), group="refused")
    for _ in range(3):
        alices.save("visit.log", visit(harbour_cafe.id), group="refused")
    group = list(alices.outbox)
    alices.push()
    tries.clear()
    alices.push(group)
    assert len(tries) == 1


def test_a_parked_change_that_breaks_when_it_is_tried_again_has_three_tries(
    monkeypatch: pytest.MonkeyPatch, alices: Phone, harbour_cafe: Customer
) -> None:
    entry = alices.save("visit.poison", visit(harbour_cafe.id))
    assert codes(alices.push()) == ["unknown_change"]
    poison = _poison(monkeypatch, times=1000)  # a later version knows it, and breaks
    refused = alices.save("visit.log", visit(new_id()))
    assert codes(alices.push([entry, refused])) == ["error", "not_allowed"]
    assert poison.calls == 3
    assert codes(alices.push([entry])) == ["error"]
    assert poison.calls == 3


def test_a_group_of_which_something_was_taken_back_is_never_applied(
    database: Database, cast: Cast, alices: Phone, harbour_cafe: Customer, do: Do
) -> None:
    do(cast.mei, "customer.delete", {"customer_id": harbour_cafe.id})
    tag = {"customer_id": harbour_cafe.id, "tag": "vip"}
    edit = {"customer_id": harbour_cafe.id, "fields": {"region": "Quay"}}
    group = [
        alices.save(name, args, group="taken")
        for name, args in (("customer.add_tag", tag), ("customer.edit", edit))
    ]
    alices.push()
    assert codes([alices.do("entry.withdraw", {"change_id": group[0]["id"]})]) == ["applied"]
    do(cast.mei, "customer.restore", {"customer_id": harbour_cafe.id})
    assert codes(alices.push([group[1]])) == ["depends_on_parked"]
    with database.writing() as session:
        let_through(session, cast.mei, group[1]["id"], NOW)
    with database.reading() as session:
        assert session.get_one(Customer, harbour_cafe.id).region == "East Side"


def test_a_change_that_breaks_once_is_applied(
    monkeypatch: pytest.MonkeyPatch, database: Database, alices: Phone, harbour_cafe: Customer
) -> None:
    _poison(monkeypatch, times=2)
    assert codes([alices.do("visit.poison", visit(harbour_cafe.id))]) == ["applied"]
    assert count(database, Visit) == 1


def test_the_server_dies_before_the_commit_and_nothing_has_happened(
    monkeypatch: pytest.MonkeyPatch, database: Database, alices: Phone, harbour_cafe: Customer
) -> None:
    alices.save("visit.log", visit(harbour_cafe.id))
    with monkeypatch.context() as patched:
        patched.setattr("sync.push.receipt_of", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            alices.line.push(alices.envelope())
    assert count(database, Visit) == count(database, Receipt) == 0
    assert codes(alices.push()) == ["applied"]


def test_reassigned_while_offline(
    database: Database, cast: Cast, alices: Phone, harbour_cafe: Customer, do: Do
) -> None:
    """Her visit from before counts under her name; her edit of a field waits for somebody to decide."""
    alices.pull()
    with database.reading() as session:
        seen = session.exec(select(Workspace.rev)).one()
    do(
        cast.mei,
        "customer.assign",
        {"customer_id": harbour_cafe.id, "from": cast.alice.id, "to": cast.bob.id},
    )
    promise = {"follow_up_id": new_id(), "due_on": "2026-12-01"}
    alices.save("visit.log", visit(harbour_cafe.id, follow_up=promise), base_rev=seen)
    alices.save(
        "customer.edit", {"customer_id": harbour_cafe.id, "fields": {"region": "Quay"}}, base_rev=seen
    )
    assert codes(alices.push()) == ["applied", "not_allowed"]
    with database.reading() as session:
        assert session.exec(select(Visit)).one().author_id == cast.alice.id
        assert session.exec(select(FollowUp)).one().owner_id == cast.bob.id  # who can keep the promise
        seen = session.exec(select(Workspace.rev)).one()
    assert codes([alices.do("visit.log", visit(harbour_cafe.id), base_rev=seen)]) == ["not_allowed"]


def test_two_phones_edit_different_fields_and_both_stay(
    database: Database, cast: Cast, alices: Phone, ring: Ring, harbour_cafe: Customer
) -> None:
    tablet = ring(cast.alice)
    alices.do(
        "customer.edit", {"customer_id": harbour_cafe.id, "fields": {"region": "Quay", "phone": "040 123"}}
    )
    tablet.do(
        "customer.edit", {"customer_id": harbour_cafe.id, "fields": {"phone": "040 456", "address": None}}
    )
    with database.reading() as session:
        cafe = session.get(Customer, harbour_cafe.id)
        assert cafe is not None
        assert (cafe.region, cafe.phone) == ("Quay", "040 456")
        assert cafe.search_text == "harbour cafe quay 040 456 040456"
        lost = session.exec(select(FieldHistory).order_by(col(FieldHistory.id))).all()
        assert [(row.field, row.before, row.after) for row in lost][-1] == ("phone", "040 123", "040 456")


def test_a_stage_moved_by_somebody_else_meanwhile_waits_for_a_person(
    alices: Phone, harbour_cafe: Customer
) -> None:
    deal = {"opportunity_id": new_id(), "customer_id": harbour_cafe.id, "name": "Grinder", "stage": "lead"}
    alices.do("opportunity.create", deal | {"amount_cents": 5000, "currency": "EUR"})
    move = {"opportunity_id": deal["opportunity_id"], "from": "lead"}
    assert codes([alices.do("opportunity.move", move | {"to": "quote"})]) == ["applied"]
    assert codes([alices.do("opportunity.move", move | {"to": "quote"})]) == ["applied"]  # nothing to decide
    receipt = alices.do("opportunity.move", move | {"to": "lost"})
    assert (receipt["code"], receipt["detail"]["current"]) == ("conflict", "quote")


def test_every_receipt_has_a_revision_of_its_own(alices: Phone) -> None:
    """Also of what changed no row: by its revision a backup knows whether it holds the receipt."""
    receipts = [alices.do(name, {}) for name in ("noop", "visit.frob", "noop")]
    revs = [receipt["rev"] for receipt in receipts]
    assert revs == sorted(set(revs))


def test_two_tabs_push_the_same_at_the_same_time(
    database: Database, alices: Phone, harbour_cafe: Customer
) -> None:
    for _ in range(20):
        alices.save("visit.log", visit(harbour_cafe.id))
    answers = at_once(lambda: alices.line.push(alices.envelope()), 4)
    assert [status for status, _ in answers] == [200] * 4
    applied = [codes(answer["receipts"]) for _, answer in answers]
    assert sorted(map(set, applied), key=str) == [{"applied"}, *[{"duplicate"}] * 3]
    assert count(database, Visit) == 20


def test_the_same_changes_by_two_devices_at_the_same_time(
    database: Database, cast: Cast, ring: Ring, alices: Phone, harbour_cafe: Customer
) -> None:
    clone = ring(cast.alice)
    for _ in range(10):
        clone.outbox.append(alices.save("visit.log", visit(harbour_cafe.id)))
    lines = iter([alices, clone] * 2)
    answers = at_once(lambda phone: phone.line.push(phone.envelope()), 4, lines)
    assert [status for status, _ in answers] == [200] * 4
    assert count(database, Visit) == count(database, Receipt) == 10


def test_many_phones_write_to_the_same_customers(
    database: Database, cast: Cast, ring: Ring, harbour_cafe: Customer, do: Do
) -> None:
    """Locks are taken in one order, and whoever loses all the same tries again."""
    quay = new_id()
    do(cast.alice, "customer.create", {"customer_id": quay, "name": "Quay Bar"})
    phones = [ring(cast.alice) for _ in range(6)]
    for number, phone in enumerate(phones):
        for customer_id in [harbour_cafe.id, quay][:: 1 if number % 2 else -1]:
            phone.save("visit.log", visit(customer_id))
            phone.save("customer.edit", {"customer_id": customer_id, "fields": {"region": f"R{number}"}})
    answers = at_once(lambda phone: phone.line.push(phone.envelope()), 6, iter(phones))
    assert {code for _, answer in answers for code in codes(answer["receipts"])} == {"applied"}
    assert count(database, Visit) == 12


def at_once(work: Any, times: int, given: Any = None) -> list[Any]:
    results: list[Any] = []
    gate = threading.Barrier(times)

    def run(*args: Any) -> None:
        gate.wait()
        results.append(work(*args))

    threads = [
        threading.Thread(target=run, args=() if given is None else (next(given),)) for _ in range(times)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == times
    return results


def test_a_phone_that_pushes_without_end_is_slowed_down() -> None:
    pace, device_id = Pace(), new_id()
    for _ in range(PUSHES):
        pace.check(device_id, NOW)
    with pytest.raises(Declined) as declined:
        pace.check(device_id, NOW + timedelta(seconds=20))
    assert (declined.value.status, declined.value.retry_after) == (429, 41)
    pace.check(new_id(), NOW)
    pace.check(device_id, NOW - timedelta(days=1))  # a clock that was ahead is set right
    pace.check(device_id, NOW + timedelta(minutes=2))


@pytest.mark.parametrize(("told", "left"), [(7, 6), (1, 0), (0, 0)])
def test_the_device_tells_how_much_it_holds_and_what_came_with_it_is_here(
    database: Database, alices: Phone, told: int, left: int
) -> None:
    """Or whoever sent the last visit of the week would stand there as a phone that holds something."""
    alices.save("noop", {})
    alices.push(unsent=told, evicted=True, something_of_tomorrow={})
    with database.reading() as session:
        device = session.exec(select(Device)).one()
        assert (device.unsent, device.lost) == (left, None)


@pytest.mark.parametrize(("told", "at"), [("2026-11-20T08:00:00.000Z", -3), ("yesterday", 0), (None, 0)])
def test_the_device_tells_what_a_browser_threw_away_even_with_nothing_to_send(
    database: Database, alices: Phone, told: str | None, at: int
) -> None:
    """A clock that cannot be read: when it was heard."""
    assert alices.push([], evicted={"lost": 3, "at": told}) == []
    alices.do("noop", {})
    with database.reading() as session:
        device = session.exec(select(Device)).one()
        assert (device.lost, device.lost_at and (device.lost_at - NOW).days) == (3, at)


@pytest.mark.parametrize("evicted", [{}, {"lost": 0}, {"lost": -1}, {"lost": "3"}, [3], {"lost": 2**40}])
def test_a_loss_that_cannot_be_read_is_no_reason_to_refuse(
    database: Database, alices: Phone, evicted: Any
) -> None:
    alices.save("noop", {})
    assert codes(alices.push(evicted=evicted)) == ["applied"]
    with database.reading() as session:
        assert session.exec(select(Device)).one().lost is None


# What a careless network does to the pushes of one phone: which part of the outbox, how often.
SENDINGS = st.lists(st.tuples(st.integers(0, 11), st.integers(1, 12)), min_size=1, max_size=12)
KINDS = st.lists(
    st.sampled_from(
        ["visit", "bad visit", "contact", "bad contact", "edit contact", "foreign", "unknown", "noop"]
    ),
    min_size=12,
    max_size=12,
)
# Two edits wait for one contact, which arrives. The first one sent again takes the second one along.
WAITING = ["visit", "visit", "bad contact", "edit contact", "visit", "visit", "edit contact", "contact"]
WAITING += ["noop"] * 4


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kinds=KINDS, sendings=SENDINGS)
@example(kinds=WAITING, sendings=[(0, 9), (0, 4)])
def test_whatever_is_resent_in_whatever_order_each_change_has_one_effect(
    database: Database, cast: Cast, ring: Ring, harbour_cafe: Customer, kinds: list[str], sendings: list[Any]
) -> None:
    phone = ring(cast.alice)
    entries = _entries(phone, harbour_cafe.id, kinds)
    latest: dict[str, dict[str, Any]] = {}
    for start, length in [*sendings, (0, 12)]:
        status, answer = phone.line.push(phone.envelope(entries[start : start + length]))
        if status == 409:
            assert answer["code"] == "gap"
            assert answer["expected"] <= start
            continue
        for receipt in answer["receipts"]:
            before = latest.get(receipt["id"], receipt)
            if receipt["status"] == "duplicate" and before["code"] == "depends_on_parked":
                # Let through with what it waited for, by a push that did not carry it.
                assert (receipt["code"], receipt["rev"] > before["rev"]) == (None, True)
            elif receipt["status"] == "duplicate":
                assert (receipt["rev"], receipt["code"]) == (before["rev"], before["code"])
                assert before["status"] in ("applied", "duplicate")
            else:  # new, or parked before: perhaps possible now, perhaps for another reason not
                assert before is receipt or before["status"] == "parked"
            latest[receipt["id"]] = receipt
    assert latest.keys() == {entry["id"] for entry in entries}
    _check_effects(database, entries, latest)


def _entries(phone: Phone, customer_id: str, kinds: list[str]) -> list[dict[str, Any]]:
    contact_id = new_id()
    make = {
        "visit": lambda: ("visit.log", visit(customer_id)),
        "bad visit": lambda: ("visit.log", visit(customer_id, outcome="?")),
        "contact": lambda: (
            "contact.create",
            {"contact_id": contact_id, "customer_id": customer_id, "name": "Lin"},
        ),
        "bad contact": lambda: ("contact.create", {"contact_id": contact_id, "customer_id": customer_id}),
        "edit contact": lambda: ("contact.edit", {"contact_id": contact_id, "fields": {"name": new_id()}}),
        "foreign": lambda: ("visit.log", visit(new_id())),
        "unknown": lambda: ("visit.frob", {}),
        "noop": lambda: ("noop", {}),
    }
    return [phone.save(*make[kind]()) for kind in kinds]


def _check_effects(database: Database, entries: list[Any], receipts: dict[str, dict[str, Any]]) -> None:
    with database.reading() as session:
        ids = [entry["id"] for entry in entries]
        kept = session.exec(select(Receipt).where(col(Receipt.change_id).in_(ids))).all()
        assert len(kept) == len(entries)
        assert all((receipt.item is None) == (receipt.status == "applied") for receipt in kept)
        for entry in entries:
            if entry["name"] == "visit.log":
                there = session.get(Visit, entry["args"]["visit_id"]) is not None
                assert there == (receipts[entry["id"]]["status"] != "parked")


def test_the_parked_of_others_hold_nobody_back(database: Database, cast: Cast, alices: Phone) -> None:
    alices.do("contact.create", {"contact_id": new_id(), "customer_id": new_id(), "name": ""})
    with database.reading() as session:
        assert not Parked(session, cast.bob.id)._awaited
        assert Parked(session, cast.alice.id)._awaited


def test_a_push_that_loses_to_another_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, database: Database, cast: Cast, alices: Phone, harbour_cafe: Customer
) -> None:
    class Deadlock(Exception):  # noqa: N818
        sqlstate = "40P01"

    alices.save("visit.log", visit(harbour_cafe.id))
    times = iter(range(10))
    original = Batch.run_at_once

    def run(self: Batch, items: Any) -> Any:
        if next(times) < 2:
            raise OperationalError("UPDATE", {}, Deadlock())
        return original(self, items)

    monkeypatch.setattr(Batch, "run_at_once", run)
    assert codes(alices.push()) == ["applied"]
    assert count(database, Visit) == 1


def test_a_database_that_is_away_parks_nothing(
    monkeypatch: pytest.MonkeyPatch, database: Database, alices: Phone, harbour_cafe: Customer
) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise OperationalError("SELECT", {}, Exception("disk I/O error"))

    alices.save("visit.log", visit(harbour_cafe.id))
    monkeypatch.setitem(CHANGES, "visit.log", Change(away, CHANGES["visit.log"].args))
    with pytest.raises(OperationalError):
        alices.line.push(alices.envelope())
    monkeypatch.undo()
    assert count(database, Receipt) == 0
    assert codes(alices.push()) == ["applied"]


def test_a_server_left_running_while_its_tables_were_upgraded_parks_nothing(
    database: Database, alices: Phone, harbour_cafe: Customer
) -> None:
    alices.save("visit.log", visit(harbour_cafe.id))
    with changing_tables(database) as connection:
        tables = Operations(MigrationContext.configure(connection))
        with tables.batch_alter_table("visits") as visits:
            visits.add_column(Column("mood", Integer(), nullable=False, server_default="0"))
        with tables.batch_alter_table("visits") as visits:
            visits.alter_column("mood", server_default=None)
        tables.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(OperationalError, match=r"the tables are at 9999.*start it anew"):
        alices.line.push(alices.envelope())
    assert count(database, Receipt) == 0
    with changing_tables(database) as connection:
        tables = Operations(MigrationContext.configure(connection))
        with tables.batch_alter_table("visits") as visits:
            visits.drop_column("mood")
        tables.execute(f"UPDATE alembic_version SET version_num = '{newest_version()}'")
    assert codes(alices.push()) == ["applied"]


def test_charlie_learns_nothing_from_a_change_id_of_alices(
    cast: Cast, ring: Ring, alices: Phone, harbour_cafe: Customer
) -> None:
    entry = alices.save("visit.log", visit(harbour_cafe.id, outcome="?"))
    alices.push()
    charlie = ring(cast.charlie)
    [receipt] = charlie.push([entry])
    assert receipt["detail"] is None


def test_one_push_of_fifty_visits_is_a_handful_of_statements(
    alices: Phone, harbour_cafe: Customer, asked: list[str]
) -> None:
    alices.do("visit.log", visit(harbour_cafe.id))
    counts = []
    for size in (5, 50):
        asked.clear()
        for _ in range(size):
            promise = {"follow_up_id": new_id(), "due_on": "2026-12-01"}
            alices.save("visit.log", visit(harbour_cafe.id, follow_up=promise))
        assert set(codes(alices.push())) == {"applied"}
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 13


def test_a_receipt_keeps_what_its_change_made_for_ever(
    alices: Phone, harbour_cafe: Customer, database: Database
) -> None:
    """So that it can be looked for: a receipt without its row is a broken promise."""
    promised = {"follow_up_id": new_id(), "due_on": "2026-11-30"}
    made, late = visit(harbour_cafe.id, follow_up=promised), visit(new_id())
    alices.do("visit.log", made)
    alices.do("customer.add_tag", {"customer_id": harbour_cafe.id, "tag": "pumps"})
    waiting = alices.save("visit.log", late)
    alices.push([waiting])
    alices.do("customer.create", {"customer_id": late["customer_id"], "name": "Late"})
    alices.push([waiting])
    with database.reading() as session:
        receipts = session.exec(select(Receipt).order_by(col(Receipt.seq))).all()
    assert [(receipt.status, receipt.creates) for receipt in receipts] == [
        ("applied", [f"visits:{made['visit_id']}", f"follow_ups:{promised['follow_up_id']}"]),
        ("applied", None),
        ("applied", [f"visits:{late['visit_id']}"]),
        ("applied", [f"customers:{late['customer_id']}"]),
    ]


def test_an_edit_of_a_contact_removed_meanwhile_waits_until_it_is_put_back(
    cast: Cast, ring: Ring, harbour_cafe: Customer, do: Do
) -> None:
    contact_id, phone = new_id(), ring(cast.alice)
    do(
        cast.alice,
        "contact.create",
        {"contact_id": contact_id, "customer_id": harbour_cafe.id, "name": "Lin"},
    )
    do(cast.mei, "contact.remove", {"contact_id": contact_id})
    entry = phone.save("contact.edit", {"contact_id": contact_id, "fields": {"name": "Lin Wei"}})
    [receipt] = phone.push([entry])
    assert (receipt["status"], receipt["code"]) == ("parked", "deleted")
    assert receipt["detail"]["contact_id"] == contact_id
    assert "removed in the meantime" in receipt["detail"]["message"]
    do(cast.alice, "contact.restore", {"contact_id": contact_id})
    assert phone.push([entry])[0]["status"] == "applied"
