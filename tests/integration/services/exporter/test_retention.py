"""What a sweep removed is built again, under the same row, when somebody asks for it."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

from libs.common.database.collections import EXPORT_LOGS
from libs.common.parts import Parts
from libs.common.retention.exports import OldExports
from libs.common.retention.sweep import Swept, sweep
from tests.integration.services.exporter.conftest import Export, Register


async def test_an_old_export_goes_and_comes_back(register: Register, export: Export, parts: Parts) -> None:
    await register("click")
    await parts.database["click_clicks"].insert_one({"n": 1})
    first = await export("click")
    (stored,) = [blob.key async for blob in parts.blobs.list("exports/")]
    then = (datetime.now(UTC) - timedelta(days=31)).timestamp()
    os.utime(parts.settings.exports_dir / stored, (then, then))

    assert await sweep([OldExports(parts)]) == [Swept("exports", 1)]
    assert [blob async for blob in parts.blobs.list("exports/")] == []

    again = await export("click")
    assert (again.content, again.completed.export_id) == (first.content, first.completed.export_id)
    row = await parts.database[EXPORT_LOGS].find_one({})
    assert row is not None
    assert row["file_size"] == len(first.content)
    assert await sweep([OldExports(parts)]) == [Swept("exports", 0)]
