"""The timeline of a customer, the latest entry first. Twin of pwa/views/timeline.js."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import partial
from typing import Any, Final

from server import words
from server.models.attachment import Attachment
from server.models.contract import Contract, state_of
from server.models.follow_up import FollowUp
from server.models.order import Order
from server.models.task import Task
from server.models.visit import Visit
from server.payments import Payment, standing
from server.translations import Translator, msgid
from server.views import photos
from server.views.facts import listed
from server.views.held import Held
from server.views.labels import ACTIVITIES, DEPARTMENTS, OUTCOMES, RATINGS, said
from server.views.quote import number_of
from server.views.reader import Reader, joined
from server.views.rows import first_line


@dataclass(frozen=True)
class Names:
    people: Mapping[str, str]
    contacts: Mapping[str, str]
    products: Mapping[str, str]
    attachments: Sequence[Attachment]

    def person(self, user_id: str) -> str:
        return self.people.get(user_id, "")


@dataclass(frozen=True)
class Entry:
    """`told` says on demand what it is about, as a page shows thirty of five hundred."""

    at: datetime
    id: str
    kind: str
    told: Callable[[], dict[str, Any]]

    def drawn(self) -> dict[str, Any]:
        return {**NOTHING_MORE, "id": self.id, "kind": self.kind, **self.told()}


def timeline(
    of: Held, done: Sequence[Visit], moves: Iterable[Entry], names: Names, reader: Reader
) -> list[Entry]:
    """`done`: the visits that stand."""
    before = {visit.corrected_by: visit for visit in of.visits if visit.corrected_by}
    entries = [
        Entry(visit.started_at, visit.id, visit.kind, partial(visit_entry, visit, before, names, reader))
        for visit in done
        if visit.started_at
    ]
    entries += [
        Entry(row.completed_at, row.id, "done", partial(kept_entry, row, names, reader))
        for row in of.follow_ups
        if row.completed_at
    ]
    entries += [
        Entry(moment, row.id, "contract", partial(contract_entry, row, names, reader))
        for row in of.contracts
        if (moment := row.cancelled_at or row.signed_at or row.sent_at)
    ]
    entries += [
        Entry(task.answered_at, task.id, "task", partial(task_entry, task, names, reader))
        for task in of.tasks
        if task.answered_at
    ]
    for order in of.orders:
        entries += selling(order, names, reader)
    entries += moves
    return sorted(entries, key=lambda entry: (entry.at, entry.id), reverse=True)


MOST_GOODS: Final = 3
CONTRACTS: Final = {
    "sent": msgid("Contract sent"),
    "signed": msgid("Contract signed"),
    "cancelled": msgid("Contract cancelled"),
}
NOTHING_MORE: Final = {
    "href": "",
    "lines": (),
    "photos": (),
    "tag": "",
    "tag_kind": "",
    "corrections": (),
    "correct_href": "",
}
SHOWN: Final = {
    "": msgid("All"),
    "visit": msgid("Visits"),
    "call": msgid("Calls"),
    "message": msgid("Messages"),
    "email": msgid("Emails"),
    "meeting": msgid("Meetings"),
    "done": msgid("Promises"),
    "task": msgid("Tasks"),
    "move": msgid("Stages"),
    "contract": msgid("Contracts"),
    "order": msgid("Orders"),
    "payment": msgid("Payments"),
}


def filters(path: str, entries: Sequence[Entry], kind: str, t: Translator) -> list[dict[str, Any]]:
    """Chips for the kinds of entries; none if all are of one kind."""
    there = {entry.kind for entry in entries}
    if len(there) < 2:
        return []
    return [
        {"label": t(label), "href": f"{path}?kind={shown}" if shown else path, "chosen": shown == kind}
        for shown, label in SHOWN.items()
        if shown in there or not shown
    ]


def visit_entry(visit: Visit, before: Mapping[str, Visit], names: Names, reader: Reader) -> dict[str, Any]:
    by_me = visit.author_id == reader.user.id
    attached = [row for row in names.attachments if row.visit_id == visit.id]
    return {
        "title": visit_title(visit, reader.t),
        "when": when(visit, "" if by_me else names.person(visit.author_id), reader),
        "note": visit.note or "",
        "lines": [*lines(visit, names, reader.t), *photos.lines(attached, reader.t)],
        "photos": photos.shown(attached, reader.user),
        "corrections": corrections(visit, before, reader),
        "correct_href": f"/visits/{visit.id}/correct" if by_me else "",
    }


def visit_title(visit: Visit, t: Translator) -> str:
    return joined(said(t, ACTIVITIES, visit.kind), said(t, OUTCOMES, visit.outcome))


def when(visit: Visit, author: str, reader: Reader) -> str:
    return joined(reader.moment(visit.started_at) if visit.started_at else "", author)


def lines(visit: Visit, names: Names, t: Translator) -> list[str]:
    """Sentences about the fields behind "More"."""
    met = [names.contacts[known] for known in visit.contact_ids if known in names.contacts]
    products = [names.products[known] for known in visit.product_ids if known in names.products]
    said_of = [
        t("Met %(names)s", names=listed(t, met)) if met else "",
        t("About %(names)s", names=listed(t, products)) if products else "",
        t("Pain point: %(text)s", text=visit.pain_point) if visit.pain_point else "",
        t("Competitor: %(names)s", names=listed(t, visit.competitors)) if visit.competitors else "",
    ]
    return [line for line in said_of if line]


def corrections(visit: Visit, before: Mapping[str, Visit], reader: Reader) -> list[dict[str, str]]:
    """The earlier versions of a corrected visit, the latest first."""
    found: list[dict[str, str]] = []
    old = before.get(visit.id)
    while old is not None:
        entry = {"title": visit_title(old, reader.t), "when": when(old, "", reader), "note": old.note or ""}
        found.append(entry)
        old = before.get(old.id)
    return found


def kept_entry(follow_up: FollowUp, names: Names, reader: Reader) -> dict[str, Any]:
    by_me = follow_up.owner_id == reader.user.id
    done_at = reader.moment(follow_up.completed_at) if follow_up.completed_at else ""
    return {
        "title": reader.t("Promise kept"),
        "when": joined(done_at, "" if by_me else names.person(follow_up.owner_id)),
        "note": first_line(follow_up.note),
    }


def selling(order: Order, names: Names, reader: Reader) -> list[Entry]:
    """The entries of an order, of its payments, and of overdue ones."""
    entries = [Entry(order.created_at, order.id, "order", partial(order_entry, order, names, reader))]
    late = standing(order.total_cents, order.payments, reader.today.isoformat()).instalments
    entries += [
        Entry(
            noon(one.payment), one.payment["id"], "payment", partial(late_entry, one.payment, order, reader)
        )
        for one in late
        if one.is_late
    ]
    entries += [
        Entry(noon(paid), paid["id"], "payment", partial(paid_entry, paid, order, names, reader))
        for paid in order.payments
        if paid["kind"] == "received"
    ]
    return entries


def noon(payment: Payment) -> datetime:
    """The moment of a payment: only its day is known, so noon."""
    return datetime.combine(date.fromisoformat(payment["on"]), time(12), UTC)


def order_entry(order: Order, names: Names, reader: Reader) -> dict[str, Any]:
    by_me = order.author_id == reader.user.id
    lines = order.lines[:MOST_GOODS]
    goods = listed(reader.t, [f"{words.quantity(one['quantity'])} × {one['name']}" for one in lines])
    return {
        "title": joined(reader.t("Order placed"), words.money(order.total_cents, order.currency)),
        "href": f"/opportunities/{order.opportunity_id}/orders/{order.id}",
        "when": joined(
            words.short_date(order.placed_on, reader.today, reader.locale),
            "" if by_me else names.person(order.author_id),
        ),
        "note": first_line(order.note),
        "lines": [goods],
    }


def contract_entry(contract: Contract, names: Names, reader: Reader) -> dict[str, Any]:
    state = state_of(contract)
    at = contract.cancelled_at or contract.signed_at or contract.sent_at
    by_me = contract.author_id == reader.user.id
    return {
        "title": joined(reader.t(CONTRACTS[state]), words.money(contract.total_cents, contract.currency)),
        "href": f"/opportunities/{contract.opportunity_id}/contracts/{contract.id}",
        "when": joined(reader.moment(at) if at else "", "" if by_me else names.person(contract.author_id)),
        "note": first_line(contract.cancel_reason),
        "lines": [
            contract.title,
            *([reader.t("Signed by %(name)s", name=contract.signer)] if contract.signer else []),
        ],
    }


def task_entry(task: Task, names: Names, reader: Reader) -> dict[str, Any]:
    t = reader.t
    assert task.answered_at is not None  # noqa: S101  (timeline() has checked)
    return {
        "title": joined(
            t("Task answered"), said(t, DEPARTMENTS, task.department), said(t, RATINGS, task.rating)
        ),
        "when": joined(reader.moment(task.answered_at), names.person(task.answered_by or "")),
        "note": task.answer or "",
        "lines": [task.note],
    }


def paid_entry(payment: Payment, order: Order, names: Names, reader: Reader) -> dict[str, Any]:
    by_me = payment["by"] == reader.user.id
    return {
        **_payment(payment, order, reader.t("Payment received"), reader),
        "when": joined(_day(payment, reader), "" if by_me else names.person(payment["by"])),
    }


def late_entry(payment: Payment, order: Order, reader: Reader) -> dict[str, Any]:
    due_on = date.fromisoformat(payment["on"])
    return {
        **_payment(payment, order, reader.t("Payment expected"), reader),
        "when": _day(payment, reader),
        "tag": words.due_label(due_on, reader.today, reader.locale),
        "tag_kind": "late",
    }


def _payment(payment: Payment, order: Order, title: str, reader: Reader) -> dict[str, Any]:
    return {
        "title": joined(title, words.money(payment["amount_cents"], order.currency)),
        "href": f"/opportunities/{order.opportunity_id}/orders/{order.id}",
        "note": first_line(payment.get("note")),
        "lines": [reader.t("Order %(number)s", number=number_of(order))],
    }


def _day(payment: Payment, reader: Reader) -> str:
    return words.short_date(date.fromisoformat(payment["on"]), reader.today, reader.locale)
