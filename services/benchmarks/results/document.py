"""`benchmark_results.json`: all seeds of all runs, beside the rosters of the dump."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from libs.common.errors import InvalidInput, Problem
from services.benchmarks.kpis.model import Kpis
from services.benchmarks.results.machine import Machine

KEPT = 100
"""Problems listed of one document."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class FrontPoint(_Record):
    """Points of one roster of a Pareto front."""

    coverage: float
    fairness: float
    preferences: float


class Result(_Record):
    """One algorithm on one company with one seed."""

    run: str
    company: str
    algorithm: str
    """The name that results show, e.g. `Simulated Annealing`."""
    seed: int
    year: int = 2025
    """The calendar year of the roster."""
    holidays: str = "reference"
    """Region of the public holidays that the figures count with."""
    budget: int | None = None
    status: Literal["completed", "failed", "cancelled"]
    finished_at: datetime
    runtime_seconds: float
    iterations: int = 0
    truncated: bool = False
    """Ended by the clock, so that the seed need not lead to the same roster again."""
    bound: float | None = None
    gap: float | None = None
    optimal: bool = False
    front: tuple[FrontPoint, ...] = ()
    kpis: Kpis | None = None
    """None if the algorithm failed."""
    error: str | None = None
    machine: Machine
    versions: dict[str, str] = {}


class ResultsDocument(_Record):
    """The member of a dump; readers ignore what they do not know."""

    format: int = 1
    results: tuple[Result, ...] = ()

    def as_json(self) -> bytes:
        return orjson.dumps(self.model_dump(mode="json"), option=orjson.OPT_INDENT_2) + b"\n"


def read_results(data: bytes) -> ResultsDocument:
    """The document of a dump; InvalidInput lists what is wrong with it."""
    try:
        return ResultsDocument.model_validate_json(data)
    except ValidationError as error:
        problems = [
            Problem(
                category="format",
                code="bad-results",
                path="benchmark_results.json:" + ".".join(str(part) for part in detail["loc"]),
                message=detail["msg"],
                remedy="Export again, or leave benchmark_results.json out.",
            )
            for detail in error.errors(include_url=False, include_input=False)[:KEPT]
        ]
        raise InvalidInput("benchmark_results.json is not in order.", problems=problems) from error
