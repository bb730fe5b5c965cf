"""Which addresses we write to. Phones say where their push service listens, and anybody can say anything:

https only, to hosts that are known to be push services, at addresses that are public when the connection is made.
"""

import ipaddress
import re
import socket
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

HTTPS_PORT: Final = 443
NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
IN_USE: Final = ipaddress.ip_network(
    "2000::/3"
)  # of IPv6: all else is local to some network or other, or nobody's
ONLY_IN_BOOKS: Final = ipaddress.ip_network("3fff::/20")
# As names are looked up. Brackets hold an address, and what stands behind the % in one may look like any name.
NAME: Final = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
LONGEST_NAME: Final = 253
NO_SIGN_OF_AN_ADDRESS: Final = re.compile(r"[^!-~]|\\")


class Forbidden(Exception):  # noqa: N818
    """We do not write there."""


class Destinations:
    """`hosts`: a name, or `.name` for all below it. `loopback`: tests run a push service of their own here."""

    def __init__(self, hosts: list[str], *, loopback: bool = False) -> None:
        self.hosts, self.loopback = [host.lower() for host in hosts], loopback

    def check(self, endpoint: str) -> None:
        """Raises Forbidden. What the name stands for is checked when it is looked up."""
        try:
            parts = urlsplit(endpoint)
            host, port = (parts.hostname or "").rstrip("."), parts.port
        except ValueError:
            raise Forbidden("no address") from None
        if NO_SIGN_OF_AN_ADDRESS.search(endpoint):
            raise Forbidden("no address")
        if self.loopback and _is_loopback(host):
            return
        if parts.scheme != "https" or port not in (None, HTTPS_PORT):
            raise Forbidden("not https")
        if parts.username is not None or parts.password is not None:
            raise Forbidden("with a password")
        if not NAME.fullmatch(host) or len(host) > LONGEST_NAME:
            raise Forbidden("no name")
        if not self._is_known(host):
            raise Forbidden(f"{host} is not in LEGWORK_PUSH_HOSTS")

    def _is_known(self, host: str) -> bool:
        return any(host.endswith(known) if known.startswith(".") else host == known for known in self.hosts)

    def permits(self, address: str) -> bool:
        """Of an IP address."""
        return is_public(address) or (self.loopback and _is_loopback(address))


class PinnedResolver(AbstractResolver):
    """Looks a name up and gives on only what is public. The connection goes to what was looked at here."""

    def __init__(self, destinations: Destinations, looks_up: AbstractResolver | None = None) -> None:
        self._destinations, self._looks_up = destinations, looks_up or ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._looks_up.resolve(host, port, family)
        allowed = [result for result in found if self._destinations.permits(result["host"])]
        if not allowed:
            raise Forbidden(f"{host} is at no public address")
        return allowed

    async def close(self) -> None:
        await self._looks_up.close()


def is_public(address: str) -> bool:
    """Of an IP address, and of the IPv4 one that may hide within."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if not ip.is_global or ip.is_multicast:
        return False
    if isinstance(ip, ipaddress.IPv4Address):
        return True
    is_in_use = (ip in IN_USE and ip not in ONLY_IN_BOOKS) or ip in NAT64 or ip.ipv4_mapped is not None
    return is_in_use and all(is_public(str(inner)) for inner in _within(ip))


def _within(ip: ipaddress.IPv6Address) -> list[ipaddress.IPv4Address]:
    translated = [ipaddress.IPv4Address(ip.packed[-4:])] if ip in NAT64 else []
    known = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
    return translated + [address for address in known if address is not None]


@lru_cache
def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
