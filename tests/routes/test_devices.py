"""Where one is signed in, and ending it there."""

import re

import pytest
from argon2 import PasswordHasher
from sqlmodel import select

from server.models import account
from server.models.identity import new_id
from server.models.user import Device, SignInSession
from tests.cast import NOW, PASSWORD, Cast
from tests.routes.doorstep import Doorstep, sign_in

PHONE = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36"
DESKTOP = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


def test_each_browser_is_listed_and_this_one_marked(doorstep: Doorstep, cast: Cast) -> None:
    doorstep.signed_in(cast.alice.email, user_agent=PHONE)
    doorstep.clock.wait(minutes=3)
    page = doorstep.signed_in(cast.alice.email, user_agent=DESKTOP).get("/more/devices").text
    assert page.index("Firefox on Windows") < page.index("This one") < page.index("Chrome on Android")
    assert page.count("/sign-out") == 1, "this one is signed out under More"


def test_signing_a_browser_out_ends_it_and_its_phone(doorstep: Doorstep, cast: Cast) -> None:
    phone = doorstep.signed_in(cast.alice.email, user_agent=PHONE)
    device_id = new_id()
    assert phone.get(f"/sync/pull?device_id={device_id}").status_code == 200
    push(phone, cast, device_id)
    desktop = doorstep.signed_in(cast.alice.email, user_agent=DESKTOP)
    action = re.search(r'action="(/more/devices/[^"]+/sign-out)"', desktop.get("/more/devices").text)
    assert action is not None
    assert desktop.post(action[1]).status_code == 303
    assert phone.get("/today").status_code == 303
    assert push(phone, cast, device_id) == 401
    with doorstep.database.reading() as session:
        assert session.exec(select(Device.signed_out_at)).one() == NOW


def test_after_signing_in_again_the_phone_may_send_what_it_kept(doorstep: Doorstep, cast: Cast) -> None:
    phone = doorstep.signed_in(cast.alice.email, user_agent=PHONE)
    device_id = new_id()
    assert push(phone, cast, device_id) == 200
    with doorstep.database.reading() as session:
        public_id = session.exec(select(SignInSession.public_id)).one()
    phone.post(f"/more/devices/{public_id}/sign-out")
    assert push(phone, cast, device_id) == 401
    assert sign_in(phone, cast.alice.email).status_code == 303
    phone.headers["X-CSRFToken"] = phone.cookies["csrftoken"]
    assert push(phone, cast, device_id) == 200


def test_nobody_signs_out_somebody_elses_browser(doorstep: Doorstep, cast: Cast) -> None:
    alice, charlie = doorstep.signed_in(cast.alice.email), doorstep.signed_in(cast.charlie.email)
    with doorstep.database.reading() as session:
        hers = SignInSession.user_id == cast.alice.id
        public_id = session.exec(select(SignInSession.public_id).where(hers)).one()
    assert charlie.post(f"/more/devices/{public_id}/sign-out").status_code == 404
    assert alice.get("/today").status_code == 200


def test_a_new_password_signs_out_everywhere_else(doorstep: Doorstep, cast: Cast) -> None:
    here, there = doorstep.signed_in(cast.alice.email), doorstep.signed_in(cast.alice.email)
    answer = here.post("/more/password", data={"current": PASSWORD, "password": "another sentence"})
    assert answer.status_code == 303
    assert here.get("/today").status_code == 200
    assert there.get("/today").status_code == 303
    assert sign_in(doorstep.browser(), cast.alice.email, "another sentence").status_code == 303


def test_the_password_is_found_under_more_and_a_browser_that_keeps_passwords_learns_whose_it_is(
    doorstep: Doorstep, cast: Cast
) -> None:
    browser = doorstep.signed_in(cast.alice.email)
    assert "and your password" in browser.get("/more").text
    assert f'value="{cast.alice.email}" autocomplete="username"' in browser.get("/more/password").text


def test_changing_the_password_needs_the_old_one_and_guessing_is_slowed(
    doorstep: Doorstep, cast: Cast
) -> None:
    browser = doorstep.signed_in(cast.alice.email)
    data = {"current": "not it", "password": "another sentence"}
    for _ in range(7):  # not a guess
        assert "This is needed." in browser.post("/more/password", data={**data, "current": ""}).text
    for _ in range(5):
        assert "not your password" in browser.post("/more/password", data=data).text
    assert "tried too often" in browser.post("/more/password", data={**data, "current": PASSWORD}).text


def test_a_password_that_ended_while_it_was_looked_at_changes_nothing(
    doorstep: Doorstep, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify, by_admin = PasswordHasher.verify, f"{cast.bob.password_hash}x"
    browser = doorstep.signed_in(cast.alice.email)

    def meanwhile(self: PasswordHasher, hashed: str | bytes, password: str | bytes) -> bool:
        with doorstep.database.writing() as session:
            alice = account.account(session, cast.alice.id)
            account.set_password(session, alice, by_admin, doorstep.clock.now)
        return bool(verify(self, hashed, password))

    monkeypatch.setattr(PasswordHasher, "verify", meanwhile)
    answer = browser.post("/more/password", data={"current": PASSWORD, "password": "another sentence"})
    assert answer.status_code == 422
    with doorstep.database.reading() as session:
        assert account.account(session, cast.alice.id).password_hash == by_admin


def push(phone: object, cast: Cast, device_id: str) -> int:
    body = {
        "protocol": 1, "epoch": None, "device_id": device_id, "user_id": cast.alice.id,
        "sent_at": "2026-11-23T08:00:00.000Z", "changes": [],
    }  # fmt: skip
    return int(phone.post("/sync/push", json=body).status_code)  # type: ignore[attr-defined]


def test_without_any_phone_the_page_says_when_one_comes(doorstep: Doorstep, cast: Cast) -> None:
    dora = doorstep.signed_in(cast.dora.email)
    empty = dora.get("/devices").text
    assert "Each stands here once somebody has signed in on it." in empty
    assert "Red:" not in empty
    dora.get(f"/sync/pull?device_id={new_id()}")
    assert "Each stands here once" not in dora.get("/devices").text
