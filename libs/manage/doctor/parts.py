"""The parts that services run on, each looked at for itself: one that is down hides no other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from pymongo.errors import PyMongoError

from libs.common.blobs import BlobStore
from libs.common.blobs.factory import open_blobs
from libs.common.bus.factory import open_bus
from libs.common.database.client import Database, check
from libs.common.errors import EntrepotError
from libs.common.events.envelope import new_id
from libs.common.settings import Settings
from libs.manage.doctor.finding import Finding, failed, ok, warning

SKEW_SECONDS: Final = 5.0
"""Leases last 10 s and more; signed requests to a storage are refused after minutes."""
REACH_SECONDS: Final = 10.0
PROBE: Final = b"entrepot doctor"


async def examine_database(database: Database) -> AsyncIterator[Finding]:
    try:
        await check(database)
        hello = await database.command("hello")
        version = (await database.command("buildInfo"))["version"]
    except (EntrepotError, PyMongoError) as error:
        yield failed(
            "database", str(error), "Check MONGO_URI, and that mongod runs and can be reached from here."
        )
        return
    if "setName" not in hello:
        yield failed(
            "database",
            f"MongoDB {version} runs alone; transactions and change streams need a replica set.",
            "Start mongod with --replSet rs0 and run rs.initiate() once; a set of one will do.",
        )
        return
    yield ok("database", f"MongoDB {version}, replica set {hello['setName']}")
    yield _skew("database", hello["localTime"].replace(tzinfo=UTC))


async def examine_bus(settings: Settings, database: Database) -> AsyncIterator[Finding]:
    try:
        async with asyncio.timeout(REACH_SECONDS):
            bus = await open_bus(settings, database, service="doctor")
    except (EntrepotError, TimeoutError) as error:
        yield failed(
            "bus", str(error) or "No answer.", "Check AMQP_URL, and that the broker runs and admits its user."
        )
        return
    try:
        dead = await bus.dead_letters()
    finally:
        await bus.close()
    kind = "RabbitMQ" if settings.amqp_url else "embedded"
    if dead:
        yield warning(
            "bus",
            f"{kind}; {len(dead)} dead letters",
            "Read them with `manage.py dead-letters list`; retry or drop.",
        )
    else:
        yield ok("bus", f"{kind}; no dead letters")


async def examine_storage(settings: Settings, database: Database) -> AsyncIterator[Finding]:
    """Writes, reads and deletes one small object."""
    try:
        async with asyncio.timeout(REACH_SECONDS):
            blobs = await open_blobs(settings, database)
    except (EntrepotError, TimeoutError) as error:
        yield _storage_failed(error)
        return
    try:
        async with asyncio.timeout(REACH_SECONDS):
            modified = await _probe(blobs)
    except (EntrepotError, TimeoutError, OSError) as error:
        yield _storage_failed(error)
    else:
        place = f"bucket {settings.b2_bucket_name}" if settings.uses_b2 else str(settings.exports_dir)
        yield ok("storage", f"{place}: written, read and deleted")
        yield _skew("storage", modified)
    finally:
        await blobs.close()


async def _probe(blobs: BlobStore) -> datetime:
    key = f"doctor/{new_id()}"

    async def content() -> AsyncIterator[bytes]:
        yield PROBE

    await blobs.put(key, content())
    try:
        stored = await blobs.head(key)
        async with blobs.open(key) as chunks:
            read = b"".join([chunk async for chunk in chunks])
    finally:
        with suppress(EntrepotError):
            await blobs.delete(key)
    if stored is None or read != PROBE:
        raise OSError("What was written is not what is read back.")
    return stored.modified


def _storage_failed(error: Exception) -> Finding:
    return failed(
        "storage",
        str(error) or "No answer.",
        "Check B2_ENDPOINT_URL, the bucket and its keys; a key needs to list, read, write and delete.",
    )


def _skew(part: str, theirs: datetime) -> Finding:
    apart = abs((datetime.now(UTC) - theirs).total_seconds())
    if apart <= SKEW_SECONDS:
        return ok("clock", f"agrees with the {part}'s")
    return warning(
        "clock",
        f"{apart:.0f} s apart from the {part}'s; leases and signatures count on clocks that agree.",
        "Run a time service (chrony, systemd-timesyncd) on every machine.",
    )
