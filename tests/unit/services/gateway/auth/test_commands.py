from __future__ import annotations

import pytest

from libs.common.bus.topology import SERVICE_OF_COMMAND
from services.gateway.auth.access import ADMIN, DEVELOPER, VIEWER, Access
from services.gateway.auth.commands import access_to


@pytest.mark.parametrize(
    ("command", "payload", "access"),
    [
        ("export.request", {}, VIEWER),
        ("import.request", {}, DEVELOPER),
        ("experiment.request", {"action": "rollback"}, DEVELOPER),
        ("experiment.request", {"action": "sync"}, DEVELOPER),
        ("experiment.request", {"action": "delete"}, ADMIN),
        ("experiment.request", {"action": "compare"}, VIEWER),
        ("experiment.request", {"action": "pack"}, VIEWER),
        ("benchmark_dump.request", {}, VIEWER),
        ("benchmark_run.request", {}, DEVELOPER),
        ("benchmark_import.request", {"clear": "existing"}, DEVELOPER),
        ("benchmark_import.request", {"clear": "all"}, ADMIN),
        ("invented.request", {}, ADMIN),
    ],
)
def test_who_may_give_a_command(command: str, payload: dict[str, str], access: Access) -> None:
    assert access_to(command, payload) == access


def test_no_command_is_for_everybody() -> None:
    assert all(access_to(command, {}).role is not None for command in SERVICE_OF_COMMAND)
