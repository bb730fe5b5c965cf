"""Every screen that both hosts have: the same bytes from the server over SQL and from the phone over its replica."""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from litestar.testing import TestClient
from sqlmodel import Session, col, select

import server.app
import server.routes.answers
from server.config import Settings
from server.database import Database, open_database
from server.demo.seed import seed
from server.edge import SECURITY_HEADERS
from server.models import session as sessions
from server.models.attachment import Attachment
from server.models.contact import Contact
from server.models.contract import Contract
from server.models.custom_field import custom_fields, define
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.library_document import DocumentKind, LibraryDocument
from server.models.opportunity import STAGES, Opportunity
from server.models.order import Order
from server.models.pipeline import DEFAULT_PIPELINE, Pipeline, pipelines
from server.models.product import Product
from server.models.quote import Quote
from server.models.scope import replica_of
from server.models.user import Role, User
from server.models.visit import Visit
from server.models.workspace import Territory
from server.views.reader import Reader
from sync.apply import apply
from tests import cast
from tests.cast import NOW
from tests.pwa.node_phone import FRAGMENT, NodePhone, milliseconds

READERS = {
    "alice@demo.test": "en", "bob@demo.test": "zh-Hans", "mei@demo.test": "zh-Hans", "henrik@demo.test": "en",
    "sofia@demo.test": "zh-Hans", "dora@demo.test": "en",
}  # fmt: skip
SELLERS = ("alice@demo.test", "bob@demo.test")
# What a screen says of its rows has nothing to do with the database they come from; which rows they are, and in what
# order, is asked of it otherwise for those who see their own, their team's and all.
ON_POSTGRES = ("alice@demo.test", "mei@demo.test", "dora@demo.test")
# The others see more in lists than lives on a phone, and get them from the server.
SEES_WHAT_THE_PHONE_HOLDS = ("rep",)
SAME_HEADERS = (
    "content-type",
    "cache-control",
    *(name.lower() for name in SECURITY_HEADERS),
    "hx-push-url",
    "hx-replace-url",
)


