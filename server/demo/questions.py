"""Questions and alerts of the demo's leaders, and how reps are ranked."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from sqlmodel import SQLModel

from server.demo.cast import COMPETITORS, NORTH, SOUTH
from server.demo.dice import Dice
from server.models.alert import Alert
from server.models.custom_field import CustomField
from server.models.question import PinnedQuestion, Question
from server.models.reminder import TerritorySettings
from server.models.user import User
from server.questions.definition import Definition


def questions(
    users: Mapping[str, User], fields: list[CustomField], now: datetime, dice: Dice
) -> Iterator[SQLModel]:
    supplier = f"custom.{fields[1].id}"
    for owner, name, definition, shared_with, pinned in (
        ("mei", "Who visits how much, week by week", Definition("visits", ("rep", "week")), ["executive"], "mei"),
        ("henrik", "Won, month by month", Definition("won_amount", ("month",), "twelve_months"),
         ["manager", "executive"], "henrik"),
        ("henrik", "What is ordered, by product", Definition("order_amount", ("product",), "twelve_months"), [], ""),
        ("henrik", "Open amount by the supplier they have today", Definition("open_amount", (supplier,)), [], ""),
        ("li", "各类客户的触达", Definition("touched", ("customer_type",)), [], "li"),
        ("henrik", "Margin, product by product", Definition("margin", ("product",), "twelve_months"), ["manager"], ""),
        ("li", "各产品的毛利", Definition("margin", ("product",), "twelve_months"), [], ""),
    ):  # fmt: skip
        asked_at = now - timedelta(days=dice.randint(3, 30))
        question = Question(
            id=dice.id_at(asked_at), owner_id=users[owner].id, name=name, definition=definition.as_json(),
            shared_with=shared_with, created_at=asked_at,
        )  # fmt: skip
        yield question
        if pinned:
            yield PinnedQuestion(user_id=users[pinned].id, question_id=question.id)


def rankings(users: Mapping[str, User], territory_ids: Mapping[str, str]) -> Iterator[TerritorySettings]:
    yield TerritorySettings(territory_id=territory_ids[SOUTH], set_by=users["mei"].id, ranked_by="attainment")


def alerts(
    users: Mapping[str, User], territory_ids: Mapping[str, str], now: datetime, dice: Dice
) -> Iterator[Alert]:
    """All but one have risen on the first morning."""
    for owner, kind, place, terms in (
        ("mei", "cold_share", None, {"limit": 10}),
        ("mei", "competitor", None, {"competitor": COMPETITORS[0], "limit": 3, "days": 90}),
        ("mei", "stuck", None, {"limit": 10, "days": None}),
        ("mei", "discount", None, {"percent": 8, "days": 30, "limit": 1}),
        ("mei", "behind", None, {"points": 10, "limit": 1}),
        ("henrik", "cold", NORTH, {"limit": 8}),
        ("henrik", "orders_less", None, {"percent": 50, "days": 30, "limit": 3}),
        ("li", "cold", None, {"limit": 5}),
        ("li", "late", None, {"limit": 1}),
    ):
        set_at = now - timedelta(days=dice.randint(3, 30))
        yield Alert(
            id=dice.id_at(set_at), user_id=users[owner].id, kind=kind, terms=terms, created_at=set_at,
            territory_id=territory_ids[place] if place else None,
        )  # fmt: skip
