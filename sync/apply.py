"""The only way to the verbs of the models: pushes, HTML forms and imports all write through here."""

from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from server.models.act import Act, Rows
from server.models.refusal import Invalid, Refused
from server.models.user import User
from sync import custom_values
from sync.changes import CHANGES, Arg, Change
from sync.validation import validate

# Args whose names Python reserves, and what the parameters of verbs are called instead.
RENAMED = {"from": "from_"}


def apply(
    session: Session,
    user: User,
    name: str,
    args: object,
    now: datetime,
    happened_at: datetime | None = None,
    base_rev: int | None = None,
) -> None:
    """Carries out one change in the transaction of the session, or raises Refused with nothing written."""
    rows = Rows(session)
    perform(Act(rows, user, now, happened_at, base_rev), name, args)
    rows.write()
    session.flush()


def perform(act: Act, name: str, args: object) -> None:
    """Like `apply`, for one change of many: the caller calls `rows.write()` after the last of them."""
    change = CHANGES.get(name)
    if change is None:
        raise Refused("unknown_change")
    clean, errors = validate(name, args)
    errors |= custom_values.check(act.session, clean)
    if errors:
        raise Invalid(errors)
    change.verb(act, **_typed_members(change.args, _after_merging(act, change, clean)))


def _after_merging(act: Act, change: Change, clean: dict[str, Any]) -> dict[str, Any]:
    """A change that names a customer merged into another one is about the other one, for ever."""
    customer_id, spec = clean.get("customer_id"), change.args.get("customer_id")
    if customer_id is None or spec is None or spec.creates or change.means_that_very_one:
        return clean
    return {**clean, "customer_id": act.rows.customer_id_now(customer_id)}


def _typed_members(specs: dict[str, Arg], clean: dict[str, Any]) -> dict[str, Any]:
    return {RENAMED.get(name, name): _typed(specs[name], value) for name, value in clean.items()}


def _typed(spec: Arg, value: Any) -> Any:
    """The value as verbs take it: JSON has only texts for dates and moments."""
    if value is None:
        return None
    if spec.type in ("date", "due_date"):
        return date.fromisoformat(value)
    if spec.type == "moment":
        return datetime.fromisoformat(value)
    if spec.type == "rows":
        return [_typed_members(spec.fields or {}, row) for row in value]
    if spec.fields is not None:
        return _typed_members(spec.fields, value)
    return value
