"""`legwork backup`, `restore` and `verify`, as one types them."""

import re
import resource
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text, update

from server.backup.naming import named, older_ones
from server.cli import main
from server.files.store import FileStore
from server.models.workspace import Workspace
from tests.backup.conftest import Company
from tests.backup.forgery import change_rows
from tests.cast import NOW


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, database_url: str, files: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """The photo of the company is where these settings say."""
    monkeypatch.setenv("LEGWORK_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("LEGWORK_DATABASE_URL", database_url)


def legwork(*args: object, ends_with: int = 0) -> str:
    result = CliRunner().invoke(main, [str(arg) for arg in args])
    assert result.exit_code == ends_with, result.output
    assert "Traceback" not in result.output
    return result.output


def test_each_command_explains_itself() -> None:
    for command in ("backup", "restore", "verify"):
        assert len(legwork(command, "--help").splitlines()) > 8


def test_there_and_back(company: Company, tmp_path: Path) -> None:
    file = tmp_path / "monday.zip"
    assert "holds" in legwork("backup", file)
    assert "in order" in legwork("verify", file)
    assert "--replace" in legwork("restore", file, ends_with=1)
    company.database.close()
    assert "Phones send by themselves" in legwork("restore", file, "--replace")
    said = legwork("restore", file, "--replace", "--sign-everybody-out")
    assert "Phones send once their users have signed in" in said
    aside = re.search(r"kept as (\S+)\.", said)
    assert aside is not None
    assert "in order" in legwork("verify")


def test_verify_says_what_is_wrong_and_ends_with_1(company: Company, tmp_path: Path) -> None:
    file = tmp_path / "monday.zip"
    legwork("backup", file)
    with company.database.engine.execution_options(writes=True).begin() as connection:
        connection.execute(text("DELETE FROM row_revisions WHERE collection = 'visits'"))
    said = legwork("verify", ends_with=1)
    assert re.search(r"wrong.*no revision.*: \d", said)
    assert "      visits 01" in said
    assert "legwork restore FILE --replace" in said
    change_rows(file, "row_revisions", lambda rows: rows[:1], sign=True)
    said = legwork("verify", file, ends_with=1)
    assert "no revision" in said
    assert "Use another backup." in said
    change_rows(file, "visits", lambda rows: rows[:1])
    assert "damaged" in legwork("verify", file, ends_with=1)


def test_verify_shows_ten_and_counts_the_rest(company: Company) -> None:
    with company.database.engine.execution_options(writes=True).begin() as connection:
        connection.execute(text("DELETE FROM row_revisions WHERE collection IN ('people', 'me', 'visits')"))
        connection.execute(text("UPDATE workspace SET rev = 1"))
        for number in range(20):
            row = "INSERT INTO row_revisions (collection, row_id, rev, gone) VALUES ('visits', :id, 1, 1 = 2)"
            connection.execute(text(row), {"id": f"nowhere {number}"})
    assert "and 10 more" in legwork("verify", ends_with=1)


def test_a_restore_that_fails_says_that_nothing_was_changed(company: Company, tmp_path: Path) -> None:
    file = tmp_path / "monday.zip"
    legwork("backup", file)
    change_rows(file, "customers", lambda rows: [], sign=True)
    company.database.close()
    assert "Nothing was changed" in legwork("restore", file, "--replace", ends_with=1)


def test_a_disk_without_room_is_named_and_leaves_no_half_of_a_file(company: Company, tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        said = legwork("backup", tmp_path / "monday.zip", ends_with=1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert f"Error: {tmp_path}/monday.zip: File too large\nNo backup was made." in said
    assert not list(tmp_path.glob("*.zip")) + list(tmp_path.glob(".legwork-backup-*"))


@pytest.mark.parametrize(("at", "byte"), [(6, 200), (8, 1), (10, 99)], ids=["version", "password", "method"])
def test_a_damaged_bit_that_zip_takes_for_a_feature_is_damage(
    company: Company, tmp_path: Path, at: int, byte: int
) -> None:
    file = tmp_path / "monday.zip"
    legwork("backup", file)
    content = bytearray(file.read_bytes())
    content[content.index(b"PK\x01\x02") + at] = byte  # of the first member in the list at the end
    file.write_bytes(content)
    for command in ("verify", "restore"):
        assert re.search("damaged|not a backup", legwork(command, file, ends_with=1))


def test_a_database_that_is_not_there_is_not_made_and_one_that_is_ruined_is_called_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "typed wrongly"
    monkeypatch.setenv("LEGWORK_DATA_DIR", str(folder))
    monkeypatch.setenv("LEGWORK_DATABASE_URL", "")
    for command in (["backup", tmp_path / "monday.zip"], ["verify"], ["user", "list"]):
        assert f"There is no database {folder}/legwork.db" in legwork(*command, ends_with=1)
    assert not folder.exists()
    folder.mkdir()
    (folder / "legwork.db").write_bytes(b"no database " * 1000)
    for command in (["backup", tmp_path / "monday.zip"], ["verify"]):
        said = legwork(*command, ends_with=1)
        assert "SQLite cannot read its file" in said
        assert "legwork restore FILE --replace" in said


def test_cron_names_each_and_keeps_the_newest(company: Company, tmp_path: Path) -> None:
    old = [tmp_path / f"legwork-2020-01-0{day}.zip" for day in (1, 2, 3)]
    others = [
        tmp_path / name for name in ("legwork-before-the-move.zip", "legwork-2020-01-01.zip.txt", "notes")
    ]
    for path in (*old, *others):
        path.write_text("old")
    said = legwork("backup", tmp_path / "legwork-{date}.zip", "--keep", 2)
    [fresh] = [path for path in tmp_path.glob("legwork-2*.zip") if path not in old]
    assert fresh.name in said
    assert [path.exists() for path in old] == [False, False, True]
    assert all(path.exists() for path in others)
    assert "{date}" in legwork("backup", tmp_path / "legwork.zip", "--keep", 2, ends_with=2)


def test_names_hold_the_day_and_the_time() -> None:
    assert named(Path("backups/legwork-{date}-{time}.zip"), NOW) == Path(
        "backups/legwork-2026-11-23-080000.zip"
    )


def test_only_files_of_the_pattern_are_ever_old(tmp_path: Path) -> None:
    names = [
        "a-2026-11-22-230000.zip",
        "a-2026-11-23-010000.zip",
        "a-2026-11-23-020000.zip",
        "a-2026-11-22.zip",
        "b",
    ]
    for name in names:
        (tmp_path / name).touch()
    assert [path.name for path in older_ones(tmp_path / "a-{date}-{time}.zip", 1)] == names[1::-1]


def test_the_doctor_asks_for_backups(company: Company, tmp_path: Path) -> None:
    with company.database.writing() as session:
        session.execute(update(Workspace).values(set_up_at=NOW))
    assert "there is no backup yet" in legwork("doctor")
    legwork("backup", tmp_path / "today.zip")
    assert re.search(r"ok +the last backup is from", legwork("doctor"))
    with company.database.writing() as session:
        session.execute(update(Workspace).values(durable_at=NOW - timedelta(days=9)))
    assert re.search(r"warn +the last backup is from 2026-11-14", legwork("doctor"))


def test_a_company_moves_to_the_other_database(
    company: Company, tmp_path: Path, empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "move.zip"
    legwork("backup", file)
    monkeypatch.setenv("LEGWORK_DATABASE_URL", empty_url)
    legwork("restore", file)
    assert "in order" in legwork("verify")
    assert "alice@example.test" in legwork("user", "list")
