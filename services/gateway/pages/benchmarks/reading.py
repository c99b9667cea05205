"""Reads what pages compare; the database takes the means, so an answer is small however many seeds a run has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pymongo import DESCENDING

from libs.common.benchmarks.model import CompanyDocument, RunDocument
from libs.common.database.client import Database, Document
from libs.common.database.collections import BENCHMARK_RESULTS, BENCHMARK_RUNS
from services.gateway.pages.benchmarks.figures import FIGURES
from services.gateway.pages.benchmarks.summary import Summary

SHOWN_FAILURES: Final = 20
SHOWN_ALGORITHMS: Final = 24
"""Columns, on all machines; more than fit on any screen."""
WITHOUT_OBJECTIVE: Final = 1e300
"""Sorts a roster without points behind all others."""


@dataclass(frozen=True)
class Failure:
    """A result without a roster."""

    algorithm: str
    seed: int
    error: str


@dataclass(frozen=True)
class Timing:
    """Mean runtime of an algorithm on one company."""

    algorithm: str
    company: str
    seconds: float


class ResultReader:
    """Results of runs by company. Every query starts from a run or a company and has a bound."""

    def __init__(self, database: Database) -> None:
        self._runs = database[BENCHMARK_RUNS]
        self._results = database[BENCHMARK_RESULTS]

    async def runs_of(self, company: CompanyDocument, *, limit: int) -> list[RunDocument]:
        """The newest first."""
        found = self._runs.find({"companies": company.name}).sort("_id", DESCENDING).limit(limit)
        return [RunDocument.model_validate(document) async for document in found]

    async def summaries(self, run_id: str, company: CompanyDocument) -> list[Summary]:
        """One per algorithm and machine, by name."""
        found = await self._results.aggregate(_pipeline(run_id, company.name)).to_list(None)
        return sorted((Summary.of_results(document) for document in found), key=lambda one: one.identity)

    async def failures(self, run_id: str, company: CompanyDocument) -> list[Failure]:
        criteria = {"run": run_id, "company": company.name, "status": "failed"}
        wanted = {"algorithm": 1, "seed": 1, "error": 1}
        found = self._results.find(criteria, wanted).sort([("algorithm", 1), ("seed", 1)])
        return [
            Failure(document["algorithm"], document["seed"], document.get("error") or "It gave no reason.")
            async for document in found.limit(SHOWN_FAILURES)
        ]

    async def timings(self, run_id: str) -> list[Timing]:
        """Of all companies of a run."""
        place = {"algorithm": "$algorithm", "company": "$company"}
        found = await self._results.aggregate(
            [
                {"$match": {"run": run_id, "status": "completed"}},
                {"$group": {"_id": place, "seconds": {"$avg": "$runtime_seconds"}}},
                {"$sort": {"_id": 1}},
            ]
        ).to_list(None)
        return [Timing(**document["_id"], seconds=document["seconds"]) for document in found]


def _pipeline(run_id: str, company: str) -> list[Mapping[str, Any]]:
    """Completed results of a run and company, in groups with their best first."""
    best = {name: f"${name}" for name in ("front", "optimal", "truncated")}
    of_roster = {name: f"$kpis.{name}" for name in ("coverage", "monthly_hours")}
    group: Document = {"_id": {"algorithm": "$algorithm", "machine": "$machine"}, "best": {"$first": "$best"}}
    for figure in FIGURES:
        value = f"$values.{figure.key}"
        group[f"count_{figure.key}"] = {"$sum": {"$cond": [{"$isNumber": value}, 1, 0]}}
        group[f"mean_{figure.key}"] = {"$avg": value}
        group[f"deviation_{figure.key}"] = {"$stdDevSamp": value}
    return [
        {"$match": {"run": run_id, "company": company, "status": "completed"}},
        {
            "$project": {
                "algorithm": 1,
                "machine": 1,
                "seed": 1,
                "rank": {"$ifNull": ["$kpis.objective", WITHOUT_OBJECTIVE]},
                "values": {figure.key: figure.expression for figure in FIGURES},
                "best": best | {"kpis": of_roster},
            }
        },
        {"$sort": {"rank": 1, "seed": 1}},
        {"$group": group},
        {"$sort": {"_id": 1}},
        {"$limit": SHOWN_ALGORITHMS},
        {"$project": {"best": 1} | {f"{kind}s": _gathered(kind) for kind in ("count", "mean", "deviation")}},
    ]


def _gathered(kind: str) -> dict[str, str]:
    return {figure.key: f"${kind}_{figure.key}" for figure in FIGURES}
