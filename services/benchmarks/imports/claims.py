"""Which result of a dump a roster is, and whether it claims figures that the roster does not have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from libs.common.errors import Problem
from services.benchmarks.dump.content import DumpedCompany, DumpedRoster
from services.benchmarks.kpis.model import Kpis, differences
from services.benchmarks.results.document import Result
from services.benchmarks.store.best import best_of_newest_run, completed
from services.benchmarks.store.figures import figures_of

SHOWN_DIFFERENCES = 5


@dataclass(frozen=True)
class Description:
    """The result that a roster is; None where the dump has no result for it."""

    result: Result | None
    warnings: Sequence[Problem] = ()


def describe(company: DumpedCompany, roster: DumpedRoster, results: Sequence[Result]) -> Description:
    """The newest result with exactly the roster's figures; else the one that should be published, with a warning."""
    name = company.workplace.company.name
    figures: dict[tuple[int, str], Kpis] = {}
    for result in sorted(
        completed(results, name, roster.algorithm), key=lambda one: one.finished_at, reverse=True
    ):
        calendar = (result.year, result.holidays)
        if calendar not in figures:
            figures[calendar] = figures_of(company.workplace, roster, *calendar)
        if result.kpis is not None and not differences(result.kpis, figures[calendar]):
            return Description(result)
    claimed = best_of_newest_run(results, name, roster.algorithm)
    if claimed is None or claimed.kpis is None:
        return Description(claimed)
    wrong = differences(claimed.kpis, figures[claimed.year, claimed.holidays])
    return Description(claimed, [_warning(f"{name}/{roster.algorithm}", wrong)])


def _warning(path: str, wrong: list[str]) -> Problem:
    more = f" and {len(wrong) - SHOWN_DIFFERENCES} more" if len(wrong) > SHOWN_DIFFERENCES else ""
    return Problem(
        category="import",
        code="kpis-differ",
        path=path,
        message=f"The dump claims other figures than its roster has: {', '.join(wrong[:SHOWN_DIFFERENCES])}{more}.",
        remedy="Nothing needs to be done: the figures were computed anew from the roster.",
    )
