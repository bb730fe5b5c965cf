"""Inserting many new rows at once, five times as fast as by session.add. The session's listener does not see these
rows, so they are noted here for phones."""

from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, SQLModel

from server.models.revision import note

BATCH = 1000


def insert_rows(session: Session, rows: Iterable[SQLModel]) -> Iterator[int]:
    """Inserts in the order given, in batches, and yields after each how many rows are in.
    Iterate to the end, or the rest is not inserted."""
    done = 0
    for model, same in groupby(rows, key=type):
        while batch := list(islice(same, BATCH)):
            session.execute(insert(model.__table__), [_values(row) for row in batch])  # type: ignore[attr-defined]
            for row in batch:
                note(session, row)
            done += len(batch)
            yield done


def _values(row: SQLModel) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in row.__table__.columns}  # type: ignore[attr-defined]
