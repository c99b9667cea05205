from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from libs.common.events.exports import ExportCompleted
from libs.common.events.imports import ExperimentChanged, ExperimentStarted, ImportCompleted
from libs.common.events.jobs import Progress
from libs.common.jobs.model import Job, Requester, Role
from services.gateway.pages import jobs

NOW = datetime(2024, 2, 29, tzinfo=UTC)


def job(kind: str = "export.request", **fields: Any) -> Job:
    requester = Requester(email="ana@example.org", role=Role.VIEWER)
    given = {"subject": "click", "input": {}, "created_at": NOW, "not_before": NOW}
    return Job(kind=kind, requester=requester, **(given | fields))


@pytest.mark.parametrize(
    ("kind", "given", "title"),
    [
        ("export.request", {"kind": "docker"}, "Export as docker"),
        ("export.request", {"kind": "docker", "estimate": True}, "Estimate of an export as docker"),
        ("import.request", {"dry_run": True}, "Check of an upload"),
        ("import.request", {"dry_run": False}, "Import of an upload"),
        ("experiment.request", {"action": "rollback"}, "Rollback"),
        ("benchmark_import.request", {"dry_run": True}, "Check of benchmark results"),
        ("benchmark_import.request", {}, "Benchmark import"),
        ("unheard_of.request", {}, "Unheard of"),
    ],
)
def test_titles(kind: str, given: dict[str, Any], title: str) -> None:
    assert jobs.title_of(job(kind, input=given)) == title


def test_a_job_that_has_told_of_nothing_is_at_its_first_stage() -> None:
    assert jobs.stage_of(job()) == "reading"
    assert jobs.stage_of(job(progress=Progress(stage="packing"))) == "packing"
    assert jobs.stage_of(job("benchmark_run.request")) == "working"
    assert jobs.stages_of(job("import.request", input={"dry_run": True})) == ("checking",)


@pytest.mark.parametrize(
    ("progress", "share", "amount"),
    [
        (None, None, ""),
        (Progress(stage="x"), None, ""),
        (Progress(stage="x", done=3), None, "3"),
        (Progress(stage="x", done=3, total=12, unit="tasks"), 25, "25 % · 3 of 12 tasks"),
        (Progress(stage="x", done=40, total=100, unit="%"), 40, "40 %"),
        (Progress(stage="x", done=0, total=0), None, "0 of 0"),
    ],
)
def test_how_far_it_is(progress: Progress | None, share: int | None, amount: str) -> None:
    running = job(progress=progress)

    assert jobs.share_of(running) == share
    assert jobs.amount_of(running) == amount


def test_how_long_it_ran() -> None:
    assert jobs.seconds_of(job()) is None
    assert jobs.seconds_of(job(started_at=NOW, finished_at=NOW + timedelta(seconds=90))) == 90


@pytest.mark.parametrize(
    ("kind", "given", "result", "model"),
    [
        ("export.request", {}, {"slug": "x", "kind": "docker", "message": ""}, ExportCompleted),
        (
            "import.request",
            {},
            {
                "slug": "x",
                "dry_run": True,
                "message": "",
                "plan": {"slug": "x", "digest": "d", "plan_digest": "p", "action": "create"},
            },
            ImportCompleted,
        ),
        (
            "experiment.request",
            {"action": "start"},
            {"slug": "x", "revision": 1, "digest": "d", "seconds": 1.0},
            ExperimentStarted,
        ),
        ("experiment.request", {"action": "sync"}, {"slug": "x", "message": ""}, ExperimentChanged),
        ("benchmark_run.request", {}, {"anything": 1}, type(None)),
        ("export.request", {}, None, type(None)),
    ],
)
def test_results(kind: str, given: dict[str, Any], result: dict[str, Any] | None, model: type) -> None:
    assert type(jobs.result_of(job(kind, input=given, result=result))) is model
