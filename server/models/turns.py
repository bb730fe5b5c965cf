"""Making transactions that read before they write go one after another. On SQLite all writing ones do anyway; on
PostgreSQL an advisory lock sees to it."""

import hashlib

from sqlmodel import Session, func, select


def wait_for_others(session: Session, *what: str) -> None:
    """Waits until other transactions that named the same things have committed, and makes later ones wait for this one.
    Call it before any row is locked, so that nobody deadlocks. `what`: any texts that both sides agree on."""
    if session.get_bind().dialect.name == "postgresql":
        for key in sorted(int(hashlib.sha256(one.encode()).hexdigest()[:15], 16) for one in what):
            session.execute(select(func.pg_advisory_xact_lock(key)))
