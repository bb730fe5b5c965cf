"""What the verbs of the models do, and when they will not."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from server.database import Database
from server.models.contact import Contact
from server.models.customer import Customer, CustomerShare, CustomerTag
from server.models.field_history import FieldHistory
from server.models.follow_up import FollowUp
from server.models.identity import new_id
from server.models.opportunity import Opportunity
from server.models.refusal import Invalid, NotAllowed, Refused
from server.models.user import Role, User
from server.models.visit import Visit
from tests.cast import NOW, Cast
from tests.sync.conftest import Do

STARTED = "2026-11-23T07:41:12.000Z"


def visit(customer_id: str, **more: Any) -> dict[str, Any]:
    made = {"visit_id": new_id(), "customer_id": customer_id, "started_at": STARTED, "outcome": "interested"}
    return {**made, **more}


def row(database: Database, table: Any, row_id: str) -> Any:
    with database.reading() as session:
        return session.get(table, row_id)


def refusal(do: Do, *args: Any) -> str:
    with pytest.raises(Refused) as refused:
        do(*args)
    return refused.value.code


def test_a_reps_new_customer_is_the_reps_own(database: Database, cast: Cast, do: Do) -> None:
    customer_id = new_id()
    do(cast.alice, "customer.create", {"customer_id": customer_id, "name": "北京华联", "phone": "138 0013"})
    made = row(database, Customer, customer_id)
    assert (made.owner_id, made.territory_id, made.created_by) == (
        cast.alice.id,
        cast.north.id,
        cast.alice.id,
    )
    assert (made.lifecycle, made.cadence_days) == ("lead", 30)
    assert made.sort_key == "beijinghualian"
    assert "bjhl" in made.search_text
    assert (
        refusal(do, cast.alice, "customer.create", {"customer_id": customer_id, "name": "Again"})
        == "conflict"
    )


def test_a_managers_new_customer_is_in_the_pool_unless_it_is_somebodys(
    database: Database, cast: Cast, do: Do
) -> None:
    free, bobs = new_id(), new_id()
    do(cast.mei, "customer.create", {"customer_id": free, "name": "Free"})
    do(cast.mei, "customer.create", {"customer_id": bobs, "name": "Bob's", "owner_id": cast.bob.id})
    assert (row(database, Customer, free).owner_id, row(database, Customer, free).territory_id) == (
        None, cast.north.id,
    )  # fmt: skip
    assert row(database, Customer, bobs).owner_id == cast.bob.id
    away = {"customer_id": new_id(), "name": "South", "owner_id": cast.charlie.id}
    assert refusal(do, cast.mei, "customer.create", away) == "not_allowed"
    do(cast.dora, "customer.create", away)
    assert row(database, Customer, away["customer_id"]).territory_id == cast.south.id


def test_an_edit_keeps_what_was_there_before(
    database: Database, cast: Cast, do: Do, harbour_cafe: Customer
) -> None:
    fields = {"name": "Hafencafé", "region": "East Side", "cadence_days": 14, "latitude": 53.5}
    do(cast.mei, "customer.edit", {"customer_id": harbour_cafe.id, "fields": fields})
    edited = row(database, Customer, harbour_cafe.id)
    assert (edited.name, edited.sort_key, edited.cadence_days) == ("Hafencafé", "hafencafe", 14)
    with database.reading() as session:
        kept = session.exec(select(FieldHistory).order_by(col(FieldHistory.field))).all()
    assert [(k.field, k.before, k.after, k.changed_by) for k in kept] == [
        ("cadence_days", 30, 14, cast.mei.id),
        ("latitude", None, 53.5, cast.mei.id),
        ("name", "Harbour Café", "Hafencafé", cast.mei.id),
    ]  # the region stayed as it was


def test_tags_and_shares_twice_are_once(
    database: Database, cast: Cast, do: Do, harbour_cafe: Customer
) -> None:
    tag = {"customer_id": harbour_cafe.id, "tag": "terrace"}
    share = {"customer_id": harbour_cafe.id, "user_id": cast.bob.id}
    for _ in range(2):
        do(cast.alice, "customer.add_tag", tag)
        do(cast.alice, "customer.share", share)
    with database.reading() as session:
        assert (
            len(session.exec(select(CustomerTag)).all())
            == len(session.exec(select(CustomerShare)).all())
            == 1
        )
    for _ in range(2):
        do(cast.alice, "customer.remove_tag", tag)
        do(cast.alice, "customer.unshare", share)
    with database.reading() as session:
        assert session.exec(select(CustomerTag)).all() == session.exec(select(CustomerShare)).all() == []


def test_whom_it_is_shared_with_may_not_share_or_give_it_on(
    cast: Cast, do: Do, harbour_cafe: Customer
) -> None:
    do(cast.alice, "customer.share", {"customer_id": harbour_cafe.id, "user_id": cast.bob.id})
    on = {"customer_id": harbour_cafe.id, "user_id": cast.charlie.id}
    assert refusal(do, cast.bob, "customer.share", on) == "not_allowed"
    away = {"customer_id": harbour_cafe.id, "from": cast.alice.id, "to": cast.bob.id}
    assert refusal(do, cast.bob, "customer.assign", away) == "not_allowed"


@pytest.mark.parametrize(
    ("become", "may_let_go"), [({"role": Role.SUPPORT}, True), ({"deactivated_at": NOW}, False)]
)
def test_who_writes_no_more_unshares_only_with_oneself_and_who_has_left_not_even_that(
    database: Database,
    cast: Cast,
    do: Do,
    harbour_cafe: Customer,
    become: dict[str, Any],
    may_let_go: bool,
) -> None:
    lent = new_id()
    do(cast.bob, "customer.create", {"customer_id": lent, "name": "Mill"})
    do(cast.bob, "customer.share", {"customer_id": lent, "user_id": cast.alice.id})
    of_hers = {"customer_id": harbour_cafe.id, "user_id": cast.bob.id}
    do(cast.alice, "customer.share", of_hers)
    with database.writing() as session:
        session.get_one(User, cast.alice.id).sqlmodel_update(become)
    alice = row(database, User, cast.alice.id)
    assert refusal(do, alice, "customer.unshare", of_hers) == "not_allowed"
    with database.reading() as session:
        assert session.get(CustomerShare, (harbour_cafe.id, cast.bob.id)) is not None
    lets_go = {"customer_id": lent, "user_id": cast.alice.id}
    if may_let_go:
        do(alice, "customer.unshare", lets_go)
    else:
        assert refusal(do, alice, "customer.unshare", lets_go) == "not_allowed"


def test_promises_and_plans_go_with_the_customer(
    database: Database, cast: Cast, do: Do, harbour_cafe: Customer
) -> None:
    of = {"customer_id": harbour_cafe.id}
    plan, promise, done = new_id(), new_id(), new_id()
    do(cast.alice, "visit.plan", {"visit_id": plan, "planned_on": "2026-11-24", **of})
    do(cast.alice, "follow_up.create", {"follow_up_id": promise, "due_on": "2026-11-30", **of})
    do(cast.alice, "follow_up.create", {"follow_up_id": done, "due_on": "2026-11-20", **of})
    do(cast.alice, "follow_up.complete", {"follow_up_id": done})
    do(cast.alice, "customer.assign", {"from": cast.alice.id, "to": cast.bob.id, **of})
    assert row(database, Visit, plan).author_id == cast.bob.id
    assert row(database, FollowUp, promise).owner_id == cast.bob.id
    assert row(database, FollowUp, done).owner_id == cast.alice.id


def test_what_a_rep_promised_goes_to_the_owner_when_sharing_ends(
    database: Database, cast: Cast, do: Do, harbour_cafe: Customer
) -> None:
    of = {"customer_id": harbour_cafe.id}
    plan, promise, meis = new_id(), new_id(), new_id()
    for user in (cast.bob, cast.mei):
        do(cast.alice, "customer.share", {"user_id": user.id, **of})
    do(cast.bob, "visit.plan", {"visit_id": plan, "planned_on": "2026-11-24", **of})
    do(cast.bob, "follow_up.create", {"follow_up_id": promise, "due_on": "2026-11-30", **of})
    do(cast.mei, "follow_up.create", {"follow_up_id": meis, "due_on": "2026-11-30", **of})
    for user in (cast.bob, cast.mei):
        do(cast.alice, "customer.unshare", {"user_id": user.id, **of})
    assert row(database, Visit, plan).author_id == cast.alice.id
    assert row(database, FollowUp, promise).owner_id == cast.alice.id
    assert row(database, FollowUp, meis).owner_id == cast.mei.id  # she sees all of her territory


def test_out_of_the_pool_a_customer_comes_with_what_is_on_nobodys_phone_any_more(
    database: Database, cast: Cast, do: Do, harbour_cafe: Customer
) -> None:
    of = {"customer_id": harbour_cafe.id}
    plan, promise, meis = new_id(), new_id(), new_id()
    do(cast.alice, "visit.plan", {"visit_id": plan, "planned_on": "2026-11-24", **of})
    do(cast.alice, "follow_up.create", {"follow_up_id": promise, "due_on": "2026-11-30", **of})
    do(cast.mei, "follow_up.create", {"follow_up_id": meis, "due_on": "2026-11-30", **of})
    do(cast.mei, "customer.assign", {"from": cast.alice.id, "to": None, **of})
    assert row(database, FollowUp, promise).owner_id == cast.alice.id
    do(cast.mei, "customer.assign", {"from": None, "to": cast.bob.id, **of})
    assert row(database, Visit, plan).author_id == cast.bob.id
    assert row(database, FollowUp, promise).owner_id == cast.bob.id
    assert row(database, FollowUp, meis).owner_id == cast.mei.id


def test_the_owner_is_guarded(cast: Cast, do: Do, harbour_cafe: Customer) -> None:
    of = {"customer_id": harbour_cafe.id}
    assert refusal(do, cast.mei, "customer.assign", {"from": None, "to": cast.bob.id, **of}) == "conflict"
    assert (
        refusal(do, cast.mei, "customer.assign", {"from": cast.alice.id, "to": cast.charlie.id, **of})
        == "not_allowed"
    )
    do(cast.mei, "customer.assign", {"from": cast.alice.id, "to": None, **of})
    do(cast.mei, "customer.assign", {"from": cast.alice.id, "to": None, **of})  # it is so already


def test_nobody_leads_back_to_oneself_in_the_decision_chain(
    database: Database, cast: Cast, do: Do, harbour_cafe: Customer
) -> None:
    lin, wu = new_id(), new_id()
    of = {"customer_id": harbour_cafe.id}
    do(cast.alice, "contact.create", {"contact_id": lin, "name": "Lin", **of})
    do(cast.alice, "contact.create", {"contact_id": wu, "name": "Wu", "reports_to": lin, **of})
    assert (
        refusal(do, cast.alice, "contact.edit", {"contact_id": lin, "fields": {"reports_to": wu}})
        == "conflict"
    )
    assert (
        refusal(do, cast.alice, "contact.edit", {"contact_id": lin, "fields": {"reports_to": lin}})
        == "conflict"
    )
    do(cast.alice, "contact.edit", {"contact_id": wu, "fields": {"reports_to": None}})
    assert row(database, Contact, wu).reports_to is None


def test_a_planned_visit_is_moved_cancelled_and_takes_place_all_the_same(
    database: Database, cast: Cast, do: Do, harbour_cafe: Customer
) -> None:
    plan = {"visit_id": new_id(), "customer_id": harbour_cafe.id, "planned_on": "2026-11-24"}
    do(cast.mei, "visit.plan", plan)
    do(cast.mei, "visit.plan", {**plan, "planned_on": "2026-11-25", "planned_time": "9:30"})
    planned = row(database, Visit, plan["visit_id"])
    assert (planned.planned_on, planned.planned_time) == (date(2026, 11, 25), "09:30")
    do(cast.mei, "visit.cancel", {"visit_id": plan["visit_id"]})
    do(cast.mei, "visit.cancel", {"visit_id": plan["visit_id"]})
    do(cast.alice, "visit.log", visit(harbour_cafe.id, visit_id=plan["visit_id"], note="It rained"))
    took_place = row(database, Visit, plan["visit_id"])
    assert (took_place.withdrawn_at, took_place.author_id, took_place.note) == (
        None,
        cast.alice.id,
        "It rained",
    )
    assert refusal(do, cast.mei, "visit.cancel", {"visit_id": plan["visit_id"]}) == "conflict"
    assert refusal(do, cast.mei, "visit.plan", plan) == "conflict"


def test_undo_takes_the_visit_and_its_promise_back_and_the_plan_stands_again(
    database: Database, cast: Cast, do: Do, harbour_cafe: Customer
) -> None:
    plan = {"visit_id": new_id(), "customer_id": harbour_cafe.id, "planned_on": "2026-11-23"}
    promise = {"follow_up_id": new_id(), "due_on": "2026-11-30"}
    do(cast.alice, "visit.plan", plan)
    do(
        cast.alice,
        "visit.log",
        visit(harbour_cafe.id, visit_id=plan["visit_id"], note="x", follow_up=promise),
    )
    for _ in range(2):
        do(cast.alice, "visit.withdraw", {"visit_id": plan["visit_id"]})
    again = row(database, Visit, plan["visit_id"])
    assert (again.started_at, again.outcome, again.note, again.withdrawn_at) == (None, None, None, None)
    assert again.planned_on == date(2026, 11, 23)
    assert row(database, FollowUp, promise["follow_up_id"]).withdrawn_at == NOW
    assert row(database, Customer, harbour_cafe.id).last_touch_at is None


def test_a_correction_is_a_new_row_and_the_latest_stands(
    database: Database, cast: Cast, do: Do, harbour_cafe: Customer
) -> None:
    promise = {"follow_up_id": new_id(), "due_on": "2026-11-30"}
    first = visit(harbour_cafe.id, follow_up=promise)
    do(cast.alice, "visit.log", first)
    second, third = (
        visit(harbour_cafe.id, corrects=first["visit_id"], outcome=outcome)
        for outcome in ("ordered", "not_now")
    )
    later = {**third, "follow_up": {**promise, "due_on": "2026-12-05"}}
    do(cast.alice, "visit.correct", second)
    do(cast.alice, "visit.correct", later)  # by another phone, which knew only the first
    chain = [row(database, Visit, made["visit_id"]) for made in (first, second, third)]
    assert [made.corrected_by for made in chain] == [chain[1].id, chain[2].id, None]
    assert [made.corrects for made in chain] == [None, chain[0].id, chain[1].id]
    kept = row(database, FollowUp, promise["follow_up_id"])
    assert (kept.visit_id, kept.due_on, kept.withdrawn_at) == (chain[2].id, date(2026, 12, 5), None)
    assert refusal(do, cast.alice, "visit.withdraw", {"visit_id": chain[0].id}) == "conflict"
    do(cast.alice, "visit.withdraw", {"visit_id": chain[2].id})
    assert row(database, Visit, chain[1].id).corrected_by is None
    assert refusal(do, cast.bob, "visit.correct", second | {"visit_id": new_id()}) == "not_allowed"


def test_what_was_taken_back_is_not_corrected(cast: Cast, do: Do, harbour_cafe: Customer) -> None:
    logged = visit(harbour_cafe.id)
    do(cast.alice, "visit.log", logged)
    do(cast.alice, "visit.withdraw", {"visit_id": logged["visit_id"]})
    wanted = visit(harbour_cafe.id, corrects=logged["visit_id"])
    assert refusal(do, cast.alice, "visit.correct", wanted) == "deleted"


def test_a_visit_logged_at_the_wrong_door_moves_with_its_promise(
    database: Database, cast: Cast, do: Do, harbour_cafe: Customer
) -> None:
    quay = new_id()
    do(cast.alice, "customer.create", {"customer_id": quay, "name": "Quay Bar"})
    promise = {"follow_up_id": new_id(), "due_on": "2026-11-30"}
    wrong = visit(harbour_cafe.id, follow_up=promise)
    do(cast.alice, "visit.log", wrong)
    do(cast.alice, "visit.correct", visit(quay, corrects=wrong["visit_id"]))
    assert row(database, Customer, harbour_cafe.id).last_touch_at is None
    assert row(database, Customer, quay).last_touch_at is not None
    assert row(database, FollowUp, promise["follow_up_id"]).customer_id == quay


def test_follow_ups(database: Database, cast: Cast, do: Do, harbour_cafe: Customer) -> None:
    follow_up = {"follow_up_id": new_id()}
    do(cast.alice, "follow_up.create", {**follow_up, "customer_id": harbour_cafe.id, "due_on": "2026-11-24"})
    do(cast.mei, "follow_up.snooze", {**follow_up, "due_on": "2026-11-27"})
    do(cast.alice, "follow_up.complete", follow_up)
    do(cast.alice, "follow_up.complete", follow_up, NOW + timedelta(days=1))
    done = row(database, FollowUp, follow_up["follow_up_id"])
    assert (done.due_on, done.completed_at) == (date(2026, 11, 27), NOW)
    assert refusal(do, cast.alice, "follow_up.snooze", {**follow_up, "due_on": "2026-11-28"}) == "conflict"
    do(cast.alice, "follow_up.reopen", follow_up)
    do(cast.alice, "follow_up.withdraw", follow_up)
    assert refusal(do, cast.alice, "follow_up.snooze", {**follow_up, "due_on": "2026-11-28"}) == "deleted"


def test_a_deleted_customer_takes_facts_and_nothing_else(
    database: Database, cast: Cast, do: Do, harbour_cafe: Customer
) -> None:
    of, follow_up = {"customer_id": harbour_cafe.id}, {"follow_up_id": new_id()}
    do(cast.alice, "follow_up.create", {**follow_up, "due_on": "2026-11-24", **of})
    do(cast.mei, "customer.delete", of)
    do(cast.mei, "customer.delete", of)
    do(cast.alice, "visit.log", visit(harbour_cafe.id))
    do(cast.alice, "follow_up.complete", follow_up)
    for name, args in {
        "customer.edit": {"fields": {"name": "x"}},
        "customer.add_tag": {"tag": "x"},
        "contact.create": {"contact_id": new_id(), "name": "Lin"},
        "visit.plan": {"visit_id": new_id(), "planned_on": "2026-12-01"},
        "follow_up.create": {"follow_up_id": new_id(), "due_on": "2026-12-01"},
    }.items():
        assert refusal(do, cast.alice, name, {**of, **args}) == "deleted"


def test_an_opportunity_is_moved_from_where_one_saw_it(
    database: Database, cast: Cast, do: Do, harbour_cafe: Customer
) -> None:
    deal = {"opportunity_id": new_id(), "customer_id": harbour_cafe.id, "name": "Grinder"}
    do(
        cast.alice,
        "opportunity.create",
        {**deal, "amount_cents": "12000", "currency": "eur", "stage": "lead"},
    )
    move = {"opportunity_id": deal["opportunity_id"], "from": "lead", "to": "quote"}
    do(cast.alice, "opportunity.move", move, NOW + timedelta(days=2))
    moved = row(database, Opportunity, deal["opportunity_id"])
    assert (moved.stage, moved.currency, moved.stage_since) == ("quote", "EUR", NOW + timedelta(days=2))
    with pytest.raises(Refused) as refused:
        do(cast.mei, "opportunity.move", {**move, "to": "lost"})
    assert (refused.value.code, refused.value.detail) == ("conflict", {"current": "quote"})


def test_everybody_sets_things_for_oneself(database: Database, cast: Cast, do: Do) -> None:
    do(
        cast.alice,
        "user.edit",
        {"fields": {"locale": "zh-Hans", "time_zone": "Asia/Shanghai", "weekly_visits": 25}},
    )
    alice = row(database, User, cast.alice.id)
    assert (alice.locale, alice.time_zone, alice.weekly_visits) == ("zh-Hans", "Asia/Shanghai", 25)


@pytest.mark.parametrize("name", ["Mars/Olympus", "localtime", "../UTC"])
def test_a_time_zone_is_one_that_means_the_same_everywhere(cast: Cast, do: Do, name: str) -> None:
    with pytest.raises(Invalid) as invalid:
        do(cast.alice, "user.edit", {"fields": {"time_zone": name}})
    assert invalid.value.fields.keys() == {"fields.time_zone"}


def test_a_refusal_writes_nothing(database: Database, cast: Cast, do: Do, harbour_cafe: Customer) -> None:
    with pytest.raises(NotAllowed):
        do(cast.alice, "visit.log", visit(harbour_cafe.id, contact_ids=[new_id()]))
    with database.reading() as session:
        assert session.exec(select(Visit)).all() == []
