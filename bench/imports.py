"""Imports over HTTP on real RabbitMQ: small ones one after the other, and a large one beside `unzip -t` and `unzip`."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any, Final

import aiohttp
import psutil

from bench.house import House, Site, open_house
from bench.memory import Peak
from bench.processes import Used, run
from bench.report import Figure
from bench.sampling import MIB, cpu_seconds
from libs.common.archive.writer import Member, write_archive
from tests.servers.entrepot import ROOT, clean_environment

EXAMPLE: Final = ROOT / "experiments" / "click"
SMALL_BYTES: Final = 25_000
"""Of noise beside the example's own files: 30 KB together."""
IMAGE_BYTES: Final = 4 * 2**20
TABLE_ROWS: Final = 2**19
IMPORT_SECONDS: Final = 600


def measure(site: Site, *, megabytes: int, small: int) -> list[Figure]:
    with (
        open_house(site) as house,
        house.serving("gateway", "importer", HOST_EXPERIMENTS=0) as serving,
    ):
        services = dict(zip(("gateway", "importer"), serving, strict=True))
        processes = {name: psutil.Process(each.process.pid) for name, each in services.items()}
        return [*_small(house, small), *_large(house, megabytes, processes)]


def _small(house: House, count: int) -> list[Figure]:
    noise = random.Random(1)
    seconds, size = [], 0
    for number in range(count + 1):
        path = house.folder / "small.zip"
        image = Member.of_bytes("static/noise.png", noise.randbytes(SMALL_BYTES))
        size = _pack(path, [image], note=f"# version {number}\n")
        seconds.append(asyncio.run(_import(house, path)))
    work = f"import of {size // 1000} KB"
    return [
        Figure(work, "request to registered p50", median(seconds[1:]) * 1000, "ms", "<= 60"),
        Figure(work, f"slowest of {count}", max(seconds[1:]) * 1000, "ms"),
    ]


def _large(house: House, megabytes: int, services: dict[str, psutil.Process]) -> list[Figure]:
    path = house.folder / "large.zip"
    size = _pack(path, list(_large_members(megabytes * 10**6)), note="")
    tested, unpacked = _unzip(house.folder, path)
    cpu = {name: cpu_seconds(process) for name, process in services.items()}
    with ExitStack() as stack:
        peaks = {name: stack.enter_context(Peak(process.pid)) for name, process in services.items()}
        seconds = asyncio.run(_import(house, path))
    used = {name: cpu_seconds(process) - cpu[name] for name, process in services.items()}
    work, wall = f"import of {size // 10**6} MB", tested.wall + unpacked.wall
    return [
        Figure(work, "ours / unzip -t and unzip, wall", seconds / wall, "times", "<= 2"),
        Figure(work, "wall", seconds, "s"),
        Figure(work, "unzip -t and unzip, wall", wall, "s"),
        Figure(work, "unzip -t and unzip, CPU", tested.cpu + unpacked.cpu, "s"),
        *(Figure(work, f"CPU of {name}", taken, "s") for name, taken in used.items()),
        *(
            Figure(work, f"peak memory of {name}", peak.bytes / MIB, "MiB", "<= 120")
            for name, peak in peaks.items()
        ),
    ]


def _unzip(folder: Path, path: Path) -> tuple[Used, Used]:
    environment = clean_environment()
    tested = run(("unzip", "-tqq", str(path)), environment, folder)
    return tested, run(("unzip", "-qq", str(path), "-d", str(folder / "unzipped")), environment, folder)


def _large_members(size: int) -> Iterator[Member]:
    """Half pictures, which are stored, and half tables, which deflate to about a third."""
    noise = random.Random(2)
    image = noise.randbytes(IMAGE_BYTES)
    table = b"".join(b"%d;%d;open\n" % (row, noise.getrandbits(12)) for row in range(TABLE_ROWS))
    for number in range(size // 2 // len(image)):
        yield Member.of_bytes(f"static/images/{number:03}.png", image)
    for number in range(size // 2 // (len(table) // 3)):
        yield Member.of_bytes(f"static/tables/{number:03}.csv", table)


def _pack(path: Path, further: list[Member], *, note: str) -> int:
    """The example's files with a note in its actor, and further members; the ZIP's bytes."""
    files = sorted(each for each in EXAMPLE.rglob("*") if each.is_file() and "__pycache__" not in each.parts)
    members = [Member.of_bytes(str(each.relative_to(EXAMPLE)), each.read_bytes()) for each in files]
    actor = (EXAMPLE / "actor.py").read_bytes() + note.encode()
    kept = [member for member in members if member.name != "actor.py"]
    ordered = sorted([*kept, Member.of_bytes("actor.py", actor), *further], key=lambda member: member.name)
    with path.open("wb") as file:
        file.writelines(write_archive(ordered))
    return path.stat().st_size


async def _import(house: House, path: Path) -> float:
    """Seconds from the request to the answer that names the new revision."""
    timeout = aiohttp.ClientTimeout(IMPORT_SECONDS)
    base = f"http://127.0.0.1:{house.port}"
    async with aiohttp.ClientSession(base, headers=house.authorization, timeout=timeout) as http:
        with path.open("rb") as file:
            form = aiohttp.FormData({"slug_id": path.stem})
            form.add_field("file", file, filename=path.name, content_type="application/zip")
            began = time.perf_counter()
            async with http.post("/api/upload-experiment", data=form) as response:
                answer: dict[str, Any] = await response.json()
                seconds = time.perf_counter() - began
    assert response.status == 200, answer
    assert answer["revision"] is not None, answer
    return seconds
