"""The two forms of a page: op by op, which every client reads, and column by column, which weighs less than half.

Columns are for a first replica, where everything is put and nothing removed. Values of a kind stand side by side,
moments and ids are told by their distance from the row's `created_at`, and a customer is named once. sync/README.md
says how they read; columns.js is the twin that reads them.
"""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

import msgspec

from server.models.column import wire
from sync.rows import Op

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND: Final = timedelta(milliseconds=1)
BETWEEN: Final = 1  # the comma


class Page(Protocol):
    def add(self, op: Op) -> int:
        """Returns how many bytes it takes at most."""

    def take_back(self) -> None:
        """Removes the op that was added last."""

    def body(self) -> bytes: ...


class OpsPage:
    def __init__(self) -> None:
        self.ops: list[bytes] = []

    def add(self, op: Op) -> int:
        self.ops.append(op.as_json())
        return len(self.ops[-1]) + BETWEEN

    def take_back(self) -> None:
        self.ops.pop()

    def body(self) -> bytes:
        return b'"ops":[%b]' % b",".join(self.ops)


class ColumnsPage:
    def __init__(self) -> None:
        self.ops: list[Op] = []

    def add(self, op: Op) -> int:
        """Counts each value as JSON by itself: in a column none takes more."""
        assert op.row is not None, "a first replica removes nothing"  # noqa: S101
        self.ops.append(op)
        return len(msgspec.json.encode([*op.row.values(), op.rev]))

    def take_back(self) -> None:
        self.ops.pop()

    def body(self) -> bytes:
        by_collection: dict[str, list[Op]] = defaultdict(list)
        for op in self.ops:
            by_collection[op.collection].append(op)
        places = {op.row_id: place for place, op in enumerate(by_collection["customers"])}
        told = {name: _columns(ops, places) for name, ops in by_collection.items() if ops}
        return b'"ops":[],"columns":%b' % msgspec.json.encode(told)


def _columns(ops: list[Op], places: dict[str, int]) -> dict[str, Any]:
    rows: list[Any] = [op.row for op in ops]
    made_at = [_milliseconds(row["created_at"]) if "created_at" in row else 0 for row in rows]
    columns: dict[str, list[Any]] = {"rev": [op.rev for op in ops]}
    for name in rows[0]:
        columns[name] = _values(name, [row[name] for row in rows], made_at, places)
    columns["id"], columns["id_at"] = _ids(columns["id"], made_at)
    return {"count": len(rows)} | {name: _shortest(values) for name, values in columns.items()}


def _values(name: str, values: list[Any], made_at: list[int], places: dict[str, int]) -> list[Any]:
    if name == "created_at":
        return made_at
    if name.endswith("_at"):
        return [
            None if moment is None else _milliseconds(moment) - made
            for moment, made in zip(values, made_at, strict=True)
        ]
    if name == "customer_id":
        return [places.get(customer_id, customer_id) for customer_id in values]
    return [wire(value) for value in values]


def _ids(ids: list[str], made_at: list[int]) -> tuple[list[str], list[int | None]]:
    """A UUIDv7 begins with the moment it was made at, which is close to the row's; the rest is chance."""
    rests, moments = [], []
    for row_id, made in zip(ids, made_at, strict=True):
        has_moment = row_id[14] == "7"
        moments.append(int(row_id[:8] + row_id[9:13], 16) - made if has_moment else None)
        rests.append(row_id[15:].replace("-", "") if has_moment else row_id)
    return rests, moments


def _shortest(values: list[Any]) -> list[Any] | dict[str, Any]:
    """A column in which all are alike says it once."""
    return {"all": values[0]} if values.count(values[0]) == len(values) else values


def _milliseconds(moment: datetime) -> int:
    return (moment - EPOCH) // MILLISECOND
