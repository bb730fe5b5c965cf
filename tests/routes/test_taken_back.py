"""What was begun and then refused, in one form of several changes: of none of it anybody hears."""

from sqlmodel import func, select

from server.database import Database
from server.models.identity import new_id
from server.models.revision import RowRevision, ScopeRevision
from server.models.workspace import the_workspace
from server.routes.answers import wrong_with
from server.translations import translator
from server.views.reader import Reader
from tests.cast import NOW, Cast


def test_no_phone_hears_of_what_was_taken_back(database: Database, cast: Cast) -> None:
    made = {"customer_id": new_id(), "name": "Harbour Café"}
    before = told(database)
    with database.writing() as session:
        reader = Reader(cast.mei, NOW, "UTC", translator("en"))
        assert wrong_with(session, reader, "customer.create", made, {}) is None
        same = {"customer_id": made["customer_id"], "into_id": made["customer_id"]}
        assert wrong_with(session, reader, "customer.merge", same, {}) is not None
    assert told(database) == before


def told(database: Database) -> tuple[int, ...]:
    with database.reading() as session:
        rows = [
            session.exec(select(func.count()).select_from(one)).one() for one in (RowRevision, ScopeRevision)
        ]
        return the_workspace(session).rev, *rows
