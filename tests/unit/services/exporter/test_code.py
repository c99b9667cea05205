"""What an export carries of a version."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.exporter.code import _collect


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
