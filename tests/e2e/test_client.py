"""The command `entrepot` beside a whole platform."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.benchmarks.dump.content import JSON_MEMBER
from tests.e2e.road import answered
from tests.servers.entrepot import Served, clean_environment
from tests.unit.services.benchmarks.dump.dumps import as_bytes, whole, zipped

PAGE = Path(__file__).parents[2] / "docs/client.md"
SECONDS = 90


@dataclass(frozen=True)
class Done:
    status: int
    output: str
    complaints: str

    def json(self) -> Any:
        return json.loads(self.output)


Run = Callable[..., Done]


@pytest.fixture
def python(platform: Served, tmp_path: Path) -> Run:
    """The interpreter, in a folder of the test's own, with the platform in its environment."""

    def run(*arguments: str) -> Done:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=tmp_path,
            env=clean_environment(ENTREPOT_URL=platform.base_url),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def entrepot(python: Run) -> Run:
    return partial(python, "-m", "entrepot_client")


def test_export_and_plan(entrepot: Run, tmp_path: Path) -> None:
    exported = entrepot("export", "click", "--kind", "upload-ready", "-o", "exports", "--json")
    assert exported.status == 0, exported.complaints
    path = Path(exported.json()["path"])
    assert (tmp_path / path).stat().st_size == exported.json()["file_size"]

    planned = entrepot("import", str(path), "--dry-run", "--json")
    assert planned.status == 0, planned.complaints
    assert (planned.json()["slug"], planned.json()["dry_run"]) == ("click", True)


def test_a_job_and_what_was_told_of_it(entrepot: Run, http: httpx.Client) -> None:
    job_id = answered(http.get("/api/package-docker/click"))["job_id"]

    assert entrepot("jobs", job_id, "--wait", "--json").json()["state"] == "succeeded"
    lines = entrepot("events", "--job", job_id, "--json").output.splitlines()

    assert [json.loads(line)["type"] for line in lines][-1] == "io.entrepot.export.completed"


def test_the_example_of_the_documentation(python: Run) -> None:
    [script] = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)

    done = python("-c", script)

    assert (done.status, done.complaints) == (0, "")
    assert done.output.split()[0] in {"replace", "unchanged"}
    assert "import.completed {" in done.output


def test_a_dump_is_planned(entrepot: Run, tmp_path: Path) -> None:
    path = zipped(tmp_path, **{JSON_MEMBER.replace(".", "__"): as_bytes(whole())})

    planned = entrepot("benchmarks", "upload", str(path), "--dry-run", "--json")

    assert planned.status == 0, planned.complaints
    assert planned.json()["plan"]["company"]["insert"] == 1


def test_mistakes_are_told_apart(entrepot: Run, tmp_path: Path) -> None:
    (tmp_path / "no.zip").write_text("This is no ZIP.")

    assert entrepot("export", "none").status == 5
    assert entrepot("import", "no.zip").status == 1
