"""docs/benchmarks.md is true: its files are written, its commands and clients run, in the page's order."""

from __future__ import annotations

import csv
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import icalendar
import pytest
from pymongo import MongoClient

from libs.common.database.client import Database
from libs.common.home import resolve_mongo_uri
from libs.common.settings import Settings
from tests.servers.entrepot import ROOT, Up, clean_environment

PAGE = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"<!-- (run|file)(?:: | with )?(\S*) -->\n```\w+\n(.*?)```", re.DOTALL)
"""A comment that no reader of the page sees says what a block is."""
COMMAND_SECONDS = 150

pytestmark = pytest.mark.timeout(600)


@dataclass(frozen=True)
class Reader:
    """Somebody who does what the page says, in a folder of their own."""

    folder: Path
    environment: dict[str, str]

    def do(self, script: str, **environment: str) -> str:
        """What the script printed. Raises: AssertionError with its complaints."""
        script = script.replace("./manage.py", shlex.join([sys.executable, str(ROOT / "manage.py")]))
        done = subprocess.run(
            ["bash", "-eu", "-c", script],
            cwd=self.folder,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def write(self, name: str, content: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")

    def install(self, folder: str) -> None:
        """What pip does with the page's distribution, without asking a registry for a build tool."""
        project = tomllib.loads((self.folder / folder / "pyproject.toml").read_text())["project"]
        name = f"{folder}/{project['name'].replace('-', '_')}-{project['version']}.dist-info"
        self.write(f"{name}/METADATA", f"Name: {project['name']}\nVersion: {project['version']}\n")
        for group, points in project["entry-points"].items():
            lines = [f"[{group}]", *(f"{key} = {value}" for key, value in points.items())]
            self.write(f"{name}/entry_points.txt", "\n".join(lines))


@pytest.fixture
def reader(tmp_path: Path, mongo_uri: str, database: Database) -> Reader:
    settings = {"MONGO_URI": mongo_uri, "DB_NAME": database.name, "ENTREPOT_HOME": tmp_path / "home"}
    return Reader(tmp_path, clean_environment(**settings))


@pytest.fixture
def deployed(platform: Up) -> Iterator[str]:
    """The address of a gateway without companies; there are none afterwards."""
    yield platform.base_url
    settings = Settings(home=Path(platform.environment["ENTREPOT_HOME"]))
    with MongoClient[dict[str, Any]](resolve_mongo_uri(settings)) as client:
        database = client[settings.db_name]
        for name in database.list_collection_names(filter={"name": {"$regex": "^benchmark_"}}):
            database[name].delete_many({})


def test_the_page(reader: Reader, deployed: str) -> None:
    said = ""
    for kind, argument, content in BLOCK.findall(PAGE):
        if kind == "file":
            reader.write(argument, content)
        elif argument:
            reader.install(argument)
            said = reader.do(content, PYTHONPATH=str(reader.folder / argument))
        else:
            said = reader.do(content)
    assert "Early Birds" in said

    assert "'companies_imported': 1" in reader.do(
        f"{sys.executable} upload.py", ENTREPOT=deployed, PYTHONPATH=os.pathsep.join(sys.path)
    )
    assert '"status":"success"' in reader.do("bash upload.sh", ENTREPOT=deployed)
    companies = httpx.get(f"{deployed}/api/companies/").json()["companies"]
    assert [company["algorithms"] for company in companies] == [["Genetic Algorithm", "Simulated Annealing"]]

    assert (reader.folder / "plots" / "fairness.png").is_file()
    check_roster_files(reader.folder)


def check_roster_files(folder: Path) -> None:
    with (folder / "roster.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["employee"] for row in rows} == {"Ada", "Bo", "Cem"}
    away = {row["date"] for row in rows if row["employee"] == "Cem"} & {
        "2025-08-04",
        "2025-08-15",
        "2025-10-01",
    }
    assert away == set()
    events = icalendar.Calendar.from_ical((folder / "ada.ics").read_bytes()).walk("VEVENT")
    assert len(events) == sum(row["employee"] == "Ada" for row in rows)


def test_the_page_hides_no_block_from_this_test() -> None:
    """Each block of commands or code is marked, so that none can go stale."""
    assert PAGE.count("```") == 2 * len(BLOCK.findall(PAGE))
