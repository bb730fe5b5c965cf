"""A manager gives the owner of a customer something to do: it is theirs then, on their Today and on their phone."""

import re
from datetime import date
from html import unescape
from typing import Any

import pytest
from sqlmodel import col, select, update

from server.database import Database
from server.models.customer import Customer
from server.models.field_history import FieldHistory
from server.models.follow_up import FollowUp
from server.models.identity import new_id
from server.models.user import Role, User
from server.models.visit import Visit
from tests.cast import NOW, Cast, person
from tests.routes.conftest import Browser, Do, Screens
from tests.sync.phone import Line, Phone

BACK = "/team/cold?period=month&rep=none"
WHAT = "Bring the barrels"


def filled_in(page: str) -> dict[str, str]:
    """What the form would send as it stands."""
    form = page.split("<form", maxsplit=1)[1].split("</form>", maxsplit=1)[0]
    sent = {}
    for field in re.findall(r"<input [^>]*>", form):
        told = dict(re.findall(r'(\w+)="([^"]*)"', field))
        if told["type"] != "radio" or " checked" in field:
            sent[told["name"]] = unescape(told.get("value", ""))
    note = re.search(r'<textarea id="note"[^>]*>\n([^<]*)', form)
    return {**sent, "note": unescape(note[1])} if note else sent


def give(browser: Screens, customer: Customer, **typed: str) -> Any:
    page = browser.get(f"/customers/{customer.id}/give").text
    return browser.post(f"/customers/{customer.id}/give", {**filled_in(page), "back": BACK, **typed})


def rows_of(database: Database, model: Any) -> Any:
    with database.reading() as session:
        return session.exec(select(model).order_by(model.id)).all()


def test_from_a_list_to_the_reps_phone_and_back(
    screens: Browser, cast: Cast, cafe: Customer, database: Database
) -> None:
    with database.writing() as session:
        long_ago = NOW.replace(year=2025)
        session.execute(update(Customer).values(created_at=long_ago, lifecycle="active"))
    mei, alice, phone = screens(cast.mei), screens(cast.alice), Phone(cast.alice, Line(database, cast.alice))
    phone.pull()
    here = f"/team/cold?rep={cast.alice.id}"
    row = re.search(r'href="([^"]+/give[^"]*)" aria-label="Give Alice something to do"', mei.get(here).text)
    assert row is not None
    page = mei.get(unescape(row[1])).text
    assert "Give Alice something to do" in page
    answer = mei.post(f"/customers/{cafe.id}/give", {**filled_in(page), "note": WHAT, "next_step": "3"})
    assert answer.headers["location"] == f"{here}&done=given&id={cast.alice.id}"
    assert "Given to Alice" in mei.get(answer.headers["location"]).text
    kept = mei.get(answer.headers["location"], **{"HX-Request": "true"})
    assert kept.headers["hx-replace-url"] == here
    [row] = rows_of(database, FollowUp)
    assert (row.owner_id, row.customer_id, row.due_on) == (cast.alice.id, cafe.id, date(2026, 11, 26))
    phone.pull()
    assert phone.rows["follow_ups"][row.id]["owner_id"] == cast.alice.id
    assert phone.rows["follow_ups"][row.id]["note"] == WHAT
    assert WHAT in alice.get(f"/customers/{cafe.id}").text
    told = mei.get(f"/customers/{cafe.id}/history").text
    assert (WHAT in told, "Given to Alice" in told, "Mei" in told) == (True, True, True)


def test_a_visit_is_the_reps_own_plan_and_what_to_do_there_their_follow_up(
    screens: Browser, cast: Cast, cafe: Customer, database: Database
) -> None:
    typed = {"kind": "visit", "planned_on": "2026-11-23", "planned_time": "10:30", "note": WHAT}
    assert give(screens(cast.mei), cafe, **typed).status_code == 303
    [visit], [promised] = rows_of(database, Visit), rows_of(database, FollowUp)
    assert (visit.author_id, str(visit.planned_on), visit.planned_time) == (
        cast.alice.id,
        "2026-11-23",
        "10:30",
    )
    assert (promised.owner_id, promised.due_on) == (cast.alice.id, visit.planned_on)
    phone = Phone(cast.alice, Line(database, cast.alice))
    phone.pull()
    assert phone.rows["visits"][visit.id]["author_id"] == cast.alice.id
    today = screens(cast.alice).get("/today").text
    assert (WHAT in today, "10:30" in today) == (True, True)
    assert "Given to Alice" in screens(cast.alice).get(f"/customers/{cafe.id}/history").text


