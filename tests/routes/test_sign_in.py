"""Signing in and out: who is let in, who is not, and how slowly one may guess."""

import sqlite3
from itertools import pairwise
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from litestar import Request
from sqlalchemy import event
from sqlmodel import col, select

from server import passwords
from server.auth import SESSION_COOKIE, client_address
from server.config import Settings
from server.models import account
from server.models.user import SignInAttempt, SignInSession, User
from tests.cast import PASSWORD, Cast
from tests.routes.doorstep import Doorstep, sign_in, token_in


def test_alice_signs_in_and_sees_today(doorstep: Doorstep, cast: Cast) -> None:
    browser = doorstep.browser()
    answer = sign_in(browser, "  ALICE@example.test ")
    assert (answer.status_code, answer.headers["location"]) == (303, "/today")
    assert browser.get("/today").status_code == 200


def test_blanks_that_were_pasted_around_a_password_do_not_keep_anybody_out(
    doorstep: Doorstep, cast: Cast
) -> None:
    for pasted in (f"{PASSWORD} ", f"\u3000{PASSWORD}\n"):
        assert sign_in(doorstep.browser(), cast.alice.email, pasted).status_code == 303
    assert sign_in(doorstep.browser(), "nobody@example.test", f"{PASSWORD} ").status_code == 422


def test_a_password_that_was_set_with_blanks_around_it_still_opens(doorstep: Doorstep, cast: Cast) -> None:
    """Hashes of before were of the password as it was typed. Hashed anew, it is without them."""
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with doorstep.database.writing() as session:
        account.account(session, cast.alice.id).password_hash = weak.hash(" three taps and ")
    for _ in ("the hash of before", "the one of today"):
        assert sign_in(doorstep.browser(), cast.alice.email, " three taps and ").status_code == 303
    assert sign_in(doorstep.browser(), cast.alice.email, "three taps and").status_code == 303


def test_blanks_make_no_password_longer() -> None:
    assert passwords.fault("  short   ") == (passwords.TOO_SHORT, {"n": passwords.SHORTEST})


def test_without_a_session_every_page_leads_to_sign_in_and_back(doorstep: Doorstep, cast: Cast) -> None:
    browser = doorstep.browser()
    answer = browser.get("/customers?q=%E5%8C%97%E4%BA%AC&show=mine")
    assert answer.status_code == 303
    page = browser.get(answer.headers["location"])
    assert 'value="/customers?q=%E5%8C%97%E4%BA%AC&amp;show=mine"' in page.text
    answer = sign_in(browser, cast.alice.email, next="/customers?q=%E5%8C%97%E4%BA%AC&show=mine")
    assert answer.headers["location"] == "/customers?q=%E5%8C%97%E4%BA%AC&show=mine"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.test/",
        "//evil.test",
        "///evil.test",
        "/\\evil.test",
        "javascript:alert(1)",
        "/\n/evil.test",
        "/\t/[",
        "/\U0003e557",
        "/sign-in",
        "",
    ],
)
def test_sign_in_leads_nowhere_else(doorstep: Doorstep, cast: Cast, target: str) -> None:
    assert sign_in(doorstep.browser(), cast.alice.email, next=target).headers["location"] == "/today"


@pytest.mark.parametrize("path", ["/[", "/客户", "/\x00"])
def test_no_address_to_go_on_to_breaks_the_page(doorstep: Doorstep, cast: Cast, path: str) -> None:
    browser = doorstep.signed_in(cast.alice.email)
    answer = browser.get("/sign-in", params={"next": path})
    assert (answer.status_code, answer.headers["location"]) == (303, "/[" if path == "/[" else "/today")


@pytest.mark.parametrize("origin", ["http://[", "null", "", "x"])
def test_an_origin_that_is_none_is_not_ours(doorstep: Doorstep, cast: Cast, origin: str) -> None:
    form = {"email": cast.alice.email, "password": PASSWORD}
    browser = doorstep.browser()
    assert browser.post("/sign-in", data=form, headers={"Origin": origin}).status_code == 403


