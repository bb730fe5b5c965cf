"""Forms and addresses with what nobody means to send: an answer in words, the typing kept, nothing personal logged."""

import itertools
import random
import re
from urllib.parse import quote

import pytest
from litestar import Litestar

from server import forms
from server.database import Database
from tests.routes.test_permissions import ROUTES, Visitor, World

FORMS_OF_A_ROUTE = {"postgresql": 12, "sqlite": 4}  # what PostgreSQL takes, SQLite takes
MARK = "Wq7Zt"  # in everything hostile that is text, so that it can be looked for
HOSTILE = (
    "\x00", f"{MARK}\x00b", "\x0b", "🚪" * 300, f"عميل {MARK}\u200f", f"\u202e{MARK} evil", MARK * 2_100, MARK * 50,
    "1900-01-01", "9999-12-31", "0000-00-00", "1899-12-31T23:59:59Z", "9999-12-31T23:59:59.999-23:59", "-1", "1e999",
    "NaN", "9" * 400, "٣", f"=cmd|'/C {MARK}'!A0", f"<script>{MARK}</script>", f"'\"><{MARK}", " ", "../../etc/passwd",
    "{new}", "0199F2A0-0000-7000-8000-000000000000", "\ufeff", "\u2028", "ı", "//evil.test", "/客户", "pick", "3",
)  # fmt: skip
OF_A_VISIT = (*forms.VISIT_FIELDS, *forms.PLACE, "contact_ids", "product_ids", "competitors")
QUOTE_LINE = [f"line_{name}" for name in forms.QUOTE_LINE]
MORE_FIELDS = {
    "POST /customers": forms.CUSTOMER_FIELDS,
    "POST /customers/{customer_id}": forms.CUSTOMER_FIELDS,
    "POST /customers/{customer_id}/contacts": forms.CONTACT_FIELDS,
    "POST /contacts/{contact_id}": forms.CONTACT_FIELDS,
    "POST /visits": (*OF_A_VISIT, "next_step", "due_on", "follow_up_id", "follow_up_note"),
    "POST /activities": (*OF_A_VISIT, "kind", "next_step", "due_on", "follow_up_id", "follow_up_note"),
    "POST /custom-fields": ("choices",),
    "POST /custom-fields/{custom_field_id}": ("choices",),
    "POST /visits/{other_id}/correction": OF_A_VISIT,
    "POST /opportunities": ("expected_close_on", "pipeline_id"),
    "POST /opportunities/{opportunity_id}": forms.OPPORTUNITY_FIELDS,
    "POST /opportunities/{opportunity_id}/move": ("amount_cents", *forms.MOVE_FIELDS),
    "POST /opportunities/{opportunity_id}/approve": ("note", "answer"),
    "POST /opportunities/{opportunity_id}/quotes": ("note", "valid_until", *QUOTE_LINE, "q"),
    "POST /opportunities/{opportunity_id}/quotes/lines": ("add", "more", "less", "remove", "q", *QUOTE_LINE),
    "POST /opportunities/{opportunity_id}/quotes/{quote_id}/answer": ("reason",),
    "POST /opportunities/{opportunity_id}/contracts": ("quote_id",),
    "POST /opportunities/{opportunity_id}/contracts/{contract_id}/signature": ("strokes", *forms.PLACE),
    "POST /opportunities/{opportunity_id}/contracts/{contract_id}/answer": ("reason",),
    "POST /opportunities/{opportunity_id}/orders": ("note",),
    "POST /opportunities/{opportunity_id}/orders/{order_id}/payments": ("note",),
    "POST /products": ("unit", "stock_quantity", "price.Café"),
    "POST /products/{product_id}": ("unit", "price_cents", "currency", "price.Café", "told_again"),
    "POST /letterhead": ("lines", "footer", "terms"),
    "POST /visits/planned": ("planned_time",),
    "POST /follow-ups": ("note", "due_on"),
    "POST /tasks": ("due_on",),
    "POST /tasks/{task_id}/rate": ("back",),
    "POST /tasks/{open_task_id}/withdraw": ("back",),
    "POST /follow-ups/{follow_up_id}/complete": ("back",),
    "POST /follow-ups/{follow_up_id}/reopen": ("back",),
    "POST /visits/{visit_id}/withdraw": ("back",),
    "POST /visits/{planned_id}/cancel": ("back",),
    "POST /sign-in": ("next",),
    "POST /more/reminders": ("days", "kinds", "discreet"),
    "POST /pipelines/{pipeline_id}": (
        "key_0", "name_0", "position_0", "probability_0", "stuck_after_days_0", "required_0", "remove_0", "moves_to_0",
    ),
    "POST /people": ("team_id", "territory_id", "weekly_visits"),
    "POST /people/{user_id}": ("team_id", "territory_id", "weekly_visits"),
    "POST /import/{draft_id}": ("owner_id", "territory_id", "duplicates", "leave_out_errors", "column_1"),
}  # fmt: skip
FOR_PROGRAMS = ("POST /sync", "POST /files")
WITH_FORMS = [
    address for address in ROUTES if address.startswith("POST") and not address.startswith(FOR_PROGRAMS)
]
# Their own tests try them: each costs a slow hash, or signs out who asks.
SLOW = ("POST /more/password", "POST /sign-in", "POST /sign-out", "POST /people/{user_id}/password")