def test_a_visit_needs_no_note(screens: Browser, cast: Cast, cafe: Customer, database: Database) -> None:
    assert give(screens(cast.mei), cafe, kind="visit").status_code == 303
    assert [str(visit.planned_on) for visit in rows_of(database, Visit)] == ["2026-11-24"]
    assert rows_of(database, FollowUp) == []


def test_the_rep_does_with_it_as_with_any_other(
    screens: Browser, cast: Cast, cafe: Customer, database: Database
) -> None:
    """As the phone does it: moved, done and taken back, the visit cancelled or logged."""
    mei, phone = screens(cast.mei), Phone(cast.alice, Line(database, cast.alice))
    for _ in range(3):
        give(mei, cafe, kind="visit", note=WHAT)
    visits, promised = rows_of(database, Visit), rows_of(database, FollowUp)
    moved, done, taken_back = (row.id for row in promised)
    for name, args in (
        ("follow_up.snooze", {"follow_up_id": moved, "due_on": "2026-12-01"}),
        ("follow_up.complete", {"follow_up_id": done}),
        ("follow_up.withdraw", {"follow_up_id": taken_back}),
        ("visit.cancel", {"visit_id": visits[0].id}),
        (
            "visit.log",
            {
                "visit_id": visits[1].id,
                "customer_id": cafe.id,
                "started_at": "2026-11-23T07:41:12.000Z",
                "outcome": "ordered",
            },
        ),
    ):
        phone.do(name, args)
    after = {row.id: row for row in rows_of(database, FollowUp)}
    assert str(after[moved].due_on) == "2026-12-01"
    assert after[done].completed_at is not None
    assert after[taken_back].withdrawn_at is not None
    cancelled, logged, _ = rows_of(database, Visit)
    assert cancelled.withdrawn_at is not None
    assert (logged.outcome, logged.author_id) == ("ordered", cast.alice.id)


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"note": " "}, "note", "This is needed."),
        ({"next_step": "pick", "due_on": "soon"}, "due_on", "This is not a date."),
        ({"kind": "visit", "planned_on": "1900-01-01"}, "planned_on", "This date is too long ago."),
        ({"kind": "visit", "planned_time": "noon"}, "planned_time", "This is not a time of day."),
        ({"kind": "visit", "note": "x" * 10_001}, "note", "At most 10000 characters, please."),
        ({"kind": "order"}, "kind", "Please choose one of the list."),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(
    screens: Browser,
    cast: Cast,
    cafe: Customer,
    database: Database,
    typed: dict[str, str],
    field: str,
    said: str,
) -> None:
    answer = give(screens(cast.mei), cafe, **{"note": WHAT, "planned_time": "10:30", **typed})
    assert answer.status_code == 422
    error = re.search(rf'id="{field}-error".*?<span>([^<]+)</span>', answer.text)
    assert error is not None
    assert error[1] == said
    kept, sent = filled_in(answer.text), {"note": WHAT, "planned_time": "10:30", "back": BACK, **typed}
    assert {**kept, "kind": ""} == {**kept, **sent, "kind": ""}
    assert rows_of(database, FollowUp) == rows_of(database, Visit) == rows_of(database, FieldHistory) == []


def test_in_the_managers_language(screens: Browser, cast: Cast, cafe: Customer, database: Database) -> None:
    with database.writing() as session:
        session.execute(update(User).where(col(User.id) == cast.mei.id).values(locale="zh-Hans"))
    answer = give(screens(cast.mei), cafe, note="")
    assert ("给 Alice 安排事项" in answer.text, "要做什么？" in answer.text) == (True, True)
    assert re.search(r'id="note-error".*?<span>[^<a-z]+</span>', answer.text)


