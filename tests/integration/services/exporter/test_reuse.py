"""The same content is built and stored once, whoever asks and however many at a time."""

from __future__ import annotations

import asyncio

from libs.common.events.exports import ExportKind
from libs.common.parts import Parts
from services.exporter.export import Exporter
from tests.integration.services.exporter.conftest import Export, Register, make_run


async def stored(parts: Parts) -> list[str]:
    return [blob.key async for blob in parts.blobs.list("exports/")]


async def test_unchanged_data_are_reused(register: Register, export: Export, parts: Parts) -> None:
    await register("click")
    await parts.database["click_clicks"].insert_one({"n": 1})
    first, second = await export("click"), await export("click")
    assert (first.completed.reused, second.completed.reused) == (False, True)
    assert second.completed.export_id == first.completed.export_id
    assert second.content == first.content
    assert len(await stored(parts)) == 1
    assert await parts.database["export_logs"].count_documents({}) == 1


async def test_changed_data_are_exported_anew(register: Register, export: Export, parts: Parts) -> None:
    await register("click")
    await parts.database["click_clicks"].insert_one({"_id": 1, "n": 1})
    first = await export("click")
    await parts.database["click_clicks"].update_one({"_id": 1}, {"$set": {"n": 1.0}})
    second = await export("click")
    assert not second.completed.reused
    assert second.completed.checksum != first.completed.checksum


async def test_kinds_are_apart(register: Register, export: Export) -> None:
    await register("click")
    made = [await export("click", kind) for kind in ExportKind]
    assert len({each.completed.content_digest for each in made}) == 3
    assert not any(each.completed.reused for each in made)


async def test_equal_code_of_two_slugs_is_apart(register: Register, export: Export) -> None:
    await register("click", {"templates/index.html": b"plain"})
    await register("clack", {"templates/index.html": b"plain"})
    one, other = (
        await export("click", ExportKind.UPLOAD_READY),
        await export("clack", ExportKind.UPLOAD_READY),
    )
    assert not other.completed.reused
    assert one.completed.export_id != other.completed.export_id


async def test_a_lost_object_is_healed(register: Register, export: Export, parts: Parts) -> None:
    await register("click")
    first = await export("click")
    await parts.blobs.delete(f"exports/{first.completed.filename}")
    second = await export("click")
    assert second.completed.reused
    assert second.completed.export_id == first.completed.export_id
    assert second.content == first.content
    assert await parts.database["export_logs"].count_documents({}) == 1


async def test_equal_exports_at_once_build_once(register: Register, parts: Parts) -> None:
    await register("click")
    await parts.database["click_clicks"].insert_many([{"n": n} for n in range(500)])
    replicas = [Exporter(parts), Exporter(parts)]  # each with claims of its own, as in two processes
    made = await asyncio.gather(
        *(
            exporter.export("click", ExportKind.STANDALONE, make_run(parts))
            for exporter in replicas
            for _ in range(4)
        )
    )
    assert sorted(each.reused for each in made) == [False] + [True] * 7
    assert len({each.export_id for each in made}) == 1
    assert len(await stored(parts)) == 1
    assert await parts.database["export_logs"].count_documents({}) == 1
    assert await parts.database["export_claims"].count_documents({}) == 0


async def test_equal_bytes_of_another_digest_keep_one_object(
    register: Register, export: Export, parts: Parts
) -> None:
    await register("click")
    first = await export("click")
    # As after a new version of the generator that writes the same.
    await parts.database["export_logs"].update_one({}, {"$set": {"content_digest": "of an older version"}})
    second, third = await export("click"), await export("click")
    assert second.completed.reused
    assert third.completed.reused
    assert second.completed.export_id == first.completed.export_id
    assert await stored(parts) == [f"exports/{first.completed.filename}"]
    assert await parts.database["export_logs"].count_documents({}) == 1
