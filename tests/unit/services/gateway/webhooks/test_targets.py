from __future__ import annotations

import socket

import pytest
from aiohttp.abc import ResolveResult

from services.gateway.webhooks.targets import (
    AddressRefused,
    PublicResolver,
    TargetRefused,
    check_target,
    is_public,
)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.9.10",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "198.18.0.1",
        "192.0.0.170",
        "192.88.99.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fc00::1",
        "fec0::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001::1",
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "no address",
        "//example.org/x",
        "ftp://example.org/",
        "file:///etc/passwd",
        "http://",
        "http://user:secret@example.org/",
        "http://user@example.org/",
        "https://example.org/#part",
        "http://example.org:99999/",
        "http://localhost/",
        "http://x.localhost:8080/",
        "http://127.0.0.1:8080/",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://169.254.169.254/latest/meta-data/",
    ],
)
def test_where_webhooks_may_not_lead(url: str) -> None:
    with pytest.raises(TargetRefused) as refused:
        check_target(url, private_allowed=False)
    assert refused.value.problems[0].path == "url"


@pytest.mark.parametrize("url", ["https://example.org/hook?key=1", "http://8.8.8.8:81/"])
def test_where_they_may(url: str) -> None:
    assert check_target(url, private_allowed=False) == url


def test_an_operator_may_allow_private_targets_but_nothing_else() -> None:
    assert check_target("http://127.0.0.1:1/", private_allowed=True) == "http://127.0.0.1:1/"
    with pytest.raises(TargetRefused):
        check_target("file:///etc/passwd", private_allowed=True)


class Names:
    """A resolver of one name, which leads to these addresses."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses

    async def resolve(self, host: str, port: int, family: socket.AddressFamily) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=each, port=port, family=family, proto=0, flags=0)
            for each in self._addresses
        ]


@pytest.mark.parametrize("addresses", [("127.0.0.1",), ("8.8.8.8", "10.0.0.1"), ("fe80::1%eth0",)])
async def test_a_name_that_leads_to_a_private_address(
    monkeypatch: pytest.MonkeyPatch, addresses: tuple[str, ...]
) -> None:
    resolver = PublicResolver()
    monkeypatch.setattr(resolver, "_resolver", Names(*addresses))
    with pytest.raises(AddressRefused):
        await resolver.resolve("innocent.example.org", 80)


async def test_a_name_that_leads_to_public_addresses_only(monkeypatch: pytest.MonkeyPatch) -> None:
    resolver = PublicResolver()
    monkeypatch.setattr(resolver, "_resolver", Names("8.8.8.8", "2606:4700::1111"))
    assert [each["host"] for each in await resolver.resolve("example.org", 80)] == [
        "8.8.8.8",
        "2606:4700::1111",
    ]


async def test_this_machine_by_name_is_refused() -> None:
    resolver = PublicResolver()
    with pytest.raises(AddressRefused):
        await resolver.resolve("localhost", 80)
    await resolver.close()
