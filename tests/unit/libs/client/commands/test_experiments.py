"""`entrepot experiments`."""

from __future__ import annotations

import pytest
from entrepot_client.commands import completion

from tests.unit.libs.client.commands.terminal import Terminal
from tests.unit.libs.client.samples import AT, JOB, SHA256, experiment, problem

ONE = "/api/experiments/click"
CHANGED = {"status": "success", "job_id": JOB, "slug": "click", "message": "It serves revision 3."}


def test_all_are_listed(terminal: Terminal) -> None:
    last = {"export_id": "e", "kind": "docker", "created_at": AT, "file_size": 3}
    terminal.answer(
        "GET /api/experiments", {"experiments": [experiment("click", last_export=last), experiment("shop")]}
    )

    done = terminal.type("experiments", "list")

    assert done.status == 0
    assert "2026-02-28 12:30:00 UTC, docker" in done.output
    assert "shop" in done.output


def test_one_is_shown_with_its_error(terminal: Terminal) -> None:
    hosting = {
        "state": "failed",
        "since": AT,
        "serving_revision": 2,
        "path": "/experiments/click/",
        "routes": [],
        "error": ["ModuleNotFoundError: numpi", "[bold]boom"],
        "indexes": {},
    }
    terminal.answer(f"GET {ONE}", experiment("click", hosting=hosting))

    done = terminal.type("experiments", "status", "click")

    for said in ("revision 2", "revision 3, version", "ModuleNotFoundError: numpi", "[bold]boom", "failed"):
        assert said in done.output


def test_versions_mark_the_current_one(terminal: Terminal) -> None:
    known = {"version": SHA256[:12], "digest": SHA256, "author": "ana", "origin": "import", "created_at": AT}
    versions = [
        {**known, "revision": 2, "current": True, "kept": True, "note": "new colours"},
        {**known, "revision": 1, "current": False, "kept": False},
    ]
    terminal.answer(f"GET {ONE}/versions", {"slug": "click", "versions": versions})

    done = terminal.type("experiments", "versions", "click")

    assert "2 *" in done.output
    assert "new colours" in done.output


@pytest.mark.parametrize(
    "command", [("start", "click"), ("stop", "click"), ("rollback", "click"), ("clone", "click", "copy")]
)
def test_a_change_says_what_became_of_it(terminal: Terminal, command: tuple[str, ...]) -> None:
    terminal.answer(f"POST {ONE}/{command[0]}", CHANGED)

    assert terminal.type("experiments", *command).output == "It serves revision 3.\n"
    assert terminal.type("experiments", *command, "--json").json() == CHANGED


def test_a_deletion_asks_once(terminal: Terminal) -> None:
    terminal.answer(f"DELETE {ONE}", CHANGED)

    refused = terminal.type("experiments", "delete", "click", "--data", typed="n\n")
    agreed = terminal.type("experiments", "delete", "click", typed="y\n")
    silent = terminal.type("experiments", "delete", "click", "--yes")

    assert "for good" in refused.complaints
    assert [refused.status, agreed.status, silent.status] == [1, 0, 0]
    assert silent.complaints == ""


def test_why_a_version_does_not_start_is_told(terminal: Terminal) -> None:
    terminal.answer(f"POST {ONE}/start", problem(409, "start-failed", last_lines=["x", "boom"]))

    done = terminal.type("experiments", "start", "click")

    assert done.status == 6
    assert done.complaints == "error: It is start-failed.\n  x\n  boom\n"


def test_the_shell_offers_slugs(terminal: Terminal) -> None:
    terminal.answer(
        "GET /api/experiments", {"experiments": [experiment(slug) for slug in ("a", "click", "cl")]}
    )

    assert completion.slugs("cl") == ["click", "cl"]


def test_the_shell_offers_nothing_where_nobody_answers(terminal: Terminal) -> None:
    terminal.answer("GET /api/experiments", problem(401, "unauthenticated"))

    assert completion.slugs("cl") == []
