"""Dates, spans, money and sizes as views print them, in English and Simplified Chinese.

Twin of pwa/words.js. The tables are our own, because a phone's Intl data and Babel's differ between versions,
and both hosts must print the same bytes. tests/shared_cases/words.json holds both to it.
"""

import re
import unicodedata
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

MONTHS: Final = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
WEEKDAYS: Final = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
WEEKDAYS_ZH: Final = "一二三四五六日"
SYMBOLS: Final = {"EUR": "€", "USD": "$", "GBP": "£", "CNY": "¥"}
SPANS: Final = ((365, "year", "年"), (30, "month", "月"), (7, "week", "周"), (1, "day", "天"))
# 48,200.50 or 48.200,50: a sign before three digits separates thousands, one before one or two digits the cents.
AMOUNT: Final = re.compile(r"([0-9]{1,3}([.,])[0-9]{3}(?:\2[0-9]{3})*|[0-9]+)(?:[.,]([0-9]{1,2})0*)?")
NO_SPACES: Final = dict.fromkeys(map(ord, " '’"))


def local_datetime(moment: datetime, time_zone: str) -> datetime:
    """The wall-clock time of a moment in a zone, as a datetime without a zone."""
    return _in_zone(moment, time_zone).replace(tzinfo=None)


def local_date(moment: datetime, time_zone: str) -> date:
    return _in_zone(moment, time_zone).date()


def _in_zone(moment: datetime, time_zone: str) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment needs its zone")
    return moment.astimezone(ZoneInfo(time_zone))


def short_date(day: date, today: date, locale: str) -> str:
    if _chinese(locale):
        return f"{_chinese_year(day, today)}{day.month}月{day.day}日"
    year = "" if day.year == today.year else f" {day.year}"
    return f"{day.day} {MONTHS[day.month - 1]}{year}"


def month(day: date, locale: str) -> str:
    return f"{day.year}年{day.month}月" if _chinese(locale) else f"{MONTHS[day.month - 1]} {day.year}"


def birthday(text: str, locale: str) -> str:
    """Day and month of 1980-05-17 or --05-17."""
    return short_date(date.fromisoformat(f"2000{text[-6:]}"), date(2000, 1, 1), locale)


def weekday(day: date, locale: str) -> str:
    if _chinese(locale):
        return f"星期{WEEKDAYS_ZH[day.weekday()]}"
    return WEEKDAYS[day.weekday()]


def short_weekday(day: date, locale: str) -> str:
    return f"周{WEEKDAYS_ZH[day.weekday()]}" if _chinese(locale) else WEEKDAYS[day.weekday()][:3]


def weekday_and_date(day: date, locale: str) -> str:
    if _chinese(locale):
        return f"{day.month}月{day.day}日 {short_weekday(day, locale)}"
    return f"{short_weekday(day, locale)} {day.day} {MONTHS[day.month - 1]}"


def clock(local: datetime) -> str:
    return f"{local.hour:02}:{local.minute:02}"


def moment(local: datetime, today: date, locale: str) -> str:
    """A past moment, in the reader's time zone: "Today 09:41", "3 Nov 09:41"."""
    day = local.date()
    passed = (today - day).days
    if passed in (0, 1):
        named = ("今天", "昨天") if _chinese(locale) else ("Today", "Yesterday")
        return f"{named[passed]} {clock(local)}"
    return f"{short_date(day, today, locale)} {clock(local)}"


def ago(day: date | None, today: date, locale: str) -> str:
    if day is None:
        return "从未" if _chinese(locale) else "never"
    passed = (today - day).days
    if passed in (-1, 0, 1):
        named = ("今天", "昨天", "明天") if _chinese(locale) else ("today", "yesterday", "tomorrow")
        return named[passed]
    span = days(abs(passed), locale)
    if passed < 0:
        return f"{span}后" if _chinese(locale) else f"in {span}"
    return f"{span}前" if _chinese(locale) else f"{span} ago"


