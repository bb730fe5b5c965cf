"""Which addresses the server sends push messages to. A phone reports the address of its push service, and somebody
could report any other address, such as one inside the company's network. So: https only, only to hosts that are known
as push services, and only if their IP address is public at the moment of the connection.
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
GLOBAL_UNICAST: Final = ipaddress.ip_network("2000::/3")  # the only part of IPv6 with public addresses
DOCUMENTATION: Final = ipaddress.ip_network("3fff::/20")  # which Python's is_global does not know yet
# A host name, and no IPv6 address in brackets, whose zone (after the %) may look like any name.
NAME: Final = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
LONGEST_NAME: Final = 253
NOT_IN_URLS: Final = re.compile(r"[^!-~]|\\")


class Forbidden(Exception):  # noqa: N818
    """The server does not send push messages to this address."""


class Destinations:
    """`hosts`: a host name, or `.name` for all names that end so. `loopback`:
    allows this machine, where tests run a push service."""

    def __init__(self, hosts: list[str], *, loopback: bool = False) -> None:
        self.hosts, self.loopback = [host.lower() for host in hosts], loopback

    def check(self, endpoint: str) -> None:
        """Raises Forbidden. Which IP address the name has is checked later, when PinnedResolver looks it up."""
        try:
            parts = urlsplit(endpoint)
            host, port = (parts.hostname or "").rstrip("."), parts.port
        except ValueError:
            raise Forbidden("no address") from None
        if NOT_IN_URLS.search(endpoint):
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
        """Whether an IP address may be connected to."""
        return is_public(address) or (self.loopback and _is_loopback(address))


class PinnedResolver(AbstractResolver):
    """Looks names up and passes on only public addresses. aiohttp connects to what this returns, so a name cannot have
    another address between the check and the connection."""

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
    """Whether an IP address is public, and the IPv4 addresses that an IPv6 one may contain as well."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if not ip.is_global or ip.is_multicast:
        return False
    if isinstance(ip, ipaddress.IPv4Address):
        return True
    is_global = (
        (ip in GLOBAL_UNICAST and ip not in DOCUMENTATION) or ip in NAT64 or ip.ipv4_mapped is not None
    )
    return is_global and all(is_public(str(inner)) for inner in _contained(ip))


def _contained(ip: ipaddress.IPv6Address) -> list[ipaddress.IPv4Address]:
    translated = [ipaddress.IPv4Address(ip.packed[-4:])] if ip in NAT64 else []
    known = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
    return translated + [address for address in known if address is not None]


@lru_cache
def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
