"""Export → import with_data=replace → export gives the same bytes, whatever the documents hold."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.services.importer.bench import Bench
from tests.integration.services.importer.exporting import data_files, standalone
from tests.integration.services.importer.samples import asides
from tests.integration.services.importer.uploads import experiment
from tests.unit.services.exporter.bson_documents import values

ROWS = st.dictionaries(st.sampled_from(["a", "b", "$c", "d.e", ""]), values, max_size=4)


@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.lists(ROWS, max_size=12), min_size=1, max_size=3))
async def test_the_same_bytes(bench: Bench, collections: list[list[dict[str, Any]]]) -> None:
    database = bench.parts.database
    for name in await database.list_collection_names(filter={"name": {"$regex": "^(click|_kept)"}}):
        await database.drop_collection(name)
    for number, rows in enumerate(collections):
        name = f"click_{number}"
        await database.create_collection(name)
        # The server sets empty timestamps at a document's top level itself, and refuses dates that it cannot keep.
        if rows:
            await database[name].insert_many([{"_id": at, "v": row} for at, row in enumerate(rows)])
    with tempfile.TemporaryDirectory() as folder:
        before = await data_files(database, "click", Path(folder))
        await database["click_0"].delete_many({})
        await database["click_0"].insert_one({"_id": 0, "v": "of the time between"})

        job = await bench.run(standalone(experiment(), before), with_data="replace")

        assert job.error is None, job.error.problems
        assert await data_files(database, "click", Path(folder)) == before
    assert not [name for name in await asides(database) if name.startswith("_staged")]