class Hosts:
    """The demo company, asked for the same address on both hosts at the same moment."""

    def __init__(self, database: Database, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.database, self.now = database, NOW
        patch.setattr(server.app, "moment_of_request", lambda: self.now)
        patch.setattr(server.routes.answers, "Reader", partial(Reader, new_id=self.id_of_now))
        self.app = server.app.create_app(Settings(data_dir=folder, secret_key="k" * 40), database)
        self.running = TestClient(self.app)  # starts the app and stops it, once for all clients
        self.running.__enter__()
        self.phone = NodePhone()
        self.clients: dict[str, TestClient[Any]] = {}

    def id_of_now(self) -> str:
        return new_id(milliseconds(self.now), 0)

    def sign_in(self, email: str, locale: str) -> User:
        with self.database.writing() as session:
            user = session.exec(select(User).where(User.email == email)).one()
            user.locale, user.time_zone = locale, user.time_zone or "Europe/Berlin"
        client = TestClient(self.app)
        client.follow_redirects = False
        with self.database.writing() as session:
            client.cookies["legwork_session"] = sessions.start(session, user, NOW)
        self.clients[user.id] = client
        self.phone.begin(user.id, client, self.now)
        return user

    def difference(
        self, user: User, path: str, headers: dict[str, str], form: dict[str, list[str]] | None = None
    ) -> str:
        client, method = self.clients[user.id], "GET" if form is None else "POST"
        token = {} if form is None else {"X-CSRFToken": client.cookies["csrftoken"]}
        there = client.request(method, path, headers=headers | token, data=form)
        here = self.phone.ask(user.id, path, self.now, method=method, headers=headers, form=form)
        told_there = [
            str(there.status_code),
            *(f"{name}: {there.headers.get(name)}" for name in SAME_HEADERS),
        ]
        told_here = [str(here["status"]), *(f"{name}: {here['headers'].get(name)}" for name in SAME_HEADERS)]
        lines = difflib.unified_diff(
            [*told_there, *there.text.split("\n")], [*told_here, *here["text"].split("\n")],
            "the server", "the phone", lineterm="", n=1,
        )  # fmt: skip
        found = "\n".join(lines)
        return f"{path} {headers}\n{found}" if found else ""

    def assert_equal(self, user: User, paths: Iterable[str], headers: dict[str, str]) -> None:
        differences = [found for path in paths if (found := self.difference(user, path, headers))]
        assert not differences, "\n\n".join(differences[:5]) + f"\n\n{len(differences)} screens differ"

    def close(self) -> None:
        self.running.__exit__(None, None, None)
        self.phone.close()


@pytest.fixture(scope="module", params=["sqlite_files", "postgres_databases"])
def hosts(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    folder, databases = tmp_path_factory.mktemp("parity"), request.getfixturevalue(request.param)
    url = databases.fresh()
    database = open_database(url)
    seed(database, NOW)
    share_with_all(database)
    with pytest.MonkeyPatch.context() as patch:
        hosts = Hosts(database, folder, patch)
        yield hosts
        hosts.close()
    database.close()
    databases.drop(url)


def share_with_all(database: Database) -> None:
    """So that everybody's phone holds something; and people whose names databases sort by the rules of a language."""
    with database.writing() as session:
        for name in ("alice", "Álvaro", "ZOE", "Alice Berger", "éric", "Eric 2", "王 芳", "_x"):
            person = cast.person(f"p{new_id()}", Role.REP)
            person.name = name
            session.add(person)
        session.flush()
        people = {user.email: user for user in session.exec(select(User)).all()}
        alice = people["alice@demo.test"]
        query = select(Customer.id).where(Customer.owner_id == alice.id, col(Customer.deleted_at).is_(None))
        customers = session.exec(query.order_by(Customer.sort_key).limit(10)).all()
        for email in READERS.keys() - SELLERS:
            for customer_id in customers:
                args = {"customer_id": customer_id, "user_id": people[email].id}
                apply(session, alice, "customer.share", args, NOW)
        say_more(session, alice, customers)
        handed = {"customer_id": customers[0], "from": alice.id, "to": people["mei@demo.test"].id}
        apply(session, people["mei@demo.test"], "customer.assign", handed, NOW)
        attach_some(session, alice, customers)
        fill_library(session, alice)


def say_more(session: Session, alice: User, customers: Sequence[str]) -> None:
    """Fields of the company's own, one of them retired, with values; and somebody who asks for a customer."""
    values = {
        "Fleet": ("number", [], "-12.50"), "Next fair": ("date", [], "2026-12-24"), "Gone": ("text", [], "Unseen"),
        "Pays by": ("choice", ["Bank", "卡"], "卡"), "Has <a> ramp": ("yes_no", [], "no"),
        "备注": ("text", [], "Käfer & Söhne"),
    }  # fmt: skip
    for name, (kind, choices, _) in values.items():
        define(session, name, kind, choices, NOW)
    session.flush()
    fields = {field.name: field for field in custom_fields(session)}
    told = [(fields[name].id, value) for name, (_, _, value) in values.items()]
    for count, customer_id in enumerate(customers[:6], 1):
        edited = {"customer_id": customer_id, "fields": {"custom": dict(told[-count:])}}
        apply(session, alice, "customer.edit", edited, NOW)
    for number, customer_id in enumerate(customers[1:4]):
        compared = {
            "competitor": "K&S é",
            "note": "4 % <cheaper>" if number else None,
            "tags": ["late", "迟"],
        }
        apply(session, alice, "customer.compare", {"customer_id": customer_id, **compared}, NOW)
        apply(
            session,
            alice,
            "customer.compare",
            {"customer_id": customer_id, "competitor": "Ä", "note": "b"},
            NOW,
        )
        liked = [product.id for product in session.exec(select(Product).order_by(Product.name).limit(3))]
        likings = {"preferred_products": "Käse, 密封圈", "preferred_times": "Tue–Thu"}
        likings = {**likings, "preferred_product_ids": [*liked, new_id()]}
        apply(session, alice, "customer.edit", {"customer_id": customer_id, "fields": likings}, NOW)
    fields["Gone"].retired_at, fields["Pays by"].choices = NOW, ["Bank"]
    zoe = session.exec(select(User).where(User.name == "ZOE")).one()
    apply(session, zoe, "customer.ask", {"customer_id": customers[1]}, NOW)


def attach_some(session: Session, alice: User, customers: Sequence[str]) -> None:
    """Photos and voice notes that are there, that are still to come, and that were none."""
    done = select(Visit).where(Visit.author_id == alice.id, col(Visit.started_at).is_not(None))
    done = done.where(col(Visit.customer_id).in_(customers[1:]), col(Visit.withdrawn_at).is_(None))
    visits = session.exec(done.where(col(Visit.corrected_by).is_(None)).limit(5)).all()
    assert visits
    for visit in visits:
        for number, media_type in enumerate(("image/jpeg", "audio/webm") * 3):
            args = {"attachment_id": new_id(), "visit_id": visit.id, "customer_id": visit.customer_id}
            told = {"sha256": f"{number:02x}" * 32, "size": 9, "media_type": media_type}
            apply(session, alice, "visit.attach", {**args, **told}, NOW)
            attachment = session.get(Attachment, args["attachment_id"])
            assert attachment is not None
            attachment.received_at = NOW if number < 2 else None
            attachment.refused_at = NOW if number == 2 else None
    attach_files(session, alice, customers)


def fill_library(session: Session, alice: User) -> None:
    """For all, for Alice's territory and for another; of every kind, called whatever people call them."""
    elsewhere = session.exec(select(Territory.id).where(col(Territory.id) != alice.territory_id)).first()
    for number, kind in enumerate(DocumentKind):
        for territory_id in (None, alice.territory_id, elsewhere):
            told = {"title": f"Ärger & <List> 列表 {number}", "name": f"list/{number}.PDF", "kind": kind}
            file = {"sha256": f"{number:02x}" * 32, "size": 999_999 * number, "media_type": "application/pdf"}
            at = {"created_at": NOW, "updated_at": NOW - timedelta(days=40 * number), "author_id": alice.id}
            row = {"id": new_id(), "territory_id": territory_id, "version": number + 1, **told, **file, **at}
            session.add(LibraryDocument(**row))


def attach_files(session: Session, alice: User, customers: Sequence[str]) -> None:
    """Of a customer and of its opportunity: there, still to come, and refused; called whatever people call them."""
    sales = session.exec(select(Opportunity).where(col(Opportunity.customer_id).in_(customers))).all()
    assert sales
    for number, name in enumerate(("Contract (signed) & 合同.PDF", "prices/2027", 'it\'s a "photo".jpeg')):
        media_type = ("application/pdf", "application/vnd.ms-excel", "image/jpeg")[number]
        told = {"sha256": f"{number:02x}" * 32, "size": (999, 1_250_000, 19_950_000)[number], "name": name}
        for sale in sales[:4]:
            for whose in ({}, {"opportunity_id": sale.id}):
                row = {"attachment_id": new_id(), "customer_id": sale.customer_id, "media_type": media_type}
                apply(
                    session, alice, "file.attach", {**row, **told, **whose}, NOW - timedelta(days=number + 1)
                )
                attachment = session.get(Attachment, row["attachment_id"])
                assert attachment is not None
                attachment.received_at = NOW if number != 1 else None
                attachment.refused_at = NOW if number == 1 and whose else None


def read_by(*readers: str) -> pytest.MarkDecorator:
    """All of them over SQLite, some over PostgreSQL."""
    over = [("sqlite_files", who) for who in readers]
    over += [("postgres_databases", who) for who in readers if who in ON_POSTGRES]
    return pytest.mark.parametrize(("hosts", "reader"), over, indirect=True)


@pytest.fixture(scope="module")
def reader(request: pytest.FixtureRequest, hosts: Hosts) -> User:
    return hosts.sign_in(request.param, READERS[request.param])


LISTS = (
    "/today", "/today?done=complete&id=0199f2a0-0000-7000-8000-000000000000",
    "/today?done=snooze&id=0199f2a0-0000-7000-8000-000000000000&was=2026-11-20", "/today?done=nonsense",
    "/customers", "/customers?show=cold", "/customers?show=leads", "/customers?show=nearby",
    "/customers?show=nearby&latitude=48.7758&longitude=9.1829", "/customers?show=bogus&offset=x",
    "/customers?q=a", "/customers?q=gmbh&show=cold", "/customers?q=%E5%85%AC%E5%8F%B8", "/customers?q=bj",
    "/customers?q=%20&show=mine", "/customers?q=zzzzzz", "/customers?q=%2B49%20(0)", "/customers?offset=50",
    "/visits/new", "/visits/new?note=Shared%20words", "/visits/new?latitude=48.7758&longitude=9.1829",
    "/visits/new/customers", "/visits/new/customers?q=ma",
    "/visits/plan",
    "/pipeline", "/pipeline?closing=2026-12", "/pipeline?closing=past", "/pipeline?closing=none",
    "/pipeline?closing=soon", "/pipeline?customer_type=Dealer", "/pipeline?customer_type=Distributor&closing=none",
    "/pipeline?stage=quote", "/pipeline?stage=lost&offset=1&closing=2026-11", "/pipeline?stage=nowhere&offset=x",
    "/pipeline?pipeline=nothing",
    "/customers/likely", "/customers/likely?name=Nobody", "/customers/likely?address=%20-%20",
)  # fmt: skip


def first_held(hosts: Hosts, user: User) -> str:
    with hosts.database.reading() as session:
        found = session.exec(replica_of(user).order_by(Customer.sort_key)).first()
    assert found
    return found.id


def addresses(session: Session, user: User) -> list[str]:
    customers = [row.id for row in session.exec(replica_of(user).order_by(Customer.sort_key)).all()]
    of_own = col(Contact.customer_id).in_(customers)
    contacts = session.exec(
        select(Contact.id).where(of_own, col(Contact.deleted_at).is_(None)).limit(3)
    ).all()
    mine = select(Visit.id).where(Visit.author_id == user.id, col(Visit.started_at).is_not(None))
    visits = session.exec(mine.where(col(Visit.customer_id).in_(customers)).limit(3)).all()
    found = select(Opportunity.id).where(col(Opportunity.customer_id).in_(customers))
    sales = session.exec(found.order_by(Opportunity.id).limit(25)).all()
    held = col(Opportunity.customer_id).in_(customers)
    known = [row.id for row in pipelines(session)]
    boards = [
        f"/pipeline?pipeline={row}{narrowed}"
        for row in known
        for narrowed in ("", "&stage=quote&closing=none")
    ]
    renewed = select(Opportunity).where(col(Opportunity.customer_id).in_(customers))
    renewed = renewed.where(Opportunity.pipeline_id != DEFAULT_PIPELINE).order_by(Opportunity.id).limit(3)
    service = session.exec(renewed).all()
    orders = session.exec(
        select(Order).join(Opportunity, col(Opportunity.id) == Order.opportunity_id).where(held)
    ).all()
    quotes = session.exec(
        select(Quote).join(Opportunity, col(Opportunity.id) == Quote.opportunity_id).where(held)
    ).all()
    contracts = session.exec(
        select(Contract).join(Opportunity, col(Opportunity.id) == Contract.opportunity_id).where(held)
    ).all()
    first, *_ = customers
    sold = [line.get("product_id", "") for row in quotes[:2] for line in row.lines]
    of = session.get_one(Customer, first)
    meant = [
        {"name": f"{of.name.upper()} Ltd"},
        {"phone": of.phone or "0401234567"},
        {"address": of.address or "x"},
    ]
    likely = [
        f"/customers/likely?{urlencode(told)}" for told in (*meant, {"name": of.name, "customer_id": first})
    ]
    return [
        *((*LISTS, *likely, *boards) if user.role in SEES_WHAT_THE_PHONE_HOLDS else ()),
        "/customers/new", f"/visits/new?customer={first}", f"/visits/plan?customer={first}",
        f"/activities/new?customer={first}&kind=call", f"/activities/new?customer={first}&kind=bogus",
        f"/follow-ups/new?customer={first}", f"/customers/{first}/edit", f"/customers/{first}/contacts/new",
        f"/opportunities/new?customer={first}", f"/opportunities/new?customer={first}&pipeline={DEFAULT_PIPELINE}",
        *(f"/opportunities/new?customer={first}&pipeline={row.pipeline_id}" for row in service[:1]),
        *(f"/opportunities/{row.id}{to}" for row in service for to in ("", "/move?to=inspected", "/move?to=won")),
        *(f"/opportunities/{row}" for row in sales),
        *(f"/opportunities/{row}/edit" for row in sales[:3]),
        *(f"/opportunities/{row}/quotes/new" for row in sales[:3]),
        *(f"/opportunities/{row.opportunity_id}/quotes/{row.id}" for row in quotes[:25]),
        *(f"/opportunities/{row.opportunity_id}/quotes/new?from={row.id}" for row in quotes[:3]),
        *(f"/opportunities/{row.opportunity_id}/quotes/new?quote={row.id}&q=seal" for row in quotes if not row.sent_at),
        *(f"/opportunities/{row.opportunity_id}/orders/{row.id}" for row in orders[:25]),
        *(f"/opportunities/{row}/contracts/new" for row in sales[:3]),
        *(f"/opportunities/{row.opportunity_id}/contracts/new?quote={row.id}" for row in quotes[:8]),
        *(f"/opportunities/{row.opportunity_id}/contracts/new?contract={row.id}" for row in contracts[:8]),
        *(f"/opportunities/{row.opportunity_id}/contracts/{row.id}" for row in contracts),
        *(f"/opportunities/{row}/products?q={q}" for row in sales[:1] for q in ("", "SS", "seal%2065", "%22x%22")),
        *(f"/opportunities/{row}/products?currency=USD&q={q}" for row in sales[:1] for q in ("", "SS")),
        *(f"/customers/{row.customer_id}?kind={kind}" for row in orders[:3] for kind in ("order", "payment")),
        *(f"/customers/{row.customer_id}?kind=contract" for row in contracts[:3]),
        *(f"/opportunities/{row}/move?to={stage}" for row in sales[:4] for stage in STAGES),
        *(f"/pipeline?product={row}" for row in sold if user.role in SEES_WHAT_THE_PHONE_HOLDS),
        "/library", "/library?q=list", "/library?q=%20x9", "/library?done=document",
        *(f"/customers/{row}/comparison?competitor={name}" for row in customers[1:4] for name in ("", "K%26S+%C3%A9")),
        "/more", "/more?done=language", "/more/help",
        *(f"/customers/{row}" for row in customers[:25]), *(f"/customers/{row}?all=1" for row in customers[:3]),
        *(f"/customers/{row}?kind={kind}" for row in customers[:3] for kind in ("call", "visit", "move", "x")),
        *(f"/customers/{row}?all=1&kind=call" for row in customers[:2]),
        *(f"/customers/{row}/edit" for row in customers[1:6]),
        *(f"/contacts/{row}/edit" for row in contacts), *(f"/visits/{row}/correct" for row in visits),
    ]  # fmt: skip


@read_by(*READERS)
def test_both_hosts_answer_every_screen_with_the_same_bytes(hosts: Hosts, reader: User) -> None:
    with hosts.database.reading() as session:
        asked = addresses(session, reader)
    hosts.assert_equal(reader, asked, {})


# What PostgreSQL may do otherwise is the order of rows, which whole screens show as well as their parts.
@pytest.mark.parametrize("hosts", ["sqlite_files"], indirect=True)
@pytest.mark.parametrize("reader", READERS, indirect=True)
def test_both_hosts_answer_the_part_of_every_screen_with_the_same_bytes(hosts: Hosts, reader: User) -> None:
    with hosts.database.reading() as session:
        asked = addresses(session, reader)
    hosts.assert_equal(reader, asked, FRAGMENT)


@read_by(*SELLERS)
@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/customers?q=a", "div#customer-list"),
        ("/library?q=list", "div#library-list"),
        ("/visits/new/customers?q=a", "ul#picker-list"),
        ("/visits/new/customers", "div#who"),
    ],
)
def test_lists_come_alone_where_htmx_asks_for_nothing_more(
    hosts: Hosts, reader: User, path: str, target: str
) -> None:
    hosts.assert_equal(reader, [path], {**FRAGMENT, "HX-Target": target})


