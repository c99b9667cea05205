"""All or nothing: an import that is killed at any moment leaves what was visible before, or all of what it brings."""

from __future__ import annotations

import asyncio
import hashlib
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import orjson
import pytest

from libs.common.benchmarks.reading import BenchmarkReader
from libs.common.database.client import Database
from libs.common.database.collections import BENCHMARK_GENERATIONS
from libs.common.events.benchmarks import Clear
from services.benchmarks.dump.content import DumpedCompany, DumpedRoster
from services.benchmarks.dump.write import write_dump
from services.benchmarks.store.generations import ROW_COLLECTIONS, Generations
from tests.integration.services.benchmarks.desk import dump_of, load, stored, tiny

CHILD = Path(__file__).with_name("importing_child.py")
ROOT = Path(__file__).parents[4]
START_SECONDS = 300.0
"""A million rows are read in about ten seconds, on a machine that does nothing else."""
DAYS = 250
NEW_YEAR = date(2025, 1, 1).toordinal()


def large(rows: int, *, shift: int) -> DumpedCompany:
    """A company of so many entries, in two rosters that are of one kind only if they are of one import."""
    people = rows // (2 * DAYS)
    employee = np.repeat(np.arange(people, dtype=np.int32), DAYS)
    days = np.tile(np.arange(DAYS, dtype=np.int32), people) + NEW_YEAR
    shifts = np.full(len(days), shift, np.int32)
    names = [f"Person {index}" for index in range(people)]
    workplace = tiny(people=[*names, f"Only in import {shift}"])
    return DumpedCompany(
        workplace, tuple(DumpedRoster(name, employee, days, shifts) for name in ("GA", "SA"))
    )


async def fingerprint(database: Database) -> str:
    """Of everything that is visible, people and entries."""
    digest = hashlib.sha256()
    for company in await stored(database):
        digest.update(orjson.dumps(company.workplace))
        for roster in company.rosters:
            digest.update(roster.algorithm.encode())
            for column in (roster.employee, roster.date, roster.shift):
                digest.update(column.astype(np.int32).tobytes())
    return digest.hexdigest()


@dataclass(frozen=True)
class Import:
    """One that runs."""

    process: asyncio.subprocess.Process

    async def says(self) -> str:
        assert self.process.stdout is not None
        async with asyncio.timeout(START_SECONDS):
            return (await self.process.stdout.readline()).decode().strip()

    async def kill(self) -> None:
        self.process.kill()
        await self.process.wait()


@asynccontextmanager
async def importing(uri: str, database: Database, path: Path, *, wait_after: int) -> AsyncIterator[Import]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *(str(CHILD), uri, database.name, str(path), str(wait_after)),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield Import(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


WRITES = 7
"""Of this import: the start of three generations, shifts, employees and two rosters."""
NEVER = 0


@pytest.mark.parametrize(
    ("rows", "writes"),
    [
        (20_000, (1, 3, 5, 7)),
        pytest.param(1_000_000, range(1, WRITES + 1), marks=[pytest.mark.soak, pytest.mark.timeout(1800)]),
    ],
)
async def test_all_or_nothing(
    store: Database, mongo_uri: str, tmp_path: Path, rows: int, writes: Sequence[int]
) -> None:
    before, after = large(rows, shift=0), large(rows, shift=1)
    await load(store, dump_of(before))
    old = await fingerprint(store)
    path = write_dump(tmp_path, [after], include_schedules=True).zip

    for write in writes:
        async with importing(mongo_uri, store, path, wait_after=write) as started:
            assert await started.says() == "waiting"
            await started.kill()
        assert await fingerprint(store) == old, f"killed after write {write}"

    async with importing(mongo_uri, store, path, wait_after=NEVER) as started:
        assert await started.says() == "written"
        await started.kill()  # at the switch itself: either side of it will do, but no third
    assert await fingerprint(store) in {old, _expected(after)}

    await load(store, dump_of(before), Clear.COMPANIES)
    async with importing(mongo_uri, store, path, wait_after=NEVER) as started:
        assert await started.says() == "written"
        assert await started.says() == "switched"
    assert await fingerprint(store) == _expected(after)
    await _nothing_left(store)


def _expected(company: DumpedCompany) -> str:
    digest = hashlib.sha256(orjson.dumps(company.workplace))
    for roster in company.rosters:
        digest.update(roster.algorithm.encode())
        for column in (roster.employee, roster.date, roster.shift):
            digest.update(column.tobytes())
    return digest.hexdigest()


async def _nothing_left(database: Database) -> None:
    """After a sweep every row belongs to a generation that a company names."""
    long_ago = {"$set": {"since": datetime.fromtimestamp(0, UTC)}}
    await database[BENCHMARK_GENERATIONS].update_many({"state": {"$ne": "live"}}, long_ago)
    await Generations(database).sweep(abandoned_after=timedelta(0))
    named = {
        name for company in await BenchmarkReader(database).companies() for name in company.generations()
    }
    for collection in ROW_COLLECTIONS:
        assert set(await database[collection].distinct("generation")) <= named
    assert await database[BENCHMARK_GENERATIONS].count_documents({}) == len(named)
