"""Which files of an experiment leave the platform."""

from __future__ import annotations

import pytest

from libs.common.manifest.leaving import left_out


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