WORKED_AT: dict[str, dict[str, list[str]]] = {
    "added": {"add": ["PRODUCT"], "line_name": [], "currency": ["EUR"]},
    "of its own": {"own": [" Fracht & Zoll "], "currency": ["EUR"]},
    "one more of the second": {"more": ["1"], "line_price": ["1,5", "12.50"], "line_quantity": ["1", "9"]},
    "one less of the first": {"less": ["0"], "line_price": ["1", "2"], "line_discount": ["12.5%", ""]},
    "one more of a thousand": {
        "more": ["1"],
        "line_quantity": ["1.000", "1,000"],
        "line_discount": ["5％", "5 %"],
    },
    "removed": {"remove": ["0"], "line_quantity": ["x", "3"], "line_price": ["5", "8"]},
    "what cannot be": {
        "line_quantity": ["-1", "0.5"],
        "line_price": ["y", ""],
        "line_discount": ["200", "z"],
    },
    "numbers that are none": {"more": ["99"], "less": ["-1"], "remove": ["x"], "add": ["x"]},
}


@read_by(*SELLERS)
@pytest.mark.parametrize("worked", WORKED_AT)
@pytest.mark.parametrize("target", ["", "div#lines"])
def test_both_hosts_rework_the_lines_of_a_quote_alike(
    hosts: Hosts, reader: User, worked: str, target: str
) -> None:
    with hosts.database.reading() as session:
        own = select(Opportunity.id).join(Customer, col(Customer.id) == Opportunity.customer_id)
        sale = session.exec(own.where(Customer.owner_id == reader.id).order_by(Opportunity.id)).first()
        product = session.exec(select(Product.id).where(Product.code == "SS-040")).one()
    two = {"line_product": ["", product], "line_name": ["Other", "Seal"], "line_unit": ["", "piece"]}
    form = {**two, "line_quantity": ["1", "1"], "line_price": ["1", "1"], "line_discount": ["", ""]}
    form |= {
        name: [value.replace("PRODUCT", product) for value in values]
        for name, values in WORKED_AT[worked].items()
    }
    headers = {**FRAGMENT, "HX-Target": target} if target else {}
    for name in ("/quotes/lines", "/quotes"):
        if name == "/quotes/lines" or worked == "what cannot be":
            found = hosts.difference(reader, f"/opportunities/{sale}{name}", headers, form)
            assert not found, found


