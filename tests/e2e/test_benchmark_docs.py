"""docs/benchmarks.md is true: its files are written, its commands and clients run, in the page's order."""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import icalendar
import pytest
from pymongo import MongoClient

from libs.common.database.client import Database
from libs.common.home import resolve_mongo_uri
from libs.common.settings import Settings
from tests.e2e.reading import Reader
from tests.servers.entrepot import ROOT, Served, clean_environment

PAGE = ROOT / "docs" / "benchmarks.md"

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def reader(tmp_path: Path, mongo_uri: str, database: Database) -> Reader:
    settings = {"MONGO_URI": mongo_uri, "DB_NAME": database.name, "ENTREPOT_HOME": tmp_path / "home"}
    return Reader(tmp_path, clean_environment(**settings))


@pytest.fixture
def deployed(platform: Served) -> Iterator[str]:
    """The address of a gateway without companies; there are none afterwards."""
    yield platform.base_url
    known = {
        name.lower(): value
        for name, value in platform.environment.items()
        if name in {"MONGO_URI", "DB_NAME"}
    }
    settings = Settings.model_validate({"home": platform.environment["ENTREPOT_HOME"], **known})
    with MongoClient[dict[str, Any]](resolve_mongo_uri(settings)) as client:
        database = client[settings.db_name]
        for name in database.list_collection_names(filter={"name": {"$regex": "^benchmark_"}}):
            database[name].delete_many({})


def test_the_page(reader: Reader, deployed: str) -> None:
    *_, said = reader.follow(PAGE)
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
