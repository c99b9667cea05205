"""What the pages tell people to type is typed, in the pages' order; no block of commands is left out unseen."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.answers import wait_until_served
from tests.e2e.reading import Block, Reader, Use, blocks
from tests.e2e.road import answered, edited, export, upload
from tests.servers.debian_packages import unpacked
from tests.servers.entrepot import ROOT, Served, Up, clean_environment

SLUG = "click"
BESIDE_THE_PLATFORM = ("docs/troubleshooting.md", "docs/operations.md")
LONG = ("docs/tutorial.md", "README.md")
"""They run algorithms, the README's example all of them."""
WITH_HOSTING = ("docs/administration.md", "docs/importing.md")
ELSEWHERE = {
    "docs/benchmarks.md": "tests/e2e/test_benchmark_docs.py",
    "docs/deployment.md": "tests/docker/test_deployment_page.py",
    "docs/events.md": "tests/integration/examples",
    "docs/reliability.md": "tests/unit/libs/common/test_signing.py",
}
"""Pages whose commands other tests run."""
TOOLS = ("zip", "unzip")

pytestmark = pytest.mark.timeout(600)


def command_pages() -> Iterator[tuple[str, list[Block]]]:
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        found = [block for block in blocks(page) if block.use is Use.RUN]
        if found:
            yield str(page.relative_to(ROOT)), found


def test_every_page_with_commands_is_followed_somewhere() -> None:
    pages = {name for name, _ in command_pages()}
    assert pages <= {*BESIDE_THE_PLATFORM, *LONG, *WITH_HOSTING, *ELSEWHERE}
    assert all((ROOT / test).exists() for test in ELSEWHERE.values())


def test_what_is_only_shown_says_why() -> None:
    shown = [
        block for page in (ROOT / "docs").glob("*.md") for block in blocks(page) if block.use is Use.SHOWN
    ]
    assert all(len(block.argument) > len("a reason") for block in shown)


def with_tools(environment: dict[str, str]) -> dict[str, str]:
    """A bare machine has no zip; a reader of these pages has."""
    missing = [name for name in TOOLS if shutil.which(name) is None]
    folders = [str(unpacked(name) / "usr" / "bin") for name in missing]
    return environment | {"PATH": os.pathsep.join([*folders, environment["PATH"]])}


def reader_of(platform: Served, folder: Path) -> Reader:
    return Reader(folder, with_tools(dict(platform.environment)), platform.base_url)


@pytest.fixture
def reader(platform: Served, http: httpx.Client, tmp_path: Path) -> Iterator[Reader]:
    """With the files and versions that pages speak of; the experiment is afterwards what it was before."""
    before = export(http, SLUG, "upload-ready")
    answered(upload(http, edited(before, line="# a second version"), slug_id=SLUG))
    reader = reader_of(platform, tmp_path)
    reader.write("click_upload.zip", before)
    yield reader
    answered(upload(http, before, slug_id=SLUG))


@pytest.mark.parametrize("page", BESIDE_THE_PLATFORM)
def test_a_page(reader: Reader, http: httpx.Client, page: str) -> None:
    broken = upload(http, b"PK\x05\x06" + bytes(18), slug_id=SLUG)
    reader.copied["ID"] = broken.json()["job_id"]
    reader.follow(ROOT / page)


@pytest.mark.soak
@pytest.mark.parametrize("page", LONG)
def test_a_long_page(reader: Reader, page: str) -> None:
    assert "Kleines Unternehmen" in "".join(reader.follow(ROOT / page))


@pytest.mark.ray
@pytest.mark.xdist_group("ray")
@pytest.mark.parametrize("page", WITH_HOSTING)
def test_a_page_about_what_is_hosted(stage: Up, visitor: httpx.Client, tmp_path: Path, page: str) -> None:
    reader = reader_of(stage, tmp_path)
    wait_until_served(visitor, SLUG)
    assert visitor.post(f"/experiments/{SLUG}/press", data={"button": "plum"}).status_code == 303
    before = export(visitor, SLUG, "upload-ready")
    answered(upload(visitor, edited(before, line=f"# {page}"), slug_id=SLUG))
    alone = export(visitor, SLUG, "standalone")
    for name in ("click_upload.zip", "click.zip", "click_intelligent_export_20240501_120000_000000.zip"):
        reader.write(name, before if name == "click_upload.zip" else alone)
    reader.follow(ROOT / page)
    answered(visitor.post(f"/api/experiments/{SLUG}/start"))
    answered(upload(visitor, before, slug_id=SLUG))


def test_a_backup_of_a_home_is_packed_and_unpacked_as_the_page_says(tmp_path: Path) -> None:
    """Whether the platform comes back with it is the matter of tests/e2e/test_up.py."""
    reader = Reader(tmp_path, clean_environment())
    reader.write(".entrepot/run.json", "{}")
    [backup] = [block for block in blocks(ROOT / "docs/operations.md") if "tar -czf" in block.content]
    pack, unpack = (re.sub(r" +#.*", "", line) for line in backup.content.splitlines())
    reader.do(pack)
    reader.do(unpack)
    assert (tmp_path / ".entrepot" / "run.json").read_text() == "{}"
