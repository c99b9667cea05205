"""A dump for download: its ZIP in storage."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from libs.common.errors import EntrepotError
from libs.common.events.benchmarks import BenchmarkDumpCompleted, BenchmarkDumpRequest
from libs.common.events.envelope import new_id
from libs.common.parts import Parts
from libs.common.threads import in_thread, iterate
from services.benchmarks.dump.content import ZIP_NAME
from services.benchmarks.dumps.dumping import DumpOptions, dump_into

DUMPS: Final = "benchmark_dumps/"
CHUNK: Final = 2**18


async def store_dump(command: BenchmarkDumpRequest, parts: Parts, *, job_id: str) -> BenchmarkDumpCompleted:
    """Raises: CompanyNotFound, Unavailable."""
    options = DumpOptions(command.company, command.include_schedules, command.data_only)
    folder = await in_thread(tempfile.TemporaryDirectory, prefix="benchmark-dump-")
    try:
        dumped = await dump_into(Path(folder.name), parts.database, options)
        key = f"{DUMPS}{new_id()}.zip"
        with await in_thread(dumped.files.zip.open, "rb") as file:
            blob = await parts.blobs.put(key, iterate(iter(lambda: file.read(CHUNK), b"")))
    finally:
        await in_thread(folder.cleanup)
    if blob.sha256 is None:
        raise EntrepotError("The storage did not tell the checksum of what it stored.")
    return BenchmarkDumpCompleted(
        dump_key=key,
        filename=ZIP_NAME,
        download_url=f"{parts.settings.base_url}/api/benchmark-dumps/{job_id}/download",
        checksum=blob.sha256,
        file_size=blob.size,
        rows=dumped.files.rows,
        companies=dumped.companies,
        created_at=datetime.now(UTC),
        message=f"The dump has {dumped.files.rows:,} rows of {len(dumped.companies)} companies.",
    )
