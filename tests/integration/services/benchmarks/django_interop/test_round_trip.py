"""Our dump → Django's loaddata → Django's dumpdata → our import → our dump is the same (DESIGN §8)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from libs.common.database.client import Database, connect
from libs.common.database.collections import ensure_indexes
from libs.common.limits import Limits
from services.benchmarks.dump.content import DumpedCompany
from services.benchmarks.dump.read import read_dump
from services.benchmarks.dumps.dumping import DumpOptions, dump_into
from services.benchmarks.fixtures.generator import shipped_workplaces
from tests.integration.services.benchmarks.desk import dump_of, facts, load, roster, tiny
from tests.integration.services.benchmarks.django_interop.deployment import Deployment

EVERYTHING = DumpOptions(include_schedules=True)
ENTRIES = tuple((person, date(2025, 3, 3 + person % 5), person % 2) for person in range(8))


@pytest.fixture
async def other(mongo_uri: str, store: Database) -> AsyncIterator[Database]:
    """A second platform, empty."""
    database = connect(mongo_uri, f"{store.name}_other")
    await ensure_indexes(database)
    yield database
    await database.client.drop_database(database.name)
    database.client.close()


@pytest.fixture
async def filled(store: Database) -> Database:
    """The shipped companies with two rosters, and namesakes in a company whose names are hard to write."""
    workplaces = list(shipped_workplaces().values())
    named = DumpedCompany(workplaces[0], (roster("GA", *ENTRIES), roster("", *ENTRIES[:3])))
    odd = tiny('Öl & "Söhne" \\ 🏭', people=["Łukasz", "Łukasz"], icon="🏭", sunday_is_workday=True)
    await load(
        store, dump_of(named, *workplaces[1:], DumpedCompany(odd, (roster("SA", (1, date(2024, 2, 29), 0)),)))
    )
    return store


async def test_django_reads_ours_and_we_read_djangos(
    filled: Database, other: Database, deployment: Deployment, tmp_path: Path
) -> None:
    ours = await dump_into(tmp_path / "ours", filled, EVERYTHING)
    await deployment.run("loaddata", str(ours.files.json), "--verbosity=0")
    theirs = tmp_path / "theirs.json"
    theirs.write_bytes(await deployment.run("dumpdata", "rostering_app"))

    await load(other, read_dump(theirs, Limits()))
    again = await dump_into(tmp_path / "again", other, EVERYTHING)

    assert await facts(other) == await facts(filled)
    assert again.files.json.read_bytes() == ours.files.json.read_bytes()


async def test_forward_references_null_keys_and_other_orders_are_read(
    filled: Database, other: Database, deployment: Deployment, tmp_path: Path
) -> None:
    ours = await dump_into(tmp_path / "ours", filled, EVERYTHING)
    await deployment.run("loaddata", str(ours.files.json), "--verbosity=0")
    rows = json.loads(await deployment.run("dumpdata", "rostering_app", "--indent=2"))
    theirs = tmp_path / "theirs.json"
    theirs.write_text(json.dumps([_changed(row) for row in _entries_first(rows)], indent=1), encoding="utf-8")

    await load(other, read_dump(theirs, Limits()))
    assert await facts(other) == await facts(filled)


async def test_what_django_holds_already_is_updated_by_ours(
    filled: Database, deployment: Deployment, tmp_path: Path
) -> None:
    ours = await dump_into(tmp_path / "ours", filled, EVERYTHING)
    for _ in range(2):
        await deployment.run("loaddata", str(ours.files.json), "--verbosity=0")
    assert len(json.loads(await deployment.run("dumpdata", "rostering_app"))) == ours.files.rows


def _entries_first(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """References point forward, and rows of one model stay in their order, which tells namesakes apart."""
    order = ["scheduleentry", "employee", "shift", "company"]
    return sorted(rows, key=lambda row: order.index(row["model"].partition(".")[2]))


def _changed(row: dict[str, Any]) -> dict[str, Any]:
    fields = dict(reversed(row["fields"].items()))
    if row["model"] == "rostering_app.scheduleentry":
        return {"fields": fields | {"company": None}, "pk": None, "model": row["model"]}
    return {"fields": fields, "pk": row["pk"], "model": row["model"]}
