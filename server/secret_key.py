"""The key that signs form tokens: from the settings, else made once and kept where only we can read it."""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

from server.config import Settings

FILE_NAME: Final = "secret_key"


def secret_key(settings: Settings) -> str:
    return settings.secret_key or _kept(settings.data_dir / FILE_NAME)


def _kept(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        _make(path)
    return path.read_text().strip()


def _make(path: Path) -> None:
    """Complete under its name or not there at all: several processes may start at once, and the first one wins."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(48) + "\n")
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):  # another process was first: its key is the one
        path.hardlink_to(draft)
    draft.unlink()