def hostile_forms(world: World, address: str, count: int) -> list[dict[str, str]]:
    dice = random.Random(address)
    good = world.form(ROUTES[address].form)
    names = sorted({*good, *MORE_FIELDS.get(address, ())})
    made = []
    for _ in range(count if names else 1):
        few = dice.sample(names, dice.randint(1, len(names))) if names else []
        made.append(good | {name: world.path(dice.choice(HOSTILE)) for name in few})
    return made


@pytest.mark.parametrize("address", [address for address in WITH_FORMS if address not in SLOW])
def test_no_form_breaks_its_page(
    app: Litestar, database: Database, world: World, address: str, capfd: pytest.CaptureFixture[str]
) -> None:
    visitor = Visitor(app, database, getattr(world.cast, ROUTES[address].by))
    visitor.client.headers["Accept-Language"] = "zh-CN"
    path = address.removeprefix("POST ")
    for form in hostile_forms(world, address, FORMS_OF_A_ROUTE[database.engine.dialect.name]):
        capfd.readouterr()
        answer = visitor.client.post(world.path(path), data=form)
        assert answer.status_code in (200, 303, 404, 409, 422), (form, answer.text[-300:])
        assert "<script>" + MARK not in answer.text
        assert_one_line(capfd.readouterr().err)


def assert_one_line(logged: str) -> None:
    lines = [line for line in logged.splitlines() if "request " in line or MARK in line]
    assert len(lines) == 1
    assert MARK not in logged


ADDRESSES = [address for address in ROUTES if "{" in address and not address.startswith("GET /static")]
PIECES = (
    "\x00",
    "a\x00",
    "%",
    "🚪",
    "x" * 2000,
    "../x",
    "\ud800",
    "0199f2a0-0000-7000-8000-00000000000g",
    "客户",
    "'",
    " ",
)


def test_no_piece_of_an_address_breaks_the_server(app: Litestar, database: Database, world: World) -> None:
    visitors = {name: Visitor(app, database, getattr(world.cast, name)) for name in ("alice", "dora", "mei")}
    for piece, address in itertools.product(PIECES, ADDRESSES):
        written = quote(piece, safe="", errors="surrogatepass")
        method, path = address.split(" ")
        asked = "/".join(written if part.startswith("{") else part for part in path.split("/"))
        answer = visitors[ROUTES[address].by].client.request(method, asked)
        assert answer.status_code in (303, 400, 404, 405, 422), (piece, address, answer.text[-300:])


QUESTIONS = (
    "/customers?q=", "/customers?show=", "/customers?offset=", "/customers?show=nearby&latitude=1&longitude=",
    "/today?done=", "/today?done=complete&id=", "/today?done=snooze&id=x&was=", "/visits/new?customer=",
    "/visits/new?visit=", "/visits/new?note=", "/visits/new/customers?q=", "/visits/plan?customer=", "/visits/plan?q=",
    "/products?q=", "/products?all=", "/customers/likely?name=Huber&customer_id=", "/library?q=",
    "/follow-ups/new?customer=", "/opportunities/new?customer=", "/pipeline?stage=", "/pipeline?offset=",
    "/pipeline?owner=", "/tasks/new?customer=",
    "/pipeline?pipeline=", "/pipeline?closing=", "/pipeline?territory=",
    "/export.csv?q=", "/export.xlsx?show=", "/manifest.webmanifest?lang=", "/sign-in?next=", "/more?done=",
    "/sync/pull?device_id=", "/sync/pull?sums=1&device_id=0199f2a0-0000-7000-8000-000000000000&cursor=",
)  # fmt: skip


