"""Passwords: hashed with Argon2id, checked in the same time whether the account exists or not."""

import secrets
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from server.translations import msgid

SHORTEST: Final = 10
LONGEST: Final = 200
# Letters and digits that are not taken for each other when they are read out: no 0 and O, no 1, I and l.
READABLE: Final = "abcdefghijkmnpqrstuvwxyz23456789"

TOO_SHORT: Final = msgid("Use at least %(n)s characters. A few words in a row are easy to remember.")
TOO_LONG: Final = msgid("Use at most %(n)s characters.")
TOO_EASY: Final = msgid("This is too easy to guess.")

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def hashed(password: str) -> str:
    """Without blanks around it: they come along when a password is pasted, and nobody sees them behind the dots."""
    return _hasher.hash(password.strip())


def is_right(password: str, password_hash: str | None) -> bool:
    """Whether the password belongs to the hash, also with blanks around it. `password_hash` None: there is no such
    account; a hash of nobody's is checked then, so that the answer takes as long."""
    known = password_hash or _nobodys_hash()
    # As it was typed too: hashes of before may be of a password with blanks.
    fits = [_fits(one, known) for one in dict.fromkeys((password, password.strip()))]
    return any(fits) and password_hash is not None


def _fits(password: str, password_hash: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(password_hash: str) -> bool:
    return _hasher.check_needs_rehash(password_hash)


def fault(password: str, *known: str) -> tuple[str, dict[str, int]] | None:
    """What is wrong with a new password: a msgid and its values; None if it is good. `known`:
    name and email, which it must not be."""
    password = password.strip()
    if len(password) < SHORTEST:
        return TOO_SHORT, {"n": SHORTEST}
    if len(password) > LONGEST:
        return TOO_LONG, {"n": LONGEST}
    if len(set(password)) < 4 or password.casefold() in {text.casefold() for text in known}:
        return TOO_EASY, {}
    return None


def temporary() -> str:
    """A password of 80 random bits that can be read out: four groups of four characters."""
    return "-".join("".join(secrets.choice(READABLE) for _ in range(4)) for _ in range(4))


@cache
def _nobodys_hash() -> str:
    return hashed(secrets.token_urlsafe())