def test_htmx_is_told_to_load_the_whole_page(doorstep: Doorstep, cast: Cast) -> None:
    headers = {
        "HX-Request": "true",
        "HX-Request-Type": "partial",
        "HX-Current-URL": "http://testserver.local/more",
    }
    answer = doorstep.browser().get("/today", headers=headers)
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/sign-in?next=/more")


def test_a_field_left_empty_is_said_beside_it_and_is_no_guess(doorstep: Doorstep, cast: Cast) -> None:
    browser = doorstep.browser()
    for _ in range(12):
        answer = sign_in(browser, cast.alice.email, "")
    assert (answer.status_code, answer.text.count("This is needed.")) == (422, 1)
    assert f'value="{cast.alice.email}"' in answer.text
    assert sign_in(browser, "", "").text.count("This is needed.") == 2
    assert sign_in(browser, cast.alice.email).status_code == 303


@pytest.mark.parametrize("email", ["alice@example.test", "nobody@example.test"])
def test_a_wrong_password_and_an_unknown_account_look_alike(
    doorstep: Doorstep, cast: Cast, email: str
) -> None:
    answer = sign_in(doorstep.browser(), email, "not it")
    assert answer.status_code == 422
    assert "the password do not match" in answer.text
    assert f'value="{email}"' in answer.text, "what was typed is kept"
    assert "not it" not in answer.text


