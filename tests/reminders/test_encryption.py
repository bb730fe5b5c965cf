"""What is sent can be read by the browser it is for, and by nobody else."""

import os
from datetime import UTC, datetime, timedelta

import jwt
import pytest
import webpush
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from server.models.push_subscription import PushSubscription
from server.reminders.encryption import (
    MOST_PLAINTEXT,
    BadKeys,
    Sealer,
    TooLarge,
    check_keys,
    from_base64,
    new_private_key,
    to_base64,
)
from server.reminders.message import Message
from tests.cast import NOW

# RFC 8291, section 5 and appendix A.
RFC = {
    "plaintext": "V2hlbiBJIGdyb3cgdXAsIEkgd2FudCB0byBiZSBhIHdhdGVybWVsb24",
    "as_private": "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw",
    "ua_public": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "salt": "DGv6ra1nlYgDCS1FRnbzlw",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    "message": (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6Tl"
        "zAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    ),
}


class Browser:
    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        public = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.public, self.secret = public, os.urandom(16)

    def subscription(self, endpoint: str = "https://push.example.test:8443/1") -> PushSubscription:
        keys = {"p256dh": to_base64(self.public), "auth": to_base64(self.secret), "server_key": ""}
        ids = {"id": "1", "user_id": "1", "session_id": "1"}
        return PushSubscription(**ids, endpoint=endpoint, created_at=NOW, **keys)

    def read(self, body: bytes) -> bytes:
        """RFC 8188 and RFC 8291, as a browser does it."""
        salt, length = body[:16], body[20]
        sender, sealed = body[21 : 21 + length], body[21 + length :]
        shared = self.key.exchange(
            ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        )
        secret = derived(shared, self.secret, b"WebPush: info\0" + self.public + sender, 32)
        key = derived(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
        nonce = derived(secret, salt, b"Content-Encoding: nonce\0", 12)
        padded = AESGCM(key).decrypt(nonce, sealed, None)
        return padded.rstrip(b"\0").removesuffix(b"\2")


def derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(secret)


@pytest.fixture
def sealer() -> Sealer:
    return Sealer(new_private_key(), "mailto:dora@example.test")


def saying(payload: bytes) -> Message:
    return Message(payload, "due", 3600, "high")


def test_the_example_of_the_rfc_comes_out_as_printed_there(
    sealer: Sealer, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = int.from_bytes(from_base64(RFC["as_private"]))
    key = ec.derive_private_key(private, ec.SECP256R1())
    monkeypatch.setattr(webpush.ec, "generate_private_key", lambda *_: key)
    monkeypatch.setattr(webpush.os, "urandom", lambda _count: from_base64(RFC["salt"]))
    sealed = sealer.encrypt(from_base64(RFC["plaintext"]), RFC["ua_public"], RFC["auth"])
    assert to_base64(sealed) == RFC["message"]


def test_the_browser_reads_it_and_another_one_does_not(sealer: Sealer) -> None:
    alice, charlie = Browser(), Browser()
    body = sealer.seal(alice.subscription(), saying("海港咖啡".encode()), NOW).body
    assert alice.read(body).decode() == "海港咖啡"
    with pytest.raises(InvalidTag):
        charlie.read(body)


def test_no_two_messages_are_encrypted_alike(sealer: Sealer) -> None:
    browser = Browser().subscription()
    bodies = [sealer.seal(browser, saying(b"the same"), NOW).body for _ in range(20)]
    assert len({body[:16] for body in bodies}) == 20
    assert len({body[21:86] for body in bodies}) == 20


@pytest.mark.parametrize("size", [0, 1, MOST_PLAINTEXT - 1, MOST_PLAINTEXT])
def test_what_fits_is_at_most_4096_bytes(sealer: Sealer, size: int) -> None:
    browser = Browser()
    body = sealer.seal(browser.subscription(), saying(b"x" * size), NOW).body
    assert len(body) == size + 103
    assert len(body) <= 4096
    assert browser.read(body) == b"x" * size


def test_what_does_not_fit_is_refused_here(sealer: Sealer) -> None:
    with pytest.raises(TooLarge):
        sealer.seal(Browser().subscription(), saying(b"x" * (MOST_PLAINTEXT + 1)), NOW)


def claims(header: str) -> dict[str, object]:
    parts = dict(part.strip().split("=", 1) for part in header.removeprefix("vapid ").split(","))
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), from_base64(parts["k"]))
    return dict(jwt.decode(parts["t"], public, ["ES256"], options={"verify_aud": False, "verify_exp": False}))


def test_it_is_signed_for_the_origin_with_its_port(sealer: Sealer) -> None:
    signed = claims(sealer.authorization("https://push.example.test:8443/a/b?c", NOW))
    assert signed["aud"] == "https://push.example.test:8443"
    assert signed["sub"] == "mailto:dora@example.test"
    assert signed["exp"] == int((NOW + timedelta(hours=12)).timestamp())


def test_one_signature_serves_an_origin_for_hours_and_no_other_origin(sealer: Sealer) -> None:
    first = sealer.authorization("https://one.example.test/1", NOW)
    assert sealer.authorization("https://one.example.test/2", NOW + timedelta(hours=5)) == first
    assert sealer.authorization("https://two.example.test/1", NOW) != first
    assert sealer.authorization("https://one.example.test/1", NOW + timedelta(hours=6)) != first
    assert sealer.authorization("https://one.example.test/1", datetime(2020, 1, 1, tzinfo=UTC)) != first


def test_options_of_one_message_are_not_those_of_the_next(sealer: Sealer) -> None:
    browser = Browser().subscription()
    now = sealer.seal(browser, Message(b"", "due", 0, "high"), NOW).headers
    later = sealer.seal(browser, Message(b"", "cold", 60, "normal"), NOW).headers
    assert [(one["TTL"], one["Topic"], one["Urgency"]) for one in (now, later)] == [
        ("0", "due", "high"),
        ("60", "cold", "normal"),
    ]


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [
        ("", ""),
        (RFC["ua_public"], "c2hvcnQ"),
        (RFC["ua_public"][:-4], RFC["auth"]),
        ("BA" + "A" * 85, RFC["auth"]),  # not on the curve
        ("ü" * 87, RFC["auth"]),
    ],
)
def test_keys_that_are_none_are_refused(p256dh: str, auth: str) -> None:
    check_keys(RFC["ua_public"], RFC["auth"])
    with pytest.raises(BadKeys):
        check_keys(p256dh, auth)
