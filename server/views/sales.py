"""What every screen shows of an opportunity: its stage, since when, what is missing. Twin of pwa/views/sales.js."""

from collections.abc import Mapping, Sequence
from typing import Any

from server import words
from server.models.attachment import Attachment
from server.models.column import wire
from server.models.contract import Contract
from server.models.opportunity import Opportunity
from server.models.pipeline import DEFAULT_PIPELINE, Pipeline, as_wire
from server.models.quote import Quote
from server.models.visit import Visit
from server.pipeline.rulebook import Stage, lacks, said, stage_name, stage_of
from server.views.reader import Reader, joined

Facts = Mapping[str, Any]


def pipeline_of(pipelines: Sequence[Pipeline], pipeline_id: str) -> Pipeline:
    found = {pipeline.id: pipeline for pipeline in pipelines}
    return found.get(pipeline_id) or found[DEFAULT_PIPELINE]


def facts_of(
    opportunity_id: str | None,
    visits: Sequence[Visit],
    attachments: Sequence[Attachment],
    quotes: Sequence[Quote],
    contracts: Sequence[Contract],
) -> Facts:
    """The rulebook's input: from a customer's visits and files, and an opportunity's valid quotes and contracts."""
    done: dict[str, Any] = {}
    for visit in visits:
        if visit.started_at and not visit.corrected_by and visit.outcome != "nobody_there":
            done[visit.kind] = max(done.get(visit.kind, ""), wire(visit.started_at))
    filed = [
        wire(attachment.created_at)
        for attachment in attachments
        if attachment.refused_at is None and attachment.opportunity_id in (None, opportunity_id)
    ]
    given = [quote.discount_bp for quote in quotes if quote.sent_at and not quote.declined_at]
    return {
        **done,
        "file": max(filed, default=None),
        "discount_bp": min(given, default=None),
        "signed": any(one.signed_at and not one.cancelled_at for one in contracts),
    }


def days_standing(row: Opportunity, reader: Reader) -> int:
    return max((reader.today - reader.day_of(row.stage_since)).days, 0)


def is_stuck(row: Opportunity, stage: Stage | None, reader: Reader) -> bool:
    longest = stage["stuck_after_days"] if stage else None
    return longest is not None and days_standing(row, reader) > longest


def next_stage(stages: Sequence[Stage], key: str) -> Stage | None:
    """The next stage of an open opportunity; None for a closed one."""
    standing = stage_of(stages, key)
    if standing is None or standing["kind"] != "open":
        return None
    later = stages[stages.index(standing) + 1 :]
    return next((stage for stage in later if stage["kind"] != "lost"), None)


def missing_for(
    pipeline: Pipeline, row: Opportunity, facts: Facts, to: Stage | None, reader: Reader
) -> list[str]:
    if to is None:
        return []
    found = lacks(as_wire(pipeline), as_wire(row), facts, to["key"])
    return [said(reader.t, as_wire(pipeline), lack) for lack in found]


def codes_missing(pipeline: Pipeline, row: Opportunity, facts: Facts, to: Stage) -> list[str]:
    return [lack["code"] for lack in lacks({"stages": pipeline.stages}, as_wire(row), facts, to["key"])]


def opportunity_row(row: Opportunity, pipeline: Pipeline, facts: Facts, reader: Reader) -> dict[str, Any]:
    """`facts`: of its customer and itself, see facts_of()."""
    stage = stage_of(pipeline.stages, row.stage)
    missing = missing_for(pipeline, row, facts, next_stage(pipeline.stages, row.stage), reader)
    standing = words.days(days_standing(row, reader), reader.locale)
    return {
        "href": f"/opportunities/{row.id}",
        "name": row.name,
        "initial": words.SYMBOLS.get(row.currency, words.initial(row.currency)),
        "detail": joined(stage_name(reader.t, pipeline.stages, row.stage), standing, *missing[:1]),
        "amount": words.money(row.amount_cents, row.currency),
        "kind": "due" if is_stuck(row, stage, reader) else "",
    }
