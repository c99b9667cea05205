from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from libs.common.priority import AUTOGROUP, give_way

CODE = """
from libs.common.priority import AUTOGROUP, give_way
give_way({niceness})
print(AUTOGROUP.read_text() if AUTOGROUP.exists() else "none")
"""


def group_after(niceness: int) -> str:
    command = [sys.executable, "-c", CODE.format(niceness=niceness)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, start_new_session=True)
    return done.stdout.strip()


@pytest.mark.skipif(not AUTOGROUP.exists(), reason="sessions are no groups here")
def test_a_session_gives_way() -> None:
    assert group_after(10).endswith(" nice 10")
    assert group_after(0).endswith(" nice 0")


def test_where_there_are_no_groups_nothing_happens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = tmp_path / "none" / "autogroup"
    monkeypatch.setattr("libs.common.priority.AUTOGROUP", nowhere)
    give_way(10)
    assert not nowhere.exists()
