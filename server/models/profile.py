"""What people set for themselves."""

from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from server.models.refusal import Invalid
from server.models.user import User

if TYPE_CHECKING:
    from server.models.act import Act


def edit(act: "Act", *, fields: dict[str, Any]) -> None:
    _check_time_zone(fields.get("time_zone"))
    # As it is now, not as `act.by` was read: an earlier change of the push or an admin may have changed it since.
    user = act.session.get_one(User, act.by.id)
    for name, value in fields.items():
        setattr(user, name, value)


def _check_time_zone(name: str | None) -> None:
    if name is not None and name not in time_zones():
        raise Invalid({"fields.time_zone": {"code": "unknown_choice", "params": {}}})


@cache
def time_zones() -> frozenset[str]:
    """The time zones that browsers report: Area/Place, or UTC.
    Abbreviations are left out, because another machine may read them otherwise."""
    return frozenset(name for name in available_timezones() if "/" in name or name == "UTC")
