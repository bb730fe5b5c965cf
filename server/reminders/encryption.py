"""The only wrapper around `webpush`: encrypts each message (RFC 8291), and signs once for many (RFC 8292).

Only the encryption of `webpush` is used: version 1.0.6 signs every message anew, drops the port from `aud`, ignores a
TTL of zero, keeps the options of one message for the next, and makes messages of any size.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from webpush import WebPush, WebPushSubscription

from server.reminders.message import Message

MOST_PLAINTEXT: Final = 3993  # bytes: the 4,096 that every push service takes, less salt, key and tag
SIGNED_FOR: Final = timedelta(hours=12)  # the RFC allows 24
SIGNED_ANEW: Final = timedelta(hours=6)
P256_POINT, AUTH_SECRET = 65, 16


class TooLarge(ValueError):  # noqa: N818
    """The message is longer than MOST_PLAINTEXT."""


class BadKeys(ValueError):  # noqa: N818
    """A browser's `p256dh` or `auth` is no valid key."""


@dataclass(frozen=True)
class Encrypted:
    endpoint: str
    body: bytes
    headers: dict[str, str]


class Receiver(Protocol):
    """A browser that takes push messages; `p256dh` and `auth` are its keys in base64url."""

    @property
    def endpoint(self) -> str: ...
    @property
    def p256dh(self) -> str: ...
    @property
    def auth(self) -> str: ...


class Sealer:
    """`private_key`: 32 bytes of P-256 in base64url. `contact`:
    where a push service can reach us, mailto: or https:."""

    def __init__(self, private_key: str, contact: str) -> None:
        self._key = ec.derive_private_key(int.from_bytes(from_base64(private_key)), ec.SECP256R1())
        self._contact = contact
        public = self._key.public_key()
        pem = self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        spki = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        self._push = WebPush(pem, spki)
        self.public_key = to_base64(public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))
        self._signed: dict[str, tuple[datetime, str]] = {}

    def seal(self, receiver: Receiver, message: Message, now: datetime) -> Encrypted:
        """The message as it is posted to the push service. Raises TooLarge or BadKeys."""
        if len(message.payload) > MOST_PLAINTEXT:
            raise TooLarge(f"{len(message.payload)} bytes")
        return Encrypted(
            endpoint=receiver.endpoint,
            body=self.encrypt(message.payload, receiver.p256dh, receiver.auth),
            headers={
                "TTL": str(message.ttl),
                "Urgency": message.urgency,
                "Topic": message.topic,
                "Content-Encoding": "aes128gcm",
                "Content-Type": "application/octet-stream",
                "Authorization": self.authorization(receiver.endpoint, now),
            },
        )

    def encrypt(self, payload: bytes, p256dh: str, auth: str) -> bytes:
        """Raises BadKeys."""
        _decoded(p256dh, auth)
        keys = {"p256dh": p256dh, "auth": auth}
        receiver = WebPushSubscription.model_validate({"endpoint": "https://unused.invalid/", "keys": keys})
        try:
            return bytes(self._push._encrypt(payload, receiver))
        except ValueError:  # p256dh is no point of the curve
            raise BadKeys from None

    def authorization(self, endpoint: str, now: datetime) -> str:
        """The Authorization header, which is the same for all messages to one push service within SIGNED_ANEW."""
        origin = "/".join(endpoint.split("/", 3)[:3])
        signed_at, header = self._signed.get(origin, (None, ""))
        if signed_at is None or not timedelta(0) <= now - signed_at < SIGNED_ANEW:
            header = self._sign(origin, now)
            self._signed[origin] = now, header
        return header

    def _sign(self, origin: str, now: datetime) -> str:
        claims = {"aud": origin, "exp": int((now + SIGNED_FOR).timestamp()), "sub": self._contact}
        return f"vapid t={jwt.encode(claims, self._key, algorithm='ES256')}, k={self.public_key}"


def check_keys(p256dh: str, auth: str) -> None:
    """Raises BadKeys."""
    point, _ = _decoded(p256dh, auth)
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        raise BadKeys from None


def _decoded(p256dh: str, auth: str) -> tuple[bytes, bytes]:
    """Raises BadKeys."""
    try:
        point, secret = from_base64(p256dh), from_base64(auth)
    except (ValueError, binascii.Error):
        raise BadKeys from None
    if len(point) != P256_POINT or len(secret) != AUTH_SECRET:
        raise BadKeys
    return point, secret


def new_private_key() -> str:
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return to_base64(number.to_bytes(32))


def to_base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def from_base64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
