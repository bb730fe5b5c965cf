"""Tasks of the demo: some answered and rated, some open, one late."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from server.demo.customers import Account
from server.demo.dice import Dice
from server.models.task import Task
from server.models.user import User

# Department; question and answer, each in English and Chinese; days since it was asked; days until it is due; rating.
ASKED: Final = (
    (
        "technical", "Which seal fits the old pump of line 2, and does it take 140 °C?",
        "2 号线的旧泵用哪种密封件？能耐 140 °C 吗？", None, None, 2, 1, None,
    ),
    (
        "logistics", "They need the 85 kits before the June stop. Can we ship half of them this week?",
        "他们要在停机检修前拿到 85 套，本周能先发一半吗？", None, None, 4, -1, None,
    ),
    (
        "service", "Can somebody look at the leaking shaft with me on Thursday?",
        "周四能有人陪我去看漏油的轴吗？",
        "Yes, Thursday at ten. I bring the puller; please have the shaft drained.",
        "可以，周四十点，我带拉马，请先把轴里的油排空。", 3, 0, None,
    ),
    (
        "technical", "Is FKM approved for their new cleaning agent?",
        "氟胶能用于他们的新清洗剂吗？",
        "Up to 90 °C yes, above that take PTFE. The certificate is in the library.",
        "90 °C 以下可以，更高请用 PTFE，证书在资料库。", 9, -6, "good",
    ),
    (
        "logistics", "Where is the parcel of last week?",
        "上周的包裹到哪了？",
        "At customs; the invoice copy was missing. It goes on today.",
        "在海关，缺发票副本，今天放行。", 12, -10, "fair",
    ),
)  # fmt: skip


def tasks(accounts: Sequence[Account], users: dict[str, User], now: datetime, dice: Dice) -> Iterator[Task]:
    """One task about each of a rep's first customers, in territories with support."""
    helpers = {user.territory_id: user.id for user in users.values() if user.role == "support"}
    met: dict[str, int] = {}
    for made in accounts:
        customer = made.customer
        helper = helpers.get(customer.territory_id)
        number = met.get(customer.owner_id or "", 0)
        if customer.owner_id is None or helper is None or number == len(ASKED):
            continue
        met[customer.owner_id] = number + 1
        department, note, note_zh, answer, answer_zh, days_ago, due_in, rating = ASKED[number]
        at = now - timedelta(days=days_ago, hours=number + 1)
        task = Task(
            id=dice.id_at(at),
            customer_id=customer.id,
            asked_by=customer.owner_id,
            department=department,
            note=note_zh if made.chinese else note,
            due_on=(now + timedelta(days=due_in)).date(),
            created_at=at,
        )
        if answer is not None:
            task.answer = answer_zh if made.chinese else answer
            task.answered_by, task.answered_at, task.rating = helper, at + timedelta(hours=20), rating
        yield task
