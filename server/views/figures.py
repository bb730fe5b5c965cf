"""Numbers as a tablet shows them: each with the list behind it."""

from typing import Any

Number = dict[str, str]


def number(text: str, href: str, tone: str = "") -> Number:
    """Without `href`: it is said of something that has no list."""
    return {"text": text, "href": href, "tone": tone}


def told(*numbers: Number) -> list[Number]:
    """But for those that there is nothing to say of."""
    return [one for one in numbers if one["text"]]


def figure(
    label: str, text: str, detail: str, href: str, *more: Number, tone: str = "", page: str = ""
) -> dict[str, Any]:
    """`page`: what tells more of it than the list at `href` does. `more`: what else is said of it."""
    return {
        "label": label,
        "number": text,
        "detail": detail,
        "href": href,
        "page": page,
        "more": told(*more),
        "tone": tone,
    }
