"""An exported outbox brought in at the server: under its author, each entry once, and bad files said to be bad."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlmodel import select

from server.cli import main
from server.database import Database
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.visit import Visit
from sync.outbox_file import BadFile, bring_in, read_outbox
from tests.cast import NOW, Cast
from tests.sync.phone import Phone, Ring

LOGGED = {"started_at": "2026-11-23T07:41:12.000Z", "outcome": "interested"}


@pytest.fixture
def alices(ring: Ring, cast: Cast, harbour_cafe: Customer) -> Phone:
    phone = ring(cast.alice)
    for _ in range(3):
        phone.save("visit.log", {"visit_id": new_id(), "customer_id": harbour_cafe.id, **LOGGED})
    return phone


def exported(phone: Phone, **more: Any) -> bytes:
    kept = {"state": "waiting", "label": "Harbour Café", "sent_at": None}
    changes = [{**entry, **kept} for entry in phone.outbox]
    told = {"legwork_outbox": 1, "user_id": phone.user.id, "device_id": phone.device_id, "changes": changes}
    return json.dumps({**told, **more}).encode()


def statuses(database: Database, phone: Phone, raw: bytes) -> list[str]:
    return [receipt["status"] for receipt in bring_in(database, phone.user, read_outbox(raw), NOW)]


def test_each_entry_counts_once_however_it_comes(database: Database, alices: Phone) -> None:
    raw, entries = exported(alices), list(alices.outbox)
    alices.push([entries[0]])
    assert statuses(database, alices, raw) == ["duplicate", "applied", "applied"]
    assert statuses(database, alices, raw) == ["duplicate"] * 3
    assert [receipt["status"] for receipt in alices.push(entries)] == ["duplicate"] * 3
    with database.reading() as session:
        visits = session.exec(select(Visit)).all()
    assert [visit.author_id for visit in visits] == [alices.user.id] * 3


def test_what_was_taken_back_is_not_brought_in(database: Database, alices: Phone) -> None:
    alices.outbox[1] |= {"name": "noop", "args": {}}
    assert statuses(database, alices, exported(alices)) == ["applied", "applied"]


def test_more_than_one_push_may_hold(database: Database, alices: Phone, harbour_cafe: Customer) -> None:
    for at in range(600):
        args = {"customer_id": harbour_cafe.id, "tag": f"t{at}"}
        alices.save("customer.add_tag", args, group="all" if at > 400 else None)
    assert set(statuses(database, alices, exported(alices))) == {"applied"}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"{",
        b'{"legwork_outbox": 1}',
        b'{"legwork_outbox": 2, "changes": []}',
        b'{"legwork_outbox": 1, "user_id": "x", "changes": []}',
    ],
)
def test_what_is_no_outbox_is_refused(raw: bytes) -> None:
    with pytest.raises(BadFile):
        read_outbox(raw)


def test_a_damaged_entry_is_named_and_nothing_is_brought_in(database: Database, alices: Phone) -> None:
    alices.outbox[1]["id"] = "?"
    with pytest.raises(BadFile) as refused:
        statuses(database, alices, exported(alices))
    assert refused.value.params == {"number": 2}
    with database.reading() as session:
        assert session.exec(select(Visit)).all() == []


@pytest.mark.parametrize("levels", [60, 400, 950, 980])
def test_an_entry_deeper_than_a_push_may_be_is_a_damaged_one(alices: Phone, levels: int) -> None:
    """What could be read, but only just, could not be kept."""
    alices.outbox[1]["args"]["note"] = "deep"
    raw = exported(alices).replace(b'"deep"', b"[" * levels + b"]" * levels)
    with pytest.raises(BadFile) as refused:
        read_outbox(raw)
    assert refused.value.params in ({"number": 2}, {})  # {}: so deep that it cannot be read


def test_a_file_that_no_browser_reads_is_no_outbox(alices: Phone) -> None:
    alices.outbox[1]["args"]["note"] = float("nan")
    with pytest.raises(BadFile, match="not the outbox"):
        read_outbox(exported(alices))


def test_somebody_elses_outbox_is_not_ones_own(database: Database, cast: Cast, alices: Phone) -> None:
    with pytest.raises(BadFile, match="somebody else"):
        bring_in(database, cast.bob, read_outbox(exported(alices)), NOW)


def test_the_command_counts_what_no_file_holds(
    database_url: str, alices: Phone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEGWORK_DATABASE_URL", database_url)
    monkeypatch.setenv("LEGWORK_DATA_DIR", str(tmp_path))
    of_visit = {key: alices.outbox[0]["args"][key] for key in ("visit_id", "customer_id")}
    photo = {"attachment_id": new_id(), "sha256": "ab" * 32, "size": 9, "media_type": "image/jpeg"}
    alices.save("visit.attach", {**of_visit, **photo})
    file = tmp_path / "outbox.json"
    file.write_bytes(exported(alices))
    done = CliRunner().invoke(main, ["outbox", "import", str(file)])
    assert "Alice: 4 applied." in done.output
    assert "still on their phone: 1" in done.output


@pytest.mark.parametrize("args", [None, [], {}, {"attachment_id": {}}, {"attachment_id": "a\0b"}])
def test_the_command_ends_well_with_an_attachment_that_is_none(
    alices: Phone, database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, args: Any
) -> None:
    alices.save("visit.attach", {})
    alices.outbox[-1]["args"] = args
    (tmp_path / "outbox.json").write_bytes(exported(alices))
    monkeypatch.setenv("LEGWORK_DATABASE_URL", database_url)
    result = CliRunner().invoke(main, ["outbox", "import", str(tmp_path / "outbox.json")])
    assert (result.exit_code, result.exception) == (0, None)
    assert "3 applied, 1 parked" in result.output


def test_the_command_says_what_became_of_it(
    database: Database,
    database_url: str,
    alices: Phone,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LEGWORK_DATABASE_URL", database_url)
    monkeypatch.setenv("LEGWORK_DATA_DIR", str(tmp_path))
    file = tmp_path / "outbox.json"
    alices.outbox[2]["args"]["outcome"] = "?"
    file.write_bytes(exported(alices))
    done = CliRunner().invoke(main, ["outbox", "import", str(file)])
    assert (done.exit_code, done.output.splitlines()[0]) == (0, "Alice: 2 applied, 1 parked.")
    assert "parked as invalid: entry 3" in done.output
    file.write_bytes(exported(alices, user_id=new_id()))
    refused = CliRunner().invoke(main, ["outbox", "import", str(file)])
    assert (refused.exit_code, "has no account here" in refused.output) == (1, True)
    missing = CliRunner().invoke(main, ["outbox", "import", str(tmp_path / "nowhere.json")])
    assert (missing.exit_code, "cannot be read" in missing.output) == (1, True)
