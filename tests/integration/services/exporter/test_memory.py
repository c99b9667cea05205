"""Memory does not grow with the data: measured in the service's process, with data far beyond the spool's memory."""

from __future__ import annotations

import gc
import os
import random
import threading
from dataclasses import replace

import psutil
import pytest

from libs.common.events.exports import ExportKind
from libs.common.parts import Parts
from services.exporter.export import Exporter
from tests.integration.services.exporter.conftest import Register, make_run

DOCUMENTS = 3_000
DOCUMENT_BYTES = 40_000
GROWTH_LIMIT = 60 * 2**20
"""Half of the data, which would be there several times over if anything held all of it; batches are 16 MiB."""


class Peak:
    """The largest resident size of this process while entered."""

    def __enter__(self) -> Peak:
        self._process = psutil.Process(os.getpid())
        self.start = self.most = self._process.memory_info().rss
        self._end = threading.Event()
        self._watch = threading.Thread(target=self._look)
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._watch.join()

    def _look(self) -> None:
        while not self._end.wait(0.01):
            self.most = max(self.most, self._process.memory_info().rss)


@pytest.mark.timeout(300)
async def test_a_large_collection_is_never_held_whole(register: Register, parts: Parts) -> None:
    await register("click")
    noise = random.Random(7)
    for start in range(0, DOCUMENTS, 100):
        texts = (noise.randbytes(DOCUMENT_BYTES // 2).hex() for _ in range(100))
        await parts.database["click_rows"].insert_many(
            [{"_id": start + at, "text": text} for at, text in enumerate(texts)]
        )
    limits = parts.limits.model_copy(update={"spool_memory_limit": 2**20})
    exporter = Exporter(replace(parts, limits=limits))
    gc.collect()
    with Peak() as peak:
        completed = await exporter.export("click", ExportKind.STANDALONE, make_run(parts))
    assert completed.file_size is not None
    assert completed.file_size > DOCUMENTS * DOCUMENT_BYTES / 2
    assert peak.most - peak.start < GROWTH_LIMIT
