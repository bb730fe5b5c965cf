"""The protocol as JSON Schema. Args are read from the closed list and rows from the tables, so that both stay true."""

from typing import Any, Final

from sqlalchemy import JSON, BigInteger, Date, Float, Integer

from server.database import UtcMoment
from sync.changes import CHANGES, Arg
from sync.envelope import HIGHEST, LONGEST_GROUP, MOST_CHANGES, PROTOCOL
from sync.field_checks import STROKES
from sync.rows import TABLES, columns_of

Schema = dict[str, Any]

ID: Final[Schema] = {
    "type": "string",
    "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$",
}
MOMENT: Final[Schema] = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"}
DATE: Final[Schema] = {"type": "string", "format": "date"}
COUNT: Final[Schema] = {"type": "integer", "minimum": 0, "maximum": HIGHEST}
TEXTS: Final[Schema] = {"type": "array", "items": {"type": "string"}}
NOTHING: Final[Schema] = {"type": "null"}
CODES: Final = (
    "unknown_change", "invalid", "not_allowed", "conflict", "deleted", "depends_on_parked", "error",
)  # fmt: skip
# Schemas of arg types that a pattern or format describes.
FORMS: Final[dict[str, Schema]] = {
    "id": ID,
    "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    "strokes": {"type": "string", "pattern": f"^{STROKES.pattern}$"},
    "date": DATE,
    "due_date": DATE,
    "moment": {"type": "string", "format": "date-time"},
    "birthday": {"type": "string", "pattern": "^([0-9]{4}|-)-[0-9]{2}-[0-9]{2}$"},
    "clock": {"type": "string", "pattern": "^[0-9]{1,2}:[0-9]{2}$"},
    "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
    "custom": {"type": "object", "additionalProperties": {"type": ["string", "null"]}},
}


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def maybe(schema: Schema) -> Schema:
    return {"anyOf": [schema, NOTHING]}


def record(properties: dict[str, Schema], optional: tuple[str, ...] = (), **more: Any) -> Schema:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, **more}


def schemas() -> dict[str, Schema]:
    """Everything under components/schemas that starts from /sync."""
    return {
        "Push": push(),
        "Pushed": pushed(),
        "Receipt": receipt(),
        "Page": page(),
        "Put": {"oneOf": [ref(f"put.{name}") for name in TABLES]},
        "Remove": remove(),
        **{f"put.{name}": put(name) for name in TABLES},
        **{name: change(name) for name in CHANGES},
    }


def push() -> Schema:
    changes = {"type": "array", "maxItems": MOST_CHANGES, "items": {"anyOf": [ref(name) for name in CHANGES]}}
    return record(
        {
            "protocol": {"const": PROTOCOL},
            "epoch": maybe({"type": "string"}),
            "device_id": ID,
            "user_id": ID,
            "sent_at": MOMENT,
            "unsent": COUNT,
            "evicted": record({"lost": COUNT, "at": MOMENT}, optional=("at",)),
            "changes": changes,
        },
        optional=("epoch", "sent_at", "unsent", "evicted"),
        description="Unknown fields are ignored.",
    )


def change(name: str) -> Schema:
    return record(
        {
            "seq": COUNT | {"minimum": 1},
            "id": ID,
            "name": {"const": name},
            "args": fields(CHANGES[name].args, editing=False),
            "base_rev": maybe(COUNT),
            "happened_at": MOMENT,
            "group": maybe({"type": "string", "minLength": 1, "maxLength": LONGEST_GROUP}),
        },
        optional=("base_rev", "happened_at", "group"),
        description="Args that are not as described here are parked as `invalid`, never declined.",
    )


def fields(specs: dict[str, Arg], *, editing: bool) -> Schema:
    properties = {name: arg(spec) for name, spec in specs.items()}
    optional = tuple(name for name, spec in specs.items() if editing or not spec.required)
    return record(properties, optional, additionalProperties=False)


def arg(spec: Arg) -> Schema:
    schema = _form(spec)
    return schema if spec.required else maybe(schema)


def _form(spec: Arg) -> Schema:
    if spec.type == "rows":
        line = fields(spec.fields or {}, editing=False)
        return {"type": "array", "items": line, "minItems": 1, "maxItems": spec.max}
    if spec.fields is not None:
        return fields(spec.fields, editing=spec.type == "edits")
    if spec.choices is not None:
        return {"enum": list(spec.choices)}
    if spec.of is not None:
        return {"type": "array", "items": _form(spec.of), "maxItems": spec.max}
    if spec.type in ("number", "integer", "hundredths"):
        kind = "number" if spec.type == "number" else "integer"
        return {"type": kind, "minimum": spec.min, "maximum": spec.max}
    at_least = {"minLength": 1} if spec.required else {}
    return FORMS.get(spec.type) or {"type": "string", "maxLength": spec.max, **at_least}


def pushed() -> Schema:
    return record(
        {
            "protocol": {"const": PROTOCOL},
            "epoch": {"type": "string"},
            "device_id": ID,
            "user_id": ID,
            "now": MOMENT,
            "last_seq": COUNT,
            "rev": COUNT,
            "durable_rev": COUNT,
            "receipts": {"type": "array", "items": ref("Receipt")},
        },
        additionalProperties=False,
    )


def receipt() -> Schema:
    detail = record(
        {"message": {"type": "string"}, "fields": {"type": "object"}, "current": {}}, ("fields", "current")
    )
    return record(
        {
            "seq": COUNT,
            "id": ID,
            "status": {"enum": ["applied", "duplicate", "parked"]},
            "rev": COUNT,
            "code": maybe({"enum": list(CODES)}),
            "detail": maybe(detail),
        },
        additionalProperties=False,
    )


