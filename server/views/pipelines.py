"""The pages of pipelines, for admins. Rendered by the server only."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from server import words
from server.account_form import AccountForm
from server.models.pipeline import DEFAULT_PIPELINE, Pipeline
from server.pipeline.rulebook import REQUIREMENTS, Stage, stage_name
from server.pipeline_form import NEW
from server.translations import msgid
from server.views.form import Errors, Form, Typed, options_of
from server.views.opportunity_form import pipeline_name
from server.views.reader import Reader

DONE: Final = {"saved": msgid("Saved"), "retired": msgid("Retired"), "reopened": msgid("In use again")}
REQUIREMENT_NAMES: Final = {
    "amount": msgid("An amount"),
    "closing_date": msgid("A closing date"),
    "reason": msgid("A reason"),
    "competitor": msgid("The competitor"),
    "visit": msgid("A logged visit"),
    "call": msgid("A logged call"),
    "message": msgid("A logged message"),
    "email": msgid("A logged email"),
    "meeting": msgid("A logged meeting"),
    "minutes": msgid("Minutes as a file"),
    "signed_quote": msgid("A signed quote as a file"),
    "signed_contract": msgid("A signed contract as a file"),
    "quote": msgid("A quote that was sent"),
    "approval": msgid("A manager’s approval"),
}


def pipelines_list(
    reader: Reader, all_pipelines: Sequence[Pipeline], counts: Mapping[str, int], form: Form
) -> dict[str, Any]:
    t = reader.t
    return {
        "title": t("Pipelines"),
        "rows": [
            {
                "href": f"/pipelines/{one.id}",
                "name": pipeline_name(one, reader),
                "initial": words.initial(pipeline_name(one, reader)),
                "detail": t.n("%(n)s opportunity", "%(n)s opportunities", counts.get(one.id, 0)),
                "tag": t("Retired") if one.retired_at else "",
            }
            for one in all_pipelines
        ],
        "new_name": form.field("name", t("New pipeline")),
    }


def pipeline_editor(
    reader: Reader,
    pipeline: Pipeline,
    held: Mapping[str, int],
    typed: Typed | None = None,
    errors: Errors | None = None,
    refused: str = "",
) -> dict[str, Any]:
    t = reader.t
    form = AccountForm(t, typed or written(pipeline), errors or {}, refused)
    numbers = [number for number in range(100) if form.value(f"key_{number}")]
    known = {stage["key"]: stage for stage in pipeline.stages}
    is_default = pipeline.id == DEFAULT_PIPELINE
    return {
        "title": pipeline_name(pipeline, reader),
        "action": f"/pipelines/{pipeline.id}",
        "refused": form.refused,
        "name": form.field("name", t("Name of the pipeline")),
        "stages": [
            stage_fields(form, number, known.get(form.value(f"key_{number}")), pipeline, held, reader)
            for number in numbers
        ],
        "may_retire": not is_default and pipeline.retired_at is None,
        "may_reopen": pipeline.retired_at is not None,
    }


def written(pipeline: Pipeline) -> Typed:
    """The form's fields as they would have been typed, and an empty stage to add one."""
    typed: dict[str, list[str]] = {"name": [pipeline.name]}
    new = {"key": NEW, "name": "", "probability": 50, "stuck_after_days": 14, "skip": True, "back": True}
    for number, stage in enumerate([*pipeline.stages, {**new, "required": []}]):
        typed |= {f"{name}_{number}": [str(stage[name])] for name in ("key", "name", "probability")}
        typed[f"position_{number}"] = [str(10 * (number + 1))]
        typed[f"stuck_after_days_{number}"] = [str(stage["stuck_after_days"] or "")]
        most = stage.get("most_discount_percent")
        typed[f"most_discount_percent_{number}"] = ["" if most is None else str(most)]
        typed[f"required_{number}"] = list(stage["required"])
        typed |= {f"{name}_{number}": ["yes"] if stage[name] else [] for name in ("skip", "back")}
    return typed


def stage_fields(
    form: Form, number: int, known: Stage | None, pipeline: Pipeline, held: Mapping[str, int], reader: Reader
) -> dict[str, Any]:
    t, key = reader.t, form.value(f"key_{number}")
    others = [
        (one["key"], stage_name(t, pipeline.stages, one["key"]))
        for one in pipeline.stages
        if one["key"] != key
    ]
    count = held.get(key, 0)
    return {
        "title": stage_name(t, pipeline.stages, key) if known else t("A new stage"),
        "key": {"name": f"key_{number}", "value": key},
        "is_open": known is None or known["kind"] == "open",
        "is_new": known is None,
        "count": t.n("%(n)s opportunity", "%(n)s opportunities", count) if count else "",
        "name": form.field(f"name_{number}", t("Name")),
        "own_name": t("Empty: its own name, in everybody’s language.") if known and not known["name"] else "",
        "position": form.field(f"position_{number}", t("Order")),
        "probability": form.field(f"probability_{number}", t("Probability in percent")),
        "stuck": form.field(f"stuck_after_days_{number}", t("Stuck after days")),
        "rules": [
            {"name": f"{name}_{number}", "label": label, "ticked": bool(form.values(f"{name}_{number}"))}
            for name, label in (("skip", t("May be passed over")), ("back", t("May be gone back to")))
        ],
        "required": form.ticks(
            f"required_{number}",
            t("Required before"),
            [(name, t(REQUIREMENT_NAMES[name])) for name in REQUIREMENTS],
        ),
        "most_discount": form.field(
            f"most_discount_percent_{number}", t("Highest discount of that quote in percent")
        ),
        "remove": {
            "name": f"remove_{number}",
            "label": t("Take this stage out"),
            "ticked": bool(form.values(f"remove_{number}")),
        },
        "moves_to": form.choices(
            f"moves_to_{number}",
            t("Its opportunities go to"),
            options_of([("", ""), *others], form.value(f"moves_to_{number}")),
        ),
    }
