"""How long it takes until everything, one service or one command is there, and what services hold while idle."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from statistics import median
from typing import Final

import psutil

from bench.house import House, Site, open_house
from bench.processes import run
from bench.report import Figure
from bench.sampling import MIB
from tests.servers.entrepot import ROOT, clean_environment, up

SERVICES: Final = ("gateway", "exporter", "importer", "benchmarks")
BOUNDED: Final = ("gateway", "exporter")
"""Services whose idle memory has a goal: S3, traces and plots are loaded by whom they are used."""
LIBRARIES: Final = "import aio_pika, aiohttp.web, motor.motor_asyncio, pydantic_settings, structlog, uvloop"
"""What no service can do without, as the least that a start can take."""
COMMANDS: Final = (("--help",), ("tokens", "list"), ("export_sql_dump", "--help"))


def measure(site: Site, *, repeats: int) -> list[Figure]:
    figures = _everything(site.folder / "everything", repeats)
    with open_house(site) as house:
        with house.serving(*SERVICES):
            pass  # the first start makes the indexes and registers the examples
        figures += _alone(house, "Python with the libraries alone", ("-c", LIBRARIES), repeats)
        for name in SERVICES:
            figures += _service(house, name, repeats)
        for command in COMMANDS:
            arguments = (str(ROOT / "manage.py"), *command)
            figures += _alone(house, f"`manage.py {' '.join(command)}`", arguments, repeats)
    return figures


def _everything(home: Path, repeats: int) -> list[Figure]:
    """`up` on a home that exists, as `make up` is each time but the first."""
    with up(home):
        pass
    taken = []
    for _ in range(repeats):
        began = time.perf_counter()
        with up(home):
            taken.append(time.perf_counter() - began)
    return [Figure("start", "`manage.py up`, warm, without Ray", median(taken), "s", "<= 6")]


def _service(house: House, name: str, repeats: int) -> list[Figure]:
    taken, cpu, memory = [], [], []
    for _ in range(repeats):
        began = time.perf_counter()
        with house.serving(name, HOST_EXPERIMENTS=0) as [started]:
            taken.append(time.perf_counter() - began)
            process = psutil.Process(started.process.pid)
            cpu.append(sum(process.cpu_times()[:2]))
            memory.append(process.memory_info().rss)
    goal = "<= 90" if name in BOUNDED else ""
    return [
        Figure("start", f"{name} alone", median(taken), "s", "<= 1.2"),
        Figure("start", f"{name} alone, CPU", median(cpu), "s"),
        Figure("start", f"{name}, idle memory", median(memory) / MIB, "MiB", goal),
    ]


def _alone(house: House, name: str, arguments: tuple[str, ...], repeats: int) -> list[Figure]:
    """A process of Python from its start to its end."""
    environment = clean_environment(
        MONGO_URI=house.mongo_uri, DB_NAME=house.database_name, ENTREPOT_HOME=house.folder / "home"
    )
    used = [run((sys.executable, *arguments), environment, house.folder) for _ in range(repeats)]
    return [
        Figure("start", f"{name}, wall", median(each.wall for each in used), "s"),
        Figure("start", f"{name}, CPU", median(each.cpu for each in used), "s"),
    ]