def page() -> Schema:
    sums = {"type": "string", "pattern": "^[0-9]+-[0-9a-f]{8}$"}
    column: Schema = {"anyOf": [{"type": "array"}, record({"all": {}}, additionalProperties=False)]}
    columns = record(
        {"count": COUNT, **dict.fromkeys(("id", "id_at", "rev"), column)}, additionalProperties=column
    )
    return record(
        {
            "protocol": {"const": PROTOCOL},
            "epoch": {"type": "string"},
            "user_id": ID,
            "cursor": {"type": "string"},
            "more": {"type": "boolean"},
            "device_last_seq": COUNT,
            "sums": maybe(record(dict.fromkeys(TABLES, sums), additionalProperties=False)),
            "ops": {"type": "array", "items": {"oneOf": [ref("Put"), ref("Remove")]}},
            "columns": record(dict.fromkeys(TABLES, columns), tuple(TABLES), additionalProperties=False),
        },
        optional=("columns",),
        additionalProperties=False,
    )


def put(collection: str) -> Schema:
    op = {"op": {"const": "put"}, "collection": {"const": collection}, "id": ID, "rev": COUNT}
    return record({**op, "row": row(collection)}, additionalProperties=False)


def remove() -> Schema:
    op: dict[str, Schema] = {
        "op": {"const": "remove"},
        "collection": {"enum": list(TABLES)},
        "id": ID,
        "rev": COUNT,
    }
    return record({**op, "reason": {"enum": ["deleted", "out_of_scope"]}}, additionalProperties=False)


def row(collection: str) -> Schema:
    table = TABLES[collection].__table__  # type: ignore[attr-defined]
    kept = (name for name in columns_of(collection) if name in table.columns)
    columns = {name: _column(table.columns[name]) for name in kept}
    if collection == "customers":
        columns["custom"] = {"type": "object", "additionalProperties": {"type": "string"}}
        columns |= {"tags": TEXTS, "shared_with": TEXTS, "asked_by": TEXTS}
    columns |= LISTS.get(collection, {})
    return record(columns, additionalProperties=False)


def _list_of(properties: dict[str, Schema], optional: tuple[str, ...] = ()) -> Schema:
    return {"type": "array", "items": record(properties, optional, additionalProperties=False)}


def _lists() -> dict[str, dict[str, Schema]]:
    """Columns that hold more than texts."""
    text: Schema = {"type": "string"}
    done = {"by": ID, "at": MOMENT}
    rules: dict[str, Schema] = {name: {"type": "boolean"} for name in ("skip", "back")}
    stage = {
        **dict.fromkeys(("key", "name"), text),
        "kind": {"enum": ["open", "won", "lost"]},
        "probability": {"type": "integer", "minimum": 0, "maximum": 100},
        "stuck_after_days": maybe({"type": "integer", "minimum": 1}),
        **rules,
        "required": TEXTS,
        "most_discount_percent": maybe({"type": "integer", "minimum": 0, "maximum": 100}),
    }
    whole: Schema = {"type": "integer", "minimum": 0}
    line: dict[str, Schema] = {
        "product_id": ID,
        **dict.fromkeys(("name", "unit"), text),
        **dict.fromkeys(("quantity", "unit_price_cents", "discount_bp", "list_price_cents"), whole),
    }
    lines = _list_of(line, ("product_id", "unit", "discount_bp", "list_price_cents"))
    payment = {
        **done,
        "id": ID,
        "kind": {"enum": ["expected", "received"]},
        "on": DATE,
        "amount_cents": COUNT,
    }
    approved: dict[str, Schema] = {"stage": text, "amount_cents": COUNT, "currency": text}
    answer: dict[str, Schema] = {
        "answer": {"enum": ["given", "declined"]},
        "answered_by": ID,
        "answered_at": MOMENT,
        "note": text,
    }
    quota = {
        "starts_on": DATE,
        "from_at": MOMENT,
        "until_at": MOMENT,
        "amount_cents": COUNT,
        "currency": text,
    }
    compared = record({"note": maybe(text), "tags": TEXTS})
    return {
        "customers": {
            "comparisons": {"type": "object", "additionalProperties": compared},
            "lifecycle_moves": maybe(_list_of({**done, "from": text, "to": text})),
        },
        "me": {"quotas": _list_of(quota), "territories": _list_of({"id": ID, "name": text})},
        "products": {"prices": {"type": "object", "additionalProperties": whole}},
        "quotes": {"lines": lines},
        "contracts": {"lines": lines},
        "orders": {"lines": lines, "payments": _list_of({**payment, "note": text}, ("note",))},
        "pipelines": {"stages": _list_of(stage, ("most_discount_percent",))},
        "opportunities": {
            "moves": _list_of({**done, "since": MOMENT, "from": text, "to": text, "note": text}, ("note",)),
            "approvals": _list_of({**done, **approved, "note": text}, ("note",)),
            "approval_requests": _list_of({**done, **approved, **answer}, tuple(answer)),
        },
    }


LISTS: Final = _lists()


def _column(column: Any) -> Schema:
    schema = _column_form(column.type)
    return maybe(schema) if column.nullable else schema


def _column_form(kind: Any) -> Schema:
    if isinstance(kind, UtcMoment):
        return MOMENT
    if isinstance(kind, Date):
        return DATE
    if isinstance(kind, JSON):
        return TEXTS
    if isinstance(kind, Integer | BigInteger):
        return {"type": "integer"}
    return {"type": "number"} if isinstance(kind, Float) else {"type": "string"}
