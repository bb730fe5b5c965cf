"""Parked entries: sent by phones and not applied, for those who may decide on them. Rendered by the server only."""

import re
from typing import Any, Final

from sqlmodel import Session, col, select

from server import words
from server.models import scope
from server.models.custom_field import custom_fields
from server.models.customer import Customer, CustomerShare
from server.models.file import File
from server.models.identity import is_id
from server.models.product import Product
from server.models.receipt import Receipt
from server.models.refusal import SENTENCES
from server.models.user import Device, User
from server.translations import Translator, msgid
from server.views.parked_about import Abouts
from server.views.parked_lines import MOST_CHARACTERS, Lines
from server.views.reader import Reader, joined
from sync import review

DONE: Final = {
    "applied": msgid("Applied under its author’s name"),
    "dismissed": msgid("Dismissed"),
}
# Reasons as told to those who decide; the sentences of `Refused` are for the author.
WHY: Final = {
    "not_allowed": msgid("Its author may not change this, or it is no longer there."),
    "invalid": msgid("Some of what was entered cannot be right. Its author can correct it."),
    "deleted": msgid("This customer was deleted in the meantime."),
    "depends_on_parked": msgid("This waits for an earlier entry that is parked, too."),
}
FROM_LOST_PHONE: Final = msgid(
    "From a phone that was reported lost, before it was wiped. Did its author write this?"
)
WITHOUT_FILE: Final = msgid("The file itself was not sent before the phone was wiped.")
HASH: Final = re.compile(r"[0-9a-f]{64}")
MOST_ENTRIES: Final = 100  # a broken app may have parked thousands; others follow once these are decided
NAMES: Final = {
    "customer.create": msgid("New customer"),
    "customer.edit": msgid("Customer edited"),
    "customer.add_tag": msgid("Tag added"),
    "customer.remove_tag": msgid("Tag removed"),
    "customer.assign": msgid("Customer handed over"),
    "customer.share": msgid("Customer shared"),
    "customer.unshare": msgid("Sharing ended"),
    "customer.ask": msgid("Access asked for"),
    "customer.decline": msgid("Access not given"),
    "customer.compare": msgid("Competitor compared"),
    "customer.delete": msgid("Customer deleted"),
    "customer.restore": msgid("Customer restored"),
    "customer.merge": msgid("Customers merged"),
    "contact.create": msgid("New contact"),
    "contact.edit": msgid("Contact edited"),
    "contact.remove": msgid("Contact removed"),
    "contact.restore": msgid("Contact put back"),
    "visit.log": msgid("Visit"),
    "visit.correct": msgid("Visit corrected"),
    "activity.log": msgid("Call or message"),
    "activity.correct": msgid("Call or message corrected"),
    "visit.plan": msgid("Visit planned"),
    "visit.cancel": msgid("Planned visit taken back"),
    "visit.attach": msgid("Photo or voice note"),
    "visit.detach": msgid("Photo taken off"),
    "visit.withdraw": msgid("Visit taken back"),
    "file.attach": msgid("File added"),
    "file.detach": msgid("File taken off"),
    "file.reattach": msgid("File put back"),
    "follow_up.create": msgid("Follow-up"),
    "follow_up.complete": msgid("Follow-up done"),
    "follow_up.reopen": msgid("Follow-up reopened"),
    "follow_up.snooze": msgid("Follow-up moved"),
    "follow_up.withdraw": msgid("Follow-up taken back"),
    "task.ask": msgid("Task"),
    "task.answer": msgid("Task answered"),
    "task.rate": msgid("Answer rated"),
    "task.withdraw": msgid("Task taken back"),
    "opportunity.create": msgid("New opportunity"),
    "opportunity.move": msgid("Opportunity moved"),
    "opportunity.edit": msgid("Opportunity edited"),
    "opportunity.revalue": msgid("Opportunity edited"),
    "opportunity.ask": msgid("Approval asked for"),
    "opportunity.approve": msgid("Approved"),
    "opportunity.decline": msgid("Not approved"),
    "quote.save": msgid("Quote"),
    "quote.send": msgid("Quote sent"),
    "quote.accept": msgid("Quote accepted"),
    "quote.decline": msgid("Quote declined"),
    "quote.withdraw": msgid("Quote taken back"),
    "contract.draft": msgid("Contract"),
    "contract.send": msgid("Contract sent"),
    "contract.sign": msgid("Contract signed"),
    "contract.cancel": msgid("Contract cancelled"),
    "order.place": msgid("Order placed"),
    "order.withdraw": msgid("Order taken back"),
    "payment.expect": msgid("Payment expected"),
    "payment.receive": msgid("Payment received"),
    "payment.withdraw": msgid("Payment taken back"),
    "user.edit": msgid("Settings changed"),
}


