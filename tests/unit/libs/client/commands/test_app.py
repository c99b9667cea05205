"""All commands: how they explain themselves, and how they end."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
import typer
from entrepot_client import (
    DownloadDamaged,
    EntrepotClientError,
    Job,
    Misconfigured,
    NotUnderstood,
    Refused,
    StillRunning,
    Unreachable,
)
from entrepot_client.commands.app import app
from entrepot_client.commands.exits import Exit, exit_of
from entrepot_client.models.problems import ProblemDetails
from typer.main import get_command

from tests.unit.libs.client.commands.terminal import Terminal
from tests.unit.libs.client.samples import job


def commands(group: object, *names: str) -> Iterator[tuple[str, ...]]:
    nested = getattr(group, "commands", None)
    if nested is None:
        yield names
    for name, each in (nested or {}).items():
        yield from commands(each, *names, name)


@pytest.mark.parametrize("names", list(commands(get_command(app))), ids=" ".join)
def test_every_command_explains_itself_with_an_example(terminal: Terminal, names: tuple[str, ...]) -> None:
    shown = terminal.type(*names, "--help")

    assert shown.status == 0
    assert f"entrepot {' '.join(names)}" in " ".join(shown.output.split())


def test_the_help_says_how_commands_end(terminal: Terminal) -> None:
    shown = terminal.type("--help").output

    assert "ENTREPOT_URL" in shown
    assert "Exit status" in shown


def refused(status: int) -> Refused:
    return Refused(ProblemDetails(type="urn:x", title="x", status=status, detail="x"))


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (refused(422), Exit.FAILED),
        (refused(401), Exit.NOT_ALLOWED),
        (refused(403), Exit.NOT_ALLOWED),
        (refused(404), Exit.NOT_FOUND),
        (refused(409), Exit.CONFLICT),
        (refused(503), Exit.UNREACHABLE),
        (Unreachable(), Exit.UNREACHABLE),
        (NotUnderstood(), Exit.UNREACHABLE),
        (DownloadDamaged(), Exit.FAILED),
        (Misconfigured(), Exit.USAGE),
        (StillRunning(Job.model_validate(job())), Exit.STILL_RUNNING),
    ],
)
def test_each_error_has_its_exit_status(error: EntrepotClientError, status: Exit) -> None:
    assert exit_of(error) == status


def test_a_wrong_environment_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTREPOT_URL", "nowhere")

    done = Terminal().type("jobs")

    assert (done.status, done.output) == (2, "")
    assert done.complaints.count("\n") == 1


def test_a_platform_that_does_not_answer_is_one_line(terminal: Terminal) -> None:
    terminal.answer("GET /api/jobs", httpx.ConnectError("refused"))

    done = terminal.type("jobs", "--json")

    assert (done.status, done.output) == (3, "")
    assert done.complaints == "error: http://entrepot.test does not answer: refused.\n"


def test_the_shell_can_complete(terminal: Terminal) -> None:
    assert isinstance(app, typer.Typer)
    assert "--install-completion" in terminal.type("--help").output
