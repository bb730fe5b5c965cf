"""A customer with everything that hangs off one, and who comes by; browsers that cost little."""

from dataclasses import dataclass, field
from typing import Any

from litestar import Litestar
from litestar.testing import TestClient
from sqlmodel import select

from server.database import Database
from server.files.store import kept_as, thumbnail_of
from server.models import import_draft
from server.models import session as sessions
from server.models.alert import Alert
from server.models.attachment import Attachment
from server.models.custom_field import CustomField
from server.models.file import File
from server.models.identity import new_id
from server.models.library import keep_version
from server.models.library_document import LibraryDocument
from server.models.pipeline import DEFAULT_PIPELINE
from server.models.product import Product
from server.models.question import Question
from server.models.receipt import Receipt
from server.models.user import Device, Role, SignInSession, User
from server.questions.definition import Definition
from server.transfer.reading import read
from tests.cast import NOW, Cast, person

STARTED = "2026-11-23T07:41:12.000Z"
SECRETS = {
    "name": "Zanzibar Trading", "phone": "+49 40 7654321", "address": "Kehrwieder 99", "region": "Quokka Quay",
    "customer_type": "smuggler", "note": "Under the counter", "pain": "Customs at dawn", "tag": "hushhush",
    "contact": "Quintilla", "email": "quintilla@example.test", "competitor": "Umbrella Corp",
    "plan_note": "Bring the crowbar", "opportunity": "Forty barrels", "quoted": "Green parrots",
    "file": "Bill of lading.pdf", "task": "Which van has the false floor", "answer": "The one with the fish",
}  # fmt: skip
COST_CENTS = 987_654_321


@dataclass
class World:
    """Alice's customer with everything that hangs off one, her devices and her import; and who comes by."""

    cast: Cast
    ids: dict[str, str]
    people: dict[str, User] = field(default_factory=dict)

    def path(self, path: str) -> str:
        return path.format(**self.ids, new=new_id(), device_id=new_id())

    def form(self, form: dict[str, str]) -> dict[str, str]:
        return {name: self.path(value) for name, value in form.items()}


class Visitor:
    """A browser with somebody's session, or with none."""

    def __init__(self, app: Litestar, database: Database, user: User | None) -> None:
        self.client = TestClient(app, raise_server_exceptions=False)
        self.client.follow_redirects = False
        secret = None
        if user is not None:
            with database.writing() as session:
                secret = self.client.cookies["legwork_session"] = sessions.start(session, user, NOW)
        self.client.headers["X-CSRFToken"] = self.client.cookies["csrftoken"] = app.state.csrf.issue(secret)


