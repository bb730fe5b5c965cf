"""Every address of the server, tried by everybody: who gets an answer, and that nobody else learns from theirs."""

import re
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import httpx
import pytest
from litestar import Litestar
from python_calamine import CalamineWorkbook
from sqlmodel import SQLModel, select

from server.database import Database
from tests.cast import PASSWORD
from tests.routes.around import COST_CENTS, SECRETS, STARTED, Visitor, World

TO_SIGN_IN = 303
GONE = 404


@dataclass(frozen=True)
class Row:
    """What each gets for one address. `form`: what Alice, or whom `by` names, would do with success."""

    stranger: int
    support: int
    executive: int
    nobody: int = TO_SIGN_IN
    form: dict[str, str] = field(default_factory=dict)
    by: str = "alice"
    done: int = 0  # 0: 200 for a page, 303 for a form
    query: str = ""
    leads: str = "/sign-in"  # where who is not signed in is led
    manages: int = (
        0  # the manager of another territory, where a stranger who manages nothing is told something else
    )


def same(status: int, **more: Any) -> Row:
    return Row(status, status, status, **more)


OPEN = same(200, nobody=200)
OWN_PAGE = same(200)
PAGE_OF_IT = Row(GONE, GONE, 200)
VISIT = {"visit_id": "{new}", "customer_id": "{customer_id}", "started_at": STARTED, "outcome": "ordered"}
PERSON = {"name": "Erin", "email": "erin@example.test", "role": "rep", "weekly_visits": "20"}
SETUP = {
    "company": "Evil",
    "name": "Eve",
    "email": "e@example.test",
    "password": "three taps and",
    "locale": "en",
}


SUBSCRIPTION = {
    "endpoint": "https://fcm.googleapis.com/fcm/send/1",
    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
}


FILE = {
    "attachment_id": "{new}",
    "name": "a.pdf",
    "sha256": "cd" * 32,
    "size": "9",
    "media_type": "application/pdf",
}
WISHES = {"hour": "08:30", "quiet_from": "20:00", "quiet_until": "07:00", "days": "1"}


def change(**form: str) -> Row:
    """A change to the customer or to what hangs off it: no stranger, and nobody in support."""
    return Row(GONE, GONE, 303, form=form)


def admin(status: int = 0, **form: str) -> Row:
    return same(GONE, by="dora", form=form, done=status)


def seeing_all(status: int = 0, **form: str) -> Row:
    """Of another territory than the cast's manager, kept by who sees all."""
    return Row(GONE, GONE, status or (303 if form else 200), by="dora", form=form, done=status)


def manager(status: int = 200, **form: str) -> Row:
    """What any manager keeps for the whole company."""
    return Row(GONE, GONE, status, by="mei", form=form, done=status, manages=status)


def manager_there(status: int = 0, **form: str) -> Row:
    """What the customer's manager may, and who manages every territory."""
    return Row(GONE, GONE, status or (303 if form else 200), by="mei", form=form, done=status)


def leader(done: int = 0, query: str = "", **form: str) -> Row:
    """For all who manage or look at everything, of what they may see."""
    found = done or 200
    return Row(GONE, GONE, found, by="mei", manages=found, query=query, form=form, done=done)


