"""Who may do what: every change of the closed list, tried by everybody."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, SQLModel, select

from server.database import Database
from server.models.attachment import Attachment
from server.models.column import wire
from server.models.contact import Contact
from server.models.contract import Contract
from server.models.customer import Customer, CustomerShare
from server.models.follow_up import FollowUp
from server.models.identity import new_id
from server.models.opportunity import Opportunity
from server.models.order import Order
from server.models.pipeline import as_wire
from server.models.quote import Quote
from server.models.refusal import Refused
from server.models.revision import note_scope, stamp
from server.models.task import Task
from server.models.user import Role, User
from server.models.visit import Visit
from server.seal import seal_of
from sync.apply import apply
from sync.changes import CHANGES, Arg, as_json
from sync.rows import BUNDLE
from sync.validation import validate
from tests.cast import NOW, Cast, person
from tests.sync.phone import Ring

PAYMENT_ID = new_id()


@dataclass
class World:
    """Alice's customer with everything that can hang off one, and somebody of every kind around it."""

    people: dict[str, User]
    customer: Customer
    deleted: Customer
    twin: Customer
    contact: Contact
    removed: Contact
    visit: Visit
    plan: Visit
    follow_up: FollowUp
    done: FollowUp
    opportunity: Opportunity
    attachment: Attachment
    file: Attachment
    taken_off: Attachment
    draft: Quote
    accepted: Quote
    ordered: Quote
    order: Order
    contract: Contract
    task: Task
    answered: Task


@pytest.fixture
def world(database: Database, cast: Cast) -> World:
    with database.writing() as session:
        people = {
            "owner": cast.alice,
            "shared": person("Sam", Role.REP, cast.south),
            "same team": cast.bob,
            "manager": cast.mei,
            "other territory": cast.charlie,
            "other manager": person("Otto", Role.MANAGER, cast.south),
            "executive": person("Eve", Role.EXECUTIVE),
            "support": person("Sue", Role.SUPPORT),
            "support with share": person("Sven", Role.SUPPORT),
            "admin": cast.dora,
        }
        session.add_all([user for user in people.values() if user not in cast.everyone])
        session.flush()
        made = _world(people, cast)
        session.add_all([made.customer, made.deleted, made.twin])
        session.flush()
        for name in ("shared", "support with share"):
            session.add(CustomerShare(customer_id=made.customer.id, user_id=people[name].id))
            note_scope(session, people[name].id, made.customer.id)
        session.add_all(
            [made.contact, made.removed, made.visit, made.plan, made.follow_up, made.done, made.opportunity]
        )
        session.flush()
        session.add_all([made.attachment, made.file, made.taken_off, made.draft, made.accepted, made.ordered])
        session.flush()
        session.add_all([made.order, made.contract, made.task, made.answered])
    return made


