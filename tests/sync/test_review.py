"""What a manager decides about parked changes: applied once under their author, or kept and dismissed."""

from typing import Any

import pytest
from sqlmodel import Session, col, select, update

from server.backup.checking import findings
from server.database import Database
from server.models.customer import Customer
from server.models.follow_up import FollowUp
from server.models.identity import new_id
from server.models.receipt import Receipt
from server.models.refusal import NotAllowed
from server.models.user import Role, User
from server.models.visit import Visit
from sync import review
from tests.cast import NOW, Cast
from tests.sync.conftest import Do
from tests.sync.phone import Phone, Ring

LOGGED = {"started_at": "2026-11-23T07:41:12.000Z", "outcome": "interested"}


def visit_of(customer: Customer, **more: Any) -> dict[str, Any]:
    return {"visit_id": new_id(), "customer_id": customer.id, **LOGGED, **more}


def decide(database: Database, what: Any, manager: User, change_id: str) -> Any:
    with database.writing() as session:
        return what(session, manager, change_id, NOW)


def waiting_for(database: Database, manager: User) -> list[str]:
    with database.reading() as session:
        return [receipt.change_id for receipt, _ in review.to_decide(session, manager, 10)]


def receipt_of(session: Session, change_id: str) -> Receipt:
    return session.get_one(Receipt, change_id)


@pytest.fixture
def bobs(ring: Ring, cast: Cast) -> Phone:
    return ring(cast.bob)


def park(phone: Phone, customer: Customer, **more: Any) -> dict[str, Any]:
    """A visit of Bob's at a customer of Alice's: not his."""
    entry = phone.save("visit.log", visit_of(customer, **more))
    [receipt] = phone.push([entry])
    assert (receipt["status"], receipt["code"]) == ("parked", "not_allowed")
    return entry


def test_let_through_it_stands_under_its_author_and_his_phone_clears_it(
    database: Database, cast: Cast, harbour_cafe: Customer, bobs: Phone
) -> None:
    entry = park(bobs, harbour_cafe)
    assert waiting_for(database, cast.mei) == waiting_for(database, cast.dora) == [entry["id"]]
    assert decide(database, review.let_through, cast.mei, entry["id"]) == ""
    with database.reading() as session:
        visit = session.get_one(Visit, entry["args"]["visit_id"])
        assert (visit.author_id, visit.customer_id) == (cast.bob.id, harbour_cafe.id)
        receipt = receipt_of(session, entry["id"])
        assert (receipt.status, receipt.item) == ("applied", None)
        assert receipt.rev > 0
    [again] = bobs.push([entry])
    assert (again["status"], again["code"], again["rev"]) == ("duplicate", None, receipt.rev)
    assert waiting_for(database, cast.mei) == []


def test_let_through_twice_it_is_applied_once(
    database: Database, cast: Cast, harbour_cafe: Customer, bobs: Phone
) -> None:
    entry = park(bobs, harbour_cafe)
    for _ in range(2):
        assert decide(database, review.let_through, cast.mei, entry["id"]) == ""
    with database.reading() as session:
        assert len(session.exec(select(Visit)).all()) == 1


def test_a_promise_within_goes_to_whoever_looks_after_the_customer(
    database: Database, cast: Cast, harbour_cafe: Customer, bobs: Phone
) -> None:
    promise = {"follow_up_id": new_id(), "due_on": "2026-11-30"}
    entry = park(bobs, harbour_cafe, follow_up=promise)
    decide(database, review.let_through, cast.mei, entry["id"])
    with database.reading() as session:
        assert session.get_one(FollowUp, promise["follow_up_id"]).owner_id == cast.alice.id


def test_what_waited_for_it_goes_with_it(
    database: Database, cast: Cast, harbour_cafe: Customer, bobs: Phone
) -> None:
    contact_id = new_id()
    made = bobs.save(
        "contact.create", {"contact_id": contact_id, "customer_id": harbour_cafe.id, "name": "Wu"}
    )
    met = bobs.save("visit.log", visit_of(harbour_cafe, contact_ids=[contact_id]))
    assert [receipt["code"] for receipt in bobs.push()] == ["not_allowed", "depends_on_parked"]
    decide(database, review.let_through, cast.mei, made["id"])
    with database.reading() as session:
        assert receipt_of(session, met["id"]).status == "applied"
        assert session.get_one(Visit, met["args"]["visit_id"]).author_id == cast.bob.id


def test_the_managers_right_must_suffice(database: Database, cast: Cast, do: Do, bobs: Phone) -> None:
    far = new_id()
    do(cast.charlie, "customer.create", {"customer_id": far, "name": "Quay Bar"})
    entry = bobs.save("customer.edit", {"customer_id": far, "fields": {"name": "Mine"}})
    bobs.push([entry])
    refused = decide(database, review.let_through, cast.mei, entry["id"])
    assert refused == "This is not yours to change, or it is no longer there."
    with database.reading() as session:
        assert session.get_one(Customer, far).name == "Quay Bar"
        assert receipt_of(session, entry["id"]).status == "parked"
    assert decide(database, review.let_through, cast.dora, entry["id"]) == ""


