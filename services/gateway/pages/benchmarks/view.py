"""All that the page of a company shows of one run, read together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from libs.common.benchmarks.model import CompanyDocument, RunDocument, RunState
from libs.common.benchmarks.reading import BenchmarkReader
from libs.common.database.client import Database
from services.gateway.pages.benchmarks.comparison import Comparison, compare
from services.gateway.pages.benchmarks.plots import COLOURS, Plot, plots_of
from services.gateway.pages.benchmarks.reading import Failure, ResultReader
from services.gateway.pages.benchmarks.summary import Summary

SHOWN_RUNS: Final = 25


@dataclass(frozen=True)
class View:
    """`run` is None where only rosters are known; then there is nothing to compare with, either."""

    company: CompanyDocument
    runs: Sequence[RunDocument]
    run: RunDocument | None
    before: RunDocument | None
    comparison: Comparison
    plots: Sequence[Plot]
    failures: Sequence[Failure]

    def colour_of(self, algorithm: str) -> int:
        """The same in the key and in all plots."""
        return _algorithms(self.comparison.columns).index(algorithm) % COLOURS


async def view_of(
    database: Database, company: CompanyDocument, *, run_id: str | None = None, before_id: str | None = None
) -> View:
    """The newest run that has ended and the one before it, unless others are named. Raises: RunNotFound."""
    reader, results = BenchmarkReader(database), ResultReader(database)
    runs = await results.runs_of(company, limit=SHOWN_RUNS)
    run = await reader.run(run_id) if run_id else _newest_ended(runs)
    if run is None:
        published = [Summary.of_published(roster) for roster in company.rosters]
        plots = plots_of(published, (), {}, _algorithms(published))
        return View(company, runs, None, None, compare(published), plots, ())
    before = await reader.run(before_id) if before_id else _newest_ended(runs, than=run)
    summaries, earlier, timings, failures, companies = await asyncio.gather(
        results.summaries(run.id, company),
        results.summaries(before.id, company) if before else _nothing(),
        results.timings(run.id),
        results.failures(run.id, company),
        reader.companies_named(run.companies),
    )
    people = {name: found.employees for name, found in companies.items()}
    plots = plots_of(summaries, timings, people, _algorithms(summaries))
    return View(company, runs, run, before, compare(summaries, earlier), plots, failures)


def _newest_ended(runs: Sequence[RunDocument], than: RunDocument | None = None) -> RunDocument | None:
    """Of the given runs, which are in order; with `than` only older ones."""
    return next(
        (run for run in runs if run.state is not RunState.RUNNING and (than is None or run.id < than.id)),
        None,
    )


def _algorithms(summaries: Sequence[Summary]) -> list[str]:
    return sorted({summary.algorithm for summary in summaries})


async def _nothing() -> list[Summary]:
    return []
