"""Numbers, each with a link to the list behind it."""

from typing import Any

Number = dict[str, str]


def number(text: str, href: str, tone: str = "") -> Number:
    """`href`: the list behind it; "" if there is none."""
    return {"text": text, "href": href, "tone": tone}


def told(*numbers: Number) -> list[Number]:
    """Without the numbers that have no text."""
    return [one for one in numbers if one["text"]]


def figure(
    label: str, text: str, detail: str, href: str, *more: Number, tone: str = "", page: str = ""
) -> dict[str, Any]:
    """`href`: the list behind it. `page`: the address of a page with more about it. `more`: numbers shown below it."""
    return {
        "label": label,
        "number": text,
        "detail": detail,
        "href": href,
        "page": page,
        "more": told(*more),
        "tone": tone,
    }
