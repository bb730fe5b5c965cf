"""All of a backup or nothing of it; and phones bring what it does not hold."""

import multiprocessing
import os
import signal
import sqlite3
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import select

from server.backup.archive import opened_file
from server.backup.checking import findings
from server.backup.loading import JUMP
from server.backup.refusal import Refused
from server.backup.restoring import restore
from server.database import Database, open_database
from server.migrate import BrokenReferences, is_current
from server.models.identity import new_id
from server.models.user import SignInAttempt, SignInSession
from server.models.visit import Visit
from server.models.workspace import the_workspace
from tests.backup.conftest import Company, bring_back, everything, manifest_of, visit
from tests.backup.forgery import change_manifest, change_rows, members, write
from tests.cast import NOW
from tests.sync.phone import Line, Phone

AT_0001 = Path(__file__).parent / "at_0001.zip"


def notes(database: Database) -> list[str]:
    with database.reading() as session:
        return sorted(note or "" for note in session.exec(select(Visit.note)))


def file_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


@pytest.fixture
def tuesday(company: Company, taken: Path) -> dict[str, Any]:
    """Something came after the backup. All of it; nobody holds the database open."""
    company.phone.do("visit.log", visit(company.customer_id, "On Tuesday"))
    rows = everything(company.database)
    company.database.close()
    return rows


def test_a_new_history_begins_where_no_number_is_given_twice(
    company: Company, taken: Path, back: Database
) -> None:
    manifest = manifest_of(taken)
    with back.reading() as session:
        workspace = the_workspace(session)
    assert workspace.epoch not in ("", manifest.epoch)
    assert (workspace.rev, workspace.durable_rev) == (manifest.rev + JUMP, manifest.rev)
    assert workspace.durable_at == NOW
    assert not [finding for finding in findings(back) if finding.wrong]


def test_rows_with_numbers_of_the_database_go_on_counting(back: Database) -> None:
    with back.writing() as session:
        session.add(SignInAttempt(subject="somebody else", at=NOW))
    with back.reading() as session:
        assert len(session.exec(select(SignInAttempt)).all()) == 2


def test_a_phone_sends_what_came_after_the_backup_and_it_counts_once(company: Company, taken: Path) -> None:
    phone, old = company.phone, company.database
    lost = [phone.save("visit.log", visit(company.customer_id, f"Tuesday {number}")) for number in range(3)]
    phone.pull()
    with old.reading() as session:
        phone.epoch = the_workspace(session).epoch
    phone.push()
    old.close()
    bring_back(taken, old.engine.url.render_as_string(hide_password=False), replace=True)
    assert phone.line.push(phone.envelope([]))[1]["code"] == "epoch"
    assert phone.line.pull(phone.device_id, phone.cursor)[0] == 409
    phone.epoch = None
    assert {receipt["status"] for receipt in phone.push(lost)} == {"applied"}
    assert {receipt["status"] for receipt in phone.push(lost)} == {"duplicate"}
    assert [note for note in notes(old) if "Tuesday" in note] == ["Tuesday 0", "Tuesday 1", "Tuesday 2"]
    assert not [finding for finding in findings(old) if finding.wrong]


def test_phones_may_come_back_in_any_order(company: Company, taken: Path) -> None:
    """Bob's visit waits for the customer that only Alice's phone still knows, and goes through by itself after her."""
    database, alice, late = company.database, company.phone, new_id()
    bob = Phone(company.cast.bob, Line(database, company.cast.bob))
    hers = [
        alice.save("customer.create", {"customer_id": late, "name": "Of Tuesday"}),
        alice.save("customer.share", {"customer_id": late, "user_id": company.cast.bob.id}),
    ]
    alice.push()
    his = bob.save("visit.log", visit(late, "Bob on Tuesday"))
    bob.push()
    database.close()
    bring_back(taken, database.engine.url.render_as_string(hide_password=False), replace=True)
    assert [receipt["status"] for receipt in bob.push([his])] == ["parked"]
    assert [receipt["status"] for receipt in alice.push(hers)] == ["applied", "applied"]
    assert [receipt["status"] for receipt in bob.push([his])] == ["applied"]
    assert notes(database).count("Bob on Tuesday") == 1
    assert not [finding for finding in findings(database) if finding.wrong]