ROUTES: dict[str, Row] = {
    "GET /": same(303, done=303, leads="/today"),
    "GET /today": OWN_PAGE,
    "GET /customers": OWN_PAGE,
    "POST /customers": Row(303, GONE, 303, form={"customer_id": "{new}", "name": "Quay {new}"}),
    "GET /customers/new": OWN_PAGE,
    "GET /customers/likely": same(200, query="?name=Zanzibar+GmbH&phone=040+7654321"),
    "GET /customers/elsewhere": Row(200, GONE, 200, query="?name=Nobody"),
    "POST /customers/{customer_id}/ask": Row(200, GONE, 200, done=200),
    "POST /customers/{customer_id}/asks/decline": change(user_id="{charlie}"),
    "GET /customers/{customer_id}": PAGE_OF_IT,
    "POST /customers/{customer_id}": change(name="Mine now"),
    "GET /customers/{customer_id}/edit": Row(GONE, GONE, 200),
    "GET /customers/{customer_id}/history": PAGE_OF_IT,
    "GET /customers/{customer_id}/merge": manager_there(),
    "POST /customers/{customer_id}/merge": manager_there(into_id="{twin_id}"),
    "GET /customers/{customer_id}/delete": manager_there(),
    "POST /customers/{customer_id}/delete": manager_there(303),
    "POST /customers/{customer_id}/restore": manager_there(303),
    "GET /deleted-customers": leader(),
    "GET /pool": leader(),
    "POST /pool": Row(GONE, GONE, 303, by="mei", manages=422, form={"taker": "{alice}"}, done=303),
    "GET /customers/{customer_id}/give": manager_there(),
    "POST /customers/{customer_id}/give": manager_there(
        follow_up_id="{new}", next_step="3", note="Call", to="{alice}", kind="follow_up"
    ),
    "POST /customers/{customer_id}/tags": change(tag="terrace"),
    "POST /customers/{customer_id}/tags/remove": change(tag=SECRETS["tag"]),
    "GET /customers/{customer_id}/comparison": Row(GONE, GONE, 200, query="?competitor=Umbrella"),
    "POST /customers/{customer_id}/comparison": change(competitor="Umbrella", note="Cheaper"),
    "POST /customers/{customer_id}/owner": change(**{"from": "{alice}", "to": "{mei}"}),
    "POST /customers/{customer_id}/shares": change(user_id="{mei}"),
    "POST /customers/{customer_id}/shares/remove": change(user_id="{bob}"),
    "GET /customers/{customer_id}/contacts/new": PAGE_OF_IT,
    "POST /customers/{customer_id}/contacts": change(contact_id="{new}", name="Wu"),
    "GET /contacts/{contact_id}/edit": PAGE_OF_IT,
    "POST /contacts/{contact_id}": change(name="Mine now"),
    "POST /contacts/{contact_id}/remove": change(),
    "POST /contacts/{contact_id}/restore": change(),
    "GET /visits/new": same(200, query="?customer={customer_id}&visit={planned_id}"),
    "GET /visits/new/customers": same(200, query="?q=zanzibar"),
    "POST /visits": change(**VISIT),
    "GET /visits/{visit_id}/correct": same(GONE),
    "POST /visits/{other_id}/correction": same(GONE, form=VISIT),
    "POST /visits/{visit_id}/withdraw": same(GONE),
    "GET /activities/new": Row(GONE, GONE, 200, query="?customer={customer_id}&kind=call"),
    "POST /activities": change(**VISIT, kind="call"),
    "GET /visits/plan": Row(GONE, GONE, 200, query="?customer={customer_id}"),
    "POST /visits/planned": change(visit_id="{new}", customer_id="{customer_id}", planned_on="2026-11-30"),
    "POST /visits/{planned_id}/cancel": change(),
    "POST /share-target": same(303, leads="/visits/new"),
    "GET /follow-ups/new": Row(GONE, GONE, 200, query="?customer={customer_id}"),
    "POST /follow-ups": change(follow_up_id="{new}", customer_id="{customer_id}", next_step="3"),
    "POST /follow-ups/{follow_up_id}/complete": change(),
    "POST /follow-ups/{follow_up_id}/reopen": change(),
    "POST /follow-ups/{follow_up_id}/snooze": change(due_on="2026-11-30"),
    "GET /tasks": OWN_PAGE,
    "GET /tasks/new": Row(GONE, GONE, 200, query="?customer={customer_id}"),
    "POST /tasks": change(
        task_id="{new}", customer_id="{customer_id}", department="service", note="Van?", next_step="3"
    ),
    "GET /tasks/{task_id}": PAGE_OF_IT,
    "POST /tasks/{other_task_id}/answer": change(answer="The blue one"),
    "POST /tasks/{task_id}/rate": change(rating="good"),
    "POST /tasks/{open_task_id}/withdraw": change(),
    "GET /pipeline": OWN_PAGE,
    "GET /opportunities/new": Row(GONE, GONE, 200, query="?customer={customer_id}"),
    "POST /opportunities": change(
        opportunity_id="{new}",
        customer_id="{customer_id}",
        name="Two barrels",
        amount_cents="5",
        currency="EUR",
        stage="lead",
    ),
    "GET /opportunities/{opportunity_id}": PAGE_OF_IT,
    "POST /opportunities/{opportunity_id}": change(
        name="Mine now", amount_cents="0.01", currency="EUR", from_cents="1", from_currency="EUR"
    ),
    "GET /opportunities/{opportunity_id}/edit": PAGE_OF_IT,
    "GET /opportunities/{opportunity_id}/move": Row(GONE, GONE, 200, query="?to=quote"),
    "POST /opportunities/{opportunity_id}/move": change(
        **{"from": "lead", "to": "lost", "lost_reason": "Price"}
    ),
    "POST /opportunities/{opportunity_id}/ask": change(stage="contract", amount_cents="1", currency="EUR"),
    "POST /opportunities/{opportunity_id}/approve": manager_there(
        stage="contract", amount_cents="1", currency="EUR"
    ),
    "GET /opportunities/{opportunity_id}/products": PAGE_OF_IT,
    "GET /opportunities/{opportunity_id}/quotes/new": Row(GONE, GONE, 200, query="?quote={quote_id}"),
    "POST /opportunities/{opportunity_id}/quotes/lines": Row(
        GONE, GONE, 200, form={"own": "Delivery", "currency": "EUR"}, done=200
    ),
    "POST /opportunities/{opportunity_id}/quotes": change(
        quote_id="{new}", edition="0", currency="EUR", line_name="Mine", line_quantity="2", line_price="5"
    ),
    "GET /opportunities/{opportunity_id}/quotes/{quote_id}": PAGE_OF_IT,
    "POST /opportunities/{opportunity_id}/quotes/{quote_id}/answer": change(to="sent"),
    "POST /quotes/{quote_id}/withdraw": change(),
    "GET /opportunities/{opportunity_id}/contracts/new": Row(
        GONE, GONE, 200, query="?contract={contract_id}"
    ),
    "POST /opportunities/{opportunity_id}/contracts": change(
        contract_id="{new}",
        edition="0",
        title="Mine",
        seller="Us",
        buyer="You",
        terms="All",
        amount_cents="5",
        currency="EUR",
    ),
    "GET /opportunities/{opportunity_id}/contracts/{contract_id}": PAGE_OF_IT,
    "POST /opportunities/{opportunity_id}/contracts/{contract_id}/signature": change(
        edition="1", signer="Mine", by_name="yes"
    ),
    "POST /opportunities/{opportunity_id}/contracts/{contract_id}/answer": change(to="sent"),
    "POST /contracts/{contract_id}/withdraw": change(),
    "POST /opportunities/{opportunity_id}/orders": change(
        order_id="{new}", quote_id="{accepted_id}", placed_on="2026-11-23"
    ),
    "GET /opportunities/{opportunity_id}/orders/{order_id}": PAGE_OF_IT,
    "POST /opportunities/{opportunity_id}/orders/{order_id}/payments": change(
        payment_id="{new}", kind="received", on="2026-11-23", amount_cents="0.05"
    ),
    "POST /opportunities/{opportunity_id}/orders/{order_id}/payments/remove": change(
        payment_id="{payment_id}"
    ),
    "POST /orders/{order_id}/withdraw": change(),
    "GET /products": manager(),
    "POST /products": manager(303, name="Rod wiper", code="RW", price_cents="6.40", currency="EUR"),
    "GET /products/new": manager(),
    "GET /products/import": manager(),
    "POST /products/import": manager(422),
    "GET /products/export.csv": manager(),
    "GET /products/export.xlsx": manager(),
    "GET /products/{product_id}": manager(),
    "POST /products/{product_id}": manager(303, name="Seal", code="S-1", stock_quantity="7"),
    "POST /products/{product_id}/retired": manager(303, retired="yes"),
    "GET /library": OWN_PAGE,
    "POST /library": manager(422, title="Terms"),
    "GET /library/new": manager(),
    "GET /library/{document_id}/edit": seeing_all(),
    "POST /library/{document_id}": seeing_all(title="Terms", kind="contract"),
    "POST /library/{document_id}/remove": seeing_all(303),
    "POST /library/{document_id}/versions/{version}/use": seeing_all(303),
    "GET /letterhead": admin(),
    "POST /letterhead": admin(name="Zebra Ltd"),
    "GET /outbox": OWN_PAGE,
    "POST /outbox/import": same(422, done=422),
    "POST /files": same(400, nobody=401, done=400),
    "PATCH /files/{sha256}": same(400, nobody=401, done=400),
    "GET /files/{sha256}": PAGE_OF_IT,
    "GET /files/{sha256}/thumbnail": PAGE_OF_IT,
    "GET /files/{sha256}/{file_name}": PAGE_OF_IT,
    "POST /customers/{customer_id}/files": change(**FILE),
    "POST /opportunities/{opportunity_id}/files": change(**FILE),
    "POST /attachments/{attachment_id}/remove": change(),
    "POST /attachments/{attachment_id}/restore": change(),
    "GET /more": OWN_PAGE,
    "POST /more/language": same(303, form={"locale": "en"}),
    "GET /more/install": OWN_PAGE,
    "GET /more/help": OWN_PAGE,
    "GET /healthz": OPEN,
    "GET /readyz": OPEN,
    "GET /openapi.json": OPEN,
    "GET /static/{name}": same(GONE, nobody=GONE, done=GONE),
    "GET /service_worker.js": OPEN,
    "GET /manifest.webmanifest": OPEN,
    "GET /sign-in": same(303, nobody=200, done=303),
    "POST /sign-in": same(303, leads="/today", form={"email": "alice@example.test", "password": PASSWORD}),
    "POST /sign-out": same(303),
    "GET /setup/{token}": same(TO_SIGN_IN, done=TO_SIGN_IN),
    "POST /setup/{token}": same(TO_SIGN_IN, done=TO_SIGN_IN, form=SETUP),
    "GET /more/devices": OWN_PAGE,
    "POST /more/devices/{public_id}/sign-out": same(GONE),
    "GET /more/password": OWN_PAGE,
    "POST /more/password": same(303, form={"current": PASSWORD, "password": "another one of these"}),
    "GET /more/reminders": OWN_PAGE,
    "GET /more/reminders/{kind}": OWN_PAGE,
    "POST /more/reminders": same(303, form=WISHES),
    "POST /more/reminders/subscription": same(200, done=200, form=SUBSCRIPTION),
    "POST /more/reminders/unsubscribe": same(303),
    "POST /more/reminders/trial": same(303),
    "POST /more/reminders/default": same(303),
    "POST /more/reminders/calendar": same(200, done=200),
    "POST /more/reminders/calendar/end": same(303),
    "GET /calendar/{name}": same(GONE, nobody=GONE, done=GONE),
    "GET /territories/{territory_id}/reminders": manager_there(),
    "POST /territories/{territory_id}/reminders": manager_there(**WISHES),
    "GET /custom-fields": admin(),
    "POST /custom-fields": admin(name="Fleet size", kind="number"),
    "GET /custom-fields/{custom_field_id}": admin(),
    "POST /custom-fields/{custom_field_id}": admin(name="Fleet"),
    "POST /custom-fields/{custom_field_id}/retired": admin(retired="yes"),
    "GET /people": admin(),
    "POST /people": admin(200, **PERSON),
    "GET /people/new": admin(),
    "POST /people/territories": admin(territory="East"),
    "POST /people/teams": admin(team="Docks", team_territory="{north}"),
    "GET /people/territories/{territory_id}": admin(),
    "POST /people/territories/{territory_id}": admin(name="Far north"),
    "POST /people/territories/{territory_id}/remove": admin(422),
    "GET /people/teams/{team_id}": admin(),
    "POST /people/teams/{team_id}": admin(name="Quay"),
    "POST /people/teams/{team_id}/remove": admin(422),
    "GET /people/{user_id}": admin(),
    "POST /people/{user_id}": admin(**{**PERSON, "email": "bob@example.test"}),
    "POST /people/{user_id}/password": admin(200),
    "POST /people/{user_id}/deactivate": admin(),
    "POST /people/{user_id}/reactivate": admin(),
    "POST /people/{user_id}/customers": admin(taker="{alice}"),
    "GET /pipelines": admin(),
    "POST /pipelines": admin(name="Service"),
    "GET /pipelines/{pipeline_id}": admin(),
    "POST /pipelines/{pipeline_id}": admin(name="Sales"),
    "POST /pipelines/{pipeline_id}/retire": same(GONE, by="dora", done=GONE),
    "POST /pipelines/{pipeline_id}/reopen": admin(),
    "GET /devices": admin(),
    "GET /deliveries": admin(),
    "GET /metrics": same(GONE, nobody=GONE, done=GONE),
    "POST /devices/{phone_id}/wipe": admin(),
    "GET /team": Row(GONE, GONE, 200, by="mei", manages=200),
    "GET /team/filter": leader(),
    "GET /team/visits": Row(GONE, GONE, 200, by="mei", manages=200),
    "GET /team/planned": Row(GONE, GONE, 200, by="mei", manages=200),
    "GET /team/cold": Row(GONE, GONE, 200, by="mei", manages=200),
    "GET /team/in-touch": leader(),
    "GET /team/open": leader(query="?rep={alice}"),
    "GET /team/approvals": leader(),
    "GET /team/late": Row(GONE, GONE, 200, by="mei", manages=200),
    "GET /report": Row(200, GONE, 200, by="alice"),
    "GET /report/{week}": Row(GONE, GONE, 200, by="mei", query="?of={alice}"),
    "GET /report/{week}/{what}": Row(GONE, GONE, 200, by="mei", query="?of={alice}"),
    "POST /report/{week}": Row(303, GONE, GONE, form={"text": "A good week"}),
    "GET /team/quota": Row(GONE, GONE, 200, by="mei", manages=200),
    "GET /team/won": Row(GONE, GONE, 200, by="mei", manages=200),
    "GET /team/forecast": Row(GONE, GONE, 200, by="mei", manages=200),
    "GET /team/funnel": leader(query="?by=competitor&rep={alice}"),
    "GET /team/funnel/moves": leader(query="?by=rep&key={alice}&stage=lead"),
    "GET /team/funnel/standing": leader(query="?by=rep&key={alice}&stage=lead"),
    "GET /team/buying": leader(query="?rep={alice}"),
    "GET /team/buying/customers": leader(query="?currency=EUR&segment=best&rep={alice}"),
    "GET /team/buying/orders": leader(query="?product=&when=lately&territory={north}"),
    "GET /team/funnel/stuck": leader(query="?territory={north}&by=rep&key={alice}"),
    "GET /quotas": Row(GONE, GONE, 200, by="mei", query="?territory={north}"),
    "POST /quotas": Row(
        GONE,
        GONE,
        303,
        by="mei",
        form={"territory": "{north}", "year": "2026", "amount-{bob}-2026-10-01": "5"},
    ),
    "GET /team/questions": leader(),
    "POST /team/questions": leader(303, name="Visits", measure="visits"),
    "GET /team/questions/new": leader(query="?measure=visits&by=customer_type&then=region&only.rep={alice}"),
    "GET /team/questions/list": leader(query="?measure=touched&only.rep={alice}"),
    "GET /team/questions/export.csv": leader(query="?measure=touched&by=customer_type&then=region"),
    "GET /team/questions/export.xlsx": leader(query="?measure=order_amount&by=product&then=customer_type"),
    "GET /team/questions/{question_id}": same(GONE, by="mei"),
    "POST /team/questions/{question_id}": same(GONE, by="mei", form={"name": "Mine", "measure": "visits"}),
    "POST /team/questions/{question_id}/name": same(GONE, by="mei", form={"name": "Mine now"}),
    "POST /team/questions/{question_id}/pin": same(GONE, by="mei", form={"pinned": "yes"}),
    "POST /team/questions/{question_id}/delete": same(GONE, by="mei"),
    "GET /team/alerts": leader(),
    "POST /team/alerts": leader(303, kind="stuck", limit="1"),
    "GET /team/alerts/new": leader(query="?kind=competitor"),
    "GET /team/alerts/{alert_id}": same(GONE, by="mei"),
    "GET /team/alerts/{alert_id}/edit": same(GONE, by="mei"),
    "POST /team/alerts/{alert_id}/edit": same(
        GONE, by="mei", form={"limit": "2", "days": "9", "competitor": "X"}
    ),
    "POST /team/alerts/{alert_id}/delete": same(GONE, by="mei"),
    "GET /parked": Row(GONE, GONE, 200, by="mei", manages=200),
    "GET /parked/count": Row(GONE, GONE, 200, by="mei", manages=200),
    "POST /parked/{change_id}/apply": manager_there(303),
    "POST /parked/{change_id}/restore": manager_there(customer_id="{customer_id}"),
    "POST /parked/{change_id}/dismiss": manager_there(303),
    "GET /import": Row(200, GONE, 200),
    "POST /import": Row(422, GONE, 422, done=422),
    "GET /import/{draft_id}": same(GONE),
    "POST /import/{draft_id}": same(GONE, form={"do": "look", "column_0": "name"}),
    "GET /import/{draft_id}/progress": same(GONE, done=303),
    "POST /import/{draft_id}/discard": same(GONE),
    "GET /export.csv": same(200, query="?q=zanzibar"),
    "GET /export.xlsx": same(200, query="?q=zanzibar"),
    "POST /sync/push": same(400, nobody=401, done=400),
    "GET /sync/pull": same(200, nobody=401, query="?device_id={device_id}"),
}
OTHER_NAMES = re.compile("{(planned|other)_id}")
OPEN_TASKS = re.compile("{(open|other)_task_id}")
PHONES = re.compile("{phone_id}")
OWN_FIELDS = re.compile("{custom_field_id}")
STREAM = "GET /sync/events"  # tests/sync/test_contract.py and test_events.py listen


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_address_has_its_row(app: Litestar) -> None:
    found = {(method, route.path_format) for route in app.routes for method in route.methods}  # type: ignore[union-attr]
    shapes = {f"{method} {path}" for method, path in found if method != "OPTIONS"}
    named = [
        OPEN_TASKS.sub("{task_id}", OWN_FIELDS.sub("{field_id}", PHONES.sub("{device_id}", address)))
        for address in (*ROUTES, STREAM)
    ]
    assert shapes == {OTHER_NAMES.sub("{visit_id}", address) for address in named}


