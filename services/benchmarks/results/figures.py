"""The figures that runs are compared by, and which direction is better."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from services.benchmarks.kpis.model import Kpis
from services.benchmarks.results.document import Result


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a result."""

    key: str
    title: str
    of: Callable[[Result], float | None]
    higher_is_better: bool = False
    tolerance: float = 0.0
    """Relative change that is noise; only for times, everything else follows from the seed."""


def _kpi(key: str, title: str, of: Callable[[Kpis], float | None], *, higher: bool = False) -> Figure:
    return Figure(
        key, title, lambda result: of(result.kpis) if result.kpis else None, higher_is_better=higher
    )


FIGURES = (
    Figure("runtime_seconds", "Runtime (s)", lambda result: result.runtime_seconds, tolerance=0.1),
    _kpi("objective", "Objective (points)", lambda kpis: kpis.objective),
    _kpi("understaffed_slots", "Understaffed slots", lambda kpis: kpis.understaffed_slots),
    _kpi("violations", "Violations", lambda kpis: sum(kpis.violations.model_dump().values())),
    _kpi("gini", "Gini", lambda kpis: kpis.gini),
    _kpi("jain", "Jain", lambda kpis: kpis.jain, higher=True),
    _kpi("std_hours", "Std of hours", lambda kpis: kpis.std_hours),
    _kpi("preference_percent", "Preferences (%)", lambda kpis: kpis.preference_percent, higher=True),
    _kpi("utilisation_percent", "Utilisation (%)", lambda kpis: kpis.utilisation_percent, higher=True),
)
