"""The seed's benchmark commands as users type them, each a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from libs.common.database.client import Database
from tests.integration.services.benchmarks.desk import until
from tests.servers.entrepot import clean_environment

ROOT = Path(__file__).parents[2]
MANAGE = str(ROOT / "manage.py")
SCRIPT = str(ROOT / "scripts" / "export_benchmarks.py")
SMALL = ("--load-fixtures", "--company", "small_company", "--algorithm", "GeneticAlgorithm", "--budget", "2")
COMMAND_SECONDS = 120

pytestmark = pytest.mark.timeout(300)


@dataclass(frozen=True)
class Done:
    status: int
    output: str
    complaints: str

    def json(self) -> Any:
        assert self.status == 0, self.complaints
        return json.loads(self.output)


@dataclass(frozen=True)
class Laptop:
    """A working directory and a database."""

    folder: Path
    environment: dict[str, str]

    async def start(self, *command: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, *command),
            cwd=self.folder,
            env=self.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )

    async def run(self, *command: str) -> Done:
        process = await self.start(*command)
        async with asyncio.timeout(COMMAND_SECONDS):
            output, complaints = await process.communicate()
        assert process.returncode is not None
        return Done(process.returncode, output.decode(), complaints.decode())

    async def manage(self, *arguments: str) -> Done:
        return await self.run(MANAGE, *arguments)


@pytest.fixture
def laptop(tmp_path: Path, mongo_uri: str, database: Database) -> Laptop:
    settings = {"MONGO_URI": mongo_uri, "DB_NAME": database.name, "ENTREPOT_HOME": tmp_path / "home"}
    return Laptop(tmp_path, clean_environment(**settings))


async def test_run_export_import_and_compare(laptop: Laptop) -> None:
    first = (await laptop.manage("benchmark_algorithms", *SMALL, "--runs", "2", "--json")).json()
    assert [result["seed"] for result in first["results"]] == [1, 2]
    assert first["published"] == ["Kleines Unternehmen / Genetic Algorithm"]
    again = (await laptop.manage("benchmark_algorithms", *SMALL, "--runs", "2", "--json")).json()
    assert [result["recognised"] for result in again["results"]] == [True, True]

    exported = (
        await laptop.run(SCRIPT, "--export", "--include-schedules", "--company", "klein", "--json")
    ).json()
    assert exported["companies"] == ["Kleines Unternehmen"]
    assert (laptop.folder / "benchmark_export" / "benchmark_dump.json").is_file()
    dump = "benchmark_export/benchmark_dump.zip"
    plan = (
        await laptop.manage("import_sql_dump", "--file", dump, "--dry-run", "--clear-existing", "--json")
    ).json()
    assert plan["warnings"] == []
    assert plan["plan"]["scheduleentry"]["leave"] == exported["schedule_entries"]

    compared = await laptop.manage("benchmarks", "compare", "previous", "latest", "--plots", "plots")
    assert compared.status == 0, compared.complaints
    assert "Genetic Algorithm" in compared.output
    plots = sorted(path.name for path in (laptop.folder / "plots").iterdir())
    assert plots == [
        "coverage.png",
        "fairness.png",
        "monthly_hours.png",
        "runtime.png",
        "scalability.png",
        "violations.png",
    ]


async def test_ctrl_c_keeps_what_is_done(laptop: Laptop, database: Database) -> None:
    endless = ("--algorithm", "SimulatedAnnealing", "--time-limit", "600", "--seed", "5", "--runs", "1")
    process = await laptop.start(
        MANAGE, "benchmark_algorithms", *SMALL, *endless, "--budget", "1000000000", "--json"
    )
    quick = {"algorithm": "Genetic Algorithm"}
    # The genetic algorithm's budget is endless, too; its first progress is not recorded, but the run is.
    await until(lambda: _some(database, "benchmark_runs", {}), what="the run is recorded")
    os.killpg(process.pid, signal.SIGINT)
    async with asyncio.timeout(COMMAND_SECONDS):
        output, complaints = await process.communicate()
    assert process.returncode == 130, complaints.decode()
    assert json.loads(output)["results"] == []
    assert not await _some(database, "benchmark_results", quick)
    assert await _some(database, "benchmark_runs", {"state": "cancelled"})


async def test_mistakes_are_one_line_and_a_status(laptop: Laptop) -> None:
    missing = await laptop.manage("import_sql_dump", "--file", "nothing.zip")
    assert (missing.status, missing.output) == (1, "")
    assert "There is no file nothing.zip" in missing.complaints
    both = await laptop.manage("import_sql_dump", "--file", "x.zip", "--clear-existing", "--clear-all")
    assert both.status == 2
    nobody = await laptop.manage("export_sql_dump", "--company", "nobody")
    assert nobody.status == 1
    assert "no companies yet" in nobody.complaints or "No company is called" in nobody.complaints
    (laptop.folder / "bad.json").write_text(
        '[{"model": "auth.user", "pk": 1, "fields": {}}]', encoding="utf-8"
    )
    bad = await laptop.manage("import_sql_dump", "--file", "bad.json", "--json")
    assert bad.status == 1
    assert json.loads(bad.output)["errors"][0]["row"] == 1


async def test_the_script_without_anything_to_do_prints_its_help(laptop: Laptop) -> None:
    shown = await laptop.run(SCRIPT)
    assert shown.status == 0
    assert "--run-benchmarks" in shown.output


async def _some(database: Database, collection: str, criteria: dict[str, Any]) -> bool:
    return await database[collection].count_documents(criteria) > 0
