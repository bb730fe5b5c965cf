"""The board: stages with their totals and opportunities, the longest standing first. Twin of pwa/views/pipeline.js."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from sqlmodel import Session, col, select

from server import words
from server.models.pipeline import Pipeline, pipelines
from server.models.product import Product
from server.models.scope import ALL_SEEING_ROLES, SELLING_ROLES, manages, may_write
from server.models.user import User
from server.models.workspace import Territory
from server.pipeline.rulebook import Stage, stage_name, stage_of
from server.search_text import by_name
from server.views.attainment import attainment
from server.views.board import (
    MOST_OFFERED,
    BoardAsked,
    Line,
    Sum,
    chosen_by,
    customer_types,
    lines,
    months,
    sums,
)
from server.views.form import options_of
from server.views.opportunity_form import choice_of_pipelines
from server.views.reader import Reader, joined
from server.views.sales import pipeline_of

Pairs = Sequence[tuple[str, str]]


def board(session: Session, reader: Reader, asked: BoardAsked) -> dict[str, Any]:
    all_pipelines = pipelines(session)
    pipeline = pipeline_of(all_pipelines, asked.pipeline)
    asked = replace(
        asked, pipeline=pipeline.id, stage=asked.stage if stage_of(pipeline.stages, asked.stage) else ""
    )
    chosen = chosen_by(asked, reader, [pipeline])
    people = _people(session)
    found, page = sums(session, reader, [pipeline], chosen), lines(session, pipeline, asked, chosen)
    names = {person.id: person.name for person in people} if sees_others(reader.user) else {}
    return {
        "title": reader.t("Pipeline"),
        "can_write": may_write(reader.user),
        "quota": attainment(session, reader, all_pipelines),
        "pipelines": choice_of_pipelines(
            [one for one in all_pipelines if one.retired_at is None or one is pipeline],
            pipeline,
            lambda one: _first(replace(asked, pipeline=one)),
            reader,
        ),
        "filters": filters(asked, reader, *_offered(session, people, reader)),
        **stages(pipeline, found, page, names, asked, reader),
    }


def sees_others(user: User) -> bool:
    return manages(user)


def _people(session: Session) -> list[User]:
    return sorted(session.exec(select(User)).all(), key=by_name)


def _owners(people: Sequence[User], reader: Reader) -> Pairs:
    if not sees_others(reader.user):
        return []
    near = None if reader.user.role in ALL_SEEING_ROLES else reader.user.territory_id
    return [
        (person.id, person.name)
        for person in people
        if person.deactivated_at is None and person.role in SELLING_ROLES
        if near is None or person.territory_id == near
    ]


def _territories(session: Session, reader: Reader) -> Pairs:
    if reader.user.role not in ALL_SEEING_ROLES:
        return []
    return [(one.id, one.name) for one in sorted(session.exec(select(Territory)).all(), key=by_name)]


def _offered(session: Session, people: Sequence[User], reader: Reader) -> tuple[Pairs, Pairs, Pairs, Pairs]:
    sold = session.exec(select(Product.name, Product.id).where(col(Product.retired_at).is_(None))).all()
    products = [(key, name) for name, key in sorted(sold)[:MOST_OFFERED]]
    types = [(one, one) for one in customer_types(session, reader)]
    return products, types, _owners(people, reader), _territories(session, reader)


def filters(
    asked: BoardAsked, reader: Reader, sold: Pairs, types: Pairs, owners: Pairs, territories: Pairs
) -> dict[str, Any]:
    t = reader.t
    closing = [
        ("past", t("Overdue")),
        *((one, words.month(date.fromisoformat(f"{one}-01"), reader.locale)) for one in months(reader.today)),
        ("none", t("No date")),
    ]
    fields = [select_field("closing", t("Closing"), t("Any time"), closing, asked.closing)]
    if sold:
        fields.append(select_field("product", t("Product quoted"), t("All"), sold, asked.product))
    if types:
        fields.append(
            select_field("customer_type", t("Kind of customer"), t("All"), types, asked.customer_type)
        )
    if owners:
        fields.append(select_field("owner", t("Looked after by"), t("Everybody"), owners, asked.owner))
    if territories:
        fields.append(
            select_field("territory", t("Territory"), t("Everywhere"), territories, asked.territory)
        )
    return {
        "fields": fields,
        "is_open": not all(field["options"][0]["chosen"] for field in fields),
        "pipeline": asked.pipeline,
    }


def select_field(name: str, label: str, empty: str, pairs: Pairs, chosen: str) -> dict[str, Any]:
    options = options_of([("", empty), *pairs], chosen)
    return {"name": name, "label": label, "error": "", "focus": False, "options": options}


def stages(
    pipeline: Pipeline,
    found: Sequence[Sum],
    page: Sequence[Line],
    names: Mapping[str, str],
    asked: BoardAsked,
    reader: Reader,
) -> dict[str, Any]:
    shown = [stage for stage in pipeline.stages if asked.stage in ("", stage["key"])]
    columns = [column(stage, pipeline, found, page, names, asked, reader) for stage in shown]
    is_open = {stage["key"]: stage["probability"] for stage in pipeline.stages if stage["kind"] == "open"}
    standing = [one for one in found if one.stage in is_open]
    return {
        "stages": columns,
        "one_stage": bool(asked.stage),
        "all_href": _first(asked),
        "total": joined(*totals(standing)),
        "weighted": joined(*totals([_weighted(one, is_open[one.stage]) for one in standing])),
        "stuck": _stuck(sum(one.stuck for one in standing), reader),
        "is_empty": not found,
    }


def _weighted(one: Sum, percent: int) -> Sum:
    return one._replace(cents=one.cents * percent // 100)


def totals(sums: Sequence[Sum]) -> list[str]:
    """An amount for each currency; different currencies are never added."""
    found: dict[str, int] = {}
    for one in sorted(sums, key=lambda one: one.currency):
        found[one.currency] = found.get(one.currency, 0) + one.cents
    return [words.money(cents, currency) for currency, cents in found.items() if cents]


def _stuck(count: int, reader: Reader) -> str:
    return reader.t.n("%(n)s stuck", "%(n)s stuck", count) if count else ""


def column(
    stage: Stage,
    pipeline: Pipeline,
    found: Sequence[Sum],
    page: Sequence[Line],
    names: Mapping[str, str],
    asked: BoardAsked,
    reader: Reader,
) -> dict[str, Any]:
    mine = [one for one in found if one.stage == stage["key"]]
    count = sum(one.number for one in mine)
    rows = [line_row(line, stage, names, reader) for line in page if line.stage == stage["key"]]
    weighted = (
        totals([_weighted(one, stage["probability"]) for one in mine]) if stage["kind"] == "open" else []
    )
    shown = asked.offset + len(rows) if asked.stage else len(rows)
    more = replace(asked, stage=stage["key"], offset=shown if asked.stage else 0)
    return {
        "key": stage["key"],
        "name": stage_name(reader.t, pipeline.stages, stage["key"]),
        "count": count,
        "total": joined(*totals(mine)),
        "weighted": reader.t("%(amount)s weighted", amount=joined(*weighted)) if weighted else "",
        "stuck": _stuck(sum(one.stuck for one in mine), reader),
        "rows": rows,
        "more_href": _href(more) if shown < count and rows else "",
    }


def _first(asked: BoardAsked) -> str:
    """The address of the board with all stages, from their first row."""
    return _href(replace(asked, stage="", offset=0))


def _href(asked: BoardAsked) -> str:
    said = {name: value for name, value in vars(asked).items() if value}
    return f"/pipeline?{urlencode(said)}"


def line_row(line: Line, stage: Stage, names: Mapping[str, str], reader: Reader) -> dict[str, Any]:
    days = max((reader.today - reader.day_of(line.stage_since)).days, 0)
    longest = stage["stuck_after_days"]
    return {
        "href": f"/opportunities/{line.id}",
        "customer": line.customer_name,
        "name": joined(line.name, names.get(line.owner_id or "", "")),
        "detail": words.days(days, reader.locale),
        "amount": words.money(line.amount_cents, line.currency),
        "kind": "due" if longest is not None and days > longest else "",
    }
