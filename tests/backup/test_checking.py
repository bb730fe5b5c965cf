"""`legwork verify` finds what is broken, and says which rows."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, text

from server.backup.checking import findings
from server.database import Database
from server.models.identity import new_id
from sync.apply import apply
from tests.backup.conftest import Company, visit
from tests.cast import NOW
from tests.sync.phone import Line, Phone


@contextmanager
def careless(database: Database) -> Iterator[Connection]:
    """Nothing is checked, as on a disk that fails."""
    with database.engine.execution_options(writes=True).connect() as connection:
        if database.is_sqlite:
            driver: Any = connection.connection.driver_connection
            driver.execute("PRAGMA foreign_keys=OFF")
        with connection.begin():
            if not database.is_sqlite:
                connection.execute(text("SET LOCAL session_replication_role = 'replica'"))
            yield connection


def wrong(database: Database) -> dict[str, list[str]]:
    return {finding.what: list(finding.rows) for finding in findings(database) if finding.wrong}


def test_a_company_that_works_is_in_order(company: Company) -> None:
    assert wrong(company.database) == {}


def test_a_deleted_customer_that_is_given_back_stays_deleted(company: Company) -> None:
    """It is not said to phones that it is there again."""
    mei, bob = company.cast.mei, company.cast.bob
    customer_id = new_id()
    with company.database.writing() as session:
        apply(session, mei, "customer.create", {"customer_id": customer_id, "name": "Pier Nine"}, NOW)
        apply(session, mei, "customer.share", {"customer_id": customer_id, "user_id": bob.id}, NOW)
    with company.database.writing() as session:
        apply(session, mei, "customer.delete", {"customer_id": customer_id}, NOW)
    with company.database.writing() as session:
        apply(session, bob, "customer.unshare", {"customer_id": customer_id, "user_id": bob.id}, NOW)
    assert wrong(company.database) == {}


BREAKS: dict[str, tuple[str, str]] = {
    "a row that others point at is gone": (
        "DELETE FROM contacts WHERE id = (SELECT min(id) FROM contacts)",
        "rows that were written are not there",
    ),
    "a customer is gone": ("DELETE FROM customers", "rows of visits point at customers that are not there"),
    "the counter went back": (
        "UPDATE workspace SET rev = 1, durable_rev = 0",
        "the revision counter is lower than revisions that were given",
    ),
    "a backup is said to hold too much": (
        "UPDATE workspace SET durable_rev = rev + 1",
        "a backup is noted for a revision that was never given",
    ),
    "a device went back": (
        "UPDATE devices SET last_seq = 1",
        "devices have receipts with higher numbers than the last that is noted for them",
    ),
    "a visit is gone that was acknowledged": (
        "DELETE FROM visits WHERE note = 'Corrected'",
        "changes were acknowledged as applied, and what they made is not there",
    ),
    "a row has no revision": (
        "DELETE FROM row_revisions WHERE collection = 'follow_ups'",
        "rows have no revision, and phones never hear of them",
    ),
    "a contract says something else than what was signed": (
        "UPDATE contracts SET terms = 'As agreed'",
        "the seals of contracts do not hold: they are not what was signed",
    ),
    "a withdrawn row is not gone": (
        "UPDATE row_revisions SET gone = (1 = 1) WHERE collection = 'customers'",
        "rows are deleted here but not for phones, or the other way round",
    ),
}


@pytest.mark.parametrize("broken", BREAKS)
def test_what_is_broken_is_found_and_named(company: Company, broken: str) -> None:
    sql, what = BREAKS[broken]
    with careless(company.database) as connection:
        connection.execute(text(sql))
    found = wrong(company.database)
    assert found.get(what), found


def test_a_visit_that_is_missing_is_named_with_the_change_that_made_it(company: Company) -> None:
    args = visit(company.customer_id)
    change = company.phone.do("visit.log", args)
    with careless(company.database) as connection:
        connection.execute(text("DELETE FROM visits WHERE id = :id"), {"id": args["visit_id"]})
    found = wrong(company.database)
    told = found["changes were acknowledged as applied, and what they made is not there"]
    assert told == [f"visit.log {change['id']} made visits {args['visit_id']}"]
    assert found["rows that were written are not there"] == [f"visits {args['visit_id']}"]


def test_what_was_let_through_later_is_looked_for_too(company: Company) -> None:
    """A parked change that made nothing is none of its business; once it is applied, what it made must be there."""
    late = new_id()
    waiting = company.phone.save("visit.log", visit(late))
    company.phone.push([waiting])
    assert wrong(company.database) == {}
    company.phone.do("customer.create", {"customer_id": late, "name": "Late"})
    company.phone.push([waiting])
    with careless(company.database) as connection:
        connection.execute(text("DELETE FROM visits WHERE customer_id = :id"), {"id": late})
    assert "changes were acknowledged as applied, and what they made is not there" in wrong(company.database)


def test_numbers_that_were_sent_again_are_a_note_and_not_wrong(company: Company) -> None:
    """As after a restore or a fork: the change keeps the receipt of its first number."""
    entry = company.phone.save("visit.log", visit(company.customer_id))
    company.phone.push([entry])
    again = Phone(company.cast.alice, Line(company.database, company.cast.alice))
    again.push([{**entry, "seq": 1}])
    again.seq = 1
    again.do("visit.log", visit(company.customer_id))
    notes = [finding for finding in findings(company.database) if not finding.wrong]
    assert [list(note.rows) for note in notes] == [[f"device {again.device_id}, 1 of 2"]]
    assert wrong(company.database) == {}


def test_a_device_without_any_receipt_is_noted(company: Company) -> None:
    with careless(company.database) as connection:
        connection.execute(text("DELETE FROM receipts"))
    [note] = [finding for finding in findings(company.database) if not finding.wrong]
    assert list(note.rows) == [
        f"device {company.phone.device_id}, {company.phone.seq} of {company.phone.seq}"
    ]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_page_that_the_disk_has_lost_is_found(company: Company, damage: Callable[[], None]) -> None:
    damage()
    assert "SQLite finds its file damaged" in wrong(company.database)


@pytest.fixture
def damage(company: Company) -> Callable[[], None]:
    """An index that no longer has what its table has."""

    def spoil() -> None:
        with careless(company.database) as connection:
            connection.execute(text("PRAGMA writable_schema=ON"))
            connection.execute(
                text(
                    "UPDATE sqlite_master SET sql = 'CREATE INDEX ix_visits_planned_on ON visits (customer_id)' "
                    "WHERE name = 'ix_visits_planned_on'"
                )
            )
        company.database.close()

    return spoil
