"""The backup file: a zip with a member for each table (a JSON array a line) and each photo, and a manifest.

`manifest.json` holds the hash of every other member, so it is written last. (A zip is read from its end anyway.)
"""

import hashlib
import os
import secrets
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final, Self

import msgspec

from server.backup.refusal import Refused

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
PART: Final = ".legwork-backup-{}.part"
STALE_AFTER_S: Final = 86_400
CHUNK: Final = 1024 * 1024
# What zipfile raises for a damaged file; RuntimeError if a flipped bit claims a password, another version or method.
UNREADABLE: Final = (zipfile.BadZipFile, zlib.error, RuntimeError)
LEVEL: Final = 1  # of deflate: the file is a third of the data, in a tenth of the time that level 9 takes

Tell = Callable[[int, int], None]  # reports progress: rows done, rows in all


class TablePart(msgspec.Struct, frozen=True):
    name: str
    columns: dict[str, str]  # by name: their kind, as in server/backup/values.py
    rows: int
    sha256: str

    @property
    def member(self) -> str:
        return f"tables/{self.name}.jsonl"


class FilePart(msgspec.Struct, frozen=True):
    """A stored file, such as a photo. `name`: the hash of the bytes that were sent; `sha256`:
    of those that are stored."""

    name: str
    sha256: str

    @property
    def member(self) -> str:
        return f"files/{self.name}"


class Manifest(msgspec.Struct, frozen=True):
    format: int
    legwork: str  # the version that made it
    schema: str  # the version of the tables, such as "0032"
    made_at: str
    database: str  # where it comes from, such as "sqlite"; it can be restored into either
    epoch: str
    rev: int  # the backup holds everything up to this revision
    tables: list[TablePart]  # a table comes after those that it points at
    files: list[FilePart] = []
    missing: list[str] = []  # files that the store did not have, or had damaged, when the backup was made

    @property
    def rows(self) -> int:
        return sum(part.rows for part in self.tables)


@contextmanager
def new_file(path: Path, now: datetime, *, force: bool) -> Iterator[IO[bytes]]:
    """A file to write to, which gets its name only when it is complete and on the disk; an older file of that name
    stays until then. Only the user who runs this may read it. Raises Refused."""
    _check_place(path, force)
    _remove_stale_parts(path.parent, now)
    part = path.with_name(PART.format(secrets.token_hex(6)))
    try:
        with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _check_place(path, force)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    sync_folder(path.parent)


def _check_place(path: Path, force: bool) -> None:
    if not path.parent.is_dir():
        raise Refused(f"There is no folder {path.parent}.")
    if path.exists() and not force:
        raise Refused(f"{path} exists already. Choose another name, or add --force to replace it.")


def _remove_stale_parts(folder: Path, now: datetime) -> None:
    """Removes what backups have left behind that were killed."""
    for part in folder.glob(PART.format("*")):
        if now.timestamp() - part.stat().st_mtime > STALE_AFTER_S:
            part.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Writes the folder's list of names to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Writer:
    def __init__(self, file: IO[bytes]) -> None:
        self.zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL)
        self.tables: list[TablePart] = []
        self.files: list[FilePart] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.zip.close()

    def add(self, name: str, columns: dict[str, str], batches: Iterable[list[tuple[Any, ...]]]) -> None:
        encoder, digest, rows = msgspec.json.Encoder(), hashlib.sha256(), 0
        with self.zip.open(f"tables/{name}.jsonl", "w", force_zip64=True) as member:
            for batch in batches:
                lines = encoder.encode_lines(batch)
                digest.update(lines)
                member.write(lines)
                rows += len(batch)
        self.tables.append(TablePart(name, columns, rows, digest.hexdigest()))

    def add_file(self, part: FilePart, content: bytes) -> None:
        """Stored without compression, because pictures do not get smaller."""
        self.zip.writestr(part.member, content, zipfile.ZIP_STORED)
        self.files.append(part)

    def finish(self, manifest: Manifest) -> None:
        self.zip.writestr(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=1))


class Reader:
    def __init__(self, path: Path, opened: zipfile.ZipFile) -> None:
        self.path, self.zip = path, opened
        self.manifest = self._manifest()

    def _manifest(self) -> Manifest:
        try:
            raw = self.zip.read(MANIFEST)
            made = msgspec.json.decode(raw, type=dict[str, Any])
            if made.get("format") != FORMAT:
                said = f"{self.path} is of format {made.get('format')}; this Legwork reads format {FORMAT}."
                raise Refused(f"{said} Restore it with a newer version.")
            return msgspec.json.decode(raw, type=Manifest)
        except (KeyError, msgspec.MsgspecError, *UNREADABLE):
            raise Refused(f"{self.path} is not a backup of Legwork.") from None

    def check(self) -> None:
        """Reads the whole file and compares every hash. Raises Refused."""
        parts: list[TablePart | FilePart] = [*self.manifest.tables, *self.manifest.files]
        for part in parts:
            if self._hash_of(part) != part.sha256:
                raise Refused(
                    f"{self.path} is damaged: {part.member} is not what was written. Use another backup."
                )

    def _hash_of(self, part: TablePart | FilePart) -> str | None:
        digest = hashlib.sha256()
        try:
            with self.zip.open(part.member) as member:
                while chunk := member.read(CHUNK):
                    digest.update(chunk)
        except (KeyError, EOFError, *UNREADABLE):
            return None
        return digest.hexdigest()

    def content(self, part: FilePart) -> bytes:
        return self.zip.read(part.member)

    def rows(self, part: TablePart) -> Iterator[list[Any]]:
        """One by one, so that it needs no more memory for a large company."""
        decoder = msgspec.json.Decoder(list[Any])
        with self.zip.open(part.member) as member:
            while lines := member.readlines(CHUNK):
                yield from map(decoder.decode, lines)


@contextmanager
def opened_file(path: Path) -> Iterator[Reader]:
    try:
        opened = zipfile.ZipFile(path)
    except FileNotFoundError:
        raise Refused(f"There is no file {path}.") from None
    except (IsADirectoryError, *UNREADABLE):
        raise Refused(f"{path} is not a backup of Legwork, or only half of one.") from None
    with opened:
        yield Reader(path, opened)