def ask(visitor: Visitor, world: World, address: str) -> httpx.Response:
    row = ROUTES[address]
    method, path = address.split(" ")
    form = {"data": world.form(row.form)} if method == "POST" else {}
    return visitor.client.request(method, world.path(path + row.query), **form)


def customers_world(database: Database, world: World) -> list[Any]:
    """Alice's customer, row by row. What somebody does to their own account is theirs."""
    names = (
        "customers",
        "customer_tags",
        "customer_shares",
        "contacts",
        "visits",
        "follow_ups",
        "opportunities",
        "attachments",
        "quotes",
        "orders",
        "contracts",
        "tasks",
    )
    tables = [SQLModel.metadata.tables[name] for name in names]
    with database.reading() as session:
        return [sorted(map(tuple, session.execute(_rows(table, world)).all()), key=repr) for table in tables]


def _rows(table: Any, world: World) -> Any:
    key = table.c.id if table.name == "customers" else table.c.customer_id
    return select(table).where(key == world.ids["customer_id"])


WHO = ("stranger", "other manager", "support", "executive")
ENDS_THE_SESSION = ("POST /sign-in", "POST /sign-out", "POST /more/password")
LEAVES_IT_CHANGED = (
    "POST /library/{document_id}/remove",
    "POST /orders/{order_id}/withdraw",
    "POST /quotes/{quote_id}/withdraw",
    "POST /customers/{customer_id}/merge",
    "POST /visits/{visit_id}/withdraw",
    "POST /customers/{customer_id}/owner",
    "POST /customers/{customer_id}/delete",
    "POST /more/password",
)


