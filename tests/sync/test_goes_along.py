"""What is applied together with a parked change that a manager lets through, though nobody has decided on it: the rest
of its group, and what waited for it. The manager's right helps these only at the customers of the change decided on."""

from typing import Any

import pytest
from sqlmodel import Session

from server.database import Database
from server.models.contact import Contact
from server.models.customer import Customer, CustomerShare
from server.models.identity import new_id
from server.models.opportunity import Opportunity
from server.models.receipt import Receipt
from sync import review
from tests.cast import NOW, Cast
from tests.sync.conftest import Do
from tests.sync.phone import Phone, Ring

SALE = {"name": "Grinders", "amount_cents": 100, "currency": "EUR", "stage": "lead"}


@pytest.fixture
def bobs(ring: Ring, cast: Cast) -> Phone:
    return ring(cast.bob)


@pytest.fixture
def bakery(cast: Cast, do: Do) -> str:
    """Another customer of Alice's, which Bob does not see either."""
    args = {"customer_id": new_id(), "name": "Bakery"}
    do(cast.alice, "customer.create", args)
    return args["customer_id"]


def let_through(database: Database, cast: Cast, entry: dict[str, Any]) -> None:
    with database.writing() as session:
        assert review.let_through(session, cast.mei, entry["id"], NOW) == ""


def status_of(session: Session, entry: dict[str, Any]) -> tuple[str, str | None]:
    receipt = session.get_one(Receipt, entry["id"])
    return receipt.status, receipt.code


def test_what_waited_writes_to_no_other_customer(
    database: Database, cast: Cast, harbour_cafe: Customer, bakery: str, bobs: Phone
) -> None:
    contact = {"contact_id": new_id(), "customer_id": harbour_cafe.id, "name": "Wu"}
    made = bobs.save("contact.create", contact)
    fields = {"name": "Mine", "preferred_product_ids": [contact["contact_id"]]}
    edit = bobs.save("customer.edit", {"customer_id": bakery, "fields": fields})
    assert [receipt["code"] for receipt in bobs.push()] == ["not_allowed", "depends_on_parked"]
    let_through(database, cast, made)
    with database.reading() as session:
        assert session.get_one(Customer, bakery).name == "Bakery"
        assert status_of(session, edit) == ("parked", "not_allowed")


def test_what_waited_does_nothing_that_only_managers_may(
    database: Database, cast: Cast, harbour_cafe: Customer, bobs: Phone
) -> None:
    whose = {"opportunity_id": new_id(), "customer_id": harbour_cafe.id}
    made = bobs.save("opportunity.create", {**whose, **SALE})
    amount = {"amount_cents": 100, "currency": "EUR"}
    approved = {"opportunity_id": whose["opportunity_id"], "stage": "contract", **amount}
    approve = bobs.save("opportunity.approve", approved)
    renamed = {"opportunity_id": whose["opportunity_id"], "fields": {"name": "Two grinders"}}
    edit = bobs.save("opportunity.edit", renamed)
    bobs.push()
    let_through(database, cast, made)
    with database.reading() as session:
        sale = session.get_one(Opportunity, whose["opportunity_id"])
        assert (sale.approvals, sale.name) == ([], "Two grinders")
        assert status_of(session, approve) == ("parked", "not_allowed")
        assert status_of(session, edit) == ("applied", None)
    let_through(database, cast, approve)
    with database.reading() as session:
        assert len(session.get_one(Opportunity, whose["opportunity_id"]).approvals) == 1


def test_a_group_is_not_applied_for_what_nobody_decided_on(
    database: Database, cast: Cast, harbour_cafe: Customer, bakery: str, bobs: Phone
) -> None:
    contact = {"contact_id": new_id(), "customer_id": harbour_cafe.id, "name": "Wu"}
    made = bobs.save("contact.create", contact, group="both")
    share = bobs.save("customer.share", {"customer_id": bakery, "user_id": cast.bob.id}, group="both")
    bobs.push()
    with database.writing() as session:
        assert review.let_through(session, cast.mei, made["id"], NOW) != ""
    with database.reading() as session:
        assert session.get(CustomerShare, (bakery, cast.bob.id)) is None
        assert session.get(Contact, contact["contact_id"]) is None
        assert status_of(session, share) == ("parked", "not_allowed")
        assert status_of(session, made) == ("parked", "depends_on_parked")


def test_asking_for_a_customer_does_not_open_it_to_what_comes_behind(
    database: Database, cast: Cast, harbour_cafe: Customer, bakery: str, bobs: Phone
) -> None:
    bobs.save("customer.ask", {"customer_id": bakery}, group="three")
    tag = {"tag": "vip"}
    made = bobs.save("customer.add_tag", {"customer_id": harbour_cafe.id, **tag}, group="three")
    edit = {"customer_id": bakery, "fields": {"name": "Mine"}}
    bobs.save("customer.edit", edit, group="three")
    bobs.push()
    with database.writing() as session:
        assert review.let_through(session, cast.mei, made["id"], NOW) != ""
    with database.reading() as session:
        assert session.get_one(Customer, bakery).name == "Bakery"


def test_the_rest_of_a_group_goes_along_at_its_customer(
    database: Database, cast: Cast, harbour_cafe: Customer, bobs: Phone
) -> None:
    contact = {"contact_id": new_id(), "customer_id": harbour_cafe.id, "name": "Wu"}
    made = bobs.save("contact.create", contact, group="both")
    bobs.save(
        "contact.edit", {"contact_id": contact["contact_id"], "fields": {"role": "decides"}}, group="both"
    )
    bobs.push()
    let_through(database, cast, made)
    with database.reading() as session:
        assert session.get_one(Contact, contact["contact_id"]).role == "decides"
