"""What a signature under a contract stands for, as one text, and its hash. Twin of sync/seal.js.

tests/shared_cases/seal.json holds both to it. Whole numbers, texts and nothing else: both hosts write them alike.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

OF_CONTRACT: Final = (
    "id", "title", "seller", "buyer", "lines", "total_cents", "currency", "terms",
    "signer", "signed_at", "latitude_e6", "longitude_e6", "accuracy_m", "strokes",
)  # fmt: skip
# Not the list price, which is told to nobody.
OF_LINE: Final = ("name", "unit", "quantity", "unit_price_cents", "discount_bp")


def sealed_text(contract: Mapping[str, Any]) -> str:
    """`contract`: its row as phones hold it, or what it will be. What is not there is null."""
    said = {name: contract.get(name) for name in OF_CONTRACT}
    said["lines"] = [{name: line.get(name) for name in OF_LINE} for line in contract["lines"]]
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def seal_of(contract: Mapping[str, Any]) -> str:
    return hashlib.sha256(sealed_text(contract).encode()).hexdigest()
