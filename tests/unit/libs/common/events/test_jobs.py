"""Each command has a failure and a cancellation, and waiters hear of all of them."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest

from libs.common.bus.topology import SERVICE_OF_COMMAND
from libs.common.errors import InvalidInput, Problem
from libs.common.events.jobs import TERMINAL_PATTERNS, ErrorInfo, cancellation_of, failure_of


@pytest.mark.parametrize("command", SERVICE_OF_COMMAND)
def test_every_end_is_a_terminal_event(command: str) -> None:
    for key in (failure_of(command), cancellation_of(command)):
        assert any(fnmatchcase(key, pattern) for pattern in TERMINAL_PATTERNS)


def test_progress_is_no_terminal_event() -> None:
    for key in ("export.progressed", "export.started", "import.progressed", "experiment.registered"):
        assert not any(fnmatchcase(key, pattern) for pattern in TERMINAL_PATTERNS)


def test_administration_fails_under_a_name_of_its_own() -> None:
    assert failure_of("experiment.request") == "experiment.request_failed"
    assert failure_of("export.request") == "export.failed"


def test_an_error_is_told_with_its_problems() -> None:
    problem = Problem(category="file", code="x", message="broken", path="a.py")

    info = ErrorInfo.of(InvalidInput("No.", problems=[problem]))

    assert (info.code, info.message, info.problems) == ("invalid-input", "No.", [problem])
