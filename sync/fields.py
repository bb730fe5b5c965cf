"""Fields that more than one change of the closed list may hold."""

from server.models.attachment import MOST_BYTES
from sync.args import EMAIL, NAME, NOTE, PHONE, Arg, choice, integer, text

CONTACT_FIELDS = {
    "name": text(NAME, required=True),
    "role": choice("decides", "influences", "blocks", "uses"),
    "phone": Arg("phone", max=PHONE),
    "email": Arg("email", max=EMAIL),
    "birthday": Arg("birthday"),
    "reports_to": Arg("id"),
}
OPPORTUNITY_FIELDS = {
    "name": text(NAME, required=True),
    "expected_close_on": Arg("date"),
    "lost_reason": text(NOTE, multiline=True),
    "competitor": text(),
}
BYTES = {"sha256": Arg("sha256", required=True), "size": integer(1, MOST_BYTES, required=True)}
USER_FIELDS = {
    "locale": choice("en", "zh-Hans"),
    "time_zone": Arg("time_zone", max=60),
    "weekly_visits": integer(0, 1000, required=True),
}
