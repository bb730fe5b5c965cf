"""The settings of a territory: hours, holidays, and when customers go back to the pool."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

from server import forms
from server.days import DAY
from server.models.reminder import RANKED_BY, TerritorySettings
from server.models.user import Role
from server.models.workspace import Territory
from server.translations import msgid
from server.views.form import Typed, options_of
from server.views.ranking import LABELS
from server.views.reader import Reader, sentences
from server.views.wishes import WishForm, check, fields, typed_of, wrong
from server.words import days as span_of_days

ISO_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
LONGEST_HOLIDAY: Final = 60
MOST_HOLIDAYS: Final = 500
HAND_BACK_AFTER: Final = (14, 21, 30, 45)
NOT_DATES: Final = msgid("“%(line)s” is neither a date such as 2026-12-25 nor two of them.")
TOO_MANY: Final = msgid("These are too many days.")
HAND_BACK_HINT: Final = msgid(
    "A customer whose rep was reminded and still not in touch is then free for somebody else in the territory. "
    "The manager hears of it a week after the reminder."
)
DONE: Final = {"saved": msgid("Saved")}


def typed_of_territory(settings: TerritorySettings) -> Typed:
    return {
        **typed_of(settings),
        "holidays": ["\n".join(spans(settings.holidays))],
        "hand_back": [str(settings.hand_back_days or "")],
        "ranked_by": [settings.ranked_by or ""],
    }


def check_territory(typed: Typed) -> tuple[dict[str, Any], dict[str, Any]]:
    clean, errors = check(typed)
    holidays, error = read_holidays(forms.value(typed, "holidays"))
    chosen = forms.value(typed, "hand_back")
    days = int(chosen) if chosen in map(str, HAND_BACK_AFTER) else None
    by = forms.value(typed, "ranked_by")
    more = {"holidays": holidays, "hand_back_days": days, "ranked_by": by if by in RANKED_BY else None}
    return {**clean, **more}, {**errors, **error}


def read_holidays(text: str) -> tuple[list[str], dict[str, Any]]:
    """The days, and the error. Each line has one day, or the first and the last of several."""
    found: set[date] = set()
    for line in filter(None, map(str.strip, text.splitlines())):
        ends = _dates_in(line)
        if not ends or not timedelta(0) <= ends[-1] - ends[0] < LONGEST_HOLIDAY * DAY:
            return [], {"holidays": wrong(NOT_DATES, line=line[:40])}
        found |= {ends[0] + count * DAY for count in range((ends[-1] - ends[0]).days + 1)}
    if len(found) > MOST_HOLIDAYS:
        return [], {"holidays": wrong(TOO_MANY)}
    return [day.isoformat() for day in sorted(found)], {}


def _dates_in(line: str) -> list[date]:
    """The one or two days of a line; none if it is invalid."""
    parts = ISO_DATE.findall(line)
    if len(parts) not in (1, 2) or re.search(r"\w", ISO_DATE.sub("", line)):
        return []
    try:
        return [date.fromisoformat(part) for part in parts]
    except ValueError:
        return []


def spans(holidays: Sequence[str]) -> list[str]:
    """The holidays as lines to edit, consecutive days as 2026-10-01 – 2026-10-07."""
    days = sorted(map(date.fromisoformat, holidays))
    begins = [day for day in days if day - DAY not in days]
    ends = [day for day in days if day + DAY not in days]
    return [
        f"{first} – {last}" if first != last else f"{first}" for first, last in zip(begins, ends, strict=True)
    ]


def territory(
    reader: Reader, one: Territory, form: WishForm, *, set_by: str, by_mail: bool
) -> dict[str, Any]:
    t = reader.t
    ranked_by = [("", t("None")), *((name, t(LABELS[name])) for name in RANKED_BY)]
    by_whom = t("In the name of %(name)s, who saved this last.", name=set_by) if set_by else ""
    return {
        "title": t("Reminders in %(territory)s", territory=one.name),
        "action": f"/territories/{one.id}/reminders",
        **fields(form, by_mail=by_mail, roles=(Role.REP, Role.MANAGER, Role.SUPPORT)),
        "holidays": form.field("holidays", t("Holidays")),
        "hand_back": form.choices(
            "hand_back", t("Hand customers back"), options_of(_hand_back(reader), form.value("hand_back"))
        ),
        "ranked_by": form.choices(
            "ranked_by", t("Ranking in the weekly report"), options_of(ranked_by, form.value("ranked_by"))
        ),
        "hand_back_hint": sentences(t(HAND_BACK_HINT), by_whom),
    }


def _hand_back(reader: Reader) -> list[tuple[str, str]]:
    t = reader.t
    after = [
        (str(days), t("%(span)s after the reminder", span=span_of_days(days, reader.locale)))
        for days in HAND_BACK_AFTER
    ]
    return [("", t("Never")), *after]
