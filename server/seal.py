"""The text that stands for all that a customer signs in a contract, and its seal, a hash of it. Twin of sync/seal.js.

tests/shared_cases/seal.json holds both to it. The text has only strings, whole numbers and null as values, because both
hosts write these alike.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

OF_CONTRACT: Final = (
    "id", "title", "seller", "buyer", "lines", "total_cents", "currency", "terms",
    "signer", "signed_at", "latitude_e6", "longitude_e6", "accuracy_m", "strokes",
)  # fmt: skip
# Without the list price, which is not on the paper.
OF_LINE: Final = ("name", "unit", "quantity", "unit_price_cents", "discount_bp")


def sealed_text(contract: Mapping[str, Any]) -> str:
    """JSON. `contract`: its row as phones hold it, or as it will be once signed. A field that it lacks is null."""
    said = {name: contract.get(name) for name in OF_CONTRACT}
    said["lines"] = [{name: line.get(name) for name in OF_LINE} for line in contract["lines"]]
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def seal_of(contract: Mapping[str, Any]) -> str:
    """SHA-256 of the text, in 64 hexadecimal digits."""
    return hashlib.sha256(sealed_text(contract).encode()).hexdigest()
