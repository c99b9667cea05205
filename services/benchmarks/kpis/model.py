"""The key figures of one roster, as results store and dumps carry them."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict

TOLERANCE = 1e-6
"""Relative difference that two computations of one figure may show."""


class _Figures(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class ShiftCoverage(_Figures):
    """Means over working days, percent; None where the limit is 0."""

    shift: str
    percent_of_minimum: float | None
    percent_of_maximum: float | None
    understaffed_days: int


class ViolationCounts(_Figures):
    """Counted from the roster itself by the independent checker."""

    double_shifts: int
    rest: int
    weekly_hours: int
    absence: int
    non_working: int
    overstaffed: int


class Kpis(_Figures):
    """Hours are hours of the year; a night shift counts in full on its first day."""

    entries: int
    total_hours: float
    mean_hours: float
    min_hours: float
    max_hours: float
    std_hours: float
    cv_percent: float
    gini: float
    jain: float
    utilisation_percent: float
    """Hours worked in percent of contract hours (12 months of 4.33 weeks)."""
    preference_percent: float
    """Preferred shifts in percent of the shifts of people who prefer some; 100 if nobody does."""
    understaffed_slots: int
    """(day, shift) pairs below the minimum."""
    missing_people: int
    coverage: tuple[ShiftCoverage, ...]
    monthly_hours: dict[str, tuple[float, ...]]
    """Mean hours per month (January first) by contract hours per week."""
    violations: ViolationCounts
    objective: float | None
    """Points of the published objective; None where the roster breaks a hard constraint by double shifts."""


def differences(claimed: Kpis, computed: Kpis) -> list[str]:
    """Names of the figures that a dump claims and its roster does not have."""
    ours = dict(_flat("", computed.model_dump()))
    theirs = dict(_flat("", claimed.model_dump()))
    return [
        name for name in sorted(ours.keys() | theirs.keys()) if not _same(ours.get(name), theirs.get(name))
    ]


def _flat(prefix: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _flat(f"{prefix}.{key}" if prefix else str(key), item)
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _flat(f"{prefix}[{index}]", item)
    else:
        yield prefix, value


def _same(one: object, other: object) -> bool:
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return abs(one - other) <= TOLERANCE * max(abs(one), abs(other), 1.0)
    return one == other
