"""Which files of an experiment leave the platform."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.exporter.code import _collect, left_out


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        (".env", ".env"),
        ("config/.env.production", "config/.env.production"),
        ("PROD.ENV", "PROD.ENV"),
        ("certs/server.pem", "certs/server.pem"),
        ("certs/server.KEY", "certs/server.KEY"),
        ("id_rsa", "id_rsa"),
        (".ssh/config", ".ssh/"),
        (".aws/credentials", ".aws/"),
        ("credentials.json", "credentials.json"),
        (".git/HEAD", ".git/"),
        ("lib/__pycache__/x.pyc", "lib/__pycache__/"),
        ("x.pyc", "x.pyc"),
        (".DS_Store", ".DS_Store"),
        (".gitignore", ".gitignore"),
    ],
)
def test_secrets_and_litter_are_left_out(path: str, reason: str) -> None:
    assert left_out(path) == reason


@pytest.mark.parametrize(
    "path",
    [
        "actor.py",
        ".env.example",
        "environment.py",
        "static/key.png",
        "keys.py",
        "templates/index.html",
        "id_rsa.md",
    ],
)
def test_the_experiments_own_files_stay(path: str) -> None:
    assert left_out(path) is None


@pytest.fixture
def version(tmp_path: Path) -> Path:
    folder = tmp_path / "version"
    (folder / "__pycache__").mkdir(parents=True)
    (folder / "actor.py").write_text("pass")
    (folder / ".env").write_text("secret")
    (folder / "__pycache__/actor.pyc").write_text("")
    return folder


def test_files_and_what_is_left_out(version: Path, tmp_path: Path) -> None:
    code = _collect(version, tmp_path / "none")
    assert [file.path for file in code.files] == ["actor.py"]
    assert list(code.left_out) == [".env", "__pycache__/"]
    assert not code.differs


def test_a_working_copy_differs_by_what_is_exported_alone(version: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "actor.py").write_text("pass")
    (copy / ".env").write_text("another secret")
    assert not _collect(version, copy).differs
    (copy / "more.py").write_text("")
    assert _collect(version, copy).differs
    (copy / "more.py").unlink()
    (copy / "link.py").symlink_to("actor.py")
    assert _collect(version, copy).differs