def test_sent_twice_it_is_given_once(
    screens: Browser, cast: Cast, cafe: Customer, database: Database
) -> None:
    keys = {"follow_up_id": new_id(), "visit_id": new_id()}
    for kind in ("visit", "visit"):
        assert give(screens(cast.mei), cafe, kind=kind, note=WHAT, **keys).status_code == 303
    assert (len(rows_of(database, Visit)), len(rows_of(database, FollowUp))) == (1, 1)
    assert len(rows_of(database, FieldHistory)) == 2


def test_what_somebody_else_planned_is_not_given_away_under_its_name(
    screens: Browser, cast: Cast, cafe: Customer, database: Database, do: Do
) -> None:
    visit_id = new_id()
    do(cast.mei, "visit.plan", {"visit_id": visit_id, "customer_id": cafe.id, "planned_on": "2026-11-30"})
    assert give(screens(cast.mei), cafe, kind="visit", visit_id=visit_id).status_code == 404
    assert rows_of(database, Visit)[0].author_id == cast.mei.id


def test_given_to_somebody_else_meanwhile_it_asks_again(
    screens: Browser, cast: Cast, cafe: Customer, database: Database, do: Do
) -> None:
    mei = screens(cast.mei)
    page = mei.get(f"/customers/{cafe.id}/give").text
    do(cast.mei, "customer.assign", {"customer_id": cafe.id, "from": cast.alice.id, "to": cast.bob.id})
    answer = mei.post(f"/customers/{cafe.id}/give", {**filled_in(page), "note": WHAT})
    assert answer.status_code == 422
    assert "Bob looks after this customer now." in answer.text
    assert mei.post(f"/customers/{cafe.id}/give", filled_in(answer.text)).status_code == 303
    assert [(row.owner_id, row.note) for row in rows_of(database, FollowUp)] == [(cast.bob.id, WHAT)]


@pytest.mark.parametrize("left", [False, True])
def test_where_nobody_looks_after_it_somebody_is_to_first(
    screens: Browser, cast: Cast, cafe: Customer, database: Database, left: bool
) -> None:
    with database.writing() as session:
        if left:
            session.execute(update(User).where(col(User.id) == cast.alice.id).values(deactivated_at=NOW))
        else:
            session.execute(update(Customer).values(owner_id=None))
    mei = screens(cast.mei)
    page = mei.get(f"/customers/{cafe.id}/give").text
    assert (
        "Alice, who looked after it, has left." if left else "Nobody looks after this customer yet."
    ) in page
    assert (">Bob<" in page, ">Charlie<" in page, ">Mei<" in page) == (True, False, False)
    answer = mei.post(f"/customers/{cafe.id}/give", {"hand_over": "yes", "to": cast.bob.id, "back": BACK})
    page = mei.get(answer.headers["location"]).text
    assert "Give Bob something to do" in page
    assert filled_in(page)["back"] == BACK


def test_taken_from_its_owner_meanwhile_what_was_typed_waits_for_the_next(
    screens: Browser, cast: Cast, cafe: Customer, database: Database
) -> None:
    mei = screens(cast.mei)
    page = mei.get(f"/customers/{cafe.id}/give").text
    with database.writing() as session:
        session.execute(update(Customer).values(owner_id=None))
    answer = mei.post(f"/customers/{cafe.id}/give", {**filled_in(page), "note": WHAT})
    assert answer.status_code == 422
    assert "Nobody looks after this customer yet." in answer.text
    answer = mei.post(f"/customers/{cafe.id}/give", {**filled_in(answer.text), "to": cast.bob.id})
    assert "Give Bob something to do" in answer.text
    assert mei.post(f"/customers/{cafe.id}/give", filled_in(answer.text)).status_code == 303
    assert [(row.owner_id, row.note) for row in rows_of(database, FollowUp)] == [(cast.bob.id, WHAT)]


