"""Writes an import in a thread of its own, so that the page can show its progress.

The progress is kept in this process's memory, because the transaction shows nothing before its end. A page that is
answered by another process learns from the draft that the import runs, and in the end what came of it.
"""

import threading
from datetime import UTC, datetime

import structlog

from server.database import Database
from server.models import import_draft
from server.transfer.checking import Checked
from server.transfer.importer import Importer
from server.transfer.importing import prepared, write

log = structlog.get_logger()

_shares: dict[str, float] = {}  # by draft: which share of its rows is written, from 0 to 1


def begin(database: Database, draft_id: str, by: Importer, checked: Checked, now: datetime) -> None:
    """Starts the import and returns at once. Of two calls for the same draft only one does anything."""
    with database.writing() as session:
        if not import_draft.start(session, draft_id, now):
            return
    _shares[draft_id] = 0
    arguments = (database, draft_id, by, checked, now)
    # A daemon, so that it does not keep the server from stopping: what was written so far is then rolled back.
    threading.Thread(target=_run, args=arguments, daemon=True, name="import").start()


def share(draft_id: str) -> float | None:
    """Which share of the rows is written, from 0 to 1; None if the import does not run in this process."""
    return _shares.get(draft_id)


def _run(database: Database, draft_id: str, by: Importer, checked: Checked, started_at: datetime) -> None:
    try:
        imported = carry_out(database, draft_id, by, checked, started_at)
        log.info("import_done", draft_id=draft_id, customers=imported)
    except Exception as error:  # noqa: BLE001 - nobody catches what a thread raises, so it is noted here
        log.error("import_failed", draft_id=draft_id, error=type(error).__name__)
        with database.writing() as session:
            import_draft.fail(session, draft_id, started_at, datetime.now(UTC))
    finally:
        _shares.pop(draft_id, None)


def carry_out(database: Database, draft_id: str, by: Importer, checked: Checked, started_at: datetime) -> int:
    """Writes all rows and the draft's mark that it is finished, in one transaction."""

    def progress(done: int, total: int) -> None:
        _shares[draft_id] = done / total

    made = prepared(by, checked, started_at)
    with database.writing() as session:
        imported = write(session, made, progress)
        import_draft.finish(session, draft_id, started_at, imported, started_at)
    return imported
