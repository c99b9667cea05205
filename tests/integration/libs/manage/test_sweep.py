"""`manage.py sweep` and the audit log of commands, as an operator uses them."""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from libs.manage.main import app
from tests.conftest import MakeSettings

Run = Callable[..., Any]


@pytest.fixture
def run(
    make_settings: MakeSettings,  # clears what the environment names
    mongo_uri: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Run:
    """A command on a database of this test's own; its JSON."""
    given = {"ENTREPOT_HOME": tmp_path, "MONGO_URI": mongo_uri, "DB_NAME": f"test_{uuid.uuid4().hex}"}
    for name, value in given.items():
        monkeypatch.setenv(name, str(value))

    def invoke(*arguments: str, status: int = 0) -> Any:
        done = CliRunner().invoke(app, [*arguments, "--json"])
        assert done.exit_code == status, done.output
        return json.loads(done.stdout)

    return invoke


def test_a_dry_run_shows_what_a_sweep_then_removes(run: Run, tmp_path: Path) -> None:
    upload = tmp_path / "temp_exports" / "uploads" / "old.zip"
    upload.parent.mkdir(parents=True)
    upload.write_bytes(b"0123456789")
    then = time.time() - 3 * 3600
    os.utime(upload, (then, then))

    (doomed,) = run("sweep", "--dry-run")
    assert (doomed["kind"], doomed["name"], doomed["size"]) == ("uploads", "uploads/old.zip", 10)
    assert doomed["reason"] == "no job waits for it"
    assert upload.exists()

    swept = {each["kind"]: each for each in run("sweep")}
    assert swept["uploads"] == {"kind": "uploads", "removed": 1, "error": None}
    assert not upload.exists()
    assert run("sweep", "--dry-run") == []
    assert set(swept) == {
        "exports",
        "uploads",
        "versions",
        "bundles",
        "version downloads",
        "replaced data",
        "staged data",
        "jobs",
        "version folders",
        "benchmark generations",
        "rosters",
        "benchmark dumps",
        "event log",
    }

    (entry,) = run("audit")
    assert (entry["actor"], entry["action"], entry["outcome"]) == (
        "operator@localhost",
        "manage.py sweep",
        "done",
    )


def test_commands_that_change_something_are_noted_without_secrets(run: Run) -> None:
    issued = run("tokens", "create", "ana@example.org", "--role", "admin")
    CliRunner().invoke(app, ["tokens", "revoke", issued["id"]])
    CliRunner().invoke(app, ["tokens", "revoke", "none"])
    run("tokens", "list")

    refused, revoked, created = run("audit")
    assert (created["action"], created["target"]) == ("manage.py tokens create", "ana@example.org")
    assert (revoked["action"], revoked["target"], revoked["outcome"]) == (
        "manage.py tokens revoke",
        issued["id"],
        "done",
    )
    assert (refused["target"], refused["outcome"]) == ("none", "refused")
    assert issued["token"] not in json.dumps([refused, revoked, created])
    assert run("audit", "--actor", "nobody") == []


def test_people_get_tables(run: Run, tmp_path: Path) -> None:
    shown = CliRunner().invoke(app, ["sweep", "--dry-run"])
    assert "Nothing would go." in shown.output
    assert CliRunner().invoke(app, ["audit"]).output == "Nothing is noted.\n"
