"""One check for each type of arg. Twin of sync/field_checks.js; sync/validation.py calls them."""

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from server.models.column import wire
from server.models.identity import is_id
from server.normal_form import normal
from sync.changes import Arg

# Our own list, because what Python and JavaScript call white space differs.
SPACES: Final = "".join(map(chr, range(0x2000, 0x200B)))  # en quad to hair space
BLANK: Final = f" \t\n\r\u00a0\u1680{SPACES}\u2028\u2029\u202f\u205f\u3000\ufeff"
# Unicode's default ignorables, and Braille without a dot: a text of nothing but these and blanks shows nothing.
UNSEEN: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
SEEN: Final = re.compile(f"[^{BLANK}{UNSEEN}]")
EVERY_UNSEEN: Final = re.compile(f"[{UNSEEN}]")
CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
LINE_ENDS: Final = re.compile("\r\n?")
BREAKS: Final = re.compile("[\t\n]+")
BETWEEN: Final = re.compile("[,，、;；\n]")
NUMERAL: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
DATE: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
MONTH_DAY: Final = re.compile(r"(?:--)?([0-9]{2})-([0-9]{2})")
MOMENT: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?(?:Z|([+-])([0-9]{2}):([0-9]{2}))"
)
# Moments as phones send them, already in the form that is kept, on a day that every month has: nothing to check.
USUAL_MOMENT: Final = re.compile(
    r"20[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])T(?:[01][0-9]|2[0-3])(?::[0-5][0-9]){2}\.[0-9]{3}Z"
)
CLOCK: Final = re.compile("([0-9]{1,2}):([0-9]{2})")
EMAIL: Final = re.compile(f"[^{BLANK}@]+@[^{BLANK}@]+\\.[^{BLANK}@]+")
PHONE: Final = re.compile(r"(?:[0-9+()./\-#*,; ]|ext|x|转|分机)+", re.IGNORECASE)
SHA256: Final = re.compile("[0-9a-f]{64}")
# The path of an SVG: each stroke begins where it says, and goes on by whole steps from point to point.
STROKES: Final = re.compile("(m-?[0-9]{1,4} -?[0-9]{1,4}( -?[0-9]{1,4} -?[0-9]{1,4})+)+")
TIME_ZONE: Final = re.compile(r"[A-Za-z0-9_+\-]+(/[A-Za-z0-9_+\-]+){0,2}")
CURRENCY: Final = re.compile("[A-Z]{3}")
FIRST_YEAR, FIRST_DUE_YEAR, LAST_YEAR = 1900, 2000, 2100


class Wrong(Exception):  # noqa: N818  (an answer, not a failure)
    """`code` is a key of SENTENCES in sync/validation.py."""

    def __init__(self, code: str, **params: int) -> None:
        super().__init__(code)
        self.error = {"code": code, "params": params}


def is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not SEEN.search(value))


def trimmed(text: str) -> str:
    return text.strip(BLANK)


def _text(given: Any, spec: Arg) -> str:
    if not isinstance(given, str):
        raise Wrong("not_text")
    longest = spec.max or 0
    value = trimmed(LINE_ENDS.sub("\n", given))
    if len(value) > 2 * longest:  # before NFC, which makes some texts shorter
        raise Wrong("too_long", max=longest)
    value = normal("NFC", value)
    if not spec.multiline:
        value = BREAKS.sub(" ", value)
    if CONTROL.search(value):
        raise Wrong("control_characters")
    if len(value) > longest:
        raise Wrong("too_long", max=longest)
    return value


def _short(value: Any, code: str) -> str:
    """Text of at most 100 characters, made plain for a pattern to match."""
    if not isinstance(value, str) or len(value) > 100:
        raise Wrong(code)
    return plain(value)


def plain(text: str) -> str:
    """Trimmed, with full-width figures and signs as ASCII has them (NFKC)."""
    return trimmed(normal("NFKC", text))


def _choice(value: Any, spec: Arg) -> str:
    if not isinstance(value, str) or value not in (spec.choices or ()):
        raise Wrong("unknown_choice")
    return str(value)


