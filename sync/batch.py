"""Applies changes in the order of their numbers, in one transaction, so that one that fails harms no other.

First all of them in one go, which is fast and nearly always works. If any is refused or breaks, the transaction is
rolled back as a whole, and in another one they are done one by one, each (or each group) under a savepoint of its own.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Final

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlmodel import Session, SQLModel

from server.migrate import check_version
from server.models.act import Act, Rows
from server.models.attachment import Attachment
from server.models.contact import Contact
from server.models.customer import Customer
from server.models.follow_up import FollowUp
from server.models.identity import is_id
from server.models.opportunity import Opportunity
from server.models.order import Order
from server.models.quote import Quote
from server.models.refusal import NotAllowed, Refused
from server.models.revision import customers_noted
from server.models.user import User
from server.models.visit import Visit
from sync.apply import perform
from sync.envelope import Item
from sync.parking import Parked, creates_of
from sync.validation import message

OF_ENTRIES: Final = "entry."  # begins the names of changes by which authors decide about parked entries
# Of a change by itself. It broke once before, among all the others: so it is retried at most twice.
ATTEMPTS: Final = 2
# Not the change's fault: the whole push is tried again, or answered with "later".
NOT_ITS_FAULT: Final = (OperationalError, InterfaceError)
# Args that name rows, and their tables: these rows are read in advance, with one statement a table.
NAMED: Final[dict[str, type[SQLModel]]] = {
    "customer_id": Customer,
    "into_id": Customer,
    "contact_id": Contact,
    "visit_id": Visit,
    "corrects": Visit,
    "follow_up_id": FollowUp,
    "opportunity_id": Opportunity,
    "attachment_id": Attachment,
    "quote_id": Quote,
    "order_id": Order,
}

log = structlog.get_logger()


@dataclass(frozen=True)
class Outcome:
    """What became of one change: `status`, `code` and `detail` of its receipt."""

    status: str
    code: str | None = None
    detail: dict[str, Any] | None = None


APPLIED: Final = Outcome("applied")


class NotAtOnce(Exception):  # noqa: N818  (a reason to go one by one, not a failure)
    """One of the changes failed: the caller must roll back, and begin anew one by one."""


class Batch:
    """Changes of one user in one transaction.

    `some_parked` is False if it is known that nothing of this user is parked. `right_of` is the manager by whose right
    the parked change `decided_on` is let through. `coming` holds the ids of all changes that this push brings for the
    first time.
    """

    def __init__(
        self,
        session: Session,
        user: User,
        now: datetime,
        t: Callable[..., str],
        clock_skew_s: int | None = None,
        some_parked: bool = True,
        right_of: User | None = None,
        decided_on: str = "",
        at_once: bool = False,
        coming: Set[str] = frozenset(),
    ) -> None:
        self.session, self.user, self.now, self.t, self.clock_skew_s = session, user, now, t, clock_skew_s
        self.right_of, self.decided_on, self.at_once, self.coming = right_of, decided_on, at_once, coming
        self.right_at: Set[str] = frozenset()
        self.rows = Rows(session)
        self.parked = Parked(session, user.id, some_parked)

    def run(self, items: Sequence[Item]) -> list[Outcome]:
        return self.run_at_once(items) if self.at_once else self.run_one_by_one(items)

    def run_at_once(self, items: Sequence[Item]) -> list[Outcome]:
        """All of them without a savepoint, which would make SQLite copy every page before it changes it."""
        try:
            self._meet(items)
            for unit in units(items):
                self._perform(unit)
            self.rows.write()
            self.session.flush()
        except NOT_ITS_FAULT:
            raise
        except Exception as broken:  # whatever it was, it will show again when they go one by one
            raise NotAtOnce from broken
        return [APPLIED] * len(items)

    def run_one_by_one(self, items: Sequence[Item]) -> list[Outcome]:
        return [outcome for unit in units(items) for outcome in self.run_unit(unit)]

    def run_unit(self, unit: Sequence[Item]) -> list[Outcome]:
        """One change, or the changes of a group: all are applied or all are parked."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with self._savepoint():
                    self._perform(unit)
                return [APPLIED] * len(unit)
            except NOT_ITS_FAULT:
                raise
            except Refused as refused:
                return self._park(unit, self._refusal(refused))
            except Exception as broken:  # in whatever way a change breaks, those behind it go on
                if self.at_once:
                    raise NotAtOnce from broken
                _report(self.current, broken, attempt)
        # The tables may have been upgraded under a server that was left running: then a newer one can apply it.
        check_version(self.session.connection())
        return self._park(unit, Refused("error"))

    def _perform(self, unit: Sequence[Item]) -> None:
        is_anew = any(not item.name.startswith(OF_ENTRIES) for item in unit)
        for item in unit:
            self.current = item
            if self.parked.hold_back(self.rows, item.name, item.args):
                raise Refused("depends_on_parked")
            is_decided_on = self.right_of is not None and item.id == self.decided_on
            act = Act(
                self.rows,
                self.user,
                self.now,
                happened_at=item.happened_at,
                base_rev=item.base_rev,
                clock_skew_s=self.clock_skew_s,
                right_of=self.right_of,
                right_at=None if is_decided_on else self.right_at,
                is_anew=is_anew,
                coming=self.coming,
            )
            if is_decided_on:
                self._perform_by_right(item, act)
            else:
                perform(act, item.name, item.args)

    def _perform_by_right(self, item: Item, act: Act) -> None:
        """What the manager decided on. Other changes of its group, and those that waited for it, go along: nobody has
        decided on them, so the manager's right helps them only at the customers that this one has written to."""
        self.rows.write()
        with customers_noted(self.session) as customers:
            perform(act, item.name, item.args)
            self.rows.write()
        self.right_at = customers

    @contextmanager
    def _savepoint(self) -> Iterator[None]:
        """A savepoint around the block. If it raises, `session.info`, what is noted for phones, is restored, too."""
        noted = {
            name: self.session.info.get(name, empty).copy()
            for name, empty in (("rows", {}), ("scopes", set()))
        }
        try:
            with self.session.begin_nested():
                yield
                self.rows.write()
                self.session.flush()
        except BaseException:
            self.rows.forget()
            self.session.info |= noted
            raise

    def _meet(self, items: Iterable[Item]) -> None:
        """Reads what the changes name in one statement a table, then the customers those rows belong to."""
        named: dict[type[SQLModel], set[str]] = {}
        for name, value in _members(items):
            if name in NAMED and is_id(value):
                named.setdefault(NAMED[name], set()).add(value)
        for model in list(named):
            if model is not Customer:
                found = self.rows.meet(model, named[model])
                named.setdefault(Customer, set()).update(row.customer_id for row in found)
        self.rows.meet(Customer, named.get(Customer, ()))

    def _refusal(self, refused: Refused) -> Refused:
        """What is missing may be the row of a parked change that only a later version understands."""
        explained = isinstance(refused, NotAllowed) and self.parked.may_explain(self.current.args)
        return Refused("depends_on_parked") if explained else refused

    def _park(self, unit: Sequence[Item], refused: Refused) -> list[Outcome]:
        """The change that failed is told why; the others of its group are told that they depend on it."""
        for item in unit:
            self.parked.add(creates_of(item.name, item.args))
        others = self._parked(Refused("depends_on_parked"))
        return [self._parked(refused) if item is self.current else others for item in unit]

    def _parked(self, refused: Refused) -> Outcome:
        detail = {"message": refused.said(self.t), **refused.detail}
        if "fields" in detail:
            fields = detail["fields"].items()
            detail["fields"] = {
                name: {**error, "message": message(self.t, error["code"], error["params"])}
                for name, error in fields
            }
        return Outcome("parked", refused.code, detail)


def _members(items: Iterable[Item]) -> Iterator[tuple[str, Any]]:
    """Names and values of their args, and of the follow-up within them."""
    for item in items:
        if isinstance(item.args, dict):
            yield from item.args.items()
            follow_up = item.args.get("follow_up")
            if isinstance(follow_up, dict):
                yield from follow_up.items()


def units(items: Sequence[Item]) -> list[list[Item]]:
    """Neighbours of one group together, everything else alone."""
    grouped = groupby(enumerate(items), key=lambda at: at[1].group or at[0])
    return [[item for _, item in unit] for _, unit in grouped]


def _report(item: Item, broken: Exception, attempt: int) -> None:
    """Logs where the code broke, and nothing of what the change holds."""
    place = broken.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f"{place.tb_frame.f_code.co_qualname}:{place.tb_lineno}" if place else ""
    name = item.name if item.name.isascii() else "?"
    log.error(
        "change_broke",
        change=name[:40],
        change_id=item.id,
        error=type(broken).__name__,
        at=where,
        attempt=attempt,
    )
