"""Uploads: a phone begins one and goes on a piece at a time; when it is complete its kind is found, and it is stored
once.

Nobody learns whether somebody else has sent the same file: a user is spared sending only what they could fetch already.
"""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from server.database import Database
from server.files import pictures
from server.files.kinds import kind_of
from server.files.store import FileStore, kept_as, thumbnail_of
from server.models.attachment import PICTURES, Attachment
from server.models.file import File, Upload, expired, may_fetch, of_author
from server.models.turns import wait_for_others
from server.models.user import User
from server.models.workspace import Workspace, the_workspace
from sync.envelope import Declined


@dataclass(frozen=True)
class Receiving:
    database: Database
    store: FileStore
    user: User
    sha256: str
    now: datetime

    def begin(self, size: int) -> dict[str, object]:
        """Begins or resumes an upload of `size` bytes. Answers at which offset to go on, or `complete` if there is
        nothing left to send. Raises Declined."""
        with self.database.writing() as session:
            attached = self._attached(session)
            if attached[0].size != size:
                raise Declined(400, "bad_request")
            known = all(row.received_at for row in attached) or may_fetch(session, self.user, self.sha256)
            if known and (file := session.get(File, self.sha256)) is not None:
                self._receive(of_author(session, self.user, self.sha256), file.media_type)
                upload, old = None, []
            else:
                upload, old = self._upload(session, size), _dropped(session, self.now)
        self.store.remove(old)
        if upload is not None and upload.received == upload.size:
            self._finish(upload)  # the request that brought the last piece was interrupted before it did
            upload = None
        return self._told(upload)

    def go_on(self, offset: int, piece: bytes) -> dict[str, object]:
        """Takes the next piece, which begins at `offset`. Raises Declined, with the right offset if it is another."""
        with self.database.reading() as session:
            upload = session.get(Upload, (self.sha256, self.user.id))
        self._check(upload, offset, piece)
        name = f"uploads/{self.user.id}/{self.sha256}/{offset}-{hashlib.sha256(piece).hexdigest()[:16]}"
        self.store.put(name, piece)
        with self.database.writing() as session:
            upload = self._locked(session)
            # Again: another request may have brought the same piece meanwhile.
            self._check(upload, offset, piece)
            assert upload is not None  # noqa: S101  (checked)
            upload.pieces = [*upload.pieces, name]
            upload.received, upload.updated_at = offset + len(piece), self.now
        if upload.received == upload.size:
            self._finish(upload)
            return self._told(None)
        return self._told(upload)

    def _told(self, upload: Upload | None) -> dict[str, object]:
        """The answer. `rev`: the backup that covers this revision holds the file; `upload` None: it is complete."""
        with self.database.reading() as session:
            workspace = the_workspace(session)
            told = {**self._about(workspace), "rev": workspace.rev}
        if upload is None:
            return {**told, "complete": True}
        return {**told, "complete": False, "offset": upload.received}

    def _about(self, workspace: Workspace) -> dict[str, Any]:
        """By these a phone recognises an answer that a proxy has kept:
        about another file, for another user, or from before a restore."""
        return {"sha256": self.sha256, "user_id": self.user.id, "epoch": workspace.epoch}

    def _attached(self, session: Session) -> list[Attachment]:
        """The user's attachments with this file that stand. Raises Declined if none do, or if all were refused."""
        mine = of_author(session, self.user, self.sha256)
        attached = [row for row in mine if row.withdrawn_at is None]
        if not attached:
            raise Declined(404, "not_found")
        if all(row.refused_at for row in attached):
            raise Declined(422, "refused", **self._about(the_workspace(session)))
        return attached

    def _check(self, upload: Upload | None, offset: int, piece: bytes) -> None:
        if upload is None:
            raise Declined(404, "not_found")
        if upload.received != offset:
            raise Declined(409, "offset", offset=upload.received)
        if not 0 < len(piece) <= upload.size - offset:
            raise Declined(400, "bad_request")

    def _locked(self, session: Session) -> Upload | None:
        query = select(Upload).where(Upload.sha256 == self.sha256, Upload.user_id == self.user.id)
        return session.exec(query.with_for_update()).first()

    def _upload(self, session: Session, size: int) -> Upload:
        wait_for_others(session, self.sha256, self.user.id)  # two tabs may begin at once
        upload = self._locked(session)
        if upload is None:
            upload = Upload(sha256=self.sha256, user_id=self.user.id, size=size, updated_at=self.now)
            session.add(upload)
            session.flush()
        upload.updated_at = self.now
        return upload

    def _finish(self, upload: Upload) -> None:
        """Stores the complete file and notes it in the user's attachments.
        Raises Declined if it is damaged or refused."""
        pieces = [self.store.get(name) for name in upload.pieces]
        content = b"".join(piece for piece in pieces if piece is not None)
        is_whole = hashlib.sha256(content).hexdigest() == self.sha256
        file = keep(self.store, content, self.now) if is_whole else None
        with self.database.writing() as session:
            mine = of_author(session, self.user, self.sha256)
            if file is not None:
                add(session, file)
                self._receive(mine, file.media_type)
            elif is_whole:
                self._mark(mine, "refused_at")
            is_wanted, about = any(row.received_at for row in mine), self._about(the_workspace(session))
            if (ended := self._locked(session)) is not None:
                session.delete(ended)
        self.store.remove(upload.pieces)
        if not is_whole:
            raise Declined(409, "damaged")
        if not is_wanted:
            raise Declined(422, "refused", **about)

    def _receive(self, mine: Sequence[Attachment], media_type: str) -> None:
        """Notes for each attachment whether it takes a file of this type:
        a PDF is a document for a customer, but no photo for a visit."""
        self._mark([row for row in mine if row.takes(media_type)], "received_at")
        self._mark([row for row in mine if not row.takes(media_type)], "refused_at")

    def _mark(self, mine: Sequence[Attachment], name: str) -> None:
        for row in mine:
            if getattr(row, name) is None:
                setattr(row, name, self.now)


def keep(store: FileStore, content: bytes, now: datetime) -> File | None:
    """Stores the bytes (a picture without its metadata, and with a thumbnail) and returns their row, which `add` adds.
    None if they are of no kind that is stored."""
    sha256, media_type = hashlib.sha256(content).hexdigest(), kind_of(content)
    if media_type is None:
        return None
    if media_type in PICTURES:
        try:
            content = pictures.cleaned(content, media_type)
            store.put(thumbnail_of(sha256), pictures.thumbnail(content, media_type))
        except pictures.NotAPicture:
            return None
    store.put(kept_as(sha256), content)
    return File(
        sha256=sha256,
        stored_sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        media_type=media_type,
        created_at=now,
    )


def add(session: Session, file: File) -> None:
    """Adds the file, unless another transaction has added the same one meanwhile."""
    if session.get(File, file.sha256) is None:
        with suppress(IntegrityError), session.begin_nested():
            session.add(file)


def _dropped(session: Session, now: datetime) -> list[str]:
    """Deletes uploads that nobody has gone on with for long, and returns the names of their pieces."""
    old = expired(session, now)
    for upload in old:
        session.delete(upload)
    return [name for upload in old for name in upload.pieces]
