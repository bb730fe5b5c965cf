"""Promise a next step. Twin of pwa/views/follow_up_form.js."""

from typing import Any

from sqlmodel import Session

from server.models.scope import visible_customer
from server.views.form import Form
from server.views.reader import Reader
from server.views.visit_form import back_link, hiddens, next_step, who


def new_follow_up(session: Session, reader: Reader, customer_id: str, form: Form) -> dict[str, Any]:
    t = reader.t
    customer = visible_customer(session, reader.user, customer_id or form.value("customer_id"))
    typed = {
        "follow_up_id": [reader.new_id()],
        "next_step": ["1"],
        **form.typed,
        "customer_id": [customer.id],
    }
    form = Form(t, typed, form.errors, form.refused)
    steps = next_step(form)
    return {
        "title": t("Follow-up"),
        "action": "/follow-ups",
        "draft": f"/follow-ups/new?customer={customer.id}",
        "draft_kept": False,
        "refused": form.refused,
        "back": back_link(reader, customer),
        "customer": who(customer, reader),
        "hiddens": hiddens(form, ("follow_up_id", "customer_id")),
        "note": form.field("note", t("What did you promise?")),
        "next_step": {**steps, "options": [step for step in steps["options"] if step["value"] != "none"]},
        "due_on": form.field("due_on", t("On which day")),
    }
