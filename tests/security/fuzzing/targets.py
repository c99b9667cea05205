"""What is searched: each reader of what strangers send, with what must hold of its answer."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import bson

from libs.common.archive.limits import ArchiveLimits
from libs.common.archive.problems import InvalidArchive
from libs.common.archive.reader import Archive, open_archive
from libs.common.errors import EntrepotError
from libs.common.limits import MIB
from libs.common.manifest.model import read_manifest
from services.benchmarks.dump.read import read_rows
from services.importer.data.spooling import EXACT, write_spool

LIMITS: Final = ArchiveLimits(packed=MIB, unpacked=4 * MIB, entries=1_000, ratio=100)
"""Small, so that none of the time goes into inflating."""
SEPARATOR: Final = b"\x00\x00"
"""Between the two data files in one input; neither holds it, as both are text."""


def read_zip(data: bytes) -> None:
    """Refused with reasons, or read as Python's own reader does, which is another one."""
    with tempfile.NamedTemporaryFile(dir="/dev/shm") as file:
        file.write(data)
        file.flush()
        try:
            with open_archive(Path(file.name), LIMITS) as archive:
                if not archive.verify():
                    _compare(archive, data)
        except InvalidArchive as error:
            _require(bool(error.problems))
            _require(all(problem.message.isprintable() for problem in error.problems))


def _compare(archive: Archive, data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as other:
        theirs = other.infolist()
        assert len(theirs) == len(archive.entries)
        for entry, info in zip(archive.entries, theirs, strict=True):
            assert entry.size == info.file_size
            assert b"".join(archive.read(entry)) == other.read(info)


def read_manifest_file(data: bytes) -> None:
    """A manifest without problems can be stored."""
    manifest, problems = read_manifest(data)
    assert problems or manifest is not None
    if manifest is not None and not problems:
        bson.encode(manifest.model_dump())


def read_dump(data: bytes) -> None:
    """Refused with reasons, or companies."""
    try:
        dump = read_rows([data])
    except EntrepotError as error:
        _require(bool(error.problems))
    else:
        _require(bool(dump.companies))


def read_data(data: bytes) -> None:
    """The two data files of an export: what is restored is BSON, and the rest is a list of problems."""
    collections, _, types = data.partition(SEPARATOR)
    with tempfile.TemporaryDirectory(dir="/dev/shm") as name:
        folder = Path(name)
        (folder / "db_collections.json").write_bytes(collections)
        (folder / "db_types.json").write_bytes(types)
        report = write_spool(folder, folder / "spool", slug="click", former={"clack"})
        bson.encode(report)
        stored = (folder / "spool").read_bytes()
        for section in report["sections"]:
            part = stored[section["offset"] : section["offset"] + section["length"]]
            assert len(bson.decode_all(part, EXACT)) == section["documents"]


def _require(condition: bool) -> None:
    """Raises: AssertionError, by which a search knows that it has found something."""
    assert condition


TARGETS: Final[dict[str, Callable[[bytes], None]]] = {
    "zip": read_zip,
    "manifest": read_manifest_file,
    "dump": read_dump,
    "data": read_data,
}