def test_a_visit_made_before_the_restore_counts_though_the_customer_was_given_away_after(
    company: Company, taken: Path
) -> None:
    """What the phone had seen is older than all that happens in the new history, whatever the old one had reached."""
    database = company.database
    for _ in range(20):
        company.phone.do("visit.log", visit(company.customer_id))
    with database.reading() as session:
        seen = the_workspace(session).rev
    database.close()
    bring_back(taken, database.engine.url.render_as_string(hide_password=False), replace=True)
    assign = {
        "customer_id": company.customer_id,
        "from": company.cast.alice.id,
        "to": company.cast.charlie.id,
    }
    dora = Phone(company.cast.dora, Line(database, company.cast.dora))
    assert dora.do("customer.assign", assign)["status"] == "applied"
    late = Phone(company.cast.alice, Line(database, company.cast.alice))
    assert late.do("visit.log", visit(company.customer_id), base_rev=seen)["status"] == "applied"


def test_browsers_stay_signed_in_unless_told_otherwise(taken: Path, empty_url: str, tmp_path: Path) -> None:
    other_url = f"sqlite:///{tmp_path / 'other.db'}"
    bring_back(taken, empty_url)
    bring_back(taken, other_url, sign_out=True)
    for url, signed_out_at in ((empty_url, None), (other_url, NOW)):
        database = open_database(url)
        with database.reading() as session:
            assert session.exec(select(SignInSession.signed_out_at)).all() == [signed_out_at]
        database.close()


def test_a_database_with_people_is_left_alone(
    tuesday: dict[str, Any], taken: Path, database: Database
) -> None:
    with pytest.raises(Refused, match="--replace"):
        bring_back(taken, database.engine.url.render_as_string(hide_password=False))
    assert everything(database) == tuesday


def test_when_told_to_it_takes_its_place_and_keeps_it_aside(
    tuesday: dict[str, Any], taken: Path, database: Database
) -> None:
    aside = bring_back(taken, database.engine.url.render_as_string(hide_password=False), replace=True)
    assert aside is not None
    assert "On Tuesday" not in notes(database)
    if database.is_sqlite:
        kept = open_database(f"sqlite:///{aside}")
        assert everything(kept) == tuesday
        kept.close()
    else:
        with database.engine.connect() as connection:
            found = connection.execute(
                text(f"SELECT note FROM {aside}.visits WHERE note = 'On Tuesday'")
            ).all()
        assert len(found) == 1


def test_a_database_in_use_is_left_alone(tuesday: dict[str, Any], taken: Path, database: Database) -> None:
    with database.reading() as session:
        the_workspace(session)
    with pytest.raises(Refused, match="Stop every `legwork run`"):
        bring_back(taken, database.engine.url.render_as_string(hide_password=False), replace=True)
    assert everything(database) == tuesday


def refuse(path: Path, database: Database, match: str) -> None:
    before = everything(database)
    database.close()
    with pytest.raises(Refused, match=match):
        bring_back(path, database.engine.url.render_as_string(hide_password=False), replace=True)
    assert everything(database) == before


