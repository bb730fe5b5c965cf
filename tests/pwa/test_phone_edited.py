"""What needs its author, edited: its form shows what was saved, and that goes out anew with what was touched."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from sqlmodel import select

from server.database import Database
from server.models.identity import new_id
from server.models.product import Product
from server.models.user import User
from sync.apply import apply
from tests.cast import NOW
from tests.pwa.node_phone import FRAGMENT
from tests.pwa.test_phone_host import FLEET, HARBOUR_CAFE, RIVAL, SHIPYARD, Alice, alice, company

__all__ = ["alice", "company", "people_and_products"]

WU, CHEF = sorted((new_id(), new_id()))  # as forms list them
PUMP, SEAL = new_id(), new_id()
Typed = dict[str, list[str]]


@pytest.fixture(scope="module", autouse=True)
def people_and_products(company: Database) -> None:
    with company.writing() as session:
        for product_id, name in ((PUMP, "Pump"), (SEAL, "Seal")):
            session.add(Product(id=product_id, name=name, unit="piece", price_cents=1, currency="EUR"))
        alice = session.exec(select(User).where(User.name == "Alice")).one()
        for contact_id, name in ((WU, "Wu"), (CHEF, "Chef")):
            told = {"contact_id": contact_id, "customer_id": SHIPYARD, "name": name, "email": "a@b.example"}
            apply(session, alice, "contact.create", told, NOW)


class Sent(HTMLParser):
    """What a browser sends of the form on a page that nobody has typed in."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: Typed = {}
        self._inside = self._select = self._area = ""
        self._options: list[tuple[str, bool]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = told.get("data-draft", "")
        elif tag == "select":
            self._select, self._options = told["name"], []
        elif tag == "option" and self._select:
            self._options.append((told.get("value", ""), "selected" in told))
        elif tag == "textarea":
            self._area = told["name"]
            self.fields[self._area] = [""]
        elif tag == "input" and self._inside and is_sent(told):
            self.fields.setdefault(told["name"], []).append(told.get("value", ""))

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields[self._area] = [data.removeprefix("\n").replace("\n", "\r\n")]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = ""
        elif tag == "textarea":
            self._area = ""
        elif tag == "select":
            chosen = [value for value, is_selected in self._options if is_selected]
            self.fields[self._select] = (chosen or [value for value, _ in self._options])[:1]
            self._select = ""


def is_sent(told: dict[str, str]) -> bool:
    is_ticked = told.get("type") not in ("radio", "checkbox") or "checked" in told
    return is_ticked and "name" in told and told.get("type") not in ("file", "search")


VISIT = {
    "visit_id": "{new}",
    "customer_id": SHIPYARD,
    "started_at": "2026-11-23T07:50:00.000Z",
    "outcome": "interested",
    "note": "Saw line 2\r\nand line 3",
    "contact_ids": [WU, CHEF],
    "product_ids": [PUMP, SEAL],
    "competitors": "Umbrella, Acme",
    "pain_point": "Leaks",
    "latitude": "53.541300",
    "longitude": "9.984100",
    "accuracy_m": "12",
    "next_step": "pick",
    "follow_up_id": "{new}",
    "due_on": "2026-12-01",
    "follow_up_note": "Bring the quote",
}
CUSTOMER = {
    "name": "Quay Bar",
    "phone": "+49 40 1",
    "address": "Quay 1\r\nHamburg",
    "region": "North",
    "customer_type": "Dealer",
    "lifecycle": "prospect",
    "cadence_days": "20",
    "price_sensitivity": "high",
    "preferred_product_ids": [PUMP, SEAL, ""],
    "preferred_products": "Gaskets",
    "preferred_times": "Mornings",
    "latitude": "1.500000",
    "longitude": "2.250000",
    f"custom.{FLEET}": "3",
    f"custom.{RIVAL}": "Umbrella",
}
CONTACT = {
    "name": "Li",
    "role": "decides",
    "phone": "+49 40 2",
    "email": "li@b.example",
    "birthday": "05-17",
    "reports_to": CHEF,
}
PROMISE = {"customer_id": SHIPYARD, "next_step": "pick", "due_on": "2026-12-01", "note": "Two\r\nlines"}
SAVED: dict[str, tuple[str, dict[str, Any]]] = {
    "visit.log": ("/visits", VISIT),
    "activity.log": ("/activities", {**VISIT, "kind": "call"}),
    "follow_up.create": ("/follow-ups", {**PROMISE, "follow_up_id": "{new}"}),
    "task.ask": ("/tasks", {**PROMISE, "task_id": "{new}", "department": "technical"}),
    "customer.create": ("/customers", {**CUSTOMER, "customer_id": "{new}", "likely_seen": "1"}),
    "customer.edit": (f"/customers/{SHIPYARD}", CUSTOMER),
    "visit.plan": (
        "/visits/planned",
        {"visit_id": "{new}", "customer_id": SHIPYARD, "planned_on": "2026-12-01", "planned_time": "09:30"},
    ),
    "customer.add_tag": (f"/customers/{SHIPYARD}/tags", {"tag": "“A” list"}),
    "customer.compare": (
        f"/customers/{SHIPYARD}/comparison",
        {"competitor": "Acme", "note": "Slower", "tags": "cheap, slow"},
    ),
    "contact.create": (f"/customers/{SHIPYARD}/contacts", {**CONTACT, "contact_id": "{new}"}),
    "contact.edit": (f"/contacts/{WU}", CONTACT),
}


def post(alice: Alice, path: str, form: dict[str, Any]) -> dict[str, Any]:
    typed = {name: value if isinstance(value, list) else [value] for name, value in form.items()}
    fields = {name: [one.replace("{new}", new_id()) for one in values] for name, values in typed.items()}
    answer = alice.phone.ask(alice.user.id, path, NOW, method="POST", headers=FRAGMENT, form=fields)
    assert answer["status"] == 200, answer["text"]
    return answer


def parked(
    alice: Alice, path: str, form: dict[str, Any], code: str = "invalid"
) -> tuple[str, dict[str, Any]]:
    """The path of its form, and what was saved."""
    post(alice, path, form)
    entry = alice.outbox()[-1]
    alice.phone.park(alice.user.id, entry["seq"], code, "Look at this.")
    return f"/outbox/{entry['seq']}/edit", entry["args"]


def sent_anew(alice: Alice, path: str, **touched: str) -> dict[str, Any]:
    page = alice.get(path)
    assert page["status"] == 200, page["text"]
    post(alice, path, {**Sent(page["text"]).fields, **touched})
    anew = [entry for entry in alice.outbox() if entry["name"] not in ("entry.withdraw", "noop")][-1]
    args: dict[str, Any] = anew["args"]
    return args


@pytest.mark.parametrize("is_here", [True, False], ids=["on the phone", "gone"])
def test_an_untouched_form_says_what_was_saved_whoever_looks_after_the_customer_now(
    alice: Alice, is_here: bool
) -> None:
    entries = {name: parked(alice, *saved) for name, saved in SAVED.items()}
    if not is_here:
        alice.phone.lose(alice.user.id, SHIPYARD)
    anew = {name: sent_anew(alice, path) for name, (path, _) in entries.items()}
    assert anew == {name: args for name, (_, args) in entries.items()}


def test_what_was_typed_besides_goes_along_and_nothing_that_was_not(alice: Alice) -> None:
    path, _ = parked(alice, f"/customers/{SHIPYARD}", {"region": "North"})
    assert "No longer" not in alice.get(path)["text"]
    touched = {"latitude": "1.500000", "longitude": "2.5", "address": "Quay 1", f"custom.{RIVAL}": "Acme"}
    assert sent_anew(alice, path, **touched)["fields"] == {
        "region": "North",
        "address": "Quay 1",
        "latitude": 1.5,
        "longitude": 2.5,
        "custom": {RIVAL: "Acme"},
    }
    path, _ = parked(alice, f"/contacts/{WU}", {"name": "Wu Lei"})
    assert sent_anew(alice, path, birthday="05-17")["fields"] == {"name": "Wu Lei", "birthday": "--05-17"}


@pytest.mark.parametrize("kind", ["visit.log", "activity.log"])
def test_of_a_customer_who_is_not_here_nobody_says_whether_they_were_visited(alice: Alice, kind: str) -> None:
    path, _ = parked(alice, *SAVED[kind])
    alice.phone.lose(alice.user.id, SHIPYARD)
    page = alice.get(path)["text"]
    assert "Shipyard 船厂" in page
    assert "Not in touch yet" not in page


def test_of_what_is_not_here_only_what_was_said_is_shown(alice: Alice) -> None:
    customer, _ = parked(alice, f"/customers/{SHIPYARD}", {"region": "North", f"custom.{FLEET}": "3"})
    contact, _ = parked(alice, f"/contacts/{WU}", {"reports_to": CHEF})
    alice.phone.lose(alice.user.id, SHIPYARD)
    page = alice.get(customer)["text"]
    assert "Look at this. Shipyard 船厂 is no longer on this phone. Only what you changed is sent." in page
    shown = {name for name in Sent(page).fields if name not in ("customer_id", "preferred_product_ids")}
    assert shown == {"region", f"custom.{FLEET}"}
    assert sent_anew(alice, customer, region="South")["fields"] == {"region": "South", "custom": {FLEET: "3"}}
    assert "No longer here" in alice.get(contact)["text"]
    assert sent_anew(alice, contact, reports_to="")["fields"] == {"reports_to": None}


def test_whom_and_what_a_visit_was_about_can_be_left_or_taken_away(alice: Alice) -> None:
    path, _ = parked(alice, "/visits", VISIT)
    alice.phone.lose(alice.user.id, SHIPYARD)
    page = alice.get(path)["text"]
    assert "Shipyard 船厂" in page
    assert 'hx-get="/visits/new/customers"' in page, "it may have been somebody else"
    assert page.count("No longer here") == 2
    assert "contact_ids" not in sent_anew(alice, path, contact_ids="")


@pytest.mark.parametrize(
    ("form", "path"),
    [
        (f"/visits/new?customer={SHIPYARD}", "/visits"),
        (f"/activities/new?customer={SHIPYARD}&kind=call", "/activities"),
    ],
    ids=["visit", "call"],
)
def test_it_is_called_by_whom_it_was_for_though_the_customer_left_while_it_was_written(
    alice: Alice, form: str, path: str
) -> None:
    typed = Sent(alice.get(form)["text"]).fields
    alice.phone.lose(alice.user.id, SHIPYARD)
    edit, _ = parked(
        alice, path, {**typed, "outcome": "interested", "note": "Typed meanwhile"}, "not_allowed"
    )
    assert "· Shipyard 船厂" in alice.get("/outbox")["text"]
    assert '<strong dir="auto">Shipyard 船厂</strong>' in alice.get(edit)["text"]
    sent_anew(alice, edit, customer_id=HARBOUR_CAFE, who="Harbour Café")
    outbox = alice.get("/outbox")["text"]
    assert "· Harbour Café" in outbox, "it was for somebody else"
    assert "Shipyard 船厂" not in outbox


def test_a_visit_keeps_its_place_and_its_id_unless_that_is_taken(alice: Alice) -> None:
    path, before = parked(alice, "/visits", VISIT)
    assert "data-place" not in alice.get(path)["text"], "it did not take place where it is edited"
    assert sent_anew(alice, path)["visit_id"] == before["visit_id"], "photos wait for it"
    path, before = parked(alice, "/visits", VISIT, "conflict")
    assert sent_anew(alice, path)["visit_id"] != before["visit_id"]


@pytest.mark.parametrize("is_here", [True, False], ids=["on the phone", "gone"])
@pytest.mark.parametrize(
    ("path", "saved"), [SAVED["visit.log"], SAVED["activity.log"]], ids=["visit", "call"]
)
def test_a_correction_stays_one_of_the_visit_that_it_corrects(
    alice: Alice, path: str, saved: dict[str, Any], is_here: bool
) -> None:
    post(alice, path, saved)
    visit_id = alice.outbox()[-1]["args"]["visit_id"]
    told = {**saved, "note": "Line 3\r\nand 2", "ended_at": "2026-11-23T08:10:00.000Z", "next_step": "none"}
    edit, before = parked(alice, f"/visits/{visit_id}/correction", told)
    if not is_here:
        alice.phone.lose(alice.user.id, SHIPYARD)
    form = alice.get(edit)["text"]
    assert 'name="next_step"' not in form
    assert 'hx-get="/visits/new/customers"' not in form, "nobody else was visited"
    assert before["corrects"] == visit_id
    assert sent_anew(alice, edit) == before


def test_what_the_server_found_wrong_stands_beside_its_field(alice: Alice) -> None:
    post(alice, f"/customers/{SHIPYARD}", {**CUSTOMER, f"custom.{RIVAL}": "Gone"})
    seq, wrong = alice.outbox()[-1]["seq"], {"code": "unknown_choice", "params": {}}
    alice.phone.park(
        alice.user.id,
        seq,
        "invalid",
        "Look at this.",
        fields={f"fields.custom.{RIVAL}": wrong, "fields.region": wrong},
    )
    page = alice.get(f"/outbox/{seq}/edit")["text"]
    beside = re.findall(r'id="([^"]*)-error"[^>]*>.*?Please choose one of the list\.', page)
    assert beside == ["region", f"custom.{RIVAL}"]


def test_a_form_left_half_edited_goes_on_until_it_is_sent(alice: Alice) -> None:
    path, _ = parked(alice, f"/customers/{SHIPYARD}", {"region": "North"})
    [key] = {part.split('"')[0] for part in alice.get(path)["text"].split('data-draft="')[1:]}
    alice.phone.draft(alice.user.id, key, {"region": ["South"], "phone": ["+49 40 3"]})
    page = alice.get(path)["text"]
    assert all(text in page for text in ('value="South"', 'value="+49 40 3"', "Look at this."))
    assert "data-draft-kept hidden" not in page
    sent_anew(alice, path)
    alice.phone.park(alice.user.id, 2, "invalid", "Look at this.")
    assert "data-draft-kept hidden" in alice.get("/outbox/2/edit")["text"]


def test_of_thousands_that_a_restored_server_is_sent_anew_the_outbox_shows_the_first(alice: Alice) -> None:
    for number in range(101):
        alice.log_visit(f"Again, {number}.")
    page = alice.get("/outbox")["text"]
    assert "101 entries wait for a signal." in page
    assert "The first 100 of 101 are shown." in page
    assert ("Again, 99." in page, "Again, 100." in page) == (True, False)
