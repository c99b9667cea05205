"""Own companies on the command line: mistakes are told before any database is asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from libs.common.errors import InvalidInput
from libs.manage.benchmarks.compare import app


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    """Files of which two are wrong."""
    files = {
        "companies": "name,size\nAcme,small\n",
        "shifts": "company,name,start,end,min_staff,max_staff\nAcme,Early,06:00,14:00,3,1\n",
        "employees": "company,name,max_hours_per_week\nAcme,Ada,0\n",
    }
    options = []
    for name, content in files.items():
        (tmp_path / f"{name}.csv").write_text(content, encoding="utf-8")
        options += [f"--{name}", str(tmp_path / f"{name}.csv")]
    return ["import-tables", *options]


def test_a_refusal_as_json_is_as_over_http(command: list[str]) -> None:
    done = CliRunner().invoke(app, [*command, "--json"])
    assert done.exit_code == 1
    problem = json.loads(done.stdout)
    assert problem["status"] == 422
    assert [error["path"] for error in problem["errors"]] == [
        "shifts.csv:2:-",
        "employees.csv:2:max_hours_per_week",
    ]


def test_a_refusal_for_people_is_left_to_the_error_lines(command: list[str]) -> None:
    done = CliRunner().invoke(app, command)
    assert isinstance(done.exception, InvalidInput)
    assert len(done.exception.problems) == 2


def test_files_that_are_not_there_are_wrong_usage(command: list[str]) -> None:
    done = CliRunner().invoke(app, [*command, "--absences", "nowhere.csv"])
    assert done.exit_code == 2
