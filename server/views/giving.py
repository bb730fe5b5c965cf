"""Giving a customer's owner something to do: a follow-up or a visit. Rendered by the server only."""

from dataclasses import dataclass
from typing import Any, Final

from sqlmodel import Session

from server.models.customer import Customer
from server.models.handing_over import to_whom
from server.models.refusal import NotAllowed
from server.models.scope import ALL_SEEING_ROLES, leads, may_manage, visible_customer
from server.models.user import User
from server.translations import msgid
from server.views.about import named
from server.views.form import Form
from server.views.labels import options
from server.views.reader import Reader
from server.views.visit_form import next_step, who

KINDS: Final = {"follow_up": msgid("Follow-up"), "visit": msgid("Visit")}
# Fields that stay filled in if the customer has got another owner meanwhile.
KEPT: Final = (
    "follow_up_id",
    "visit_id",
    "kind",
    "note",
    "next_step",
    "due_on",
    "planned_on",
    "planned_time",
)
MOVED: Final = msgid("%(name)s looks after this customer now. Please look again who is to do it.")


@dataclass(frozen=True)
class Giving:
    """The customer, and who gets the task: its owner, or nobody if it has none or the owner has left (`to`)."""

    customer: Customer
    owner: User | None

    @property
    def to(self) -> User | None:
        return self.owner if self.owner is not None and self.owner.deactivated_at is None else None


def giving_at(session: Session, reader: Reader, customer_id: str) -> Giving:
    """For readers who manage its owner or, if it has none, the customer. Raises NotAllowed for others."""
    customer = visible_customer(session, reader.user, customer_id)
    owner = session.get(User, customer.owner_id) if customer.owner_id else None
    if not (leads(reader.user, owner) if owner else _manages(reader.user, customer)):
        raise NotAllowed
    return Giving(customer, owner)


def _manages(user: User, customer: Customer) -> bool:
    near = user.role in ALL_SEEING_ROLES or user.territory_id is not None
    return near and may_manage(user) and user.territory_id in (None, customer.territory_id)


def give_page(session: Session, reader: Reader, giving: Giving, back: str, form: Form) -> dict[str, Any]:
    t, customer = reader.t, giving.customer
    page = {
        "back": {"href": back, "text": t("Team")},
        "back_to": back,
        "customer": who(customer, reader),
        "action": f"/customers/{customer.id}/give",
        "refused": form.refused,
    }
    if giving.to is None:
        gone = t("%(name)s, who looked after it, has left.", name=giving.owner.name) if giving.owner else ""
        return {
            **page,
            "title": t("Give somebody something to do"),
            "nobody": gone or t("Nobody looks after this customer yet."),
            "hiddens": form.hiddens(tuple(name for name in KEPT if name in form.typed)),
            "people": [
                named(person) for person in to_whom(session, reader.user) if person.id != reader.user.id
            ],
        }
    return {**page, **_form(reader, giving.to, form)}


def _form(reader: Reader, to: User, form: Form) -> dict[str, Any]:
    t = reader.t
    fresh = {
        "follow_up_id": [reader.new_id()],
        "visit_id": [reader.new_id()],
        "kind": ["follow_up"],
        "next_step": ["1"],
        "planned_on": [reader.in_days(1).isoformat()],
    }
    form = Form(t, {**fresh, **form.typed, "to": [to.id]}, form.errors, form.refused)
    steps = next_step(form)
    return {
        "title": t("Give %(name)s something to do", name=to.name),
        "nobody": "",
        "hiddens": form.hiddens(("follow_up_id", "visit_id", "to")),
        "kind": form.choices("kind", t("What is it?"), options(t, KINDS, form.value("kind"))),
        "note": form.field("note", t("What is there to do?")),
        "note_hint": t("Bring the sample, call back, send the quote"),
        "next_step": {**steps, "options": [step for step in steps["options"] if step["value"] != "none"]},
        "due_on": form.field("due_on", t("On which day")),
        "planned_on": form.field("planned_on", t("Day")),
        "planned_time": form.optional("planned_time", t("Time")),
        "tells": t(
            "A reminder tells %(name)s soon. On its day it stands on %(name)s’s Today, also without a signal.",
            name=to.name,
        ),
        "save": t("Give it to %(name)s", name=to.name),
    }