@pytest.mark.parametrize("change", [{"role": Role.SUPPORT}, {"deactivated_at": NOW}])
def test_a_customer_of_whoever_owns_none_any_more_is_nobodys(
    database: Database, cast: Cast, ring: Ring, change: dict[str, Any]
) -> None:
    with database.writing() as session:
        session.execute(update(User).where(col(User.id) == cast.bob.id).values(change))
        bob = session.get_one(User, cast.bob.id)
    own = {"customer_id": new_id(), "name": "Quay Bar", "owner_id": cast.bob.id}
    assert ring(bob).do("customer.create", own)["code"] == "not_allowed"
    assert decide(database, review.let_through, cast.mei, waiting_for(database, cast.mei)[0]) == ""
    with database.reading() as session:
        made = session.get_one(Customer, own["customer_id"])
        assert (made.owner_id, made.territory_id) == (None, cast.north.id)


@pytest.mark.parametrize("what", [review.let_through, review.dismiss])
def test_nobody_else_decides(
    database: Database, cast: Cast, harbour_cafe: Customer, bobs: Phone, what: Any
) -> None:
    entry = park(bobs, harbour_cafe)
    for user in (cast.alice, cast.bob, cast.charlie):
        with pytest.raises(NotAllowed):
            decide(database, what, user, entry["id"])
    with pytest.raises(NotAllowed):
        decide(database, what, cast.mei, new_id())


def test_dismissed_it_is_kept_and_its_author_reads_by_whom(
    database: Database, cast: Cast, harbour_cafe: Customer, bobs: Phone, do: Do
) -> None:
    entry = park(bobs, harbour_cafe)
    bobs.do("entry.ask", {"change_id": entry["id"]})
    [waiting] = bobs.push([entry])
    assert (waiting["detail"].get("asked"), waiting["detail"].get("dismissed")) == (True, None)
    decide(database, review.dismiss, cast.mei, entry["id"])
    do(cast.alice, "customer.share", {"customer_id": harbour_cafe.id, "user_id": cast.bob.id})
    [again] = bobs.push([entry])
    assert (again["status"], again["code"]) == ("parked", "not_allowed"), "it is not tried again"
    assert again["detail"]["message"] == "Mei has looked at this and dismissed it."
    assert (again["detail"].get("asked"), again["detail"].get("dismissed")) == (None, True)
    assert waiting_for(database, cast.mei) == []
    with database.reading() as session:
        kept = receipt_of(session, entry["id"])
        assert (kept.dismissed_by, kept.item["args"]) == (cast.mei.id, entry["args"])  # type: ignore[index]


def test_a_deleted_customer_is_restored_and_the_edit_goes_through(
    database: Database, cast: Cast, harbour_cafe: Customer, ring: Ring, do: Do
) -> None:
    alices = ring(cast.alice)
    do(cast.mei, "customer.delete", {"customer_id": harbour_cafe.id})
    entry = alices.save("customer.edit", {"customer_id": harbour_cafe.id, "fields": {"region": "Quay"}})
    assert alices.push([entry])[0]["code"] == "deleted"
    with database.writing() as session:
        refused = review.restore(session, cast.mei, entry["id"], harbour_cafe.id, NOW)
    assert refused == ""
    with database.reading() as session:
        row = session.get_one(Customer, harbour_cafe.id)
        assert (row.deleted_at, row.region) == (None, "Quay")


def test_what_somebody_asks_about_comes_first_and_the_phone_hears_that_it_was_asked(
    database: Database, cast: Cast, harbour_cafe: Customer, bobs: Phone
) -> None:
    first, second = park(bobs, harbour_cafe), park(bobs, harbour_cafe)
    assert bobs.do("entry.ask", {"change_id": second["id"]})["status"] == "applied"
    assert waiting_for(database, cast.mei) == [second["id"], first["id"]]
    [told] = bobs.push([second])
    assert told["detail"]["asked"] is True


def test_discarded_by_its_author_nobody_lets_it_through_any_more(
    database: Database, cast: Cast, harbour_cafe: Customer, bobs: Phone
) -> None:
    entry = park(bobs, harbour_cafe)
    assert bobs.do("entry.withdraw", {"change_id": entry["id"]})["status"] == "applied"
    assert waiting_for(database, cast.mei) == []
    decide(database, review.let_through, cast.mei, entry["id"])
    with database.reading() as session:
        assert session.exec(select(Visit)).all() == []


