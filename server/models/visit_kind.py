"""The kinds of contact with a customer, and what came of one."""

from enum import StrEnum


class Outcome(StrEnum):
    INTERESTED = "interested"
    ORDERED = "ordered"
    NEEDS_QUOTE = "needs_quote"
    NOT_NOW = "not_now"
    NOBODY_THERE = "nobody_there"


class Kind(StrEnum):
    VISIT = "visit"
    CALL = "call"
    MESSAGE = "message"
    EMAIL = "email"
    MEETING = "meeting"


BESIDE_VISITS = tuple(kind for kind in Kind if kind != Kind.VISIT)
