"""The closed list of changes: what each is called, what its args look like, which verb of the models it ends in.

The phone gets the same list from `as_json()`. A change that is not here does not exist, for forms and imports either.
"""

from typing import Any

from server.models import (
    access,
    approval,
    attaching,
    attachment,
    comparing,
    contact,
    custom_field,
    customer,
    follow_up,
    merging,
    opportunity,
    profile,
    receipt,
    sharing,
    task,
    visit,
)
from server.models.customer import Lifecycle
from server.models.user import DEPARTMENTS
from server.models.visit_kind import BESIDE_VISITS, Outcome
from sync.args import (
    ADDRESS,
    AMOUNT,
    CURRENCY,
    DUE_ON,
    EMAIL,
    ID,
    MAYBE_DATE,
    MAYBE_ID,
    MAYBE_MOMENT,
    NAME,
    NOTE,
    NOTES,
    OTHER,
    PHONE,
    TAG,
    Arg,
    Change,
    choice,
    creates,
    edits,
    hundredths,
    inside,
    integer,
    listed,
    number,
    text,
)  # fmt: skip
from sync.fields import BYTES, CONTACT_FIELDS, OPPORTUNITY_FIELDS, USER_FIELDS
from sync.selling import SELLING

__all__ = ["ADDRESS", "CHANGES", "EMAIL", "NAME", "NOTE", "OTHER", "PHONE", "TAG", "Arg", "Change", "as_json"]


CUSTOMER_FIELDS = {
    "name": text(NAME, required=True),
    "phone": Arg("phone", max=PHONE),
    "address": text(ADDRESS, multiline=True),
    "region": text(),
    "customer_type": text(TAG),
    "lifecycle": choice(*Lifecycle, required=True),
    "cadence_days": integer(1, 3650, required=True),
    "price_sensitivity": choice("low", "medium", "high"),
    "preferred_product_ids": listed(ID, 100),
    "preferred_products": text(),
    "preferred_times": text(),
    "latitude": number(-90, 90),
    "longitude": number(-180, 180),
    "custom": Arg("custom", max=custom_field.MOST_FIELDS),
}
# A new customer may leave out these two, and gets a default; an edit must not empty them.
NEW_CUSTOMER_FIELDS = CUSTOMER_FIELDS | {
    "lifecycle": choice(*Lifecycle),
    "cadence_days": integer(1, 3650),
}
MAYBE_AMOUNT, STAGE = hundredths(0, 10**15), text(TAG, required=True)
WHAT_IS_APPROVED = {"opportunity_id": ID, "stage": STAGE, "amount_cents": AMOUNT, "currency": CURRENCY}
FOLLOW_UP = {"follow_up_id": creates("follow_ups"), "due_on": DUE_ON, "note": NOTES}
VISIT_FIELDS = {
    "started_at": Arg("moment", required=True),
    "ended_at": MAYBE_MOMENT,
    "outcome": choice(*Outcome, required=True),
    "note": NOTES,
    "contact_ids": listed(ID, 100),
    "product_ids": listed(ID, 100),
    "competitors": listed(text(required=True), 50),
    "pain_point": text(NOTE, multiline=True),
    "place": inside(
        {
            "latitude": number(-90, 90, required=True),
            "longitude": number(-180, 180, required=True),
            "accuracy_m": number(0, 50_000_000, required=True),
        }
    ),
    "follow_up": inside(FOLLOW_UP),
}
ACTIVITY_FIELDS = {
    "kind": choice(*BESIDE_VISITS, required=True),
    **VISIT_FIELDS,
    "outcome": choice(*Outcome),
}

