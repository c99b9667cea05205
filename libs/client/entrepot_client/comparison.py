"""Runs side by side: means over seeds, per company and algorithm."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any, Final

from entrepot_client.models.benchmarks import Result, RunWithResults

Figures = Mapping[str, float]
"""By title; what nobody counted is absent."""


def figures_of(kpis: Mapping[str, Any] | None, runtime_seconds: float | None) -> Figures:
    """What people look at first."""
    known = {title: read(kpis) for title, read in KEY_FIGURES.items()} if kpis else {}
    found = {**known, "seconds": runtime_seconds}
    return {title: float(value) for title, value in found.items() if value is not None}


def _violations(kpis: Mapping[str, Any]) -> float | None:
    counts = kpis.get("violations")
    return sum(counts.values()) if counts is not None else None


KEY_FIGURES: Final[Mapping[str, Callable[[Mapping[str, Any]], float | None]]] = {
    "points": lambda kpis: kpis.get("objective"),
    "violations": _violations,
    "understaffed": lambda kpis: kpis.get("understaffed_slots"),
    "wishes %": lambda kpis: kpis.get("preference_percent"),
    "Gini": lambda kpis: kpis.get("gini"),
}


@dataclass(frozen=True)
class Difference:
    """One figure of one algorithm on one company, in two runs; None where a run has none."""

    company: str
    algorithm: str
    figure: str
    before: float | None
    after: float | None

    @property
    def percent(self) -> float | None:
        """By how much it rose; None where that cannot be said."""
        if not self.before or self.after is None:
            return None
        return 100 * (self.after - self.before) / self.before


def compare(before: RunWithResults, after: RunWithResults) -> Iterator[Difference]:
    """By company and algorithm, in the order of the figures."""
    old, new = _means(before), _means(after)
    for group in sorted(old.keys() | new.keys()):
        one, other = old.get(group, {}), new.get(group, {})
        for figure in (*KEY_FIGURES, "seconds"):
            if figure in one or figure in other:
                yield Difference(*group, figure, one.get(figure), other.get(figure))


def _means(run: RunWithResults) -> dict[tuple[str, str], Figures]:
    groups: defaultdict[tuple[str, str], list[Result]] = defaultdict(list)
    for result in run.results:
        groups[result.company, result.algorithm].append(result)
    return {group: _mean(results) for group, results in groups.items()}


def _mean(results: list[Result]) -> Figures:
    values: defaultdict[str, list[float]] = defaultdict(list)
    for result in results:
        for title, value in figures_of(result.kpis, result.runtime_seconds).items():
            values[title].append(value)
    return {title: fmean(found) for title, found in values.items()}
