"""`entrepot export`."""

from __future__ import annotations

import hashlib
from pathlib import Path

import httpx

from tests.unit.libs.client.commands.terminal import Terminal
from tests.unit.libs.client.samples import export

CONTENT = b"PK-not-really"
MADE = export(
    checksum=hashlib.sha256(CONTENT).hexdigest(),
    file_size=len(CONTENT),
    collections=[{"name": "click_clicks", "exported": 10_000, "total": 12_000, "truncated": True}],
    warnings=["The working copy differs."],
)


def ready(terminal: Terminal) -> None:
    terminal.answer("GET /api/package-docker/click", MADE)
    terminal.answer("GET /click.zip", httpx.Response(200, content=CONTENT))


def test_a_table_says_where_it_is_and_what_was_cut(terminal: Terminal, tmp_path: Path) -> None:
    ready(terminal)

    done = terminal.type("export", "click", "--kind", "docker", "-o", str(tmp_path))

    assert done.status == 0
    assert (tmp_path / "click.zip").read_bytes() == CONTENT
    for said in (
        "click.zip",
        MADE["checksum"],
        "click_clicks: 10,000 of 12,000",
        "The working copy differs.",
    ):
        assert said in done.output


def test_json_holds_the_answer_and_the_path(terminal: Terminal, tmp_path: Path) -> None:
    ready(terminal)

    done = terminal.type("export", "click", "--kind", "docker", "-o", str(tmp_path), "--json")

    assert done.json()["path"] == str(tmp_path / "click.zip")
    assert done.json()["export_id"] == "e1"


def test_a_folder_that_cannot_be_written_is_an_error(terminal: Terminal, tmp_path: Path) -> None:
    ready(terminal)
    (tmp_path / "file").touch()

    done = terminal.type("export", "click", "--kind", "docker", "-o", str(tmp_path / "file" / "below"))

    assert done.status == 1
    assert "error:" in done.complaints
