"""Files in a bucket, over HTTP: the lane, what is shown, backups, and what everybody says while it is out of reach."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from litestar import Litestar

import server.app
from server.cli import main
from server.config import Settings
from server.database import Database
from server.files.store import kept_as, thumbnail_of
from server.models.user import User
from tests.apps import app_of
from tests.cast import NOW, Cast
from tests.files.conftest import PIECE, Sender, Visits, hash_of
from tests.files.office import PDF
from tests.files.pictures import jpeg, voice
from tests.s3_server import S3Server

Ring = Callable[[User], Sender]
Legwork = Callable[..., Result]
PHOTO = jpeg(1000, 700)  # three pieces
LATER = {"protocol": 1, "code": "later"}


@pytest.fixture
def bucket(tmp_path: Path) -> Iterator[S3Server]:
    running = S3Server(tmp_path / "s3").start()
    yield running
    running.stop()


@pytest.fixture
def settings(bucket: S3Server, tmp_path: Path) -> Settings:
    return bucket.settings(tmp_path / "data")


@pytest.fixture
def app(settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch) -> Litestar:
    monkeypatch.setattr(server.app, "moment_of_request", lambda: NOW)
    return app_of(settings, database)


@pytest.fixture
def legwork(settings: Settings, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Legwork:
    def legwork(*args: str, **more: str) -> Result:
        told = {name: value for name, value in settings.model_dump(exclude_unset=True).items() if value}
        with monkeypatch.context() as patch:
            for name, value in {**told, "database_url": database_url, **more}.items():
                patch.setenv(f"LEGWORK_{name.upper()}", str(value))
            return CliRunner().invoke(main, args)

    return legwork


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_photo_is_put_together_in_the_bucket_and_shown_from_there(
    sender: Ring, cast: Cast, visits: Visits, bucket: S3Server
) -> None:
    attachment_id = visits.attach(cast.alice, visits.log(cast.alice), PHOTO)
    alice, sha256 = sender(cast.alice), hash_of(PHOTO)
    alice.begin(PHOTO)
    assert alice.piece(PHOTO, 0).json()["offset"] == PIECE
    assert [name.split("/")[:3] for name in bucket.names] == [["uploads", cast.alice.id, sha256]]
    assert alice.send(PHOTO).json()["complete"] is True
    assert bucket.names == {kept_as(sha256), thumbnail_of(sha256)}
    shown = alice.fetch(PHOTO)
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
    assert shown.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert alice.fetch(PHOTO, "/thumbnail").content.startswith(b"\xff\xd8\xff")
    visits.do(cast.alice, "visit.detach", {"attachment_id": attachment_id})
    assert alice.fetch(PHOTO).status_code == 404


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_voice_note_is_played_in_parts_from_the_bucket(sender: Ring, cast: Cast, visits: Visits) -> None:
    content = voice()
    visits.attach(cast.alice, visits.log(cast.alice), content, "audio/webm")
    alice = sender(cast.alice)
    alice.send(content)
    part = alice.fetch(content, range="bytes=10-19")
    assert (part.status_code, part.content) == (206, content[10:20])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_while_the_bucket_is_away_a_phone_is_told_to_come_later_and_goes_on_then(
    sender: Ring, cast: Cast, visits: Visits, bucket: S3Server
) -> None:
    visits.attach(cast.alice, visits.log(cast.alice), PHOTO)
    alice = sender(cast.alice)
    alice.begin(PHOTO)
    alice.piece(PHOTO, 0)
    bucket.stop()
    told = alice.piece(PHOTO, PIECE)
    assert (told.status_code, told.json(), told.headers["retry-after"]) == (503, LATER, "3")
    assert told.headers["content-type"] == "application/vnd.legwork.sync+json"
    bucket.start()
    assert alice.begin(PHOTO).json()["offset"] == PIECE
    assert alice.send(PHOTO).json()["complete"] is True
    bucket.stop()
    page = alice.fetch(PHOTO)
    assert (page.status_code, page.headers["retry-after"]) == (503, "3")
    assert "try again in a moment" in page.text
    bucket.start()
    assert alice.fetch(PHOTO).status_code == 200


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_bucket_that_is_gone_is_not_taken_for_an_empty_one(
    sender: Ring, cast: Cast, visits: Visits, bucket: S3Server, database: Database
) -> None:
    """It answers that the file is not there, and the pieces of an upload would be thrown away as damaged."""
    visits.attach(cast.alice, visits.log(cast.alice), PHOTO)
    alice, whole, gone = sender(cast.alice), bucket.folder / "legwork", bucket.folder / "gone"
    alice.begin(PHOTO)
    for offset in range(0, 2 * PIECE, PIECE):
        alice.piece(PHOTO, offset)
    whole.rename(gone)
    assert alice.piece(PHOTO, 2 * PIECE).json() == LATER
    gone.rename(whole)
    assert alice.begin(PHOTO).json()["offset"] == 2 * PIECE
    assert alice.send(PHOTO).json()["complete"] is True
    whole.rename(gone)
    assert alice.fetch(PHOTO).status_code == 503
    gone.rename(whole)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_document_for_the_library_is_asked_for_again_and_nothing_typed_is_lost(
    sender: Ring, cast: Cast, bucket: S3Server
) -> None:
    dora, told = sender(cast.dora), {"title": "Terms of delivery", "kind": "contract", "territory_id": ""}
    bucket.stop()
    page = dora.client.post("/library", data=told, files={"file": ("Terms.pdf", PDF)})
    bucket.start()
    assert page.status_code == 422
    assert "Choose it again in a while" in page.text
    assert 'value="Terms of delivery"' in page.text
    assert dora.client.post("/library", data=told, files={"file": ("Terms.pdf", PDF)}).status_code == 303
    assert bucket.names == {kept_as(hash_of(PDF))}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_those_who_wait_for_the_bucket_leave_threads_to_the_others(
    app: Litestar, sender: Ring, cast: Cast, visits: Visits
) -> None:
    visits.attach(cast.alice, visits.log(cast.alice), PHOTO)
    alice, crowd = sender(cast.alice), app.state.file_crowd
    crowd.inside = crowd.most
    told = alice.begin(PHOTO)
    assert (told.status_code, told.json()["code"]) == (503, "later")
    assert alice.client.get("/today").status_code == 200
    crowd.inside = 0
    assert alice.send(PHOTO).json()["complete"] is True
    assert crowd.inside == 0


def test_a_backup_takes_files_out_of_the_bucket_and_brings_them_into_another(
    sender: Ring,
    cast: Cast,
    visits: Visits,
    bucket: S3Server,
    database: Database,
    legwork: Legwork,
    tmp_path: Path,
) -> None:
    visits.attach(cast.alice, visits.log(cast.alice), PHOTO)
    sender(cast.alice).send(PHOTO)
    path, name = tmp_path / "monday.zip", kept_as(hash_of(PHOTO))
    assert "files: 1" in legwork("backup", str(path)).output
    assert "in order" in legwork("verify").output
    elsewhere = {"files_url": "s3://legwork/restored", "database_url": f"sqlite:///{tmp_path}/restored.db"}
    restored = legwork("restore", str(path), **elsewhere)
    assert restored.exit_code == 0, restored.output
    assert bucket.names_in("restored") == {name}
    assert "in order" in legwork("verify", **elsewhere).output
    bucket.spoil("restored", name)
    assert "not there, or damaged: 1" in legwork("verify", **elsewhere).output
    database.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("wrong", "said", "todo"),
    [
        ({"files_url": "s3://nowhere"}, "there is no bucket", "LEGWORK_FILES_URL"),
        ({"files_secret": "wrong"}, "the keys do not open", "s3:ListBucket"),
        ({"files_key_id": "nobody"}, "the keys do not open", "LEGWORK_FILES_KEY_ID"),
        ({"files_endpoint": "http://127.0.0.1:1"}, "out of reach", "LEGWORK_FILES_ENDPOINT"),
    ],
)
def test_what_is_wrong_with_a_bucket_is_said_and_no_backup_promises_what_it_lacks(
    sender: Ring,
    cast: Cast,
    visits: Visits,
    legwork: Legwork,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    wrong: dict[str, str],
    said: str,
    todo: str,
) -> None:
    monkeypatch.setattr("server.files.store.PATIENT", server.files.store.PROMPT)
    visits.attach(cast.alice, visits.log(cast.alice), PHOTO)
    sender(cast.alice).send(PHOTO)
    found = legwork("doctor", **wrong)
    assert found.exit_code == 1
    assert said in found.output
    assert todo in found.output.replace("\n", " ")
    assert "files can be written, read and removed in s3://legwork/company" in legwork("doctor").output
    path = tmp_path / "monday.zip"
    refused: Any = legwork("backup", str(path), **wrong)
    assert (refused.exit_code, path.exists()) == (1, False)
    assert "out of reach" in refused.output
    assert legwork("verify", **wrong).exit_code == 1
