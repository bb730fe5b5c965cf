"""The keys that sign form tokens and push messages:
from the settings, or else made once and kept in the data directory."""

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from server.config import PRIVATE, SHORTEST_KEY, Settings
from server.reminders.encryption import new_private_key

FILE_NAME: Final = "secret_key"
PUSH_FILE_NAME: Final = "push_key"


def secret_key(settings: Settings) -> str:
    """Raises ValueError if the file's key is too short, as after the file was emptied.
    (Settings are checked already.)"""
    key = settings.secret_key or _kept(settings.data_dir / FILE_NAME, new_secret)
    if len(key) < SHORTEST_KEY:
        raise ValueError(f"{len(key)} characters are no secret")
    return key


def push_key(settings: Settings) -> str:
    return settings.push_key or _kept(settings.data_dir / PUSH_FILE_NAME, new_private_key)


def new_secret() -> str:
    return secrets.token_urlsafe(48)


def _kept(path: Path, new: Callable[[], str]) -> str:
    path.parent.mkdir(PRIVATE, parents=True, exist_ok=True)
    if not path.exists():
        _make(path, new())
    return path.read_text().strip()


def _make(path: Path, secret: str) -> None:
    """Writes the file as a whole: of several processes that start at once, the first one's key must be everybody's."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secret + "\n")
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):  # another process was first: its key is the one
        path.hardlink_to(draft)
    draft.unlink()