@read_by(*READERS)
@pytest.mark.parametrize(
    "moment",
    [NOW - timedelta(hours=9), NOW + timedelta(days=6, hours=15, minutes=59), NOW + timedelta(days=45)],
    ids=["in the night", "late on Sunday", "next year"],
)
def test_days_turn_at_the_same_moment(hosts: Hosts, reader: User, moment: datetime) -> None:
    lists = ["/today", "/customers", "/customers?show=cold", "/visits/new"]
    hosts.now = moment
    try:
        if reader.role in SEES_WHAT_THE_PHONE_HOLDS:
            hosts.assert_equal(reader, lists, {})
        hosts.assert_equal(reader, [f"/customers/{first_held(hosts, reader)}"], {})
    finally:
        hosts.now = NOW


@read_by(*SELLERS)
def test_both_hosts_guess_the_same_customer_where_nothing_is_planned(hosts: Hosts, reader: User) -> None:
    hosts.now = NOW + timedelta(days=45)
    try:
        with hosts.database.reading() as session:
            own = select(Customer).where(Customer.owner_id == reader.id, col(Customer.deleted_at).is_(None))
            *_, opened = session.exec(own.order_by(Customer.sort_key)).all()
            near = session.exec(own.where(col(Customer.latitude).is_not(None))).first()
        assert near
        here = f"/visits/new?latitude={near.latitude:.5f}&longitude={near.longitude:.5f}"
        hosts.assert_equal(reader, [f"/customers/{opened.id}", "/visits/new", here], {})
        assert opened.id in hosts.clients[reader.id].get("/visits/new").text
    finally:
        hosts.now = NOW


