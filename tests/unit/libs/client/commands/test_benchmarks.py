"""`entrepot benchmarks`."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.unit.libs.client.commands.terminal import Terminal
from tests.unit.libs.client.platform import FILES
from tests.unit.libs.client.samples import AT, JOB

COUNTS = {"insert": 1, "update": 2, "leave": 3, "delete": 4}
PLAN = dict.fromkeys(("company", "shift", "employee", "scheduleentry"), COUNTS)
SUMMARY = dict.fromkeys(
    ("companies_imported", "employees_imported", "shifts_imported", "schedule_entries_imported"), 1
)


def run(run_id: str, *results: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": run_id,
        "state": "completed",
        "requested_by": "ana@example.org",
        "companies": ["Café"],
        "algorithms": ["Linear"],
        "seeds": [1, 2],
        "time_limit": 300.0,
        "year": 2025,
        "holidays": "reference",
        "created_at": AT,
        **({"results": list(results)} if results else {}),
    }


def result(points: float) -> dict[str, Any]:
    known = {
        "company": "Café",
        "algorithm": "Linear",
        "seed": 1,
        "status": "completed",
        "runtime_seconds": 2.5,
    }
    return {**known, "kpis": {"objective": points}}


def company(number: int, name: str) -> dict[str, Any]:
    return {
        "id": number,
        "name": name,
        "size": "small",
        "description": "",
        "icon": "",
        "color": "",
        "sunday_is_workday": False,
        "employees": 10,
        "shifts": 3,
        "schedule_entries": 2_500,
        "algorithms": ["Linear"],
        "updated_at": AT,
    }


def test_runs_are_listed(terminal: Terminal) -> None:
    terminal.answer("GET /api/benchmark-runs", {"runs": [run("r1"), run("r2")]})

    done = terminal.type("benchmarks", "runs", "--limit", "2")

    assert done.status == 0
    assert "r2" in done.output
    assert "Linear" in done.output


def test_two_runs_are_compared(terminal: Terminal) -> None:
    terminal.answer("GET /api/benchmark-runs/r1", run("r1", result(2000)))
    terminal.answer("GET /api/benchmark-runs/r2", run("r2", result(1500.5)))

    done = terminal.type("benchmarks", "compare", "r1", "r2")
    figures = terminal.type("benchmarks", "compare", "r1", "r2", "--json").json()["figures"]

    for said in ("2,000", "1,500.500", "-25.0 %"):
        assert said in done.output
    assert [(each["figure"], each["after"]) for each in figures] == [("points", 1500.5), ("seconds", 2.5)]


def test_companies_and_their_rosters(terminal: Terminal) -> None:
    companies = [company(1, "Kleines Unternehmen"), company(2, "Mittleres Unternehmen")]
    roster = {"algorithm": "Linear", "schedule_entries": 2_500, "year": 2025, "kpis": {"objective": 1184.5}}
    terminal.answer("GET /api/companies", {"companies": companies})
    terminal.answer("GET /api/companies/1/algorithms", {"company": 1, "algorithms": [roster]})

    assert "Mittleres Unternehmen" in terminal.type("benchmarks", "company").output
    assert "1,184.500" in terminal.type("benchmarks", "company", "klein").output
    assert terminal.type("benchmarks", "company", "1", "--json").json() == [roster]


@pytest.mark.parametrize(("name", "said"), [("unternehmen", "2 companies"), ("none", "no companies")])
def test_a_name_must_be_that_of_one_company(terminal: Terminal, name: str, said: str) -> None:
    companies = [company(1, "Kleines Unternehmen"), company(2, "Mittleres Unternehmen")]
    terminal.answer("GET /api/companies", {"companies": companies})

    done = terminal.type("benchmarks", "company", name)

    assert done.status == 5
    assert said in done.complaints


def test_an_upload_shows_its_plan(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "dump.zip").write_bytes(b"PK")
    warning = {"category": "format", "code": "x", "path": "benchmark_dump.json", "message": "It is odd."}
    answer = {
        "status": "success",
        "message": "Nothing was changed.",
        "import_summary": {**SUMMARY, "errors": []},
        "job_id": JOB,
        "dry_run": True,
        "plan": PLAN,
        "warnings": [warning],
    }
    terminal.answer("POST /api/upload-benchmark-results", answer)

    done = terminal.type(
        "benchmarks", "upload", str(tmp_path / "dump.zip"), "--dry-run", "--clear", "companies"
    )

    lines = [line.split() for line in done.output.replace("│", " ").splitlines()]
    assert ["entries", "1", "2", "3", "4"] in lines
    assert "warning: benchmark_dump.json: It is odd." in done.output
    assert lines[-1] == ["Nothing", "was", "changed."]


def test_a_dump_is_made_and_downloaded(terminal: Terminal, tmp_path: Path) -> None:
    content = b"PK-a-dump"
    made = {
        "status": "success",
        "job_id": JOB,
        "download_url": f"{FILES}/x",
        "filename": "benchmark_results.zip",
        "checksum": hashlib.sha256(content).hexdigest(),
        "file_size": len(content),
        "rows": 81_000,
        "companies": ["Café"],
        "message": "Dumped 1 company.",
    }
    terminal.answer("POST /api/benchmark-dumps", made)
    terminal.answer(
        f"GET /api/benchmark-dumps/{JOB}/download",
        httpx.Response(303, headers={"Location": f"{FILES}/dump.zip"}),
    )
    terminal.answer("GET /dump.zip", httpx.Response(200, content=content))

    done = terminal.type("benchmarks", "dump", "--include-schedules", "-o", str(tmp_path))

    assert done.status == 0
    assert "81,000" in done.output
    assert (tmp_path / "benchmark_results.zip").read_bytes() == content
