"""How much one caller may have waiting."""

from __future__ import annotations

import pytest

from libs.common.jobs.model import Role
from libs.common.limits import Limits

from .house import Gateway

PATH = "/api/package-standalone/click"
WAITING = 2


@pytest.fixture
def limits() -> Limits:
    return Limits(waiting_jobs_limit=WAITING)


async def test_nobody_buries_the_others_work(gateway: Gateway) -> None:
    async def ask(role: Role) -> tuple[int, str, str]:
        headers = await gateway.token(role) | {"Prefer": "respond-async"}
        async with gateway.http.get(PATH, headers=headers) as response:
            return response.status, response.headers.get("Retry-After", ""), await response.text()

    assert [(await ask(Role.VIEWER))[0] for _ in range(WAITING)] == [202] * WAITING
    status, retry_after, body = await ask(Role.VIEWER)
    assert status == 429
    assert int(retry_after) > 0
    assert "2 jobs of yours wait for `export.request`" in body
    assert (await ask(Role.DEVELOPER))[0] == 202