def test_an_address_answers_whom_it_is_for_and_tells_nobody_else(
    app: Litestar, database: Database, world: World
) -> None:
    before, wrong = customers_world(database, world), {}
    strangers = {who: user for who, user in world.people.items() if who != "executive"}
    for who, user in {**strangers, "nobody": None}.items():
        visitor = Visitor(app, database, user)
        for address, row in ROUTES.items():
            answer = ask(visitor, world, address)
            expected = row.manages or row.stranger if who == "other manager" else getattr(row, who)
            told = told_by(answer, world)
            if answer.status_code != expected or told or (who == "nobody" and not led_away(row, answer)):
                wrong[who, address] = answer.status_code, told
            if address in ENDS_THE_SESSION:
                visitor = Visitor(app, database, user)
    assert wrong == {}
    assert customers_world(database, world) == before


def test_an_executive_does_at_any_customer_what_its_manager_does(
    app: Litestar, database: Database, world: World
) -> None:
    """But for what is an author's own, for what others keep for themselves, and for setting up."""
    eve, wrong = world.people["executive"], {}
    for address in in_order():
        status = ask(Visitor(app, database, eve), world, address).status_code
        if status != ROUTES[address].executive:
            wrong[address] = status
    assert wrong == {}


def in_order() -> list[str]:
    """What leaves nothing for the others comes last."""
    return sorted(
        ROUTES, key=lambda address: LEAVES_IT_CHANGED.index(address) if address in LEAVES_IT_CHANGED else -1
    )


