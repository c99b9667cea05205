"""Roster algorithms against the best known public implementation (ROSTERING, Reference figures)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench.house import Site
from bench.report import Figure
from services.benchmarks.algorithms.port import Effort
from services.benchmarks.algorithms.registry import algorithm_named
from services.benchmarks.fixtures.generator import DEFAULT_YEAR, shipped_workplace
from services.benchmarks.kpis.compute import kpis_of
from services.benchmarks.kpis.model import Kpis
from services.benchmarks.problem.calendar import calendar_of
from services.benchmarks.problem.model import RosterProblem
from services.benchmarks.problem.roster import entries_of

SPEEDUP = 20
"""What heuristics are to gain over the reference."""
EXACT_SECONDS = 60
EXACT_GAP_PERCENT = 1


@dataclass(frozen=True, slots=True)
class Pair:
    """One algorithm on one company, with what the reference took and reached; None where it has no figure."""

    company: str
    algorithm: str
    seconds: float | None = None
    understaffed: int | None = None
    gini: float | None = None
    preferences: float | None = None


QUICK = (
    Pair("small", "LinearProgramming", 25, 3, 0.027, 100),
    Pair("small", "GeneticAlgorithm", 79, 3, 0.053, 95),
    Pair("small", "SimulatedAnnealing", 44, 3, 0.046, 88),
    Pair("medium", "LinearProgramming", 314, 0, 0.0006, 100),
    Pair("medium", "GeneticAlgorithm", 177, 0, 0.057, 98),
    Pair("medium", "SimulatedAnnealing", 210, 0, 0.055, 92),
    Pair("large", "SimulatedAnnealing", 300, 117, 0.051, 91),
)
FULL = (
    *QUICK,
    Pair("small", "NSGA2"),
    Pair("medium", "NSGA2"),
    Pair("large", "GeneticAlgorithm"),
    Pair("large", "NSGA2"),
    Pair("large", "LinearProgramming", 357, 104, 0.002, 99.9),
    Pair("small", "ConstraintProgramming"),
    Pair("medium", "ConstraintProgramming"),
    Pair("large", "ConstraintProgramming"),
)


def measure(_: Site, *, pairs: Sequence[Pair]) -> list[Figure]:
    for key in {pair.algorithm for pair in pairs}:
        algorithm_named(key)  # loads the solvers
    return [figure for pair in pairs for figure in _measure(pair)]


def _measure(pair: Pair) -> list[Figure]:
    problem = RosterProblem(shipped_workplace(f"{pair.company}_company"), calendar_of(DEFAULT_YEAR))
    cpu, wall = time.process_time(), time.perf_counter()
    solution = algorithm_named(pair.algorithm).solve(problem, Effort())
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    kpis = kpis_of(problem, entries_of(solution.roster))
    work = f"{pair.company}, {pair.algorithm}"
    figures = [
        Figure(work, "CPU", cpu, "s", _seconds_goal(pair, exact=solution.bound is not None)),
        Figure(work, "wall", wall, "s"),
        Figure(work, "points", solution.objective.total, ""),
        *_quality(work, pair, kpis),
    ]
    if solution.gap is not None:
        figures.append(Figure(work, "proved gap", 100 * solution.gap, "%", f"<= {EXACT_GAP_PERCENT}"))
    return figures


def _quality(work: str, pair: Pair, kpis: Kpis) -> list[Figure]:
    def at_most(value: float | None) -> str:
        return "" if value is None else f"<= {value:g}"

    return [
        Figure(work, "violations", sum(kpis.violations.model_dump().values()), "", "0"),
        Figure(work, "understaffed slots", kpis.understaffed_slots, "", at_most(pair.understaffed)),
        Figure(work, "Gini", 1000 * kpis.gini, "‰", at_most(pair.gini and 1000 * pair.gini)),
        Figure(
            work,
            "preferences",
            kpis.preference_percent,
            "%",
            "" if pair.preferences is None else f">= {pair.preferences:g}",
        ),
    ]


def _seconds_goal(pair: Pair, *, exact: bool) -> str:
    if exact:
        return f"<= {EXACT_SECONDS}" if pair.company == "medium" else ""
    return "" if pair.seconds is None else f"<= {pair.seconds / SPEEDUP:g}"