def furnish(do: Any, cast: Cast, ids: dict[str, str]) -> None:
    of = {"customer_id": ids["customer_id"]}
    fields = {name: SECRETS[name] for name in ("name", "phone", "address", "region", "customer_type")}
    do(cast.alice, "customer.create", {**of, **fields})
    do(cast.alice, "customer.add_tag", {**of, "tag": SECRETS["tag"]})
    do(cast.alice, "customer.share", {**of, "user_id": cast.bob.id})
    do(
        cast.alice,
        "contact.create",
        {**of, "contact_id": ids["contact_id"], "name": SECRETS["contact"], "email": SECRETS["email"]},
    )
    told = {"note": SECRETS["note"], "pain_point": SECRETS["pain"], "competitors": [SECRETS["competitor"]]}
    do(cast.alice, "customer.create", {"customer_id": ids["twin_id"], "name": SECRETS["name"]})
    for visit_id in (ids["visit_id"], ids["other_id"]):
        do(
            cast.alice,
            "visit.log",
            {**of, **told, "visit_id": visit_id, "started_at": STARTED, "outcome": "ordered"},
        )
    photo = {"sha256": ids["sha256"], "size": 9, "media_type": "image/jpeg"}
    do(
        cast.alice,
        "visit.attach",
        {**of, **photo, "attachment_id": new_id(), "visit_id": ids["other_id"]},
    )
    do(cast.alice, "visit.plan", {**of, "visit_id": ids["planned_id"], "planned_on": "2026-11-23"})
    promise = {"follow_up_id": ids["follow_up_id"], "due_on": "2026-11-23", "note": SECRETS["plan_note"]}
    do(cast.alice, "follow_up.create", {**of, **promise})
    for name in ("task_id", "open_task_id", "other_task_id"):
        asked = {"department": "logistics", "note": SECRETS["task"], "due_on": "2026-11-30"}
        do(cast.alice, "task.ask", {**of, **asked, "task_id": ids[name]})
    do(cast.alice, "task.answer", {"task_id": ids["task_id"], "answer": SECRETS["answer"]})
    sale = {
        "opportunity_id": ids["opportunity_id"],
        "name": SECRETS["opportunity"],
        "amount_cents": 1,
        "currency": "EUR",
    }
    do(cast.alice, "opportunity.create", {**of, **sale, "stage": "lead"})
    line = {"name": SECRETS["quoted"], "quantity": 2, "unit_price_cents": 5}
    offer = {"opportunity_id": ids["opportunity_id"], "edition": 0, "currency": "EUR", "lines": [line]}
    for quote_id in (ids["quote_id"], ids["accepted_id"], ids["ordered_id"]):
        do(cast.alice, "quote.save", {**offer, "quote_id": quote_id})
    for quote_id in (ids["accepted_id"], ids["ordered_id"]):
        do(cast.alice, "quote.accept", {"quote_id": quote_id})
    listed = {"sha256": "ef" * 32, "size": 9, "media_type": "application/pdf", "name": SECRETS["file"]}
    of_sale = {**of, "opportunity_id": ids["opportunity_id"], "attachment_id": ids["attachment_id"]}
    do(cast.alice, "file.attach", {**of_sale, **listed})
    terms = {
        "title": SECRETS["opportunity"],
        "seller": "Us",
        "buyer": SECRETS["name"],
        "terms": SECRETS["quoted"],
    }
    paper = {
        "contract_id": ids["contract_id"],
        "opportunity_id": ids["opportunity_id"],
        "edition": 0,
        **terms,
    }
    do(cast.alice, "contract.draft", {**paper, "total_cents": 5, "currency": "EUR"})
    order = {"order_id": ids["order_id"], "quote_id": ids["ordered_id"], "placed_on": "2026-11-23"}
    do(cast.alice, "order.place", order)
    paid = {"payment_id": ids["payment_id"], "received_on": "2026-11-23", "amount_cents": 5}
    do(cast.alice, "payment.receive", {**paid, "order_id": ids["order_id"]})


def parked(cast: Cast, ids: dict[str, str]) -> list[Any]:
    """A visit of Alice's that was not hers to log when it came."""
    device = Device(id=new_id(), user_id=cast.alice.id, last_seq=1, created_at=NOW, last_seen_at=NOW)
    args = {"visit_id": new_id(), "customer_id": ids["customer_id"], "note": SECRETS["note"]}
    args |= {"started_at": STARTED, "outcome": "ordered"}
    item = {"seq": 1, "id": ids["change_id"], "name": "visit.log", "args": args}
    of = {"device_id": device.id, "user_id": cast.alice.id, "happened_at": NOW, "received_at": NOW}
    receipt = Receipt(
        change_id=ids["change_id"],
        seq=1,
        name="visit.log",
        status="parked",
        code="not_allowed",
        item=item,
        **of,
    )
    return [device, receipt]