def parked(session: Session, reader: Reader, refused: str = "", refused_id: str = "") -> dict[str, Any]:
    found = review.to_decide(session, reader.user, MOST_ENTRIES)
    count = review.count_to_decide(session, reader.user) if len(found) == MOST_ENTRIES else len(found)
    beyond = reader.t("The first %(n)s of %(all)s are shown.", n=MOST_ENTRIES, all=count)
    own_fields = {field.id: field for field in custom_fields(session)}
    products, people = (
        dict(session.execute(select(model.id, model.name)).all()) for model in (Product, User)
    )

    def customer_name(customer_id: str) -> str:
        found = session.get(Customer, customer_id) if is_id(customer_id) else None
        return found.name if found is not None and _sees(session, reader.user, found) else ""

    lines = Lines(reader, products, people, own_fields, customer_name)
    abouts = Abouts(session, [receipt for receipt, _ in found])
    return {
        "title": reader.t("Parked entries"),
        "beyond": beyond if count > MOST_ENTRIES else "",
        "entries": [
            _row(abouts, lines, receipt, author, refused if receipt.change_id == refused_id else "")
            for receipt, author in found
        ],
    }


def _row(abouts: Abouts, lines: Lines, receipt: Receipt, author: User, refused: str) -> dict[str, Any]:
    session, reader, args = abouts.session, lines.reader, review.args_of(receipt)
    t, about = reader.t, abouts(args)
    seen = about.customer if about and _sees(session, reader.user, about.customer) else None
    is_deleted = seen is not None and seen.deleted_at is not None
    removed = review.removed_contact(receipt)
    can_restore = receipt.code == "deleted" and (is_deleted or removed is not None)
    is_last_word = _is_last_word(session, receipt)
    return {
        "id": receipt.change_id,
        "initial": words.initial(author.name),
        "what": joined(
            t(NAMES[receipt.name]) if receipt.name in NAMES else receipt.name[:MOST_CHARACTERS],
            *(about.names() if about and seen else ()),
        ),
        "detail": joined(author.name, reader.moment(receipt.happened_at)),
        "customer_href": f"/customers/{seen.id}" if seen and not is_deleted else "",
        "lines": list(lines(args)),
        "why": refused or _why(t, receipt, is_last_word),
        "faults": [
            *lines.faults(receipt),
            *([t(WITHOUT_FILE)] if is_last_word and _is_without_file(session, args) else []),
        ],
        "asked": t("asks you") if receipt.asked_at else "",
        "can_apply": receipt.code not in review.NOT_A_MATTER_OF_RIGHT,
        "restore_id": seen.id if seen is not None and can_restore else "",
        "restore": t("Restore the contact") if removed else t("Restore the customer"),
    }


def _sees(session: Session, user: User, customer: Customer) -> bool:
    shared = select(CustomerShare).where(
        col(CustomerShare.customer_id) == customer.id, col(CustomerShare.user_id) == user.id
    )
    return scope.sees(user, customer, session.exec(shared).first() is not None)


def _why(t: Translator, receipt: Receipt, is_last_word: bool) -> str:
    if is_last_word:
        return t(FROM_LOST_PHONE)
    said = review.sentence(receipt)
    is_usual = receipt.code in WHY and said == SENTENCES[receipt.code]
    return t.text(WHY[receipt.code or ""] if is_usual else said)


def _is_last_word(session: Session, receipt: Receipt) -> bool:
    """Whether a phone that was to be wiped has handed it in."""
    wiped = session.get_one(Device, receipt.device_id).wipe_at
    return wiped is not None and wiped <= receipt.received_at


def _is_without_file(session: Session, args: dict[str, Any]) -> bool:
    """Whether it names a file that never came: a phone being wiped hands in its entries, but not its files."""
    sha256 = args.get("sha256")
    is_hash = isinstance(sha256, str) and HASH.fullmatch(sha256) is not None
    return is_hash and session.get(File, sha256) is None
