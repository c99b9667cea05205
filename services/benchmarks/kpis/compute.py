"""Computes the key figures of a roster from its entries, however wrong they may be."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from services.benchmarks.kpis.fairness import gini, jain, sample_deviation
from services.benchmarks.kpis.model import Kpis, ShiftCoverage, ViolationCounts
from services.benchmarks.problem.arrays import Floats, Ints
from services.benchmarks.problem.check import check
from services.benchmarks.problem.model import MONTHS, RosterProblem
from services.benchmarks.problem.objective import evaluate
from services.benchmarks.problem.roster import Entries, roster_of


def kpis_of(problem: RosterProblem, entries: Entries) -> Kpis:
    """All key figures of one roster."""
    hours = month_hours(problem, entries)
    yearly = hours.sum(axis=1)
    mean = float(yearly.mean()) if len(yearly) else 0.0
    deviation = sample_deviation(yearly)
    staff = staffing(problem, entries)[problem.working]
    violations = check(problem, entries)
    contract = float(problem.month_target.sum()) * MONTHS / 60
    return Kpis(
        entries=len(entries),
        total_hours=float(yearly.sum()),
        mean_hours=mean,
        min_hours=float(yearly.min(initial=np.inf)) if len(yearly) else 0.0,
        max_hours=float(yearly.max(initial=0.0)),
        std_hours=deviation,
        cv_percent=100.0 * deviation / mean if mean else 0.0,
        gini=gini(yearly),
        jain=jain(yearly),
        utilisation_percent=100.0 * float(yearly.sum()) / contract if contract else 0.0,
        preference_percent=_preference_percent(problem, entries),
        understaffed_slots=int((staff < problem.min_staff).sum()),
        missing_people=int(np.maximum(problem.min_staff - staff, 0).sum()),
        coverage=_coverage(problem, staff),
        monthly_hours=_monthly_hours(problem, hours),
        violations=ViolationCounts(**asdict(violations)),
        objective=None if violations.double_shifts else evaluate(problem, roster_of(problem, entries)).total,
    )


def month_hours(problem: RosterProblem, entries: Entries) -> Floats:
    """[employee, month]"""
    minutes = np.zeros((problem.employees, MONTHS))
    month = problem.calendar.month[entries.day]
    np.add.at(minutes, (entries.employee, month), problem.shift_minutes[entries.shift])
    return minutes / 60


def staffing(problem: RosterProblem, entries: Entries) -> Ints:
    """[day, shift]: entries, double ones included."""
    staff = np.zeros((problem.days, problem.shifts), np.int32)
    np.add.at(staff, (entries.day, entries.shift), 1)
    return staff


def daily_coverage(problem: RosterProblem, entries: Entries) -> tuple[Floats, Floats]:
    """[day, shift]: percent of the minimum and of the maximum staff; NaN on closed days and for limits of 0."""
    staff = staffing(problem, entries).astype(np.float64)
    staff[~problem.working] = np.nan
    of_minimum = np.where(problem.min_staff > 0, 100.0 * staff / np.maximum(problem.min_staff, 1), np.nan)
    of_maximum = np.where(problem.max_staff > 0, 100.0 * staff / np.maximum(problem.max_staff, 1), np.nan)
    return of_minimum, of_maximum


def _coverage(problem: RosterProblem, staff: Ints) -> tuple[ShiftCoverage, ...]:
    return tuple(
        ShiftCoverage(
            shift=shift.name,
            percent_of_minimum=_mean_percent(staff[:, index], shift.min_staff),
            percent_of_maximum=_mean_percent(staff[:, index], shift.max_staff),
            understaffed_days=int((staff[:, index] < shift.min_staff).sum()),
        )
        for index, shift in enumerate(problem.workplace.shifts)
    )


def _mean_percent(staff: Ints, limit: int) -> float | None:
    return 100.0 * float(staff.mean()) / limit if limit and staff.size else None


def _preference_percent(problem: RosterProblem, entries: Entries) -> float:
    choosy = ~problem.preferred.all(axis=1)
    named = np.array([bool(person.preferred_shifts) for person in problem.workplace.employees], np.bool_)
    counted = (choosy | named)[entries.employee]
    if not counted.any():
        return 100.0
    return 100.0 * float(problem.preferred[entries.employee, entries.shift][counted].mean())


def _monthly_hours(problem: RosterProblem, hours: Floats) -> dict[str, tuple[float, ...]]:
    contracts = np.array([person.max_hours_per_week for person in problem.workplace.employees])
    return {
        str(contract): tuple(float(value) for value in hours[contracts == contract].mean(axis=0))
        for contract in np.unique(contracts)
    }
