"""Takes a backup while people work: everything is read in one snapshot of the database."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Table, func, select, update
from sqlmodel import Session, SQLModel, col

from server.backup.archive import FORMAT, FilePart, Manifest, Tell, Writer, new_file
from server.backup.values import kind_of, reads
from server.database import Database
from server.files.store import FileStore, kept_as
from server.migrate import newest_version
from server.models.column import wire
from server.models.file import File
from server.models.order_line import MADE_OF
from server.models.workspace import Workspace, the_workspace

BATCH: Final = 2000


def take(
    database: Database,
    path: Path,
    now: datetime,
    tell: Tell,
    *,
    files: FileStore | None = None,
    force: bool = False,
) -> Manifest:
    """Writes a backup. Only when the file is complete and on the disk are phones told that they may forget what it
    holds.
    """
    with new_file(path, now, force=force) as file, database.reading() as session, Writer(file) as writer:
        manifest = _write(session, writer, now, tell, files)
    _note_durable(database, manifest, now)
    return manifest


def _write(session: Session, writer: Writer, now: datetime, tell: Tell, files: FileStore | None) -> Manifest:
    workspace = the_workspace(session)  # the first statement begins the snapshot
    connection = session.connection()
    tables = [table for table in SQLModel.metadata.sorted_tables if MADE_OF not in table.info]
    total = sum(_count(connection, table) for table in tables)
    done = 0
    for table in tables:
        columns = {str(column.name): kind_of(column) for column in table.columns}
        writer.add(str(table.name), columns, _told(_rows(connection, table, columns), done, total, tell))
        done += writer.tables[-1].rows
    missing = _add_files(session, writer, files) if files else []
    manifest = Manifest(
        format=FORMAT,
        legwork=version("legwork"),
        schema=newest_version(),
        made_at=wire(now),
        database=connection.dialect.name,
        epoch=workspace.epoch,
        rev=workspace.rev,
        tables=writer.tables,
        files=writer.files,
        missing=missing,
    )
    writer.finish(manifest)
    return manifest


def _add_files(session: Session, writer: Writer, files: FileStore) -> list[str]:
    """Adds the files and returns the names of those that are missing or damaged:
    a lost photo must not keep all else from being backed up."""
    missing = []
    for name, sha256 in session.execute(select(col(File.sha256), col(File.stored_sha256))).all():
        content = files.get(kept_as(name))
        if content is None or hashlib.sha256(content).hexdigest() != sha256:
            missing.append(name)
        else:
            writer.add_file(FilePart(name, sha256), content)
    return missing


def _count(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def _told(
    batches: Iterator[list[tuple[Any, ...]]], done: int, total: int, tell: Tell
) -> Iterator[list[tuple[Any, ...]]]:
    for batch in batches:
        yield batch
        done += len(batch)
        tell(done, total)


def _rows(connection: Connection, table: Table, columns: dict[str, str]) -> Iterator[list[tuple[Any, ...]]]:
    """Reads by the driver, a batch at a time, so that it needs no more memory for a large company."""
    dialect, quote = connection.dialect.name, connection.dialect.identifier_preparer.quote_identifier
    wanted = ", ".join(reads(dialect, kind, quote(name)) for name, kind in columns.items())
    driver: Any = connection.connection.driver_connection
    cursor = driver.cursor() if dialect == "sqlite" else driver.cursor(name="legwork_backup")
    cursor.execute(f"SELECT {wanted} FROM {quote(table.name)}")  # noqa: S608  (names of our own tables)
    while batch := cursor.fetchmany(BATCH):
        yield batch
    cursor.close()


def _note_durable(database: Database, manifest: Manifest, now: datetime) -> None:
    """Notes up to which revision a backup holds everything;
    not if a newer backup has noted more, or if the database was restored meanwhile."""
    same = col(Workspace.epoch) == manifest.epoch, col(Workspace.durable_rev) <= manifest.rev
    with database.writing() as session:
        session.execute(update(Workspace).where(*same).values(durable_rev=manifest.rev, durable_at=now))
