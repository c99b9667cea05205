"""The key figures that pages compare algorithms by, in the order of their rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from services.gateway.pages import formats

VIOLATIONS: Final = ("double_shifts", "rest", "weekly_hours", "absence", "non_working", "overstaffed")
"""Hard constraints, as the benchmarks service counts what breaks them."""


WHOLE_FROM: Final = 1_000
"""From here on nobody reads decimals."""


def _count(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) or value >= WHOLE_FROM else f"{value:,.1f}"


def _percent(value: float) -> str:
    return f"{value:.1f} %"


def _hours(value: float) -> str:
    return f"{value:,.1f} h"


def _share(value: float) -> str:
    return f"{value:.4f}"


@dataclass(frozen=True)
class Figure:
    """One number of a result. `key` names it in addresses and in key figures; `note` says what it means."""

    key: str
    title: str
    note: str
    write: Callable[[float], str]
    higher_is_better: bool | None = False
    """None where neither is."""

    @property
    def expression(self) -> Mapping[str, Any] | str:
        """Where a stored result has it, for the database to read."""
        match self.key:
            case "runtime_seconds":
                return "$runtime_seconds"
            case "violations":
                return {"$add": [f"$kpis.violations.{kind}" for kind in VIOLATIONS]}
            case _:
                return f"$kpis.{self.key}"

    def of(self, runtime_seconds: float | None, kpis: Mapping[str, Any]) -> float | None:
        """The same of key figures that were read already."""
        match self.key:
            case "runtime_seconds":
                return runtime_seconds
            case "violations":
                counts = kpis.get("violations")
                return None if counts is None else float(sum(counts.values()))
            case _:
                value = kpis.get(self.key)
                return None if value is None else float(value)


RUNTIME: Final = Figure(
    "runtime_seconds", "Runtime", "Seconds from start to roster, on this machine", formats.duration
)
GINI: Final = Figure("gini", "Gini", "Inequality of yearly hours; 0 is perfectly fair", _share)
VIOLATED: Final = Figure(
    "violations", "Violations", "Hard constraints broken, counted from the roster", _count
)
FIGURES: Final = (
    Figure("objective", "Objective", "Points of the published objective", _count),
    RUNTIME,
    VIOLATED,
    Figure("understaffed_slots", "Understaffed", "Days and shifts below their minimum", _count),
    GINI,
    Figure("jain", "Jain", "Fairness of yearly hours; 1 is perfectly fair", _share, higher_is_better=True),
    Figure("std_hours", "Spread of hours", "Standard deviation of yearly hours", _hours),
    Figure(
        "preference_percent",
        "Preferences",
        "Preferred shifts among the shifts of people who prefer some",
        _percent,
        higher_is_better=True,
    ),
    Figure(
        "utilisation_percent",
        "Utilisation",
        "Hours worked in per cent of contract hours",
        _percent,
        higher_is_better=True,
    ),
    Figure("mean_hours", "Hours per person", "Mean of the year", _hours, higher_is_better=None),
)
