"""The only address that a caller can make the gateway call is a webhook's: never one inside, however it is spelled."""

from __future__ import annotations

import socket

import pytest
from yarl import URL

from libs.common.jobs.model import Role
from services.gateway.webhooks.targets import AddressRefused, PublicResolver, TargetRefused, check_target
from tests.integration.services.gateway.house import Gateway

SPELLINGS = (
    "http://127.0.0.1/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.0.0.1/",
    "http://0177.0.0.1/",
    "http://017700000001/",
    "http://127.0.0.1./",
    "http://localhost/",
    "http://LOCALHOST./",
    "http://0/",
    "http://0.0.0.0:8080/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[fe80::1]/",
    "http://[fd00:ec2::254]/",
    "http://169.254.169.254/latest/meta-data/",
    "http://①②⑦.⓪.⓪.①/",
    "http://127。0。0。1/",
    "http://10.0.0.1/",
    "http://user@127.0.0.1/",
    "http://example.org@127.0.0.1/",
    "http://127.0.0.1#@example.org/",
    "http://example.org\\@127.0.0.1/",
)
NO_HTTP = (
    "file:///etc/passwd",
    "gopher://x/",
    "ftp://x/",
    "//x/",
    "javascript:alert(1)",
    "http:",
    "http://",
    "",
    " ",
)


async def is_refused(text: str) -> bool:
    """When it is given, or when it is called: a name is looked up only then."""
    try:
        url = URL(check_target(text, private_allowed=False))
    except TargetRefused:
        return True
    try:
        await PublicResolver().resolve(url.host or "", url.port or 80, socket.AF_UNSPEC)
    except OSError as error:
        return isinstance(error, AddressRefused | socket.gaierror) or "resolve" in str(error).lower()
    return False


@pytest.mark.parametrize("text", SPELLINGS)
async def test_no_spelling_leads_inside(text: str) -> None:
    assert await is_refused(text)


@pytest.mark.parametrize("text", NO_HTTP)
def test_what_is_not_http(text: str) -> None:
    with pytest.raises(TargetRefused):
        check_target(text, private_allowed=False)


async def test_over_http_it_is_told_at_once(gateway: Gateway) -> None:
    headers = await gateway.token(Role.DEVELOPER)
    for url in ("http://127.0.0.1:27017/", "http://[::1]/", "http://169.254.169.254/", "file:///etc/passwd"):
        async with gateway.http.post("/api/webhooks", json={"url": url}, headers=headers) as response:
            assert response.status == 422, url
    async with gateway.http.get("/api/webhooks", headers=headers) as response:
        assert (await response.json())["webhooks"] == []
