"""The form of a follow-up, and of a task for another department. Twin of pwa/views/follow_up_form.js."""

from typing import Any

from sqlmodel import Session

from server.models.customer import Customer
from server.models.scope import visible_customer
from server.views.form import Form
from server.views.labels import DEPARTMENTS, options
from server.views.reader import Reader
from server.views.visit_form import back_link, next_step, who


def new_follow_up(session: Session, reader: Reader, customer_id: str, form: Form) -> dict[str, Any]:
    t = reader.t
    customer, form = _of_customer(session, reader, customer_id, form, "follow_up_id")
    return {
        **_on_a_day(reader, customer, form, "/follow-ups", "follow_up_id"),
        "title": t("Follow-up"),
        "departments": None,
        "note": form.field("note", t("What did you promise?")),
        "hint": t("Bring the sample, call back, send the quote"),
        "save": t("Save follow-up"),
    }


def new_task(session: Session, reader: Reader, customer_id: str, form: Form) -> dict[str, Any]:
    t = reader.t
    customer, form = _of_customer(session, reader, customer_id, form, "task_id")
    return {
        **_on_a_day(reader, customer, form, "/tasks", "task_id"),
        "title": t("Ask a department"),
        "departments": form.choices(
            "department", t("Whom"), options(t, DEPARTMENTS, form.value("department"))
        ),
        "note": form.field("note", t("What do you need from them?")),
        "hint": t("Which seal fits the old pump, when can it be there"),
        "save": t("Ask a department"),
    }


def _of_customer(
    session: Session, reader: Reader, customer_id: str, form: Form, key: str
) -> tuple[Customer, Form]:
    customer = visible_customer(session, reader.user, customer_id or form.value("customer_id"))
    fresh = {key: [reader.new_id()], "next_step": ["1"]}
    typed = {**fresh, **form.typed, "customer_id": [customer.id]}
    return customer, Form(reader.t, typed, form.errors, form.refused)


def _on_a_day(reader: Reader, customer: Customer, form: Form, path: str, key: str) -> dict[str, Any]:
    steps = next_step(form)
    return {
        "action": path,
        "draft": f"{path}/new?customer={customer.id}",
        "draft_kept": False,
        "refused": form.refused,
        "back": back_link(reader, customer),
        "customer": who(customer, reader),
        "hiddens": form.hiddens((key, "customer_id")),
        "next_step": {**steps, "options": [step for step in steps["options"] if step["value"] != "none"]},
        "due_on": form.field("due_on", reader.t("On which day")),
    }
