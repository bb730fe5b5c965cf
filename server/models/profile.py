"""What people set for themselves."""

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from server.models.refusal import Invalid

if TYPE_CHECKING:
    from server.models.act import Act


def edit(act: "Act", *, fields: dict[str, Any]) -> None:
    _check_time_zone(fields.get("time_zone"))
    user = act.session.merge(act.by)
    for name, value in fields.items():
        setattr(user, name, value)


def _check_time_zone(name: str | None) -> None:
    try:
        if name is not None:
            ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder of zones
        raise Invalid({"fields.time_zone": {"code": "unknown_choice", "params": {}}}) from None


def do_nothing(act: "Act") -> None:
    """An entry taken back before it was sent: it keeps its number, because numbers have no holes."""
