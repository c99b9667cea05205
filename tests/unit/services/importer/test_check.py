from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from libs.common.limits import MIB
from services.importer import check
from services.importer.check import Checked, check_files
from tests.unit.services.importer.zips import experiment, write_tree


def checked(root: Path, files: Mapping[str, str | bytes]) -> Checked:
    write_tree(root, files)
    return check_files(root, files, "click")


def codes(found: Checked) -> list[tuple[str, str | None]]:
    return [(problem.code, problem.path) for problem in found.problems]


def warned(found: Checked) -> list[tuple[str, str | None]]:
    assert not found.problems
    return [(problem.code, problem.path) for problem in found.warnings]


def test_a_sound_experiment(tmp_path: Path) -> None:
    found = checked(tmp_path, experiment())

    assert (found.problems, found.warnings) == ([], [])
    assert found.manifest is not None
    assert found.manifest.name == "Click"


def test_all_missing_files_at_once(tmp_path: Path) -> None:
    assert codes(checked(tmp_path, {"readme.txt": ""})) == [
        ("missing-file", "manifest.json"),
        ("missing-file", "actor.py"),
        ("missing-file", "__init__.py"),
    ]


def test_misspelled_case_is_named(tmp_path: Path) -> None:
    files = experiment()
    files["Manifest.json"] = files.pop("manifest.json")

    (problem,) = checked(tmp_path, files).problems

    assert (problem.code, problem.remedy) == ("missing-file", "Rename Manifest.json to manifest.json.")


def test_problems_of_every_kind_come_together(tmp_path: Path) -> None:
    files = experiment(actor__py="class A: pass", __init____py="x = 1", requirements__txt="???")
    files |= {"__init__.py": "x = 1", "manifest.json": '{"status": "open"}'}

    found = {code for code, _ in codes(checked(tmp_path, files))}

    assert found == {"manifest-invalid-value", "no-actor-class", "no-router", "invalid-requirement"}


@pytest.mark.parametrize("name", ["manifest.json", "requirements.txt"])
def test_large_texts_are_refused_unread(tmp_path: Path, name: str) -> None:
    files = experiment() | {name: " " * (MIB + 1)}

    assert codes(checked(tmp_path, files)) == [("file-too-large", name)]


def test_too_many_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "MAX_SOURCES", 3)
    files = experiment() | {"a.py": "", "b.py": ""}

    assert codes(checked(tmp_path, files)) == [("too-many-sources", None)]


def test_problems_are_bounded(tmp_path: Path) -> None:
    files = experiment() | {"requirements.txt": "???\n" * 1000}

    assert len(checked(tmp_path, files).problems) == check.MAX_FINDINGS


@pytest.mark.parametrize(
    ("path", "content", "code"),
    [
        ("requirements.txt", "ray", "platform-package"),
        ("templates/index.html", '<img src="static/a.png">', "relative-static-path"),
        ("templates/index.html", '{% extends "gone.html" %}', "missing-template"),
        ("Templates/index.html", "", "misspelled-case"),
        ("Requirements.txt", "", "misspelled-case"),
        (".env", "SECRET=1", "perhaps-secret"),
        ("certs/server.pem", "x", "perhaps-secret"),
        ("unused.py", "def", "syntax-error"),
    ],
)
def test_warnings(tmp_path: Path, path: str, content: str, code: str) -> None:
    found = checked(tmp_path, experiment() | {path: content})

    assert [warning for warning, _ in warned(found)] == [code]


def test_a_template_named_in_code_that_is_not_there(tmp_path: Path) -> None:
    source = 'bp = APIRouter()\n\ndef page(request):\n    return t.TemplateResponse(request, "gone.html")\n'

    assert warned(checked(tmp_path, experiment() | {"__init__.py": source})) == [
        ("missing-template", "__init__.py")
    ]


def test_an_import_that_nothing_provides(tmp_path: Path) -> None:
    source = "import pandas\nbp = make()\n"

    assert warned(checked(tmp_path, experiment() | {"__init__.py": source})) == [
        ("import-not-provided", "__init__.py")
    ]


def test_keys_of_the_platform_in_a_manifest(tmp_path: Path) -> None:
    manifest = json.dumps({"_id": 1, "platform": {"revision": 99}, "runtime_s3_uri": "s3://x/y"})

    found = warned(checked(tmp_path, experiment() | {"manifest.json": manifest}))

    assert [path for _, path in found] == [
        "manifest.json: _id",
        "manifest.json: platform",
        "manifest.json: runtime_s3_uri",
    ]


def test_binary_and_large_pages_harm_nothing(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"templates/a.html": bytes(range(256)) * 10}
    files["templates/b.html"] = "src='static/" * 100_000
    files.update(experiment())

    assert warned(checked(tmp_path, files)) == []
