"""`entrepot jobs`."""

from __future__ import annotations

import pytest

from tests.unit.libs.client.commands.terminal import Terminal
from tests.unit.libs.client.samples import AT, JOB, job

ASKED = f"GET /api/jobs/{JOB}"
READING = {"stage": "reading", "done": 1_200, "total": 9_000, "unit": "documents"}


def test_the_newest_are_listed(terminal: Terminal) -> None:
    terminal.answer("GET /api/jobs", {"jobs": [job(progress=READING), job("succeeded", progress=READING)]})

    done = terminal.type("jobs", "--state", "running", "--slug", "click")

    assert done.status == 0
    assert done.output.count(JOB) == 2
    assert done.output.count("reading, 1,200 of 9,000 documents") == 1


def test_one_is_shown_with_what_became_of_it(terminal: Terminal) -> None:
    error = {
        "code": "invalid-input",
        "message": "No.",
        "problems": [{"category": "file", "code": "a", "path": "actor.py", "message": "It is missing."}],
    }
    terminal.answer(ASKED, job("failed", error=error, finished_at=AT))

    done = terminal.type("jobs", JOB)

    assert done.status == 0
    for said in ("invalid-input: No.", "actor.py: It is missing.", "2026-02-28 12:30:00 UTC", "failed"):
        assert said in done.output


def test_waiting_ends_with_the_job(terminal: Terminal) -> None:
    for state in ("queued", "running"):
        terminal.answer(ASKED, job(state, progress=READING))
    terminal.answer(ASKED, job("succeeded", result={"message": "Exported."}))

    done = terminal.type("jobs", JOB, "--wait", "--json")

    assert (done.status, done.json()["state"]) == (0, "succeeded")


def test_waiting_for_a_job_that_fails_fails(terminal: Terminal) -> None:
    terminal.answer(ASKED, job("failed", error={"code": "not-found", "status": 404, "message": "Gone."}))

    done = terminal.type("jobs", JOB, "--wait")

    assert (done.status, done.complaints) == (5, "error: Gone.\n")


def test_a_cancelled_job_is_what_was_asked_for(terminal: Terminal) -> None:
    terminal.answer(f"DELETE /api/jobs/{JOB}", job("cancelled"))
    terminal.answer(ASKED, job("cancelled"))

    done = terminal.type("jobs", JOB, "--cancel", "--wait")

    assert done.status == 0
    assert "cancelled" in done.output


@pytest.mark.parametrize("option", ["--wait", "--cancel"])
def test_only_one_job_can_be_waited_for(terminal: Terminal, option: str) -> None:
    done = terminal.type("jobs", option)

    assert done.status == 2
    assert "ID" in done.complaints
