"""What an archive may hold at most."""

from __future__ import annotations

from dataclasses import dataclass

from libs.common.limits import MIB, Limits

RATIO_FLOOR = 64 * MIB
"""Bytes unpacked below which no ratio is asked: small and repetitive is harmless."""

DATA_MEMBERS = frozenset({"db_collections.json", "db_types.json"})
"""Data of an export; repetitive JSON deflates by more than 100 and has done nothing wrong."""


@dataclass(frozen=True)
class ArchiveLimits:
    """Sizes in bytes. Files whose last name is in `spared` do not count for the ratio."""

    packed: int
    unpacked: int
    entries: int
    ratio: int
    ratio_floor: int = RATIO_FLOOR
    spared: frozenset[str] = DATA_MEMBERS

    @classmethod
    def of_experiments(cls, limits: Limits) -> ArchiveLimits:
        return cls(
            packed=limits.upload_packed_limit,
            unpacked=limits.upload_unpacked_limit,
            entries=limits.upload_entry_limit,
            ratio=limits.upload_ratio_limit,
        )

    @classmethod
    def of_benchmarks(cls, limits: Limits) -> ArchiveLimits:
        return cls(
            packed=limits.benchmark_packed_limit,
            unpacked=limits.benchmark_unpacked_limit,
            entries=limits.upload_entry_limit,
            ratio=limits.upload_ratio_limit,
        )
