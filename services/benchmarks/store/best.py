"""Which result a published roster is: the best objective of the newest completed run (DESIGN §8)."""

from __future__ import annotations

import math
from collections.abc import Iterable

from services.benchmarks.results.document import Result


def best_of_newest_run(results: Iterable[Result], company: str, algorithm: str) -> Result | None:
    """Among results of one company and algorithm; None where no run completed."""
    done = completed(results, company, algorithm)
    if not done:
        return None
    newest = max(done, key=lambda result: result.finished_at).run
    return min((result for result in done if result.run == newest), key=points)


def completed(results: Iterable[Result], company: str, algorithm: str) -> list[Result]:
    """Those with a roster."""
    wanted = (company, algorithm, "completed")
    return [result for result in results if (result.company, result.algorithm, result.status) == wanted]


def points(result: Result) -> float:
    """The objective; a result without one is worse than all others."""
    objective = result.kpis.objective if result.kpis else None
    return math.inf if objective is None else objective
