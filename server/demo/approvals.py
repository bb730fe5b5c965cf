"""The demo's stage payment requires approval: some opportunities wait for it, and one was declined."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlmodel import Session

from server.demo.customers import Account
from server.models.column import wire
from server.models.opportunity import Opportunity
from server.models.pipeline import DEFAULT_PIPELINE, Pipeline
from server.models.user import User

ASKED_FOR: Final = "payment"
BECAUSE: Final = (
    "Two percent less discount, and I agree. Ask them for the framework order first.",
    "折扣再低两个点我就同意，先跟他们谈框架订单。",
)


def insist(session: Session) -> None:
    pipeline = session.get_one(Pipeline, DEFAULT_PIPELINE)
    pipeline.stages = [
        stage | ({"required": [*stage["required"], "approval"]} if stage["key"] == ASKED_FOR else {})
        for stage in pipeline.stages
    ]


def ask(accounts: Sequence[Account], users: dict[str, User], now: datetime) -> None:
    """Asks for every opportunity at the stage before; of each rep the second is declined, the others wait."""
    managers = {user.territory_id: user.id for user in users.values() if user.role == "manager"}
    met: dict[str, int] = {}
    for made in accounts:
        manager = managers.get(made.customer.territory_id)
        for row in made.opportunities:
            if row.stage == "contract" and row.pipeline_id == DEFAULT_PIPELINE and manager is not None:
                met[row.owner_id] = met.get(row.owner_id, 0) + 1
                _ask(row, now - timedelta(hours=3 * met[row.owner_id], minutes=17))
                if met[row.owner_id] == 2:
                    _decline(row, manager, BECAUSE[made.chinese], now - timedelta(hours=2))


def _ask(row: Opportunity, at: datetime) -> None:
    at = max(at, row.stage_since + timedelta(minutes=5))
    asked: dict[str, Any] = {"by": row.owner_id, "at": wire(at), "stage": ASKED_FOR}
    row.approval_requests = [{**asked, "amount_cents": row.amount_cents, "currency": row.currency}]
    row.approval_asked_by, row.approval_asked_at = row.owner_id, at


def _decline(row: Opportunity, manager: str, note: str, at: datetime) -> None:
    [asked] = row.approval_requests
    said = {"answer": "declined", "answered_by": manager, "answered_at": wire(at), "note": note}
    row.approval_requests = [{**asked, **said}]
    row.approval_answered_at = at
