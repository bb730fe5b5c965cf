"""Parked changes: the rows that they would have made, and which other changes have to wait for these rows."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import bindparam, select
from sqlmodel import Session, col

from server.models.act import Rows
from server.models.identity import is_id
from server.models.receipt import Receipt
from sync.changes import CHANGES, Arg
from sync.rows import BUNDLE

# In the place of a collection. The change is a later version's: any id in its args may be that of a row it makes.
UNKNOWN: Final = "?"
DEEPEST: Final = 8  # levels of args in which ids are looked for
_AWAITED: Final = select(col(Receipt.creates)).where(
    col(Receipt.user_id) == bindparam("user_id"), col(Receipt.status) == "parked"
)


class Parked:
    """The rows that parked changes of one user would have made."""

    def __init__(self, session: Session, user_id: str, there_are: bool = True) -> None:
        """`there_are`: False if it is known that nothing is parked."""
        self._awaited: dict[str, set[str]] = {}
        if there_are:
            session.flush()
            for creates in session.connection().scalars(_AWAITED, {"user_id": user_id}):
                self.add(creates or [])

    def add(self, creates: Sequence[str]) -> None:
        for made in creates:
            collection, _, row_id = made.partition(":")
            self._awaited.setdefault(row_id, set()).add(collection)

    def hold_back(self, rows: Rows, name: str, args: Any) -> bool:
        """Whether these args need a row that a parked change was to make and that nobody else has made since."""
        if not self._awaited:
            return False
        own = {made.partition(":")[2] for made in creates_of(name, args)}
        return any(self._is_missing(rows, row_id) for row_id in ids_in(args) if row_id not in own)

    def _is_missing(self, rows: Rows, row_id: str) -> bool:
        tables = [BUNDLE[name] for name in self._awaited.get(row_id, ()) if name != UNKNOWN]
        return bool(tables) and all(rows.find(table, row_id) is None for table in tables)

    def may_explain(self, args: Any) -> bool:
        """Whether a missing row that these args name may be made by a parked change that only a later version knows."""
        return any(UNKNOWN in self._awaited.get(row_id, ()) for row_id in ids_in(args))


def creates_of(name: str, args: Any) -> list[str]:
    """The rows that a change makes, each as `collection:id`."""
    change = CHANGES.get(name)
    if change is None:
        return [f"{UNKNOWN}:{row_id}" for row_id in dict.fromkeys(ids_in(args))]
    return list(_created(change.args, args))


def _created(specs: dict[str, Arg], args: Any) -> Iterator[str]:
    if not isinstance(args, dict):
        return
    for name, spec in specs.items():
        if spec.creates and is_id(args.get(name)):
            yield f"{spec.creates}:{args[name]}"
        elif spec.fields:
            yield from _created(spec.fields, args.get(name))


def ids_in(args: Any, depth: int = 0) -> Iterator[str]:
    if is_id(args):
        yield args
    elif isinstance(args, dict | list) and depth < DEEPEST:
        for member in args.values() if isinstance(args, dict) else args:
            yield from ids_in(member, depth + 1)
