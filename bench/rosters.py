"""Dumps of the size of a full benchmark: the shipped companies with a year's roster per algorithm."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from services.benchmarks.algorithms.moves import Moves
from services.benchmarks.dump.content import DumpedCompany
from services.benchmarks.dump.write import DumpFiles, write_dump
from services.benchmarks.fixtures.generator import DEFAULT_YEAR, shipped_workplaces
from services.benchmarks.problem.calendar import calendar_of
from services.benchmarks.problem.model import RosterProblem
from services.benchmarks.problem.workplace import Workplace
from services.benchmarks.runs.publish import dumped_roster

ALGORITHMS = ("Linear Programming (ILP)", "Genetic Algorithm", "Simulated Annealing")
EVERY_COMPANY = ("small_company", "medium_company", "large_company")
"""With three algorithms 81,000 rows."""


def write_full_dump(folder: Path, test_cases: Sequence[str] = EVERY_COMPANY) -> DumpFiles:
    """Rosters are constructed, not searched for: the size is what counts here."""
    workplaces = shipped_workplaces()
    companies = [_with_rosters(workplaces[test_case]) for test_case in test_cases]
    return write_dump(folder, companies, include_schedules=True)


def _with_rosters(workplace: Workplace) -> DumpedCompany:
    roster = Moves(RosterProblem(workplace, calendar_of(DEFAULT_YEAR))).construct().roster
    return DumpedCompany(
        workplace, tuple(dumped_roster(algorithm, roster, DEFAULT_YEAR) for algorithm in ALGORITHMS)
    )