def test_what_is_no_backup_of_ours_is_refused(company: Company, taken: Path, tmp_path: Path) -> None:
    refuse(tmp_path / "nowhere.zip", company.database, "There is no file")
    (tmp_path / "text.zip").write_text("not a zip")
    refuse(tmp_path / "text.zip", company.database, "not a backup")
    write(tmp_path / "zip.zip", {"holiday.jpg": b""})
    refuse(tmp_path / "zip.zip", company.database, "not a backup")
    half = tmp_path / "half.zip"
    half.write_bytes(taken.read_bytes()[: taken.stat().st_size // 2])
    refuse(half, company.database, "half of one")


def test_a_newer_backup_is_refused(company: Company, taken: Path) -> None:
    change_manifest(taken, schema="9999")
    refuse(taken, company.database, "Install that version or a newer one")
    change_manifest(taken, format=2, schema="0001")
    refuse(taken, company.database, "format 2")


def test_a_damaged_one_is_refused_whatever_is_damaged(company: Company, taken: Path) -> None:
    whole = taken.read_bytes()
    at = whole.index(b"tables/visits.jsonl") + 60  # within what is packed behind the name
    taken.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
    refuse(taken, company.database, "damaged: tables/visits.jsonl")
    taken.write_bytes(whole)
    change_rows(taken, "visits", lambda rows: rows[1:])
    refuse(taken, company.database, "damaged: tables/visits.jsonl")
    found = members(taken)
    del found["tables/visits.jsonl"]
    write(taken, found)
    refuse(taken, company.database, "damaged: tables/visits.jsonl")


def test_one_that_fails_in_the_middle_changes_nothing(
    tuesday: dict[str, Any], taken: Path, database: Database
) -> None:
    """As if a defect of ours had written a visit to a customer that is not there."""
    change_rows(taken, "visits", lambda rows: [[row[0], new_id(), *row[2:]] for row in rows], sign=True)
    with pytest.raises((BrokenReferences, SQLAlchemyError, psycopg.Error)):
        bring_back(taken, database.engine.url.render_as_string(hide_password=False), replace=True)
    assert everything(database) == tuesday
    if database.is_sqlite:
        path = file_of(database.engine.url.render_as_string())
        assert not [other for other in path.parent.iterdir() if other.name.startswith(f"{path.name}.")]
    else:
        assert inspect(database.engine).get_schema_names() == ["information_schema", "public"]


def killed_in_the_middle(url: str, path: Path) -> None:
    def die(_done: int, _total: int) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    with opened_file(path) as file:
        restore(url, file, NOW, die, replace=True)


def test_one_that_is_killed_changes_nothing_and_the_next_one_works(
    tuesday: dict[str, Any], taken: Path, database: Database, database_url: str
) -> None:
    child = multiprocessing.get_context("spawn").Process(
        target=killed_in_the_middle, args=(database_url, taken)
    )
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL
    assert everything(database) == tuesday
    database.close()
    wait_until_alone(database)
    bring_back(taken, database_url, replace=True)
    assert "On Tuesday" not in notes(database)


def wait_until_alone(database: Database) -> None:
    """PostgreSQL takes a moment to notice that a client has died."""
    if database.is_sqlite:
        return
    others = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
        "AND backend_type = 'client backend'"
    )
    while True:
        with database.engine.connect() as connection:
            if connection.execute(others).scalar_one() == 0:
                break
    database.close()


def test_a_backup_of_the_first_tables_is_upgraded(empty_url: str) -> None:
    bring_back(AT_0001, empty_url)
    database = open_database(empty_url)
    assert is_current(database)
    assert notes(database) == ["Kept in a backup of the first tables"]
    assert not [finding for finding in findings(database) if finding.wrong]
    database.close()


def test_what_an_accident_left_is_kept_aside(taken: Path, tmp_path: Path) -> None:
    path = tmp_path / "data" / "legwork.db"
    path.parent.mkdir()
    path.write_bytes(b"neither a database nor empty" * 100)
    path.with_name("legwork.db-wal").write_bytes(b"of another file")
    with pytest.raises(Refused, match="cannot be read"):
        bring_back(taken, f"sqlite:///{path}")
    aside = bring_back(taken, f"sqlite:///{path}", replace=True)
    assert aside is not None
    assert Path(aside).read_bytes().startswith(b"neither")
    assert Path(f"{aside}-wal").read_bytes() == b"of another file"
    assert sqlite3.connect(path).execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_log_without_its_file_is_not_taken_for_the_new_ones(taken: Path, tmp_path: Path) -> None:
    path = tmp_path / "legwork.db"
    path.with_name("legwork.db-wal").write_bytes(b"of a file that is gone")
    assert bring_back(taken, f"sqlite:///{path}") is None
    assert not path.with_name("legwork.db-wal").exists()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_tables_of_others_are_left_alone(database: Database, taken: Path, postgres_databases: Any) -> None:
    url = postgres_databases.fresh()
    with psycopg.connect(url) as connection:
        connection.execute("DROP TABLE alembic_version")
    with pytest.raises(Refused, match="not Legwork's"):
        bring_back(taken, url, replace=True)
    postgres_databases.drop(url)


def test_nothing_is_restored_into_memory(taken: Path) -> None:
    with pytest.raises(Refused, match="memory"):
        bring_back(taken, "sqlite:///:memory:")
