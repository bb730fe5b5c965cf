"""Writes down what changes really did, in the same transaction, so that a second effect cannot hide.

An effect is known by its mark: the moment its change happened at. No two changes of a history share one, but for the
withdrawals of a whole group, whose marks also say what they withdraw.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final, NamedTuple

import structlog
from sqlalchemy import Column, Integer, MetaData, Table, Text, insert, select
from sqlmodel import Session

import sync.envelope
import sync.http
import sync.pull
import sync.push
from server.models.column import wire
from sync.changes import CHANGES, Change

POISON: Final = "poison"
# Changes that the `older` server does not have yet.
UNKNOWN_TO_THE_OLDER: Final = (
    "opportunity.create", "opportunity.move", "visit.plan", "contact.edit", "visit.attach", "quote.save", "task.ask",
)  # fmt: skip
CURRENT: Final = dict(CHANGES)
served = dict(CHANGES)
PROTOCOL: Final = sync.envelope.PROTOCOL

EFFECTS: Final = Table(
    "simulated_effects",
    MetaData(),
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("mark", Text, nullable=False),
)
EFFECT: Final = insert(EFFECTS)


class Done(NamedTuple):
    """A verb that was carried out, but may have been rolled back since. `judged`: by whose right. `helper`: the manager
    who decided on another change that this one went along with. `mark`: None at a desk."""

    name: str
    args: dict[str, Any]
    by: str
    judged: str
    helper: str | None
    mark: str | None


# All verbs since the list was last cleared.
done: Final[list[Done]] = []


class Poisoned(Exception):  # noqa: N818  (what it is, not what went wrong here)
    """The server breaks at a change that holds POISON, after it has written half of it."""


@contextmanager
def watching() -> Iterator[None]:
    """Within the block every verb leaves its mark, and the server logs nothing, because faults are to be expected."""
    room, logging_was = sync.pull.ROOM, structlog.get_config()
    marked = {name: replace(change, verb=_watched(name, change)) for name, change in CURRENT.items()}
    served.update(marked)
    deploy("current")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        served.update(CURRENT)
        deploy("current")
        sync.pull.ROOM = room  # type: ignore[misc]
        structlog.configure(**logging_was)


def _watched(name: str, change: Change) -> Callable[..., None]:
    def verb(act: Any, **args: Any) -> None:
        change.verb(act, **args)
        mark = None if act.happened_at is None else wire(act.happened_at) + args.get("change_id", "")
        helper = act.right_of.id if act.right_of is not None and act.right_at is not None else None
        done.append(Done(name, args, act.by.id, act.judged.id, helper, mark))
        if POISON in str(args):
            raise Poisoned
        if mark is not None and name != "noop":
            act.session.connection().execute(EFFECT, {"mark": mark})

    return verb


def effects(session: Session) -> list[str]:
    """The marks, in the order of their effects."""
    return list(session.scalars(select(EFFECTS.c.mark).order_by(EFFECTS.c.number)))


def deploy(version: str) -> None:
    """Serves as the version `older`, `current` or `newer`, which no longer speaks the phones' protocol."""
    CHANGES.clear()
    CHANGES.update(served)
    if version == "older":
        for name in UNKNOWN_TO_THE_OLDER:
            del CHANGES[name]
    for module in (sync.envelope, sync.http, sync.pull, sync.push):
        module.PROTOCOL = PROTOCOL + (version == "newer")  # type: ignore[misc]
