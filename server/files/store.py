"""Where bytes live under a name: a folder beside the database, or a bucket of an S3-compatible store."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from obstore.store import LocalStore, ObjectStore, S3Store, from_url

from server.config import Settings


class FileStore:
    def __init__(self, store: ObjectStore, folder: Path | None = None) -> None:
        self.store, self.folder = store, folder

    def put(self, name: str, content: bytes) -> None:
        """Whole or not at all; there may be one of that name, which is then replaced."""
        self.store.put(name, content)
        if self.folder is not None:
            _onto_disk(self.folder / name)

    def get(self, name: str) -> bytes | None:
        try:
            return bytes(self.store.get(name).bytes())
        except FileNotFoundError:
            return None

    def remove(self, names: Iterable[str]) -> None:
        for name in names:
            try:
                self.store.delete(name)
            except FileNotFoundError:
                continue  # another request has tidied up too


def open_store(settings: Settings) -> FileStore:
    if settings.files_url is None:
        folder = (settings.data_dir / "files").absolute()
        return FileStore(LocalStore(folder, mkdir=True), folder)
    if settings.files_url.startswith("s3://"):
        return FileStore(_bucket(settings, settings.files_url))
    return FileStore(from_url(settings.files_url))


def _bucket(settings: Settings, url: str) -> S3Store:
    """What is not set is looked for where Amazon's own tools look."""
    endpoint = settings.files_endpoint or ""
    told = {
        "endpoint": endpoint,
        "region": settings.files_region,
        "access_key_id": settings.files_key_id,
        "secret_access_key": settings.files_secret,
    }
    config: Any = {name: value for name, value in told.items() if value}
    return S3Store.from_url(url, config=config, client_options={"allow_http": endpoint.startswith("http:")})


def _onto_disk(path: Path) -> None:
    """What was acknowledged survives a power cut."""
    for place in (path, path.parent):
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def kept_as(sha256: str) -> str:
    return f"files/{sha256[:2]}/{sha256}"


def thumbnail_of(sha256: str) -> str:
    return f"thumbnails/{sha256[:2]}/{sha256}"
