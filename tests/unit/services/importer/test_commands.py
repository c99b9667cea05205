from __future__ import annotations

import json
from pathlib import Path

import pytest

from libs.common.limits import Limits
from services.importer.commands import CHECKLIST, FINE, PROBLEMS, USAGE, check_upload, check_upload_command
from tests.unit.services.importer.zips import experiment, zip_file


def test_a_sound_upload(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = zip_file(tmp_path, experiment() | {"standalone_main.py": "", "__MACOSX/x": ""})

    assert check_upload_command(path, None, as_json=False) == FINE

    shown = capsys.readouterr().out
    assert shown.count("✓") == len(CHECKLIST)
    assert "click can be uploaded (3 files)" in shown
    assert "__MACOSX/, standalone_main.py" in shown
    assert sorted(child.name for child in tmp_path.iterdir()) == ["upload.zip"]


def test_each_problem_stands_below_its_item(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = experiment("Bad [red]") | {"__init__.py": "x = 1", "requirements.txt": "ray"}
    del files["actor.py"]

    assert check_upload_command(zip_file(tmp_path, files), None, as_json=False) == PROBLEMS

    lines = capsys.readouterr().out.splitlines()
    marks = {line[2:]: line[0] for line in lines if line[:1] in "✓✗!?"}
    assert [marks[item.title] for item in CHECKLIST] == ["✓", "✗", "✗", "✓", "✓", "!", "✓", "✓", "✗"]
    assert lines[lines.index("✗ actor.py with class ExperimentActor") + 1].startswith(
        "    actor.py: The file"
    )
    assert "'Bad [red]'" in "\n".join(lines)


def test_a_zip_that_cannot_be_opened_is_not_praised(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(b"no zip")

    assert check_upload_command(path, None, as_json=False) == PROBLEMS

    shown = capsys.readouterr().out
    assert "✓" not in shown
    assert "The file is not a ZIP archive." in shown


def test_json_for_machines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = zip_file(tmp_path, experiment(templates_slash_a__html='<img src="static/x.png">'))

    assert check_upload_command(path, "renamed", as_json=True) == FINE

    report = json.loads(capsys.readouterr().out)
    assert report["slug"] == "renamed"
    assert report["rewritten"] == ["manifest.json"]
    assert [warning["code"] for warning in report["warnings"]] == ["relative-static-path"]
    assert report["problems"] == []


def test_json_has_all_problems(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_upload_command(zip_file(tmp_path, {"../x": "", "a\\b": ""}), None, as_json=True) == PROBLEMS

    codes = {problem["code"] for problem in json.loads(capsys.readouterr().out)["problems"]}
    assert codes == {"parent-folder", "backslash", "missing-file"}


@pytest.mark.parametrize("name", ["missing.zip", ""])
def test_no_such_file_is_a_mistake_of_use(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check_upload_command(tmp_path / name, None, as_json=False) == USAGE
    assert str(tmp_path) in capsys.readouterr().err.replace("\n", "")


def test_the_limits_are_those_of_an_import(tmp_path: Path) -> None:
    path = zip_file(tmp_path, experiment())

    report = check_upload(path, limits=Limits(upload_entry_limit=2))

    assert next(problem.code for problem in report.problems) == "too-many-entries"
