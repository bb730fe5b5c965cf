"""Where files are stored by name: a folder beside the database, or a bucket of an S3-compatible store."""

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import url2pathname

from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import LocalStore, ObjectStore, S3Store, from_url

from server.config import Settings

NO_BUCKET: Final = "<Code>NoSuchBucket</Code>"
REASON: Final = re.compile("<Message>(.+?)</Message>|(HTTP error: [^\\n]+)")
MAKE_IT: Final = "Make it, or correct LEGWORK_FILES_URL."
# For requests: they give up soon, before all threads of the server wait for the bucket. For commands: they can wait.
PROMPT: Final[Any] = {"max_retries": 2, "retry_timeout": timedelta(seconds=10)}
PATIENT: Final[Any] = {"max_retries": 10, "retry_timeout": timedelta(minutes=3)}


class OutOfReach(Exception):  # noqa: N818  (a state of affairs)
    """The store does not answer, so nothing is known about what is in it."""


class NoBucket(OutOfReach):
    pass


class KeysRefused(OutOfReach):
    pass


class FileStore:
    def __init__(self, store: ObjectStore, folder: Path | None = None) -> None:
        self.store, self.folder = store, folder

    def put(self, name: str, content: bytes) -> None:
        """Writes the file as a whole or not at all, in place of one that has this name already."""
        with _asking():
            self.store.put(name, content)
            if self.folder is not None:
                _onto_disk(self.folder / name)

    def get(self, name: str) -> bytes | None:
        try:
            with _asking():
                return bytes(self.store.get(name).bytes())
        except FileNotFoundError:
            return None

    def part(self, name: str, start: int, end: int) -> bytes | None:
        """The bytes from `start` to before `end`."""
        try:
            with _asking():
                return bytes(self.store.get_range(name, start=start, end=end))
        except FileNotFoundError:
            return None

    def remove(self, names: Iterable[str]) -> None:
        for name in names:
            try:
                with _asking():
                    self.store.delete(name)
            except FileNotFoundError:
                continue  # another request has removed it already


@contextmanager
def _asking() -> Iterator[None]:
    """Turns the store's errors into ours, but lets FileNotFoundError through. A missing bucket raises that, too, and
    becomes NoBucket here, so that nobody takes its files for lost."""
    try:
        yield
    except FileNotFoundError as error:
        if NO_BUCKET in str(error):
            raise NoBucket(_reason(error)) from error
        raise
    except (PermissionDeniedError, UnauthenticatedError) as error:
        raise KeysRefused(_reason(error)) from error
    except BaseError as error:
        raise (NoBucket if NO_BUCKET in str(error) else OutOfReach)(_reason(error)) from error


def _reason(error: Exception) -> str:
    said = str(error)
    found = REASON.search(said)
    return (found[1] or found[2]) if found else said.partition("\n")[0]


def open_store(settings: Settings, *, patient: bool = False) -> FileStore:
    if settings.files_url is None:
        folder = (settings.data_dir / "files").absolute()
        return FileStore(LocalStore(folder, mkdir=True), folder)
    if settings.files_url.startswith("s3://"):
        return FileStore(_bucket(settings, settings.files_url, PATIENT if patient else PROMPT))
    with _asking():
        return FileStore(_other(settings.files_url))


def _other(url: str) -> ObjectStore:
    parts = urlsplit(url)
    folder = url2pathname(parts.path)
    if parts.scheme == "file" and not Path(folder).is_dir():
        raise OutOfReach(f"there is no folder {folder}")
    return from_url(url)


def _bucket(settings: Settings, url: str, retries: Any) -> S3Store:
    """What is not in the settings is taken from Amazon's own environment variables and the machine's role."""
    endpoint = settings.files_endpoint or ""
    told = {
        "endpoint": endpoint,
        "region": settings.files_region,
        "access_key_id": settings.files_key_id,
        "secret_access_key": settings.files_secret,
    }
    config: Any = {name: value for name, value in told.items() if value}
    line: Any = {"allow_http": endpoint.startswith("http:"), "connect_timeout": "3s", "timeout": "30s"}
    return S3Store.from_url(url, config=config, client_options=line, retry_config=retries)


def _onto_disk(path: Path) -> None:
    """So that a file that was acknowledged survives a power cut."""
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
