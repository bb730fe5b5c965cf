"""One e-mail a person and hour, with all that came due in it, of whatever kinds. Over real SMTP, as in test_mail.py."""

from typing import Any

import pytest
from sqlmodel import update

from server.database import Database
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.reminder import TerritorySettings, Wishes
from server.models.user import Role, User
from server.reminders.due import COLUMNS, KINDS, _select_due
from server.reminders.kinds import Kind
from server.reminders.person import Person
from server.reminders.worker import Worker
from tests.cast import Cast, person
from tests.mail_server import MailServer
from tests.reminders import test_mail
from tests.reminders.test_mail import MINUTE, MORNING, deliveries, plain, rich, wish, work

mail, settings, worker, promise = test_mail.mail, test_mail.settings, test_mail.worker, test_mail.promise


@pytest.fixture
def plan(do: Any, cast: Cast, harbour_cafe: Customer) -> Any:
    def plan(**more: str) -> str:
        args = {"visit_id": new_id(), "customer_id": harbour_cafe.id, "planned_on": "2026-11-23", **more}
        do(cast.alice, "visit.plan", args)
        return args["visit_id"]

    return plan


def test_all_kinds_are_in_one_letter(
    cast: Cast, promise: Any, plan: Any, worker: Worker, mail: MailServer, database: Database
) -> None:
    promise(note="Bring the 40 mm")
    promise(note="Ask about the pump")
    plan(planned_time="10:30")
    work(worker, MORNING)
    [letter] = mail.letters
    assert letter["Subject"] == "2 follow-ups are due today · Harbour Café"
    for text in (plain(letter), rich(letter)):
        assert text.index("2 follow-ups are due today") < text.index("Ask about the pump")
        assert text.index("Ask about the pump") < text.index("Visit planned for today at 10:30")
        assert text.count("You get this because") == 1
    assert [delivery.delivered_at for delivery in deliveries(database)] == [MORNING, MORNING]


@pytest.fixture
def answers(do: Any, cast: Cast, harbour_cafe: Customer, database: Database) -> None:
    """Two to what Alice has asked Sue's department."""
    sue = person("Sue", Role.SUPPORT, cast.north, department="service")
    with database.writing() as session:
        session.add(sue)
    for answer in ("The FKM one", "On Friday"):
        asked = {
            "task_id": new_id(),
            "customer_id": harbour_cafe.id,
            "department": "service",
            "note": "Which?",
        }
        do(cast.alice, "task.ask", {**asked, "due_on": f"{MORNING:%Y-%m-%d}"})
        do(sue, "task.answer", {"task_id": asked["task_id"], "answer": answer})


def test_several_answers_to_tasks_are_listed(
    cast: Cast, answers: None, worker: Worker, mail: MailServer, database: Database
) -> None:
    work(worker, MORNING)
    [letter] = [letter for letter in mail.letters if "alice@" in letter["To"]]
    assert letter["Subject"] == "2 of your tasks are answered"
    assert "- Harbour Café · Sue has answered · The FKM one" in plain(letter)
    assert "- Harbour Café · Sue has answered · On Friday" in plain(letter)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_whatever_is_said_of_a_row_finds_what_it_looks_for(kind: Kind, cast: Cast) -> None:
    alice = Person(cast.alice, Wishes(), "UTC")
    assert set(COLUMNS) <= set(_select_due(kind, {cast.alice.id: alice}, MORNING).selected_columns.keys())


def test_what_comes_due_within_the_hour_waits_for_one_letter(
    cast: Cast, promise: Any, plan: Any, worker: Worker, mail: MailServer, database: Database
) -> None:
    promise()
    work(worker, MORNING)
    promise(note="Ask about the pump")
    work(worker, MORNING + 10 * MINUTE)
    plan()
    work(worker, MORNING + 59 * MINUTE)
    assert len(mail.letters) == 1
    work(worker, MORNING + 60 * MINUTE)
    [_, letter] = mail.letters
    assert "Ask about the pump" in plain(letter)
    assert "Visit planned for today" in plain(letter)
    assert {delivery.attempts for delivery in deliveries(database)} == {1}


def test_a_letter_written_while_the_clock_was_ahead_holds_up_no_other(
    cast: Cast, promise: Any, worker: Worker, mail: MailServer
) -> None:
    promise()
    work(worker, MORNING + 5 * 60 * MINUTE)
    promise(note="Ask about the pump")
    work(worker, MORNING + 10 * MINUTE)
    assert [("Ask about the pump" in plain(letter)) for letter in mail.letters] == [False, True]


