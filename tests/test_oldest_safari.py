"""The app uses nothing of a browser that the oldest supported Safari, 16.4, lacks.

tsc refuses what is newer in the language itself, by the edition in tsconfig.json. It does not know which version of a
browser has what.
"""

import re
from pathlib import Path
from typing import Final

import pytest

from server.render import ROOT

# What phones must not use, and the versions of Safari that have it.
NEWER: Final = {
    r"\bURL\.(canParse|parse)\(": "17, 18",
    r"\bResponse\.json\(": "17",
    r"\b(show|hide|toggle)Popover\(": "17",
    r"\bAbortSignal\.any\(": "17.4",
    r"\bcheckVisibility\(": "17.4",
    r"\blight-dark\(": "17.5",
    r"@starting-style|@scope": "17.5, 17.4",
    r"\bstartViewTransition\(|\.bytes\(\)": "18",
    r"\brequestIdleCallback\(|\bmoveBefore\(|\bnavigation\.": "26 or none",
}


def newer_than_the_oldest(source: str) -> list[str]:
    return [
        f"{found[0]} needs Safari {since}"
        for what, since in NEWER.items()
        if (found := re.search(what, source))
    ]


def sources() -> list[Path]:
    return [
        path
        for folder in ("pwa", "sync")
        for end in ("js", "css")
        for path in (ROOT / folder).rglob(f"*.{end}")
    ]


def test_nothing_is_asked_of_a_browser_that_the_oldest_safari_lacks() -> None:
    found = {str(path.relative_to(ROOT)): newer_than_the_oldest(path.read_text()) for path in sources()}
    assert len(found) > 150
    assert {name: complaints for name, complaints in found.items() if complaints} == {}


@pytest.mark.parametrize(
    "source", ["URL.canParse(x)", "if (!place.checkVisibility()) return", "color: light-dark(red, blue)"]
)
def test_what_it_lacks_is_found(source: str) -> None:
    assert newer_than_the_oldest(source)
