"""What only the phone does: save without a server, once, show it at once, keep what was typed and what was shared."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient
from sqlmodel import select

import server.app
from server.config import Settings
from server.database import Database, open_database
from server.migrate import upgrade
from server.models import session as sessions
from server.models.custom_field import CustomField
from server.models.identity import new_id
from server.models.user import User
from sync.apply import apply
from tests.cast import NOW, hire
from tests.pwa.node_phone import FRAGMENT, NodePhone

HARBOUR_CAFE = new_id()
SHIPYARD = new_id()
FLEET, RIVAL = new_id(), new_id()


class Alice:
    """Her phone, in a stairwell."""

    def __init__(self, phone: NodePhone, user: User) -> None:
        self.phone, self.user = phone, user

    def get(self, path: str, **headers: str) -> dict[str, Any]:
        return self.phone.ask(self.user.id, path, NOW, headers={**FRAGMENT, **headers})

    def post(self, path: str, form: dict[str, str], **headers: str) -> dict[str, Any]:
        fields = {name: [value] for name, value in form.items()}
        return self.phone.ask(
            self.user.id, path, NOW, method="POST", headers={**FRAGMENT, **headers}, form=fields
        )

    def log_visit(self, note: str, visit_id: str = "", **more: str) -> dict[str, Any]:
        fields = {"started_at": "2026-11-23T07:50:00.000Z", "outcome": "interested", "next_step": "none"}
        ids = {"visit_id": visit_id or new_id(), "customer_id": HARBOUR_CAFE}
        return self.post("/visits", {**ids, **fields, "note": note, **more})

    def outbox(self) -> list[dict[str, Any]]:
        changes: list[dict[str, Any]] = json.loads(self.get("/outbox/export")["text"])["changes"]
        return changes


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('company') / 'legwork.db'}")
    upgrade(database)
    with database.writing() as session:
        alice = hire(session).alice
        session.add(CustomField(id=FLEET, name="Fleet", kind="number", created_at=NOW))
        session.add(CustomField(id=RIVAL, name="Rival", kind="text", created_at=NOW))
    at_the_quay = {"latitude": 53.5413, "longitude": 9.9841}
    for customer_id, name, place in (
        (HARBOUR_CAFE, "Harbour Café", at_the_quay),
        (SHIPYARD, "Shipyard 船厂", {}),
    ):
        args = {"customer_id": customer_id, "name": name, **place}
        with database.writing() as session:
            apply(session, alice, "customer.create", args, NOW)
    yield database
    database.close()


@pytest.fixture
def alice(company: Database, tmp_path: Path) -> Iterator[Alice]:
    app = server.app.create_app(Settings(data_dir=tmp_path, secret_key="k" * 40), company)
    phone = NodePhone()
    with company.writing() as session:
        user = session.exec(select(User).where(User.name == "Alice")).one()
        secret = sessions.start(session, user, NOW)
    with TestClient(app) as client:
        client.cookies["legwork_session"] = secret
        phone.begin(user.id, client, NOW)
    yield Alice(phone, user)
    phone.close()


def test_a_visit_is_on_the_customer_at_once_and_waits_in_the_outbox(alice: Alice) -> None:
    answer = alice.log_visit("Wants the 40 mm seal")
    assert answer["status"] == 200
    assert answer["headers"]["hx-replace-url"] == f"/customers/{HARBOUR_CAFE}"
    assert "Wants the 40 mm seal" in answer["text"]
    assert "waiting" in answer["text"]
    assert "Visit saved" in answer["text"]
    [entry] = alice.outbox()
    assert (entry["name"], entry["args"]["note"]) == ("visit.log", "Wants the 40 mm seal")
    assert "Harbour Café" in alice.get("/outbox")["text"]


def test_a_browser_without_htmx_is_led_on(alice: Alice) -> None:
    form = {
        "visit_id": [new_id()],
        "customer_id": [HARBOUR_CAFE],
        "outcome": ["ordered"],
        "started_at": ["2026-11-23T07:50:00.000Z"],
    }
    answer = alice.phone.ask(alice.user.id, "/visits", NOW, method="POST", form=form)
    assert answer["status"] == 303
    assert answer["headers"]["location"].startswith(f"/customers/{HARBOUR_CAFE}?done=visit")


def test_a_second_tap_on_save_saves_nothing_more(alice: Alice) -> None:
    visit_id = new_id()
    assert alice.log_visit("Tapped twice", visit_id)["status"] == 200
    assert alice.log_visit("Tapped twice", visit_id)["status"] == 200
    assert len(alice.outbox()) == 1


def test_what_is_wrong_is_said_and_nothing_is_saved(alice: Alice) -> None:
    answer = alice.log_visit("Kept as it was typed", outcome="")
    assert answer["status"] == 422
    assert answer["headers"]["hx-push-url"] == "false"
    assert "Kept as it was typed" in answer["text"]
    assert alice.outbox() == []


def test_the_promised_step_comes_back_on_its_day(alice: Alice) -> None:
    alice.log_visit(
        "Saw the line",
        next_step="pick",
        due_on="2026-11-23",
        follow_up_id=new_id(),
        follow_up_note="Bring the quote",
    )
    assert "Bring the quote" in alice.get("/today")["text"]


def test_undo_of_what_nobody_has_been_told_sends_nothing(alice: Alice) -> None:
    visit_id = new_id()
    alice.log_visit("Tapped by mistake", visit_id)
    answer = alice.post(f"/visits/{visit_id}/withdraw", {"back": f"/customers/{HARBOUR_CAFE}"})
    assert "Tapped by mistake" not in answer["text"]
    assert [entry["name"] for entry in alice.outbox()] == ["noop"]
    assert "Everything is sent." in alice.get("/outbox")["text"]


def test_a_call_is_logged_by_a_button_and_taken_back_unsent(alice: Alice) -> None:
    call = {"visit_id": new_id(), "customer_id": HARBOUR_CAFE, "kind": "call"}
    logged = alice.post("/activities", {**call, "started_at": "2026-11-23T07:50:00.000Z"})
    assert "Call logged" in logged["text"]
    assert "<strong>Call</strong>" in logged["text"]
    assert "today · Call" in logged["text"]
    assert [change["name"] for change in alice.outbox()] == ["activity.log"]
    assert "0 of 20 visits this week" in alice.get("/today")["text"]
    undone = alice.post(f"/visits/{call['visit_id']}/withdraw", {"back": f"/customers/{HARBOUR_CAFE}"})
    assert "<strong>Call</strong>" not in undone["text"]
    assert [change["name"] for change in alice.outbox()] == ["noop"]


def test_what_was_typed_of_a_call_is_back_in_its_form_and_not_in_that_of_a_visit(alice: Alice) -> None:
    path = f"/activities/new?customer={HARBOUR_CAFE}"
    fields = {
        "visit_id": [new_id()],
        "customer_id": [HARBOUR_CAFE],
        "kind": ["email"],
        "note": ["Half a sen"],
    }
    alice.phone.draft(alice.user.id, path, fields)
    form = alice.get(f"{path}&kind=call")["text"]
    assert "Half a sen" in form
    assert 'value="email" checked' in form
    assert "Half a sen" not in alice.get(f"/visits/new?customer={HARBOUR_CAFE}")["text"]


def test_a_promise_is_kept_moved_and_taken_up_again(alice: Alice) -> None:
    follow_up_id = new_id()
    form = {
        "follow_up_id": follow_up_id,
        "customer_id": HARBOUR_CAFE,
        "next_step": "pick",
        "due_on": "2026-11-23",
    }
    alice.post("/follow-ups", {**form, "note": "Call about the sample"})
    done = alice.post(f"/follow-ups/{follow_up_id}/complete", {"back": "/today"})
    assert "Call about the sample" not in done["text"]
    again = alice.post(f"/follow-ups/{follow_up_id}/reopen", {"back": "/today"})
    assert "Call about the sample" in again["text"]
    moved = alice.post(
        f"/follow-ups/{follow_up_id}/snooze", {"back": "/today", "due_on": "2026-11-30", "was": "2026-11-23"}
    )
    assert "Call about the sample" not in moved["text"]
    assert 'value="2026-11-23"' in moved["text"]


def test_a_draft_is_back_in_its_form_and_gone_with_the_save(alice: Alice) -> None:
    visit_id, key = new_id(), f"/visits/new?customer={HARBOUR_CAFE}"
    fields = {
        "visit_id": [visit_id],
        "customer_id": [HARBOUR_CAFE],
        "note": ["Half a sen"],
        "outcome": ["ordered"],
    }
    alice.phone.draft(alice.user.id, key, fields)
    assert "Half a sen" in alice.get(key)["text"]
    assert "Half a sen" in alice.get("/visits/new")["text"]
    assert "Half a sen" not in alice.get(f"/visits/new?customer={SHIPYARD}")["text"]
    alice.log_visit("Half a sentence", visit_id)
    assert "Half a sen" not in alice.get("/visits/new")["text"]
    # A last keystroke that is kept only now belongs to a visit that is saved already.
    alice.phone.draft(alice.user.id, key, fields)
    assert "Half a sen" not in alice.get("/visits/new")["text"]


def test_the_customer_is_the_nearest_else_the_one_opened_last_whoever_was_visited_last(alice: Alice) -> None:
    alice.log_visit("Wants the 40 mm seal")  # which leads to the page of the customer
    alice.get(f"/customers/{SHIPYARD}")
    assert "Shipyard 船厂" in alice.get("/visits/new")["text"]
    at_the_cafe = "latitude=53.54130&longitude=9.98410"
    assert "Harbour Café" in alice.get(f"/visits/new?{at_the_cafe}")["text"]
    assert "Shipyard 船厂" in alice.get("/visits/new?latitude=53.86550&longitude=10.68660")["text"]
    assert "Shipyard 船厂" in alice.get(f"/visits/new?customer={SHIPYARD}&{at_the_cafe}")["text"]


def test_what_another_app_shares_begins_a_visit(alice: Alice) -> None:
    shared = {"title": ["Seal drawing"], "text": ["See the attached"], "url": ["https://example.test/40mm"]}
    answer = alice.phone.share(alice.user.id, shared)
    assert (answer["status"], answer["location"]) == (303, "/visits/new")
    form = alice.get("/visits/new")["text"]
    assert "https://example.test/40mm" in form


def test_what_is_shared_is_added_to_what_was_being_typed_but_never_to_what_is_saved(alice: Alice) -> None:
    visit_id, key = new_id(), f"/visits/new?customer={HARBOUR_CAFE}"
    fields = {
        "visit_id": [visit_id],
        "customer_id": [HARBOUR_CAFE],
        "note": ["Half a sen"],
        "outcome": ["ordered"],
    }
    alice.phone.draft(alice.user.id, key, fields)
    alice.phone.share(alice.user.id, {"text": ["Order 4711"]})
    assert "Half a sen\nOrder 4711" in alice.get(key)["text"]
    alice.log_visit("Half a sentence", visit_id)
    alice.phone.draft(alice.user.id, key, fields)
    alice.phone.share(alice.user.id, {"text": ["Order 4712"]})
    form = alice.get("/visits/new")["text"]
    assert "Order 4712" in form
    assert "Half a sen" not in form


def test_a_correction_comes_back_with_its_draft(alice: Alice) -> None:
    visit_id = new_id()
    alice.log_visit("Saw lime 2", visit_id)
    path = f"/visits/{visit_id}/correct"
    alice.phone.draft(alice.user.id, path, {"note": ["Saw line 2"], "customer_id": [HARBOUR_CAFE]})
    form = alice.get(path)["text"]
    assert "Saw line 2" in form
    assert f'data-draft-key="{path}"' in form


def test_a_draft_that_says_nothing_of_a_customers_place_does_not_take_it_away(alice: Alice) -> None:
    path = f"/customers/{HARBOUR_CAFE}/edit"
    alice.phone.draft(alice.user.id, path, {"name": ["Harbour Café"], "region": ["Ham"]})
    form = alice.get(path)["text"]
    assert 'value="Ham"' in form
    assert 'value="53.541300"' in form
    assert 'value="9.984100"' in form


def test_the_language_changes_without_a_signal(alice: Alice) -> None:
    answer = alice.post("/more/language", {"locale": "zh-Hans"})
    assert answer["headers"]["hx-redirect"] == "/more?done=language"
    assert "今天" in alice.get("/today")["text"]


def test_signing_out_with_entries_unsent_offers_what_can_be_done(alice: Alice) -> None:
    alice.log_visit("Not sent yet")
    page = alice.get("/more")["text"]
    for words in (
        "1 entry is not sent yet",
        "Send now",
        "Export them as a file",
        "Keep them locked and sign out",
    ):
        assert words in page


def test_signing_out_says_what_becomes_of_a_photo_that_is_still_on_its_way(alice: Alice) -> None:
    """Its entry is sent, its bytes are not: nothing is said to be sent that is not."""
    page = alice.get("/more")["text"]
    assert "Every entry is sent." in page
    assert "What is not sent, photos too, stays locked here until you sign in again." in page
    assert "Everything is sent" not in page


def test_an_edit_says_only_what_was_changed(alice: Alice) -> None:
    form = {
        "name": "Shipyard 船厂",
        "phone": "+49 40 987",
        "address": "",
        "region": "",
        "customer_type": "",
        "lifecycle": "lead",
    }
    answer = alice.post(f"/customers/{SHIPYARD}", {**form, "cadence_days": "30", "price_sensitivity": ""})
    assert answer["status"] == 200
    [entry] = alice.outbox()
    assert entry["args"]["fields"] == {"phone": "+49 40 987"}


def test_of_a_contact_only_what_was_touched_is_said(alice: Alice) -> None:
    """Somebody else may change the rest meanwhile, and both edits stand."""
    contact_id = new_id()
    whole = {"name": "Wu", "role": "", "phone": "", "email": "wu@b.example", "birthday": "05-17"}
    alice.post(f"/customers/{SHIPYARD}/contacts", {"contact_id": contact_id, **whole})
    alice.post(f"/contacts/{contact_id}", whole)
    assert len(alice.outbox()) == 1
    alice.post(f"/contacts/{contact_id}", {**whole, "phone": "+49 40 4"})
    assert alice.outbox()[1]["args"] == {"contact_id": contact_id, "fields": {"phone": "+49 40 4"}}


def test_a_companys_own_fields_are_checked_saved_and_found_without_a_signal(alice: Alice) -> None:
    path = f"/customers/{HARBOUR_CAFE}"
    wrong = alice.post(path, {f"custom.{FLEET}": "many", f"custom.{RIVAL}": "Umbrella"})
    assert wrong["status"] == 422
    assert "This must be a number." in wrong["text"]
    assert alice.outbox() == []
    page = alice.post(
        path, {f"custom.{FLEET}": "１２", f"custom.{RIVAL}": "Umbrella", "name": "Harbour Café"}
    )
    assert "Umbrella" in page["text"]
    assert "Harbour Café" in alice.get("/customers?q=umbrel")["text"]
    alice.post(path, {f"custom.{FLEET}": "12", f"custom.{RIVAL}": ""})
    edits = [change["args"]["fields"] for change in alice.outbox()]
    assert edits == [{"custom": {FLEET: "12", RIVAL: "Umbrella"}}, {"custom": {RIVAL: None}}]
    assert "Umbrella" not in alice.get(path)["text"]


def test_a_parked_entry_is_corrected_with_a_companys_own_fields_as_they_were(alice: Alice) -> None:
    made = {"customer_id": new_id(), "name": "Quay Bar", "lifecycle": "lead", "cadence_days": "30"}
    alice.post("/customers", {**made, f"custom.{RIVAL}": "Umbrella"})
    alice.phone.park(alice.user.id, 1, "invalid", "That is no name.")
    assert 'value="Umbrella"' in alice.get("/outbox/1/edit")["text"]
    alice.post(f"/customers/{SHIPYARD}", {f"custom.{FLEET}": "3"})
    alice.phone.park(alice.user.id, 2, "invalid", "Too many.")
    form = alice.get("/outbox/2/edit")["text"]
    assert 'value="3"' in form
    alice.post("/outbox/2/edit", {"name": "Shipyard 船厂", f"custom.{FLEET}": "4", f"custom.{RIVAL}": ""})
    [edit] = [change for change in alice.outbox() if change["name"] == "customer.edit" and change["seq"] > 2]
    assert edit["args"]["fields"] == {"custom": {FLEET: "4"}}


def test_products_that_were_not_touched_are_not_said_again(alice: Alice) -> None:
    boxes = [new_id(), new_id(), ""]  # the empty one stands beside them, for when none is ticked

    def tell(path: str, **form: str) -> None:
        typed = {"preferred_product_ids": boxes, **{name: [value] for name, value in form.items()}}
        alice.phone.ask(alice.user.id, path, NOW, method="POST", headers=FRAGMENT, form=typed)

    tell(f"/customers/{SHIPYARD}")
    tell(f"/customers/{SHIPYARD}", region="Quay")
    alice.phone.park(alice.user.id, 2, "invalid", "That is no region.")
    tell("/outbox/2/edit", region="Quays")
    edits = [change["args"]["fields"] for change in alice.outbox() if change["name"] == "customer.edit"]
    assert edits == [{"preferred_product_ids": boxes[:2]}, {"region": "Quays"}]


def test_a_likely_duplicate_is_shown_before_it_is_saved(alice: Alice) -> None:
    sent = {"customer_id": new_id(), "name": "HARBOUR cafe Ltd", "lifecycle": "lead", "cadence_days": "30"}
    shown = alice.post("/customers", sent)
    assert shown["status"] == 422
    assert f'href="/customers/{HARBOUR_CAFE}"' in shown["text"]
    assert "Not saved yet" in shown["text"]
    assert alice.outbox() == []
    assert "Customer saved" in alice.post("/customers", {**sent, "likely_seen": "1"})["text"]


def test_an_entry_that_needs_its_author_is_edited_and_goes_out_anew(alice: Alice) -> None:
    alice.log_visit("Saw the lime 2")
    alice.phone.park(alice.user.id, 1, "deleted", "The customer was deleted meanwhile.")
    page = alice.get("/outbox")["text"]
    assert "1 entry needs you" in page
    assert "The customer was deleted meanwhile." in page
    form = alice.get("/outbox/1/edit")["text"]
    assert "Saw the lime 2" in form
    assert "The customer was deleted meanwhile." in form
    fields = {"visit_id": new_id(), "customer_id": SHIPYARD, "started_at": "2026-11-23T07:50:00.000Z"}
    empty = alice.post("/outbox/1/edit", {**fields, "note": "Saw line 2", "outcome": ""})
    assert (empty["status"], "Saw line 2" in empty["text"]) == (422, True)
    alice.post("/outbox/1/edit", {**fields, "note": "Saw line 2", "outcome": "interested"})
    [entry, withdrawal] = alice.outbox()
    assert (entry["seq"], entry["state"], entry["args"]["note"]) == (2, "waiting", "Saw line 2")
    assert (withdrawal["name"], withdrawal["group"]) == ("entry.withdraw", entry["group"])


def test_what_was_typed_about_an_entry_that_was_applied_meanwhile_is_shown(alice: Alice) -> None:
    answer = alice.post("/outbox/1/edit", {"note": "Saw line 2 < line 3", "outcome": "interested"})
    assert answer["status"] == 409
    assert "Somebody changed this in the meantime." in answer["text"]
    assert "Saw line 2 &lt; line 3" in answer["text"]
    assert alice.outbox() == []


def test_a_parked_edit_of_a_customer_is_corrected_and_says_only_that(alice: Alice) -> None:
    alice.post(f"/customers/{SHIPYARD}", {"phone": "+49 40 9x"})
    alice.phone.park(alice.user.id, 1, "invalid", "That is no number.")
    form = alice.get("/outbox/1/edit")["text"]
    assert 'value="+49 40 9x"' in form
    assert 'value="Shipyard 船厂"' in form
    whole = {"name": "Shipyard 船厂", "phone": "+49 40 9", "address": "", "region": "", "customer_type": ""}
    whole |= {
        "lifecycle": "lead",
        "cadence_days": "30",
        "price_sensitivity": "",
        "latitude": "",
        "longitude": "",
    }
    answer = alice.post("/outbox/1/edit", whole)
    assert answer["status"] == 200, answer["text"]
    assert alice.outbox()[0]["args"] == {"customer_id": SHIPYARD, "fields": {"phone": "+49 40 9"}}


@pytest.mark.parametrize(
    ("path", "form", "again"),
    [
        (
            "/follow-ups",
            {"follow_up_id": "{new}", "customer_id": SHIPYARD, "next_step": "3", "note": "Call beck"},
            {"note": "Call back", "next_step": "pick", "due_on": "2026-11-30"},
        ),
        (f"/customers/{SHIPYARD}/contacts", {"contact_id": "{new}", "name": "Wu"}, {"name": "Wu Lei"}),
        ("/customers", {"customer_id": "{new}", "name": "Quay"}, {"name": "Quay Bar", "lifecycle": "lead"}),
    ],
    ids=["follow-up", "contact", "customer"],
)
def test_what_was_to_be_made_is_corrected_under_the_same_id(
    alice: Alice, path: str, form: dict[str, str], again: dict[str, str]
) -> None:
    """Or what was entered about it meanwhile would wait for ever."""
    alice.post(path, {name: value.replace("{new}", new_id()) for name, value in form.items()})
    [before] = alice.outbox()
    alice.phone.park(alice.user.id, 1, "invalid", "Look at this.")
    page = alice.get("/outbox/1/edit")
    assert (page["status"], form.get("note", form.get("name", "")) in page["text"]) == (200, True)
    assert 'action="/outbox/1/edit"' in page["text"]
    answer = alice.post("/outbox/1/edit", again)
    assert answer["status"] == 200, answer["text"]
    after, _ = alice.outbox()
    made = next(arg for arg in before["args"] if arg.endswith("_id") and before["args"][arg] != SHIPYARD)
    assert (after["name"], after["args"][made]) == (before["name"], before["args"][made])


def test_a_manager_is_asked_from_the_outbox(alice: Alice) -> None:
    alice.log_visit("Saw line 3")
    alice.phone.park(alice.user.id, 1, "invalid", "Not yours.")
    assert "/outbox/1/ask" in alice.get("/outbox")["text"]
    page = alice.post("/outbox/1/ask", {})["text"]
    assert "manager asked" in page
    assert "/outbox/1/ask" not in page
    parked, asked = alice.outbox()
    assert (asked["name"], asked["args"]) == ("entry.ask", {"change_id": parked["id"]})


WHAT_IS_IN_THE_WAY = {
    "signed_out": (
        "You are signed out. What you saved is kept, and goes out when you sign in.",
        "您已退出登录。您保存的都还在，登录后会自动发送。",
    ),
    "update_needed": (
        (
            "Too old for the server. What you saved is kept. "
            "Close Legwork and open it with a signal: it updates itself."
        ),
        "这个版本对服务器来说太旧了。您保存的都还在。请关闭 Legwork，有信号时再打开，它会自动更新。",
    ),
    "full": (
        "No room for what is new. What you saved is kept. Make room, and it goes on by itself.",
        "手机空间不足，放不下新内容。您保存的都还在。请腾出空间，之后会自动继续。",
    ),
}


@pytest.mark.parametrize("trouble", WHAT_IS_IN_THE_WAY)
@pytest.mark.parametrize("locale", ["en", "zh-Hans"])
def test_the_outbox_says_what_is_in_the_way_what_was_kept_and_what_to_do(
    alice: Alice, trouble: str, locale: str
) -> None:
    alice.log_visit("Not sent yet")
    alice.post("/more/language", {"locale": locale})
    alice.phone.stand(trouble=trouble)
    page = alice.get("/outbox")["text"]
    assert WHAT_IS_IN_THE_WAY[trouble][locale != "en"] in page
    assert ('href="/sign-in?next=/outbox"' in page) == (trouble == "signed_out")
    assert "Not sent yet" in page
    for untrue in ("Everything is sent.", "wait for a signal", "在等信号"):
        assert untrue not in page


def test_the_outbox_says_when_the_server_was_tried_in_vain(alice: Alice) -> None:
    alice.log_visit("Not sent yet")
    assert "Last tried" not in alice.get("/outbox")["text"]
    alice.phone.stand(tried_at="2026-11-23T07:58:00.000Z")
    page = alice.get("/outbox")["text"]
    assert "1 entry waits for a signal. It goes by itself." in page
    assert "Last tried" in page
    assert ". The server could not be reached." in page


def test_what_was_lost_is_read_and_the_address_stays_one_that_can_be_opened(alice: Alice) -> None:
    assert alice.post("/outbox/read", {})["headers"]["hx-replace-url"] == "/outbox"


def test_what_no_server_takes_needs_its_author_who_is_told_what_to_do(alice: Alice) -> None:
    alice.log_visit("Longer than any novel")
    alice.phone.park(alice.user.id, 1, "too_large", None)
    said = "Too large for the server. It is kept here: make it shorter, or export it as a file."
    for path in ("/outbox", "/outbox/1/edit"):
        assert said in alice.get(path)["text"]
    alice.post("/more/language", {"locale": "zh-Hans"})
    assert "请改短一些，或导出为文件" in alice.get("/outbox")["text"]


def test_chinese_sentences_stand_together_without_a_space(alice: Alice) -> None:
    alice.log_visit("要改的")
    alice.log_visit("在等的")
    alice.phone.park(alice.user.id, 1, "invalid", "请看一下。")
    alice.post("/more/language", {"locale": "zh-Hans"})
    assert "会自动发送。有 1 条" in alice.get("/outbox")["text"]
    assert "。再试一次" in alice.post("/outbox/7/edit", {"note": "再试一次", "outcome": "interested"})["text"]


def test_another_phones_outbox_is_brought_in_and_nothing_else(alice: Alice) -> None:
    alice.log_visit("On the other phone")
    file = json.loads(alice.get("/outbox/export")["text"])
    file["changes"][0]["id"] = new_id()
    page = alice.post("/outbox/import", {"file": json.dumps(file)})
    assert (page["status"], len(alice.outbox())) == (200, 2)
    assert "Entries brought in: 1" in page["text"]
    again = alice.post("/outbox/import", {"file": json.dumps(file)})
    assert "Everything in it was here already." in again["text"]
    refused = alice.post("/outbox/import", {"file": json.dumps({**file, "user_id": new_id()})})
    assert (refused["status"], "not an outbox of yours" in refused["text"]) == (422, True)
    assert len(alice.outbox()) == 2


def test_an_entry_is_discarded_only_by_its_author_and_leaves_no_hole(alice: Alice) -> None:
    alice.log_visit("To be thrown away")
    page = alice.post("/outbox/1/discard", {})
    assert "To be thrown away" not in page["text"]
    assert [(entry["seq"], entry["name"]) for entry in alice.outbox()] == [(1, "noop")]


def test_what_is_tapped_after_the_entry_has_gone_leads_to_what_is_left(alice: Alice) -> None:
    for deed in ("discard", "ask", "restore"):
        page = alice.post(f"/outbox/7/{deed}", {})
        assert (page["status"], "Everything is sent." in page["text"]) == (200, True)
        assert "Discarded" not in page["text"]


def test_a_discarding_is_not_discarded(alice: Alice) -> None:
    """The server would go on keeping what its author does not see any more."""
    alice.log_visit("Given up")
    alice.phone.park(alice.user.id, 1, "not_allowed", "Not yours.")
    page = alice.post("/outbox/1/discard", {})["text"]
    assert "Entry discarded · Harbour Café" in page
    assert 'popovertarget="discard-' not in page
    alice.phone.park(alice.user.id, 2, "conflict", "Your manager was faster.")
    assert 'popovertarget="discard-' in alice.get("/outbox")["text"]
