"""One message to one push service, which may be anybody: what its answer means, and what it cannot make us do."""

import asyncio
import random
import socket
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver

from server.reminders.destination import Destinations, Forbidden, PinnedResolver, is_public
from server.reminders.encryption import Encrypted
from server.reminders.sending import LONGEST_PAUSE, Outcome, open_client, pause_before, send
from tests.cast import NOW
from tests.push_service import PushService

HERE = Destinations([], loopback=True)
KNOWN = Destinations(["fcm.googleapis.com", ".push.example.test"])
HEADERS = {"TTL": "60", "Content-Encoding": "aes128gcm"}


@pytest.fixture
def service() -> Iterator[PushService]:
    service = PushService().start()
    yield service
    service.stop()


def sent(endpoint: str, within: float = 5, destinations: Destinations = HERE, **options: Any) -> Outcome:
    async def go() -> Outcome:
        timeout = aiohttp.ClientTimeout(total=within)
        async with open_client(destinations, within=timeout, **options) as client:
            return await send(client, destinations, Encrypted(endpoint, b"x", HEADERS), NOW)

    return asyncio.run(go())


def answering(status: int, **headers: str) -> Any:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(
            status=status, headers={name.replace("_", "-"): to for name, to in headers.items()}
        )

    return answer


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, "delivered"), (201, "delivered"), (202, "delivered"), (404, "gone"), (410, "gone"), (400, "wrong"),
        (401, "wrong"), (403, "wrong"), (413, "wrong"), (408, "later"), (429, "later"), (500, "later"),
        (503, "later"),
    ],
)  # fmt: skip
def test_what_an_answer_means(service: PushService, status: int, kind: str) -> None:
    service.answers.append(answering(status))
    outcome = sent(service.endpoint())
    assert outcome.kind == kind
    assert str(status) in outcome.answer


@pytest.mark.parametrize(
    ("asked", "pause"),
    [
        ("120", timedelta(minutes=2)),
        ("Mon, 23 Nov 2026 08:05:00 GMT", timedelta(minutes=5)),
        ("Mon, 23 Nov 2026 07:00:00 GMT", timedelta(0)),
        ("99999999999999", timedelta(days=1)),
        ("soon", None),
        ("Mon, 23 Nov 2026 08:05:00 +9999999999999999", None),
        ("-5", None),
    ],
)
def test_a_push_service_says_how_long_to_wait(
    service: PushService, asked: str, pause: timedelta | None
) -> None:
    service.answers.append(answering(429, Retry_After=asked))
    assert sent(service.endpoint()).pause == pause


def test_pauses_grow_never_undercut_what_was_asked_and_are_not_in_step() -> None:
    dice = random.Random(1)
    grown = [pause_before(attempts, None, dice) for attempts in range(1, 12)]
    assert timedelta(seconds=30) <= grown[0] <= timedelta(seconds=45)
    assert all(pause <= LONGEST_PAUSE * 1.5 for pause in grown)
    assert grown[-1] >= LONGEST_PAUSE
    asked = [pause_before(1, timedelta(minutes=10), dice) for _ in range(50)]
    assert min(asked) >= timedelta(minutes=10)
    assert len(set(asked)) > 40


def test_a_redirect_is_not_followed(service: PushService) -> None:
    service.answers.append(answering(307, Location=service.endpoint("elsewhere")))
    assert sent(service.endpoint()).kind == "wrong"
    assert [received.path for received in service.received] == ["/push/somebody"]


def test_who_does_not_answer_is_left(service: PushService) -> None:
    async def never(_request: web.Request) -> web.Response:
        await asyncio.sleep(60)
        raise AssertionError

    service.answers.append(never)
    assert sent(service.endpoint(), within=0.3) == Outcome("later", "TimeoutError")


def test_an_answer_that_never_ends_is_cut_off(service: PushService) -> None:
    written = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal written
        answer = web.StreamResponse(status=201)
        await answer.prepare(request)
        while written < 500_000_000:
            await answer.write(b"x" * 10_000)
            written += 10_000
        return answer

    service.answers.append(endless)
    assert sent(service.endpoint()).kind == "delivered"
    assert written < 50_000_000