def test_sent_anew_after_the_manager_let_it_through_both_wait_for_a_decision(
    database: Database, cast: Cast, harbour_cafe: Customer, bobs: Phone, do: Do
) -> None:
    entry = park(bobs, harbour_cafe)
    decide(database, review.let_through, cast.mei, entry["id"])
    do(cast.alice, "customer.share", {"customer_id": harbour_cafe.id, "user_id": cast.bob.id})
    bobs.save("visit.log", visit_of(harbour_cafe), group="anew")
    bobs.save("entry.withdraw", {"change_id": entry["id"]}, group="anew")
    assert [receipt["code"] for receipt in bobs.push()] == ["depends_on_parked", "conflict"]
    with database.reading() as session:
        assert len(session.exec(select(Visit)).all()) == 1, "and not two of one visit"


def send_anew(phone: Phone, customer: Customer, entry: dict[str, Any]) -> list[Any]:
    anew = f"anew on {phone.device_id}"
    phone.save("visit.log", visit_of(customer), group=anew)
    phone.save("entry.withdraw", {"change_id": entry["id"]}, group=anew)
    return [receipt["code"] for receipt in phone.push()]


@pytest.mark.parametrize("is_dismissed", [False, True])
def test_sent_anew_from_a_phone_and_from_its_copy_it_is_there_once(
    database: Database,
    cast: Cast,
    harbour_cafe: Customer,
    bobs: Phone,
    ring: Ring,
    do: Do,
    is_dismissed: bool,
) -> None:
    entry, copy = park(bobs, harbour_cafe), ring(cast.bob)
    if is_dismissed:
        decide(database, review.dismiss, cast.mei, entry["id"])
    do(cast.alice, "customer.share", {"customer_id": harbour_cafe.id, "user_id": cast.bob.id})
    assert send_anew(bobs, harbour_cafe, entry) == [None, None]
    assert send_anew(copy, harbour_cafe, entry) == ["depends_on_parked", "conflict"]
    with database.reading() as session:
        assert len(session.exec(select(Visit)).all()) == 1


def test_what_was_sent_anew_before_it_came_is_parked_when_it_comes(
    database: Database, cast: Cast, harbour_cafe: Customer, bobs: Phone, ring: Ring, do: Do
) -> None:
    """As after a restore, when only a copy of the phone still has the old one."""
    do(cast.alice, "customer.share", {"customer_id": harbour_cafe.id, "user_id": cast.bob.id})
    copy = ring(cast.bob)
    old = copy.save("visit.log", visit_of(harbour_cafe))
    assert send_anew(bobs, harbour_cafe, old) == [None, None]
    for _ in range(2):
        [told] = copy.push([old])
        assert (told["status"], told["code"], told["detail"]["dismissed"]) == ("parked", "conflict", True)
    assert waiting_for(database, cast.mei) == []
    with database.reading() as session:
        assert len(session.exec(select(Visit)).all()) == 1
        assert not [finding for finding in findings(database) if finding.wrong]


def test_what_comes_behind_its_withdrawal_in_one_push_decides(
    database: Database, cast: Cast, harbour_cafe: Customer, bobs: Phone, do: Do
) -> None:
    do(cast.alice, "customer.share", {"customer_id": harbour_cafe.id, "user_id": cast.bob.id})
    old = new_id()
    bobs.save("visit.log", visit_of(harbour_cafe), group="anew")
    bobs.save("entry.withdraw", {"change_id": old}, group="anew")
    bobs.save("visit.log", visit_of(harbour_cafe), id=old)
    entries = bobs.outbox
    for _ in range(2):
        assert [receipt["code"] for receipt in bobs.push(entries)] == [
            "depends_on_parked",
            "conflict",
            None,
        ]
    with database.reading() as session:
        assert len(session.exec(select(Visit)).all()) == 1


def test_discarded_twice_it_is_discarded(
    database: Database, cast: Cast, harbour_cafe: Customer, bobs: Phone, ring: Ring
) -> None:
    one, other, copy = park(bobs, harbour_cafe), park(bobs, harbour_cafe), ring(cast.bob)
    for phone in (bobs, copy):
        for entry in (one, other):
            phone.save("entry.withdraw", {"change_id": entry["id"]}, group=f"both on {phone.device_id}")
        assert [receipt["code"] for receipt in phone.push()] == [None, None]


def test_nobody_takes_back_what_is_somebody_elses(
    database: Database, cast: Cast, harbour_cafe: Customer, bobs: Phone, ring: Ring
) -> None:
    entry = park(bobs, harbour_cafe)
    charlie = ring(cast.charlie)
    for name in ("entry.withdraw", "entry.ask"):
        assert charlie.do(name, {"change_id": entry["id"]})["status"] == "applied"
    with database.reading() as session:
        kept = receipt_of(session, entry["id"])
        assert (kept.dismissed_at, kept.asked_at) == (None, None)
