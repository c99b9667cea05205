"""Files are whole and checked, or not there; our token goes nowhere else."""

from __future__ import annotations

import hashlib
from pathlib import Path

import httpx
import pytest
from entrepot_client import DownloadDamaged, Dump, Export, Progress, Unreachable
from entrepot_client.downloads import place_of

from .platform import FILES, client_of
from .samples import AT, JOB, export

CONTENT = b"PK" + bytes(range(256)) * 3000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
LINK = "GET /click.zip"


def made(**more: object) -> Export:
    return Export.model_validate(export(checksum=SHA256, file_size=len(CONTENT), **more))


async def test_a_file_is_stored_under_its_name(tmp_path: Path) -> None:
    told: list[Progress] = []
    async with client_of({LINK: [httpx.Response(200, content=CONTENT)]}, token="t") as (client, platform):
        path = await client.exports.download(made(), tmp_path / "new" / "folder", tell=told.append)

    assert path == tmp_path / "new" / "folder" / "click.zip"
    assert path.read_bytes() == CONTENT
    assert platform.sent("Authorization") == [None]
    assert (told[-1].stage, told[-1].done, told[-1].total) == ("downloading", len(CONTENT), len(CONTENT))


async def test_what_was_damaged_is_not_kept(tmp_path: Path) -> None:
    (tmp_path / "click.zip").write_bytes(b"of yesterday")
    async with client_of({LINK: [httpx.Response(200, content=CONTENT[:-1])]}) as (client, _):
        with pytest.raises(DownloadDamaged, match="SHA-256"):
            await client.exports.download(made(), tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["click.zip"]
    assert (tmp_path / "click.zip").read_bytes() == b"of yesterday"


@pytest.mark.parametrize("answer", [httpx.Response(403), httpx.ReadError("reset")])
async def test_what_breaks_off_is_not_kept(tmp_path: Path, answer: httpx.Response | Exception) -> None:
    async with client_of({LINK: [answer]}) as (client, _):
        with pytest.raises(Unreachable, match=r"click.zip"):
            await client.exports.download(made(), tmp_path)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["../../escape.zip", "/etc/escape.zip", "escape.zip"])
def test_a_name_never_leads_out_of_the_folder(name: str, tmp_path: Path) -> None:
    assert place_of(tmp_path, name) == tmp_path / "escape.zip"


@pytest.mark.parametrize("name", ["", "/", "a/.."])
def test_a_name_that_is_none_is_replaced(name: str, tmp_path: Path) -> None:
    assert place_of(tmp_path, name) == tmp_path / "download.zip"


async def test_a_dump_is_fetched_where_the_platform_says(tmp_path: Path) -> None:
    dump = Dump(
        job_id=JOB,
        filename="benchmark_results.zip",
        checksum=SHA256,
        file_size=len(CONTENT),
        rows=1,
        companies=("Café",),
        message="Dumped.",
    )
    answers: dict[str, list[httpx.Response | Exception]] = {
        f"GET /api/benchmark-dumps/{JOB}/download": [
            httpx.Response(303, headers={"Location": f"{FILES}/dump.zip?until={AT}"})
        ],
        "GET /dump.zip": [httpx.Response(200, content=CONTENT)],
    }
    async with client_of(answers, token="t") as (client, platform):
        path = await client.benchmarks.download(dump, tmp_path)

    assert path.read_bytes() == CONTENT
    assert platform.sent("Authorization") == ["Bearer t", None]