FIRST_DAY = (
    "/today",
    "/customers",
    "/visits/new",
    "/visits/new/customers",
    "/visits/plan",
    "/customers/new",
    "/customers/new?q=Nobody+Yet",
    "/more",
)


@pytest.mark.parametrize("role", ["rep", "manager", "executive", "support", "admin"])
@pytest.mark.parametrize("locale", ["en", "zh-Hans"])
def test_both_hosts_say_the_same_on_the_first_day_of_each_role(hosts: Hosts, role: str, locale: str) -> None:
    email = f"new-{role}-{locale}@demo.test".lower()
    with hosts.database.writing() as session:
        person = cast.person(email.split("@")[0], Role(role))
        person.email, person.time_zone = email, "Asia/Shanghai"
        session.add(person)
    user = hosts.sign_in(email, locale)
    same = FIRST_DAY if role in SEES_WHAT_THE_PHONE_HOLDS else ("/today", "/more", "/more/help")
    for headers in ({}, FRAGMENT):
        hosts.assert_equal(user, same, headers)


@read_by(*SELLERS)
def test_a_contact_that_was_removed_is_named_and_offered_alike(hosts: Hosts, reader: User) -> None:
    customer, boss, below, visit = first_held(hosts, reader), new_id(), new_id(), new_id()
    told = {"customer_id": customer, "started_at": "2026-11-20T09:00:00.000Z", "outcome": "ordered"}
    with hosts.database.writing() as session:
        for contact_id, more in ((boss, {}), (below, {"reports_to": boss})):
            made = {"contact_id": contact_id, "customer_id": customer, "name": f"Keller {contact_id}"}
            apply(session, reader, "contact.create", made | more, NOW)
        apply(session, reader, "visit.log", {"visit_id": visit, "contact_ids": [boss, below], **told}, NOW)
        apply(session, reader, "contact.remove", {"contact_id": boss}, NOW)
    hosts.phone.begin(reader.id, hosts.clients[reader.id], hosts.now)
    paths = [f"/customers/{customer}", f"/customers/{customer}/contacts/new", f"/contacts/{below}/edit",
             f"/visits/{visit}/correct", f"/visits/new?customer={customer}"]  # fmt: skip
    hosts.assert_equal(reader, [*paths, f"{paths[0]}?done=contact_removed&id={boss}"], {})
    assert f"Keller {boss}" in hosts.clients[reader.id].get(paths[0]).text
    assert f"Keller {boss}" not in hosts.clients[reader.id].get(paths[-1]).text
    wrong = {"name": [""], "reports_to": [boss]}
    found = hosts.difference(reader, f"/contacts/{below}", {}, wrong)
    assert not found, found


