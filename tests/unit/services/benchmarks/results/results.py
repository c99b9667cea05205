"""Results for tests."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.benchmarks.kpis.compute import kpis_of
from services.benchmarks.kpis.model import Kpis
from services.benchmarks.problem.roster import entries_from_dates
from services.benchmarks.results.document import Result
from services.benchmarks.results.machine import Machine
from tests.unit.services.benchmarks.workplaces import problem_of, shop

LAPTOP = Machine(processor="Laptop", cores=2, memory_gib=8, system="Linux x86_64", python="3.11")
SERVER = Machine(processor="Server", cores=64, memory_gib=256, system="Linux x86_64", python="3.11")
START = datetime(2025, 3, 1, tzinfo=UTC)


def kpis(**changes: Any) -> Kpis:
    problem = problem_of(shop())
    entries = entries_from_dates(problem.calendar, [(0, date(2025, 3, 3), 0)])
    return kpis_of(problem, entries).model_copy(update=changes)


def result(run: str = "r1", algorithm: str = "A", seed: int = 1, *, hours: int = 0, **changes: Any) -> Result:
    usual = Result(
        run=run,
        company="Shop",
        algorithm=algorithm,
        seed=seed,
        status="completed",
        finished_at=START + timedelta(hours=hours),
        runtime_seconds=1.0,
        kpis=kpis(objective=100.0),
        machine=LAPTOP,
    )
    return usual.model_copy(update=changes)
