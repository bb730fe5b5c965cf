"""How many phones are answered at a time. Any further one is told at once to come later, which costs next to nothing.

A phone that waits in a long line gives up and asks again, and the server then does the work of its first question for
nobody: when a thousand came back together, it did everything three times.
"""

from typing import Final

from litestar.types import ASGIApp, HTTPReceiveMessage, HTTPSendMessage, Receive, Scope, Send

from sync.envelope import Declined

MOST: Final = 32  # even a slow machine answers these before a phone loses patience
MOST_WITH_FILES: Final = 12  # phones that wait for a bucket that does not answer leave threads to the others
LATER_S: Final = 5


class Crowd:
    """One for each process. Only its event loop counts in it."""

    def __init__(self, most: int = MOST) -> None:
        self.most, self.inside = most, 0


class Place:
    """One request's place in the crowd: taken once all of the request has arrived, left when its answer begins, so that
    a slow line takes no place from others."""

    def __init__(self, crowd: Crowd) -> None:
        self.crowd, self.was_taken, self.is_taken = crowd, False, False

    def take(self) -> None:
        if self.was_taken:
            return
        if self.crowd.inside >= self.crowd.most:
            raise Declined(503, "later", retry_after=LATER_S)
        self.was_taken = self.is_taken = True
        self.crowd.inside += 1

    def leave(self) -> None:
        self.crowd.inside -= self.is_taken
        self.is_taken = False


def one_of_few(app: ASGIApp) -> ASGIApp:
    """A middleware. Needs of the app: state `sync_crowd`."""
    return _admitting(app, "sync_crowd")


def one_of_few_with_files(app: ASGIApp) -> ASGIApp:
    """A middleware. Needs of the app: state `file_crowd`."""
    return _admitting(app, "file_crowd")


def _admitting(app: ASGIApp, crowd: str) -> ASGIApp:
    async def admit(scope: Scope, receive: Receive, send: Send) -> None:
        place = Place(scope["litestar_app"].state[crowd])

        async def hear() -> HTTPReceiveMessage:
            message: HTTPReceiveMessage = await receive()  # type: ignore[assignment]
            if message["type"] == "http.request" and not message.get("more_body"):
                place.take()
            return message

        async def answer(message: HTTPSendMessage) -> None:
            place.leave()
            await send(message)

        try:
            if scope["method"] == "GET":  # type: ignore[typeddict-item]
                place.take()
            await app(scope, hear, answer)  # type: ignore[arg-type]
        finally:
            place.leave()

    return admit
