from __future__ import annotations

from libs.common.database import collections
from libs.common.database.collections import INDEXES, PLATFORM_COLLECTIONS
from libs.common.manifest.slug import is_reserved, owner_of


def test_every_collection_of_the_platform_is_told_apart_from_experiments() -> None:
    named = {value for name, value in vars(collections).items() if name.isupper() and isinstance(value, str)}
    assert named == PLATFORM_COLLECTIONS
    assert set(INDEXES) <= PLATFORM_COLLECTIONS


def test_no_experiment_gets_data_of_the_platform_by_its_name() -> None:
    for name in PLATFORM_COLLECTIONS:
        prefix = name.rpartition("_")[0]
        assert owner_of(name, [prefix or name, name]) is None
        assert not prefix or is_reserved(prefix)
