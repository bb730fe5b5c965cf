"""From what people write in cells to the values of our fields. What is not recognised stays as it is, and the checks
then say what is wrong with it."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from server.search_text import fold
from server.translations import LOCALES, msgid, translator
from server.views.labels import CONTACT_ROLES, LIFECYCLES, PRICE_SENSITIVITIES, said

_WORDS = {
    "lifecycle": {
        "lead": "lead|new|new lead|线索|潜在客户|潜在|新客户|新线索|新",
        "prospect": "prospect|qualified|opportunity|意向客户|意向|跟进中|有意向|洽谈中",
        "active": "active|customer|client|current|客户|活跃|活跃客户|"
        "合作中|成交客户|已成交|成交|正式客户|老客户|在合作",
        "dormant": "dormant|inactive|sleeping|休眠|休眠客户|沉睡|沉睡客户|不活跃",
        "lost": "lost|former|churned|closed|流失|流失客户|已流失|终止合作",
    },
    "price_sensitivity": {
        "low": "low|低|不敏感",
        "medium": "medium|middle|normal|中|一般|中等",
        "high": "high|sensitive|高|敏感|很敏感",
    },
    "contact_role": {
        "decides": "decides|decision maker|decider|owner|ceo|managing director|director|boss|"
        "决策人|决策者|拍板人|老板|总经理|董事长",
        "influences": "influences|influencer|purchasing|buyer|影响人|影响者|采购|采购经理|采购员|副总",
        "blocks": "blocks|blocker|阻碍者|反对者|阻碍",
        "uses": "uses|user|end user|engineer|technician|maintenance|使用人|使用者|工程师|技术员|设备主管",
    },
}
_DAYS = {
    "daily": 1, "weekly": 7, "fortnightly": 14, "biweekly": 14, "monthly": 30, "quarterly": 90, "yearly": 365,
    "每天": 1, "每周": 7, "每两周": 14, "每半月": 15, "每月": 30, "每季度": 90, "每半年": 180, "每年": 365,
    "一周": 7, "两周": 14, "半个月": 15, "一个月": 30, "两个月": 60, "三个月": 90, "半年": 180, "一年": 365,
}  # fmt: skip
_YES_NO = {
    **dict.fromkeys(("yes", "y", "true", "1", "x", "ja", "是", "有", "对"), "yes"),
    **dict.fromkeys(("no", "n", "false", "0", "nein", "否", "无", "没有"), "no"),
}
# What people put into a cell to say that there is nothing to put there.
_NOTHING = frozenset(("-", "--", "–", "—", "/", "n/a", "none", "null", "无", "暂无", "没有"))
_COMPARED = re.compile(r"(.+?)[:：]\s*(?:\[(.*?)\])?\s*(.*)")
# Only with the year first, where nothing has to be guessed: 2026/3/1, as Chinese Excel writes it, or 2026年3月1日.
_DAY = re.compile(r"(\d{4})\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})日?([ T]0?0:00(:00)?)?", re.ASCII)
# The ".0" of a telephone number that a program took for a quantity: without this the 0 would become part of the number.
_DECIMALS = re.compile(r"(?<=\d{5})\.0+$", re.ASCII)
_SPAN = re.compile(r"(?:every|每)?\s*(\d{1,4})\s*(d|days?|天|日|w|weeks?|周|个?星期|m|months?|个?月)?")
# What a failed formula leaves in its cell. In files these names are the same whatever the program's language.
_ERROR = re.compile(
    r"#(DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!|SPILL!|CALC!|FIELD!|BLOCKED!|CONNECT!|BUSY!|UNKNOWN!|GETTING_DATA)"
    r"|Err:\d{3}",
    re.ASCII,
)
CELL_ERROR = msgid("The spreadsheet has an error here. Mend its formula, or empty the cell.")
_DAYS_IN = {"w": 7, "周": 7, "星": 7, "个": 30, "m": 30, "月": 30}


CHOSEN = {"lifecycle": LIFECYCLES, "price_sensitivity": PRICE_SENSITIVITIES, "contact_role": CONTACT_ROLES}


def _codes() -> dict[str, dict[str, str]]:
    """By field: our value for each word above, and for the words of our own screens, so that an export can be read."""
    codes = {}
    for field, words in _WORDS.items():
        codes[field] = {fold(word): code for code, row in words.items() for word in row.split("|")}
        for locale in LOCALES:
            codes[field] |= {fold(said(translator(locale), CHOSEN[field], code)): code for code in words}
    return codes


_CODES = _codes()


def understood(field: str, text: str) -> str | int | float:
    """A cell as its field needs it: a lifecycle or role as our value, a number as a number, anything else trimmed."""
    text = text.strip()
    if field in _CODES:
        return _CODES[field].get(fold(text), text)
    if field == "cadence_days":
        return days(text)
    if field in ("phone", "contact_phone"):
        return _DECIMALS.sub("", text)
    return number(text) if field in ("latitude", "longitude") else text


def are_mostly_known(field: str, cells: Iterable[str]) -> bool:
    """Whether at least half of a column's cells are words for one of our values. Titles of jobs and grades from A to C
    stand below names of columns that could mean ours, too."""
    told = [fold(cell) for cell in cells if cell.strip() and not is_nothing(cell)]
    return 2 * sum(cell in _CODES[field] for cell in told) >= len(told)


def is_nothing(text: str) -> bool:
    return fold(text) in _NOTHING


def is_error(text: str) -> bool:
    """Whether a cell holds a spreadsheet's error, such as #DIV/0!, which is neither a value nor an empty cell."""
    return _ERROR.fullmatch(text.strip()) is not None


