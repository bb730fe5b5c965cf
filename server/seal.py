"""The seal of a signed contract: a hash over everything that was signed. Twin of sync/seal.js.

tests/shared_cases/seal.json holds both to it. Only whole numbers and texts are sealed, because both hosts write those
alike.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

OF_CONTRACT: Final = (
    "id", "title", "seller", "buyer", "lines", "total_cents", "currency", "terms",
    "signer", "signed_at", "latitude_e6", "longitude_e6", "accuracy_m", "strokes",
)  # fmt: skip
# Without the list price, which the customer does not see.
OF_LINE: Final = ("name", "unit", "quantity", "unit_price_cents", "discount_bp")


def sealed_text(contract: Mapping[str, Any]) -> str:
    """The text that is hashed. `contract`: the row as phones hold it, with its signature; missing fields are null."""
    said = {name: contract.get(name) for name in OF_CONTRACT}
    said["lines"] = [{name: line.get(name) for name in OF_LINE} for line in contract["lines"]]
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def seal_of(contract: Mapping[str, Any]) -> str:
    return hashlib.sha256(sealed_text(contract).encode()).hexdigest()
