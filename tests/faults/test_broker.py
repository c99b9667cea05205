"""RabbitMQ is killed, alarmed, cut off or silent: work goes on, nothing is lost, and `/readyz` tells."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from libs.common.jobs.model import ENDED
from tests.faults.audit import jobs_of
from tests.faults.conftest import Broken
from tests.faults.outage import lossless
from tests.servers.rabbitmq import start_again

pytestmark = [pytest.mark.soak, pytest.mark.xdist_group("faults"), pytest.mark.timeout(1_500)]

ALARMS = {
    "memory": (("set_vm_memory_high_watermark", "absolute", "1MB"), ("set_vm_memory_high_watermark", "0.6")),
    "disk": (("set_disk_free_limit", "900000GB"), ("set_disk_free_limit", "50MB")),
}
"""What raises the alarm, and what ends it."""


async def test_killed_and_started_again(platform: Broken, tmp_path: Path) -> None:
    async with lossless(platform.cluster, tmp_path) as outage:
        platform.broker.kill()
        await outage.until_readyz(503)
        await outage.burst()
        await start_again(platform.broker)


@pytest.mark.parametrize("alarm", ALARMS)
async def test_an_alarm_stops_events_but_no_work(platform: Broken, tmp_path: Path, alarm: str) -> None:
    raised, ended = ALARMS[alarm]
    async with lossless(platform.cluster, tmp_path) as outage:
        await asyncio.to_thread(platform.broker.ctl, *raised)
        try:
            accepted = await outage.burst()
            await outage.until_readyz(503)
            await until_ended(platform, accepted)
        finally:
            await asyncio.to_thread(platform.broker.ctl, *ended)


async def test_all_connections_closed(platform: Broken, tmp_path: Path) -> None:
    async with lossless(platform.cluster, tmp_path) as outage:
        for _ in range(3):
            await asyncio.to_thread(platform.broker.ctl, "close_all_connections", "for a test")
            await outage.burst()


@pytest.mark.parametrize("fault", ["cut", "silence"])
async def test_the_network_fails(platform: Broken, tmp_path: Path, fault: str) -> None:
    """Of a silent one nobody is told that the connection is gone; our own deadlines notice."""
    async with lossless(platform.cluster, tmp_path) as outage:
        getattr(platform.broker_wire, fault)()
        try:
            await outage.until_readyz(503)
            await until_ended(platform, await outage.burst())
        finally:
            platform.broker_wire.mend()


async def until_ended(platform: Broken, job_ids: set[str], *, seconds: float = 240) -> None:
    """By their documents, as nobody can be told. Raises: TimeoutError."""
    database = platform.cluster.database()
    try:
        async with asyncio.timeout(seconds):
            while not all(job.state in ENDED for job in (await jobs_of(database, job_ids)).values()):
                await asyncio.sleep(0.5)
    finally:
        database.client.close()
