"""Team's further filters: rep, product, type of customer."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from server.models.product import products
from server.views.board import customer_types
from server.views.pipeline import Pairs, select_field
from server.views.team_asked import TeamAsked


def filter_page(session: Session, asked: TeamAsked) -> dict[str, Any]:
    """The page of filters. Not part of Team, which is refreshed whenever somebody logs a visit."""
    t, chosen = asked.reader.t, asked.chosen
    sold = [(one.id, one.name) for one in products(session) if one.retired_at is None]
    kinds = [(one, one) for one in customer_types(session, asked.reader)]
    offered: list[tuple[str, str, str, Pairs]] = [
        (
            "territory",
            t("Territory"),
            t("All territories"),
            [(one.id, one.name) for one in asked.territories],
        ),
        ("rep", t("Rep"), t("The whole team"), [(one.id, one.name) for one in asked.reps]),
        ("of_product", t("Product"), t("All"), sold),
        ("customer_type", t("Kind of customer"), t("All"), kinds),
    ]
    return {
        "title": t("Filter"),
        "back_href": asked.href(),
        "period": asked.period,
        "fields": [
            select_field(name, label, every, pairs, chosen.get(name, ""))
            for name, label, every, pairs in offered
            if pairs
        ],
    }


def part_chips(asked: TeamAsked, names: Mapping[str, str]) -> list[dict[str, str]]:
    """Chips of the chosen filters, each with the address that removes it. `names`: of products, by id."""
    id_ = asked.part.product_id
    product = names.get(id_) or asked.reader.t("Product")
    named = {"of_product": product if id_ else "", "customer_type": asked.part.customer_type}
    return [{"text": text, "href": asked.href(**{name: ""})} for name, text in named.items() if text]


def part_line(asked: TeamAsked) -> str:
    if not asked.part.product_id:
        return ""
    return asked.reader.t(
        "Visits where it was talked about, sales it was quoted for, customers who have ordered it."
    )
