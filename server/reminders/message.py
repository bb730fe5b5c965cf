"""The push message that a phone gets. It is declarative:
a browser can show it by itself, and our service worker reads the same JSON."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from server.days import DAY
from server.reminders.person import Person
from server.reminders.saying import Said, cut
from server.render import asset_url

# What push services take (3,993 bytes) has room for so much in any script, beside the title, the ids and the buttons;
# lock screens show less.
BODY_CHARACTERS: Final = 500
MAGIC: Final = 8030  # marks declarative web push
SHORTEST_TTL: Final = 600  # seconds
# Of these kinds the lock screen shows one notification a day, the newest, which tells everything. Notifications of
# other kinds stay beside each other: one colleague's visit must not replace another's.
SAID_IN_ONE: Final = ("due", "late", "planned", "cold", "unheeded", "birthday", "parked")
URGENCIES: Final = {"due": "high", "late": "high", "planned": "high", "parked": "high", "trial": "high"}


@dataclass(frozen=True)
class Message:
    """`topic`: a newer message replaces an older one of the same topic, at the push service and on the lock screen.
    `ttl`: for how many seconds the push service may keep it."""

    payload: bytes
    topic: str
    ttl: int
    urgency: str


def topic(kind: str, notification_id: str, due_on: date, days: int) -> str:
    """At most 32 characters. With a kind that is still worth reading on later days, the topic has the day, so that
    tomorrow's notification does not replace today's."""
    if kind == "trial" or (kind in SAID_IN_ONE and not days):
        return kind
    return f"{kind}-{due_on:%Y%m%d}" if kind in SAID_IN_ONE else notification_id.replace("-", "")


def message(
    kind: str,
    topic: str,
    said: Said,
    person: Person,
    now: datetime,
    *,
    origin: str,
    days: int,
    badge: int | None,
) -> Message:
    """`origin`: https://legwork.example.com. `days`: for how many days after today it is still worth reading.
    `badge`: the number on the app's icon."""
    until = person.start_of(person.day_of(now) + (days + 1) * DAY)
    ttl = max(SHORTEST_TTL, int((until - now).total_seconds()))
    body = _declarative(topic, said, person, origin, badge)
    payload = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return Message(payload, topic, ttl, URGENCIES.get(kind, "normal"))


def _declarative(topic: str, said: Said, person: Person, origin: str, badge: int | None) -> dict[str, Any]:
    notification: dict[str, Any] = {
        "title": said.title,
        "body": cut(said.body, BODY_CHARACTERS),
        "lang": person.t.locale,
        "dir": "auto",
        "tag": topic,
        "renotify": True,  # one that takes the place of an unread one says something new, and rings
        "icon": origin + asset_url("icons/icon-192.png"),
        "badge": origin + asset_url("icons/badge-monochrome-96.png"),
        "navigate": origin + said.path,
        "data": {"path": said.path, "user_id": person.user.id, **said.about},
    }
    if said.actions:
        links = {"log": f"/visits/new?customer={said.about['customer_id']}"}
        notification["actions"] = [
            {"action": action, "title": title, "navigate": origin + links.get(action, said.path)}
            for action, title in said.actions.items()
        ]
    counted = {} if badge is None else {"app_badge": badge}
    return {"web_push": MAGIC, "notification": notification, "mutable": True, **counted}