@read_by("mei@demo.test", "henrik@demo.test", "dora@demo.test")
def test_those_of_nobody_are_filtered_alike(hosts: Hosts, reader: User) -> None:
    made = {"customer_id": new_id(), "name": f"Nobodys {reader.id}"}
    shared = {"customer_id": made["customer_id"], "user_id": reader.id}
    with hosts.database.writing() as session:
        apply(session, reader, "customer.create", made, NOW)
        apply(session, reader, "customer.share", shared, NOW)
    hosts.phone.begin(reader.id, hosts.clients[reader.id], hosts.now)
    path = f"/customers?show=pool&q=nobodys+{reader.id}"
    hosts.assert_equal(reader, [path, f"{path}&offset=50"], {})
    assert made["name"] in hosts.clients[reader.id].get(path).text


LONG = "x" * 10_001
WRONG = {
    "/visits": {
        "outcome": ["perhaps"], "note": [LONG], "next_step": ["pick"], "due_on": ["1999-01-01"],
        "photo": ["x a\"b 1 audio/webm", "y c 2 image/jpeg", "z"],
    },
    "/activities": {"customer_id": ["{customer}"], "kind": ["fax"], "note": [LONG], "next_step": ["pick"]},
    "/customers": {"name": [" "], "phone": ["call me"], "cadence_days": ["0"], "latitude": ["91"]},
    "/customers/{customer}": {"name": [""], "cadence_days": ["often"], "lifecycle": ["active"]},
    "/customers/{customer}/tags": {"tag": ["y" * 61]},
    "/customers/{customer}/contacts": {"name": [""], "email": ["nobody at all"], "birthday": ["yesterday"]},
    "/customers/{customer}/comparison": {"competitor": [""], "note": ["z" * 501], "tags": ["a," + "b" * 61]},
    "/follow-ups": {"customer_id": ["{customer}"], "next_step": ["pick"], "due_on": ["soon"], "note": ["\x07"]},
    "/opportunities": {
        "customer_id": ["{customer}"], "name": [""], "amount_cents": ["a lot"], "currency": ["euro"], "stage": ["lead"],
        "expected_close_on": ["soon"],
    },
    "/visits/planned?": {"customer_id": ["{customer}"], "planned_on": ["2020-01-01"], "planned_time": ["9:00"]},
    "/visits/planned": {"customer_id": ["{customer}"], "planned_on": ["2101-01-01"], "planned_time": ["25:00"]},
}  # fmt: skip