def _world(people: dict[str, User], cast: Cast) -> World:
    def customer(**more: Any) -> Customer:
        owner = {"owner_id": cast.alice.id, "territory_id": cast.north.id}
        return Customer(
            id=new_id(), name="Harbour Café", sort_key="harbour cafe", created_at=NOW, **owner, **more
        )

    cafe = customer()
    of = {"customer_id": cafe.id, "created_at": NOW}
    asked = {
        "asked_by": cast.alice.id, "department": "service", "note": "How many?", "due_on": date(2026, 11, 24), **of
    }  # fmt: skip
    visit = Visit(id=new_id(), author_id=cast.alice.id, started_at=NOW, outcome="ordered", **of)
    deal = Opportunity(
        id=new_id(),
        owner_id=cast.alice.id,
        name="Espresso machine",
        amount_cents=100,
        currency="EUR",
        stage="lead",
        stage_since=NOW,
        approval_requests=[
            {
                "by": cast.alice.id,
                "at": wire(NOW),
                "stage": "contract",
                "amount_cents": 100,
                "currency": "EUR",
            }
        ],
        approval_asked_by=cast.alice.id,
        approval_asked_at=NOW,
        **of,
    )
    of_deal = {
        "opportunity_id": deal.id,
        "author_id": cast.alice.id,
        "currency": "EUR",
        "total_cents": 5,
        **of,
    }
    ordered = Quote(id=new_id(), sent_at=NOW, accepted_at=NOW, **of_deal)
    photo = {"sha256": "ab" * 32, "size": 9, "media_type": "image/jpeg", "received_at": NOW}
    return World(
        people=people,
        customer=cafe,
        deleted=customer(deleted_at=NOW),
        twin=customer(),
        contact=Contact(id=new_id(), name="Lin", **of),
        removed=Contact(id=new_id(), name="Wang", deleted_at=NOW, **of),
        visit=visit,
        file=Attachment(id=new_id(), name="List.pdf", author_id=cast.alice.id, **photo, **of),
        taken_off=Attachment(id=new_id(), author_id=cast.alice.id, withdrawn_at=NOW, **photo, **of),
        attachment=Attachment(id=new_id(), visit_id=visit.id, author_id=cast.alice.id, **photo, **of),
        plan=Visit(id=new_id(), author_id=cast.alice.id, planned_on=date(2026, 11, 24), **of),
        follow_up=FollowUp(id=new_id(), owner_id=cast.alice.id, due_on=date(2026, 11, 24), **of),
        done=FollowUp(id=new_id(), owner_id=cast.alice.id, due_on=date(2026, 11, 24), completed_at=NOW, **of),
        task=Task(id=new_id(), **asked),
        answered=Task(id=new_id(), answer="Four", answered_by=cast.mei.id, answered_at=NOW, **asked),
        opportunity=deal,
        draft=Quote(id=new_id(), **of_deal),
        accepted=Quote(id=new_id(), sent_at=NOW, accepted_at=NOW, **of_deal),
        ordered=ordered,
        contract=Contract(id=new_id(), **{**of_deal, **WRITTEN}),
        order=Order(
            id=new_id(),
            quote_id=ordered.id,
            placed_on=NOW.date(),
            payments=[{"id": PAYMENT_ID, "kind": "received", "on": "2026-11-23", "amount_cents": 5}],
            **of_deal,
        ),
    )


LOGGED = {"started_at": "2026-11-23T07:41:12.000Z", "outcome": "interested"}
QUOTED = {"currency": "EUR", "lines": [{"name": "Grinder", "quantity": 2, "unit_price_cents": 900}]}
WRITTEN = {
    "title": "Machines",
    "seller": "Zebra Ltd",
    "buyer": "Café",
    "terms": "As agreed",
    "total_cents": 5,
    "currency": "EUR",
}
DUE = {"due_on": "2026-11-30"}
WHO_WRITES = {"owner", "shared", "manager", "executive", "admin"}
WHO_MANAGES = {"manager", "executive", "admin"}
EVERYBODY = {
    *WHO_WRITES,
    *("same team", "other territory", "other manager", "support", "support with share"),
}
WHO_MAY_HAVE_CUSTOMERS = EVERYBODY - {"support", "support with share"}

