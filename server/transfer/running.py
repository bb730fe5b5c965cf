"""The import itself, in a thread beside the request that started it, so that the page can show how far it is.

How far is told from memory: one transaction shows nothing before its end. Whoever asks another process learns
from the draft that it runs, and at its end what came of it.
"""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from server.database import Database
from server.models import import_draft
from server.models.import_draft import ImportDraft
from server.models.user import User
from server.transfer.checking import Choices, check
from server.transfer.importer import importer
from server.transfer.importing import prepared, write

log = structlog.get_logger()


@dataclass
class Progress:
    """Two halves: checking every row again, then writing. `share` is from 0 to 1."""

    share: float = 0

    def checking(self, done: int, total: int) -> None:
        self.share = 0.5 * done / total

    def writing(self, done: int, total: int) -> None:
        self.share = 0.5 + 0.5 * done / total


_running: dict[str, Progress] = {}


def begin(database: Database, draft_id: str, now: datetime) -> None:
    """Returns at once. Of two calls for one draft only one does anything."""
    with database.writing() as session:
        if not import_draft.start(session, draft_id, now):
            return
    _running[draft_id] = Progress()
    threading.Thread(target=_run, args=(database, draft_id, now), daemon=True, name="import").start()


def share(draft_id: str) -> float | None:
    """None: it does not run in this process."""
    progress = _running.get(draft_id)
    return progress.share if progress else None


def _run(database: Database, draft_id: str, started_at: datetime) -> None:
    try:
        imported = carry_out(database, draft_id, started_at, _running[draft_id])
        log.info("import_done", draft_id=draft_id, customers=imported)
    except Exception as error:  # noqa: BLE001 - a thread has nobody above it: its end must be told here
        log.error("import_failed", draft_id=draft_id, error=type(error).__name__)
        with database.writing() as session:
            import_draft.fail(session, draft_id, datetime.now(UTC))
    finally:
        _running.pop(draft_id, None)


def carry_out(database: Database, draft_id: str, started_at: datetime, progress: Progress) -> int:
    """Checks again, because time has passed since the preview; then writes it all and marks the draft."""
    with database.reading() as session:
        draft = session.get_one(ImportDraft, draft_id)
        by = importer(session, session.get_one(User, draft.user_id))
        checked = check(session, by, draft.sheet, choices_of(draft), progress.checking)
    made = prepared(by, checked, started_at)
    with database.writing() as session:
        imported = write(session, made, progress.writing)
        import_draft.finish(session, draft_id, started_at, imported, started_at)
    return imported


def choices_of(draft: ImportDraft) -> Choices:
    return Choices(**{**draft.choices, "columns": tuple(draft.choices["columns"])})
