"""The same content gives the same bytes: elsewhere, on another day, by another road."""

from __future__ import annotations

import locale
import os
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace

import pytest
from bson import ObjectId

from libs.common.events.exports import ExportKind
from libs.common.parts import Parts
from services.exporter import convert, lines, snapshot, spool
from services.exporter.export import Exporter
from tests.integration.services.exporter.conftest import Export, Register


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Another time zone, umask and locale."""
    umask, old_locale = os.umask(0o077), locale.setlocale(locale.LC_ALL)
    monkeypatch.setenv("TZ", "Pacific/Chatham")
    time.tzset()
    locale.setlocale(locale.LC_ALL, "C.UTF-8")
    yield
    os.umask(umask)
    locale.setlocale(locale.LC_ALL, old_locale)
    monkeypatch.undo()
    time.tzset()


async def forget(parts: Parts) -> None:
    """Let the next export build."""
    await parts.database["export_logs"].delete_many({})


async def fill(parts: Parts) -> None:
    rows = [{"_id": ObjectId(f"{n:024x}"), "text": "x" * (n % 900), "n": n / 3} for n in range(3_000)]
    await parts.database["click_clicks"].insert_many(rows)


@pytest.mark.parametrize("kind", list(ExportKind))
async def test_place_and_time_do_not_count(
    register: Register, export: Export, parts: Parts, kind: ExportKind, request: pytest.FixtureRequest
) -> None:
    await register("click")
    await fill(parts)
    here = await export("click", kind)
    await forget(parts)
    request.getfixturevalue("elsewhere")
    there = await export("click", kind, Exporter(parts))
    assert not there.completed.reused
    assert there.content == here.content
    assert there.completed.content_digest == here.completed.content_digest
    assert {entry.date_time for entry in here.zip.infolist()} == {(1980, 1, 1, 0, 0, 0)}


async def test_how_data_are_read_and_spooled_does_not_count(
    register: Register, export: Export, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    await register("click")
    await fill(parts)
    one = await export("click")
    await forget(parts)
    monkeypatch.setattr(snapshot, "BATCH_DOCUMENTS", 7)
    monkeypatch.setattr(spool, "BLOCK", 5_000)
    monkeypatch.setattr(lines, "BLOCK", 3_000)
    monkeypatch.setattr(convert, "INLINE_LIMIT", 2**30)
    on_disk = replace(parts, limits=parts.limits.model_copy(update={"spool_memory_limit": 1000}))
    other = await export("click", exporter=Exporter(on_disk))
    assert not other.completed.reused
    assert other.content == one.content


async def test_zlib_gives_the_same_files(register: Register, export: Export, parts: Parts) -> None:
    await register("click")
    one = await export("click")
    lasting = replace(parts, settings=parts.settings.model_copy(update={"deflate": "zlib"}))
    other = await export("click", exporter=Exporter(lasting))
    assert not other.completed.reused
    assert _contents(one.zip) == _contents(other.zip)


async def test_export_import_export_gives_the_same_files(register: Register, export: Export) -> None:
    """Rewritten templates are not rewritten again."""
    await register("click", name="Click")
    first = await export("click", ExportKind.UPLOAD_READY)
    files = _contents(first.zip)
    files.pop("manifest.json")
    await register("click", files, name="Click")
    second = await export("click", ExportKind.UPLOAD_READY)
    assert second.content == first.content
    assert second.completed.reused is True


def _contents(archive: zipfile.ZipFile) -> dict[str, bytes]:
    return {name: archive.read(name) for name in archive.namelist()}