# One row for each change: who may, and with which args.
MATRIX: dict[str, tuple[set[str], Callable[[World], dict[str, Any]]]] = {
    "customer.create": (WHO_MAY_HAVE_CUSTOMERS, lambda w: {"customer_id": new_id(), "name": "Quay Bar"}),
    "customer.edit": (WHO_WRITES, lambda w: {"customer_id": w.customer.id, "fields": {"region": "Quay"}}),
    "customer.add_tag": (WHO_WRITES, lambda w: {"customer_id": w.customer.id, "tag": "terrace"}),
    "customer.remove_tag": (WHO_WRITES, lambda w: {"customer_id": w.customer.id, "tag": "terrace"}),
    "customer.assign": (
        {"owner", *WHO_MANAGES},
        lambda w: {
            "customer_id": w.customer.id,
            "from": w.people["owner"].id,
            "to": w.people["same team"].id,
        },
    ),
    "customer.share": (
        {"owner", *WHO_MANAGES},
        lambda w: {"customer_id": w.customer.id, "user_id": w.people["support"].id},
    ),
    "customer.unshare": (
        {"owner", "shared", *WHO_MANAGES},  # whom it is shared with may give it back
        lambda w: {"customer_id": w.customer.id, "user_id": w.people["shared"].id},
    ),
    # Who sees it already asks in vain; nobody is told which of the two it was.
    "customer.ask": (WHO_MAY_HAVE_CUSTOMERS, lambda w: {"customer_id": w.customer.id}),
    "customer.decline": (
        {"owner", *WHO_MANAGES},
        lambda w: {"customer_id": w.customer.id, "user_id": w.people["same team"].id},
    ),
    "customer.delete": (WHO_MANAGES, lambda w: {"customer_id": w.customer.id}),
    "customer.restore": (WHO_MANAGES, lambda w: {"customer_id": w.deleted.id}),
    "customer.merge": (
        WHO_MANAGES,
        lambda w: {"customer_id": w.customer.id, "into_id": w.twin.id},
    ),
    "contact.create": (
        WHO_WRITES,
        lambda w: {"contact_id": new_id(), "customer_id": w.customer.id, "name": "Wu"},
    ),
    "contact.edit": (WHO_WRITES, lambda w: {"contact_id": w.contact.id, "fields": {"name": "Lin Wei"}}),
    "contact.remove": (WHO_WRITES, lambda w: {"contact_id": w.contact.id}),
    "contact.restore": (WHO_WRITES, lambda w: {"contact_id": w.removed.id}),
    "visit.log": (WHO_WRITES, lambda w: {"visit_id": new_id(), "customer_id": w.customer.id, **LOGGED}),
    "visit.correct": (
        {"owner"},
        lambda w: {"visit_id": new_id(), "corrects": w.visit.id, "customer_id": w.customer.id, **LOGGED},
    ),
    "activity.log": (
        WHO_WRITES,
        lambda w: {"visit_id": new_id(), "customer_id": w.customer.id, "kind": "call", **LOGGED},
    ),
    "activity.correct": (
        {"owner"},
        lambda w: {
            "visit_id": new_id(),
            "corrects": w.visit.id,
            "customer_id": w.customer.id,
            "kind": "meeting",
            **LOGGED,
        },
    ),
    "visit.plan": (
        WHO_WRITES,
        lambda w: {"visit_id": new_id(), "customer_id": w.customer.id, "planned_on": "2026-11-30"},
    ),
    "visit.cancel": (WHO_WRITES, lambda w: {"visit_id": w.plan.id}),
    "visit.attach": (
        {"owner"},
        lambda w: {
            "attachment_id": new_id(),
            "visit_id": w.visit.id,
            "customer_id": w.customer.id,
            "sha256": "cd" * 32,
            "size": 9,
            "media_type": "audio/webm",
        },
    ),
    "visit.detach": ({"owner"}, lambda w: {"attachment_id": w.attachment.id}),
    "customer.compare": (
        WHO_WRITES,
        lambda w: {
            "customer_id": w.customer.id,
            "competitor": "Kestrel",
            "note": "Cheaper",
            "tags": ["late"],
        },
    ),
    "file.attach": (
        WHO_WRITES,
        lambda w: {
            "attachment_id": new_id(),
            "customer_id": w.customer.id,
            "opportunity_id": w.opportunity.id,
            "name": "Contract.pdf",
            "sha256": "cd" * 32,
            "size": 9,
            "media_type": "application/pdf",
        },
    ),
    "file.detach": ({"owner", *WHO_MANAGES}, lambda w: {"attachment_id": w.file.id}),
    "file.reattach": ({"owner", *WHO_MANAGES}, lambda w: {"attachment_id": w.taken_off.id}),
    "visit.withdraw": ({"owner"}, lambda w: {"visit_id": w.visit.id}),
    "follow_up.create": (
        WHO_WRITES,
        lambda w: {"follow_up_id": new_id(), "customer_id": w.customer.id, **DUE},
    ),
    "follow_up.complete": (WHO_WRITES, lambda w: {"follow_up_id": w.follow_up.id}),
    "follow_up.reopen": (WHO_WRITES, lambda w: {"follow_up_id": w.done.id}),
    "follow_up.snooze": (WHO_WRITES, lambda w: {"follow_up_id": w.follow_up.id, **DUE}),
    "follow_up.withdraw": (WHO_WRITES, lambda w: {"follow_up_id": w.follow_up.id}),
    "task.ask": (
        WHO_WRITES,
        lambda w: {
            "task_id": new_id(),
            "customer_id": w.customer.id,
            "department": "logistics",
            "note": "When?",
            **DUE,
        },
    ),
    "task.answer": (
        {*WHO_WRITES, "support", "support with share"},
        lambda w: {"task_id": w.task.id, "answer": "Tomorrow"},
    ),
    "task.rate": ({"owner", *WHO_MANAGES}, lambda w: {"task_id": w.answered.id, "rating": "good"}),
    "task.withdraw": ({"owner", *WHO_MANAGES}, lambda w: {"task_id": w.task.id}),
    "opportunity.create": (
        WHO_WRITES,
        lambda w: {
            "opportunity_id": new_id(),
            "customer_id": w.customer.id,
            "name": "Grinder",
            "amount_cents": 5000,
            "currency": "EUR",
            "stage": "lead",
        },
    ),
    "opportunity.move": (
        WHO_WRITES,
        lambda w: {"opportunity_id": w.opportunity.id, "from": "lead", "to": "quote"},
    ),
    "opportunity.edit": (
        WHO_WRITES,
        lambda w: {"opportunity_id": w.opportunity.id, "fields": {"competitor": "Kestrel"}},
    ),
    "opportunity.revalue": (
        WHO_WRITES,
        lambda w: {
            "opportunity_id": w.opportunity.id,
            "from_cents": w.opportunity.amount_cents,
            "from_currency": w.opportunity.currency,
            "amount_cents": 7,
            "currency": "USD",
        },
    ),
    "opportunity.ask": (WHO_WRITES, lambda w: approved(w)),
    "opportunity.approve": (WHO_MANAGES, lambda w: approved(w)),
    "opportunity.decline": (WHO_MANAGES, lambda w: {**approved(w), "note": "Less discount"}),
    "quote.save": (
        WHO_WRITES,
        lambda w: {"quote_id": new_id(), "opportunity_id": w.opportunity.id, "edition": 0, **QUOTED},
    ),
    "quote.send": (WHO_WRITES, lambda w: {"quote_id": w.draft.id}),
    "quote.accept": (WHO_WRITES, lambda w: {"quote_id": w.draft.id}),
    "quote.decline": (WHO_WRITES, lambda w: {"quote_id": w.draft.id, "reason": "Too dear"}),
    "quote.withdraw": (WHO_WRITES, lambda w: {"quote_id": w.draft.id}),
    "contract.draft": (
        WHO_WRITES,
        lambda w: {"contract_id": new_id(), "opportunity_id": w.opportunity.id, "edition": 0, **WRITTEN},
    ),
    "contract.send": (WHO_WRITES, lambda w: {"contract_id": w.contract.id}),
    "contract.sign": (WHO_WRITES, lambda w: {"contract_id": w.contract.id, "edition": 1, **signed(w)}),
    "contract.cancel": (WHO_WRITES, lambda w: {"contract_id": w.contract.id}),
    "order.place": (
        WHO_WRITES,
        lambda w: {"order_id": new_id(), "quote_id": w.accepted.id, "placed_on": "2026-11-23"},
    ),
    "order.withdraw": (WHO_WRITES, lambda w: {"order_id": w.order.id}),
    "payment.expect": (
        WHO_WRITES,
        lambda w: {"payment_id": new_id(), "order_id": w.order.id, "amount_cents": 5, **DUE},
    ),
    "payment.receive": (
        WHO_WRITES,
        lambda w: {
            "payment_id": new_id(),
            "order_id": w.order.id,
            "amount_cents": 5,
            "received_on": "2026-11-23",
        },
    ),
    "payment.withdraw": (WHO_WRITES, lambda w: {"payment_id": PAYMENT_ID, "order_id": w.order.id}),
    # Of what is not one's own nothing is taken back, and nobody is told whether it is there.
    "entry.ask": (EVERYBODY, lambda w: {"change_id": new_id()}),
    "entry.withdraw": (EVERYBODY, lambda w: {"change_id": new_id()}),
    "user.edit": (EVERYBODY, lambda w: {"fields": {"weekly_visits": 12}}),
    "noop": (EVERYBODY, lambda w: {}),
}


