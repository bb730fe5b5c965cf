"""Two customers that are one: nothing is lost by it, and the old id means the new one for ever."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from server.backup.archive import opened_file
from server.backup.checking import findings
from server.backup.restoring import loaded
from server.backup.taking import take
from server.database import Database
from server.models.contact import Contact
from server.models.customer import Customer, CustomerShare, CustomerTag
from server.models.field_history import FieldHistory
from server.models.follow_up import FollowUp
from server.models.identity import new_id
from server.models.merging import hanging_off
from server.models.opportunity import Opportunity
from server.models.refusal import Refused
from server.models.user import User
from server.models.visit import Visit
from tests.cast import NOW, Cast
from tests.sync.conftest import Do
from tests.sync.phone import Ring

LOGGED = {"started_at": "2026-11-23T07:41:12.000Z", "outcome": "interested"}
Add = Callable[..., str]


@pytest.fixture
def add(do: Do) -> Add:
    def add(user: User, name: str, **fields: Any) -> str:
        customer_id = new_id()
        do(user, "customer.create", {"customer_id": customer_id, "name": name, **fields})
        return customer_id

    return add


@pytest.fixture
def alices(add: Add, cast: Cast) -> str:
    return add(cast.alice, "Harbour Cafe", phone="+49 40 1", region="East Side")


@pytest.fixture
def bobs(add: Add, cast: Cast) -> str:
    return add(cast.bob, "Harbour Café", phone="+49 40 2", address="Quay 1")


def furnish(do: Do, user: User, customer_id: str) -> dict[str, str]:
    ids = {name: new_id() for name in ("contact_id", "visit_id", "follow_up_id", "opportunity_id")}
    of = {"customer_id": customer_id}
    do(user, "contact.create", {"contact_id": ids["contact_id"], "name": "Wu", **of})
    do(user, "visit.log", {"visit_id": ids["visit_id"], "contact_ids": [ids["contact_id"]], **of, **LOGGED})
    do(user, "follow_up.create", {"follow_up_id": ids["follow_up_id"], "due_on": "2026-11-30", **of})
    sale = {"name": "Grinder", "amount_cents": 1, "currency": "EUR", "stage": "lead"}
    do(user, "opportunity.create", {"opportunity_id": ids["opportunity_id"], **sale, **of})
    return ids


def merge(do: Do, cast: Cast, customer_id: str, into_id: str) -> None:
    do(cast.mei, "customer.merge", {"customer_id": customer_id, "into_id": into_id})


def test_what_hangs_off_the_one_hangs_off_the_other(
    database: Database, cast: Cast, do: Do, alices: str, bobs: str
) -> None:
    ids = furnish(do, cast.alice, alices)
    do(cast.alice, "follow_up.withdraw", {"follow_up_id": ids["follow_up_id"]})
    merge(do, cast, alices, bobs)
    with database.reading() as session:
        models = (
            (Contact, "contact"),
            (Visit, "visit"),
            (FollowUp, "follow_up"),
            (Opportunity, "opportunity"),
        )
        for model, name in models:
            assert session.get_one(model, ids[f"{name}_id"]).customer_id == bobs  # type: ignore[attr-defined]
        old, into = session.get_one(Customer, alices), session.get_one(Customer, bobs)
        assert (old.merged_into, old.deleted_at, into.merged_ids) == (bobs, NOW, [alices])
        assert into.last_touch_at is not None


def test_every_table_that_points_at_customers_is_known() -> None:
    assert {Contact, Visit, FollowUp, Opportunity} <= set(hanging_off())


def test_tags_and_who_has_it_are_united(
    database: Database, cast: Cast, do: Do, alices: str, bobs: str
) -> None:
    for customer_id, user, tags in ((alices, cast.alice, "ab"), (bobs, cast.bob, "bc")):
        for tag in tags:
            do(user, "customer.add_tag", {"customer_id": customer_id, "tag": tag})
    do(cast.alice, "customer.share", {"customer_id": alices, "user_id": cast.charlie.id})
    do(cast.alice, "customer.share", {"customer_id": alices, "user_id": cast.bob.id})
    merge(do, cast, alices, bobs)
    with database.reading() as session:
        tags = session.exec(select(CustomerTag).order_by(CustomerTag.tag)).all()
        assert [(tag.customer_id, tag.tag) for tag in tags] == [(bobs, "a"), (bobs, "b"), (bobs, "c")]
        shares = session.exec(select(CustomerShare)).all()
        assert {(share.customer_id, share.user_id) for share in shares} == {
            (bobs, cast.alice.id),
            (bobs, cast.charlie.id),
        }


@pytest.mark.parametrize("goes", ["the one of nobody", "the other"])
def test_united_with_one_of_nobody_it_comes_with_what_is_on_nobodys_phone_any_more(
    database: Database, cast: Cast, do: Do, alices: str, bobs: str, goes: str
) -> None:
    promised = furnish(do, cast.bob, bobs)["follow_up_id"]
    plan, own = new_id(), furnish(do, cast.alice, alices)["follow_up_id"]
    do(cast.bob, "visit.plan", {"customer_id": bobs, "visit_id": plan, "planned_on": "2026-11-24"})
    do(cast.mei, "customer.assign", {"customer_id": bobs, "from": cast.bob.id, "to": None})
    merge(do, cast, *((bobs, alices) if goes == "the one of nobody" else (alices, bobs)))
    with database.reading() as session:
        assert session.get_one(FollowUp, promised).owner_id == cast.alice.id
        assert session.get_one(FollowUp, own).owner_id == cast.alice.id
        assert session.get_one(Visit, plan).author_id == cast.alice.id


def test_what_stays_wins_and_what_the_other_said_can_be_read(
    database: Database, cast: Cast, do: Do, alices: str, bobs: str
) -> None:
    merge(do, cast, alices, bobs)
    with database.reading() as session:
        row = session.get_one(Customer, bobs)
        assert (row.name, row.phone, row.address, row.region) == (
            "Harbour Café",
            "+49 40 2",
            "Quay 1",
            "East Side",
        )
        assert "east side" in row.search_text
        kept = session.exec(select(FieldHistory).where(FieldHistory.row_id == bobs)).all()
        assert {(entry.field, entry.before, entry.after) for entry in kept} == {
            ("name", "Harbour Cafe", "Harbour Café"),
            ("phone", "+49 40 1", "+49 40 2"),
            ("region", None, "East Side"),
        }


def test_both_went_through_their_lives_and_the_one_that_is_left_tells_of_both(
    database: Database, cast: Cast, do: Do, ring: Ring, alices: str, bobs: str
) -> None:
    for days, user, customer_id, to in (
        (1, cast.alice, alices, "prospect"), (2, cast.bob, bobs, "active"), (3, cast.alice, alices, "lost"),
    ):  # fmt: skip
        edit = {"customer_id": customer_id, "fields": {"lifecycle": to}}
        do(user, "customer.edit", edit, NOW + timedelta(days=days))
    phone = ring(cast.bob)
    phone.pull()
    merge(do, cast, alices, bobs)
    phone.pull()
    told = phone.rows["customers"][bobs]
    moves = [(move["by"], move["from"], move["to"]) for move in told["lifecycle_moves"]]
    assert told["lifecycle"] == "active"
    assert moves == [
        (cast.alice.id, "lead", "prospect"),
        (cast.bob.id, "lead", "active"),
        (cast.alice.id, "prospect", "lost"),
    ]


def test_phones_of_both_hold_one_customer_and_their_sums_fit(
    cast: Cast, do: Do, ring: Ring, alices: str, bobs: str
) -> None:
    ids = furnish(do, cast.alice, alices)
    do(cast.bob, "customer.share", {"customer_id": bobs, "user_id": cast.charlie.id})
    phones = [ring(cast.alice), ring(cast.bob), ring(cast.charlie)]
    for phone in phones:
        phone.pull()
    merge(do, cast, alices, bobs)
    for phone in phones:
        phone.pull(sums=True)
        assert phone.rows["customers"].keys() == {bobs}, phone.user.name
        assert phone.rows["customers"][bobs]["merged_ids"] == [alices]
        assert phone.rows["visits"][ids["visit_id"]]["customer_id"] == bobs
        assert phone.sums() == phone.told_sums, phone.user.name


def test_what_still_names_the_old_id_lands_on_the_new_one(
    database: Database, cast: Cast, do: Do, ring: Ring, alices: str, bobs: str
) -> None:
    phone = ring(cast.alice)
    visit_id, contact_id = new_id(), new_id()
    merge(do, cast, alices, bobs)
    phone.save("contact.create", {"contact_id": contact_id, "customer_id": alices, "name": "Wu"})
    phone.save(
        "visit.log", {"visit_id": visit_id, "customer_id": alices, "contact_ids": [contact_id], **LOGGED}
    )
    phone.save("customer.edit", {"customer_id": alices, "fields": {"region": "Quay"}})
    phone.save("customer.add_tag", {"customer_id": alices, "tag": "terrace"})
    assert [receipt["status"] for receipt in phone.push()] == ["applied"] * 4
    with database.reading() as session:
        assert session.get_one(Visit, visit_id).customer_id == bobs
        assert session.get_one(Contact, contact_id).customer_id == bobs
        assert session.get_one(Customer, bobs).region == "Quay"
        assert session.exec(select(CustomerTag)).one().customer_id == bobs


def test_a_chain_of_merges_leads_to_its_end(
    database: Database, cast: Cast, do: Do, add: Add, alices: str, bobs: str
) -> None:
    third = add(cast.bob, "Hafen-Café")
    merge(do, cast, alices, bobs)
    merge(do, cast, bobs, third)
    do(cast.alice, "customer.edit", {"customer_id": alices, "fields": {"name": "At last"}})
    with database.reading() as session:
        assert session.get_one(Customer, third).name == "At last"
        assert session.get_one(Customer, third).merged_ids == sorted([alices, bobs])
        assert session.get_one(Customer, bobs).merged_ids == []
        assert list(findings(database)) == []


def test_done_twice_it_is_done_once_and_a_circle_is_none(
    database: Database, cast: Cast, do: Do, add: Add, alices: str, bobs: str
) -> None:
    third = add(cast.bob, "Hafen-Café")
    for _ in range(2):
        merge(do, cast, alices, bobs)
    for into_id in (alices, bobs):
        with pytest.raises(Refused, match="conflict"):
            merge(do, cast, bobs, into_id)
    with pytest.raises(Refused, match="conflict"):
        merge(do, cast, alices, third)


def test_deleting_the_old_one_late_does_not_delete_the_one_that_is_left(
    database: Database, cast: Cast, do: Do, alices: str, bobs: str
) -> None:
    merge(do, cast, alices, bobs)
    do(cast.mei, "customer.delete", {"customer_id": alices})
    with database.reading() as session:
        assert session.get_one(Customer, bobs).deleted_at is None


def test_aliases_live_on_in_a_backup(
    database: Database, cast: Cast, do: Do, alices: str, bobs: str, tmp_path: Path
) -> None:
    merge(do, cast, alices, bobs)
    take(database, tmp_path / "b.zip", NOW, lambda *_: None, force=False)
    with opened_file(tmp_path / "b.zip") as archive, loaded(archive, lambda *_: None) as restored:
        with restored.reading() as session:
            assert session.get_one(Customer, alices).merged_into == bobs
        assert [finding for finding in findings(restored) if finding.wrong] == []


def test_verify_finds_an_alias_that_leads_nowhere(
    database: Database, cast: Cast, do: Do, alices: str, bobs: str
) -> None:
    merge(do, cast, alices, bobs)
    with database.writing() as session:
        session.get_one(Customer, bobs).merged_ids = []
    [finding] = [finding for finding in findings(database) if finding.wrong]
    assert list(finding.rows) == [f"customers {alices} into {bobs}"]
