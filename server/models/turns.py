"""Transactions that look before they write go one after another on PostgreSQL, too, as all that write do on SQLite."""

import hashlib

from sqlmodel import Session, func, select


def wait_for_others(session: Session, *what: str) -> None:
    """For those who write the same, until they have committed. What is read from here on holds what they wrote, and
    nobody else writes it until the end of the transaction. Called before any row is locked."""
    if session.get_bind().dialect.name == "postgresql":
        for key in sorted(int(hashlib.sha256(one.encode()).hexdigest()[:15], 16) for one in what):
            session.execute(select(func.pg_advisory_xact_lock(key)))
