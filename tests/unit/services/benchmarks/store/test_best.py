from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from services.benchmarks.results.document import Result
from services.benchmarks.results.machine import this_machine
from services.benchmarks.store.best import best_of_newest_run


def result(run: str, seed: int, day: int, **changes: Any) -> Result:
    values: dict[str, Any] = {
        "run": run,
        "company": "Acme",
        "algorithm": "GA",
        "seed": seed,
        "status": "completed",
        "finished_at": datetime(2025, 1, day, tzinfo=UTC),
        "runtime_seconds": 1.0,
        "machine": this_machine(),
    }
    return Result(**values | changes)


def test_an_older_run_does_not_count() -> None:
    found = best_of_newest_run([result("old", 1, 1), result("new", 2, 2)], "Acme", "GA")
    assert found is not None
    assert found.run == "new"


def test_failures_and_others_do_not_count() -> None:
    others = [
        result("r", 1, 1, status="failed"),
        result("r", 2, 2, company="Other"),
        result("r", 3, 3, algorithm="SA"),
    ]
    assert best_of_newest_run(others, "Acme", "GA") is None
