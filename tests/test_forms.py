"""What no form may leave to the browser."""

import re
from pathlib import Path

TEMPLATES = Path(__file__).parent.parent / "templates"
FORM = re.compile(r"<form\b[^>]*method=\"post\".*?</form>", re.DOTALL)
# Fields that browsers check by themselves, in a bubble that speaks the browser's language and not the reader's.
CHECKED = re.compile(r'(?:field\([^{}]*|type=)"(?:email|date|time|number|url)"')
WISHES = "{{ wishes("  # a part of forms that has such fields


def test_what_is_typed_is_checked_by_legwork_and_said_beside_the_field() -> None:
    forms = [
        (str(place.relative_to(TEMPLATES)), form)
        for place in sorted(TEMPLATES.rglob("*.html"))
        for form in FORM.findall(place.read_text())
        if CHECKED.search(form) or WISHES in form
    ]
    assert len(forms) > 8
    assert not [place for place, form in forms if "novalidate" not in form.partition(">")[0]]
