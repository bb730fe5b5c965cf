"""Pushes, pulls and events."""

from typing import Any

from server.api_document.parts import FLAG, SIGNED_IN, TEXT, WITH_TOKEN, believed, operation, query, told
from server.api_document.refusals import OF_EVERY_READ, OF_EVERY_WRITE, refused
from sync.schemas import ID, ref


def paths() -> dict[str, Any]:
    return {
        "/sync/push": {"post": push()},
        "/sync/pull": {"get": pull()},
        "/sync/events": {"get": events()},
    }


def push() -> dict[str, Any]:
    codes = {
        **OF_EVERY_WRITE,
        401: ("not_signed_in", "signed_out"),
        403: ("wrong_user", "forged"),
        409: ("gap", "fork", "epoch"),
        426: ("too_old",),
        429: ("too_often",),
    }
    answers = {
        "200": believed("One receipt for each change, in the order sent.", ref("Pushed")),
        **refused(codes),
    }
    body = {"required": True, "content": {"application/json": {"schema": ref("Push")}}}
    return operation("pushChanges", "Sends changes.", answers, security=WITH_TOKEN, requestBody=body)


def pull() -> dict[str, Any]:
    codes = {
        **OF_EVERY_READ,
        400: ("bad_request",),
        401: ("not_signed_in", "signed_out"),
        403: ("wrong_user",),
        409: ("epoch",),
    }
    answers = {
        "200": believed("A page of what this device has not had yet.", ref("Page")),
        **refused(codes),
    }
    parameters = [
        query("device_id", ID, required=True),
        query("cursor", TEXT, "As the last page gave it; without one the whole replica comes."),
        query("sums", FLAG, "Asks for sums."),
        query("columns", FLAG, "Lets a first replica come in columns instead of ops."),
    ]
    return operation("pullOps", "Fetches what is new.", answers, security=SIGNED_IN, parameters=parameters)


def events() -> dict[str, Any]:
    answers = {
        "200": told(
            'Server-sent events; `data: {"rev": 1240}` says that there may be something to pull.',
            "text/event-stream",
            TEXT,
        ),
        **refused(OF_EVERY_READ),
    }
    return operation("listen", "Says when there is something to pull.", answers, security=SIGNED_IN)