def _number(value: Any, spec: Arg) -> int | float:
    if isinstance(value, str):
        value = _numeral(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        raise Wrong("not_a_number")
    of_money = spec.type == "hundredths"
    if spec.min is not None and value < spec.min:
        raise Wrong("too_little" if of_money and spec.min else "too_small", min=spec.min)
    if spec.max is not None and value > spec.max:
        raise Wrong("too_much", max=spec.max // 100) if of_money else Wrong("too_large", max=spec.max)
    return value


def _numeral(text: str) -> int | float:
    found = NUMERAL.fullmatch(_short(text, "not_a_number"))
    if not found:
        raise Wrong("not_a_number")
    return float(found[0]) if found[1] else int(found[0])


def _integer(value: Any, spec: Arg) -> int:
    value = _number(value, spec)
    if math.floor(value) != value:
        raise Wrong("not_a_number")
    return int(value)


def _date(value: Any, _spec: Arg, first_year: int = FIRST_YEAR, code: str = "not_a_date") -> str:
    text = _short(value, code)
    found = DATE.fullmatch(text)
    if not found or not _is_real(*map(int, found.groups())):
        raise Wrong(code)
    _check_year(int(found[1]), first_year)
    return text


def _check_year(year: int, first_year: int) -> None:
    if year < first_year:
        raise Wrong("date_too_early")
    if year > LAST_YEAR:
        raise Wrong("date_too_late")


def _due_date(value: Any, spec: Arg) -> str:
    return _date(value, spec, FIRST_DUE_YEAR)


def _is_real(year: int, month: int, day: int) -> bool:
    if year < 1 or not 1 <= month <= 12:
        return False
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 1 <= day <= (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]


def _birthday(value: Any, spec: Arg) -> str:
    """With its year, or without: --05-03."""
    found = MONTH_DAY.fullmatch(_short(value, "not_a_date"))
    if not found:
        return _date(value, spec)
    if not _is_real(2000, int(found[1]), int(found[2])):
        raise Wrong("not_a_date")
    return f"--{found[1]}-{found[2]}"


def _moment(value: Any, spec: Arg) -> str:
    if isinstance(value, str) and USUAL_MOMENT.fullmatch(value):
        return value
    found = MOMENT.fullmatch(_short(value, "not_a_moment"))
    if not found:
        raise Wrong("not_a_moment")
    day, hour, minute, second, fraction, sign, hours, minutes = found.groups()
    hour, minute, second, hours, minutes = (int(part or 0) for part in (hour, minute, second, hours, minutes))
    if max(hour, hours) > 23 or max(minute, second, minutes) > 59:
        raise Wrong("not_a_moment")
    year, month, day_of_month = map(int, _date(day, spec, FIRST_YEAR, "not_a_moment").split("-"))
    microsecond = int(f"{fraction or ''}000"[:3]) * 1000
    local = datetime(year, month, day_of_month, hour, minute, second, microsecond, UTC)
    away = timedelta(hours=hours, minutes=minutes)
    moment = local + away if sign == "-" else local - away
    _check_year(moment.year, FIRST_YEAR)
    return str(wire(moment))


def _clock(value: Any, _spec: Arg) -> str:
    found = CLOCK.fullmatch(_short(value, "not_a_time"))
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        raise Wrong("not_a_time")
    return f"{int(found[1]):02}:{found[2]}"


def _sha256(value: Any, _spec: Arg) -> str:
    if not isinstance(value, str) or not SHA256.fullmatch(value):
        raise Wrong("not_an_id")
    return value


def _strokes(value: Any, spec: Arg) -> str:
    if not isinstance(value, str):
        raise Wrong("not_strokes")
    if len(value) > (spec.max or 0):
        raise Wrong("too_long", max=spec.max or 0)
    if not STROKES.fullmatch(value):
        raise Wrong("not_strokes")
    return value


def _id(value: Any, _spec: Arg) -> str:
    if not is_id(value):
        raise Wrong("not_an_id")
    return str(value)


def _email(value: Any, spec: Arg) -> str:
    text = _text(value, spec)
    if not EMAIL.fullmatch(text):
        raise Wrong("not_an_email")
    return text


def _phone(value: Any, spec: Arg) -> str:
    # Pasted from a phone's contacts it comes between marks of direction, which nobody sees.
    is_short = isinstance(value, str) and len(value) < 1000
    text = _text(EVERY_UNSEEN.sub("", normal("NFKC", value)) if is_short else value, spec)
    if not PHONE.fullmatch(text) or sum(letter in "0123456789" for letter in text) < 3:
        raise Wrong("not_a_phone")
    return text


def _time_zone(value: Any, spec: Arg) -> str:
    text = _short(value, "unknown_choice")
    if not TIME_ZONE.fullmatch(text) or len(text) > (spec.max or 0):
        raise Wrong("unknown_choice")
    return text


def _currency(value: Any, _spec: Arg) -> str:
    text = _short(value, "unknown_choice").upper()
    if not CURRENCY.fullmatch(text):
        raise Wrong("unknown_choice")
    return text


def _list(value: Any, spec: Arg) -> list[Any]:
    """A list, or the one line that a form has for it, which is split at commas."""
    if isinstance(value, str):
        value = [trimmed(part) for part in BETWEEN.split(value[:100_000])]
    if not isinstance(value, list):
        raise Wrong("not_a_list")
    most = spec.max or 0
    given = [item for item in value[:10_000] if not is_blank(item)]
    if len(given) > most:
        raise Wrong("too_many", max=most)
    of = spec.of
    assert of is not None  # noqa: S101  (every list in the closed list says of what)
    return list(dict.fromkeys(CHECKS[of.type](item, of) for item in given))


def _custom(value: Any, spec: Arg) -> dict[str, str | None]:
    """Texts by the id of their field. sync/custom_values.py, which knows the fields, checks what they say."""
    if not isinstance(value, dict):
        raise Wrong("not_an_object")
    if len(value) > (spec.max or 0):
        raise Wrong("too_many", max=spec.max or 0)
    for field_id, text in value.items():
        _id(field_id, spec)
        if text is not None and not isinstance(text, str):
            raise Wrong("not_text")
    return {field_id: None if is_blank(text) else text for field_id, text in value.items()}


CHECKS: Final[dict[str, Callable[[Any, Arg], Any]]] = {
    "text": _text,
    "choice": _choice,
    "number": _number,
    "integer": _integer,
    "hundredths": _integer,
    "date": _date,
    "due_date": _due_date,
    "birthday": _birthday,
    "moment": _moment,
    "clock": _clock,
    "id": _id,
    "sha256": _sha256,
    "strokes": _strokes,
    "email": _email,
    "phone": _phone,
    "time_zone": _time_zone,
    "currency": _currency,
    "list": _list,
    "custom": _custom,
}
