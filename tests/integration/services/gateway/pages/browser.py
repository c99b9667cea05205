"""What a browser sends, without one."""

from __future__ import annotations

import re
from dataclasses import dataclass

import aiohttp

from libs.common.tokens import Issued

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@dataclass
class Browser:
    """With a cookie jar of its own; `issued` is the token that it signed in with."""

    http: aiohttp.ClientSession
    issued: Issued

    async def sign_in(self, token: str, **headers: str) -> aiohttp.ClientResponse:
        return await self.http.post(
            "/login", data={"token": token, "next": "/jobs"}, headers=HTML | headers, allow_redirects=False
        )

    async def show(self, address: str) -> str:
        async with self.http.get(address, headers=HTML) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.text()

    async def csrf_token(self) -> str:
        found = re.search(r'name="csrf-token" content="([0-9a-f]+)"', await self.show("/"))
        assert found is not None
        return found[1]
