"""What a territory has for its people: kept by its managers, until people choose for themselves."""

import pytest

from server.database import Database
from server.models.reminder import TerritorySettings
from server.views.wishes import KINDS
from tests.cast import Cast
from tests.routes.conftest import Browser
from tests.routes.test_reminders import WISHES

GOLDEN_WEEK = [f"2026-10-0{day}" for day in range(1, 8)]
COMMON = {**WISHES, "holidays": "2026-12-25\n 2026-10-01 – 2026-10-07 \n\n2026-12-25", "hand_back": "30"}


def address(cast: Cast) -> str:
    return f"/territories/{cast.north.id}/reminders"


def test_a_manager_sets_what_holds_in_the_territory(screens: Browser, cast: Cast, database: Database) -> None:
    browser = screens(cast.mei)
    assert address(cast) in browser.get("/more/reminders").text
    answer = browser.post(address(cast), COMMON)
    assert answer.headers["location"] == f"{address(cast)}?done=saved"
    with database.reading() as session:
        kept = session.get_one(TerritorySettings, cast.north.id)
    assert kept.holidays == [*GOLDEN_WEEK, "2026-12-25"]
    assert (kept.hand_back_days, kept.hour, kept.set_by) == (30, "09:15", cast.mei.id)
    page = browser.get(address(cast)).text
    assert "2026-10-01 – 2026-10-07\n2026-12-25</textarea>" in page
    assert '<option value="30" selected>' in page
    assert "Mei" in page


def test_its_sentences_follow_each_other_as_chinese_writes_them(screens: Browser, cast: Cast) -> None:
    browser = screens(cast.mei)
    browser.post(address(cast), COMMON)
    assert "after the reminder. In the name of Mei, who" in browser.get(address(cast)).text
    browser.post("/more/language", {"locale": "zh-Hans"})
    page = browser.get(address(cast)).text
    assert "。以最后保存者 Mei 的名义执行。" in page
    assert "。 " not in page


def test_it_is_what_people_see_until_they_choose(screens: Browser, cast: Cast) -> None:
    screens(cast.mei).post(address(cast), COMMON)
    browser = screens(cast.alice)
    assert 'value="09:15"' in browser.get("/more/reminders").text
    browser.post("/more/reminders", {**WISHES, "hour": "10:00"})
    screens(cast.mei).post(address(cast), {**COMMON, "hour": "11:00"})
    assert 'value="10:00"' in browser.get("/more/reminders").text
    browser.post("/more/reminders/default")
    assert 'value="11:00"' in browser.get("/more/reminders").text


def test_it_holds_for_reps_managers_and_support_so_each_of_their_kinds_is_there(
    screens: Browser, cast: Cast
) -> None:
    page = screens(cast.mei).get(address(cast)).text
    assert [kind for kind in KINDS if f'name="way_{kind}"' not in page] == []
    assert "Reminders from" in page
    assert "Remind me" not in page  # it is not about who sets it


@pytest.mark.parametrize(
    ("holidays", "said"),
    [
        ("Christmas", "“Christmas” is neither a date"),
        ("2026-02-30", "“2026-02-30” is neither a date"),
        ("2026-10-07 - 2026-10-01", "is neither a date"),
        ("2026-10-01 - 2027-10-01", "is neither a date"),
        ("2026-10-01 2026-10-02 2026-10-03", "is neither a date"),
        ("<b>", "“&lt;b&gt;” is neither a date"),
        ("٢٠٢٦-١٠-٠١", "is neither a date"),
        ("\n".join(f"{year}-01-01 – {year}-02-20" for year in range(2026, 2040)), "too many days"),
    ],
)
def test_what_is_no_date_is_said_beside_it_and_nothing_is_kept(
    screens: Browser, cast: Cast, database: Database, holidays: str, said: str
) -> None:
    answer = screens(cast.mei).post(address(cast), {**COMMON, "holidays": holidays})
    assert answer.status_code == 422
    assert said in answer.text
    with database.reading() as session:
        assert session.get(TerritorySettings, cast.north.id) is None


def test_an_admin_sets_any_territory_and_a_manager_only_their_own(screens: Browser, cast: Cast) -> None:
    south = f"/territories/{cast.south.id}/reminders"
    assert screens(cast.mei).post(south, COMMON).status_code == 404
    assert screens(cast.dora).post(south, COMMON).status_code == 303
    assert south in screens(cast.dora).get("/more/reminders").text
    assert screens(cast.alice).get(address(cast)).status_code == 404


@pytest.mark.parametrize("chosen", ["", "1", "-30", "30 ", "x"])
def test_what_was_not_offered_hands_nothing_back(
    screens: Browser, cast: Cast, database: Database, chosen: str
) -> None:
    screens(cast.mei).post(address(cast), {**COMMON, "hand_back": chosen})
    with database.reading() as session:
        assert session.get_one(TerritorySettings, cast.north.id).hand_back_days is None
