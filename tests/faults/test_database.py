"""MongoDB loses its primary, or all of itself: jobs go on with the next one, and nobody is answered 500 meanwhile."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.faults.conftest import Broken
from tests.faults.outage import lossless
from tests.servers.binaries import wait_until

pytestmark = [pytest.mark.soak, pytest.mark.xdist_group("faults"), pytest.mark.timeout(1_500)]


async def until_primary(platform: Broken) -> None:
    await asyncio.to_thread(
        wait_until, platform.database.has_primary, seconds=240, what="another member is the primary"
    )


async def test_the_primary_steps_down(platform: Broken, tmp_path: Path) -> None:
    async with lossless(platform.cluster, tmp_path) as outage:
        before = platform.database.primary()
        platform.database.step_down()
        await outage.burst()
        await until_primary(platform)
        assert platform.database.primary() != before


async def test_the_primary_is_killed(platform: Broken, tmp_path: Path) -> None:
    async with lossless(platform.cluster, tmp_path) as outage:
        before = platform.database.primary()
        platform.database.kill(before)
        await outage.burst()
        await until_primary(platform)
        platform.database.launch(before)


async def test_all_members_are_killed(platform: Broken, tmp_path: Path) -> None:
    """Work is refused, with the advice to come again, until they are back."""
    async with lossless(platform.cluster, tmp_path) as outage:
        platform.database.kill_all()
        await outage.until_readyz(503)
        refused = await outage.http.get("/api/package-docker/click")
        assert refused.status_code == 503
        assert refused.headers["Retry-After"]
        asking = asyncio.create_task(outage.burst())
        platform.database.launch_all()
        await until_primary(platform)
        await asking


async def test_a_primary_that_comes_and_goes(platform: Broken, tmp_path: Path) -> None:
    async with lossless(platform.cluster, tmp_path) as outage:
        for _ in range(4):
            before = platform.database.primary()
            asking = asyncio.create_task(outage.burst())
            platform.database.kill(before)
            await until_primary(platform)
            platform.database.launch(before)
            await asking
