"""Answers of /sync, and of sending files, that acknowledge nothing."""

from typing import Any, Final

from server.api_document.parts import FLAG, TEXT, Answers, believed, waiting
from sync.envelope import PROTOCOL
from sync.schemas import COUNT, ID, Schema, record, ref

HASH: Final[Schema] = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
OF_WHAT: Final[dict[str, Schema]] = {"sha256": HASH, "user_id": ID, "epoch": TEXT}
# What the answer of each refusal has beside `code`.
REFUSALS: Final[dict[str, dict[str, Schema]]] = {
    "bad_request": {},
    "not_signed_in": {},
    "signed_out": {"wipe": FLAG, "last_seq": COUNT, "epoch": TEXT},
    "wrong_user": {},
    "forged": {},
    "gap": {"expected": COUNT},
    "fork": {},
    "epoch": {"epoch": TEXT},
    "too_large": {"max_bytes": COUNT, "max_changes": COUNT},
    "too_old": {"needs": COUNT},
    "too_often": {},
    "error": {},
    "later": {},
    "not_found": {},
    "offset": {"offset": COUNT},
    "damaged": {},
    "refused": OF_WHAT,
}
# Too large: the one of the two that was exceeded. Signed out: all three, if an admin wants this phone wiped.
OPTIONAL: Final = {"too_large": ("max_bytes", "max_changes"), "signed_out": ("wipe", "last_seq", "epoch")}
OF_EVERY_READ: Final[dict[int, tuple[str, ...]]] = {
    401: ("not_signed_in",),
    500: ("error",),
    503: ("later",),
}
OF_EVERY_WRITE: Final[dict[int, tuple[str, ...]]] = {
    **OF_EVERY_READ,
    400: ("bad_request",),
    403: ("forged",),
    408: ("error",),
    413: ("too_large",),
}


def refusal_schemas() -> dict[str, Schema]:
    return {f"refusal.{code}": _schema(code) for code in REFUSALS}


def _schema(code: str) -> Schema:
    about: dict[str, Schema] = {"protocol": {"const": PROTOCOL}, "code": {"const": code}}
    return record({**about, **REFUSALS[code]}, OPTIONAL.get(code, ()), additionalProperties=False)


def refused(codes: dict[int, tuple[str, ...]]) -> Answers:
    return {str(status): waiting(status, _one_of(codes[status])) for status in sorted(codes)}


def _one_of(codes: tuple[str, ...]) -> dict[str, Any]:
    known = [ref(f"refusal.{code}") for code in codes]
    return believed(", ".join(codes), known[0] if len(known) == 1 else {"oneOf": known})
