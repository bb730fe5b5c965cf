"""A spreadsheet between its upload and its confirmation: what was read, and which column is what."""

import json
import zlib
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, delete, or_, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, Session, SQLModel, col, select

from server.models.column import key, link, maybe_moment, moment
from server.models.identity import new_id
from server.models.refusal import NotAllowed
from server.models.user import User
from server.transfer.reading import Sheet

KEPT_FOR = timedelta(days=1)
# Whoever claimed it longer ago has died: nothing of it was written, and it may be started again.
GIVEN_UP_AFTER = timedelta(minutes=5)


class ImportDraft(SQLModel, table=True):
    __tablename__ = "import_drafts"

    id: str = key()
    user_id: str = link("users.id")
    file_name: str
    packed: bytes  # the sheet, compressed
    choices: dict[str, Any] = Field(default_factory=dict, sa_type=JSON().with_variant(JSONB(), "postgresql"))
    created_at: datetime = moment()
    started_at: datetime | None = maybe_moment()
    finished_at: datetime | None = maybe_moment()
    failed_at: datetime | None = maybe_moment()
    imported: int | None = None  # how many customers, once it is done

    @property
    def sheet(self) -> Sheet:
        return Sheet(**json.loads(zlib.decompress(self.packed)))

    def is_running(self, now: datetime) -> bool:
        still = self.started_at is not None and now - self.started_at < GIVEN_UP_AFTER
        return still and self.finished_at is None and self.failed_at is None


def keep(
    session: Session, user: User, file_name: str, sheet: Sheet, choices: dict[str, Any], now: datetime
) -> ImportDraft:
    """Also forgets what is too old, whoever's it was."""
    session.execute(delete(ImportDraft).where(col(ImportDraft.created_at) < now - KEPT_FOR))
    draft = ImportDraft(
        id=new_id(),
        user_id=user.id,
        file_name=file_name[:200],
        packed=zlib.compress(json.dumps(vars(sheet), ensure_ascii=False).encode(), 1),
        choices=choices,
        created_at=now,
    )
    session.add(draft)
    return draft


def draft_of(session: Session, user: User, draft_id: str, now: datetime) -> ImportDraft:
    mine = select(ImportDraft).where(ImportDraft.id == draft_id, ImportDraft.user_id == user.id)
    draft = session.exec(mine.where(col(ImportDraft.created_at) >= now - KEPT_FOR)).first()
    if draft is None:
        raise NotAllowed
    return draft


def choose(session: Session, draft_id: str, choices: dict[str, Any]) -> None:
    session.execute(update(ImportDraft).where(col(ImportDraft.id) == draft_id).values(choices=choices))


def discard(session: Session, draft: ImportDraft) -> None:
    session.execute(delete(ImportDraft).where(col(ImportDraft.id) == draft.id))


def start(session: Session, draft_id: str, now: datetime) -> bool:
    """Claims it: of two taps on "Import" only one gets True."""
    free = or_(col(ImportDraft.started_at).is_(None), col(ImportDraft.started_at) < now - GIVEN_UP_AFTER)
    claimed = (
        update(ImportDraft)
        .where(col(ImportDraft.id) == draft_id, free, col(ImportDraft.finished_at).is_(None))
        .values(started_at=now, failed_at=None)
    )
    return session.execute(claimed.returning(col(ImportDraft.id))).first() is not None


def finish(session: Session, draft_id: str, started_at: datetime, imported: int, now: datetime) -> None:
    """In the transaction of the import itself: whoever has lost the claim writes nothing."""
    done = _claimed(draft_id, started_at).values(finished_at=now, imported=imported, packed=b"")
    if session.execute(done.returning(col(ImportDraft.id))).first() is None:
        raise NotAllowed


def fail(session: Session, draft_id: str, started_at: datetime, now: datetime) -> None:
    """Nothing was written; it may be tried again. Whoever has lost the claim says nothing about the other's."""
    session.execute(_claimed(draft_id, started_at).values(failed_at=now, started_at=None))


def _claimed(draft_id: str, started_at: datetime) -> Any:
    mine = col(ImportDraft.started_at) == started_at, col(ImportDraft.finished_at).is_(None)
    return update(ImportDraft).where(col(ImportDraft.id) == draft_id, *mine)
