"""Files of customers and opportunities: what is taken for one, who may fetch it, and that it is never run here."""

from collections.abc import Callable
from typing import Any

import pytest

from server.database import Database
from server.files.kinds import MOST_ENTRIES, kind_of
from server.models.attachment import DOCUMENTS, MOST_BYTES, Attachment
from server.models.identity import new_id
from server.models.refusal import Invalid, NotAllowed, Refused
from server.models.user import User
from tests.cast import NOW, Cast
from tests.files.conftest import Sender, Visits, hash_of
from tests.files.office import PDF, excel, older, opened, zipped
from tests.files.pictures import jpeg

Ring = Callable[[User], Sender]
LIST = excel()
ENDINGS = {
    "pdf": PDF,
    "xlsx": LIST,
    "docx": zipped({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}),
    "pptx": zipped({"ppt/presentation.xml": b"<x/>"}),
    "doc": older("WordDocument"),
    "xls": older("Workbook"),
    "ppt": older("PowerPoint Document"),
    "odt": opened("text"),
    "ods": opened("spreadsheet"),
    "odp": opened("presentation"),
}
HTML = b"<!doctype html><script>alert(1)</script>"


def attach(
    visits: Visits, user: User, content: bytes, name: str, media_type: str = "application/pdf", **more: Any
) -> str:
    told = {"sha256": hash_of(content), "size": len(content), "media_type": media_type, "name": name}
    row = {"attachment_id": new_id(), "customer_id": visits.customer_id, **told, **more}
    visits.do(user, "file.attach", row)
    return str(row["attachment_id"])


def row_of(database: Database, attachment_id: str) -> Attachment:
    with database.reading() as session:
        return session.get_one(Attachment, attachment_id)


@pytest.mark.parametrize("ending", DOCUMENTS.values())
def test_a_document_is_known_by_what_is_in_it(ending: str) -> None:
    assert DOCUMENTS[kind_of(ENDINGS[ending]) or ""] == ending


@pytest.mark.parametrize(
    "content",
    [
        zipped({"evil.exe": b"MZ"}),
        zipped({"word/document.xml": b"<x/>", **{str(number): b"" for number in range(MOST_ENTRIES)}}),
        b"PK\x03\x04 broken",
        older("Something else"),
        opened("text-web"),
        HTML,
        b"MZ",
    ],
)
def test_what_is_no_document_is_none(content: bytes) -> None:
    assert kind_of(content) is None


def test_a_document_is_saved_and_never_opened_within_the_app(
    sender: Ring, cast: Cast, visits: Visits, database: Database
) -> None:
    attachment_id = attach(visits, cast.alice, PDF, "Contract 合同.pdf")
    alice = sender(cast.alice)
    assert alice.fetch(PDF, "/Contract.pdf").status_code == 404
    assert alice.send(PDF).json()["complete"] is True
    assert row_of(database, attachment_id).received_at == NOW
    shown = alice.fetch(PDF, "/Contract%20%E5%90%88%E5%90%8C.PDF")
    assert (shown.status_code, shown.content) == (200, PDF)
    assert shown.headers["content-type"] == "application/pdf"
    assert shown.headers["content-disposition"] == "attachment"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in shown.headers["content-security-policy"]
    assert alice.fetch(PDF).headers["content-disposition"] == "attachment"
    assert alice.fetch(PDF, "/Contract.html").status_code == 404
    assert alice.fetch(PDF, "/thumbnail").status_code == 404


def test_a_picture_of_a_customer_is_shown(sender: Ring, cast: Cast, visits: Visits) -> None:
    content = jpeg()
    attach(visits, cast.alice, content, "Gate.jpg", "image/jpeg")
    assert sender(cast.alice).send(content).json()["complete"] is True
    shown = sender(cast.alice).fetch(content, "/Gate.jpg")
    assert shown.headers["content-disposition"].startswith("inline")


def test_files_are_for_those_who_see_the_customer(sender: Ring, cast: Cast, visits: Visits) -> None:
    attachment_id = attach(visits, cast.alice, LIST, "List.xlsx", "application/vnd.ms-excel")
    sender(cast.alice).send(LIST)
    seen = {user.name: sender(user).fetch(LIST, "/List.xlsx").status_code for user in cast.everyone}
    assert seen == {"Alice": 200, "Bob": 404, "Mei": 200, "Charlie": 404, "Dora": 200}
    visits.do(cast.mei, "file.detach", {"attachment_id": attachment_id})
    assert sender(cast.alice).fetch(LIST, "/List.xlsx").status_code == 404
    visits.do(cast.alice, "file.reattach", {"attachment_id": attachment_id})
    assert sender(cast.alice).fetch(LIST, "/List.xlsx").status_code == 200


def test_what_claims_to_be_a_document_and_is_none_is_refused(
    sender: Ring, cast: Cast, visits: Visits, database: Database
) -> None:
    attachment_id = attach(visits, cast.alice, HTML, "Harmless.pdf")
    refused = sender(cast.alice).send(HTML)
    assert (refused.status_code, refused.json()["code"]) == (422, "refused")
    assert row_of(database, attachment_id).refused_at == NOW


def test_the_same_bytes_are_a_file_of_the_customer_and_no_photo_of_a_visit(
    sender: Ring, cast: Cast, visits: Visits, database: Database
) -> None:
    photo_id = visits.attach(cast.alice, visits.log(cast.alice), PDF)
    file_id = attach(visits, cast.alice, PDF, "Contract.pdf")
    assert sender(cast.alice).send(PDF).json()["complete"] is True
    photo, file = row_of(database, photo_id), row_of(database, file_id)
    assert (photo.received_at, photo.refused_at) == (None, NOW)
    assert (file.received_at, file.refused_at) == (NOW, None)


def test_a_file_too_large_says_so_beside_its_size(cast: Cast, visits: Visits) -> None:
    with pytest.raises(Invalid) as refused:
        attach(visits, cast.alice, PDF, "Film.pdf", size=MOST_BYTES + 1)
    assert refused.value.fields["size"]["params"]["max"] == MOST_BYTES
    with pytest.raises(Invalid):
        attach(visits, cast.alice, PDF, "Page.html", "text/html")


def test_a_file_belongs_to_an_opportunity_of_this_very_customer(cast: Cast, visits: Visits) -> None:
    other = {"customer_id": new_id(), "name": "Shipyard"}
    visits.do(cast.alice, "customer.create", other)
    sale = {"opportunity_id": new_id(), "amount_cents": 5, "currency": "EUR", "stage": "lead"}
    visits.do(
        cast.alice, "opportunity.create", {**sale, "customer_id": other["customer_id"], "name": "Seals"}
    )
    with pytest.raises(NotAllowed):
        attach(visits, cast.alice, PDF, "Contract.pdf", opportunity_id=sale["opportunity_id"])


def test_a_photo_taken_off_comes_back_unless_its_visit_was_taken_back(
    cast: Cast, visits: Visits, database: Database
) -> None:
    visit_id = visits.log(cast.alice)
    attachment_id = visits.attach(cast.alice, visit_id, jpeg())
    with pytest.raises(NotAllowed):
        visits.do(cast.mei, "visit.detach", {"attachment_id": attachment_id})
    visits.do(cast.alice, "visit.detach", {"attachment_id": attachment_id})
    visits.do(cast.alice, "file.reattach", {"attachment_id": attachment_id})
    assert row_of(database, attachment_id).withdrawn_at is None
    visits.do(cast.alice, "visit.withdraw", {"visit_id": visit_id})
    with pytest.raises(Refused):
        visits.do(cast.alice, "file.reattach", {"attachment_id": attachment_id})
