"""How commands end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import typer

from libs.common.errors import Conflict, EntrepotError, InvalidInput, Problem, Unavailable
from libs.common.events.jobs import ErrorInfo
from libs.common.registry import ExperimentNotFound
from libs.manage.experiments.desk import JobFailed
from libs.manage.experiments.outcome import echo_json, told

PROBLEM = Problem(category="file", code="x", message="It is broken.", path="a.py", remedy="Mend it.")


@contextmanager
def ending_with(status: int) -> Iterator[None]:
    with pytest.raises(typer.Exit) as ended:
        yield
    assert ended.value.exit_code == status


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ExperimentNotFound("There is none."), 2),
        (InvalidInput("No.", problems=[PROBLEM]), 2),
        (Conflict("It is taken."), 1),
        (Unavailable("Gone."), 1),
        (EntrepotError("Oh."), 1),
    ],
)
def test_refused_input_is_told_apart_from_failure(error: EntrepotError, status: int) -> None:
    with ending_with(status), told(as_json=False):
        raise error


def test_people_read_what_is_wrong_and_what_mends_it(capsys: pytest.CaptureFixture[str]) -> None:
    error = InvalidInput(
        "It [cannot] be.", problems=[PROBLEM], extensions={"last_lines": ["x = [1]", "boom"]}
    )

    with ending_with(2), told(as_json=False):
        raise error

    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.splitlines() == [
        "error: It [cannot] be.",
        "  x = [1]",
        "  boom",
        "  a.py: It is broken. Mend it.",
    ]


def test_machines_read_the_problem_of_a_failed_job(
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    info = ErrorInfo.of(Conflict("click does not start: boom", extensions={"last_lines": ["boom"]}))

    with ending_with(1), told(as_json=True):
        raise JobFailed(info)

    shown = capsysbinary.readouterr()
    body = json.loads(shown.out)
    assert (body["status"], body["detail"]) == (409, "click does not start: boom")
    assert body["last_lines"] == ["boom"]
    assert shown.err == b""


def test_what_succeeds_ends_with_nothing(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    with told(as_json=True):
        echo_json({"slug": "grün"})

    assert json.loads(capsysbinary.readouterr().out) == {"slug": "grün"}
