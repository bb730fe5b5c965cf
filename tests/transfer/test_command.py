"""`legwork customers import` at the terminal."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from server.cli.customers import import_customers
from server.database import Database
from server.models.customer import Customer
from tests.cast import Cast
from tests.transfer.test_importing import all_rows, customer


@pytest.fixture(autouse=True)
def of_this_test(monkeypatch: pytest.MonkeyPatch, database_url: str, cast: Cast) -> None:
    monkeypatch.setenv("LEGWORK_DATABASE_URL", database_url)
    monkeypatch.setenv("COLUMNS", "160")


def run(tmp_path: Path, content: str, *options: str) -> Result:
    path = tmp_path / "customers.csv"
    path.write_text(content)
    return CliRunner().invoke(import_customers, [str(path), *options])


def test_it_shows_the_columns_the_progress_and_the_result(
    tmp_path: Path, database: Database, cast: Cast
) -> None:
    done = run(tmp_path, "公司,电话,Turnover\n北京远景,010,5\n", "--yes", "--owner", "alice@example.test")
    assert done.exit_code == 0, done.output
    for said in ("公司", "Customer", "left out", "Checking", "Writing", "Imported 1 customers."):
        assert said in done.output
    assert customer(database, "北京远景").owner_id == cast.alice.id


def test_errors_are_told_by_row_and_nothing_is_written(tmp_path: Path, database: Database) -> None:
    done = run(tmp_path, "Company,Status\nHuber,lead\nKessler,strange\n", "--yes")
    assert done.exit_code == 1
    assert "Lifecycle" in done.output
    assert "strange" in done.output
    assert "Nothing was written." in done.output
    assert all_rows(database, Customer) == []


def test_a_file_without_a_column_of_names_is_told_once(tmp_path: Path, database: Database) -> None:
    done = run(tmp_path, "Foo,Phone\nHuber,089 5550123\nKessler,089 5550124\n", "--yes", "--leave-out-errors")
    assert done.exit_code == 1
    assert done.output.count("No column is the name of the customer.") == 1
    assert "with errors: 0, new customers: 0" in done.output
    assert all_rows(database, Customer) == []


def test_rows_with_errors_are_left_out_when_told_so(tmp_path: Path, database: Database) -> None:
    done = run(tmp_path, "Company,Status\nHuber,lead\nKessler,strange\n", "--yes", "--leave-out-errors")
    assert done.exit_code == 0
    assert len(all_rows(database, Customer)) == 1


def test_a_dry_run_writes_nothing(tmp_path: Path, database: Database) -> None:
    done = run(tmp_path, "Company\nHuber\nHuber GmbH\n", "--dry-run")
    assert done.exit_code == 0
    assert "repeated: 1 (rows 3)" in done.output
    assert all_rows(database, Customer) == []


def test_it_says_whom_nobody_would_see(tmp_path: Path, cast: Cast) -> None:
    content = "Company,Owner\nHuber,\nKessler,alice@example.test\nMeier,\n"
    unseen = "Without an owner or a territory: 2."
    assert unseen in run(tmp_path, content, "--dry-run").output
    assert unseen not in run(tmp_path, content, "--dry-run", "--owner", cast.bob.email).output


def test_a_territory_is_found_in_any_case(tmp_path: Path, database: Database, cast: Cast) -> None:
    done = run(tmp_path, "Company\nHuber\n", "--yes", "--territory", "nORTH")
    assert done.exit_code == 0, done.output
    assert customer(database, "Huber").territory_id == cast.north.id


def test_it_asks_first(tmp_path: Path, database: Database) -> None:
    assert run(tmp_path, "Company\nHuber\n").exit_code == 1
    assert all_rows(database, Customer) == []


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        ("", (), "The file is empty."),
        ("Company\nHuber\n", ("--owner", "nobody@example.test"), "no active rep"),
        ("Company\nHuber\n", ("--territory", "Nowhere"), "no territory"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    tmp_path: Path, content: str, options: tuple[str, ...], said: str
) -> None:
    done = run(tmp_path, content, *options)
    assert done.exit_code != 0
    assert said in done.output
    assert "Traceback" not in done.output
