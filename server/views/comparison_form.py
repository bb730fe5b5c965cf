"""How a competitor compares with us at a customer. Twin of pwa/views/comparison_form.js."""

from typing import Any
from urllib.parse import urlencode

from server.models.customer import Customer
from server.views.form import Form
from server.views.reader import Reader
from server.views.visit_form import back_link


def comparison_form(reader: Reader, customer: Customer, competitor: str, form: Form) -> dict[str, Any]:
    t, known = reader.t, customer.comparisons.get(competitor)
    written = {
        "competitor": [competitor],
        "tags": [t(", ").join(known["tags"]) if known else ""],
        "note": [(known["note"] or "") if known else ""],
    }
    form = Form(t, form.typed or written, form.errors, form.refused)
    return {
        "title": competitor or t("A competitor"),
        "customer_name": customer.name,
        "action": f"/customers/{customer.id}/comparison",
        "draft": comparison_href(customer.id, competitor),
        "draft_kept": False,
        "refused": form.refused,
        "back": back_link(reader, customer),
        "is_known": bool(competitor),
        "competitor": form.field("competitor", t("Competitor")),
        "tags": form.field("tags", t("Tags")),
        "note": form.field("note", t("How they compare")),
    }


def comparison_href(customer_id: str, competitor: str) -> str:
    return f"/customers/{customer_id}/comparison?{urlencode({'competitor': competitor})}"