def own(kind: str, text: str) -> str:
    """A cell as a custom field of this kind needs it:
    "ja" becomes "yes", "1,5" becomes "1.5", 2026/3/1 becomes 2026-03-01."""
    if kind == "yes_no":
        return _YES_NO.get(fold(text), text)
    if kind == "number":
        return text.replace(",", ".") if text.count(",") == 1 and "." not in text else text
    day = _DAY.fullmatch(text) if kind == "date" else None
    return f"{day[1]}-{int(day[2]):02}-{int(day[3]):02}" if day else text


def days(text: str) -> str | int:
    """A cadence in days: of "weekly", "every 2 weeks", "30" or "每月"."""
    folded = fold(text)
    if folded in _DAYS:
        return _DAYS[folded]
    span = _SPAN.fullmatch(folded)
    if span is None:
        return text
    unit = span[2] or "d"
    in_unit = 7 if "星期" in unit else _DAYS_IN.get(unit[0], 1)
    return int(span[1]) * in_unit


def number(text: str) -> str | float:
    """48.1374 or 48,1374, as different countries write it, as a number. "nan" is not one."""
    plain = text.replace(",", ".", 1).removesuffix("°")
    return float(plain) if re.fullmatch(r"[-+]?\d{1,9}(\.\d{1,20})?", plain, re.ASCII) else text


def tags(text: str) -> list[str]:
    """The tags of a cell in its order, each once. If it has semicolons, commas are part of a tag."""
    divider = r"[;；|\n]" if re.search(r"[;；]", text) else r"[,，、|\n]"
    return list(dict.fromkeys(tag.strip() for tag in re.split(divider, text) if tag.strip()))


def preferred_products(text: str, products: Mapping[str, str]) -> tuple[list[str], str]:
    """The ids of the products that a cell names, and the rest of its text. `products`: ids by folded names. The cell
    has a product a line, as an export writes it, or a list in a line."""
    ids, rest = [], []
    for line in text.splitlines():
        parts = [line] if fold(line) in products else tags(line)
        known = [products.get(fold(part)) for part in parts]
        if all(known):
            ids += known
        else:
            rest.append(line.strip())
    return list(dict.fromkeys(one for one in ids if one)), "; ".join(rest)


def comparisons(text: str) -> list[dict[str, Any]]:
    """The comparisons of a cell, one a line as an export writes them: `Kestrel: [cheap, late] 4 % cheaper`."""
    found = (_COMPARED.fullmatch(line.strip()) for line in text.splitlines())
    return [
        {"competitor": match[1], "tags": tags(match[2] or ""), "note": match[3] or None}
        for match in found
        if match
    ]