def led_away(row: Row, answer: httpx.Response) -> bool:
    return row.nobody != TO_SIGN_IN or answer.headers["location"].partition("?")[0] == row.leads


def test_what_nobody_else_may_do_can_be_done(app: Litestar, database: Database, world: World) -> None:
    """Or the refusals above could be of something else."""
    done = {}
    for address in in_order():
        answer = ask(Visitor(app, database, getattr(world.cast, ROUTES[address].by)), world, address)
        done[address] = answer.status_code
    as_wanted = {a: row.done or (303 if a.startswith("POST") else 200) for a, row in ROUTES.items()}
    assert done == as_wanted


QUESTIONS = (
    "/customers?q=zanzibar", "/customers?q=7654321", "/tasks", "/customers?q=quokka", "/customers?show=cold",
    "/customers?show=leads",
    "/customers?show=nearby&latitude=53.5&longitude=9.9", "/customers?show=all", "/visits/new/customers",
    "/visits/new?visit={planned_id}", "/visits/plan?q=zanzibar", "/today?done=complete&id={follow_up_id}",
    "/today?done=snooze&id={follow_up_id}&was=2026-11-20", "/today?done=visit&id={visit_id}", "/export.csv",
    "/export.xlsx", "/pipeline", "/pipeline?stage=lead", "/pipeline?owner={alice}",
    "/export.csv?show=cold", "/export.xlsx?q=7654321", "/more?done=language&id={customer_id}", "/outbox",
)  # fmt: skip