@read_by(*READERS)
@pytest.mark.parametrize("headers", [{}, FRAGMENT], ids=["whole", "fragment"])
@pytest.mark.parametrize("path", WRONG)
def test_a_form_comes_back_with_the_same_words_beside_its_fields(
    hosts: Hosts, reader: User, path: str, headers: dict[str, str]
) -> None:
    customer = first_held(hosts, reader)
    form = {
        name: [value.replace("{customer}", customer) for value in values]
        for name, values in WRONG[path].items()
    }
    found = hosts.difference(reader, path.replace("{customer}", customer), headers, form)
    assert not found, found


WRONG_MOVES = [
    {"to": "quote", "amount_cents": "0"},
    {"to": "needs_confirmed"},
    {"to": "contract", "note": "x"},
    {"to": "lost", "lost_reason": ""},
    {"to": "won"},
    {"to": "first_contact", "from": "quote"},
    {"to": "quote", "amount_cents": "12,5x"},
    {"to": "quote", "amount_cents": "10000000000000.01"},
    {"to": "quote", "amount_cents": "9" * 17},
    {"to": "quote", "expected_close_on": "soon"},
]


@read_by(*SELLERS)
@pytest.mark.parametrize("form", WRONG_MOVES, ids=str)
def test_a_move_is_refused_in_the_same_words_before_it_is_saved_and_after(
    hosts: Hosts, reader: User, form: dict[str, str]
) -> None:
    opportunity_id = new_lead(hosts, reader)
    given = {name: [value] for name, value in {"from": "lead", **form}.items()}
    path = f"/opportunities/{opportunity_id}/move"
    assert hosts.difference(reader, path, {}, given) == ""
    answer = hosts.clients[reader.id].post(path, data=given, headers={"X-CSRFToken": token(hosts, reader)})
    assert answer.status_code == 422


