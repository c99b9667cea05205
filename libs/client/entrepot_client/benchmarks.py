"""Benchmarks: companies, runs, dumps in and out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from entrepot_client.downloads import Downloads, place_of
from entrepot_client.errors import NotUnderstood
from entrepot_client.jobs import Tell
from entrepot_client.models.benchmarks import (
    BenchmarkImport,
    Clear,
    Company,
    CompanyList,
    Dump,
    Roster,
    RosterList,
    Run,
    RunPage,
    RunWithResults,
)
from entrepot_client.transport import Transport
from entrepot_client.work import Work

CLEARING: Final = {Clear.NOTHING: {}, Clear.COMPANIES: {"clear_existing": "1"}, Clear.ALL: {"clear_all": "1"}}


class Benchmarks:
    def __init__(self, transport: Transport, work: Work, downloads: Downloads) -> None:
        self._transport = transport
        self._work = work
        self._downloads = downloads

    async def companies(self) -> Sequence[Company]:
        return (await self._transport.get("/api/companies", CompanyList)).companies

    async def rosters(self, company: Company) -> Sequence[Roster]:
        """The published rosters of all algorithms, with their key figures."""
        return (await self._transport.get(f"/api/companies/{company.id}/algorithms", RosterList)).algorithms

    async def runs(self, *, before: str | None = None, limit: int = 50) -> Sequence[Run]:
        """The newest first."""
        wanted = {"before": before, "limit": limit}
        return (await self._transport.get("/api/benchmark-runs", RunPage, wanted)).runs

    async def run(self, run_id: str) -> RunWithResults:
        """Raises: Refused (404)."""
        return await self._transport.get(f"/api/benchmark-runs/{run_id}", RunWithResults)

    async def upload(
        self, file: Path, *, clear: Clear = Clear.NOTHING, dry_run: bool = False, tell: Tell | None = None
    ) -> BenchmarkImport:
        """Import a dump, or plan it. Raises: Refused with all problems, Unreachable, StillRunning, OSError."""
        fields = CLEARING[clear] | ({"dry_run": "1"} if dry_run else {})
        return await self._work.upload(
            "/api/upload-benchmark-results", file, BenchmarkImport, fields=fields, tell=tell
        )

    async def dump(
        self, company: str | None = None, *, include_schedules: bool = False, tell: Tell | None = None
    ) -> Dump:
        """Write what is published as a dump; `company` is a test case or a part of a name.

        Raises: Refused, Unreachable, StillRunning.
        """
        body = {"company": company, "include_schedules": include_schedules}
        return await self._work.change("POST", "/api/benchmark-dumps", Dump, body=body, tell=tell)

    async def download(self, dump: Dump, folder: Path, *, tell: Tell | None = None) -> Path:
        """Into the folder, under the dump's name; checked by its SHA-256.

        Raises: Refused, DownloadDamaged, Unreachable, OSError.
        """
        answer = await self._transport.send("GET", f"/api/benchmark-dumps/{dump.job_id}/download")
        if answer.next_request is None:
            raise NotUnderstood("The dump is at no address that this client can follow.")
        link, path = str(answer.next_request.url), place_of(folder, dump.filename)
        return await self._downloads.fetch(link, path, checksum=dump.checksum, size=dump.file_size, tell=tell)
