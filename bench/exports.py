"""Standalone exports beside the plain way and the least that any way must do, each in a process of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import orjson
import psutil

from bench.articles import COLLECTIONS, copy, fill
from bench.export_process import Taken
from bench.export_requests import many_at_once, small_ones
from bench.house import DIGEST, House, Site, open_house
from bench.memory import Peak
from bench.report import Figure
from bench.sampling import MIB
from libs.common.versions import version_folder
from tests.servers.entrepot import ROOT, clean_environment


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    documents: int
    """In each of the collections."""
    growth: Sequence[int]
    """Documents of experiments with one collection."""
    small: int
    """Exports of a small experiment, one after the other."""


QUICK: Final = Size(documents=2_000, growth=(1_000, 10_000), small=25)
FULL: Final = Size(documents=10_000, growth=(1_000, 10_000, 100_000, 1_000_000), small=200)
AT_ONCE: Final = 8
SLUGS: Final = tuple(f"shop{number}" for number in range(AT_ONCE))
SMALL_DOCUMENTS: Final = 20


def measure(site: Site, *, size: Size = QUICK) -> list[Figure]:
    with open_house(site) as house:
        _prepare(house, size)
        figures = [*_against_others(house, size.documents), *_growth(house, size.growth)]
        direct = _export(house, "small", "small", size.small)[0]["first"].each
        with house.serving("gateway", "exporter") as (_, exporter):
            figures += many_at_once(house, psutil.Process(exporter.process.pid), SLUGS)
            figures += small_ones(house, "small", direct)
    return figures


def _prepare(house: House, size: Size) -> None:
    grown = [f"grown{documents}" for documents in size.growth]
    slugs = ["warm", "small", *SLUGS, *grown]
    for slug in slugs:
        code = version_folder(house.folder / "home" / "versions", slug, DIGEST)
        shutil.copytree(ROOT / "experiments" / "click", code)
    house.register(slugs)
    with house.database() as database:
        for slug in ("warm", "small"):
            fill(database, slug, SMALL_DOCUMENTS, COLLECTIONS)
        fill(database, SLUGS[0], size.documents, COLLECTIONS)
        for slug in SLUGS[1:]:
            copy(database, SLUGS[0], slug, COLLECTIONS)
        for slug, documents in zip(grown, size.growth, strict=True):
            fill(database, slug, documents, COLLECTIONS[:1])


def _export(
    house: House, side: str, slug: str, times: int = 1, **settings: object
) -> tuple[dict[str, Taken], int]:
    """What the process measured, and the peak of its memory, children and spools included, in bytes."""
    shared = {
        "MONGO_URI": house.mongo_uri,
        "DB_NAME": house.database_name,
        "ENTREPOT_HOME": house.folder / "home",
        "SHARED_STORAGE_DIR": house.folder / f"storage-{side}",
    }
    command = [sys.executable, "-m", "bench.export_process", side, slug, str(times)]
    environment = clean_environment(**shared, **settings)
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE) as process:
        with Peak(process.pid) as peak:
            output, _ = process.communicate()
        if process.returncode:
            raise RuntimeError(f"{side} ended with {process.returncode}")
    return {name: Taken(**taken) for name, taken in orjson.loads(output).items()}, peak.bytes


def _against_others(house: House, documents: int) -> list[Figure]:
    work = f"standalone export, {len(COLLECTIONS)} x {documents:,} documents"
    found = {side: _export(house, side, SLUGS[0]) for side in ("plain", "least", "ours")}
    first, again = found["ours"][0]["first"], found["ours"][0]["again"]
    plain, least = found["plain"][0]["first"], found["least"][0]["first"]
    figures = [
        Figure(work, "plain / ours, CPU", plain.cpu / first.cpu, "times", ">= 8"),
        Figure(work, "ours / least possible, CPU", first.cpu / least.cpu, "times", "<= 4"),
        Figure(work, "first / again, CPU", first.cpu / again.cpu, "times", ">= 3"),
        Figure(work, "ours, event loop kept waiting at most", first.blocked * 1000, "ms", "<= 20"),
    ]
    for name, (sides, peak) in found.items():
        goal = "<= 200" if name == "ours" else ""
        figures += [
            Figure(work, f"{name}, CPU", sides["first"].cpu, "s"),
            Figure(work, f"{name}, wall", sides["first"].wall, "s"),
            Figure(work, f"{name}, peak memory", peak / MIB, "MiB", goal),
            Figure(work, f"{name}, packed", sides["first"].size / MIB, "MiB"),
        ]
    return [*figures, Figure(work, "ours again, CPU", again.cpu, "s")]


def _growth(house: House, growth: Sequence[int]) -> list[Figure]:
    figures = []
    for documents in growth:
        found, peak = _export(house, "ours", f"grown{documents}", EXPORT_DOCUMENT_LIMIT=documents)
        work, first = f"standalone export of {documents:,} documents", found["first"]
        figures += [
            Figure(work, "CPU of 1,000", first.cpu / documents * 1000 * 1000, "ms"),
            Figure(work, "wall of 1,000", first.wall / documents * 1000 * 1000, "ms"),
            Figure(work, "peak memory", peak / MIB, "MiB", "flat"),
        ]
    return figures
