"""Follow-ups that managers gave their reps, at the customers nobody was in touch with for longest."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import SQLModel

from server.demo.customers import Account
from server.demo.dice import Dice
from server.models.field_history import FieldHistory
from server.models.follow_up import FollowUp
from server.models.giving import GIVEN
from server.models.user import User

# Manager, rep, what is to be done, in how many days it is due.
GAVE: Final = (
    ("mei", "alice", "Call them this week: they used to order every spring", 2),
    ("mei", "bob", "Show them the new shaft seal; they asked for it at the fair", 3),
    ("li", "wang", "这周打个电话：往年这个季节都会下单", 2),
)


def given(
    accounts: Sequence[Account], users: dict[str, User], now: datetime, dice: Dice
) -> Iterator[SQLModel]:
    made = [
        (users[manager].id, _to_do(accounts, users[rep].id, note, due_in_days, now, dice))
        for manager, rep, note, due_in_days in GAVE
    ]
    yield from (row for _, row in made)
    for giver_id, row in made:
        yield FieldHistory(
            id=dice.id_at(row.created_at),
            collection=FollowUp.__collection__,
            row_id=row.id,
            field=GIVEN,
            after=row.owner_id,
            changed_by=giver_id,
            changed_at=row.created_at,
        )


def _to_do(
    accounts: Sequence[Account], rep_id: str, note: str, due_in_days: int, now: datetime, dice: Dice
) -> FollowUp:
    theirs = [made.customer for made in accounts if made.customer.owner_id == rep_id]
    longest = min(theirs, key=lambda row: (row.last_touch_at or row.created_at, row.id))
    at = now - timedelta(hours=2)
    return FollowUp(
        id=dice.id_at(at),
        customer_id=longest.id,
        owner_id=rep_id,
        due_on=(now + timedelta(days=due_in_days)).date(),
        note=note,
        created_at=at,
    )