def around(database: Database, cast: Cast, do: Any) -> World:
    ids = {
        name: new_id()
        for name in ("customer_id", "contact_id", "visit_id", "other_id", "planned_id", "follow_up_id")
    }
    ids |= {"task_id": new_id(), "open_task_id": new_id(), "other_task_id": new_id()}
    ids |= {"opportunity_id": new_id(), "name": "nothing.js", "token": "letmein", "sha256": "ab" * 32}
    ids |= {"change_id": new_id(), "twin_id": new_id(), "pipeline_id": DEFAULT_PIPELINE}
    ids |= {"custom_field_id": new_id(), "week": "2026-11-16", "what": "planned", "product_id": new_id()}
    ids |= {name: new_id() for name in ("quote_id", "accepted_id", "ordered_id", "order_id", "payment_id")}
    ids |= {"question_id": new_id(), "alert_id": new_id(), "attachment_id": new_id(), "document_id": new_id()}
    ids |= {"file_name": "pump.jpg", "contract_id": new_id(), "version": "1", "kind": "birthday"}
    ids |= {user.name.lower(): user.id for user in cast.everyone} | {
        "user_id": cast.bob.id,
        "north": cast.north.id,
        "territory_id": cast.north.id,
        "team_id": cast.team.id,
    }
    world = World(cast, ids)
    furnish(do, cast, ids)
    with database.writing() as session:
        world.people = {
            "stranger": cast.charlie,
            "other manager": person("Otto", Role.MANAGER, cast.south),
            "support": person("Sue", Role.SUPPORT, cast.north, department="service"),
            "executive": person("Eve", Role.EXECUTIVE),
        }
        session.add_all([user for name, user in world.people.items() if name != "stranger"])
        session.flush()
        field = CustomField(id=ids["custom_field_id"], name="Sells to", kind="text", created_at=NOW)
        session.add(field)
        terms = {"title": "Terms", "kind": "contract", "name": "a.pdf", "media_type": "application/pdf"}
        at = {"created_at": NOW, "updated_at": NOW, "author_id": cast.dora.id}
        document = LibraryDocument(id=ids["document_id"], sha256="01" * 32, size=9, **terms, **at)
        keep_version(session, document)
        seal = Product(id=ids["product_id"], name="Seal", code="S-1", price_cents=5, currency="EUR")
        seal.cost_cents = COST_CENTS
        session.add(seal)
        session.add(
            Question(
                id=ids["question_id"], owner_id=cast.mei.id, name="Who buys what", created_at=NOW,
                definition=Definition("customers", ("customer_type",)).as_json(),
            )
        )  # fmt: skip
        terms = {"competitor": SECRETS["competitor"], "limit": 1, "days": 30}
        session.add(
            Alert(id=ids["alert_id"], user_id=cast.mei.id, kind="competitor", terms=terms, created_at=NOW)
        )
        sheet = read("a.csv", f"Company,Phone\n{SECRETS['name']} 2,\n".encode())
        choices = {"columns": ["name", "phone"], "owner_id": None, "territory_id": None}
        draft = import_draft.keep(session, cast.alice, "secret-list.csv", sheet, choices, NOW)
        for row in parked(cast, ids):
            session.add(row)
            session.flush()
            ids["phone_id"] = row.id if isinstance(row, Device) else ids["phone_id"]
        sessions.start(session, cast.alice, NOW)
        session.flush()
        public_id = session.exec(
            select(SignInSession.public_id).where(SignInSession.user_id == cast.alice.id)
        ).one()
        ids |= {"draft_id": draft.id, "public_id": public_id}
    return world


def keep_photo(app: Litestar, database: Database, world: World) -> None:
    """As if Alice's phone had sent the bytes."""
    sha256, content = world.ids["sha256"], b"\xff\xd8\xff"
    for name in (kept_as(sha256), thumbnail_of(sha256)):
        app.state.files.put(name, content)
    told = {"size": len(content), "media_type": "image/jpeg", "created_at": NOW}
    with database.writing() as session:
        session.add(File(sha256=sha256, stored_sha256=sha256, **told))
        session.exec(select(Attachment).where(Attachment.sha256 == sha256)).one().received_at = NOW
