"""Photos and voice notes of a visit: on its form, and in the timeline. Twin of pwa/views/photos.js."""

from collections.abc import Sequence
from typing import Any

from server.models.attachment import Attachment
from server.models.scope import may_write
from server.models.user import User
from server.translations import Translator
from server.views.form import Form


def photos_of(form: Form) -> list[dict[str, Any]]:
    """The photos and voice notes of a form. Each value is `attachment_id sha256 size media_type`."""
    return [
        {"value": value, **_photo(*value.split(" ")[1::2])}
        for value in form.values("photo")
        if value.count(" ") == 3
    ]


def _photo(sha256: str, media_type: str) -> dict[str, Any]:
    return {"src": f"/files/{sha256}", "is_sound": media_type.startswith("audio/")}


def shown(attachments: Sequence[Attachment], user: User) -> list[dict[str, Any]]:
    """The files, each with whether the user may remove it: authors may."""
    may = may_write(user)
    return [
        {
            **_photo(row.sha256, row.media_type),
            "remove_href": f"/attachments/{row.id}/remove" if may and row.author_id == user.id else "",
        }
        for row in attachments
        if row.received_at
    ]


def lines(attachments: Sequence[Attachment], t: Translator) -> list[str]:
    """Sentences about files that are not here yet, and about those that were refused."""
    pending = [row for row in attachments if not row.received_at and not row.refused_at]
    sounds = sum(row.media_type.startswith("audio/") for row in pending)
    photos, refused = len(pending) - sounds, sum(bool(row.refused_at) for row in attachments)
    return [
        *([t.n("%(n)s photo pending", "%(n)s photos pending", photos)] if photos else []),
        *([t.n("%(n)s voice note pending", "%(n)s voice notes pending", sounds)] if sounds else []),
        *(
            [
                t.n(
                    "%(n)s file refused: not a picture or sound",
                    "%(n)s files refused: not pictures or sounds",
                    refused,
                )
            ]
            if refused
            else []
        ),
    ]