def test_what_was_to_be_tried_again_by_a_clock_that_was_ahead_is_tried_now(
    cast: Cast, promise: Any, worker: Worker, mail: MailServer
) -> None:
    """It was found late on a Friday that turned out to be Tuesday."""
    mail.to_recipient.append("451 try again")
    promise(note="Bring the 40 mm")
    work(worker, MORNING + 4 * 1440 * MINUTE)
    assert mail.letters == []
    work(worker, MORNING + 1440 * MINUTE)
    [letter] = mail.letters
    assert "Bring the 40 mm" in plain(letter)


def test_nobody_waits_for_anothers_letter(
    cast: Cast, promise: Any, do: Any, worker: Worker, mail: MailServer
) -> None:
    promise()
    work(worker, MORNING)
    quay = {"customer_id": new_id(), "name": "Quay Bar"}
    do(cast.bob, "customer.create", quay)
    again = {"follow_up_id": new_id(), "customer_id": quay["customer_id"], "due_on": "2026-11-23"}
    do(cast.bob, "follow_up.create", again)
    work(worker, MORNING + MINUTE)
    assert [letter["To"] for letter in mail.letters] == [
        "Alice <alice@example.test>",
        "Bob <bob@example.test>",
    ]


def test_what_is_done_meanwhile_is_in_no_letter(
    cast: Cast, promise: Any, plan: Any, do: Any, worker: Worker, mail: MailServer
) -> None:
    mail.to_recipient.append("451 try again")
    follow_up = promise(note="Bring the 40 mm")
    plan()
    work(worker, MORNING)
    do(cast.alice, "follow_up.complete", {"follow_up_id": follow_up})
    for minutes in range(1, 5):
        work(worker, MORNING + minutes * MINUTE)
    [letter] = mail.letters
    assert "Bring the 40 mm" not in plain(letter)
    assert "Visit planned for today" in plain(letter)


def test_a_letter_with_more_in_it_is_another_letter(
    cast: Cast, promise: Any, plan: Any, worker: Worker, mail: MailServer
) -> None:
    """A mailbox hides what comes twice under one id."""
    mail.to_content.append(test_mail.HANGS_UP)
    promise()
    work(worker, MORNING)
    plan()
    for minutes in range(1, 5):
        work(worker, MORNING + minutes * MINUTE)
    first, *others = mail.letters
    assert {letter["Message-ID"] for letter in others}.isdisjoint({first["Message-ID"]})
    assert any("Visit planned for today" in plain(letter) for letter in others)


def test_who_is_discreet_reads_how_many(
    cast: Cast, promise: Any, plan: Any, worker: Worker, mail: MailServer, database: Database
) -> None:
    wish(database, cast.alice, discreet=True)
    promise()
    plan()
    work(worker, MORNING)
    [letter] = mail.letters
    assert letter["Subject"] == "Legwork"
    assert plain(letter).count("1 reminder") == 2
    assert "Harbour" not in plain(letter) + rich(letter)


def long_here(database: Database) -> None:
    with database.writing() as session:
        session.execute(update(User).values(created_at=MORNING - 2000 * MINUTE * 60))


def test_the_subject_names_three_and_says_how_many_more(
    cast: Cast, promise: Any, plan: Any, answers: None, worker: Worker, mail: MailServer, database: Database
) -> None:
    long_here(database)
    promise()
    promise()
    plan()
    work(worker, MORNING)
    [letter] = [letter for letter in mail.letters if "alice@" in letter["To"]]
    named = "2 follow-ups are due today · Harbour Café · 2 of your tasks are answered"
    assert letter["Subject"] == f"{named} · and 1 more"
    assert "Your weekly report is written" in plain(letter)


def test_the_letter_that_the_week_is_over_holds_the_ranking(
    cast: Cast, worker: Worker, mail: MailServer, database: Database
) -> None:
    long_here(database)
    with database.writing() as session:
        session.add(TerritorySettings(territory_id=cast.north.id, set_by=cast.dora.id, ranked_by="visits"))
    work(worker, MORNING)
    told = {letter["To"]: plain(letter) for letter in mail.letters}
    [alice, charlie] = (
        next(said for to, said in told.items() if f"{who}@" in to) for who in ("alice", "charlie")
    )
    assert "send it on · Visits against the plan: 1. Alice 0%, 1. Bob 0%" in " ".join(alice.split())
    assert "against the plan" not in charlie
