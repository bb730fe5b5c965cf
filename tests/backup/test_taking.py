"""A backup holds everything, of one moment, while phones go on writing; and promises nothing before it is complete."""

import multiprocessing
import os
import signal
import stat
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import SQLModel

from server.backup import archive
from server.backup.archive import opened_file
from server.backup.checking import findings
from server.backup.refusal import Refused
from server.backup.restoring import loaded
from server.backup.taking import take
from server.backup.values import KINDS, kind_of
from server.database import Database, open_database
from server.models.workspace import Workspace, the_workspace
from tests.backup.conftest import Company, everything, manifest_of, silent, visit
from tests.cast import NOW
from tests.sync.phone import Line, Phone

WRITERS = 3
BACKUPS = 5


def workspace(database: Database) -> Workspace:
    with database.reading() as session:
        return the_workspace(session)


def test_the_company_of_these_tests_has_a_value_in_every_column(company: Company) -> None:
    """Or coming back equal would prove little."""
    filled = {kind: 0 for _, kind in KINDS}
    for table in SQLModel.metadata.sorted_tables:
        rows = everything(company.database)[table.name]
        assert rows, f"{table.name} is empty"
        for column in table.columns:
            filled[kind_of(column)] += any(row[column.name] is not None for row in rows)
    assert all(filled.values()), filled


def test_all_of_it_comes_back_equal_in_either_database(company: Company, back: Database) -> None:
    before, after = everything(company.database), everything(back)
    before.pop("workspace")
    after.pop("workspace")
    assert after == before


def test_only_the_owner_may_read_the_file(taken: Path) -> None:
    assert stat.S_IMODE(taken.stat().st_mode) == 0o600


def test_phones_are_told_to_forget_what_it_holds(company: Company, taken: Path) -> None:
    manifest, now = manifest_of(taken), workspace(company.database)
    assert manifest.rev == now.rev > 0
    assert (now.durable_rev, now.durable_at) == (manifest.rev, NOW)
    entry = company.phone.save("visit.log", visit(company.customer_id))
    status, answer = company.phone.line.push(company.phone.envelope([entry]))
    assert (status, answer["durable_rev"]) == (200, manifest.rev)
    assert answer["rev"] > manifest.rev


def test_what_is_written_meanwhile_is_wholly_in_it_or_not_at_all(company: Company, tmp_path: Path) -> None:
    """Several phones push without a pause; each backup taken meanwhile keeps every promise, for its own moment."""
    stop, broken = threading.Event(), list[BaseException]()

    def write(phone: Phone) -> None:
        try:
            while not stop.is_set():
                for _ in range(4):
                    phone.save("visit.log", visit(company.customer_id))
                phone.push()
        except BaseException as error:
            broken.append(error)
            raise

    line = Line(company.database, company.cast.alice)
    writers = [
        threading.Thread(target=write, args=(Phone(company.cast.alice, line),)) for _ in range(WRITERS)
    ]
    for writer in writers:
        writer.start()
    revs: list[int] = []
    try:
        for number in range(BACKUPS):
            path = tmp_path / f"{number}.zip"
            revs.append(take(company.database, path, NOW, silent).rev)
            assert workspace(company.database).durable_rev == revs[-1]
            check(path)
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    assert broken == []
    assert revs == sorted(set(revs)), "the phones did write between the backups"
    assert workspace(company.database).rev > revs[-1]


def check(path: Path) -> None:
    with opened_file(path) as file, loaded(file, silent) as database:
        assert [finding for finding in findings(database) if finding.wrong] == []
        assert workspace(database).rev == file.manifest.rev
        rows = everything(database)
    applied = [row for row in rows["receipts"] if row["name"] == "visit.log" and row["status"] == "applied"]
    assert len(applied) == len([row for row in rows["visits"] if not row["corrects"] and row["started_at"]])
    reached = {row["id"]: row["last_seq"] for row in rows["devices"]}
    for device_id, last_seq in reached.items():
        numbers = sorted(row["seq"] for row in rows["receipts"] if row["device_id"] == device_id)
        assert numbers == list(range(1, last_seq + 1))


class Cut(Exception):  # noqa: N818
    pass


def cut(_done: int, _total: int) -> None:
    raise Cut


def test_one_that_fails_promises_nothing_and_leaves_the_older_file(company: Company, taken: Path) -> None:
    before, promised = taken.read_bytes(), workspace(company.database).durable_rev
    company.phone.do("visit.log", visit(company.customer_id))
    with pytest.raises(Cut):
        take(company.database, taken, NOW, cut, force=True)
    assert workspace(company.database).durable_rev == promised
    assert taken.read_bytes() == before
    assert [path.name for path in taken.parent.iterdir() if path.suffix in (".part", ".zip")] == [taken.name]


def killed_in_the_middle(url: str, path: Path) -> None:
    def die(_done: int, _total: int) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    take(open_database(url), path, NOW, die, force=True)


def test_one_that_is_killed_promises_nothing_and_the_next_cleans_up(
    company: Company, taken: Path, database_url: str
) -> None:
    before, promised = taken.read_bytes(), workspace(company.database).durable_rev
    company.phone.do("visit.log", visit(company.customer_id))
    child = multiprocessing.get_context("spawn").Process(
        target=killed_in_the_middle, args=(database_url, taken)
    )
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL
    assert workspace(company.database).durable_rev == promised
    assert taken.read_bytes() == before
    [part] = taken.parent.glob(archive.PART.format("*"))
    os.utime(part, (0, 0))
    assert take(company.database, taken, NOW, silent, force=True).rev > promised
    assert not part.exists()


def test_nothing_is_promised_before_the_file_has_its_name(
    company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the rename everything is on the disk, and phones know of nothing yet."""
    seen: list[Any] = []
    rename, fsync = Path.replace, os.fsync

    def renamed(part: Path, path: Path) -> Path:
        seen.append(("rename", workspace(company.database).durable_rev))
        return rename(part, path)

    def synced(handle: int) -> None:
        seen.append(("fsync", stat.S_ISDIR(os.fstat(handle).st_mode)))
        fsync(handle)

    monkeypatch.setattr(Path, "replace", renamed)
    monkeypatch.setattr(os, "fsync", synced)
    rev = take(company.database, tmp_path / "monday.zip", NOW, silent).rev
    assert seen == [("fsync", False), ("rename", 0), ("fsync", True)]
    assert workspace(company.database).durable_rev == rev


def test_one_that_ends_late_takes_nothing_back(company: Company, tmp_path: Path) -> None:
    later: list[int] = []

    def overtaken(_done: int, _total: int) -> None:
        if not later:
            company.phone.do("visit.log", visit(company.customer_id))
            later.append(take(company.database, tmp_path / "later.zip", NOW + timedelta(hours=1), silent).rev)

    slow = take(company.database, tmp_path / "slow.zip", NOW, overtaken)
    assert slow.rev < later[0]
    now = workspace(company.database)
    assert (now.durable_rev, now.durable_at) == (later[0], NOW + timedelta(hours=1))


def test_a_file_that_is_there_is_replaced_only_when_told(company: Company, taken: Path) -> None:
    with pytest.raises(Refused, match="--force"):
        take(company.database, taken, NOW, silent)
    take(company.database, taken, NOW, silent, force=True)
    with pytest.raises(Refused, match="no folder"):
        take(company.database, taken.parent / "nowhere" / "monday.zip", NOW, silent)
