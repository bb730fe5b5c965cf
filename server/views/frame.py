"""What surrounds every screen: the dock, the pill, the toast. Twin of pwa/views/frame.js."""

from collections.abc import Mapping
from typing import Any, Final

from server import words
from server.models.identity import is_id
from server.translations import Translator, msgid
from server.views.reader import Reader

# Toasts by the redirect's `done`, each with the address that Undo posts to. `{id}`: the row.
TOASTS: Final = {
    "visit": (msgid("Visit saved"), "/visits/{id}/withdraw"),
    "correction": (msgid("Corrected"), ""),
    "call": (msgid("Call logged"), "/visits/{id}/withdraw"),
    "message": (msgid("Message logged"), "/visits/{id}/withdraw"),
    "email": (msgid("Email logged"), "/visits/{id}/withdraw"),
    "meeting": (msgid("Meeting logged"), "/visits/{id}/withdraw"),
    "plan": (msgid("Visit planned"), "/visits/{id}/cancel"),
    "cancel": (msgid("Planned visit taken back"), ""),
    "follow_up": (msgid("Follow-up saved"), ""),
    "complete": (msgid("Done"), "/follow-ups/{id}/reopen"),
    "snooze": (msgid("Moved to another day"), "/follow-ups/{id}/snooze"),
    "task": (msgid("Task saved"), "/tasks/{id}/withdraw"),
    "taken_back": (msgid("Taken back"), ""),
    "task_answered": (msgid("Answered"), ""),
    "task_rated": (msgid("Thank you"), ""),
    "customer": (msgid("Customer saved"), ""),
    "merged": (msgid("Customer merged"), ""),
    "deleted": (msgid("Customer deleted"), "/customers/{id}/restore"),
    "restored": (msgid("Customer restored"), ""),
    "contact": (msgid("Contact saved"), ""),
    "contact_removed": (msgid("Contact removed"), "/contacts/{id}/restore"),
    "opportunity": (msgid("Opportunity saved"), ""),
    "move": (msgid("Moved"), ""),
    "approve": (msgid("Approved"), ""),
    "approval_asked": (msgid("Approval asked for"), ""),
    "approval_declined": (msgid("Not approved"), ""),
    "quote": (msgid("Quote saved"), "/quotes/{id}/withdraw"),
    "quote_sent": (msgid("Marked as sent"), ""),
    "quote_accepted": (msgid("Quote accepted"), ""),
    "quote_declined": (msgid("Quote declined"), ""),
    "contract": (msgid("Contract saved"), "/contracts/{id}/withdraw"),
    "contract_sent": (msgid("Marked as sent"), ""),
    "contract_signed": (msgid("Contract signed"), ""),
    "contract_cancelled": (msgid("Contract cancelled"), ""),
    "order": (msgid("Order placed"), "/orders/{id}/withdraw"),
    "payment": (msgid("Payment saved"), ""),
    "owner": (msgid("Handed over"), ""),
    "share": (msgid("Shared"), ""),
    "decline": (msgid("Not shared"), ""),
    "unshare": (msgid("No longer shared"), ""),
    "file": (msgid("File added"), "/attachments/{id}/remove"),
    "document": (msgid("Saved. Phones have it with their next sync."), ""),
    "pinned": (msgid("Pinned"), ""),
    "unpinned": (msgid("No longer kept on this phone"), ""),
    "removed": (msgid("Taken off"), "/attachments/{id}/restore"),
    "undone": (msgid("Undone"), ""),
    "brought_in": (msgid("Entries brought in: %(n)s"), ""),
    "known": (msgid("Everything in it was here already."), ""),
    "language": (msgid("This is Legwork in English now"), ""),
}


def frame(
    reader: Reader, path: str, partial: bool, current: str, done: Mapping[str, str], back: str
) -> dict[str, Any]:
    """`done`: the query parameters done, id and was, which the redirect after a form set."""
    return {
        "locale": reader.locale,
        "path": path,
        "partial": partial,
        "current": current,
        "plus_href": plus_href(path),
        "me": me(reader),
        "pill": {"state": "sent", "text": reader.t("All sent")},
        "alone": "",
        "toast": toast(reader.t, done, back),
    }


def plus_href(path: str) -> str:
    """The address of the + button: on pages of a customer, a visit to that one."""
    customer_id = path.removeprefix("/customers/").partition("/")[0]
    return f"/visits/new?customer={customer_id}" if is_id(customer_id) else "/visits/new"


def me(reader: Reader) -> dict[str, Any]:
    user = reader.user
    return {"id": user.id, "name": user.name, "role": user.role, "initial": words.initial(user.name)}


def own_toast(reader: Reader, texts: Mapping[str, str], done: str | None) -> dict[str, Any]:
    """In place of the frame's: that of a page which only the server has, with texts that no phone knows."""
    if done is None or done not in texts:
        return {}
    return {"toast": {"text": reader.t(texts[done]), "undo_href": "", "fields": []}}


def toast(t: Translator, done: Mapping[str, str], back: str) -> dict[str, Any] | None:
    text, undo = TOASTS.get(done.get("done", ""), ("", ""))
    if not text:
        return None
    may_undo = undo and is_id(done.get("id"))
    was = done.get("was", "")
    fields = [{"name": "back", "value": back}]
    if was:
        fields.append({"name": "due_on", "value": was})
    return {
        "text": t(text, n=int(was[:9]) if was[:9].isdecimal() else 0),
        "undo_href": undo.replace("{id}", done["id"]) if may_undo else "",
        "fields": fields if may_undo else [],
    }
