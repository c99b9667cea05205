"""Where a search begins: the corpus, and small inputs that are in order."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import bson

from services.exporter.convert import convert
from services.exporter.lines import Section
from services.exporter.spool import Spool, read_range
from tests.corpus import HONEST, HOSTILE
from tests.security.fuzzing.targets import SEPARATOR
from tests.unit.services.benchmarks.dump.dumps import whole

ROOT: Final = Path(__file__).resolve().parents[3]
REGRESSIONS: Final = ROOT / "tests" / "corpus" / "regressions"
LARGEST: Final = 8_192
"""Bytes of a seed: the search changes a few bytes at a time, which in a large file are mostly contents."""
DOCUMENTS: Final = (
    {
        "_id": bson.ObjectId("0123456789abcdef01234567"),
        "at": bson.DatetimeMS(0),
        "n": [1, bson.Int64(2), 3.0],
    },
    {"_id": 2, "d": bson.Decimal128("1.5"), "b": b"\x00\x01", "r": bson.Regex("a", "i"), "m": bson.MinKey()},
    {"_id": 3, "t": bson.Timestamp(1, 2), "c": bson.Code("x"), "experiment_id": "clack", "deep": {"a": [{}]}},
)


def seeds(target: str) -> Iterator[bytes]:
    """Inputs of a target, of which none is large; what was once found is among them."""
    yield from (path.read_bytes() for path in sorted((REGRESSIONS / target).glob("*.bin")))
    yield from (seed for seed in _MADE[target]() if len(seed) <= LARGEST)


def _zips() -> Iterator[bytes]:
    yield from (case.build() for case in HONEST)
    yield from (case.build() for case in HOSTILE)


def _manifests() -> Iterator[bytes]:
    yield b"{}"
    yield from (path.read_bytes() for path in sorted((ROOT / "experiments").glob("*/manifest.json")))


def _dumps() -> Iterator[bytes]:
    yield b"[]"
    yield json.dumps(whole()).encode()
    yield json.dumps(whole(), indent=2).encode()


def _data() -> Iterator[bytes]:
    yield SEPARATOR
    raws = [bson.encode(document) for document in DOCUMENTS]
    for chosen in (raws, raws[:1]):
        with Spool(2**20, Path()) as spool, Spool(2**20, Path()) as types:
            for raw in chosen:
                spool.append(raw)
            section = Section("click_a", "collection", {}, None, len(chosen), len(chosen), 0, spool.size)
            collections = b"".join(convert([section], spool, types))
            yield collections + SEPARATOR + b"".join(read_range(types.fileno(), 0, types.size))


_MADE: Final = {"zip": _zips, "manifest": _manifests, "dump": _dumps, "data": _data}
