"""The form to plan a visit. Twin of pwa/views/plan_form.js."""

from typing import Any

from sqlmodel import Session

from server.models.scope import visible_customer
from server.views.customers import picker
from server.views.form import Form
from server.views.reader import Reader
from server.views.visit_form import back_link, who


def plan(session: Session, reader: Reader, customer_id: str, q: str, form: Form) -> dict[str, Any]:
    """Without a customer, the page first searches for one."""
    t, chosen = reader.t, customer_id or form.value("customer_id")
    title = {"title": t("Plan a visit"), "draft_kept": False}
    if not chosen:
        return {**picker(session, reader, q), **title, "customer": None, "back": back_link(reader, None)}
    customer = visible_customer(session, reader.user, chosen)
    tomorrow = reader.in_days(1).isoformat()
    typed = {
        "visit_id": [reader.new_id()],
        "planned_on": [tomorrow],
        **form.typed,
        "customer_id": [customer.id],
    }
    form = Form(t, typed, form.errors, form.refused)
    return {
        **title,
        "draft": f"/visits/plan?customer={customer.id}",
        "refused": form.refused,
        "back": back_link(reader, customer),
        "customer": who(customer, reader),
        "hiddens": form.hiddens(("visit_id", "customer_id")),
        "planned_on": form.field("planned_on", t("Day")),
        "planned_time": form.optional("planned_time", t("Time")),
    }
