"""A dump as somebody brings it: two companies and two runs of three algorithms, without any of them having run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from libs.common.events.envelope import new_id
from services.benchmarks.dump.content import DumpedCompany, DumpedRoster
from services.benchmarks.dump.write import write_dump
from services.benchmarks.fixtures.generator import shipped_workplace
from services.benchmarks.kpis.compute import kpis_of
from services.benchmarks.kpis.model import Kpis
from services.benchmarks.problem.calendar import calendar_of
from services.benchmarks.problem.model import RosterProblem
from services.benchmarks.problem.roster import Entries, entries_from_dates
from services.benchmarks.problem.workplace import Workplace
from services.benchmarks.results.document import FrontPoint, Result, ResultsDocument
from services.benchmarks.results.machine import Machine

COMPANY, OTHER = "Kleines Unternehmen", "Mittleres Unternehmen"
YEAR = 2025
SEEDS = (1, 2)
STRIDES = {"Genetic Algorithm": 1, "NSGA-II": 3, "Simulated Annealing": 7}
"""By algorithm: by how many places the people who work move on from day to day."""
SECONDS = {"Genetic Algorithm": 1.5, "NSGA-II": 2.5, "Simulated Annealing": 0.75}
FRONT = tuple(
    FrontPoint(coverage=10.0 * place, fairness=900.0 - 90 * place, preferences=40.0 + 5 * place**2)
    for place in range(8)
)
MACHINE = Machine(processor="Laptop", cores=2, memory_gib=8, system="Linux x86_64", python="3.11")
MISSING, CROWDED = date(YEAR, 1, 2), date(YEAR, 1, 3)
"""Days on which the late shift has nobody, and everybody."""


@cache
def dump_zip() -> bytes:
    """`benchmark_dump.zip`; made once per process."""
    places = {
        name: shipped_workplace(case)
        for name, case in ((COMPANY, "small_company"), (OTHER, "medium_company"))
    }
    rows = {
        (company, algorithm): list(_assignments(place, stride))
        for company, place in places.items()
        for algorithm, stride in STRIDES.items()
    }
    companies = [
        DumpedCompany(place, tuple(_roster(name, rows[company, name]) for name in STRIDES))
        for company, place in places.items()
    ]
    kpis = {pair: _kpis(places[pair[0]], of_one) for pair, of_one in rows.items()}
    with TemporaryDirectory() as folder:
        results = ResultsDocument(results=tuple(_results(kpis)))
        written = write_dump(Path(folder), companies, results=results, include_schedules=True)
        return written.zip.read_bytes()


def _assignments(place: Workplace, stride: int) -> Iterator[tuple[int, date, int]]:
    """(employee, day, shift): every shift has its minimum, with two exceptions."""
    calendar, people = calendar_of(YEAR), len(place.employees)
    late = len(place.shifts) - 1
    working = np.nonzero(calendar.working(sundays=place.company.sunday_is_workday))[0]
    for turn, index in enumerate(working.tolist()):
        day, first = calendar.dates[index], turn * stride
        for number, shift in enumerate(place.shifts):
            staff = shift.min_staff
            if number == late and day in {MISSING, CROWDED}:
                staff = 0 if day == MISSING else shift.max_staff + 1
            yield from (((first + each) % people, day, number) for each in range(staff))
            first += staff


def _roster(algorithm: str, rows: list[tuple[int, date, int]]) -> DumpedRoster:
    columns = np.array([(person, day.toordinal(), shift) for person, day, shift in rows], np.int32)
    return DumpedRoster(algorithm, columns[:, 0], columns[:, 1], columns[:, 2])


def _kpis(place: Workplace, rows: list[tuple[int, date, int]]) -> Kpis:
    calendar = calendar_of(YEAR)
    entries: Entries = entries_from_dates(calendar, rows)
    return kpis_of(RosterProblem(place, calendar), entries)


def _results(kpis: dict[tuple[str, str], Kpis]) -> Iterator[Result]:
    """Of an older run, in which everything took twice as long, and of a newer one."""
    now = datetime.now(UTC)
    for run, slowness, ended in ((new_id(), 2.0, now - timedelta(days=1)), (new_id(), 1.0, now)):
        for (company, algorithm), figures in kpis.items():
            size = 1.0 if company == COMPANY else 4.0
            for seed in SEEDS:
                yield Result(
                    run=run,
                    company=company,
                    algorithm=algorithm,
                    seed=seed,
                    status="completed",
                    finished_at=ended,
                    runtime_seconds=SECONDS[algorithm] * slowness * size + seed / 100,
                    front=FRONT if algorithm == "NSGA-II" else (),
                    kpis=figures,
                    machine=MACHINE,
                )
