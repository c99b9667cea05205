"""What a search once found, and what searches begin with: no input breaks a reader."""

from __future__ import annotations

import pytest

from tests.security.fuzzing.seeds import REGRESSIONS, seeds
from tests.security.fuzzing.targets import TARGETS


@pytest.mark.parametrize("target", TARGETS)
def test_no_reader_breaks(target: str) -> None:
    tried = list(seeds(target))
    for seed in tried:
        TARGETS[target](seed)
    assert len(tried) >= 3


def test_every_file_belongs_to_a_target() -> None:
    assert {folder.name for folder in REGRESSIONS.iterdir() if folder.is_dir()} <= set(TARGETS)