def approved(w: World) -> dict[str, Any]:
    sale = w.opportunity
    what = {"stage": "contract", "amount_cents": sale.amount_cents, "currency": sale.currency}
    return {"opportunity_id": sale.id, **what}


def signed(w: World) -> dict[str, Any]:
    said = {"signer": "Ilse", "signed_at": "2026-11-23T08:00:00.000Z", "strokes": "m1 2 3 4"}
    return {**said, "seal": seal_of(as_wire(w.contract) | said)}


class Undo(Exception):  # noqa: N818  (not a failure)
    """Takes a try back."""


@contextmanager
def undone(database: Database) -> Iterator[Session]:
    try:
        with database.writing() as session:
            yield session
            raise Undo
    except Undo:
        return


def test_the_matrix_has_a_row_for_every_change() -> None:
    assert MATRIX.keys() == CHANGES.keys()


@pytest.mark.parametrize("name", MATRIX)
def test_a_change_is_for_those_and_nobody_else(database: Database, world: World, name: str) -> None:
    allowed, args = MATRIX[name]
    done = {who for who in world.people if _tries(database, world.people[who], name, args(world))}
    assert done == allowed


def _tries(database: Database, user: User, name: str, args: dict[str, Any]) -> bool:
    """Whether it was done; if not, as if it had never been asked."""
    before = _everything(database)
    refusal = _refusal(database, user, name, args)
    if refusal is None:
        return True
    assert refusal == ("not_allowed", {})
    assert _everything(database) == before
    return False


