"""What nothing brings back asks once, on a sheet that says what it does."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.cast import Cast
from tests.routes.doorstep import Doorstep
from tests.routes.test_reminders import WISHES

TEMPLATES = Path(__file__).parents[2] / "templates"
# Of whatever else is sent by one tap, the next brings it back: ticked, moved, retired, pinned, taken off a list.
BRINGS_NOTHING_BACK = (
    "/password",
    "/deactivate",
    "/sign-out",
    "/delete",
    "/wipe",
    "/calendar/end",
    "/discard",
    "/default",
)


class Taps(HTMLParser):
    """Of each form that is sent by a tap alone: where to, and whether it lies on a sheet."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []
        self.found: dict[str, bool] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "div":
            self.open.append((tag, "popover" in said))
        if tag == "form" and said.get("action"):
            self.found[str(said["action"])] = any(is_sheet for _, is_sheet in self.open)

    def handle_endtag(self, tag: str) -> None:
        if tag == "div" and self.open:
            self.open.pop()


def taps_of(page: str) -> dict[str, bool]:
    """Of what nothing brings back: whether it asks."""
    return {action: asks for action, asks in Taps(page).found.items() if action.endswith(BRINGS_NOTHING_BACK)}


@pytest.mark.parametrize("path", ["/people/{alice}", "/more/devices", "/more/reminders"])
def test_the_pages_of_accounts_ask(doorstep: Doorstep, cast: Cast, path: str) -> None:
    doorstep.signed_in(cast.dora.email)  # another device, to be signed out of
    dora = doorstep.signed_in(cast.dora.email)
    dora.post("/more/reminders/calendar")
    asked = taps_of(dora.get(path.format(alice=cast.alice.id)).text)
    assert asked
    assert all(asked.values()), asked


def test_what_one_chose_for_oneself_is_not_forgotten_by_one_tap(doorstep: Doorstep, cast: Cast) -> None:
    alice = doorstep.signed_in(cast.alice.email)
    alice.post("/more/reminders", data=WISHES)
    assert taps_of(alice.get("/more/reminders").text)["/more/reminders/default"]


def test_a_file_whose_columns_were_named_is_not_thrown_away_by_one_tap(
    doorstep: Doorstep, cast: Cast
) -> None:
    alice = doorstep.signed_in(cast.alice.email)
    sheet = {"file": ("customers.csv", b"Company,Phone\nHuber,089 99998123\n", "text/csv")}
    address = alice.post("/import", files=sheet).headers["location"]
    page = alice.get(address).text
    assert taps_of(page) == {f"{address}/discard": True}
    assert 'popovertarget="discard"' in page


def test_a_new_password_says_beforehand_whom_it_signs_out(doorstep: Doorstep, cast: Cast) -> None:
    dora = doorstep.signed_in(cast.dora.email)
    alice = doorstep.signed_in(cast.alice.email)
    page = dora.get(f"/people/{cast.alice.id}").text
    assert "They are signed out on every phone and browser" in page
    assert "Every other phone and browser that you are signed in on" in alice.get("/more/password").text


def test_each_button_in_the_colour_of_danger_asks() -> None:
    """Where it sends something, it is on the sheet that asked, or what it does is taken back with one tap."""
    at_once = {name: count for name, count in sent_at_once() if count}
    assert at_once == {
        "opportunities/page.html": 1,  # not approved, with a note: asked again, it is
        "server_only/custom_field.html": 1,  # retired: shown again with one tap
        "server_only/delete.html": 1,  # a page that asks, and Undo behind it
        "server_only/product.html": 1,  # no longer sold: sold again
    }


def sent_at_once() -> Iterator[tuple[str, int]]:
    for path in sorted(TEMPLATES.rglob("*.html")):
        outside = re.sub(r'<div class="sheet".*?</div>', "", path.read_text(), flags=re.DOTALL)
        found = re.findall(r'<button class="[^"]*danger[^>]*type="submit"', outside)
        yield str(path.relative_to(TEMPLATES)), len(found)