def test_nobody_there_is_tried_again_later() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert sent(f"http://127.0.0.1:{port}/push/1").kind == "later"


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/1",
        "https://fcm.googleapis.com:8443/1",
        "https://fcm.googleapis.com.evil.test/1",
        "https://evil.test/fcm.googleapis.com",
        "https://fcm.googleapis.com@evil.test/1",
        "https://user:password@fcm.googleapis.com/1",
        "https://push.example.test/1",  # not below itself
        "https://127.0.0.1/1",
        "https://[::1]/1",
        "https://localhost/1",
        "https://2130706433/1",
        "https://fcm.googleapis.com\\@evil.test/1",
        "https://fcm.googleapis.com\t/1",
        "https://fcm.googleapis.com:99999/1",
        "https://fcm。googleapis。com/1",
        "ftp://fcm.googleapis.com/1",
        "//fcm.googleapis.com/1",
        "https://[::1%.push.example.test]/1",  # an address, which nobody looks up
        "https://a..push.example.test/1",
        "https://.push.example.test/1",
        f"https://{'a' * 64}.push.example.test/1",
        f"https://{'a.' * 150}push.example.test/1",
        "https://127.0.0.1%23.push.example.test/1",
        "",
    ],
)
def test_only_known_hosts_are_written_to(endpoint: str) -> None:
    with pytest.raises(Forbidden):
        KNOWN.check(endpoint)
    assert sent(endpoint, destinations=KNOWN).kind == "wrong"


def test_known_hosts_and_those_below_them_are() -> None:
    for endpoint in ("https://fcm.googleapis.com/fcm/send/1", "https://eu.push.example.test:443/1"):
        KNOWN.check(endpoint)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:10.0.0.1",
        "64:ff9b::a00:1", "2002:a00:1::1", "::127.0.0.1", "64:ff9b:1::a00:1", "fec0::1", "::ffff:0:a00:1", "3fff::1",
        "no address",
    ],
)  # fmt: skip
def test_what_is_not_public(address: str) -> None:
    assert not is_public(address)


def test_what_is_public() -> None:
    assert is_public("142.250.74.10")
    assert is_public("2a00:1450:4001:80b::200a")
    assert is_public("64:ff9b::8efa:4a0a")  # the first of them, to who has IPv6 alone
    assert is_public("::ffff:142.250.74.10")


class Names(AbstractResolver):
    """A server of names that says another thing each time."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers, self.asked = list(answers), 0

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> Any:
        addresses = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        common = {"hostname": host, "port": port, "family": socket.AF_INET, "proto": 0, "flags": 0}
        return [{**common, "host": address} for address in addresses]

    async def close(self) -> None:
        pass


class Confused(Names):
    async def resolve(self, host: str, port: int = 0, family: int = 0) -> Any:
        raise UnicodeError("encoding with 'idna' codec failed")


def test_what_is_strange_about_one_address_is_an_outcome() -> None:
    """One that is raised would end the batch, and all that is under way to others with it."""
    resolver = PinnedResolver(KNOWN, Confused())
    outcome = sent("https://eu.push.example.test/1", destinations=KNOWN, resolver=resolver)
    assert outcome == Outcome("wrong", "UnicodeError")


def test_a_known_host_at_a_private_address_is_refused() -> None:
    names = Names(["10.0.0.1", "127.0.0.1"])
    outcome = sent(
        "https://eu.push.example.test/1", destinations=KNOWN, resolver=PinnedResolver(KNOWN, names)
    )
    assert outcome == Outcome("wrong", "eu.push.example.test is at no public address")


def test_of_several_addresses_only_public_ones_are_connected_to() -> None:
    names = Names(["10.0.0.1", "192.0.2.1", "142.250.74.10"])
    found = asyncio.run(PinnedResolver(KNOWN, names).resolve("eu.push.example.test", 443))
    assert [result["host"] for result in found] == ["142.250.74.10"]


def test_a_name_that_changes_its_mind_is_looked_up_and_checked_anew(service: PushService) -> None:
    """The first connection goes to a service that is permitted here; the next look-up says a private address."""

    class Changing(Destinations):
        def check(self, endpoint: str) -> None:
            pass

    destinations = Changing([], loopback=True)
    names = Names(["127.0.0.1"], ["10.0.0.1"])
    service.endpoint()
    url = f"http://changing.example.test:{service.port}/push/somebody"

    async def twice() -> list[Outcome]:
        async with open_client(destinations, PinnedResolver(destinations, names)) as client:
            service.answers += [answering(201, Connection="close"), answering(201)]
            return [await send(client, destinations, Encrypted(url, b"x", HEADERS), NOW) for _ in range(2)]

    assert [outcome.kind for outcome in asyncio.run(twice())] == ["delivered", "wrong"]
    assert (names.asked, len(service.received)) == (2, 1)
