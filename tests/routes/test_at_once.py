"""The same form twice at once, as two taps on one button send it, or somebody who guesses."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlmodel import Session, func, select

from server.database import Database
from server.models import alert, custom_field, question, territory, workspace
from server.models.alert import Alert
from server.models.custom_field import CustomField
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.opportunity import Opportunity
from server.models.pipeline import Pipeline
from server.models.sign_in_attempt import PER_ACCOUNT, Subjects, TooManyAttempts, count
from server.models.turns import wait_for_others
from server.models.workspace import Team, Territory
from sync.apply import apply
from tests.cast import NOW, Cast
from tests.routes.conftest import Browser
from tests.waiting import somebody_waits


def test_the_second_of_two_taps_is_told_that_the_first_was_faster(
    screens: Browser, database: Database, cast: Cast
) -> None:
    alice, new = screens(cast.alice), {"customer_id": new_id(), "name": "Harbour Café"}
    with ThreadPoolExecutor(1) as pool:
        with database.writing() as session:
            apply(session, cast.alice, "customer.create", new, NOW)
            second = pool.submit(alice.post, "/customers", new)
            while not somebody_waits(session):
                assert not second.done()
        answer = second.result()
    assert answer.status_code in (409, 422)
    assert "in the meantime" in answer.text
    with database.reading() as session:
        assert session.exec(select(func.count()).select_from(Customer)).one() == 1


@pytest.mark.parametrize("same", ["account", "address"])
def test_guesses_at_once_are_counted_one_after_the_other(
    database: Database, monkeypatch: pytest.MonkeyPatch, same: str
) -> None:
    monkeypatch.setattr("server.models.sign_in_attempt.PER_ADDRESS", PER_ACCOUNT)

    def guess(session: Session, number: int) -> None:
        of = {"email": f"{number}@example.test", "address": f"203.0.113.{number}"}
        of |= {"account": {"email": "alice@example.test"}, "address": {"address": "203.0.113.99"}}[same]
        count(session, Subjects.of("key", **of), NOW)

    def one_more() -> None:
        with database.writing() as session:
            guess(session, PER_ACCOUNT)

    with ThreadPoolExecutor(1) as pool:
        with database.writing() as session:
            for number in range(PER_ACCOUNT):
                guess(session, number)
            another = pool.submit(one_more)
            while not (somebody_waits(session) or another.done()):
                pass
        with pytest.raises(TooManyAttempts):
            another.result()


Write = Callable[[Session, Cast], Any]
# What waits, what is sent, what another browser has just written, and where one is to be afterwards.
NAMED: list[tuple[str, str, dict[str, str], Write, Any]] = [
    (
        "names of custom fields",
        "/custom-fields",
        {"name": "parking", "kind": "text"},
        lambda session, _: custom_field.define(session, "Parking", "text", [], NOW),
        CustomField,
    ),
    (
        "names of pipelines",
        "/pipelines",
        {"name": "renewals"},
        lambda session, _: session.add(Pipeline(id=new_id(), name="Renewals", position=1, stages=[])),
        Pipeline,
    ),
    (
        workspace.NAMES,
        "/people/territories",
        {"territory": "west"},
        lambda session, _: territory.add(session, "West"),
        Territory,
    ),
    (
        workspace.NAMES,
        "/people/teams",
        {"team": "west", "team_territory": "north"},
        lambda session, cast: workspace.add_team(session, "West", cast.north),
        Team,
    ),
]


@pytest.mark.parametrize(("what", "path", "sent", "write", "kind"), NAMED)
def test_of_two_who_give_a_name_at_once_the_second_is_told_that_it_is_taken(
    screens: Browser,
    database: Database,
    cast: Cast,
    what: str,
    path: str,
    sent: dict[str, str],
    write: Write,
    kind: Any,
) -> None:
    dora, told = screens(cast.dora), {**sent}
    if "team_territory" in told:
        told["team_territory"] = cast.north.id
    before = rows(database, kind)
    with ThreadPoolExecutor(1) as pool:
        with database.writing() as session:
            wait_for_others(session, what)
            write(session, cast)
            session.flush()
            second = pool.submit(dora.post, path, told)
            while not somebody_waits(session):
                assert not second.done()
        answer = second.result()
    assert answer.status_code == 422
    assert rows(database, kind) == before + 1


def rows(database: Database, kind: Any) -> int:
    with database.reading() as session:
        return session.exec(select(func.count()).select_from(kind)).one()


def test_an_alert_set_by_two_taps_is_one(screens: Browser, database: Database, cast: Cast) -> None:
    mei = screens(cast.mei)
    with ThreadPoolExecutor(1) as pool:
        with database.writing() as session:
            wait_for_others(session, cast.mei.id)
            alert.set_alert(session, cast.mei, NOW, "late", terms={"limit": 5}, territory_id=None)
            session.flush()
            second = pool.submit(mei.post, "/team/alerts", {"kind": "late", "limit": "5"})
            while not somebody_waits(session):
                assert not second.done()
        assert second.result().status_code == 303
    assert rows(database, Alert) == 1


def test_nothing_begins_in_a_pipeline_that_is_retired_at_that_moment(
    screens: Browser, database: Database, cast: Cast, cafe: Customer
) -> None:
    alice, dora = screens(cast.alice), screens(cast.dora)
    dora.post("/pipelines", {"name": "Service"})
    new = {"opportunity_id": new_id(), "customer_id": cafe.id, "name": "Taps", "amount_cents": "1"}
    with ThreadPoolExecutor(1) as pool:
        with database.writing() as session:
            service = session.exec(select(Pipeline).where(Pipeline.name == "Service").with_for_update()).one()
            service.retired_at = NOW
            session.flush()
            told = {**new, "currency": "EUR", "pipeline_id": service.id, "stage": "lead"}
            second = pool.submit(alice.post, "/opportunities", told)
            while not somebody_waits(session):
                assert not second.done()
        assert second.result().status_code == 404
    assert rows(database, Opportunity) == 0


def test_who_changes_what_is_deleted_at_that_moment_is_told_so(
    screens: Browser, database: Database, cast: Cast
) -> None:
    mei = screens(cast.mei)
    with database.writing() as session:
        kept = question.save(
            session, cast.mei, NOW, name="Visits", definition={"measure": "visits"}, shared_with=[]
        )
    with ThreadPoolExecutor(1) as pool:
        with database.writing() as session:
            question.forget(session, question.own_question(session, cast.mei, kept.id))
            session.flush()
            second = pool.submit(mei.post, f"/team/questions/{kept.id}/name", {"name": "Visits of ours"})
            while not somebody_waits(session):
                assert not second.done()
        assert second.result().status_code in (404, 409)