@read_by(*SELLERS)
def test_what_an_approval_stands_at_is_said_alike(hosts: Hosts, reader: User) -> None:
    """Not asked for yet, asked for, and asked for at another amount."""
    asked, lapsed, fresh = (new_lead(hosts, reader) for _ in range(3))
    with hosts.database.writing() as session:
        pipeline = session.get_one(Pipeline, DEFAULT_PIPELINE)
        before = pipeline.stages
        pipeline.stages = [
            one | {"required": ["approval"]} if one["key"] == "first_contact" else one for one in before
        ]
        for sale in (asked, lapsed):
            wanted = {"opportunity_id": sale, "stage": "first_contact", "amount_cents": 0, "currency": "EUR"}
            apply(session, reader, "opportunity.ask", wanted, NOW)
        seen = {"opportunity_id": lapsed, "from_cents": 0, "from_currency": "EUR"}
        apply(session, reader, "opportunity.revalue", {**seen, "amount_cents": 99, "currency": "CNY"}, NOW)
    try:
        hosts.phone.begin(reader.id, hosts.clients[reader.id], hosts.now)
        to = ("", "/move?to=first_contact")
        pages = [f"/opportunities/{sale}{page}" for sale in (asked, lapsed, fresh) for page in to]
        hosts.assert_equal(reader, pages, {})
    finally:
        with hosts.database.writing() as session:
            session.get_one(Pipeline, DEFAULT_PIPELINE).stages = before
        hosts.phone.begin(reader.id, hosts.clients[reader.id], hosts.now)


@read_by(*SELLERS)
def test_a_new_one_is_refused_in_the_same_words_too(hosts: Hosts, reader: User) -> None:
    customer = first_held(hosts, reader)
    new = {"opportunity_id": [new_id()], "customer_id": [customer], "name": ["Seals"], "currency": ["EUR"]}
    for stage in ("quote", "contract", "lost", "nowhere"):
        form = {**new, "amount_cents": ["0"], "stage": [stage]}
        assert hosts.difference(reader, "/opportunities", {}, form) == ""
    too_much = {**new, "amount_cents": ["1" + "0" * 99], "stage": ["lead"]}
    assert hosts.difference(reader, "/opportunities", {}, too_much) == ""


def token(hosts: Hosts, reader: User) -> str:
    return hosts.clients[reader.id].cookies["csrftoken"]


def new_lead(hosts: Hosts, user: User) -> str:
    """Of a customer that nobody has visited, on both hosts."""
    made = {"customer_id": new_id(), "name": "Unseen", "owner_id": user.id}
    new = {"opportunity_id": new_id(), "customer_id": made["customer_id"], "name": "Seals", "stage": "lead"}
    with hosts.database.writing() as session:
        apply(session, user, "customer.create", made, NOW)
        apply(session, user, "opportunity.create", {**new, "amount_cents": 0, "currency": "EUR"}, NOW)
    hosts.phone.begin(user.id, hosts.clients[user.id], hosts.now)
    return new["opportunity_id"]