def test_an_unknown_account_takes_the_same_work(
    doorstep: Doorstep, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []
    verify = PasswordHasher.verify

    def note(self: PasswordHasher, hashed: str | bytes, password: str | bytes) -> bool:
        checked.append(str(hashed))
        return bool(verify(self, hashed, password))

    monkeypatch.setattr(PasswordHasher, "verify", note)
    sign_in(doorstep.browser(), "nobody@example.test", "not it")
    assert len(checked) == 1
    assert "m=19456,t=2,p=1" in checked[0]


def test_the_session_is_a_new_secret_kept_as_a_hash(doorstep: Doorstep, cast: Cast) -> None:
    browser = doorstep.browser()
    browser.cookies["legwork_session"] = "chosen-by-somebody-else"
    answer = sign_in(browser, cast.alice.email)
    secret = answer.cookies["legwork_session"]
    assert secret != "chosen-by-somebody-else"
    assert len(secret) >= 43, "256 bits"
    cookie = next(header for header in answer.headers.get_list("set-cookie") if "legwork_session" in header)
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    with doorstep.database.reading() as session:
        row = session.exec(select(SignInSession)).one()
    assert secret not in str(row)


def test_signing_in_again_ends_the_session_before(doorstep: Doorstep, cast: Cast) -> None:
    browser = doorstep.signed_in(cast.alice.email)
    before = browser.cookies["legwork_session"]
    browser.cookies.delete("legwork_session")
    again = doorstep.browser()
    again.cookies["legwork_session"] = before
    data = {"email": cast.bob.email, "password": PASSWORD}
    assert again.post("/sign-in", data=data).status_code == 303
    browser.cookies["legwork_session"] = before
    assert browser.get("/today").status_code == 303


def test_a_password_hash_of_old_is_made_anew(doorstep: Doorstep, cast: Cast) -> None:
    doorstep.signed_in(cast.alice.email)
    with doorstep.database.reading() as session:
        user = session.get(User, cast.alice.id)
        assert user is not None
    assert user.password_hash != cast.alice.password_hash
    assert not passwords.is_outdated(user.password_hash)
    doorstep.signed_in(cast.alice.email)


@pytest.mark.parametrize("ending", ["another password", "deactivated"])
def test_what_an_admin_does_while_a_password_is_looked_at_holds(
    doorstep: Doorstep, cast: Cast, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    verify = PasswordHasher.verify

    def meanwhile(self: PasswordHasher, hashed: str | bytes, password: str | bytes) -> bool:
        with doorstep.database.writing() as session:
            alice = account.account(session, cast.alice.id)
            if ending == "deactivated":
                account.deactivate(session, alice, doorstep.clock.now)
            else:
                account.set_password(session, alice, cast.bob.password_hash + "x", doorstep.clock.now)
        return bool(verify(self, hashed, password))

    monkeypatch.setattr(PasswordHasher, "verify", meanwhile)
    browser = doorstep.browser()
    assert sign_in(browser, cast.alice.email).status_code == 422
    assert "legwork_session" not in browser.cookies
    with doorstep.database.reading() as session:
        assert session.exec(select(SignInSession)).all() == []
        kept = account.account(session, cast.alice.id).password_hash
    assert kept == cast.alice.password_hash + ("x" if ending == "another password" else "")


def test_signing_out_ends_the_session_on_the_server(doorstep: Doorstep, cast: Cast) -> None:
    browser = doorstep.signed_in(cast.alice.email)
    secret = browser.cookies["legwork_session"]
    answer = browser.post("/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert "legwork_session" not in browser.cookies
    browser.cookies["legwork_session"] = secret
    assert browser.get("/today").status_code == 303


def test_who_was_deactivated_is_out_at_once_and_stays_out(doorstep: Doorstep, cast: Cast) -> None:
    browser = doorstep.signed_in(cast.alice.email)
    with doorstep.database.writing() as session:
        account.deactivate(session, account.account(session, cast.alice.id), doorstep.clock.now)
    assert browser.get("/today").status_code == 303
    assert browser.get("/sync/pull").status_code == 401
    assert sign_in(doorstep.browser(), cast.alice.email).status_code == 422


def test_a_browser_not_used_for_ninety_days_is_signed_out(doorstep: Doorstep, cast: Cast) -> None:
    browser = doorstep.signed_in(cast.alice.email)
    doorstep.clock.wait(days=89)
    assert browser.get("/today").status_code == 200
    doorstep.clock.wait(days=89)
    assert browser.get("/today").status_code == 200, "using it counts"
    doorstep.clock.wait(days=91)
    assert browser.get("/today").status_code == 303


def told_sessions(answer: httpx.Response) -> list[str]:
    return [line for line in answer.headers.get_list("set-cookie") if line.startswith(f"{SESSION_COOKIE}=")]


def test_a_browser_in_use_is_not_signed_out_by_the_age_of_its_cookie(doorstep: Doorstep, cast: Cast) -> None:
    """No browser keeps a cookie for more than 400 days after it was last told."""
    browser = doorstep.signed_in("alice@example.test")
    secret = browser.cookies[SESSION_COOKIE]
    told_in = []
    for week in range(1, 105):
        doorstep.clock.wait(days=7)
        first, again = (browser.get(path) for path in ("/today", "/more/reminders"))
        assert (first.status_code, told_sessions(again)) == (200, [])
        if told := told_sessions(first):
            assert told[0].startswith(f"{SESSION_COOKIE}={secret};")
            assert "Max-Age=34560000" in told[0]
            told_in.append(week)
    assert max(later - week for week, later in pairwise([0, *told_in, 105])) < 10
    assert len(told_in) < 30


def test_who_signs_out_is_not_told_the_old_cookie_again(doorstep: Doorstep, cast: Cast) -> None:
    browser = doorstep.signed_in("alice@example.test")
    doorstep.clock.wait(days=45)
    [told] = told_sessions(browser.post("/sign-out"))
    assert "Max-Age=0" in told


def test_being_seen_is_noted_every_five_minutes_and_not_more_often(doorstep: Doorstep, cast: Cast) -> None:
    browser = doorstep.signed_in(cast.alice.email)
    seen = []
    for minutes in (4, 2, 2):
        doorstep.clock.wait(minutes=minutes)
        browser.get("/more/help")
        with doorstep.database.reading() as session:
            seen.append(session.exec(select(SignInSession.last_seen_at)).one())
    assert [(moment - cast.alice.created_at).total_seconds() / 60 for moment in seen] == [0, 6, 6]


def test_a_server_whose_clock_was_far_behind_for_a_while_signs_nobody_out(
    doorstep: Doorstep, cast: Cast
) -> None:
    """As on a small machine without a battery for its clock, until it has reached a time server."""
    browser = doorstep.signed_in(cast.alice.email)
    doorstep.clock.wait(days=-365)
    assert browser.get("/more/help").status_code == 200
    doorstep.clock.wait(days=365)
    assert browser.get("/more/help").status_code == 200


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_where_nothing_can_be_written_one_reads_on(doorstep: Doorstep, cast: Cast) -> None:
    browser = doorstep.signed_in(cast.alice.email)
    doorstep.clock.wait(minutes=10)
    engine = doorstep.database.engine
    engine.dispose()
    event.listen(engine, "connect", read_only)
    assert browser.get("/today").status_code == 200
    assert browser.post("/sign-out").status_code == 503
    event.remove(engine, "connect", read_only)
    engine.dispose()
    assert browser.post("/sign-out").status_code == 303


def read_only(connection: sqlite3.Connection, _record: Any) -> None:
    connection.execute("PRAGMA query_only=ON")


def test_five_wrong_passwords_then_waiting_grows(doorstep: Doorstep, cast: Cast) -> None:
    browser = doorstep.browser()
    for _ in range(5):
        assert sign_in(browser, cast.alice.email, "not it").status_code == 422
    refused = sign_in(browser, cast.alice.email)
    assert refused.status_code == 429, "even with the right one"
    assert 29 <= int(refused.headers["retry-after"]) <= 31
    assert "tried too often" in refused.text
    doorstep.clock.wait(seconds=32)
    assert sign_in(browser, cast.alice.email, "not it").status_code == 422
    assert 59 <= int(sign_in(browser, cast.alice.email).headers["retry-after"]) <= 61
    assert sign_in(browser, cast.bob.email).status_code == 303, "others are not slowed down"


def test_the_right_password_starts_afresh(doorstep: Doorstep, cast: Cast) -> None:
    for _ in range(4):
        sign_in(doorstep.browser(), cast.alice.email, "not it")
    assert sign_in(doorstep.browser(), cast.alice.email).status_code == 303
    for _ in range(4):
        assert sign_in(doorstep.browser(), cast.alice.email, "not it").status_code == 422
    assert sign_in(doorstep.browser(), cast.alice.email).status_code == 303


def test_a_clock_that_was_ahead_and_was_set_right_keeps_nobody_out(doorstep: Doorstep, cast: Cast) -> None:
    doorstep.clock.wait(days=365)
    for _ in range(5):
        sign_in(doorstep.browser(), cast.alice.email, "not it")
    doorstep.clock.wait(days=-365)
    assert sign_in(doorstep.browser(), cast.alice.email).status_code == 303


def test_a_server_whose_clock_is_behind_makes_nobody_wait_longer(doorstep: Doorstep, cast: Cast) -> None:
    doorstep.clock.wait(minutes=3)
    for _ in range(5):
        sign_in(doorstep.browser(), cast.alice.email, "not it")
    doorstep.clock.wait(minutes=-3)
    refused = sign_in(doorstep.browser(), cast.alice.email)
    assert (refused.status_code, int(refused.headers["retry-after"])) == (429, 31)


def test_one_address_cannot_try_every_account(
    doorstep: Doorstep, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.models.sign_in_attempt.PER_ADDRESS", 6)
    for number in range(6):
        assert sign_in(doorstep.browser(), f"user{number}@example.test", "not it").status_code == 422
    assert sign_in(doorstep.browser(), cast.alice.email).status_code == 429
    doorstep.clock.wait(minutes=16)
    assert sign_in(doorstep.browser(), cast.alice.email).status_code == 303


@pytest.mark.parametrize(
    ("proxies", "lines", "address"),
    [
        (0, ["198.51.100.1"], "127.0.0.1"),
        (1, [], "127.0.0.1"),
        (1, ["198.51.100.1, 203.0.113.7"], "203.0.113.7"),  # nginx and Caddy write into the line that came
        (1, ["198.51.100.1", "203.0.113.7"], "203.0.113.7"),  # HAProxy puts one of its own behind it
        (2, ["198.51.100.1, 203.0.113.7", "10.0.0.2"], "203.0.113.7"),
        (1, ["203.0.113.7:50123"], "203.0.113.7"),  # some tell the port, a new one for each connection
        (1, ["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::/64"),  # one line has all of these
        (1, ["[2001:db8:1:2:6:5:4:3]:50123"], "2001:db8:1:2::/64"),
        (1, ["::ffff:203.0.113.7"], "203.0.113.7"),
        (1, ["unknown"], "unknown"),
    ],
)
def test_nobody_makes_up_an_address_in_front_of_a_proxy(proxies: int, lines: list[str], address: str) -> None:
    headers = [(b"x-forwarded-for", line.encode()) for line in lines]
    asked: Any = {"type": "http", "headers": headers, "client": ("127.0.0.1", 50_000)}
    assert client_address(Request(asked), Settings(proxies=proxies)) == address


def test_attempts_say_nothing_about_who_and_are_forgotten(doorstep: Doorstep, cast: Cast) -> None:
    sign_in(doorstep.browser(), cast.alice.email, "not it")
    with doorstep.database.reading() as session:
        assert "alice" not in str(session.exec(select(SignInAttempt)).all())
    doorstep.clock.wait(days=2)
    sign_in(doorstep.browser(), cast.bob.email, "not it")
    with doorstep.database.reading() as session:
        recent = session.exec(select(col(SignInAttempt.at))).all()
    assert set(recent) == {doorstep.clock.now}


def test_a_client_without_pages_signs_in_with_the_cookie_and_its_header(
    doorstep: Doorstep, cast: Cast
) -> None:
    browser = doorstep.browser()
    browser.get("/sign-in")
    data = {"email": cast.alice.email, "password": PASSWORD}
    answer = browser.post("/sign-in", data=data, headers={"X-CSRFToken": browser.cookies["csrftoken"]})
    assert answer.status_code == 303


def test_a_bare_client_signs_in_without_a_token(doorstep: Doorstep, cast: Cast) -> None:
    data = {"email": cast.alice.email, "password": PASSWORD}
    assert doorstep.browser().post("/sign-in", data=data).status_code == 303


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.test"}, {"Origin": "null"}]
)
def test_another_site_cannot_sign_anybody_in(doorstep: Doorstep, cast: Cast, headers: dict[str, str]) -> None:
    data = {"email": cast.alice.email, "password": PASSWORD}
    answer = doorstep.browser().post("/sign-in", data=data, headers=headers)
    assert answer.status_code == 403
    assert "legwork_session" not in answer.cookies


def test_an_instance_not_set_up_says_what_to_do(doorstep: Doorstep) -> None:
    browser = doorstep.browser()
    browser.follow_redirects = True
    assert "printed in the terminal" in browser.get("/").text


def test_chinese_browsers_are_asked_in_chinese(doorstep: Doorstep, cast: Cast) -> None:
    page = doorstep.browser().get("/sign-in", headers={"Accept-Language": "zh-TW,zh;q=0.9,en;q=0.8"})
    assert 'lang="zh-Hans"' in page.text
    assert "登录" in page.text


def test_half_a_megabyte_of_password_is_no_work(doorstep: Doorstep, cast: Cast) -> None:
    assert sign_in(doorstep.browser(), cast.alice.email, "x" * 500_000).status_code == 422


def test_who_is_signed_in_needs_no_form(doorstep: Doorstep, cast: Cast) -> None:
    answer = doorstep.signed_in(cast.alice.email).get("/sign-in?next=/more")
    assert (answer.status_code, answer.headers["location"]) == (303, "/more")


def test_the_form_carries_a_token(doorstep: Doorstep, cast: Cast) -> None:
    assert token_in(doorstep.browser().get("/sign-in"))
