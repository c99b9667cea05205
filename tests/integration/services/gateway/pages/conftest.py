from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from libs.common.database.client import Database
from libs.common.jobs.model import Role
from libs.common.limits import Limits
from libs.common.tokens import TokenStore
from tests.conftest import MakeSettings
from tests.integration.services.gateway.house import Gateway, open_house, serve
from tests.servers.binaries import free_port

from .browser import Browser


@pytest.fixture
async def gateway(make_settings: MakeSettings, limits: Limits, database: Database) -> AsyncIterator[Gateway]:
    """Trusts nobody without a token or a session."""
    settings = make_settings(port=free_port(), trust_loopback=False)
    async with open_house(settings, limits, database) as parts, serve(parts) as gateway:
        await gateway.register("click", name="Click counter", description="counts")
        yield gateway


@pytest.fixture
async def browser(gateway: Gateway) -> AsyncIterator[Browser]:
    """Of a developer, who has signed in."""
    issued = await TokenStore(gateway.parts.database).create(
        email="dev@example.org", role=Role.DEVELOPER, name="test"
    )
    jar = aiohttp.CookieJar(unsafe=True)  # it would keep no cookies of an IP address otherwise
    async with aiohttp.ClientSession(base_url=gateway.base_url, cookie_jar=jar) as http:
        browser = Browser(http, issued)
        assert (await browser.sign_in(issued.secret)).status == 303
        yield browser
