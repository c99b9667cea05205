from __future__ import annotations

from libs.common.archive.limits import DATA_MEMBERS, ArchiveLimits
from libs.common.limits import GIB, MIB, Limits


def test_experiments_have_their_limits() -> None:
    assert ArchiveLimits.of_experiments(Limits()) == ArchiveLimits(
        packed=512 * MIB,
        unpacked=2 * GIB,
        entries=20_000,
        ratio=100,
        ratio_floor=64 * MIB,
        spared=DATA_MEMBERS,
    )


def test_benchmarks_have_theirs() -> None:
    limits = ArchiveLimits.of_benchmarks(Limits())

    assert (limits.packed, limits.unpacked, limits.ratio) == (50 * MIB, GIB, 100)


def test_settings_reach_the_archive() -> None:
    limits = Limits(
        upload_packed_limit=7, upload_unpacked_limit=8, upload_entry_limit=9, upload_ratio_limit=10
    )

    archive = ArchiveLimits.of_experiments(limits)
    assert (archive.packed, archive.unpacked, archive.entries, archive.ratio) == (7, 8, 9, 10)
