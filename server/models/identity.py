"""UUIDv7: ids that sort by the time they were made, so that new rows land at the end of every index."""

import re
import secrets
import time

_SHAPE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def new_id(milliseconds: int | None = None, entropy: int | None = None) -> str:
    """A UUID of RFC 9562, version 7. Those of one process sort in the order in which they are made, because their first
    random bits are the fraction of the millisecond (section 6.2, method 3).

    milliseconds (since 1970) and entropy (74 bits) may be given, so that generated data is the same each time.
    """
    now, fraction = divmod(time.time_ns(), 1_000_000)
    milliseconds = now if milliseconds is None else milliseconds
    entropy = (
        (fraction << 12) // 1_000_000 << 62 | secrets.randbits(62)
        if entropy is None
        else entropy & ((1 << 74) - 1)
    )
    value = milliseconds << 80 | 0x7 << 76 | (entropy >> 62) << 64 | 0b10 << 62 | entropy & ((1 << 62) - 1)
    digits = f"{value:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def is_id(text: object) -> bool:
    return isinstance(text, str) and _SHAPE.fullmatch(text) is not None
