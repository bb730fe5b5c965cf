"""The parked changes of the territory as a manager reads them, and what the buttons do."""

import json
import re
from typing import Any

import pytest
from sqlmodel import select, update

from server.database import Database
from server.models import device as devices
from server.models.contact import Contact
from server.models.custom_field import custom_fields, define
from server.models.customer import Customer
from server.models.file import File
from server.models.identity import new_id
from server.models.product import Product
from server.models.user import User
from server.models.visit import Visit
from server.translations import translator
from server.views.parked import MOST_ENTRIES, NAMES
from sync.changes import CHANGES
from sync.envelope import read_envelope
from sync.push import push
from tests.cast import NOW, Cast
from tests.routes.conftest import Browser, Do
from tests.sync.phone import Phone

LOGGED = {"started_at": "2026-11-23T07:41:12.000Z", "outcome": "interested"}


class Line:
    def __init__(self, database: Database, user: User, locale: str = "en") -> None:
        self.database, self.user, self.t = database, user, translator(locale)

    def push(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        envelope = read_envelope(json.dumps(body).encode())
        return 200, push(self.database, self.user, envelope, NOW, self.t)


@pytest.fixture
def bobs(database: Database, cast: Cast) -> Phone:
    return Phone(cast.bob, Line(database, cast.bob))


def test_it_says_who_what_and_why_and_the_button_applies_it(
    screens: Browser, cast: Cast, cafe: Customer, bobs: Phone, database: Database, asked: list[str]
) -> None:
    args = {"visit_id": new_id(), "customer_id": cafe.id, "note": "Saw the <grinder>", **LOGGED}
    receipt = bobs.do("visit.log", args)
    mei = screens(cast.mei)
    asked.clear()
    assert mei.get("/parked/count").text == "1"
    assert any("count(*)" in statement.lower() and "receipts" in statement for statement in asked)
    page = mei.get("/parked").text
    for words in (
        "Visit · Harbour Café",
        "Bob · ",
        '<dt>When</dt><dd dir="auto">Today 07:41</dd>',
        "Saw the &lt;grinder&gt;",
        "Interested",
        "Its author may not change this",
    ):
        assert words in page
    assert mei.post(f"/parked/{receipt['id']}/apply").headers["location"] == "/parked?done=applied"
    with database.reading() as session:
        assert session.exec(select(Visit)).one().author_id == cast.bob.id
    assert "Nothing is parked" in mei.get("/parked").text
    assert mei.get("/parked/count").text == ""


def test_who_has_no_territory_answers_for_nobody_else_who_has_none(
    screens: Browser, cast: Cast, cafe: Customer, bobs: Phone, database: Database
) -> None:
    bobs.do("visit.log", {"visit_id": new_id(), "customer_id": cafe.id, "note": "Saw the grinder", **LOGGED})
    mei, bob = screens(cast.mei), screens(cast.bob)
    assert "It goes to: Mei." in bob.get("/report").text
    with database.writing() as session:
        session.execute(update(User).values(territory_id=None, team_id=None))
    assert mei.get("/parked/count").text == ""
    assert "grinder" not in mei.get("/parked").text
    assert "Mei" not in bob.get("/report").text


def test_of_an_opportunity_it_says_which_if_it_is_one_of_the_customers(
    screens: Browser, cast: Cast, cafe: Customer, do: Do, bobs: Phone
) -> None:
    sale, far = new_id(), new_id()
    made = {"amount_cents": 100_000, "currency": "EUR", "stage": "lead"}
    do(
        cast.alice,
        "opportunity.create",
        {"opportunity_id": sale, "customer_id": cafe.id, "name": "Grinders", **made},
    )
    do(cast.charlie, "customer.create", {"customer_id": far, "name": "Quay Bar"})
    hidden = new_id()
    do(
        cast.charlie,
        "opportunity.create",
        {"opportunity_id": hidden, "customer_id": far, "name": "Of others", **made},
    )
    bobs.do("opportunity.move", {"opportunity_id": sale, "from": "lead", "to": "first_contact"})
    bobs.do("opportunity.edit", {"opportunity_id": hidden, "customer_id": cafe.id, "fields": {}})
    page = screens(cast.mei).get("/parked").text
    assert "Opportunity moved · Harbour Café · Grinders" in page
    assert "Of others" not in page


def test_of_a_quote_and_what_follows_from_it_it_says_whose_they_are_and_what_their_author_was_told(
    screens: Browser, cast: Cast, database: Database, cafe: Customer, do: Do
) -> None:
    sale, quote, order = new_id(), new_id(), new_id()
    made = {"name": "Grinders", "amount_cents": 100_000, "currency": "EUR", "stage": "lead"}
    do(cast.alice, "opportunity.create", {"opportunity_id": sale, "customer_id": cafe.id, **made})
    line = {"name": "Burr", "quantity": 1, "unit_price_cents": 5000}
    do(
        cast.alice,
        "quote.save",
        {"quote_id": quote, "opportunity_id": sale, "edition": 0, "currency": "EUR", "lines": [line]},
    )
    do(cast.alice, "quote.withdraw", {"quote_id": quote})
    alices = Phone(cast.alice, Line(database, cast.alice))
    alices.do("quote.accept", {"quote_id": quote})
    alices.do("order.place", {"order_id": order, "quote_id": quote, "placed_on": "2026-11-23"})
    paid = {"payment_id": new_id(), "amount_cents": 5000, "due_on": "2026-12-01"}
    alices.do("payment.expect", {"order_id": order, **paid})
    page = screens(cast.mei).get("/parked").text
    for what in ("Quote accepted", "Order placed", "Payment expected"):
        assert f"{what} · Harbour Café · Grinders" in page
    assert "This quote was taken back in the meantime." in page
    assert "This waits for an earlier entry that is parked, too." in page
    assert "This customer was deleted" not in page


def test_what_an_author_was_told_in_another_language_is_said_in_the_readers(
    screens: Browser, cast: Cast, database: Database, cafe: Customer, do: Do
) -> None:
    follow_up = new_id()
    due = {"follow_up_id": follow_up, "customer_id": cafe.id, "due_on": "2026-11-24"}
    do(cast.alice, "follow_up.create", due)
    do(cast.alice, "follow_up.withdraw", {"follow_up_id": follow_up})
    alices = Phone(cast.alice, Line(database, cast.alice, "zh-Hans"))
    alices.do("follow_up.snooze", {"follow_up_id": follow_up, "due_on": "2026-11-25"})
    page = screens(cast.mei).get("/parked").text
    assert "Follow-up moved · Harbour Café" in page
    assert "This follow-up was taken back in the meantime." in page


def test_of_a_customer_one_may_not_see_neither_name_nor_link_is_said(
    screens: Browser, cast: Cast, do: Do, bobs: Phone
) -> None:
    far = new_id()
    do(cast.charlie, "customer.create", {"customer_id": far, "name": "Quay Bar"})
    receipt = bobs.do("customer.edit", {"customer_id": far, "fields": {"region": "Quay"}})
    mei = screens(cast.mei)
    page = mei.get("/parked").text
    assert "Customer edited" in page
    assert "Quay Bar" not in page
    assert far not in page
    refused = mei.post(f"/parked/{receipt['id']}/apply")
    assert (refused.status_code, "not yours to change" in refused.text) == (422, True)
    assert "Quay Bar" in screens(cast.dora).get("/parked").text


def test_whoever_decides_reads_to_whom_it_goes_and_what_it_costs(
    screens: Browser, cast: Cast, database: Database, cafe: Customer, do: Do
) -> None:
    sale, bakery = new_id(), new_id()
    do(cast.alice, "customer.create", {"customer_id": bakery, "name": "Bakery"})
    made = {"name": "Grinders", "amount_cents": 100_000, "currency": "EUR", "stage": "lead"}
    do(cast.alice, "opportunity.create", {"opportunity_id": sale, "customer_id": cafe.id, **made})
    bobs = Phone(cast.bob, Line(database, cast.bob))
    bobs.do("customer.share", {"customer_id": cafe.id, "user_id": cast.charlie.id})
    bobs.do("customer.assign", {"customer_id": cafe.id, "from": cast.alice.id, "to": cast.bob.id})
    bobs.do("customer.merge", {"customer_id": cafe.id, "into_id": bakery})
    line = {"name": "Burr", "quantity": 3, "unit_price_cents": 4850, "discount_bp": 1000}
    about = {"opportunity_id": sale, "edition": 0, "currency": "EUR"}
    bobs.do(
        "quote.save", {"quote_id": new_id(), **about, "lines": [line, {"name": [], "unit_price_cents": "1"}]}
    )
    contract = {"title": "Delivery", "seller": "We", "buyer": "You", "total_cents": 100, "terms": "x" * 600}
    bobs.do("contract.draft", {"contract_id": new_id(), **about, **contract})
    page = screens(cast.mei).get("/parked").text
    for label, value in (
        ("Who", "Charlie"),
        ("Owner", "Bob"),
        ("Customer", "Bakery"),
        ("Lines", "3 × Burr × 48.50 − 10%, [] × 1"),
        ("Total", "1"),
        ("What is agreed", f"{'x' * 499}…"),
    ):
        assert f'<dt>{label}</dt><dd dir="auto">{value}</dd>' in page
    do(cast.charlie, "customer.create", {"customer_id": (far := new_id()), "name": "Quay Bar"})
    bobs.do("customer.merge", {"customer_id": cafe.id, "into_id": far})
    assert "Quay Bar" not in screens(cast.mei).get("/parked").text


@pytest.mark.parametrize("name", ["%(n)s", "100%", "visit.log %d", "<b>"])
def test_a_change_that_nobody_knows_is_called_as_it_came(
    screens: Browser, cast: Cast, bobs: Phone, name: str
) -> None:
    bobs.do(name, {})
    page = screens(cast.mei).get("/parked")
    assert (page.status_code, name.replace("<b>", "&lt;b&gt;") in page.text) == (200, True)


@pytest.mark.parametrize("moment", ["the day before", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59Z"])
def test_a_moment_that_is_none_is_shown_as_it_came(
    screens: Browser, cast: Cast, cafe: Customer, bobs: Phone, moment: str
) -> None:
    args = {"visit_id": new_id(), "customer_id": cafe.id, **LOGGED, "started_at": moment}
    bobs.do("visit.log", args)
    assert screens(cast.mei).get("/parked").status_code == 200


def test_a_wrong_field_is_named_and_cannot_be_applied_as_it_is(
    screens: Browser, cast: Cast, cafe: Customer, bobs: Phone
) -> None:
    bobs.do(
        "visit.log",
        {"visit_id": new_id(), "customer_id": cafe.id, **LOGGED, "outcome": "\ud83d", "x": {"a": 1}},
    )
    page = screens(cast.mei).get("/parked").text
    assert "Apply as it is" not in page
    assert "Dismiss" in page


def test_of_a_field_of_ones_own_it_says_which_what_was_chosen_and_what_is_wrong(
    screens: Browser, cast: Cast, cafe: Customer, bobs: Phone, database: Database
) -> None:
    with database.writing() as session:
        for name, kind in (("Supplier", "choice"), ("Since", "date"), ("Own van", "yes_no")):
            define(session, name, kind, ["SealPro"] if kind == "choice" else [], NOW)
        session.flush()
        own = {field.name: field.id for field in custom_fields(session)}
    chosen = {own["Supplier"]: "Nordring", own["Since"]: "long", own["Own van"]: "yes"}
    fields = {"phone": "", "cadence_days": 9999, "custom": chosen}
    bobs.do("customer.edit", {"customer_id": cafe.id, "fields": fields})
    page = screens(cast.mei).get("/parked").text
    for label, value in (("Supplier", "Nordring"), ("Since", "long"), ("Own van", "Yes")):
        assert f'<dt>{label}</dt><dd dir="auto">{value}</dd>' in page
    for said in ("Supplier · Please choose one of the list.", "Since · This is not a date."):
        assert said in page
    assert re.search(r"Days between visits[^<]* · This must be at most", page)


def test_a_deleted_customer_is_restored_with_the_entry(
    screens: Browser, cast: Cast, cafe: Customer, do: Do, database: Database
) -> None:
    phone = Phone(cast.alice, Line(database, cast.alice))
    do(cast.mei, "customer.delete", {"customer_id": cafe.id})
    receipt = phone.do("customer.edit", {"customer_id": cafe.id, "fields": {"region": "Quay"}})
    mei = screens(cast.mei)
    assert "Restore the customer" in mei.get("/parked").text
    mei.post(f"/parked/{receipt['id']}/restore", {"customer_id": cafe.id})
    with database.reading() as session:
        row = session.get_one(Customer, cafe.id)
        assert (row.deleted_at, row.region) == (None, "Quay")


def test_a_removed_contact_is_restored_with_the_entry(
    screens: Browser, cast: Cast, cafe: Customer, do: Do, database: Database
) -> None:
    phone, contact_id = Phone(cast.alice, Line(database, cast.alice)), new_id()
    do(
        cast.alice,
        "contact.create",
        {"contact_id": contact_id, "customer_id": cafe.id, "name": "Frau Keller"},
    )
    do(cast.mei, "contact.remove", {"contact_id": contact_id})
    edited = {"contact_id": contact_id, "fields": {"phone": "+49 40 99"}}
    receipt = phone.do("contact.edit", edited)
    mei = screens(cast.mei)
    page = mei.get("/parked").text
    assert "Restore the contact" in page
    assert "Restore the customer" not in page
    answer = mei.post(f"/parked/{receipt['id']}/restore", {"customer_id": cafe.id})
    assert answer.headers["location"] == "/parked?done=applied"
    with database.reading() as session:
        row = session.get_one(Contact, contact_id)
        assert (row.deleted_at, row.phone) == (None, "+49 40 99")


def test_dismissed_it_is_gone_from_the_list(
    screens: Browser, cast: Cast, cafe: Customer, bobs: Phone
) -> None:
    receipt = bobs.do("visit.log", {"visit_id": new_id(), "customer_id": cafe.id, **LOGGED})
    mei = screens(cast.mei)
    assert mei.post(f"/parked/{receipt['id']}/dismiss").status_code == 303
    assert "Nothing is parked" in mei.get("/parked?done=dismissed").text


def test_every_change_that_can_be_parked_has_a_name() -> None:
    own = {name for name in CHANGES if name.startswith("entry.")} | {"noop"}
    assert set(NAMES) == set(CHANGES) - own


def test_products_are_called_by_their_names(
    screens: Browser, cast: Cast, cafe: Customer, bobs: Phone, database: Database
) -> None:
    seal, gone = new_id(), new_id()
    with database.writing() as session:
        session.add(Product(id=seal, name="Rod wiper"))
    bobs.do("customer.edit", {"customer_id": cafe.id, "fields": {"preferred_product_ids": f"{seal},{gone}"}})
    bobs.do("visit.log", {"visit_id": new_id(), "customer_id": cafe.id, **LOGGED, "product_ids": [seal]})
    page = screens(cast.mei).get("/parked").text
    assert '<dt>Preferred products</dt><dd dir="auto">Rod wiper, Not known</dd>' in page
    assert '<dt>Products discussed</dt><dd dir="auto">Rod wiper</dd>' in page
    assert seal not in page


def test_sent_anew_and_parked_again_it_is_there_once(
    screens: Browser, cast: Cast, cafe: Customer, bobs: Phone, database: Database
) -> None:
    first = bobs.do(
        "visit.log", {"visit_id": new_id(), "customer_id": cafe.id, **LOGGED, "note": "As before"}
    )
    anew = {"visit_id": new_id(), "customer_id": cafe.id, **LOGGED, "note": "As edited"}
    bobs.save("visit.log", anew, group="anew")
    bobs.save("entry.withdraw", {"change_id": first["id"]}, group="anew")
    receipts = bobs.push()
    assert {one["status"] for one in receipts} == {"parked"}
    mei = screens(cast.mei)
    page = mei.get("/parked").text
    assert ("As edited" in page, "As before" in page, "entry.withdraw" in page) == (True, False, False)
    assert mei.get("/parked/count").text == "1"
    mei.post(f"/parked/{receipts[0]['id']}/dismiss")
    assert "Nothing is parked" in mei.get("/parked").text


def test_of_very_many_the_first_are_shown_and_how_many_there_are(
    screens: Browser, cast: Cast, bobs: Phone
) -> None:
    for _ in range(MOST_ENTRIES + 3):
        bobs.save("of.tomorrow" + "x" * 2000, {})
    first = [receipt["id"] for receipt in bobs.push()]
    mei = screens(cast.mei)
    page = mei.get("/parked").text
    assert f"The first {MOST_ENTRIES} of {MOST_ENTRIES + 3} are shown." in page
    assert [one for one in first if f'id="entry-{one}"' in page] == first[:MOST_ENTRIES]
    assert "x" * 501 not in page
    for one in first[:3]:
        mei.post(f"/parked/{one}/dismiss")
    page = mei.get("/parked").text
    assert "are shown" not in page
    assert f'id="entry-{first[-1]}"' in page


def test_another_authors_entry_is_not_hidden_by_who_says_to_take_it_back(
    screens: Browser, cast: Cast, cafe: Customer, bobs: Phone, do: Do, database: Database
) -> None:
    alices = Phone(cast.alice, Line(database, cast.alice))
    do(cast.mei, "customer.delete", {"customer_id": cafe.id})
    edited = alices.do("customer.edit", {"customer_id": cafe.id, "fields": {"region": "Quay"}})
    bobs.save("visit.cancel", {"visit_id": new_id()}, group="sly")
    bobs.save("entry.withdraw", {"change_id": edited["id"]}, group="sly")
    bobs.push()
    assert "Quay" in screens(cast.mei).get("/parked").text


def test_of_what_a_lost_phone_handed_in_it_says_so(
    screens: Browser, cast: Cast, cafe: Customer, bobs: Phone, database: Database
) -> None:
    bobs.do("visit.log", {"visit_id": new_id(), "customer_id": cafe.id, **LOGGED})
    with database.writing() as session:
        devices.wipe(session, bobs.device_id, NOW)
    assert "From a phone that was reported lost" in screens(cast.mei).get("/parked").text


def test_of_a_photo_that_stayed_on_a_lost_phone_it_says_that_it_did_not_come(
    screens: Browser, cast: Cast, cafe: Customer, bobs: Phone, database: Database
) -> None:
    of = {"visit_id": new_id(), "customer_id": cafe.id}
    photo = {"attachment_id": new_id(), "sha256": "ab" * 32, "size": 9, "media_type": "image/jpeg"}
    bobs.do("visit.log", {**of, **LOGGED})
    bobs.do("visit.attach", {**of, **photo})
    did_not_come = "The file itself was not sent before the phone was wiped."
    assert did_not_come not in screens(cast.mei).get("/parked").text, "it may still come"
    with database.writing() as session:
        devices.wipe(session, bobs.device_id, NOW)
    assert screens(cast.mei).get("/parked").text.count(did_not_come) == 1
    with database.writing() as session:
        come = {"stored_sha256": "cd" * 32, "size": 9, "media_type": "image/jpeg", "created_at": NOW}
        session.add(File(sha256="ab" * 32, **come))
    assert did_not_come not in screens(cast.mei).get("/parked").text
