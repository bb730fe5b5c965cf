"""The settings of reminders: this device, the calendar, and what to be told when. Rendered by the server only."""

from dataclasses import dataclass
from typing import Any, Final

from server.models.push_subscription import PushSubscription
from server.models.reminder import CalendarFeed, ReminderSettings, TerritorySettings, Wishes
from server.models.scope import manages, may_write
from server.models.workspace import Territory
from server.translations import msgid
from server.views.reader import Reader
from server.views.wishes import WishForm, fields, typed_of

DONE: Final = {
    "saved": msgid("Saved"),
    "on": msgid("This device will remind you"),
    "off": msgid("This device no longer reminds you"),
    "trial": msgid("On its way: it should arrive within a few seconds"),
    "calendar": msgid("The address has ended"),
    "default": msgid("As your territory has it"),
}


@dataclass(frozen=True)
class Known:
    """A person's settings, as the server has them."""

    browser: PushSubscription | None
    own: ReminderSettings | None
    common: TerritorySettings | None
    calendar: CalendarFeed | None
    territories: list[Territory]  # whose settings they may change

    @property
    def wishes(self) -> Wishes:
        return self.own or self.common or Wishes()


def reminders(
    reader: Reader, known: Known, form: WishForm | None, *, server_key: str, by_mail: bool
) -> dict[str, Any]:
    t, browser = reader.t, known.browser
    form = form or WishForm(t, typed_of(known.wishes))
    return {
        "title": t("Reminders"),
        "server_key": server_key,
        "is_connected": browser is not None and browser.server_key == server_key,
        "standing": standing(reader, browser),
        "time_zone": reader.time_zone,
        **fields(form, by_mail=by_mail, roles=(reader.user.role,)),
        "by_mail": t("Without a device they come to %(email)s.", email=reader.user.email) if by_mail else "",
        "can_reset": known.own is not None,
        # Not offered to roles that make no follow-ups or visits: theirs would be empty.
        "calendar": calendar(reader, known.calendar) if known.calendar or may_write(reader.user) else None,
        "territories": [territory_row(one) for one in known.territories] if manages(reader.user) else [],
    }


def territory_row(territory: Territory) -> dict[str, str]:
    return {"href": f"/territories/{territory.id}/reminders", "name": territory.name}


def calendar(reader: Reader, feed: CalendarFeed | None) -> dict[str, str]:
    since = (
        reader.t("There has been an address since %(when)s.", when=reader.moment(feed.made_at))
        if feed
        else ""
    )
    return {"since": since, "address": "", "subscribe": ""}


def standing(reader: Reader, browser: PushSubscription | None) -> str:
    """Whether this device gets notifications."""
    t = reader.t
    if browser is None:
        return ""
    if browser.refusal is not None:
        return t("The last reminder was refused. Your admin can see why.")
    if browser.delivered_at is None:
        return ""
    return t("Last sent: %(when)s", when=reader.moment(browser.delivered_at))
