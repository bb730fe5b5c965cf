"""The first start: one link, one admin."""

from sqlmodel import select

from server.models.identity import new_id
from server.models.letterhead import the_letterhead
from server.models.user import Role, User
from server.models.workspace import Workspace, new_setup_token, the_workspace
from tests.routes.doorstep import Doorstep, token_in

ADMIN = {
    "company": "Hafen & Söhne",
    "name": "Dora",
    "email": "Dora@Example.test",
    "password": "four words in a row",
    "locale": "zh-Hans",
}


def link(doorstep: Doorstep) -> str:
    with doorstep.database.writing() as session:
        return f"/setup/{new_setup_token(session)}"


def test_the_link_makes_the_first_admin_and_signs_them_in(doorstep: Doorstep) -> None:
    path, browser = link(doorstep), doorstep.browser()
    browser.cookies.set("time_zone", "Asia/Shanghai")
    answer = browser.post(path, data={**ADMIN, "_csrf": token_in(browser.get(path))})
    assert (answer.status_code, answer.headers["location"]) == (303, "/people")
    with doorstep.database.reading() as session:
        assert session.exec(select(User.read_time_zone)).one() == "Asia/Shanghai", (
            "as after any other sign-in"
        )
    assert "开始使用" in browser.get("/people").text
    with doorstep.database.reading() as session:
        admin, workspace = session.exec(select(User)).one(), session.exec(select(Workspace)).one()
        letterhead = the_letterhead(session)
    assert (admin.role, admin.email, admin.locale) == (Role.ADMIN, "dora@example.test", "zh-Hans")
    assert (workspace.name, workspace.setup_token_hash) == ("Hafen & Söhne", None)
    assert letterhead is not None
    assert letterhead.name == "Hafen & Söhne", "which quotes have from the first on"


def test_the_first_steps_are_said_until_there_are_people_and_customers(doorstep: Doorstep) -> None:
    """The import comes after the people, and was forgotten when its step was gone by then."""
    path, browser = link(doorstep), doorstep.browser()
    browser.post(path, data={**ADMIN, "locale": "en", "_csrf": token_in(browser.get(path))})
    browser.headers["X-CSRFToken"] = browser.cookies["csrftoken"]
    page = browser.get("/people").text
    assert ("First steps" in page, page.count('<li class="done">')) == (True, 0)
    data = {"name": "Alice", "email": "alice@example.test", "role": "rep", "weekly_visits": "20"}
    assert browser.post("/people", data=data).status_code == 200
    page = browser.get("/people").text
    assert ("First steps" in page, page.count('<li class="done">')) == (True, 1)
    customer = {"customer_id": new_id(), "name": "Harbour Café", "lifecycle": "lead", "cadence_days": "30"}
    assert browser.post("/customers", data=customer).status_code == 303
    assert "First steps" not in browser.get("/people").text


def test_before_that_every_page_leads_to_the_terminal_and_nowhere_else(doorstep: Doorstep) -> None:
    link(doorstep)
    browser = doorstep.browser()
    answer = browser.get(browser.get("/today").headers["location"])
    assert "Open the link that its server printed" in answer.text
    assert "/today" not in answer.text, "which only leads here again"


def test_the_link_works_once(doorstep: Doorstep) -> None:
    path, browser = link(doorstep), doorstep.browser()
    token = token_in(browser.get(path))
    assert browser.post(path, data={**ADMIN, "_csrf": token}).status_code == 303
    other = doorstep.browser()
    signing_in = other.get(other.get(path).headers["location"])
    assert "Forgotten your password?" in signing_in.text
    eve = {**ADMIN, "email": "eve@example.test", "_csrf": token_in(signing_in)}
    assert other.post(path, data=eve).headers["location"] == "/sign-in"
    with doorstep.database.reading() as session:
        assert [user.name for user in session.exec(select(User))] == ["Dora"]


def test_a_new_start_ends_the_link_before(doorstep: Doorstep) -> None:
    old, new = link(doorstep), link(doorstep)
    browser = doorstep.browser()
    assert "Each start prints a new one" in browser.get(browser.get(old).headers["location"]).text
    assert browser.get(new).status_code == 200


def test_a_made_up_link_is_nothing(doorstep: Doorstep) -> None:
    link(doorstep)
    assert doorstep.browser().get("/setup/letmein").headers["location"] == "/sign-in"


def test_the_token_is_not_in_the_database(doorstep: Doorstep) -> None:
    token = link(doorstep).removeprefix("/setup/")
    with doorstep.database.reading() as session:
        assert token not in str(the_workspace(session))


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(doorstep: Doorstep) -> None:
    path, browser = link(doorstep), doorstep.browser()
    wrong = {**ADMIN, "email": "dora", "password": "short", "company": " "}
    answer = browser.post(path, data={**wrong, "_csrf": token_in(browser.get(path))})
    assert answer.status_code == 422
    for error in ("company-error", "email-error", "password-error"):
        assert f'id="{error}"' in answer.text
    assert 'value="Dora"' in answer.text
    assert "short" not in answer.text, "a password is never sent back"


def test_the_name_is_no_password(doorstep: Doorstep) -> None:
    path, browser = link(doorstep), doorstep.browser()
    data = {**ADMIN, "name": "Theodora Winter", "password": "theodora winter"}
    answer = browser.post(path, data={**data, "_csrf": token_in(browser.get(path))})
    assert "too easy to guess" in answer.text


def test_another_site_cannot_set_it_up(doorstep: Doorstep) -> None:
    answer = doorstep.browser().post(link(doorstep), data=ADMIN, headers={"Origin": "https://evil.test"})
    assert answer.status_code == 403