def _everything(database: Database) -> list[Any]:
    with database.reading() as session:
        return [
            sorted(map(tuple, session.execute(select(table)).all()), key=repr)  # type: ignore[call-overload]
            for table in SQLModel.metadata.sorted_tables
        ]


def _points_at_something(name: str) -> bool:
    args = CHANGES[name].args.values()
    # Of an outbox: tests/sync/test_review.py. Who asks to see something is told nothing either way: below.
    is_other = name.startswith("entry.") or name == "customer.ask"
    return not is_other and any(arg.type == "id" and arg.required and not arg.creates for arg in args)


@pytest.mark.parametrize("name", [name for name in CHANGES if _points_at_something(name)])
def test_what_is_missing_is_answered_like_what_one_may_not_see(
    database: Database, world: World, name: str
) -> None:
    args = MATRIX[name][1](world)
    unseen = _refusal(database, world.people["other territory"], name, args)
    targets = [arg for arg, spec in CHANGES[name].args.items() if spec.type == "id" and not spec.creates]
    nowhere = args | {arg: new_id() for arg in targets if arg in args and arg != "user_id"}
    missing = _refusal(database, world.people["other territory"], name, nowhere)
    assert unseen == missing == ("not_allowed", {})


def test_asking_for_what_is_missing_is_answered_like_asking_for_what_is_there(
    database: Database, world: World
) -> None:
    for customer_id in (world.customer.id, world.deleted.id, new_id()):
        asked = _refusal(
            database, world.people["other territory"], "customer.ask", {"customer_id": customer_id}
        )
        assert asked is None


def _refusal(database: Database, user: User, name: str, args: dict[str, Any]) -> Any:
    try:
        with undone(database) as session:
            apply(session, user, name, args, NOW)
    except Refused as refused:
        return refused.code, refused.detail
    return None


def test_charlie_hears_of_nothing_whatever_he_sends(world: World, ring: Ring) -> None:
    charlie = ring(world.people["other territory"])
    for name, (_, args) in MATRIX.items():
        if name not in (
            "customer.create",
            "customer.ask",
            "entry.ask",
            "entry.withdraw",
            "user.edit",
            "noop",
        ):
            receipt = charlie.do(name, args(world))
            assert (receipt["status"], receipt["code"]) == ("parked", "not_allowed"), name
            assert receipt["detail"].keys() == {"message"}
    charlie.pull()
    assert not charlie.rows.get("customers")
    assert set(charlie.rows) <= {"people", "me", "products", "pipelines", "custom_fields"}


def test_an_id_of_another_territory_opens_nothing_inside_ones_own(database: Database, world: World) -> None:
    """A contact of Alice's customer named in a visit of Charlie's own."""
    charlie = world.people["other territory"]
    quay = new_id()
    with database.writing() as session:
        apply(session, charlie, "customer.create", {"customer_id": quay, "name": "Quay Bar"}, NOW)
    logged = {"visit_id": new_id(), "customer_id": quay, **LOGGED}
    boss = {"contact_id": new_id(), "customer_id": quay, "name": "Wu", "reports_to": world.contact.id}
    promise = {"follow_up_id": world.follow_up.id, "due_on": "2026-11-30"}
    assert _refusal(database, charlie, "visit.log", logged | {"contact_ids": [world.contact.id]}) == (
        "not_allowed",
        {},
    )
    assert _refusal(database, charlie, "contact.create", boss) == ("not_allowed", {})
    assert _refusal(database, charlie, "visit.log", logged | {"follow_up": promise}) == ("conflict", {})
    assert _refusal(database, charlie, "visit.log", logged | {"product_ids": [new_id()]}) == (
        "not_allowed",
        {},
    )


