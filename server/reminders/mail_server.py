"""Sending e-mails to the mail server of the settings, a batch in one connection, and what its answers mean."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from server.config import Settings
from server.reminders.mail import Letter, is_abroad
from server.reminders.sending import Outcome

WITHIN_SECONDS: Final = 10  # for each answer
BATCH_SECONDS: Final = 45  # no e-mail begins later, so that the batch ends before outbox.CLAIMED_FOR
UNSURE: Final = "the connection broke before the mail server had answered"


class MailServer:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def deliver(self, letters: Sequence[Letter]) -> list[Outcome]:
        """An outcome for each e-mail; "later" for all if the mail server cannot be reached."""
        until = asyncio.get_running_loop().time() + BATCH_SECONDS
        try:
            async with self._connected() as server:
                return [await _deliver(server, letter, until) for letter in letters]
        except (SMTPException, OSError) as error:
            return [Outcome("later", said_by(error))] * len(letters)

    async def greet(self) -> None:
        """Signs in and out, to see whether the settings work. Raises SMTPException or OSError."""
        async with self._connected() as server:
            await server.noop()

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[SMTP]:
        """A connection that is signed in. Raises SMTPException or OSError, also if the server does not offer the
        encryption that the settings ask for."""
        settings = self._settings
        server = SMTP(
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            timeout=WITHIN_SECONDS,
            use_tls=settings.smtp_security == "tls",
            start_tls=settings.smtp_security == "starttls",
            tls_context=ssl.create_default_context(),
        )
        await server.connect()
        try:
            if settings.smtp_user is not None:
                await server.login(settings.smtp_user, settings.smtp_password or "")
            yield server
        finally:
            server.close()


async def _deliver(server: SMTP, letter: Letter, until: float) -> Outcome:
    if asyncio.get_running_loop().time() > until:
        return Outcome("later", "the mail server is slow")
    handed_over = False
    try:
        await _announce(server, letter)
        handed_over = True
        answer = await server.data(letter.content)
        return Outcome("delivered", f"{answer.code} {answer.message}")
    except SMTPResponseException as error:
        await _start_over(server)
        return Outcome("later" if error.code < 500 else "wrong", said_by(error))
    except (SMTPException, OSError) as error:
        return Outcome("unsure", UNSURE) if handed_over else Outcome("later", said_by(error))


async def _announce(server: SMTP, letter: Letter) -> None:
    if is_abroad(letter.sender, letter.to):
        await server.mail(letter.sender, options=["SMTPUTF8"], encoding="utf-8")
        await server.rcpt(letter.to, encoding="utf-8")
    else:
        await server.mail(letter.sender)
        await server.rcpt(letter.to)


async def _start_over(server: SMTP) -> None:
    try:
        await server.rset()
    except (SMTPException, OSError):
        server.close()


def said_by(error: Exception) -> str:
    """The error as the admin reads it. It may quote an e-mail address, but nothing of what the e-mail says."""
    if isinstance(error, SMTPResponseException):
        return f"{error.code} {error.message}"
    return f"{type(error).__name__}: {error}"
