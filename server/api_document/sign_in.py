"""Starting and ending a session."""

from typing import Any

from server.api_document.parts import (
    HTML,
    TEXT,
    WHEN_READING,
    WHEN_WRITING,
    WITH_TOKEN,
    form,
    operation,
    pages,
    query,
    told,
)
from sync.schemas import record


def paths() -> dict[str, Any]:
    return {"/sign-in": {"get": show(), "post": sign_in()}, "/sign-out": {"post": sign_out()}}


def show() -> dict[str, Any]:
    answers = {
        "200": told("The form, for people.", HTML, TEXT),
        "303": {"description": "Signed in already."},
        **pages(WHEN_READING),
    }
    return operation(
        "signInPage", "The form.", answers, parameters=[query("next", TEXT, "Where to go then.")]
    )


def sign_in() -> dict[str, Any]:
    answers = {
        "303": {"description": "Signed in: the cookies `legwork_session` and `csrftoken` are set."},
        **pages(
            WHEN_WRITING,
            _403="A browser sent it from another site.",
            _422="Email and password do not match.",
            _429="Tried too often.",
        ),
    }
    body = form(record({"email": TEXT, "password": TEXT, "next": TEXT}, ("next",)))
    return operation("signIn", "Starts a session.", answers, requestBody=body)


def sign_out() -> dict[str, Any]:
    answers = {"303": {"description": "Signed out: leads to /sign-in."}, **pages(WHEN_WRITING)}
    return operation("signOut", "Ends the session.", answers, security=WITH_TOKEN)
