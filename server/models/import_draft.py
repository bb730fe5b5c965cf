"""A spreadsheet between its upload and its confirmation: what was read from it, and which column means what."""

import json
import zlib
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, or_, update
from sqlmodel import Session, SQLModel, col, select

from server.models.column import json_object, key, link, maybe_moment, moment
from server.models.identity import new_id
from server.models.refusal import NotAllowed
from server.models.user import User
from server.transfer.reading import Sheet

KEPT_FOR = timedelta(days=1)
# An import that started longer ago has died with its process. It wrote nothing, so it may be started again.
GIVEN_UP_AFTER = timedelta(minutes=5)


class ImportDraft(SQLModel, table=True):
    __tablename__ = "import_drafts"

    id: str = key()
    user_id: str = link("users.id")
    file_name: str
    packed: bytes  # the sheet as compressed JSON; emptied when it is imported
    choices: dict[str, Any] = json_object()
    created_at: datetime = moment()
    started_at: datetime | None = maybe_moment()
    finished_at: datetime | None = maybe_moment()
    failed_at: datetime | None = maybe_moment()
    imported: int | None = None  # how many rows, once it is finished

    @property
    def sheet(self) -> Sheet:
        return Sheet(**json.loads(zlib.decompress(self.packed)))

    def is_running(self, now: datetime) -> bool:
        is_claimed = self.started_at is not None and now - self.started_at < GIVEN_UP_AFTER
        return is_claimed and self.finished_at is None and self.failed_at is None


def keep(
    session: Session, user: User, file_name: str, sheet: Sheet, choices: dict[str, Any], now: datetime
) -> ImportDraft:
    """Makes a draft, and deletes everybody's drafts that are older than KEPT_FOR."""
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
    """Claims the draft for an import: of two taps on "Import" only one gets True."""
    free = or_(col(ImportDraft.started_at).is_(None), col(ImportDraft.started_at) < now - GIVEN_UP_AFTER)
    claimed = (
        update(ImportDraft)
        .where(col(ImportDraft.id) == draft_id, free, col(ImportDraft.finished_at).is_(None))
        .values(started_at=now, failed_at=None)
    )
    return session.execute(claimed.returning(col(ImportDraft.id))).first() is not None


def finish(session: Session, draft_id: str, started_at: datetime, imported: int, now: datetime) -> None:
    """Belongs into the transaction of the import itself: it raises NotAllowed if another process has claimed the draft
    meanwhile, and so nothing of this import is written."""
    done = _claimed(draft_id, started_at).values(finished_at=now, imported=imported, packed=b"")
    if session.execute(done.returning(col(ImportDraft.id))).first() is None:
        raise NotAllowed


def fail(session: Session, draft_id: str, started_at: datetime, now: datetime) -> None:
    """Notes that nothing was written, so that it may be tried again.
    Does nothing if another process has claimed the draft meanwhile."""
    session.execute(_claimed(draft_id, started_at).values(failed_at=now, started_at=None))


def _claimed(draft_id: str, started_at: datetime) -> Any:
    mine = col(ImportDraft.started_at) == started_at, col(ImportDraft.finished_at).is_(None)
    return update(ImportDraft).where(col(ImportDraft.id) == draft_id, *mine)
