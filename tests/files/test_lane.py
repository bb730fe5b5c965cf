"""The lane of files as phones speak it: by pieces, gone on with, refused, kept once, and shown to whom it may be."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, func, select

import server.routes.files
from server.database import Database
from server.files.receiving import Receiving
from server.files.store import FileStore
from server.models.attachment import Attachment
from server.models.customer import Customer
from server.models.file import UNFINISHED_FOR, File, Upload
from server.models.user import User
from server.models.workspace import the_workspace
from sync.pull import pull
from tests.cast import NOW, Cast
from tests.files.conftest import PIECE, Sender, Visits, hash_of
from tests.files.pictures import MAKER, immense, jpeg, voice
from tests.waiting import somebody_waits

Ring = Callable[[User], Sender]
LARGE = jpeg(1000, 700)  # three pieces


def pieces_left(folder: Path) -> list[Path]:
    return [path for path in (folder / "files" / "uploads").rglob("*") if path.is_file()]


def count(database: Database, model: Any) -> int:
    with database.reading() as session:
        return session.exec(select(func.count()).select_from(model)).one()


def test_a_photo_comes_in_pieces_and_is_shown(
    sender: Ring, cast: Cast, visits: Visits, database: Database, tmp_path: Path
) -> None:
    assert len(LARGE) > 2 * PIECE
    visits.attach(cast.alice, visits.log(cast.alice), LARGE)
    alice = sender(cast.alice)
    begun = alice.begin(LARGE)
    assert (begun.status_code, begun.json()["complete"], begun.json()["offset"]) == (200, False, 0)
    assert begun.headers["content-type"] == "application/vnd.legwork.sync+json"
    assert alice.fetch(LARGE).status_code == 404
    assert alice.piece(LARGE, 0).json()["offset"] == PIECE
    assert alice.begin(LARGE).json()["offset"] == PIECE
    assert alice.send(LARGE).json()["complete"] is True
    assert alice.begin(LARGE).json()["complete"] is True
    shown = alice.fetch(LARGE)
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert shown.headers["vary"] == "Cookie"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in shown.headers["content-security-policy"]
    assert shown.headers["content-disposition"] == 'inline; filename="legwork.jpg"'
    assert MAKER.encode() not in shown.content
    with database.reading() as session:
        file = session.exec(select(File)).one()
    assert (file.sha256, file.stored_sha256, file.size) == (
        hash_of(LARGE),
        hash_of(shown.content),
        len(shown.content),
    )
    assert alice.fetch(LARGE, "/thumbnail").content.startswith(b"\xff\xd8\xff")
    assert pieces_left(tmp_path) == []
    assert count(database, Upload) == 0


def test_phones_hear_that_it_came(sender: Ring, cast: Cast, visits: Visits, database: Database) -> None:
    attachment_id = visits.attach(cast.alice, visits.log(cast.alice), LARGE)
    with database.reading() as session:
        row = session.get(Attachment, attachment_id)
        assert row is not None
        assert row.received_at is None
    told = sender(cast.alice).send(LARGE).json()
    body = pull(database, cast.alice, visits.customer_id, None, NOW)
    assert b'"received_at":"2026-11-23T08:00:00.000Z"' in body
    assert told["rev"] >= 1


def test_sending_again_is_harmless(sender: Ring, cast: Cast, visits: Visits, database: Database) -> None:
    visits.attach(cast.alice, visits.log(cast.alice), LARGE)
    alice = sender(cast.alice)
    alice.begin(LARGE)
    alice.piece(LARGE, 0)
    again = alice.piece(LARGE, 0)  # the first answer was lost
    assert (again.status_code, again.json()) == (409, {"protocol": 1, "code": "offset", "offset": PIECE})
    assert alice.piece(LARGE, 2 * PIECE).status_code == 409
    assert alice.send(LARGE).json()["complete"] is True
    assert alice.piece(LARGE, 0).status_code == 404
    assert alice.send(LARGE).json()["complete"] is True
    assert count(database, File) == 1


def test_the_same_piece_twice_at_once_counts_once(
    sender: Ring, cast: Cast, visits: Visits, database: Database
) -> None:
    visits.attach(cast.alice, visits.log(cast.alice), LARGE)
    tabs = [sender(cast.alice) for _ in range(4)]
    tabs[0].begin(LARGE)
    for offset in range(0, len(LARGE), PIECE):
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda tab, at=offset: tab.piece(LARGE, at), tabs))
        assert {answer.status_code for answer in answers} <= {200, 404, 409}
        assert sum(answer.status_code == 200 for answer in answers) == 1
    assert tabs[0].fetch(LARGE).status_code == 200
    assert count(database, File) == 1


def test_two_tabs_that_begin_at_once_go_on_together(
    sender: Ring, cast: Cast, visits: Visits, database: Database
) -> None:
    visits.attach(cast.alice, visits.log(cast.alice), LARGE)
    alice = sender(cast.alice)
    with ThreadPoolExecutor(1) as pool:
        with database.writing() as session:
            Receiving(database, alice.client.app.state.files, cast.alice, hash_of(LARGE), NOW)._upload(
                session, len(LARGE)
            )
            second = pool.submit(alice.begin, LARGE)
            while not somebody_waits(session):
                assert not second.done()
        told = second.result()
    assert (told.status_code, told.json()["offset"]) == (200, 0)
    assert alice.send(LARGE).json()["complete"] is True


def test_what_was_damaged_on_the_way_begins_anew(sender: Ring, cast: Cast, visits: Visits) -> None:
    visits.attach(cast.alice, visits.log(cast.alice), LARGE)
    alice = sender(cast.alice)
    alice.begin(LARGE)
    path, headers = f"/files/{hash_of(LARGE)}", {"Upload-Offset": "0"}
    alice.client.patch(path, content=bytes(PIECE), headers=headers)
    told = alice.piece(LARGE, PIECE)
    while told.status_code == 200 and not told.json()["complete"]:
        told = alice.piece(LARGE, told.json()["offset"])
    assert (told.status_code, told.json()["code"]) == (409, "damaged")
    assert alice.begin(LARGE).json()["offset"] == 0
    assert alice.send(LARGE).json()["complete"] is True


def test_who_died_before_the_end_is_helped_by_the_next(
    sender: Ring, cast: Cast, visits: Visits, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    visits.attach(cast.alice, visits.log(cast.alice), LARGE)
    alice = sender(cast.alice)
    with monkeypatch.context() as broken:
        broken.setattr("server.files.receiving.kind_of", lambda content: 1 / 0)
        assert alice.send(LARGE).status_code == 500
    assert count(database, Upload) == 1
    assert alice.begin(LARGE).json()["complete"] is True


@pytest.mark.parametrize(
    "content", [b"<!doctype html><script>alert(1)</script>", jpeg()[:300], b"\xff\xd8\xff" * 9, immense()]
)
def test_what_is_no_picture_is_refused_for_good(
    sender: Ring, cast: Cast, visits: Visits, database: Database, content: bytes, tmp_path: Path
) -> None:
    attachment_id = visits.attach(cast.alice, visits.log(cast.alice), content)
    alice = sender(cast.alice)
    refused = alice.send(content)
    assert (refused.status_code, refused.json()["code"]) == (422, "refused")
    assert alice.begin(content).status_code == 422
    assert alice.fetch(content).status_code == 404
    assert pieces_left(tmp_path) == []
    with database.reading() as session:
        row = session.get(Attachment, attachment_id)
        assert row is not None
        assert row.refused_at == NOW


def test_nobody_learns_by_its_hash_what_others_have_sent(
    sender: Ring, cast: Cast, visits: Visits, do: Any, database: Database
) -> None:
    visits.attach(cast.alice, visits.log(cast.alice), LARGE)
    sender(cast.alice).send(LARGE)
    charlie = sender(cast.charlie)
    assert charlie.begin(LARGE).status_code == 404
    own = "01930000-0000-7000-8000-00000000c0c0"
    do(cast.charlie, "customer.create", {"customer_id": own, "name": "South Café"})
    visit_id = visits.log(cast.charlie, own)
    visits.attach(cast.charlie, visit_id, LARGE, customer_id=own)
    assert charlie.fetch(LARGE).status_code == 404
    begun = charlie.begin(LARGE)
    assert (begun.json()["complete"], begun.json()["offset"]) == (False, 0)
    assert charlie.fetch(LARGE).status_code == 404
    assert charlie.send(LARGE).json()["complete"] is True
    assert charlie.fetch(LARGE).status_code == 200
    assert count(database, File) == 1


def test_who_could_fetch_it_need_not_send_it(sender: Ring, cast: Cast, visits: Visits) -> None:
    visits.attach(cast.alice, visits.log(cast.alice), LARGE)
    sender(cast.alice).send(LARGE)
    visits.attach(cast.alice, visits.log(cast.alice), LARGE)
    assert sender(cast.alice).begin(LARGE).json()["complete"] is True
    visits.do(cast.alice, "customer.share", {"customer_id": visits.customer_id, "user_id": cast.bob.id})
    visits.attach(cast.bob, visits.log(cast.bob), LARGE)
    assert sender(cast.bob).begin(LARGE).json()["complete"] is True


def test_what_one_has_sent_already_is_there_at_once_when_it_is_attached_again(
    sender: Ring, cast: Cast, visits: Visits, database: Database
) -> None:
    """The phone knows that the server has these bytes, and does not ask once more."""
    refused = b"neither picture nor sound"
    for content in (LARGE, refused):
        visits.attach(cast.alice, visits.log(cast.alice), content)
        sender(cast.alice).send(content)
    again = [visits.attach(cast.alice, visits.log(cast.alice), content) for content in (LARGE, refused)]
    with database.reading() as session:
        received, refusal = (session.get_one(Attachment, attachment_id) for attachment_id in again)
    assert (received.received_at, received.refused_at) == (NOW, None)
    assert (refusal.received_at, refusal.refused_at) == (None, NOW)


def test_taken_off_while_it_comes_it_is_there_once_that_is_undone(
    sender: Ring, cast: Cast, visits: Visits, database: Database
) -> None:
    """The phone has sent all of it, and does not ask once more."""
    attachment_id, alice = visits.attach(cast.alice, visits.log(cast.alice), LARGE), sender(cast.alice)
    alice.begin(LARGE)
    alice.piece(LARGE, 0)
    visits.do(cast.alice, "visit.detach", {"attachment_id": attachment_id})
    assert alice.piece(LARGE, PIECE).status_code == 200
    assert alice.piece(LARGE, 2 * PIECE).json()["complete"] is True
    assert alice.fetch(LARGE).status_code == 404
    visits.do(cast.alice, "file.reattach", {"attachment_id": attachment_id})
    assert alice.fetch(LARGE).status_code == 200


def test_of_two_with_the_same_bytes_the_one_that_was_taken_off_has_them_too(
    sender: Ring, cast: Cast, visits: Visits, database: Database
) -> None:
    taken_off, _ = (visits.attach(cast.alice, visits.log(cast.alice), LARGE) for _ in range(2))
    visits.do(cast.alice, "visit.detach", {"attachment_id": taken_off})
    assert sender(cast.alice).send(LARGE).json()["complete"] is True
    visits.do(cast.alice, "file.reattach", {"attachment_id": taken_off})
    with database.reading() as session:
        assert session.get_one(Attachment, taken_off).received_at == NOW


def test_an_answer_says_what_it_is_about(
    sender: Ring, cast: Cast, visits: Visits, database: Database
) -> None:
    refused = b"neither picture nor sound"
    with database.reading() as session:
        epoch = the_workspace(session).epoch
    alice = sender(cast.alice)
    for content in (LARGE, refused):
        visits.attach(cast.alice, visits.log(cast.alice), content)
        told = [alice.begin(content), alice.send(content)]
        assert [answer.json()["sha256"] for answer in told] == 2 * [hash_of(content)]
        assert {answer.json()["user_id"] for answer in told} == {cast.alice.id}
        assert {answer.json()["epoch"] for answer in told} == {epoch}


def test_files_are_for_those_who_see_the_customer(
    sender: Ring, cast: Cast, visits: Visits, cafe: Customer, app: Any, database: Database
) -> None:
    attachment_id = visits.attach(cast.alice, visits.log(cast.alice), LARGE)
    sender(cast.alice).send(LARGE)
    seen = {user.name: sender(user).fetch(LARGE).status_code for user in cast.everyone}
    assert seen == {"Alice": 200, "Bob": 404, "Mei": 200, "Charlie": 404, "Dora": 200}
    assert sender(cast.charlie).fetch(LARGE, "/thumbnail").status_code == 404
    visits.do(cast.alice, "visit.detach", {"attachment_id": attachment_id})
    assert sender(cast.alice).fetch(LARGE).status_code == 404


def test_nobody_goes_on_with_what_another_has_begun(sender: Ring, cast: Cast, visits: Visits) -> None:
    visits.attach(cast.alice, visits.log(cast.alice), LARGE)
    sender(cast.alice).begin(LARGE)
    assert sender(cast.charlie).piece(LARGE, 0).status_code == 404


def test_a_voice_note_is_played_in_parts(sender: Ring, cast: Cast, visits: Visits) -> None:
    content = voice()
    visits.attach(cast.alice, visits.log(cast.alice), content, "audio/webm")
    alice = sender(cast.alice)
    assert alice.send(content).json()["complete"] is True
    assert alice.fetch(content).content == content
    part = alice.fetch(content, range="bytes=10-19")
    assert (part.status_code, part.content) == (206, content[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(content)}"
    assert alice.fetch(content, range="bytes=10-").content == content[10:]
    assert alice.fetch(content, range=f"bytes={len(content)}-").status_code == 416
    assert alice.fetch(content, range="bytes=" + "9" * 5000 + "-").content == content, "not heard"
    assert alice.fetch(content, "/thumbnail").status_code == 404


def test_what_nobody_goes_on_with_is_dropped(
    sender: Ring, cast: Cast, visits: Visits, app: Any, database: Database, tmp_path: Path
) -> None:
    other = jpeg(seed=2)
    visit_id = visits.log(cast.alice)
    for content in (LARGE, other):
        visits.attach(cast.alice, visit_id, content)
    alice = sender(cast.alice)
    alice.begin(LARGE)
    alice.piece(LARGE, 0)
    for late, left in ((timedelta(0), 1), (timedelta(minutes=1), 0)):
        later = NOW + UNFINISHED_FOR + late
        Receiving(database, app.state.files, cast.alice, hash_of(other), later).begin(len(other))
        assert len(pieces_left(tmp_path)) == left
    with database.reading() as session:
        assert session.exec(select(col(Upload.sha256))).all() == [hash_of(other)]


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"sha256": 1, "size": 1}', b'{"sha256": "x", "size": "1"}']
)
def test_what_cannot_be_understood_is_declined(sender: Ring, cast: Cast, body: bytes) -> None:
    answer = sender(cast.alice).client.post("/files", content=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


def test_sizes_are_those_that_were_told(sender: Ring, cast: Cast, visits: Visits) -> None:
    visits.attach(cast.alice, visits.log(cast.alice), LARGE)
    alice = sender(cast.alice)
    assert alice.begin(LARGE, size=len(LARGE) + 1).status_code == 400
    alice.begin(LARGE)
    path = f"/files/{hash_of(LARGE)}"
    assert alice.client.patch(path, content=b"x").status_code == 400
    assert alice.client.patch(path, content=b"x", headers={"Upload-Offset": "-1"}).status_code == 400
    assert alice.client.patch(path, content=b"", headers={"Upload-Offset": "0"}).status_code == 400
    too_much = LARGE + bytes(1)
    assert len(too_much) < 1024 * 1024
    assert alice.client.patch(path, content=too_much, headers={"Upload-Offset": "0"}).status_code == 400


def test_whoever_is_not_signed_in_is_told_so(app: Any, database: Database) -> None:
    from tests.routes.around import Visitor

    nobody = Sender(Visitor(app, database, None).client)
    assert nobody.begin(LARGE).status_code == 401
    assert nobody.fetch(LARGE).status_code in (303, 404)


def test_of_a_large_file_no_more_than_a_piece_is_read_at_once(
    sender: Ring, cast: Cast, visits: Visits, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole in memory for each who read it slowly, a hundred lines of one person took gigabytes."""
    visits.attach(cast.alice, visits.log(cast.alice), LARGE)
    alice = sender(cast.alice)
    assert alice.send(LARGE).json()["complete"] is True
    whole = alice.fetch(LARGE).content
    monkeypatch.setattr(server.routes.files, "AT_ONCE", len(whole) // 5)
    monkeypatch.setattr(server.routes.files, "SENT_AT_ONCE", 1000)
    asked: list[int] = []
    part = FileStore.part

    def noted(store: FileStore, name: str, start: int, end: int) -> bytes | None:
        asked.append(end - start)
        return part(store, name, start, end)

    monkeypatch.setattr(FileStore, "part", noted)
    answer = alice.fetch(LARGE)
    assert (answer.content, answer.headers["content-length"]) == (whole, str(len(whole)))
    most = len(whole) // 5
    assert max(asked) == most
    assert sum(asked) == len(whole)
    some = alice.fetch(LARGE, range=f"bytes={most - 1}-{3 * most}")
    assert (some.status_code, some.content) == (206, whole[most - 1 : 3 * most + 1])
    assert some.headers["content-range"] == f"bytes {most - 1}-{3 * most}/{len(whole)}"