def due_label(due_on: date, today: date, locale: str) -> str:
    left = (due_on - today).days
    if left < 0:
        return f"逾期 {-left} 天" if _chinese(locale) else f"{days(-left, locale)} late"
    if left in (0, 1):
        return (("今天", "明天") if _chinese(locale) else ("Today", "Tomorrow"))[left]
    if due_on.year != today.year:
        return short_date(due_on, today, locale)
    return weekday_and_date(due_on, locale)


def days(count: int, locale: str) -> str:
    if _chinese(locale):
        return f"{count} 天"
    return f"{count} day" if count == 1 else f"{count} days"


def every(cadence_days: int, locale: str) -> str:
    """A cadence such as "every 2 weeks". 30 days are a month, because people set that."""
    length, unit, unit_zh = next(span for span in SPANS if cadence_days % span[0] == 0)
    return _every(cadence_days // length, unit, unit_zh, locale)


def _every(count: int, unit: str, unit_zh: str, locale: str) -> str:
    if not _chinese(locale):
        return f"every {unit}" if count == 1 else f"every {count} {unit}s"
    if count == 1:
        return f"每{unit_zh}"
    measure = "个" if unit_zh == "月" else ""
    return f"每 {count} {measure}{unit_zh}"


def money(cents: int, currency: str) -> str:
    """€48,200.50. The minus sign is a hyphen, as CLDR has it for both languages:
    so a spreadsheet takes a copied amount for a number."""
    sign = "-" if cents < 0 else ""
    whole, rest = divmod(abs(cents), 100)
    fraction = f".{rest:02}" if rest else ""
    symbol = SYMBOLS.get(currency, f"{currency} ")
    return f"{sign}{symbol}{whole:,}{fraction}"


def quantity(count: int) -> str:
    return f"{count:,}"


def amount(cents: int) -> str:
    """An amount as one types it: 48200.50."""
    whole, rest = divmod(cents, 100)
    return f"{whole}.{rest:02}" if rest else str(whole)


def percent(basis_points: int) -> str:
    text = amount(basis_points)
    return f"{text.removesuffix('0') if '.' in text else text}%"


def cents(text: str) -> int | str:
    """A typed amount in cents; the text itself if it is none. Without floats, which would round."""
    plain = unicodedata.normalize("NFKC", text[:100]).translate(NO_SPACES)
    found = AMOUNT.fullmatch(plain)
    if found is None:
        return text
    whole = found[1].replace(",", "").replace(".", "")
    return int(whole) * 100 + int(f"{found[3] or ''}00"[:2])


def count(text: str) -> int | str:
    """A typed whole number, with or without thousands separators; the text itself if it is none."""
    typed = cents(text)
    return typed // 100 if isinstance(typed, int) and typed % 100 == 0 else text


def distance(metres: float, locale: str) -> str:
    whole = int(metres + 0.5)
    if whole < 1000:
        return f"{whole} 米" if _chinese(locale) else f"{whole} m"
    kilometres = _kilometres(whole)
    return f"{kilometres} 公里" if _chinese(locale) else f"{kilometres} km"


def _kilometres(metres: int) -> str:
    """With one decimal below ten. Without floats, because both hosts must round alike."""
    tenths = (metres + 50) // 100
    if tenths >= 100 or tenths % 10 == 0:
        return str((metres + 500) // 1000)
    return f"{tenths // 10}.{tenths % 10}"


def initial(name: str) -> str:
    """The letter in the square of a list's row: the name's first letter or digit, or else its first character."""
    stripped = name.strip()
    for character in stripped:
        if unicodedata.category(character)[0] in "LN":
            return character.upper()
    return stripped[:1] or "?"


def _chinese(locale: str) -> bool:
    return locale == "zh-Hans"


def _chinese_year(day: date, today: date) -> str:
    return "" if day.year == today.year else f"{day.year}年"
