"""`entrepot import`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.libs.client.commands.terminal import Terminal
from tests.unit.libs.client.samples import AT, JOB, SHA256, import_result, problem

REQUEST = "POST /api/upload-experiment"


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    path = tmp_path / "click_upload.zip"
    path.write_bytes(b"PK")
    return path


def answer(**more: Any) -> dict[str, Any]:
    return {"status": "success", "job_id": JOB, **import_result(**more)}


def test_a_plan_is_a_table(terminal: Terminal, packed: Path) -> None:
    collection = {"name": "click_clicks", "kind": "collection", "documents": 7, "present": 5}
    data = {
        "mode": "merge",
        "digest": SHA256,
        "collections": [{**collection, "insert": 2, "change": 1, "remove": 0}],
    }
    plan = {
        "slug": "click",
        "digest": SHA256,
        "plan_digest": "p",
        "base_revision": 3,
        "action": "replace",
        "changed": ["actor.py"],
        "dropped": ["README.md"],
        "warnings": [{"category": "code", "code": "x", "path": "actor.py", "message": "It is odd."}],
        "data": data,
    }
    terminal.answer(REQUEST, answer(dry_run=True, plan=plan))

    done = terminal.type("import", str(packed), "--dry-run", "--with-data", "merge")

    assert done.status == 0
    lines = [line.split() for line in done.output.replace("│", " ").splitlines()]
    assert ["Plan"] in lines
    for line in (
        "actor.py changed",
        "README.md left out",
        "click_clicks 7 5 2 1 0",
        "action replace",
        "plan p",
    ):
        assert line.split() in lines
    assert "warning: actor.py: It is odd." in done.output


def test_what_was_replaced_is_said(terminal: Terminal, packed: Path) -> None:
    kept = {"id": "k1", "collections": ["click_clicks"], "kept_until": AT}
    terminal.answer(REQUEST, answer(replaced_revision=3, kept_data=kept))

    done = terminal.type("import", str(packed))

    assert "k1, until 2026-02-28" in done.output
    assert "replaces revision" in done.output
    assert done.output.rstrip().endswith("Imported.")


def test_json_is_the_whole_answer(terminal: Terminal, packed: Path) -> None:
    terminal.answer(REQUEST, answer())

    assert terminal.type("import", str(packed), "--json").json() == answer()


def test_all_problems_are_lines(terminal: Terminal, packed: Path) -> None:
    errors = [
        {
            "category": "file",
            "code": "a",
            "path": "actor.py",
            "message": "It is missing.",
            "remedy": "Add it.",
        },
        {"category": "code", "code": "b", "path": "__init__.py", "line": 7, "message": "It is broken."},
        {"category": "request", "code": "c", "message": "It has no place."},
    ]
    terminal.answer(REQUEST, problem(422, "invalid-input", errors=errors))

    done = terminal.type("import", str(packed))

    assert (done.status, done.output) == (1, "")
    assert done.complaints.splitlines() == [
        "error: It is invalid-input.",
        "  actor.py: It is missing. Add it.",
        "  __init__.py:7: It is broken.",
        "  -: It has no place.",
    ]


def test_a_plan_that_has_changed_is_a_conflict_with_the_new_one(terminal: Terminal, packed: Path) -> None:
    terminal.answer(REQUEST, problem(409, "plan-changed", plan={"plan_digest": "q"}))

    done = terminal.type("import", str(packed), "--plan", "p", "--json")

    assert done.status == 6
    assert done.json()["plan"] == {"plan_digest": "q"}


def test_a_file_that_is_not_there_is_wrong_usage(terminal: Terminal, tmp_path: Path) -> None:
    assert terminal.type("import", str(tmp_path / "none.zip")).status == 2
