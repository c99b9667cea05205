"""Key figures of a stored roster, which need not lie within one year."""

from __future__ import annotations

import numpy as np

from services.benchmarks.dump.content import DumpedRoster
from services.benchmarks.fixtures.generator import DEFAULT_YEAR
from services.benchmarks.kpis.compute import kpis_of
from services.benchmarks.kpis.model import Kpis
from services.benchmarks.problem.calendar import calendar_of
from services.benchmarks.problem.model import RosterProblem
from services.benchmarks.problem.roster import Entries
from services.benchmarks.problem.workplace import Workplace
from services.benchmarks.store.rosters import EPOCH_ORDINAL


def main_year(roster: DumpedRoster) -> int:
    """The year with the most entries."""
    if not len(roster):
        return DEFAULT_YEAR
    days = (roster.date.astype(np.int64) - EPOCH_ORDINAL).astype("datetime64[D]")
    years, counts = np.unique(days.astype("datetime64[Y]"), return_counts=True)
    return int(str(years[np.argmax(counts)]))


def figures_of(workplace: Workplace, roster: DumpedRoster, year: int, holidays: str) -> Kpis:
    """Of the entries in that year, with the public holidays of that region."""
    problem = RosterProblem(workplace, calendar_of(year, holidays))
    day = roster.date - problem.calendar.dates[0].toordinal()
    inside = (day >= 0) & (day < problem.days)
    return kpis_of(problem, Entries(roster.employee[inside], day[inside], roster.shift[inside]))