def test_the_phone_gets_the_same_list() -> None:
    told = as_json()
    assert told.keys() == CHANGES.keys()
    assert told["visit.log"]["follow_up"]["fields"]["due_on"] == {"type": "due_date", "required": True}
    assert told["visit.log"]["outcome"]["choices"][-1] == "nobody_there"


def test_every_created_row_has_a_table(world: World) -> None:
    made = {spec.creates for change in CHANGES.values() for spec in change.args.values() if spec.creates}
    assert made == BUNDLE.keys()


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize(
    "garbage", [None, 7, "x", [], [[]], {"\u0000": {}}, {"fields": 5}, {"fields": {"name": {"a": []}}}]
)
def test_garbage_is_invalid_and_never_an_exception(name: str, garbage: Any) -> None:
    _, errors = validate(name, garbage)
    assert errors or name == "noop"


README = (Path(__file__).parents[2] / "sync" / "README.md").read_text()


def every_arg(specs: dict[str, Arg]) -> Iterator[tuple[str, Arg]]:
    for name, spec in specs.items():
        yield name, spec
        yield from every_arg(spec.fields or {})


def test_the_readme_tells_how_long_a_text_may_be_and_what_there_is_to_choose() -> None:
    sentence = re.sub(
        r"`[a-z.]+`|\bof\b", "", README.partition("Lengths: ")[2].partition(", all others 200")[0]
    )
    lengths: dict[str, set[int]] = {}
    for names, most in re.findall(r"([a-z_, \n]+?) ([0-9][0-9,]*)", sentence):
        for name in re.findall(r"[a-z_]+", names):
            lengths.setdefault(name, set()).add(int(most.strip(",").replace(",", "")))
    chosen = dict(re.findall(r"`([a-z_]+)`: ([\w/, \n-]+)", README))
    for name, spec in (found for change in CHANGES.values() for found in every_arg(change.args)):
        text = spec.of if spec.of and spec.of.type == "text" else spec
        if text.type in ("text", "email", "phone", "strokes", "time_zone"):
            assert text.max in lengths.get(name, {200}), name
        if spec.choices and name not in ("media_type", "by_name"):
            assert set(spec.choices) <= set(re.findall(r"[\w-]+", chosen[name])), name


def test_the_readme_tells_what_is_accepted_of_a_customer_that_is_gone(
    database: Database, world: World
) -> None:
    told = re.findall(
        r"`([a-z_.]+)`", README.partition("| a deleted customer | ")[2].partition(" are still")[0]
    )
    gone = {
        "customer.delete": {"customer_id": world.customer.id},
        "customer.assign": MATRIX["customer.assign"][1](world),
    }
    accepted = {how: set[str]() for how in gone}
    for (how, args), name in product(gone.items(), MATRIX):
        who = MATRIX[name][0] if how == "customer.delete" else MATRIX[name][0] & {"owner"}
        for user in (world.people[one] for one in who):
            with suppress(Refused), undone(database) as session:
                apply(session, world.people["manager"], how, args, NOW)
                stamp(session)
                apply(session, user, name, MATRIX[name][1](world), NOW, base_rev=0)
                accepted[how].add(name)
    elsewhere = {"customer.create", "customer.ask", "user.edit", "noop", "entry.ask", "entry.withdraw"}
    assert accepted["customer.delete"] - elsewhere - {"customer.delete", "customer.restore"} == set(told)
    assert accepted["customer.assign"] - elsewhere == set(told[:9])


def test_the_readme_lists_every_change_with_its_args() -> None:
    rows = [
        line
        for line in README.partition("## Changes")[2].partition("### Who may")[0].splitlines()
        if line.startswith("| `")
    ]
    listed = {
        name: row.split("|")[2] for row in rows for name in re.findall(r"`([a-z_.]+)`", row.split("|")[1])
    }
    for name, change in CHANGES.items():
        for arg, spec in change.args.items():
            if not name.endswith(".correct") or arg == "corrects":  # the rest of which is as in the log
                words = re.findall(r"[a-z0-9_]+", listed[name])
                assert {arg, *(spec.fields or ())} <= set(words), f"{name}: {arg}"
        assert name in listed
