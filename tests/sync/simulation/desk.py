"""What happens at a desk: the changes of the closed list, and what forms do beside them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlmodel import Session, col, select

from server.models.custom_field import define
from server.models.follow_up import FollowUp
from server.models.giving import give
from server.models.letterhead import write_letterhead
from server.models.pipeline import DEFAULT_PIPELINE, Pipeline
from server.models.receipt import Receipt
from server.models.refusal import NotAllowed
from server.models.restaging import restage
from server.models.scope import ALL_SEEING_ROLES, beside
from server.models.user import User
from sync.apply import apply
from tests.sync.simulation.cast import EVERYBODY
from tests.sync.simulation.staff import STAFF


def act(session: Session, name: str, change: str, args: dict[str, Any], now: datetime) -> None:
    """Carries out a change, or one of BESIDE, under somebody's name. Raises Refused."""
    user = session.get_one(User, EVERYBODY[name])
    if user.deactivated_at is not None:
        raise NotAllowed  # they cannot sign in
    if change in BESIDE:
        BESIDE[change](session, user, now, **args)
    else:
        apply(session, user, change, args, now)


def _give(session: Session, by: User, now: datetime, *, to: str, **promised: Any) -> None:
    """A manager promises a follow-up and gives it to somebody else."""
    apply(session, by, "follow_up.create", promised, now)
    give(session, by, session.get_one(FollowUp, promised["follow_up_id"]), session.get_one(User, to), now)


def _restage(session: Session, by: User, now: datetime, *, leaving: str, to: str) -> None:
    """A stage is removed, and its opportunities move to another one."""
    pipeline = session.get_one(Pipeline, DEFAULT_PIPELINE, with_for_update=True)
    stages = [stage for stage in pipeline.stages if stage["key"] != leaving]
    restage(session, pipeline, by, now, name="", stages=stages, moved={leaving: to})


def _rename(session: Session, by: User, now: datetime, *, user_id: str, name: str) -> None:
    session.get_one(User, user_id).name = name


def _define(session: Session, by: User, now: datetime, *, name: str) -> None:
    define(session, name, "text", [], now)


def _head(session: Session, by: User, now: datetime, *, name: str) -> None:
    write_letterhead(session, name)


# What desks do that is no change of the closed list.
BESIDE: Final = {
    "give": _give,
    "restage": _restage,
    "rename": _rename,
    "define": _define,
    "head": _head,
    **STAFF,
}


def waiting_for(session: Session, manager: User) -> list[Receipt]:
    """All that is parked and not dismissed, also what authors have sent about their entries, which the page leaves out:
    nothing may go wrong by deciding on it."""
    whose = [] if manager.role in ALL_SEEING_ROLES else [beside(manager)]
    parked = select(Receipt).join(User, col(User.id) == col(Receipt.user_id)).where(*whose)
    parked = parked.where(Receipt.status == "parked", col(Receipt.dismissed_at).is_(None))
    asked_first = col(Receipt.asked_at).is_(None), col(Receipt.received_at), col(Receipt.seq)
    return list(session.exec(parked.order_by(*asked_first)))


def offered(receipt: Receipt, waiting: Sequence[Receipt]) -> Receipt:
    """Of a group, the change that the others wait for: on that one the page lets a manager decide."""
    group = [one for one in waiting if receipt.change_group and one.change_group == receipt.change_group]
    return next((one for one in group if one.code != "depends_on_parked"), receipt)