def test_only_who_manages_the_owner_may(
    screens: Browser, cast: Cast, cafe: Customer, database: Database, do: Do
) -> None:
    """The matrix tries everybody at a customer out of sight; here those who see it and may not."""
    otto, sue = person("Otto", Role.MANAGER, cast.south), person("Sue", Role.SUPPORT)
    with database.writing() as session:
        session.add_all([otto, sue])
    for user in (otto, sue, cast.bob):
        do(cast.alice, "customer.share", {"customer_id": cafe.id, "user_id": user.id})
    form = {
        "kind": "follow_up",
        "follow_up_id": new_id(),
        "next_step": "1",
        "note": WHAT,
        "to": cast.alice.id,
    }
    for user in (otto, sue, cast.bob, cast.alice):
        browser = screens(user)
        assert browser.get(f"/customers/{cafe.id}").status_code == 200
        assert browser.get(f"/customers/{cafe.id}/give").status_code == 404
        assert browser.post(f"/customers/{cafe.id}/give", form).status_code == 404
    assert rows_of(database, FollowUp) == []
    assert give(screens(cast.dora), cafe, note=WHAT).status_code == 303


def test_an_executive_gives_takes_away_and_writes_in_every_territory(
    screens: Browser, cast: Cast, cafe: Customer, henrik: User, database: Database, do: Do
) -> None:
    do(cast.charlie, "customer.create", {"customer_id": new_id(), "name": "South Bar"})
    with database.writing() as session:
        session.execute(update(Customer).values(created_at=NOW.replace(year=2025), lifecycle="active"))
        south = session.exec(select(Customer).where(Customer.owner_id == cast.charlie.id)).one()
    eve = screens(henrik)
    cold = eve.get("/team/cold").text
    for customer, owner in ((cafe, cast.alice), (south, cast.charlie)):
        assert f'href="mailto:{owner.email}' in cold
        assert f"/customers/{customer.id}/give?back=" in cold
        assert give(eve, customer, note=WHAT).status_code == 303
    assert {row.owner_id for row in rows_of(database, FollowUp)} == {cast.alice.id, cast.charlie.id}
    page = eve.get(f"/customers/{cafe.id}").text
    assert (f'action="/customers/{cafe.id}/owner"' in page, f"/tasks/new?customer={cafe.id}" in page) == (
        True,
        True,
    )
    given = {"from": cast.alice.id, "to": cast.charlie.id}  # to another territory, which no manager may
    assert eve.post(f"/customers/{cafe.id}/owner", given).status_code == 303
    asked = {"task_id": new_id(), "customer_id": cafe.id, "department": "service", "note": "Van?"}
    assert eve.post("/tasks", {**asked, "next_step": "3"}).status_code == 303
    with database.reading() as session:
        kept = session.get(Customer, cafe.id)
        assert kept is not None
        assert (kept.owner_id, kept.territory_id) == (cast.charlie.id, cast.south.id)


def test_back_leads_to_no_other_site(screens: Browser, cast: Cast, cafe: Customer) -> None:
    answer = give(screens(cast.mei), cafe, note=WHAT, back="https://evil.example/")
    assert answer.headers["location"].startswith("/team?done=given")


def test_the_lists_behind_teams_numbers_lead_to_it(
    screens: Browser, cast: Cast, cafe: Customer, do: Do
) -> None:
    of = {"customer_id": cafe.id}
    do(cast.alice, "follow_up.create", {**of, "follow_up_id": new_id(), "due_on": "2026-11-20"})
    told = {"visit_id": new_id(), "started_at": "2026-11-23T07:41:12.000Z", "outcome": "ordered"}
    do(cast.alice, "visit.log", {**of, **told})
    sale = {"opportunity_id": new_id(), "name": "Barrels", "amount_cents": 1, "currency": "EUR"}
    do(cast.alice, "opportunity.create", {**of, **sale, "stage": "lead"})
    mei = screens(cast.mei)
    mei.post("/team/alerts", {"kind": "late", "limit": "1"})
    alert = re.search(r'href="(/team/alerts/[0-9a-f-]{36})"', mei.get("/team/alerts").text)
    assert alert is not None
    asked = [f"/team/questions/list?measure={measure}" for measure in ("visits", "open_amount", "touched")]
    for path in ("/team/late", "/team/visits", "/team/funnel/standing", alert[1], *asked):
        page = mei.get(path).text
        assert f"/customers/{cafe.id}/give?back=" in page, path
        assert f'href="mailto:{cast.alice.email}' in page, path
    back = f"{asked[0]}&done=given&id={cast.alice.id}"
    assert "Given to Alice" in mei.get(back).text