@pytest.mark.parametrize("who", [name for name in WHO if name != "executive"])
def test_no_question_brings_it_out(app: Litestar, database: Database, world: World, who: str) -> None:
    visitor = Visitor(app, database, world.people[who])
    for question in QUESTIONS:
        answer = visitor.client.get(world.path(question))
        assert told_by(answer, world) == [], question
    alice = Visitor(app, database, world.cast.alice)
    assert all(
        told_by(alice.client.get(path), world) for path in ("/export.csv", "/export.xlsx", "/customers")
    )


COST = re.compile(rf"{COST_CENTS}|{COST_CENTS // 100}\.|{COST_CENTS // 100:,}|cost_cents")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_a_product_costs_is_told_to_its_keepers_and_to_no_phone(
    app: Litestar, database: Database, world: World
) -> None:
    for user in (world.cast.alice, world.people["support"]):
        visitor = Visitor(app, database, user)
        for address in ROUTES:
            if address.startswith("GET"):
                assert not COST.search(told_in(ask(visitor, world, address))), address
        form = {"add": world.ids["product_id"], "currency": "EUR"}
        quoted = visitor.client.post(world.path("/opportunities/{opportunity_id}/quotes/lines"), data=form)
        assert not COST.search(quoted.text)
    for user in (world.cast.alice, world.cast.mei, world.people["executive"], world.cast.dora):
        phone = ask(Visitor(app, database, user), world, "GET /sync/pull").text
        assert '"code":"S-1"' in phone
        assert not COST.search(phone)
    for user in (world.cast.mei, world.people["executive"], world.cast.dora):
        keeper = Visitor(app, database, user)
        for address in (
            "GET /products/{product_id}",
            "GET /products/export.csv",
            "GET /products/export.xlsx",
        ):
            assert COST.search(told_in(ask(keeper, world, address)))


