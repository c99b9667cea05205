"""Export and import of a benchmark dump, beside Django's dumpdata and loaddata of the same rows on MariaDB."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pymysql

from bench.house import Site
from bench.processes import Used, run
from bench.report import Figure
from bench.rosters import EVERY_COMPANY, write_full_dump
from bench.sampling import MIB
from libs.common.limits import Limits
from services.benchmarks.dump.read import read_dump
from services.benchmarks.dump.write import DumpFiles
from tests.integration.services.benchmarks.django_interop.deployment import Deployment
from tests.servers.entrepot import ROOT, clean_environment
from tests.servers.mariadb import MariaDb, mariadb
from tests.servers.mongod import mongod

MANAGE = str(ROOT / "manage.py")
DATABASE = "bench"
TICK = 0.01
"""Seconds; what the kernel counts CPU time in."""


@dataclass(frozen=True)
class Side:
    """Whole processes, and one that does next to nothing: what the start of the interpreter takes."""

    load: Used
    dump: Used
    start: Used

    @property
    def dumping(self) -> float:
        """CPU seconds of an export where a process runs already, as a service's does."""
        return max(self.dump.cpu - self.start.cpu, TICK)


def measure(site: Site, *, test_cases: Sequence[str] = EVERY_COMPANY) -> list[Figure]:
    dump = write_full_dump(site.folder / "dump", test_cases)
    work = f"benchmark dump of {dump.rows:,} rows"
    validated = _validation(dump)
    for server in ("mongod", "mariadb"):
        (site.folder / server).mkdir()
    with mongod(site.folder / "mongod") as uri:
        ours = _ours(site.folder, uri, dump)
    with mariadb(site.folder / "mariadb") as database:
        theirs = _djangos(site.folder, database, dump)
    return [
        Figure(work, "validation alone, CPU", validated, "s", "<= 1"),
        *_figures(work, "import", ours.load, cpu="<= 3"),
        *_figures(work, "export", ours.dump, cpu="<= 0.6", peak="<= 120"),
        Figure(work, "start of our commands, CPU", ours.start.cpu, "s"),
        *_figures(work, "Django loaddata", theirs.load),
        *_figures(work, "Django dumpdata", theirs.dump),
        Figure(work, "start of Django's commands, CPU", theirs.start.cpu, "s"),
        Figure(work, "loaddata / import, CPU", theirs.load.cpu / ours.load.cpu, "times", ">= 10"),
        Figure(work, "dumpdata / export, CPU", theirs.dump.cpu / ours.dump.cpu, "times"),
        Figure(work, "dumpdata / export without starts", theirs.dumping / ours.dumping, "times", ">= 8"),
    ]


def _validation(dump: DumpFiles) -> float:
    began = time.process_time()
    read_dump(dump.zip, Limits())
    return time.process_time() - began


def _ours(folder: Path, uri: str, dump: DumpFiles) -> Side:
    environment = clean_environment(MONGO_URI=uri, DB_NAME=DATABASE, ENTREPOT_HOME=folder / "home")
    command = (sys.executable, MANAGE)
    run((*command, "benchmarks", "runs"), environment, folder)  # makes the indexes
    start = run((*command, "benchmarks", "runs"), environment, folder)
    imported = run((*command, "import_sql_dump", "--file", str(dump.zip)), environment, folder)
    output = ("--output-dir", str(folder / "again"))
    exported = run((*command, "export_sql_dump", "--include-schedules", *output), environment, folder)
    assert (folder / "again" / dump.json.name).stat().st_size == dump.json.stat().st_size
    return Side(imported, exported, start)


def _djangos(folder: Path, server: MariaDb, dump: DumpFiles) -> Side:
    with (
        pymysql.connect(
            host=server.host, port=server.port, user=server.user, password=server.password
        ) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(f"CREATE DATABASE {DATABASE} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
    environment = dict(os.environ) | Deployment(server, DATABASE).environment()
    command = (sys.executable, "-m", "django")
    run((*command, "migrate", "--run-syncdb", "--verbosity=0"), environment, folder)
    loaded = run((*command, "loaddata", str(dump.json), "--verbosity=0"), environment, folder)
    output = ("--output", str(folder / "django.json"))
    dumped = run((*command, "dumpdata", "rostering_app", *output), environment, folder)
    return Side(loaded, dumped, run((*command, "check"), environment, folder))


def _figures(work: str, name: str, used: Used, *, cpu: str = "", peak: str = "") -> list[Figure]:
    return [
        Figure(work, f"{name}, CPU", used.cpu, "s", cpu),
        Figure(work, f"{name}, wall", used.wall, "s"),
        Figure(work, f"{name}, peak memory", used.peak / MIB, "MiB", peak),
    ]
