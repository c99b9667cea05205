"""A benchmarks service on a real database, small companies, and what tests ask of it."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Any

import numpy as np

from libs.common.benchmarks.reading import BenchmarkReader
from libs.common.database.client import Database
from libs.common.events.benchmarks import BenchmarkImportCompleted, Clear
from libs.common.events.envelope import new_id
from libs.common.jobs.model import Job, NewJob, Requester, Role
from libs.common.jobs.outbox import Outbox
from libs.common.parts import Parts
from services.benchmarks.context import Benchmarks
from services.benchmarks.dump.content import DumpedCompany, DumpedRoster
from services.benchmarks.dump.read import Dump
from services.benchmarks.dump.write import write_dump
from services.benchmarks.dumps.collect import collect_companies
from services.benchmarks.imports.importing import import_dump
from services.benchmarks.imports.writing import silently
from services.benchmarks.problem.workplace import Company, Employee, Shift, Workplace
from services.benchmarks.results.document import ResultsDocument
from services.benchmarks.store.switch import apply

DEADLINE = 150.0
"""Solvers take seconds to load on a machine of their own, and much longer beside other suites."""
EARLY = Shift("EarlyShift", time(6), time(14), 1, 2)
LATE = Shift("LateShift", time(14), time(22), 1, 2)

Facts = dict[str, tuple[Workplace, dict[str, set[tuple[str, str, str]]]]]
"""By company: what it says about itself, and its entries by algorithm as (employee, date, shift)."""


def tiny(
    name: str = "Acme",
    people: Iterable[str] = ("Ada", "Bo"),
    shifts: Sequence[Shift] = (EARLY, LATE),
    **facts: Any,
) -> Workplace:
    employees = tuple(Employee(person, 40, (date(2025, 5, 1),), ("EarlyShift",)) for person in people)
    return Workplace(Company(name, "small", **facts), tuple(shifts), employees)


def roster(algorithm: str, *entries: tuple[int, date, int]) -> DumpedRoster:
    """Entries as (place of the employee, day, place of the shift)."""
    columns = np.array(
        [(person, day.toordinal(), shift) for person, day, shift in entries], np.int32
    ).reshape(-1, 3)
    return DumpedRoster(algorithm, columns[:, 0], columns[:, 1], columns[:, 2])


def dump_of(*companies: DumpedCompany | Workplace, results: ResultsDocument | None = None) -> Dump:
    made = tuple(item if isinstance(item, DumpedCompany) else DumpedCompany(item) for item in companies)
    return Dump(made, results or ResultsDocument(), ())


def zip_of(folder: Path, dump: Dump) -> bytes:
    return write_dump(folder, dump.companies, results=dump.results, include_schedules=True).zip.read_bytes()


def packed(members: Mapping[str, bytes]) -> bytes:
    """A ZIP of whatever somebody might send."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


async def load(
    database: Database, dump: Dump, clear: Clear = Clear.NOTHING, *, dry_run: bool = False
) -> BenchmarkImportCompleted:
    """Import as the command line does."""
    imported = await import_dump(database, dump, clear, dry_run=dry_run, tell=silently)
    if imported.commit is not None:
        await apply(database, imported.commit)
    return imported.completed


async def stored(database: Database) -> list[DumpedCompany]:
    reader = BenchmarkReader(database)
    return await collect_companies(reader, await reader.companies(), include_schedules=True)


async def facts(database: Database) -> Facts:
    """All that is visible, without keys."""
    return {company.workplace.company.name: _facts(company) for company in await stored(database)}


def _facts(company: DumpedCompany) -> tuple[Workplace, dict[str, set[tuple[str, str, str]]]]:
    work = company.workplace
    return work, {
        of_one.algorithm: {
            (work.employees[person].name, date.fromordinal(day).isoformat(), work.shifts[shift].name)
            for person, day, shift in zip(
                of_one.employee.tolist(), of_one.date.tolist(), of_one.shift.tolist(), strict=True
            )
        }
        for of_one in company.rosters
    }


async def until(condition: Callable[[], Awaitable[bool]], *, what: str) -> None:
    """Ask again and again, with a deadline."""
    try:
        async with asyncio.timeout(DEADLINE):
            while not await condition():
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"not within {DEADLINE} s: {what}") from None


@dataclass(frozen=True)
class Desk:
    """Sends commands as the gateway does."""

    parts: Parts
    benchmarks: Benchmarks

    async def send(self, kind: str, payload: dict[str, Any], *, subject: str | None = None) -> Job:
        requester = Requester(email="dev@example.org", role=Role.DEVELOPER)
        request = NewJob(kind=kind, subject=subject, requester=requester, input=payload)
        created = await self.parts.jobs.create(request)
        await Outbox(self.parts.jobs, self.parts.bus).flush(created.job)
        return created.job

    async def upload(self, content: bytes, **fields: Any) -> Job:
        key = f"uploads/{new_id()}.zip"
        await self.parts.blobs.put(key, _chunks(content))
        payload = {"upload_key": key, "upload_name": "benchmark_dump.zip", **fields}
        return await self.send("benchmark_import.request", payload)

    async def end(self, job: Job) -> Job:
        async def ended() -> bool:
            return (await self.parts.jobs.get(job.id)).ended

        await until(ended, what=f"the end of {job.kind}")
        return await self.parts.jobs.get(job.id)

    async def keys(self, prefix: str) -> list[str]:
        return [blob.key async for blob in self.parts.blobs.list(prefix)]


async def _chunks(content: bytes) -> AsyncIterator[bytes]:
    yield content
