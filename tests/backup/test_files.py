"""Photos and voice notes go with the rows: into the file, back out of it, and `legwork verify` misses none."""

import zipfile
from pathlib import Path

import pytest

from server.backup.archive import opened_file
from server.backup.checking import findings
from server.backup.refusal import Refused
from server.backup.restoring import restore
from server.backup.taking import take
from server.config import Settings
from server.files.store import FileStore, kept_as, open_store
from tests.backup.conftest import PHOTO, STORED, Company, hash_of, silent
from tests.cast import NOW

IN_THE_FILE = f"files/{PHOTO}"


def test_a_photo_comes_back_with_the_rows(
    company: Company, files: FileStore, tmp_path: Path, empty_url: str
) -> None:
    path, elsewhere = tmp_path / "monday.zip", open_store(Settings(data_dir=tmp_path / "elsewhere"))
    manifest = take(company.database, path, NOW, silent, files=files)
    assert [(part.name, part.sha256) for part in manifest.files] == [(PHOTO, hash_of(STORED))]
    assert manifest.missing == []
    with opened_file(path) as file:
        restore(empty_url, file, NOW, silent, files=elsewhere)
    assert elsewhere.get(kept_as(PHOTO)) == STORED


def test_one_photo_that_is_lost_keeps_nothing_else_from_being_backed_up(
    company: Company, files: FileStore, tmp_path: Path
) -> None:
    files.remove([kept_as(PHOTO)])
    manifest = take(company.database, tmp_path / "monday.zip", NOW, silent, files=files)
    assert (manifest.files, manifest.missing) == ([], [PHOTO])
    assert manifest.rows > 0


def test_a_damaged_photo_is_not_taken_for_a_good_one(
    company: Company, files: FileStore, tmp_path: Path
) -> None:
    files.put(kept_as(PHOTO), STORED[:-1])
    assert take(company.database, tmp_path / "monday.zip", NOW, silent, files=files).missing == [PHOTO]


def test_a_file_whose_photo_is_damaged_is_refused(
    company: Company, files: FileStore, tmp_path: Path, empty_url: str
) -> None:
    path, other = tmp_path / "monday.zip", tmp_path / "other.zip"
    take(company.database, path, NOW, silent, files=files)
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(other, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name) + (b"!" if name == IN_THE_FILE else b""))
    elsewhere = open_store(Settings(data_dir=tmp_path / "elsewhere"))
    with opened_file(other) as file, pytest.raises(Refused, match="damaged"):
        restore(empty_url, file, NOW, silent, files=elsewhere)
    assert elsewhere.get(kept_as(PHOTO)) is None


@pytest.mark.parametrize("left", [None, STORED[:-1]])
def test_verify_names_what_is_not_there(company: Company, files: FileStore, left: bytes | None) -> None:
    assert [finding for finding in findings(company.database, files) if finding.wrong] == []
    files.remove([kept_as(PHOTO)])
    if left is not None:
        files.put(kept_as(PHOTO), left)
    [finding] = [finding for finding in findings(company.database, files) if finding.wrong]
    assert (finding.what, list(finding.rows)) == ("files are not there, or damaged", [PHOTO])
