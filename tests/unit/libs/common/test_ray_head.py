from __future__ import annotations

import os
import shutil
import site
import subprocess
import sys
from pathlib import Path

import pytest

from libs.common import ray_head
from libs.common.ray_head import PREFIX, worker_environment, worker_uid


def test_workers_inherit_nothing_that_is_not_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MONGO_URI", "mongodb://user:secret@host/")
    monkeypatch.setenv("B2_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy")
    environment = worker_environment(tmp_path, "the-token")
    assert "secret" not in str(environment)
    assert environment["HTTPS_PROXY"] == "http://proxy"
    assert (environment["RAY_AUTH_MODE"], environment["RAY_AUTH_TOKEN"]) == ("token", "the-token")
    assert environment["HOME"] == str(tmp_path)


def test_only_root_can_change_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert worker_uid() is None


def test_the_user_changes_only_where_others_can_read_python(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda _: "/usr/bin/setpriv")
    monkeypatch.setattr(site, "getsitepackages", lambda: ["/usr/lib"])
    monkeypatch.setattr(sys, "executable", "/bin/sh")
    monkeypatch.setattr(ray_head, "__file__", "/usr/lib/module.py")
    assert worker_uid() == ray_head.WORKER_UID
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setattr(ray_head, "__file__", str(closed / "module.py"))
    assert worker_uid() is None


def test_what_a_killed_head_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    left, other = tmp_path / f"{PREFIX}left", tmp_path / "other"
    for folder in (left, other):
        folder.mkdir()
    home = tmp_path / "home"
    home.mkdir()
    for noted in (left, other):
        (home / "folder").write_text(str(noted))
        new = ray_head._prepare(home, None)
        assert (home / "folder").read_text() == str(new)
        assert new.name.startswith(PREFIX)
        new.rmdir()
    assert not left.exists()
    assert other.exists()


NAMES_ITSELF = "from ray._raylet import setproctitle as name; name('ray::Agent')"
GOES_AWAY = "import os; os.chdir('/')"


@pytest.mark.parametrize("habit", [NAMES_ITSELF, GOES_AWAY])
def test_what_an_earlier_head_left_is_ended_and_nothing_else(tmp_path: Path, habit: str) -> None:
    def sleeper(home: Path) -> subprocess.Popen[bytes]:
        home.mkdir()
        process = subprocess.Popen(
            [sys.executable, "-c", f"{habit}; print(1, flush=True); input()"],
            env={"HOME": str(home)},
            cwd=home,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"1\n"
        return process

    with sleeper(tmp_path / "ray") as left, sleeper(tmp_path / "ray2") as other:
        ray_head._end_what_is_left(tmp_path / "ray")
        left.wait(timeout=20)  # how it ended is told once, and not to us
        assert other.poll() is None
        other.kill()
