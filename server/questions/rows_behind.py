"""The rows that a number of an answer counts, page by page."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row
from sqlalchemy import select as sql_select
from sqlmodel import col, select

from server.models.customer import Customer
from server.models.order import Order
from server.models.user import User
from server.questions.answering import Question
from server.search_text import by_name


def rows_behind(question: Question, offset: int, limit: int) -> Sequence[Row[Any]]:
    """Visits, opportunities, orders, quotes or follow-ups, each as (row, customer, name of the rep, extra columns…);
    customers as (customer, name of the owner); reps as (user, extra columns…)."""
    table, listed = question.measure.subject.table, question.measure.subject.name
    conditions = question.conditions()
    if question.currency and hasattr(table, "currency"):
        conditions.append(col(table.currency) == question.currency)
    if listed == "customers" and table is not Customer:
        touched = question.from_tables(sql_select(col(table.customer_id))).where(*conditions)
        conditions, table = [col(Customer.id).in_(touched), question.asking.sees], Customer
    if table is Order:  # each once: from_tables() may have joined several of its lines
        meant = question.from_tables(sql_select(col(Order.id))).where(*conditions)
        conditions = [col(Order.id).in_(meant)]
    shown = question.measure.extra_columns(question.asking, question.definition.only)
    if table is User:
        reps = question.asking.session.execute(sql_select(User, *shown).where(*conditions))
        return sorted(reps, key=lambda row: by_name(row[0]))[offset : offset + limit]
    if table is Customer:
        query: Any = select(Customer, User.name).outerjoin(User, col(User.id) == col(Customer.owner_id))
        order: list[Any] = [col(Customer.sort_key), col(Customer.id)]
    else:
        query = sql_select(table, Customer, col(User.name), *shown).join(
            Customer, col(Customer.id) == col(table.customer_id)
        )
        query = query.outerjoin(User, col(User.id) == question.measure.subject.rep)
        order = [question.measure.subject.order, col(table.id).desc()]
    found: Sequence[Row[Any]] = question.asking.session.execute(
        query.where(*conditions).order_by(*order).offset(offset).limit(limit)
    ).all()
    return found
