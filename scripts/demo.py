#!/usr/bin/env python3
"""The whole road, end to end (`make demo`): export in three kinds, edit, import, export again, compare.

Starts everything on the embedded default in `build/demo/`, with the example experiments and their data, talks to it
by HTTP alone, and leaves the ZIPs there to look at. Exits with 1 and the reason if anything is not as it should be.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import socket
import sys
import time
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from rich.console import Console
from rich.progress import track
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent
OUTPUT = ROOT / "build" / "demo"
KINDS = ("standalone", "docker", "upload-ready")
DATA = ("db_collections.json", "db_types.json")
EDIT = "\n# Edited by the demo.\n"
START_SECONDS = 90.0
"""The first start compiles nothing but may read a cold disk."""
JOB_SECONDS = 120
EXAMPLES = 4
"""Fewer experiments than that, and the examples were not loaded."""

console = Console(width=None if sys.stdout.isatty() else 120)


class DemoFailed(Exception):
    """Something is not as it should be."""


@dataclass(frozen=True)
class Export:
    """One downloaded export, checked against its checksum."""

    slug: str
    kind: str
    path: Path
    checksum: str
    seconds: float
    reused: bool

    def content(self, name: str) -> bytes:
        with zipfile.ZipFile(self.path) as archive:
            return archive.read(name)


class Platform:
    """The running platform, by HTTP."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http

    async def slugs(self) -> list[str]:
        async with self._http.get("/api/experiments") as response:
            return [entry["slug"] for entry in (await _json(response, 200))["experiments"]]

    async def export(self, slug: str, kind: str, *, label: str = "") -> Export:
        began = time.monotonic()
        address = f"/api/package-{kind}/{slug}"
        async with self._http.get(address, headers={"Prefer": f"wait={JOB_SECONDS}"}) as response:
            answer = await _json(response, 200)
        path = OUTPUT / "exports" / f"{slug}-{kind}{label}.zip"
        checksum = await self._download(answer["download_url"], path)
        expect(
            checksum == answer["checksum"], f"the checksum of {path.name} is not the one that was announced"
        )
        return Export(slug, kind, path, checksum, time.monotonic() - began, answer["reused"])

    async def _download(self, address: str, path: Path) -> str:
        path.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        async with self._http.get(address) as response:
            expect(response.status == 200, f"the download of {path.name} answers {response.status}")
            with path.open("wb") as file:
                async for chunk in response.content.iter_chunked(2**18):
                    digest.update(chunk)
                    file.write(chunk)
        return digest.hexdigest()

    async def upload(self, path: Path) -> dict[str, Any]:
        form = aiohttp.FormData()
        form.add_field("file", path.read_bytes(), filename=path.name, content_type="application/zip")
        headers = {"Prefer": f"wait={JOB_SECONDS}"}
        async with self._http.post("/admin/api/upload-experiment", data=form, headers=headers) as response:
            return await _json(response, 200)


async def demo() -> None:
    shutil.rmtree(OUTPUT, ignore_errors=True)
    async with running() as base_url, aiohttp.ClientSession(base_url) as http:
        platform = Platform(http)
        slugs = await platform.slugs()
        expect(len(slugs) >= EXAMPLES, f"only {len(slugs)} experiments are registered")
        wanted = [(slug, kind) for slug in slugs for kind in KINDS]
        exports = [
            await platform.export(slug, kind)
            for slug, kind in track(wanted, "Exporting", console=console, transient=True)
        ]
        exports += await round_trip(platform, exports, slugs[0])
    show(exports)
    console.print(
        f"[green]Done:[/] {len(exports)} exports, each checksum right; the edit and all data are there."
    )


async def round_trip(platform: Platform, exports: list[Export], slug: str) -> list[Export]:
    """Edit an upload-ready ZIP, import it, export again, and compare with what was before."""
    before = {export.kind: export for export in exports if export.slug == slug}
    again = await platform.export(slug, "upload-ready", label="-again")
    expect(again.reused, "an unchanged export was not recognised")

    edited = OUTPUT / f"{slug}_upload.zip"
    edit(before["upload-ready"].path, edited)
    answer = await platform.upload(edited)
    expect("actor.py" in answer["plan"]["changed"], f"the import changed {answer['plan']['changed']}")

    after = {kind: await platform.export(slug, kind, label="-edited") for kind in KINDS}
    for kind, name in (("upload-ready", "actor.py"), ("standalone", f"experiments/{slug}/actor.py")):
        expect(after[kind].content(name).decode().endswith(EDIT), f"the edit is not in the {kind} export")
    for name in DATA:
        same = after["standalone"].content(name) == before["standalone"].content(name)
        expect(same, f"{name} changed although only code was edited")
    return [again, *after.values()]


def edit(source: Path, target: Path) -> None:
    """Copy a ZIP with a line added to `actor.py`."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name) + (EDIT.encode() if name == "actor.py" else b""))


def show(exports: list[Export]) -> None:
    table = Table("experiment", "kind", "file", title=f"Exports in {OUTPUT.relative_to(ROOT)}/exports/")
    for heading in ("bytes", "SHA-256", "seconds"):
        table.add_column(heading, justify="right")
    for export in exports:
        table.add_row(
            export.slug,
            export.kind + (" (reused)" if export.reused else ""),
            export.path.name,
            f"{export.path.stat().st_size:,}",
            f"{export.checksum[:16]}…",
            f"{export.seconds:.2f}",
        )
    console.print(table)


@asynccontextmanager
async def running() -> AsyncIterator[str]:
    """`manage.py up` on a free port, with a log of its own."""
    port = _free_port()
    OUTPUT.mkdir(parents=True)
    environment = {
        **{name: value for name, value in os.environ.items() if name not in ("AMQP_URL", "MONGO_URI")},
        "PORT": str(port),
        "ENTREPOT_HOME": str(OUTPUT / "home"),
    }
    with (OUTPUT / "up.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(ROOT / "manage.py"), "up"),
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
        try:
            with console.status("Starting the platform and loading the examples"):
                await _announced(process)
            yield f"http://127.0.0.1:{port}"
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


async def _announced(process: asyncio.subprocess.Process) -> None:
    """Return when the platform says that it serves."""
    assert process.stdout is not None
    async with asyncio.timeout(START_SECONDS):
        async for line in process.stdout:
            if line.startswith(b"Entrepot serves on"):
                return
    raise DemoFailed("the platform ended while starting")


async def _json(response: aiohttp.ClientResponse, status: int) -> dict[str, Any]:
    body = await response.json(content_type=None)
    expect(
        response.status == status, f"{response.method} {response.url.path} answers {response.status}: {body}"
    )
    return dict(body)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def expect(condition: bool, otherwise: str) -> None:
    """Raises: DemoFailed."""
    if not condition:
        raise DemoFailed(otherwise)


if __name__ == "__main__":
    try:
        asyncio.run(demo())
    except (DemoFailed, TimeoutError, aiohttp.ClientError) as failure:
        console.print(
            f"[red]The demo failed:[/] {failure or type(failure).__name__}; the log is {OUTPUT / 'up.log'}"
        )
        sys.exit(1)
