"""Every ZIP of the corpus by every road: API, command, and page, by the API's address; the reader in unit tests."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from typer.testing import CliRunner

from libs.common.archive import rulebook
from libs.common.archive.rulebook import Rule
from libs.common.jobs.model import Role
from libs.manage.main import app
from tests.corpus import HONEST, HOSTILE
from tests.corpus.cases import HonestZip, HostileZip
from tests.integration.services.gateway.house import Gateway, until

PARALLEL = 4
WHOLE: list[HostileZip | HonestZip] = [*HOSTILE, *HONEST]
SAMPLE: list[HostileZip | HonestZip] = [
    *{code: case for case in HOSTILE for code in sorted(case.codes)}.values(),
    *HONEST[::5],
]
"""One that breaks each rule, and some that are only odd; the importer starts a process for each that it takes."""
NOT_BY_SIZE = {"packed-too-large", "too-many-problems"}
"""Rules that unit tests of the reader prove: a case of theirs in the corpus would have half a GiB, or 100 problems."""


@dataclass(frozen=True)
class Answer:
    status: int
    codes: frozenset[str]
    """Of all problems that are listed."""


async def upload(platform: Gateway, content: bytes, *, path: str, dry_run: bool) -> Answer:
    form = aiohttp.FormData()
    form.add_field("file", io.BytesIO(content), filename="upload.zip", content_type="application/zip")
    form.add_field("slug_id", "click")
    form.add_field("dry_run", str(int(dry_run)))
    headers = await platform.token(Role.DEVELOPER)
    async with platform.http.post(path, data=form, headers=headers) as response:
        answer: dict[str, Any] = await response.json(content_type=None)
    listed = frozenset(problem["code"] for problem in answer.get("errors", []))
    return Answer(response.status, listed or frozenset({answer["type"].rpartition(":")[2]}))


def is_as_expected(case: HostileZip | HonestZip, answer: Answer) -> bool:
    """Hostile ones are refused for what they are; what is only odd lacks an experiment, and nothing else."""
    if isinstance(case, HonestZip):
        return answer == Answer(422, frozenset({"missing-file"}))
    return (answer.status == 422 and answer.codes >= case.codes) or _is_refused_unread(case, answer)


def _is_refused_unread(case: HostileZip, answer: Answer) -> bool:
    """By its first bytes, before anything is stored."""
    return answer == Answer(415, frozenset({"not-a-zip"}))


async def test_by_the_api(platform: Gateway, tmp_path: Path) -> None:
    await send_all(platform, tmp_path, SAMPLE)


@pytest.mark.soak
async def test_all_by_the_api(platform: Gateway, tmp_path: Path) -> None:
    await send_all(platform, tmp_path, WHOLE)


async def send_all(platform: Gateway, folder: Path, cases: Sequence[HostileZip | HonestZip]) -> None:
    """Planned and imported by turns, on both addresses; whatever it is, nothing of it stays."""
    gate, wrong = asyncio.Semaphore(PARALLEL), []
    paths = ("/api/upload-experiment", "/admin/api/upload-experiment")

    async def send(number: int, case: HostileZip | HonestZip) -> None:
        async with gate:
            content = case.build()
            path, dry_run = paths[number % 2], number % 4 < 2
            answer = await upload(platform, content, path=path, dry_run=dry_run)
        if not is_as_expected(case, answer):
            wrong.append((case.id, answer))

    await asyncio.gather(*(send(*each) for each in enumerate(cases)))

    async def nothing_stays() -> bool:
        return [blob.key async for blob in platform.parts.blobs.list("")] == []

    assert wrong == []
    await until(nothing_stays, seconds=150)  # each is discarded when the end of its job has come around
    assert {path.name for path in folder.iterdir()} <= {"home", "planted.txt"}


def test_by_the_command(tmp_path: Path) -> None:
    """The command and the importer call the same `examine`."""
    path, wrong = tmp_path / "upload.zip", []
    for case in SAMPLE:
        path.write_bytes(case.build())
        done = CliRunner().invoke(app, ["check-upload", str(path), "--slug", "click", "--json"])
        found = frozenset(problem["code"] for problem in json.loads(done.stdout)["problems"])
        expected = case.codes if isinstance(case, HostileZip) else frozenset({"missing-file"})
        if done.exit_code != 1 or not found >= expected:
            wrong.append((case.id, found))
    assert wrong == []
    assert [path.name for path in tmp_path.iterdir()] == ["upload.zip"]


async def test_the_page_sends_to_the_same_address(gateway: Gateway) -> None:
    headers = await gateway.token(Role.DEVELOPER)
    async with gateway.http.get("/admin", headers=headers) as response:
        assert 'data-upload="/admin/api/upload-experiment"' in await response.text()


def test_every_rule_has_a_zip_that_breaks_it() -> None:
    rules = {value.code for value in vars(rulebook).values() if isinstance(value, Rule)}
    broken = frozenset().union(*map(attrgetter("codes"), HOSTILE))
    assert broken == rules - NOT_BY_SIZE
