from __future__ import annotations

from libs.common.events.catalogue import COMMANDS
from libs.common.jobs.foreign import ADOPTED


def test_every_documented_command_is_taken_from_other_systems() -> None:
    assert set(COMMANDS) == ADOPTED