CHANGES: dict[str, Change] = {
    "customer.create": Change(
        customer.create, {"customer_id": creates("customers"), **NEW_CUSTOMER_FIELDS, "owner_id": MAYBE_ID}
    ),
    "customer.edit": Change(customer.edit, {"customer_id": ID, "fields": edits(CUSTOMER_FIELDS)}),
    "customer.add_tag": Change(customer.add_tag, {"customer_id": ID, "tag": text(TAG, required=True)}),
    "customer.remove_tag": Change(customer.remove_tag, {"customer_id": ID, "tag": text(TAG, required=True)}),
    "customer.compare": Change(
        comparing.compare,
        {
            "customer_id": ID,
            "competitor": text(required=True),
            "note": text(comparing.LONGEST_NOTE),
            "tags": listed(text(TAG, required=True), comparing.MOST_TAGS),
        },
    ),
    "customer.assign": Change(customer.assign, {"customer_id": ID, "from": MAYBE_ID, "to": MAYBE_ID}),
    "customer.share": Change(sharing.share, {"customer_id": ID, "user_id": ID}),
    "customer.unshare": Change(sharing.unshare, {"customer_id": ID, "user_id": ID}),
    "customer.ask": Change(access.ask, {"customer_id": ID}),
    "customer.decline": Change(access.decline, {"customer_id": ID, "user_id": ID}),
    "customer.delete": Change(customer.delete, {"customer_id": ID}, means_that_very_one=True),
    "customer.restore": Change(customer.restore, {"customer_id": ID}),
    "customer.merge": Change(merging.merge, {"customer_id": ID, "into_id": ID}, means_that_very_one=True),
    "contact.create": Change(
        contact.create, {"contact_id": creates("contacts"), "customer_id": ID, **CONTACT_FIELDS}
    ),
    "contact.edit": Change(contact.edit, {"contact_id": ID, "fields": edits(CONTACT_FIELDS)}),
    "contact.remove": Change(contact.remove, {"contact_id": ID}),
    "contact.restore": Change(contact.restore, {"contact_id": ID}),
    "visit.log": Change(visit.log, {"visit_id": creates("visits"), "customer_id": ID, **VISIT_FIELDS}),
    "visit.correct": Change(
        visit.correct, {"visit_id": creates("visits"), "corrects": ID, "customer_id": ID, **VISIT_FIELDS}
    ),
    "activity.log": Change(visit.log, {"visit_id": creates("visits"), "customer_id": ID, **ACTIVITY_FIELDS}),
    "activity.correct": Change(
        visit.correct, {"visit_id": creates("visits"), "corrects": ID, "customer_id": ID, **ACTIVITY_FIELDS}
    ),
    "visit.plan": Change(
        visit.plan,
        {
            "visit_id": creates("visits"),
            "customer_id": ID,
            "planned_on": DUE_ON,
            "planned_time": Arg("clock"),
        },
    ),
    "visit.cancel": Change(visit.cancel, {"visit_id": ID}),
    "visit.withdraw": Change(visit.withdraw, {"visit_id": ID}),
    "visit.attach": Change(
        attaching.attach,
        {
            "attachment_id": creates("attachments"),
            "visit_id": ID,
            "customer_id": ID,
            **BYTES,
            "media_type": choice(*attachment.MEDIA_TYPES, required=True),
        },
    ),
    "visit.detach": Change(attaching.detach, {"attachment_id": ID}),
    "file.attach": Change(
        attaching.attach_file,
        {
            "attachment_id": creates("attachments"),
            "customer_id": ID,
            "opportunity_id": MAYBE_ID,
            "name": text(NAME, required=True),
            **BYTES,
            "media_type": choice(*attachment.FILE_TYPES, required=True),
        },
    ),
    "file.detach": Change(attaching.detach, {"attachment_id": ID}),
    "file.reattach": Change(attaching.reattach, {"attachment_id": ID}),
    "follow_up.create": Change(
        follow_up.create,
        {"follow_up_id": creates("follow_ups"), "customer_id": ID, "due_on": DUE_ON, "note": NOTES},
    ),
    "follow_up.complete": Change(follow_up.complete, {"follow_up_id": ID}),
    "follow_up.reopen": Change(follow_up.reopen, {"follow_up_id": ID}),
    "follow_up.snooze": Change(follow_up.snooze, {"follow_up_id": ID, "due_on": DUE_ON}),
    "follow_up.withdraw": Change(follow_up.withdraw, {"follow_up_id": ID}),
    "task.ask": Change(
        task.ask,
        {
            "task_id": creates("tasks"),
            "customer_id": ID,
            "department": choice(*DEPARTMENTS, required=True),
            "note": text(NOTE, required=True, multiline=True),
            "due_on": DUE_ON,
        },
    ),
    "task.answer": Change(task.answer, {"task_id": ID, "answer": text(NOTE, required=True, multiline=True)}),
    "task.rate": Change(task.rate, {"task_id": ID, "rating": choice(*task.RATINGS, required=True)}),
    "task.withdraw": Change(task.withdraw, {"task_id": ID}),
    "opportunity.create": Change(
        opportunity.create,
        {
            "opportunity_id": creates("opportunities"),
            "customer_id": ID,
            "name": text(NAME, required=True),
            "amount_cents": AMOUNT,
            "currency": CURRENCY,
            "stage": STAGE,
            "expected_close_on": MAYBE_DATE,
            "pipeline_id": MAYBE_ID,
        },
    ),
    "opportunity.move": Change(
        opportunity.move,
        {
            "opportunity_id": ID,
            "from": STAGE,
            "to": STAGE,
            "amount_cents": MAYBE_AMOUNT,
            **{name: spec for name, spec in OPPORTUNITY_FIELDS.items() if name != "name"},
            "note": NOTES,
        },
    ),
    "opportunity.edit": Change(opportunity.edit, {"opportunity_id": ID, "fields": edits(OPPORTUNITY_FIELDS)}),
    "opportunity.revalue": Change(
        opportunity.revalue,
        {
            "opportunity_id": ID,
            "from_cents": AMOUNT,
            "from_currency": CURRENCY,
            "amount_cents": AMOUNT,
            "currency": CURRENCY,
        },
    ),
    "opportunity.ask": Change(approval.ask, WHAT_IS_APPROVED),
    "opportunity.decline": Change(
        approval.decline, {**WHAT_IS_APPROVED, "note": text(NOTE, required=True, multiline=True)}
    ),
    "opportunity.approve": Change(
        approval.approve,
        {**WHAT_IS_APPROVED, "note": NOTES},
    ),
    **SELLING,
    "entry.ask": Change(receipt.ask, {"change_id": ID}),
    "entry.withdraw": Change(receipt.withdraw, {"change_id": ID}),
    "user.edit": Change(profile.edit, {"fields": edits(USER_FIELDS)}),
    "noop": Change(receipt.do_nothing),
}


def as_json() -> dict[str, Any]:
    """For the phone: {change: {arg: spec}}."""
    return {
        name: {arg: spec.as_json() for arg, spec in change.args.items()} for name, change in CHANGES.items()
    }
