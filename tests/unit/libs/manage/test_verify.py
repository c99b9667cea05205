"""`manage.py verify`: its verdicts, which are its exit statuses."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from libs.common.signing import Signer, sha256_of
from libs.manage.verify import verify

SECRET = b64encode(bytes(range(32))).decode()
PUBLIC = Signer.of(SECRET).public_key
OTHER = Signer.of(b64encode(bytes(range(1, 33))).decode()).public_key

app = typer.Typer()
app.command()(verify)
Run = Callable[..., tuple[int, str]]


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EXPORT_SIGNING_KEY", raising=False)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "click.zip"
    path.write_bytes(b"PK...")
    path.with_name("click.zip.sig").write_text(Signer.of(SECRET).sign(sha256_of(path)).model_dump_json())
    return path


def run(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, [*map(str, arguments), "--json"])
    return done.exit_code, json.loads(done.stdout)["verdict"]


def test_genuine(archive: Path) -> None:
    assert run(archive, "--public-key", PUBLIC) == (0, "genuine")


def test_genuine_by_the_platforms_own_key(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPORT_SIGNING_KEY", SECRET)
    assert run(archive) == (0, "genuine")


def test_changed(archive: Path) -> None:
    archive.write_bytes(b"PK..!")
    assert run(archive, "--public-key", PUBLIC) == (1, "not_genuine")
    assert run(archive) == (1, "not_genuine")


def test_signed_by_another(archive: Path) -> None:
    assert run(archive, "--public-key", OTHER) == (1, "not_genuine")


def test_no_signature(archive: Path) -> None:
    assert run(archive, "--signature", archive.with_name("none")) == (2, "unreadable")


def test_no_archive(archive: Path) -> None:
    archive.unlink()
    assert run(archive) == (2, "unreadable")


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\x00", b'{"sha256": "x"}'])
def test_what_is_no_signature(archive: Path, content: bytes) -> None:
    archive.with_name("click.zip.sig").write_bytes(content)
    assert run(archive) == (2, "unreadable")


def test_nobody_knows_whose_key_it_is(archive: Path) -> None:
    assert run(archive) == (3, "unknown_key")


def test_people_are_told_why(archive: Path) -> None:
    archive.write_bytes(b"PK..!")
    done = CliRunner().invoke(app, [str(archive)])
    assert "SHA-256" in done.stderr
