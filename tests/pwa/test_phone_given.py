"""What a manager gave the rep to do, on the rep's phone in a stairwell: it is there, and goes the way of any other."""

import pytest
from sqlmodel import select

from server.database import Database
from server.models.follow_up import FollowUp
from server.models.giving import give
from server.models.identity import new_id
from server.models.user import User
from server.models.visit import Visit
from sync.apply import apply
from tests.cast import NOW
from tests.pwa.test_phone_host import HARBOUR_CAFE, Alice, alice, company

__all__ = ["alice", "company", "given"]

CALL, BARRELS, VISIT = new_id(), new_id(), new_id()


@pytest.fixture(scope="module", autouse=True)
def given(company: Database) -> None:
    of = {"customer_id": HARBOUR_CAFE}
    with company.writing() as session:
        people = {user.name: user for user in session.exec(select(User))}
        mei = people["Mei"]
        for row_id, note in ((CALL, "Call before noon"), (BARRELS, "Bring the barrels")):
            promise = {"follow_up_id": row_id, "due_on": "2026-11-23", "note": note}
            apply(session, mei, "follow_up.create", {**of, **promise}, NOW)
            give(session, mei, session.get_one(FollowUp, row_id), people["Alice"], NOW)
        plan = {"visit_id": VISIT, "planned_on": "2026-11-23", "planned_time": "10:30"}
        apply(session, mei, "visit.plan", {**of, **plan}, NOW)
        give(session, mei, session.get_one(Visit, VISIT), people["Alice"], NOW)


def test_it_stands_on_today_and_is_done_moved_and_cancelled_without_a_signal(alice: Alice) -> None:
    today = alice.get("/today")["text"]
    assert all(text in today for text in ("Call before noon", "Bring the barrels", "10:30"))
    alice.post(f"/follow-ups/{CALL}/complete", {"back": "/today"})
    alice.post(f"/follow-ups/{BARRELS}/snooze", {"back": "/today", "due_on": "2026-12-01"})
    page = alice.get(f"/customers/{HARBOUR_CAFE}")["text"]
    assert f"/visits/{VISIT}/cancel" in page
    alice.post(f"/visits/{VISIT}/cancel", {"back": f"/customers/{HARBOUR_CAFE}"})
    today = alice.get("/today")["text"]
    assert not any(text in today for text in ("Bring the barrels", "10:30"))
    names = [change["name"] for change in alice.outbox()]
    assert names == ["follow_up.complete", "follow_up.snooze", "visit.cancel"]