@pytest.mark.parametrize("who", ["stranger", "other manager"])
@pytest.mark.parametrize(
    "asked", [{"name": "ZANZIBAR trading Ltd"}, {"phone": "040 765-4321"}, {"address": "Kehrwieder, 99"}]
)
def test_who_adds_a_colleagues_customer_learns_its_name_and_owner_and_no_more(
    app: Litestar, database: Database, world: World, who: str, asked: dict[str, str]
) -> None:
    visitor = Visitor(app, database, world.people[who])
    answer = visitor.client.get("/customers/elsewhere", params=asked)
    assert told_by(answer, world) == [
        SECRETS["name"],
        world.ids["customer_id"],
    ]  # the id is what one asks with
    assert "Already looked after by Alice" in answer.text
    assert told_by(visitor.client.get("/customers/likely", params=asked), world) == []
    assert "</li>" not in visitor.client.get("/customers/elsewhere", params={"name": "Zanzi"}).text


@pytest.mark.parametrize("who", ["stranger", "other manager"])
def test_an_import_tells_that_somebody_looks_after_it_and_not_who_it_is(
    app: Litestar, database: Database, world: World, who: str
) -> None:
    visitor = Visitor(app, database, world.people[who])
    file = f"Company,Phone\nNew Name,{SECRETS['phone']}\n".encode()
    uploaded = visitor.client.post("/import", files={"file": ("a.csv", file)})
    page = visitor.client.get(uploaded.headers["location"])
    assert (page.status_code, told_by(page, world, known=("phone",))) == (200, [])
    assert "Already in Legwork" in page.text


def told_by(answer: httpx.Response, world: World, known: tuple[str, ...] = ()) -> list[str]:
    """What of Alice's customer is in an answer, but for what one has told oneself: an id asked for is no news."""
    asked = str(answer.request.url) + (b"" if known else answer.request.content).decode()
    ids = (
        "customer_id",
        "contact_id",
        "visit_id",
        "planned_id",
        "follow_up_id",
        "opportunity_id",
        "quote_id",
        "order_id",
        "payment_id",
        "attachment_id",
        "draft_id",
        "change_id",
        "task_id",
        "open_task_id",
        "other_task_id",
    )
    hidden = [text for name, text in SECRETS.items() if name not in known]
    hidden += [world.ids[name] for name in ids if world.ids[name] not in asked]
    said = answer.text + str(answer.headers) + cells_of(answer)
    return [secret for secret in hidden if secret in said]


def told_in(answer: httpx.Response) -> str:
    return answer.text + cells_of(answer)


def cells_of(answer: httpx.Response) -> str:
    if not answer.content.startswith(b"PK"):
        return ""
    book = CalamineWorkbook.from_filelike(BytesIO(answer.content))
    return str(book.get_sheet_by_index(0).to_python())
