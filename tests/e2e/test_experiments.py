"""`manage.py experiments` as operators type it: without a platform, beside one, and beside one that hosts."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.answers import wait_until_served
from tests.e2e.road import answered, edited, export, members, upload
from tests.servers.entrepot import ROOT, Served, Up, clean_environment

COMMAND_SECONDS = 200


@dataclass(frozen=True)
class Done:
    status: int
    output: str
    complaints: str

    def json(self) -> Any:
        assert self.status == 0, self.complaints + self.output
        return json.loads(self.output)


def experiments(environment: Mapping[str, str], *arguments: str, typed: str = "") -> Done:
    command = [sys.executable, str(ROOT / "manage.py"), "experiments", *arguments]
    done = subprocess.run(
        command,
        env=dict(environment),
        input=typed,
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def test_without_a_platform(tmp_path: Path) -> None:
    """The command brings database and importer."""
    home = tmp_path / "home"
    alone = clean_environment(ENTREPOT_HOME=home)
    copy = home / "experiments" / "click"
    shutil.copytree(ROOT / "experiments" / "click", copy, ignore=shutil.ignore_patterns("__pycache__"))

    assert experiments(alone, "sync", "click", "--json").json()["revision"] == 1
    (copy / "actor.py").write_text((copy / "actor.py").read_text() + "# by hand\n")
    assert "revision 2 now" in experiments(alone, "sync", "click", "--note", "quick fix").output
    shown = experiments(alone, "diff", "click")
    assert "+# by hand\n" in shown.output
    assert experiments(alone, "delete", "click", "--yes").status == 0
    assert not copy.exists()


class TestBesideAPlatform:
    def test_list_and_status(self, platform: Served) -> None:
        listed = experiments(platform.environment, "list", "--json").json()
        shown = experiments(platform.environment, "status", "click")

        assert {"click", "click_tracker", "store-front"} <= {each["slug"] for each in listed}
        assert {each["hosting"]["state"] for each in listed} == {"idle"}
        assert (shown.status, "/experiments/click/" in shown.output) == (0, True)

    def test_a_copy_from_its_beginning_to_its_end(
        self, platform: Served, http: httpx.Client, tmp_path: Path
    ) -> None:
        """The importer of the platform works; the database is the same over HTTP."""
        here = platform.environment
        assert experiments(here, "clone", "click", "click-copy", "--json").json()["slug"] == "click-copy"
        changed = edited(export(http, "click-copy", "upload-ready"), line="# over HTTP")
        answered(upload(http, changed, slug_id="click-copy"))

        assert "+# over HTTP\n" in experiments(here, "diff", "click-copy", "1", "2").output
        file = tmp_path / "old.zip"
        saved = experiments(
            here, "download", "click-copy", "--revision", "1", "-o", str(file), "--json"
        ).json()
        assert saved["file_size"] == file.stat().st_size
        assert b"# over HTTP" not in members(file.read_bytes())["actor.py"]
        again = experiments(here, "download", "click-copy", "-o", str(file))
        assert (again.status, "--output" in again.complaints) == (2, True)

        asked = experiments(here, "delete", "click-copy", "--data", typed="n\n")
        assert (asked.status, "nothing of it can be brought back" in asked.complaints) == (1, True)
        assert answered(http.get("/api/experiments/click-copy"))["revision"] == 2
        assert experiments(here, "delete", "click-copy", "--data", "--yes").status == 0
        assert http.get("/api/experiments/click-copy").status_code == 404

    def test_mistakes_are_told_apart_from_failures(self, platform: Served) -> None:
        unknown = experiments(platform.environment, "rollback", "nobody", "--json")
        taken = experiments(platform.environment, "clone", "click", "click_tracker")

        assert unknown.status == 2
        assert json.loads(unknown.output)["type"] == "urn:entrepot:problem:version-not-found"
        assert taken.status == 1
        assert "registered already" in taken.complaints
        assert "Traceback" not in taken.complaints + unknown.complaints


@pytest.mark.ray
@pytest.mark.xdist_group("ray")
@pytest.mark.timeout(300)
def test_stopping_and_starting_what_is_hosted(stage: Up, visitor: httpx.Client) -> None:
    wait_until_served(visitor, "click_tracker")
    serving = answered(visitor.get("/api/experiments/click_tracker"))["hosting"]
    assert (serving["state"], serving["actor"]) == ("serving", "click_tracker-actor")
    assert "GET /experiments/click_tracker/" in serving["routes"]

    stopped = experiments(stage.environment, "stop", "click_tracker")
    assert (stopped.status, "is stopped" in stopped.output) == (0, True), stopped.complaints
    assert answered(visitor.get("/api/experiments/click_tracker"))["hosting"]["state"] == "stopped"
    assert visitor.get("/experiments/click_tracker/").status_code == 503

    started = answered(visitor.post("/api/experiments/click_tracker/start"))
    assert started["revision"] == 1
    assert visitor.get("/experiments/click_tracker/").status_code == 200
    again = experiments(stage.environment, "start", "click_tracker", "--json").json()
    assert again["revision"] == 1
