"""Where webhooks may lead: to public addresses only, whatever a name resolves to at that moment.

A user could otherwise make the gateway call what only it can reach: this machine, its neighbours, a cloud's metadata
(OWASP, Server-Side Request Forgery). The check stands in the resolver, whose answer the connection is made to, so a
name cannot resolve to one address for the check and to another one for the call.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from libs.common.errors import InvalidInput, Problem

SCHEMES: Final = ("http", "https")
NOT_PUBLIC: Final = tuple(
    ip_network(text)
    for text in (
        "192.0.0.0/24",  # IETF protocol assignments
        "192.88.99.0/24",  # 6to4 relays
        "64:ff9b::/96",  # NAT64: leads to any IPv4 address
        "64:ff9b:1::/48",
        "2002::/16",  # 6to4, likewise
        "fec0::/10",  # site-local of old
    )
)
"""What `is_global` says yes to, though it may end in a private network."""


class TargetRefused(InvalidInput):
    """Webhooks may not lead there."""

    code = "webhook-target-refused"


class AddressRefused(OSError):
    """The name of a webhook's endpoint leads to an address that is not public."""


def is_public(text: str) -> bool:
    """Whether an address belongs to the public internet."""
    address: IPv4Address | IPv6Address = ip_address(text)
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if not address.is_global or address.is_multicast:
        return False
    return not any(address.version == network.version and address in network for network in NOT_PUBLIC)


def check_target(text: str, *, private_allowed: bool) -> str:
    """The address as it is called. A name is looked up only when it is. Raises: TargetRefused."""
    try:
        url = URL(text)
        complaint = _complaint(url, private_allowed=private_allowed)
    except ValueError:
        complaint = "This is no address."
    if complaint is None:
        return str(url)
    problem = Problem(
        category="request",
        code="webhook-target-refused",
        path="url",
        message=complaint,
        remedy="Give an http(s) address on the public internet.",
    )
    raise TargetRefused(complaint, problems=[problem])


def _complaint(url: URL, *, private_allowed: bool) -> str | None:
    if url.scheme not in SCHEMES or not url.host:
        return "Only http and https addresses can be called."
    if url.user is not None or url.password is not None:
        return "The address must not hold a user or a password."
    if url.fragment:
        return "A fragment is never sent."
    if private_allowed:
        return None
    if url.host == "localhost" or url.host.endswith(".localhost"):
        return "This address leads to the platform itself."
    return None if _may_be_called(url.host) else "This address is not on the public internet."


def _may_be_called(host: str) -> bool:
    try:
        return is_public(host)
    except ValueError:  # a name
        return True


class PublicResolver(AbstractResolver):
    """Knows only names of which every address is public."""

    def __init__(self) -> None:
        self._resolver = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Raises: AddressRefused, OSError for an unknown name."""
        found = await self._resolver.resolve(host, port, family)
        if not all(is_public(each["host"].partition("%")[0]) for each in found):
            raise AddressRefused(f"{host} leads to an address that is not public")
        return found

    async def close(self) -> None:
        await self._resolver.close()
