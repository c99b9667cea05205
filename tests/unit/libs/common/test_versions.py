from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from libs.common.archive.digest import hash_tree
from libs.common.archive.writer import Member, write_archive
from libs.common.blobs.links import LinkSigner
from libs.common.blobs.local import LocalBlobs
from libs.common.registry import Bundle, Platform, Registered
from libs.common.versions import (
    PARTIAL,
    Origin,
    Version,
    VersionDamaged,
    fetch,
    materialise,
    place,
    restore,
    staging,
    version_digest,
    version_folder,
)

FILES = {"__init__.py": "bp = 1\n", "static/a.css": "a{}", "static/deep/ä.txt": "ä"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "versions"


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobs:
    return LocalBlobs(tmp_path / "blobs", base_url="http://localhost", signer=LinkSigner("k" * 32))


def tree(folder: Path, files: dict[str, str] | None = None) -> Path:
    for name, content in (FILES if files is None else files).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


def digest_of(folder: Path) -> str:
    return version_digest(hash_tree(folder))


async def put(blobs: LocalBlobs, key: str, packed: bytes) -> Bundle:
    async def chunks() -> AsyncIterator[bytes]:
        yield packed

    await blobs.put(key, chunks())
    return Bundle(key=key, sha256=hashlib.sha256(packed).hexdigest(), size=len(packed))


def packed() -> bytes:
    members = [Member.of_bytes(name, content.encode()) for name, content in sorted(FILES.items())]
    return b"".join(write_archive(members))


@pytest.fixture
async def bundle(blobs: LocalBlobs) -> Bundle:
    return await put(blobs, "click/runtime-1.zip", packed())


@pytest.fixture
def digest(tmp_path: Path) -> str:
    return digest_of(tree(tmp_path / "plain"))


def content(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def leftovers(root: Path) -> Iterator[Path]:
    return (root / PARTIAL).iterdir() if (root / PARTIAL).exists() else iter(())


async def test_the_registered_version_is_restored(
    blobs: LocalBlobs, bundle: Bundle, root: Path, digest: str
) -> None:
    platform = Platform(revision=1, digest=digest, bundle=bundle, author="a", updated_at=datetime.now(UTC))
    registered = Registered(
        slug="click", manifest={}, platform=platform, runtime_s3_uri=blobs.uri(bundle.key)
    )

    folder = await materialise(registered, blobs=blobs, root=root)

    assert folder == root / "click" / digest == version_folder(root, "click", digest)
    assert content(folder) == FILES
    assert {path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_file()} == {0o444}
    assert not list(leftovers(root))


async def test_a_folder_that_is_there_needs_no_storage(
    blobs: LocalBlobs, bundle: Bundle, root: Path, digest: str
) -> None:
    folder = await restore("click", digest, bundle, blobs=blobs, root=root)
    await blobs.delete(bundle.key)

    assert await restore("click", digest, bundle, blobs=blobs, root=root) == folder


async def test_many_at_once_restore_it_once(
    blobs: LocalBlobs, bundle: Bundle, root: Path, digest: str
) -> None:
    folders = await asyncio.gather(
        *(restore("click", digest, bundle, blobs=blobs, root=root) for _ in range(8))
    )

    assert len(set(folders)) == 1
    assert content(folders[0]) == FILES
    assert not list(leftovers(root))


async def test_a_missing_bundle(blobs: LocalBlobs, bundle: Bundle, root: Path, digest: str) -> None:
    await blobs.delete(bundle.key)

    with pytest.raises(VersionDamaged, match="not in storage"):
        await restore("click", digest, bundle, blobs=blobs, root=root)


async def test_other_bytes_than_registered(blobs: LocalBlobs, root: Path, digest: str) -> None:
    other = (await put(blobs, "click/runtime-2.zip", packed() + b"!")).model_copy(update={"sha256": "0" * 64})

    with pytest.raises(VersionDamaged, match="SHA-256"):
        await restore("click", digest, other, blobs=blobs, root=root)
    assert not (root / "click").exists()
    assert not list(leftovers(root))


async def test_another_version_than_registered(blobs: LocalBlobs, bundle: Bundle, root: Path) -> None:
    with pytest.raises(VersionDamaged, match="holds the version"):
        await restore("click", "f" * 64, bundle, blobs=blobs, root=root)
    assert not (root / "click").exists()


class InMemory(LocalBlobs):
    """Nothing of its own to clean up when it is cancelled."""

    @asynccontextmanager
    async def open(self, key: str, *, start: int = 0) -> AsyncIterator[AsyncIterator[bytes]]:
        async def chunks() -> AsyncIterator[bytes]:
            for at in range(start, len(packed()), 100):
                await asyncio.sleep(0)
                yield packed()[at : at + 100]

        yield chunks()


async def test_a_cancelled_restore_leaves_nothing_half(
    tmp_path: Path, bundle: Bundle, root: Path, digest: str
) -> None:
    blobs = InMemory(tmp_path / "blobs", base_url="", signer=LinkSigner("k"))
    for turns in range(0, 90, 3):
        task = asyncio.create_task(restore("click", digest, bundle, blobs=blobs, root=root))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        folder = version_folder(root, "click", digest)
        assert not folder.exists() or content(folder) == FILES
        assert not list(leftovers(root))


async def test_staging_is_removed_whatever_happens(root: Path) -> None:
    async def fail() -> None:
        async with staging(root) as stage:
            tree(stage / "tree")
            raise KeyError

    with pytest.raises(KeyError):
        await fail()
    assert not list(leftovers(root))


async def test_fetch_tells_what_it_wrote(blobs: LocalBlobs, bundle: Bundle, tmp_path: Path) -> None:
    assert await fetch(blobs, bundle.key, tmp_path / "copy") == bundle.sha256
    assert (tmp_path / "copy").read_bytes() == packed()
    with pytest.raises(FileExistsError):
        await fetch(blobs, bundle.key, tmp_path / "copy")


def test_the_same_version_placed_twice_stays_and_counts_as_used(
    tmp_path: Path, root: Path, digest: str
) -> None:
    first = place(tree(tmp_path / "one"), root, "click", digest)
    os.utime(first, (1, 1))

    again = place(tree(tmp_path / "two"), root, "click", digest)

    assert again == first
    assert content(first) == FILES
    assert first.stat().st_mtime > 1


def test_modes_do_not_count(tmp_path: Path, digest: str) -> None:
    folder = tree(tmp_path / "other")
    (folder / "__init__.py").chmod(0o755)

    assert digest_of(folder) == digest


@pytest.mark.parametrize("change", [{"static/a.css": "b{}"}, {"x": ""}, {"static/deep/ä.txt": ""}])
def test_everything_else_counts(tmp_path: Path, digest: str, change: dict[str, str]) -> None:
    assert digest_of(tree(tmp_path / "other", FILES | change)) != digest


def test_a_version_survives_its_document(bundle: Bundle) -> None:
    version = Version(
        slug="click",
        revision=1,
        digest="0" * 64,
        bundle=bundle,
        author="a",
        origin=Origin.IMPORT,
        created_at=datetime.now(UTC),
    )
    assert Version.model_validate(version.model_dump() | {"_id": 1, "shared": 2}) == version
