"""A mail server on loopback, made of aiosmtpd. It keeps the e-mails that it accepts; a test can make it refuse or hang
up."""

import asyncio
import datetime
import email
import email.policy
import ipaddress
import ssl
import threading
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HANGS_UP = "hangs up"


@dataclass
class MailServer:
    """`to_recipient`, `to_content`: its next answers to RCPT and DATA, in order; afterwards it accepts. HANGS_UP in
    `to_content`: it keeps the e-mail and ends the connection without an answer. `was_private`: whether each e-mail in
    `received` came over TLS."""

    certificate: Path | None = None
    implicit_tls: bool = False
    account: tuple[str, str] | None = None
    received: list[Envelope] = field(default_factory=list)
    was_private: list[bool] = field(default_factory=list)
    to_recipient: list[str] = field(default_factory=list)
    to_content: list[str] = field(default_factory=list)

    def start(self) -> "MailServer":
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._serve(), self._loop).result(10)
        return self

    async def _serve(self) -> None:
        context = ssl_context(self.certificate) if self.certificate else None
        around = context if self.implicit_tls else None
        self._server = await self._loop.create_server(lambda: self._line(context), "127.0.0.1", 0, ssl=around)
        self.port = self._server.sockets[0].getsockname()[1]

    def _line(self, context: ssl.SSLContext | None) -> SMTP:
        wants: dict[str, Any] = {}
        if context and not self.implicit_tls:
            wants |= {"require_starttls": True, "tls_context": context}
        if self.account:
            wants |= {"authenticator": self._authenticate, "auth_required": True, "auth_require_tls": False}
        return SMTP(self, hostname="localhost", loop=self._loop, enable_SMTPUTF8=True, **wants)

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _close(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    @property
    def letters(self) -> list[EmailMessage]:
        parsed = [email.message_from_bytes(one.content, policy=email.policy.default) for one in self.received]  # type: ignore[arg-type]
        return [letter for letter in parsed if isinstance(letter, EmailMessage)]

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        answer = self.to_recipient.pop(0) if self.to_recipient else "250 OK"
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self.to_content.pop(0) if self.to_content else "250 taken"
        if answer == HANGS_UP or answer.startswith("250"):
            self.received.append(envelope)
            self.was_private.append(session.ssl is not None or self.implicit_tls)
        if answer == HANGS_UP:
            server.transport.abort()
            await asyncio.sleep(0)
        return answer

    def _authenticate(
        self, _server: Any, _session: Session, _envelope: Envelope, _mechanism: str, given: LoginPassword
    ) -> AuthResult:
        is_right = (given.login.decode(), given.password.decode()) == self.account
        return AuthResult(success=is_right, handled=False)


def ssl_context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def make_certificate(path: Path) -> Path:
    """Writes a self-signed certificate for localhost, with its private key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    form = serialization.Encoding.PEM
    private = key.private_bytes(form, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(private + certificate.public_bytes(form))
    return path