def test_no_question_breaks_its_page(app: Litestar, database: Database, world: World) -> None:
    visitor = Visitor(app, database, world.cast.alice)
    for question, piece in itertools.product(QUESTIONS, (*HOSTILE[:8], *PIECES)):
        answer = visitor.client.get(question + quote(piece, safe="", errors="surrogatepass"))
        assert answer.status_code in (200, 303, 400, 404, 409, 414), (question, piece, answer.text[-300:])


# What one can type, and the field it is said beside.
TYPED = [
    ("/visits", "note", MARK * 2_100), ("/visits", "note", f"{MARK}\x00"), ("/visits", "pain_point", f"{MARK}\x07"),
    ("/visits", "due_on", "1900-01-01"), ("/visits", "due_on", "9999-12-31"), ("/customers", "name", "\x00"),
    ("/customers", "name", MARK * 41), ("/customers", "phone", "🚪"), ("/customers", "cadence_days", "1e999"),
    ("/customers", "latitude", "9" * 400), ("/customers/{customer_id}", "name", f"\u202e{MARK}\x00"),
    ("/customers/{customer_id}/contacts", "birthday", "1899-12-31"), ("/contacts/{contact_id}", "email", f"{MARK}@"),
    ("/visits/planned", "planned_on", "1900-01-01"), ("/follow-ups", "due_on", "0000-00-00"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "name", "value"), TYPED)
def test_it_is_said_beside_its_field_in_the_readers_language_and_the_typing_is_kept(
    app: Litestar, database: Database, world: World, path: str, name: str, value: str
) -> None:
    visitor = Visitor(app, database, world.cast.alice)
    visitor.client.post("/more/language", data={"locale": "zh-Hans"})
    form = world.form(ROUTES.get(f"POST {path}", ROUTES["POST /visits"]).form) | {
        "next_step": "pick",
        name: value,
    }
    answer = visitor.client.post(world.path(path), data=form)
    assert answer.status_code == 422
    said = re.search(rf'id="{name}-error">.*?<span>([^<]+)</span>', answer.text)
    assert said is not None, answer.text
    assert re.search("[\u4e00-\u9fff]", said[1])
    assert value.replace("\x00", "\ufffd") in answer.text.replace("\x00", "\ufffd")


@pytest.mark.parametrize("path", ["/visits", "/activities"])
@pytest.mark.parametrize("customer_id", ["\x00", "a\x00b", "x"])
def test_a_visit_to_what_is_no_customer_keeps_the_typing(
    app: Litestar, database: Database, world: World, path: str, customer_id: str
) -> None:
    visitor = Visitor(app, database, world.cast.alice)
    answer = visitor.client.post(path, data={"customer_id": customer_id, "note": MARK})
    assert answer.status_code == 422
    assert MARK in answer.text


def test_bytes_in_a_field_that_is_no_file_are_refused_in_a_sentence(
    app: Litestar, database: Database, world: World
) -> None:
    visitor = Visitor(app, database, world.cast.alice)
    content = b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\n\xff\xfe\r\n--x--\r\n'
    form_of_parts = {"Content-Type": "multipart/form-data; boundary=x", "Accept-Language": "zh"}
    answer = visitor.client.post("/import", content=content, headers=form_of_parts)
    assert answer.status_code == 400
    assert re.search("[\u4e00-\u9fff]", answer.text)


def test_ten_megabytes_are_refused_in_a_sentence(app: Litestar, database: Database, world: World) -> None:
    visitor = Visitor(app, database, world.cast.alice)
    answer = visitor.client.post(
        "/visits", data={"note": "x" * 10_000_000}, headers={"Accept-Language": "zh"}
    )
    assert answer.status_code == 413
    assert re.search("[\u4e00-\u9fff]", answer.text)


@pytest.mark.parametrize(
    "name", ["a\x00.csv", "\ud800.csv", "x" * 5000, "../../etc/passwd", "عميل\u202e.csv", "🚪.csv"]
)
def test_a_file_may_be_called_anything(app: Litestar, database: Database, world: World, name: str) -> None:
    visitor = Visitor(app, database, world.cast.alice)
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="%b"\r\n\r\n'
    content = head % name.encode("utf-8", "surrogatepass") + b"Company\r\nHuber\r\n--x--\r\n"
    answer = visitor.client.post(
        "/import", content=content, headers={"Content-Type": "multipart/form-data; boundary=x"}
    )
    assert answer.status_code in (303, 400, 422), answer.text
    if answer.status_code == 303:
        assert "Huber" in visitor.client.get(answer.headers["location"]).text
